"""Who asked to stop, and when: of a number, or of all who live with a voter; for leads, each look logged."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
from django.db import transaction
from django.db.models import Count, Max, Min
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight.stops import CHANNELS, key_of, token
from commonroll.roll.engine import engine
from commonroll.roll.places.address import prepare
from commonroll.roll.places.address_key import with_key
from commonroll.roll.places.points_read import sql_text
from commonroll.roll.schema import OPTOUTS, VOTERS
from commonroll.roll.vault import stopped
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal, wall
from commonroll.server import stops as vaults
from commonroll.server.actions import stops
from commonroll.server.actions.history import LOOKS_AN_HOUR, own_vault
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Journal, Member, Stop
from commonroll.transparency import leaves

ACTS_SHOWN = 100
NEVER = ("protected", "flagged", "erased", stopped.SHIELD)
"""Reasons of suppressions that a look-up heeds; who only asked to stop is what it is about."""


@dataclass(frozen=True)
class Word:
    """One request: when, by which way, who heard it, and what became of it.

    `heard_by`: this member, another member, the public form. `act` and `request`, its number: where this
    member may take it back.
    """

    asked_on: date
    heard_at: datetime
    what: str
    channel: str
    source: str
    heard_by: str
    voters: tuple[str, ...]
    ground: str
    undone_at: datetime | None = None
    reason: str = ""
    act: uuid.UUID | None = None
    request: int | None = None

    @property
    def stands(self) -> bool:
        return self.undone_at is None

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "asked_on": self.asked_on.isoformat(),
            "heard_at": self.heard_at.isoformat(timespec="seconds"),
            "what": self.what,
            "channel": self.channel,
            "source": self.source,
            "heard_by": self.heard_by,
            "voters": list(self.voters),
            "ground": self.ground,
            "stands": self.stands,
            "undone_at": self.undone_at.isoformat(timespec="seconds") if self.undone_at else None,
            "reason": self.reason,
            "act": str(self.act) if self.act else None,
            "request": self.request,
        }


def of_value(
    *, home: Home, of: Member, kind: str, text: str, unit: str = "", zip5: str = "", by: Actor
) -> list[Word]:
    """What was asked of one number, e-mail or address, the latest first."""
    by.require("protect", of)
    asked = stops.read(kind, text, unit=unit, zip5=zip5)
    _log(of)
    hashed = token(key_of(home.reference_secret()), kind, asked.value)
    return _words(home, of, [hashed])


def of_household(*, home: Home, of: Member, voter: str, by: Actor) -> list[Word]:
    """What was asked by or about everybody at one address of the member's roll, the latest first.

    Their numbers and e-mails, and the address itself, are among it, and opt-outs that came with answers.
    """
    by.require("protect", of)
    held = own_vault(home, of)
    vaults.bring(home, [of.key])
    hidden = _hidden(held)
    people = [one for one in _household(held, voter.strip()) if one not in hidden]
    if voter.strip() not in people:
        raise Unknown("there is no such voter on the roll", next_step="check the id")
    _log(of)
    found = {link.token for link in stopped.links_of(held.catalogue, people)}
    words = _words(home, of, sorted(found), only=set(people))
    known = set(Stop.objects.filter(token__in=found).exclude(event_id="").values_list("event_id", flat=True))
    return sorted(
        [*words, *_kept(held, people, known)], key=lambda one: (one.asked_on, one.heard_at), reverse=True
    )


@wall.node()
def _words(home: Home, of: Member, tokens: Sequence[str], only: set[str] | None = None) -> list[Word]:
    held = Vault(home.vaults, of.key)
    hidden = _hidden(held)
    behind: dict[str, list[str]] = {}
    for link in stopped.voters_of(held.catalogue, tokens):
        if (only is None or link.state_voter_id in only) and link.state_voter_id not in hidden:
            behind.setdefault(link.token, []).append(link.state_voter_id)
    rows = Stop.objects.filter(token__in=tokens, undoes=None).select_related("undone", "heard_by")
    return [_word(row, of, tuple(behind.get(row.token, ()))) for row in rows.order_by("-at", "-seq")]


def _hidden(held: Vault) -> set[str]:
    """Voters whom nobody is shown, a lead neither: no look says where a protected person lives."""
    rows = held.suppressed().to_pylist()
    return {row["state_voter_id"] for row in rows if row["reason"] in NEVER and not row["channel"]}


def _word(row: Stop, of: Member, voters: tuple[str, ...]) -> Word:
    undone = getattr(row, "undone", None)
    mine = row.heard_by_id == of.pk
    form = row.source == Stop.Source.FORM
    return Word(
        asked_on=row.asked_on, heard_at=row.at, what=stops.WORDS[row.kind],
        channel=CHANNELS[row.channel],
        source=row.get_source_display(), voters=voters, ground=row.get_ground_display(),
        heard_by="the public form" if form else of.name if mine else "another member",
        undone_at=undone.at if undone else None, reason=undone.reason if undone and mine else "",
        act=row.act if mine and undone is None else None,
        request=row.seq if mine and undone is None else None,
    )  # fmt: skip


def _kept(held: Vault, people: Sequence[str], known: set[str]) -> Iterable[Word]:
    """Opt-outs that stand in the vault alone: from before stops bound all."""
    files = list(held.event_files(OPTOUTS.name))
    if not files:
        return
    for row in pq.read_table(files, filters=[("state_voter_id", "in", list(people))]).to_pylist():
        if row["event_id"] not in known:
            yield Word(
                asked_on=row["asked_on"], heard_at=row["loaded_at"], what=stops.WORDS["person"],
                channel=CHANNELS[row["channel"]], source=Stop.Source.DOOR.label,
                ground=Stop.Ground.ASKED.label, heard_by="a member, before", voters=(row["state_voter_id"],),
            )  # fmt: skip


def _household(held: Vault, voter: str) -> list[str]:
    """Everybody who lives at a voter's address, the voter among them; none where there is no such voter."""
    head = held.current()
    if head is None or not voter:
        return []
    read = f"read_parquet([{', '.join(map(sql_text, held.files(head, VOTERS.name)))}])"
    with closing(engine()) as con, held.lease(head):
        me = con.execute(f"SELECT residence_zip5 FROM {read} WHERE state_voter_id = ?", [voter]).fetchone()
        if me is None:
            return []
        prepare(con)
        con.execute(_LIVED.replace(":voters", read), {"zip5": me[0] or ""})
        keyed = f"SELECT voter, address_key FROM ({with_key('stops_lived')})"
        rows = con.execute(
            f"WITH homes AS ({keyed}) SELECT DISTINCT other.voter FROM homes AS me JOIN homes AS other "
            "ON other.address_key = me.address_key WHERE me.voter = ?",
            [voter],
        ).fetchall()
    return sorted({voter, *(one for (one,) in rows)})


_LIVED = """
CREATE OR REPLACE TEMP TABLE stops_lived AS
SELECT state_voter_id AS voter, residence_line1 AS line, residence_unit AS unit_line, residence_city AS city,
    residence_zip5 AS zip5
FROM :voters
WHERE residence_zip5 = $zip5
"""


@transaction.atomic
def _log(of: Member) -> None:
    """Note a look in the member's log before it is answered; raises Refusal beyond the looks of an hour."""
    since = timezone.now() - timedelta(hours=1)
    if Journal.objects.filter(log=of.key, type="stop", rows=1, at__gt=since).count() >= LOOKS_AN_HOUR:
        raise Refusal(
            f"{of.name} has looked up {LOOKS_AN_HOUR} numbers or households within an hour",
            next_step="wait a while; whoever asked to stop is left out without a look",
        )
    run = uuid.uuid4()
    said: Mapping[str, str] = {"looked": "who asked to stop"}
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    journal.record(
        log=of.key, type="stop",
        keys={"state": "looked-up", "count": "1", "run": run.urn, "detail": leaves.commit(said, salt)},
        owner=of.key, rows=1, sealed_shared=leaves.seal(said, salt, [of.reader]),
    )  # fmt: skip


# What a member heard


@dataclass(frozen=True)
class Act:
    """What came at once: a list or one word; `state` is asked, or undone with its reason."""

    act: uuid.UUID
    at: datetime
    source: str
    ground: str
    by: str
    file: str
    count: int
    left: int
    reason: str

    @property
    def stands(self) -> bool:
        return self.left > 0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "act": str(self.act), "at": self.at.isoformat(timespec="seconds"), "source": self.source,
            "ground": self.ground, "by": self.by, "file": self.file, "count": self.count,
            "stands": self.left, "reason": self.reason,
        }  # fmt: skip


def acts(*, of: Member | None, by: Actor, most: int = ACTS_SHOWN) -> list[Act]:
    """What the member heard, the newest first; for the machine's command line also what came by the form."""
    if of is not None:
        by.require("stop", of)
    elif by.user is not None or by.key is not None:
        raise Unknown("there is no such page", next_step="check the address")
    counted = (
        Stop.objects.filter(heard_by=of, undoes=None)
        .values("act")
        .annotate(count=Count("seq"), gone=Count("undone"), first=Min("seq"), last=Max("undone"))
        .order_by("-first")[:most]
    )
    rows = Stop.objects.in_bulk([n for one in counted for n in (one["first"], one["last"]) if n])
    return [_act(one, rows) for one in counted]


def _act(one: Mapping[str, Any], rows: Mapping[int, Stop]) -> Act:
    first, last = rows[one["first"]], rows.get(one["last"])
    return Act(
        act=first.act, at=first.at, source=first.get_source_display(), ground=first.get_ground_display(),
        by=first.by, file=first.file, count=one["count"], left=one["count"] - one["gone"],
        reason=last.reason if last else "",
    )  # fmt: skip
