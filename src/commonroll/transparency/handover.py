"""How a log's key is changed: both keys sign for a while, and one checkpoint that both signed is kept.

That is a file `keys/<n>` in the log's folder (n from 000): the former key, the next, the index of the entry
`log.key` that named the next, each on a line; an empty line; the checkpoint. Whoever holds the former key
follows it to the next, offline: the former one signed the very entry that names the next.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonroll.errors import Refusal
from commonroll.notes import NoteError, Signer, parse_canonical, parse_vkey
from commonroll.transparency import durable
from commonroll.transparency.checkpoint import Checkpoint, open_checkpoint
from commonroll.transparency.log import WRITING, LogFolder

KEYS = "keys"
_NAME = re.compile(rf"{KEYS}/[0-9]{{3}}")
_HEAD = re.compile(r"(\S+)\n(\S+)\n(0|[1-9][0-9]{0,18})\n\n")


class HandoverError(Refusal):
    """A change of keys that nobody can follow."""


def is_handover(name: str) -> bool:
    """Whether a path inside the log's folder is that of a change of keys; touches no disk."""
    return _NAME.fullmatch(name) is not None


@dataclass(frozen=True)
class Changing(Signer):
    """A key that is being changed: whatever it signs, the next one signs as well."""

    then: Signer | None = None

    def lines(self, text: str) -> list[str]:
        """The signature lines of both."""
        return [one.line(text) for one in (Signer(self.name, self.key), self.then) if one is not None]


@dataclass(frozen=True)
class Handover:
    """From the key `old` to `new`, which the entry at `entry` names; `note` has the signatures of both."""

    old: str
    new: str
    entry: int
    note: str

    def __str__(self) -> str:
        return f"{self.old}\n{self.new}\n{self.entry}\n\n{self.note}"

    def checkpoint(self, origin: str) -> Checkpoint:
        """The checkpoint, with the signatures of both keys verified. Raises NoteError, HandoverError."""
        for vkey in (self.old, self.new):
            found = open_checkpoint(self.note, [vkey], origin)
        if found.size <= self.entry:
            raise HandoverError("The checkpoint does not cover the entry that names the next key.")
        return found

    def names_next(self, entry: bytes) -> bool:
        """Whether this entry is the one that names the next key."""
        try:
            value: Any = parse_canonical(entry)
        except NoteError:
            return False
        wanted = {"type": "log.key", "state": "added", "vkey": self.new}
        return isinstance(value, dict) and wanted.items() <= value.items()


def read_handovers(path: Path) -> list[Handover]:
    """The changes of keys in a log's folder, in order, as written. Raises HandoverError."""
    if not (path / KEYS).is_dir():
        return []
    names = sorted(file.name for file in (path / KEYS).iterdir())
    if names != [f"{n:03}" for n in range(len(names))]:
        raise HandoverError("The folder holds other files than changes of the key.", where=KEYS)
    return [_read(path / KEYS / name) for name in names]


def _read(file: Path) -> Handover:
    where = f"{KEYS}/{file.name}"
    try:
        text = file.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise HandoverError("The file cannot be read as text.", where=where) from error
    head = _HEAD.match(text)
    if head is None:
        raise HandoverError("The file is no change of the log's key.", where=where)
    return Handover(head[1], head[2], int(head[3]), text[head.end() :])


def put_handover(log: LogFolder, handover: Handover) -> None:
    """Keep a change of the key beside the tiles, on disk when this returns."""
    handover.checkpoint(log.origin)
    with log.writing():
        at = len(read_handovers(log.path))
        for folder in (log.path / WRITING, log.path / KEYS):
            durable.make_folder(folder)
        beside = log.path / WRITING / "key.new"
        durable.write(beside, str(handover).encode())
        durable.rename(beside, log.path / KEYS / f"{at:03}")
        durable.sync_folder(log.path / KEYS)
        durable.sync_folder(log.path)


@dataclass(frozen=True)
class Chain:
    """The keys that follow `vkey`, it first, and the checkpoints at which each gave way to the next."""

    keys: tuple[str, ...]
    handovers: tuple[tuple[Handover, Checkpoint], ...]

    @property
    def last(self) -> str:
        """The key that signs now."""
        return self.keys[-1]


def follow(handovers: Sequence[Handover], vkey: str) -> Chain:
    """The chain of keys from `vkey` on. Raises HandoverError, NoteError where a change does not verify.

    All changes are looked at, those before `vkey` as well.
    """
    origin, keys, found = parse_vkey(vkey).name, [vkey], []
    for at, one in enumerate(handovers):
        where = f"{KEYS}/{at:03}"
        if at and handovers[at - 1].new != one.old:
            raise HandoverError("The change does not begin with the key that the one before ended with.",
                                where=where)  # fmt: skip
        try:
            found.append((one, one.checkpoint(origin)))
        except Refusal as error:
            raise HandoverError(error.what, where=where) from error
        if one.old == keys[-1]:
            keys.append(one.new)
    if handovers and handovers[-1].new != keys[-1]:
        raise HandoverError("No change of the log's key leads on from this one.", where=KEYS)
    return Chain(tuple(keys), tuple(found))
