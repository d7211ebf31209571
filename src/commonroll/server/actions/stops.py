"""Stop: hear it once, bind every member, write it in every log; take it back with a reason.

Whoever hears a number knows it already. What is kept and told to others is its keyed hash; a member finds its
own voters behind it (`server.stops`).
"""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight import stops as hashes
from commonroll.insight.stops import Address, Kind, channels_of, key_of, person, token
from commonroll.server import duties, journal, stop_traces, wall
from commonroll.server import stops as vaults
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Federation, Member, Stop
from commonroll.transparency import leaves

MOST_REASON = 200
AT_ONCE = 500_000
"""Stops in one act; more are several lists."""


@dataclass(frozen=True)
class Asked:
    """One request: by which channel, and what is meant, as it was normalised (`read`, `of_voter`)."""

    kind: Kind
    value: str
    channel: str = "all"
    line: int | None = None
    asked_on: date | None = None
    event_id: str = ""


@dataclass(frozen=True)
class Heard:
    """What an act did: its id, how many requests, and the number of the last one."""

    act: uuid.UUID
    count: int
    seq: int


# What is meant


def read(kind: str, text: str, channel: str = "all", *, unit: str = "", zip5: str = "") -> Asked:
    """A number, an e-mail or an address as somebody writes it; raises Refusal where it is none."""
    kind, channel = named(kind, channel)
    if kind == "address":
        (value,) = hashes.addresses([Address(text, unit, zip5)])
    else:
        (value,) = hashes.normal(kind, [text])
    if value is None:
        raise Refusal(f"this is no {WORDS[kind]}", next_step=WRITE[kind])
    return Asked(kind, value, channel)


def named(kind: str, channel: str) -> tuple[Kind, str]:
    """A kind of stop and a channel as somebody writes it; raises Refusal where the kind has none of that
    name."""
    if kind not in hashes.VALUES:
        raise Refusal("there is no such kind of stop", next_step=f"kinds: {', '.join(hashes.VALUES)}")
    channel = hashes.SAID.get(channel.strip().lower(), channel.strip().lower())
    channels_of(kind, channel)
    return kind, channel


WORDS: Mapping[str, str] = {
    "person": "person",
    "phone": "phone number",
    "email": "e-mail address",
    "address": "street address",
}
WRITE: Mapping[str, str] = {
    "phone": "write area code and number, such as 614 555 0123",
    "email": "write it whole, such as name@example.org",
    "address": "write number and street, and the ZIP code beside it",
}


def of_voter(owner: str, state_voter_id: str, channel: str = "all", **more: object) -> Asked:
    """A voter of one member's roll, who may stand on others' as well."""
    return Asked("person", person(owner, state_voter_id), channel, **more)  # type: ignore[arg-type]


# Heard


def hear(
    *,
    home: Home,
    asked: Sequence[Asked],
    source: str,
    heard_by: Member | None,
    by: Actor,
    ground: str = Stop.Ground.ASKED,
    file: str = "",
    file_hash: str = "",
) -> Heard:
    """Bind every member from the next question on; a receipt in each one's log.

    `heard_by` is None for the public form alone. A list of protected persons needs the right to protect.
    """
    if heard_by is not None:
        by.require("protect" if ground == Stop.Ground.PROTECTED else "stop", heard_by)
    elif source != Stop.Source.FORM:
        raise Forbidden("a stop is heard by a member", next_step="name the member")
    if not asked or len(asked) > AT_ONCE:
        raise Refusal(
            "there is nobody to leave alone" if not asked else f"these are more than {AT_ONCE:,} requests",
            next_step="name somebody" if not asked else "bring them as several lists",
        )
    shielded = ground == Stop.Ground.PROTECTED
    for kind, channel in {(one.kind, one.channel) for one in asked}:
        channels_of(kind, channel, shielded=shielded)
    key = key_of(home.reference_secret())
    tokens = [token(key, one.kind, one.value) for one in asked]
    now = timezone.now()

    def rows(act: uuid.UUID, first: int) -> Iterable[Stop]:
        for at, (one, hashed) in enumerate(zip(asked, tokens, strict=True)):
            yield Stop(
                seq=first + at, act=act, ground=ground, kind=one.kind, token=hashed, channel=one.channel,
                source=source, heard_by=heard_by, by=by.label if heard_by else "", at=now,
                asked_on=one.asked_on or now.date(), file=file[:200], file_hash=file_hash, line=one.line,
                event_id=one.event_id,
            )  # fmt: skip

    heard = _told("asked", rows, len(asked))
    values: dict[Kind, dict[str, str]] = {}
    for one, hashed in zip(asked, tokens, strict=True):
        values.setdefault(one.kind, {})[one.value] = hashed
    first = heard.seq - heard.count + 1
    # a voter's own form is answered as fast whoever has the number: what is out is recalled by the sweep
    settle(home, heard.seq, values, first, persons="person" in values, recall=heard_by is not None)
    return heard


@wall.node()
def settle(
    home: Home,
    seq: int,
    values: vaults.Values | None = None,
    first: int = 0,
    *,
    persons: bool = False,
    recall: bool = True,
) -> None:
    """Let every vault know, follow persons to other members' rolls, recall what is out."""
    owners = list(Member.objects.filter(left_at=None).exclude(state=""))
    for owner in owners:
        vaults.take_in(home, owner.key, seq, values, first)
    if persons:
        vaults.follow(home)
    for owner in owners if recall else ():
        duties.recall_people(home, owner)


def _told(state: Literal["asked", "undone"], rows: object, count: int) -> Heard:
    """Write the events and every member's receipt, in one transaction that counts them."""
    act = uuid.uuid4()
    with wall.node(), transaction.atomic():
        fed = Federation.objects.select_for_update().get()
        made = list(rows(act, fed.stops + 1))  # type: ignore[operator]
        Stop.objects.bulk_create(made, batch_size=1_000)
        fed.stops += count
        fed.save(update_fields=["stops"])
        for member in Member.objects.filter(left_at=None):
            _receipt(member, state, act, made)
    return Heard(act, count, fed.stops)


def _receipt(member: Member, state: str, act: uuid.UUID, made: Sequence[Stop]) -> None:
    """The leaf in a member's log; who heard it is said to that member alone."""
    mine = made[0].heard_by_id == member.pk
    listed = "".join(sorted(f"{one.kind} {one.channel} {one.token}\n" for one in made))
    said = {
        "count": str(len(made)),
        "source": made[0].source,
        "ground": made[0].ground,
        "stops": hashlib.sha256(listed.encode()).hexdigest(),
        "heard_by": member.key if mine else "",
    }
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    journal.record(
        log=member.key,
        type="stop",
        keys={
            "state": state,
            "count": str(len(made)),
            "run": act.urn,
            "detail": leaves.commit(said, salt),
        },
        owner=member.key,
        sealed_shared=leaves.seal(said, salt, [member.reader]),
    )


# Taken back


def undo(
    *, home: Home, act: uuid.UUID, of: Member | None, reason: str, by: Actor, request: int | None = None
) -> Heard:
    """Take an act back, whole or one request of it (by its number): a lead of the member that heard it, with
    a reason; nothing is erased.

    What came by the public form was heard by nobody: the machine's command line alone takes it back, for a
    member that it names. What others heard of the same people stands.
    """
    reason = reason.strip()
    if not reason or len(reason) > MOST_REASON or not reason.isprintable():
        raise Refusal(f"say why, in one line of at most {MOST_REASON} characters", next_step="add a reason")
    return take_back(home=home, found=_standing(act, of, request, by), reason=reason, by=by)


def take_back(*, home: Home, found: Sequence[Stop], reason: str, by: Actor) -> Heard:
    """Undo these stops of one hearing; whoever calls has asked whether that may be."""
    now, heard_by = timezone.now(), found[0].heard_by

    def rows(run: uuid.UUID, first: int) -> Iterable[Stop]:
        for at, one in enumerate(found):
            yield Stop(
                seq=first + at, act=run, undoes=one, reason=reason, ground=one.ground, kind=one.kind,
                token=one.token, channel=one.channel, source=Stop.Source.LEAD, heard_by=heard_by, by=by.label,
                asked_on=now.date(), at=now,
            )  # fmt: skip

    heard = _told("undone", rows, len(found))
    with wall.node():
        for owner in Member.objects.filter(left_at=None).exclude(state=""):
            stop_traces.lift(home, owner.key, found)
    settle(home, heard.seq)
    return heard


def of_list(member: Member, import_id: str) -> list[Stop]:
    """Stops in force that a member's imported list brought."""
    return list(Stop.objects.filter(heard_by=member, file_hash=import_id, undoes=None, undone=None))


def _standing(act: uuid.UUID, of: Member | None, request: int | None, by: Actor) -> list[Stop]:
    if of is not None:
        by.require("protect", of)
        found = Stop.objects.filter(act=act, undoes=None, heard_by=of)
    elif by.user is None and by.key is None:
        found = Stop.objects.filter(act=act, undoes=None, heard_by=None)
    else:
        raise Forbidden("only who runs this machine takes that back", next_step="ask them, with the reason")
    if request is not None:
        found = found.filter(seq=request)
    if not found.exists():
        raise Unknown("there is no such act of yours", next_step="see the list of what you heard")
    rows = list(found.filter(undone=None))
    if not rows:
        raise Refusal("this was taken back already", next_step="nothing is left to do")
    return rows


def of_events(events: Sequence[str]) -> list[Stop]:
    """Stops in force that came with these opt-outs of the vaults."""
    return list(Stop.objects.filter(event_id__in=events, undoes=None, undone=None)) if events else []


# Known to all


def status_of(*, home: Home, kind: str, texts: Sequence[str], channel: str) -> list[Literal["O", "U"]]:
    """For each phone or e-mail as it is written: `O`, it asked to stop on this channel, or `U`, it did not.

    That somebody asked to be contacted is not recorded, so nothing here is ever `I`. What a person asked
    apart from the number stands in `is_stopped`.
    """
    wanted = channels_of(kind, hashes.SAID.get(channel, channel))
    values = hashes.normal(kind, texts)
    key = key_of(home.reference_secret())
    tokens = [token(key, kind, value) if value else "" for value in values]
    with wall.node():
        rows = Stop.objects.filter(kind=kind, token__in=set(tokens) - {""}, undoes=None, undone=None)
        said = {(row.token, row.channel, row.ground) for row in rows}
    closed = {
        hashed
        for hashed, one, ground in said
        if set(channels_of(kind, one, shielded=ground == Stop.Ground.PROTECTED)) & {*wanted, ""}
    }
    return ["O" if hashed in closed else "U" for hashed in tokens]


def events_of(rows: Iterable[Mapping[str, object]]) -> list[Asked]:
    """Opt-outs as the vaults' table has them, as requests of persons."""
    return [
        of_voter(
            str(row["owner"]), str(row["state_voter_id"]), str(row["channel"]), line=row["source_line"],
            asked_on=row["asked_on"], event_id=str(row["event_id"]),
        )
        for row in rows
    ]  # fmt: skip
