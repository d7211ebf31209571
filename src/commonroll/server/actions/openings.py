"""Opening what an entry of a log committed to: by a party, with its passphrase, and never without an entry.

What owner and recipient both may read, either opens. What a recipient searched for, it alone can open: for
itself, or for the owner where the charter's rule on disputes asks for it (docs/adr/0111); arbiters, where the
charter names some, so many of them together (`disputes`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.db import transaction

from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actions import diary
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Journal, Member
from commonroll.server.readers import open_reader
from commonroll.transparency import leaves, openings

NO_KEYS: Mapping[str, str] = MappingProxyType({})


def open_entry(
    *,
    home: Home,
    log: str,
    index: int,
    of: Member,
    part: str,
    passphrase: str,
    dispute: bool = False,
    by: Actor,
) -> openings.Opening:
    """The details behind one commitment of an entry, for the party `of`; `dispute`: for the owner to see.

    Its own log says that it was opened, before anything is shown; in a dispute the owner's says so too.
    """
    by.require("sign", of)
    row = Journal.objects.filter(log=log, index=index).first()
    if row is None or of.key not in (row.owner, row.recipient):
        raise Unknown("there is no such entry", next_step="see `commonroll log show` for the entries")
    receipt = diary.receipt(home=home, log=log, index=index, by=by)
    details, salt = leaves.open_sealed(
        _sealed(row, part, of), open_reader(home.reader_key(of.key), passphrase)
    )
    if not openings.fits(json.loads(bytes(row.leaf)), part, details, salt):
        raise Refusal(
            "what was sealed is not what the entry committed to",
            where=f"{log}, entry {index}",
            next_step="keep the entry and what is sealed as evidence, and run `commonroll doctor`",
        )
    _record(row, of, part, dispute)
    return openings.Opening(part, details, salt, receipt)


def _sealed(row: Journal, part: str, of: Member) -> bytes:
    if part == "strategy" and row.recipient and of.key != row.recipient:
        raise Refusal(
            "what a recipient searched for is sealed to the recipient alone",
            next_step="in a dispute it owes you the opening (`commonroll log open --dispute`); where the "
            "charter names arbiters, ask them: `commonroll log dispute`",
        )
    sealed = row.sealed_strategy if part == "strategy" else row.sealed_shared
    if sealed is None:
        raise Refusal(
            "nothing is kept behind this part of the entry",
            next_step="it never had any, or it was destroyed since; the log verifies without it",
        )
    return bytes(sealed)


@transaction.atomic
def record_both(
    row: Journal, *, ground: str, keys: Mapping[str, str] = NO_KEYS, sealed: bytes | None = None
) -> Journal:
    """Say in the owner's log, and in the recipient's, that an entry's strategy is asked for or opened by
    arbiters; the owner's entry."""
    keys = {"entry": row.leaf_id, "part": "strategy", "ground": ground, **keys}
    entries = [
        journal.Entry(log=log, type="opening", keys=keys, owner=log, recipient=other, sealed_shared=sealed)
        for log, other in ((row.log, row.recipient), (row.recipient, row.owner))
    ]
    return journal.record_all(entries)[0]


@transaction.atomic
def _record(row: Journal, of: Member, part: str, dispute: bool) -> None:
    other = row.recipient if of.key == row.owner else row.owner
    keys = {"entry": row.leaf_id, "part": part, "ground": "dispute" if dispute else "own"}
    shown: dict[str, Any] = {"recipient": other} if dispute and other else {}
    entries = [journal.Entry(log=of.key, type="opening", keys=keys, owner=of.key, **shown)]
    if shown and row.log != of.key:
        entries.append(
            journal.Entry(log=row.log, type="opening", keys=keys, owner=row.owner, recipient=of.key)
        )
    journal.record_all(entries)
