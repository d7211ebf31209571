"""What a log asks of a witness: the size it last saw, the proof from there, the new checkpoint."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from commonroll.notes import NoteError, decode_base64, encode_base64, signature_lines
from commonroll.transparency.checkpoint import Checkpoint, read_checkpoint
from commonroll.transparency.tiles import HASH_BYTES

MAX_REQUEST_BYTES = 1 << 16
MAX_PROOF = 63
SIZE_TYPE = "text/x.tlog.size"
"""The kind of an answer that says which size the witness has."""

_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")
_SIZE = re.compile(r"(0|[1-9][0-9]{0,18})\n")


@dataclass(frozen=True)
class Asked:
    """A request: `old` is the size that the witness should have, `proof` leads from there to `checkpoint`."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: Checkpoint

    @property
    def text(self) -> str:
        """The text that the log signed and the witness signs."""
        return self.checkpoint.note.rpartition("\n\n")[0] + "\n"


def write_request(old: int, proof: Sequence[bytes], note: str) -> bytes:
    """The body of a request."""
    hashes = "".join(f"{encode_base64(item)}\n" for item in proof)
    return f"old {old}\n{hashes}\n{note}".encode()


def parse_request(body: bytes) -> Asked:
    """Read a request without checking a signature; raises NoteError if its form is wrong."""
    if len(body) > MAX_REQUEST_BYTES:
        raise NoteError("The request is larger than 64 KiB.")
    try:
        head, gap, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise NoteError("The request is not text.") from error
    first, *hashes = head.split("\n")
    found = _OLD.fullmatch(first)
    proof = tuple(map(decode_base64, hashes))
    if not gap or found is None or len(proof) > MAX_PROOF or any(len(one) != HASH_BYTES for one in proof):
        raise NoteError("This is not a request: old size, at most 63 hashes, empty line, checkpoint.")
    signature_lines(note)
    return Asked(int(found[1]), proof, read_checkpoint(note))


def parse_size(body: bytes) -> int:
    """The size in an answer that refuses the old size; raises NoteError if it is none."""
    found = _SIZE.fullmatch(body.decode("ascii", "replace"))
    if found is None:
        raise NoteError("The witness names no size.")
    return int(found[1])


def origin_hash(origin: str) -> str:
    """What stands for a log in a witness's addresses: the hex SHA-256 of its name."""
    return hashlib.sha256(origin.encode()).hexdigest()
