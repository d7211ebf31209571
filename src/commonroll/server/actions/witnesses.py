"""Whose witnesses watch the federation's logs, how far each has signed, and what a receipt must carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.notes import COSIGNATURE, NoteError, VerifierKey, parse_vkey
from commonroll.server import journal, outgoing, witnessing
from commonroll.server.actions.federation import FEDERATION_LOG, federation
from commonroll.server.actor import Actor, Forbidden
from commonroll.server.home import Home
from commonroll.server.logs import folder, log_vkey, log_vkeys
from commonroll.server.models import Cosigned, Member, Watched, Witness

LONGEST_URL = 400
COPY = "copy what `commonroll witness init` printed"


def add(*, of: Member, vkey: str, url: str, by: Actor) -> Witness:
    """A member's witness watches the logs from now on; one that it had before ends."""
    by.require("keys", of)
    key = _key(vkey)
    url = url.rstrip("/")
    outgoing.check(url)
    if len(url) > LONGEST_URL or "?" in url or "#" in url:
        raise Refusal("the address is no plain prefix", where="url", next_step="give it without ? and #")
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=of.pk)
        known = Witness.objects.filter(ended_at=None).exclude(member=of)
        if Witness.objects.filter(vkey=vkey).exists() or any(_same(key, one) for one in known):
            raise Refusal(
                "this witness is known already, or another has its key or its name",
                where="vkey",
                next_step="each member has a witness of its own, and each witness a key of its own",
            )
        for before in Witness.objects.filter(member=of, ended_at=None):
            _end(before)
        made = Witness.objects.create(member=of, vkey=vkey, url=url, added_at=timezone.now())
        _log(made, "added")
    return made


def _key(vkey: str) -> VerifierKey:
    try:
        key = parse_vkey(vkey)
    except NoteError as error:
        raise Refusal(error.what, where="vkey", next_step=COPY) from error
    if key.kind != COSIGNATURE:
        raise Refusal(
            "this is the key of a log or of a member, not of a witness",
            where="vkey",
            next_step=COPY,
        )
    return key


def _same(key: VerifierKey, other: Witness) -> bool:
    theirs = parse_vkey(other.vkey)
    return key.public == theirs.public or key.name == theirs.name


@transaction.atomic
def end(*, of: Member, by: Actor) -> Witness:
    """A member's witness is asked no more."""
    by.require("keys", of)
    found = Witness.objects.select_for_update().filter(member=of, ended_at=None).first()
    if found is None:
        raise Refusal(f"{of.name} has no witness", next_step="see `commonroll witness list`")
    _end(found)
    return found


def _end(one: Witness) -> None:
    one.ended_at = timezone.now()
    one.save(update_fields=["ended_at"])
    _log(one, "withdrawn")


def _log(one: Witness, state: str) -> None:
    keys = {"member": one.member.urn, "vkey": one.vkey, "state": state}
    for log in (FEDERATION_LOG, one.member.key):
        journal.record(log=log, type="witness.key", keys=keys, owner=one.member.key)


@transaction.atomic
def set_quorum(*, number: int, by: Actor) -> None:
    """How many witnesses must have signed; 0 asks for none. The federation's operator alone says it."""
    if by.user is not None or by.key is not None:
        raise Forbidden("the operator of the federation sets this", next_step="ask the operator")
    have = Witness.objects.filter(ended_at=None).count()
    if not 0 <= number <= have:
        raise Refusal(
            f"{number} witnesses cannot sign where there are {have}",
            next_step="members add theirs first: `commonroll witness add`",
        )
    fed = federation()
    if fed.quorum == number:
        return
    fed.quorum, fed.quorum_at = number, timezone.now() if number else None
    fed.save(update_fields=["quorum", "quorum_at"])
    # what enough signed before was measured by another number
    Cosigned.objects.update(enough_size=None, enough_note="", enough_at=None)
    for member in Member.objects.filter(left_at=None):
        journal.operator(member, "witness.quorum", {"quorum": str(number), "by": by.label})


# What stands


@dataclass(frozen=True)
class Cell:
    """How one witness stands with one log: `good`, `late` or `bad`, and a sentence."""

    witness: Witness
    size: int
    at: datetime | None
    stands: str
    said: str


@dataclass(frozen=True)
class Line:
    """One log and its witnesses: what it has, and up to where enough have signed, when."""

    log: str
    name: str
    vkey: str
    size: int
    enough_size: int | None
    enough_at: datetime | None
    cells: list[Cell]

    @property
    def bad(self) -> bool:
        return any(cell.stands == "bad" for cell in self.cells)


def standing(*, home: Home, now: datetime | None = None) -> list[Line]:
    """Every log with every witness; sizes and states are every member's to see."""
    now, fed = now or timezone.now(), federation()
    witnesses = list(Witness.objects.filter(ended_at=None).select_related("member"))
    rows = {(row.log, row.witness_id): row for row in Watched.objects.filter(witness__in=witnesses)}
    enough = {row.log: row for row in Cosigned.objects.all()}
    names = {FEDERATION_LOG: "The federation"} | dict(Member.objects.values_list("key", "name"))
    found = []
    for log in witnessing.logs():
        size = folder(home, fed.origin, log).size
        signed = enough.get(log)
        found.append(Line(
            log, names[log], log_vkey(home, fed, log), size,
            signed.enough_size if signed else None, signed.enough_at if signed else None,
            [_cell(one, rows.get((log, one.pk)), now) for one in witnesses],
        ))  # fmt: skip
    return found


def _cell(one: Witness, row: Watched | None, now: datetime) -> Cell:
    if row is None or row.asked_at is None:
        return Cell(one, 0, None, "late", "not asked yet")
    if row.state in (Watched.State.AHEAD, Watched.State.REFUSED):
        return Cell(one, row.size, row.at, "bad", row.said)
    if row.at is None or now - row.at > witnessing.STALE:
        said = row.said or "it has not signed for two hours"
        return Cell(one, row.size, row.at, "bad", said)
    return Cell(one, row.size, row.at, "good" if row.state == Watched.State.GOOD else "late", row.said)


def red(*, now: datetime | None = None) -> int:
    """How many logs a witness refuses, contradicts, or has not signed for two hours."""
    now = now or timezone.now()
    rows = Watched.objects.filter(witness__ended_at=None, log__in=witnessing.logs()).select_related("witness")
    return len({row.log for row in rows if _cell(row.witness, row, now).stands == "bad"})


def policy(*, home: Home, log: str, recipient: str = "") -> str:
    """The policy file for receipts of a log: its owner, the recipient and as many more as the quorum wants.

    With fewer than three wanted, any so many; with none, `quorum none`. Keys that signed the log before are
    in it too, the newest first: they verify the receipts of their time.
    """
    fed = federation()
    witnesses = {w.member.key: w.vkey for w in Witness.objects.filter(ended_at=None).select_related("member")}
    lines = [f"log {vkey}" for vkey in log_vkeys(home, log)]
    lines += [f"witness {key} {vkey}" for key, vkey in sorted(witnesses.items())]
    if not fed.quorum:
        return "\n".join([*lines, "quorum none"]) + "\n"
    parties = sorted({log, recipient} & set(witnesses))
    others = sorted(set(witnesses) - set(parties))
    more = fed.quorum - len(parties)
    if not parties or not others or more < 1:
        return "\n".join([*lines, f"group all-of-us {fed.quorum} {' '.join(sorted(witnesses))}",
                          "quorum all-of-us"]) + "\n"  # fmt: skip
    lines += [f"group parties all {' '.join(parties)}", f"group others {more} {' '.join(others)}"]
    return "\n".join([*lines, "group both all parties others", "quorum both"]) + "\n"
