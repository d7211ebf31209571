"""Checkpoints: a log's size and root over its name, signed (c2sp.org/tlog-checkpoint)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from commonroll.notes import NoteError, Signer, decode_base64, encode_base64, open_note, sign_note
from commonroll.transparency.tiles import HASH_BYTES

_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Checkpoint:
    """`size` entries under `origin` have the Merkle root `root` (32 bytes); `note` is the signed form."""

    origin: str
    size: int
    root: bytes
    note: str


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines that are signed."""
    return f"{origin}\n{size}\n{encode_base64(root)}\n"


def sign_checkpoint(origin: str, size: int, root: bytes, signer: Signer) -> Checkpoint:
    """A new checkpoint; that it continues every earlier one is the caller's care (`log.py` alone calls this).

    Raises NoteError unless the key carries the log's name.
    """
    if signer.name != origin:
        raise NoteError("The key does not carry the name of this log.", where=origin)
    return Checkpoint(origin, size, root, sign_note(checkpoint_text(origin, size, root), signer))


def read_checkpoint(note: str) -> Checkpoint:
    """A checkpoint as written, its signatures not looked at: for the folder's own reading, never for proof.

    Lines after the third are extensions and ignored. Raises NoteError if the form is wrong.
    """
    return _parse(note.rpartition("\n\n")[0] + "\n", note)


def open_checkpoint(note: str, vkeys: Iterable[str], origin: str) -> Checkpoint:
    """A checkpoint of `origin` signed by at least one of `vkeys`; raises NoteError if anything is off."""
    text, _ = open_note(note, vkeys)
    checkpoint = _parse(text, note)
    if checkpoint.origin != origin:
        raise NoteError("The checkpoint belongs to another log.", where=origin)
    return checkpoint


def _parse(text: str, note: str) -> Checkpoint:
    lines = text.split("\n")
    if len(lines) < 4 or not lines[0] or not _SIZE.fullmatch(lines[1]):
        raise NoteError("This is not a checkpoint: name of the log, number of entries, root.")
    root = decode_base64(lines[2])
    if len(root) != HASH_BYTES:
        raise NoteError("The root in the checkpoint is not a SHA-256 hash.")
    return Checkpoint(lines[0], int(lines[1]), root, note)
