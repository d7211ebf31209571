"""The logs ask their witnesses: each new checkpoint is shown to all, an old one once an hour again.

What comes back is verified, then stands under the log's checkpoint and in its receipts. A row says how far
each witness has signed each log and, where it has not, why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.notes import NoteError, kept_lines, open_note, put_line
from commonroll.server import ahead, outgoing, wall
from commonroll.server.home import Home
from commonroll.server.logs import folder, log_vkeys
from commonroll.server.models import Cosigned, Federation, Member, Watched, Witness
from commonroll.transparency.checkpoint import Checkpoint
from commonroll.transparency.log import LogFolder
from commonroll.transparency.witness.asking import MAX_REQUEST_BYTES, SIZE_TYPE, parse_size, write_request

GROWN = timedelta(seconds=5)
RENEWED = timedelta(hours=1)
FAILED = timedelta(minutes=1)
"""How long after the last question a witness is asked again: of a log that grew, that did not, after no."""
STALE = timedelta(hours=2)
"""A log that a witness has not signed for so long is watched by it no longer."""
CLOCK = timedelta(minutes=5)
"""How far a witness's clock may be from ours."""
NO_QUORUM = timedelta(hours=24)
"""Exports stop where too few witnesses have signed for so long."""
TRIES = 3
MAX_ANSWER = MAX_REQUEST_BYTES
FAR = 1 << 33
"""POSIX seconds beyond any time that a witness means."""

State = Watched.State
Each = Callable[[Callable[[Witness], Any], Iterable[Witness]], Iterable[Any]]


class Unwitnessed(Refusal):
    """Too few witnesses have signed a log for a day, so nothing more of its owner's rows leaves."""


@wall.node()
def run(home: Home, each: Each = map, now: datetime | None = None) -> int:
    """Show every log to the witnesses that are due; how many signed. `each` may ask them side by side."""
    if not Witness.objects.filter(ended_at=None).exists():
        return 0
    return sum(ask_log(home, log, each, now) for log in logs())


def logs() -> list[str]:
    """The logs of this home that go on."""
    return ["federation", *Member.objects.filter(left_at=None).order_by("key").values_list("key", flat=True)]


@dataclass(frozen=True)
class Shown:
    """One checkpoint of a log, shown to witnesses."""

    log: str
    folder: LogFolder
    vkeys: Sequence[str]
    checkpoint: Checkpoint

    @property
    def text(self) -> str:
        """What is signed."""
        return self.checkpoint.note.rpartition("\n\n")[0] + "\n"


@wall.node()
def ask_log(home: Home, log: str, each: Each = map, now: datetime | None = None) -> int:
    """Show a log's checkpoint to the witnesses that are due; how many signed it."""
    now = now or timezone.now()
    found = folder(home, Federation.objects.get().origin, log)
    shown = Shown(log, found, log_vkeys(home, log), found.checkpoint())
    due = [one for one in Witness.objects.filter(ended_at=None) if _due(one, shown, now)]
    lines = [line for line in each(lambda one: _ask(one, shown, now), due) if line]
    if lines:
        found.cosign(shown.text, lines)
        _keep(shown, lines, now)
    return len(lines)


def _due(witness: Witness, shown: Shown, now: datetime) -> bool:
    row = Watched.objects.filter(witness=witness, log=shown.log).first()
    if row is None or row.asked_at is None:
        return True
    if row.state != State.GOOD:
        return now - row.asked_at >= FAILED
    return now - row.asked_at >= (GROWN if row.size < shown.checkpoint.size else RENEWED)


@wall.node()
def _ask(witness: Witness, shown: Shown, now: datetime) -> str:
    """Ask one witness and note what it said; its signature line, empty where there is none."""
    row, _ = Watched.objects.get_or_create(witness=witness, log=shown.log)
    row.asked_at = now
    try:
        line = _signed(row, shown, now)
    except Refusal as refusal:
        row.state, row.said, line = State.SILENT, refusal.what[:300], ""
    if not line and row.state == State.GOOD:
        row.state = State.SILENT
    row.save()
    return line


def _signed(row: Watched, shown: Shown, now: datetime) -> str:
    answer = _answer(row, shown)
    if answer.status == 200:
        return _verified(row, shown, answer.body, now)
    words = answer.body.decode("utf-8", "replace").strip()[:200]
    state, said = {
        400: (State.REFUSED, f"It did not understand the question: {words}"),
        403: (State.REFUSED, "It trusts another key for this log: give it the log's key anew."),
        404: (State.UNKNOWN, "It does not watch this log: give it the log's key."),
        409: (State.SILENT, "It names one size after another that this log does not have."),
        422: (State.REFUSED, f"It refuses to sign, and keeps the evidence: {words}"),
        503: (State.CLOCK, f"It cannot sign now: {words}"),
    }.get(answer.status, (State.SILENT, f"It answered {answer.status}."))
    row.state, row.said = state, said
    if answer.status in (409, 422):
        _against(row, shown)
    return ""


def _answer(row: Watched, shown: Shown) -> outgoing.Answer:
    """The witness's answer, asked again where it names another size that it has seen."""
    new, old = shown.checkpoint, min(row.size, shown.checkpoint.size)
    for _ in range(TRIES):
        proof = shown.folder.consistency(old, new.size) if 0 < old < new.size else []
        body = write_request(old, proof, new.note)
        answer = outgoing.ask("POST", f"{row.witness.url}/add-checkpoint", body, at_most=MAX_ANSWER)
        if answer.status != 409 or not answer.kind.startswith(SIZE_TYPE):
            return answer
        old = parse_size(answer.body)
        if old > new.size:
            return answer
    return answer


def _verified(row: Watched, shown: Shown, body: bytes, now: datetime) -> str:
    """The line of this witness in its answer, if it is good; others are left out."""
    key = row.witness.vkey
    note = shown.checkpoint.note.rpartition("\n\n")[0] + "\n\n" + body.decode("utf-8", "replace")
    try:
        _, signed = open_note(note, [key])
    except NoteError:
        row.state, row.said = State.REFUSED, "It answered with no signature of the key that is known of it."
        return ""
    line = kept_lines(note, [key]).rpartition("\n\n")[2].split("\n")[0]
    at = datetime.fromtimestamp(min(signed[row.witness.name] or 0, FAR), UTC)
    if abs(at - now) > CLOCK:
        minutes = round(abs((at - now).total_seconds()) / 60)
        way = "behind" if at < now else "ahead of"
        row.state, row.said = State.CLOCK, f"Its clock is {minutes:,} minutes {way} ours: nothing is counted."
        return ""
    row.state, row.said, row.size, row.at = State.GOOD, "", shown.checkpoint.size, at
    return line


def _against(row: Watched, shown: Shown) -> None:
    """Ask the witness to show what it signed last, and remember what this log does not continue."""
    last = ahead.last_of(row.witness, shown.folder.origin, shown.vkeys)
    if last is None:
        return
    if why := ahead.contradicted(shown.folder, last):
        row.state, row.said, row.evidence = State.AHEAD, why, last.note


def _keep(shown: Shown, lines: Sequence[str], now: datetime) -> None:
    """Gather the lines under one checkpoint; note it where enough have signed."""
    with transaction.atomic():
        row = Cosigned.objects.select_for_update().filter(log=shown.log).first()
        if row is None:
            row = Cosigned(log=shown.log, size=shown.checkpoint.size, note=shown.checkpoint.note)
        elif not row.note.startswith(shown.text + "\n"):
            if row.size > shown.checkpoint.size:
                return
            row.size, row.note = shown.checkpoint.size, shown.checkpoint.note
        for line in lines:
            row.note = put_line(row.note, line)
        fed = Federation.objects.get()
        if fed.quorum and enough(shown.log, row.note, fed.quorum):
            row.enough_size, row.enough_note, row.enough_at = row.size, row.note, now
        row.save()


def enough(log: str, note: str, quorum: int) -> bool:
    """Whether `quorum` members' witnesses signed a checkpoint, its owner's among them if it has one."""
    standing = Witness.objects.filter(ended_at=None).select_related("member")
    known = {one.name: one.member.key for one in standing}
    _, names = open_note(note, [one.vkey for one in standing])
    signed = {known[name] for name in names if name in known}
    return len(signed) >= quorum and (log not in known.values() or log in signed)


# What follows from it


@wall.node()
def require(owners: Iterable[str], viewer: str) -> None:
    """Raise Unwitnessed where rows of owners would leave whose logs too few have signed for a day."""
    fed = Federation.objects.get()
    if not fed.quorum:
        return
    late = timezone.now() - NO_QUORUM
    since = dict(Cosigned.objects.filter(log__in=owners).values_list("log", "enough_at"))
    found = [key for key in owners if key != viewer and (since.get(key) or fed.quorum_at or late) <= late]
    if found:
        raise Unwitnessed(
            f"for 24 hours fewer than {fed.quorum} witnesses have signed the log of {', '.join(found)}",
            next_step="exports go on when they sign again; the page Witnesses says which do not, and why",
        )


def best_note(log: str, index: int) -> str:
    """The checkpoint for an entry's receipt: one that enough signed, else one that some did, else none."""
    row = Cosigned.objects.filter(log=log).first()
    if row is None:
        return ""
    if row.enough_size is not None and row.enough_size > index:
        return row.enough_note
    return row.note if row.size > index else ""
