"""The rule on disputes, and opening one entry by it: asked for in the logs first, then by arbiters together.

Nothing is sealed to arbiters while there is no rule, and nothing that was entered before one (docs/adr/0105).
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.notes import encode_base64
from commonroll.server import dispute_rules, journal, startup, wall
from commonroll.server.actions import diary, openings
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.home import Home
from commonroll.server.models import DisputeRule, Journal, Member
from commonroll.server.readers import open_reader
from commonroll.transparency import disputes, escrow, leaves
from commonroll.transparency.openings import Opening, fits

LONGEST_REASON = 2_000


# The rule


@wall.node()
@transaction.atomic
def set_rule(*, threshold: int, arbiters: Sequence[escrow.Arbiter], by: Actor) -> escrow.Rule:
    """From now on so many of these arbiters together open an entry; the federation's log says so."""
    _operator(by)
    made = escrow.checked(threshold, arbiters)
    if dispute_rules.in_force() == made:
        return made
    _end()
    said = made.as_dict()["arbiters"]
    DisputeRule.objects.create(hash=made.hash, threshold=threshold, arbiters=said, since=timezone.now())
    _say(made, "added")
    return made


@wall.node()
@transaction.atomic
def end_rule(*, by: Actor) -> None:
    """From now on nothing is sealed to arbiters; what was, they can still open."""
    _operator(by)
    if dispute_rules.in_force() is None:
        raise Unknown("there is no rule on disputes", next_step="nothing is sealed to arbiters")
    _end()


def _end() -> None:
    standing = DisputeRule.objects.filter(until=None)
    for row in standing:
        _say(dispute_rules.of_row(row), "withdrawn")
    standing.update(until=timezone.now())


def _say(made: escrow.Rule, state: str) -> None:
    keys = {
        "terms": made.hash,
        "threshold": str(made.threshold),
        "count": str(len(made.arbiters)),
        "state": state,
    }
    journal.record(log=FEDERATION_LOG, type="dispute.rule", keys=keys, owner=FEDERATION_LOG)


def _operator(by: Actor) -> None:
    if by.user is not None or by.key is not None:
        raise Forbidden(
            "the operator of the federation enters the charter's rules", next_step="ask the operator"
        )


# Asked for


def ask(*, home: Home, of: Member, index: int, why: str, by: Actor) -> disputes.Request:
    """A request to arbiters to open entry `index` of the log of `of`, its owner.

    Both logs say that it was asked for, with the reason sealed for the two, before there is a request.
    """
    by.require("sign", of)
    row, why = _sealed_entry(of, index), why.strip()
    if not why or len(why) > LONGEST_REASON:
        raise Refusal(
            f"a reason of at most {LONGEST_REASON:,} characters goes to arbiters and recipient",
            where="reason",
            next_step="say what the dispute is about",
        )
    said, salt = {"entry": row.leaf_id, "reason": why}, secrets.token_bytes(leaves.SALT_BYTES)
    other = Member.objects.get(key=row.recipient)
    sealed = leaves.seal(said, salt, [of.reader, other.reader])
    keys = {"detail": leaves.commit(said, salt)}
    mine = openings.record_both(row, ground="asked", keys=keys, sealed=sealed)
    startup.fold(home)
    mine.refresh_from_db()
    return disputes.Request(
        entry=diary.receipt(home=home, log=of.key, index=index, by=by),
        asked=diary.receipt(home=home, log=of.key, index=mine.index or 0, by=by),
        sealed=encode_base64(bytes(row.sealed_dispute or b"")),
        to=of.reader,
        why=why,
    )


def _sealed_entry(of: Member, index: int) -> Journal:
    row = Journal.objects.filter(log=of.key, index=index).first()
    if row is None or row.owner != of.key:
        raise Unknown("there is no such entry", next_step="see `commonroll log show` for the entries")
    if row.sealed_dispute is None:
        raise Refusal(
            "no arbiter holds a part of this entry",
            where=f"{of.key}, entry {index}",
            next_step="there was no rule on disputes when it was entered, or nobody else's search is behind "
            "it; the recipient can open it: `commonroll log open --strategy --dispute`",
        )
    return row


# Opened


def open_entry(
    *, home: Home, of: Member, index: int, parts: Iterable[bytes], passphrase: str, by: Actor
) -> Opening:
    """What the recipient of an entry searched for, by the parts that arbiters gave its owner `of`.

    Refused with fewer than the rule wants, and then no log says anything; else both logs say that it was
    opened, before anything is shown.
    """
    by.require("sign", of)
    row = _sealed_entry(of, index)
    given = disputes.take(parts, row.leaf_id, open_reader(home.reader_key(of.key), passphrase))
    sealed = bytes(row.sealed_dispute or b"")
    leaf = json.loads(bytes(row.leaf))
    details, salt = escrow.open_parts(sealed, given, leaf["strategy"], _rule_of(sealed))
    if not fits(leaf, "strategy", details, salt):
        raise Refusal(
            "what was kept for arbiters is not what the entry committed to",
            where=f"{of.key}, entry {index}",
            next_step="keep the entry and the parts as evidence, and run `commonroll doctor`",
        )
    openings.record_both(row, ground="arbiters")
    return Opening("strategy", details, salt, diary.receipt(home=home, log=of.key, index=index, by=by))


def _rule_of(sealed: bytes) -> escrow.Rule:
    row = DisputeRule.objects.filter(hash=escrow.rule_hash(sealed)).first()
    if row is None:
        raise Refusal(
            "its rule on disputes is not known here", next_step="ask the operator of the federation"
        )
    return dispute_rules.of_row(row)


def described(found: escrow.Rule | None) -> dict[str, Any] | None:
    """A rule as one JSON document."""
    return None if found is None else {**found.as_dict(), "hash": found.hash}
