"""No log goes on that a witness knows to be longer, or other, than it is here: an old copy would fork it.

What a witness says counts for nothing by itself, or one witness could stop a log: it shows a checkpoint that
carries the log's own signature and that this folder does not continue. Each process looks once before it
signs a log for the first time, and whatever was shown is remembered until the folder fits it again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from commonroll.errors import Refusal
from commonroll.notes import NoteError
from commonroll.server import outgoing, wall
from commonroll.server.models import Watched, Witness
from commonroll.transparency.checkpoint import Checkpoint, open_checkpoint
from commonroll.transparency.log import LogFolder
from commonroll.transparency.merkle import root
from commonroll.transparency.sequencer import SequenceError
from commonroll.transparency.tiles import TileError, Tiles
from commonroll.transparency.witness.asking import MAX_REQUEST_BYTES, origin_hash

LOOKED = "COMMONROLL_WITNESSES_LOOKED"
"""Set for processes whose parent has looked at all logs before it started them."""
AT_ONCE = 8

_looked: set[str] = set()
"""Folders of logs for which this process has looked."""


@wall.node()
def guard(folder: LogFolder, log: str, vkeys: Sequence[str]) -> None:
    """Raise SequenceError where a witness has shown that this folder is an old copy or another history."""
    if str(folder.path) not in _looked and LOOKED not in os.environ:
        look(folder, log, vkeys)
    for row in Watched.objects.filter(log=log).exclude(evidence="").select_related("witness"):
        if why := contradicted(folder, open_checkpoint(row.evidence, vkeys, folder.origin)):
            raise SequenceError(
                f"{why} The witness of {row.witness.member} has shown it, with this log's own signature.",
                where=log,
                next_step="Nothing is signed, so that the log does not fork. Copy the missing files of the "
                "log's folder from a member's copy or a newer backup; then it goes on by itself.",
            )
        Watched.objects.filter(pk=row.pk).update(evidence="", state=Watched.State.GOOD, said="")


def look(folder: LogFolder, log: str, vkeys: Sequence[str]) -> None:
    """Ask every witness what it signed last of a log, and remember what does not fit."""
    _looked.add(str(folder.path))
    standing = list(Witness.objects.filter(ended_at=None))
    if not standing:
        return
    with ThreadPoolExecutor(AT_ONCE) as pool:
        shown = pool.map(lambda one: last_of(one, folder.origin, vkeys), standing)
    for one, checkpoint in zip(standing, shown, strict=True):
        if checkpoint is not None and (why := contradicted(folder, checkpoint)):
            remember(one, log, checkpoint, why)


def last_of(witness: Witness, origin: str, vkeys: Sequence[str]) -> Checkpoint | None:
    """What a witness signed last of a log, with both signatures verified; None where it shows nothing."""
    url = f"{witness.url}/{origin_hash(origin)}/checkpoint"
    try:
        answer = outgoing.ask("GET", url, at_most=MAX_REQUEST_BYTES)
        note = answer.body.decode() if answer.status == 200 else ""
        open_checkpoint(note, [witness.vkey], origin)
        return open_checkpoint(note, vkeys, origin)
    except (Refusal, NoteError, UnicodeDecodeError):
        return None


def remember(witness: Witness, log: str, shown: Checkpoint, why: str) -> None:
    """Keep what a witness has shown against a log."""
    said = {"state": Watched.State.AHEAD, "said": why, "evidence": shown.note}
    Watched.objects.update_or_create(witness=witness, log=log, defaults=said)


def contradicted(folder: LogFolder, shown: Checkpoint) -> str:
    """Why a folder does not continue a checkpoint that its log signed; empty where it does."""
    size = folder.size
    if shown.size > size:
        return f"The log had {shown.size} entries before; here it has {size}: this is an old copy."
    if shown.root != _root_at(folder, shown.size):
        return f"The first {shown.size} entries here are others than those that were signed before."
    return ""


def _root_at(folder: LogFolder, size: int) -> bytes | None:
    try:
        return Tiles(folder.path, folder.size).range_root(0, size) if size else root([])
    except TileError:
        return None
