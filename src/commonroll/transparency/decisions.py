"""Decisions of who might do what, allowed or refused: a line each on disk, an hour of them one root in a log.

A line is canonical JSON without a name: the act, the role or kind of whoever asked, a token of them that is
keyed for this one member, what was decided, why not, and 16 random bytes, so that nobody guesses a line from
its hash. What is written lies in `open.jsonl`; an hour that is over becomes `closing.jsonl`, the log's entry
`decisions` names its root and count, and the file is kept under that root. Lines, not times, are what an hour
is: a clock that was set back, or a crash, moves none from one file to two.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from commonroll.errors import Refusal
from commonroll.notes import NoteError, canonical, decode_base64, encode_base64, parse_canonical, parse_strict
from commonroll.transparency import durable
from commonroll.transparency.leaves import DENIED_REASONS, LeafError, check_leaf
from commonroll.transparency.merkle import check_inclusion, inclusion, leaf_hash, root
from commonroll.transparency.policy import Policy
from commonroll.transparency.receipts import verify_receipt

OPEN, CLOSING, SUFFIX = "open.jsonl", "closing.jsonl", ".jsonl"
KIND = "commonroll decision 1"
SALT_BYTES = 16
ALLOW, DENY = "allow", "deny"
AS = ("owner", "analyst", "viewer", "key", "machine", "device", "stranger", "person")
"""In what capacity somebody asked: a role, a program's key, the command line, a phone, somebody without a
role; `person` where the role stands in the decision before, on the same act."""
_KEYS = frozenset({"v", "at", "act", "actor", "as", "decision", "member", "salt"})
Record = Mapping[str, str | list[str]]


class DecisionError(Refusal):
    """A decision that shows nothing."""


def record(
    *, at: str, act: str, actor: str, as_: str, member: str, reason: str = "", owners: Sequence[str] = ()
) -> bytes:
    """The line of one decision, refused where there is a `reason` (one of a log's); `at` as in a log.

    `member` is for whom somebody asked, `owners` whose rows were not given.
    """
    if as_ not in AS or (reason and reason not in DENIED_REASONS):
        raise DecisionError("A decision has a capacity and a reason that are known.", where=act)
    said = {"v": "1", "at": at, "act": act, "actor": actor, "as": as_, "member": member,
            "decision": DENY if reason else ALLOW,
            "salt": encode_base64(secrets.token_bytes(SALT_BYTES))}  # fmt: skip
    more = {"reason": reason} if reason else {}
    return canonical(said | more | ({"owners": sorted(owners)} if owners else {}))


def read_record(line: bytes) -> Record | None:
    """What a line says; None for one that a loss of power cut."""
    try:
        value = parse_canonical(line)
    except NoteError:
        return None
    whole = isinstance(value, dict) and set(value) - {"reason", "owners"} == _KEYS
    return value if whole and all(isinstance(value[key], str) for key in _KEYS) else None


# The files of one member


def append(folder: Path, line: bytes) -> None:
    """Add a line to the open file: with the kernel when this returns, on the disk when its hour closes."""
    try:
        while not _appended(folder / OPEN, line):
            pass  # it was closed between opening and locking it
    except FileNotFoundError:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        append(folder, line)


def _appended(path: Path, line: bytes) -> bool:
    with _held(path, fcntl.LOCK_SH, os.O_WRONLY | os.O_APPEND | os.O_CREAT) as handle:
        # a line begins with its newline: after one that was cut, the next is whole
        return handle is not None and os.write(handle, b"\n" + line) > len(line)


@contextmanager
def _held(path: Path, how: int, mode: int) -> Iterator[int | None]:
    """The file under a lock; None where another took its place meanwhile."""
    handle = os.open(path, mode, 0o600)
    try:
        fcntl.flock(handle, how)
        try:
            same = path.stat().st_ino == os.fstat(handle).st_ino
        except FileNotFoundError:
            same = False
        yield handle if same else None
    finally:
        os.close(handle)


def lines(path: Path) -> list[bytes]:
    """The lines of a file, those that were cut among them; none where there is no file."""
    try:
        return [line for line in path.read_bytes().split(b"\n") if line]
    except FileNotFoundError:
        return []


def first(folder: Path) -> Record | None:
    """The first whole line of the open file."""
    try:
        with (folder / OPEN).open("rb") as file:
            return next(filter(None, (read_record(line.rstrip(b"\n")) for line in file)), None)
    except FileNotFoundError:
        return None


def hash_of(records: list[bytes]) -> bytes:
    """The Merkle root over lines in their order."""
    return root([leaf_hash(line) for line in records])


def close(folder: Path, enter: Callable[[bytes, int], None]) -> int:
    """Close the open file, `enter` its root and count in the log, keep it under its root; how many lines.

    `enter` is called again for the same root where a crash came before the file had its name.
    """
    closing = folder / CLOSING
    if not closing.exists():
        if not (folder / OPEN).exists():
            return 0
        with _held(folder / OPEN, fcntl.LOCK_EX, os.O_RDWR) as handle:
            if handle is None:
                return 0
            os.fsync(handle)
            durable.rename(folder / OPEN, closing)
    found = lines(closing)
    over = hash_of(found)
    durable.sync_folder(folder)
    if found:
        enter(over, len(found))
    durable.rename(closing, folder / f"{over.hex()}{SUFFIX}")
    durable.sync_folder(folder)
    return len(found)


def kept(folder: Path) -> list[Path]:
    """The files that are closed, each under the root of its lines, the newest first."""
    found = folder.glob(f"{'[0-9a-f]' * 64}{SUFFIX}") if folder.is_dir() else ()
    return sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)


# One decision, shown


@dataclass(frozen=True)
class Shown:
    """The decision at `index` of `count`, the proof that binds it to the root, the entry's receipt."""

    record: bytes
    index: int
    proof: tuple[bytes, ...]
    receipt: str

    def __str__(self) -> str:
        value = {
            "kind": KIND,
            "record": self.record.decode("utf-8"),
            "index": str(self.index),
            "proof": [encode_base64(one) for one in self.proof],
            "receipt": self.receipt,
        }
        return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def show(records: list[bytes], index: int, receipt: str) -> Shown:
    """The document on one line of a closed file; `receipt` is that of the entry with its root."""
    proof = inclusion([leaf_hash(line) for line in records], index)
    return Shown(records[index], index, tuple(proof), receipt)


def is_shown(data: bytes) -> bool:
    """Whether a file is such a document, rather than an opening."""
    try:
        value = parse_strict(data)
    except NoteError:
        return False
    return isinstance(value, dict) and value.get("kind") == KIND


def parse_shown(data: bytes) -> Shown:
    """Read the document without checking what it says; raises DecisionError."""
    try:
        value: Mapping[str, Any] = parse_strict(data)
        if not value["index"].isdecimal() or len(value["index"]) > 12 or value["kind"] != KIND:
            raise DecisionError("The file is no decision, or one of a later version.")
        proof = tuple(decode_base64(one) for one in value["proof"])
        return Shown(value["record"].encode("utf-8"), int(value["index"]), proof, value["receipt"])
    except (NoteError, KeyError, TypeError, AttributeError, ValueError) as error:
        what = "The file is no decision, or is cut."
        raise DecisionError(what, next_step="Ask for the file again; it is cut or changed.") from error


def check_shown(shown: Shown, trust: Policy | str) -> tuple[bool, tuple[str, ...]]:
    """Whether the decision is one of those that a log's entry names the root of, and why or why not."""
    verdict = verify_receipt(shown.receipt, trust)
    if not verdict.ok:
        return False, verdict.sentences
    try:
        leaf = check_leaf(verdict.leaf)
    except LeafError as error:
        return False, (error.what,)
    if leaf["type"] != "decisions":
        return False, ("The entry is none of decisions.",)
    want, count = decode_base64(leaf["root"].removeprefix("sha256:")), int(leaf["count"])
    if not check_inclusion(shown.index, count, leaf_hash(shown.record), shown.proof, want):
        return False, ("The decision is none of those that the entry names the root of.",)
    found = read_record(shown.record)
    if found is None or not leaf["owner"].endswith(f":{found['member']}"):
        return False, ("The line is no decision of this log's member.",)
    return True, (*verdict.sentences, _words(found, shown.index, count))


def _words(found: Record, index: int, count: int) -> str:
    why = f" ({found['reason']})" if "reason" in found else ""
    return (
        f"Decision {index} of {count} in it, at {found['at']}: {found['act']} by {found['as']} "
        f"{found['actor']}: {found['decision']}{why}."
    )
