"""Receipts: one entry, the proof that it is in the log, the signed checkpoint (c2sp.org/tlog-proof)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass

from commonroll.errors import Refusal
from commonroll.notes import NoteError, decode_base64, open_note, parse_vkey
from commonroll.transparency.checkpoint import Checkpoint, open_checkpoint, read_checkpoint
from commonroll.transparency.leaves import LeafError, check_leaf
from commonroll.transparency.log import LogFolder
from commonroll.transparency.merkle import check_inclusion, leaf_hash
from commonroll.transparency.policy import Policy
from commonroll.transparency.tiles import HASH_BYTES

MAX_RECEIPT_BYTES = 1 << 21

_HEAD = "c2sp.org/tlog-proof@v1"
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


class ReceiptError(Refusal):
    """A receipt that proves nothing."""


@dataclass(frozen=True)
class Receipt:
    """The entry `leaf` stands at `index`; `proof` (leaf's sibling first) binds it to `checkpoint`."""

    leaf: bytes
    index: int
    proof: tuple[bytes, ...]
    checkpoint: str

    def __str__(self) -> str:
        hashes = "".join(f"{_encode(item)}\n" for item in self.proof)
        return f"{_HEAD}\nextra {_encode(self.leaf)}\nindex {self.index}\n{hashes}\n{self.checkpoint}"


@dataclass(frozen=True)
class ReceiptVerdict:
    """Whether a receipt proves its entry, and in which log; `sentences` say so in words."""

    ok: bool
    origin: str
    index: int
    size: int
    leaf: bytes
    sentences: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready; the leaf as text."""
        return {
            "ok": self.ok,
            "origin": self.origin,
            "index": self.index,
            "size": self.size,
            "leaf": self.leaf.decode("utf-8", "replace"),
            "sentences": list(self.sentences),
        }


def make_receipt(log: LogFolder, index: int, note: str = "") -> str:
    """The receipt of the entry at `index`; raises a Refusal if there is no such entry.

    It is made under the checkpoint `note`, one that this log signed, or under the newest.
    """
    checkpoint = read_checkpoint(note) if note else log.checkpoint()
    proof = log.inclusion(index, checkpoint.size)
    return str(Receipt(log.entry(index), index, tuple(proof), checkpoint.note))


def parse_receipt(text: str) -> Receipt:
    """Read a receipt without checking it; raises ReceiptError if the form is wrong or the entry missing."""
    if len(text) > MAX_RECEIPT_BYTES:
        raise ReceiptError("The receipt is larger than 2 MiB.")
    head, gap, checkpoint = text.partition("\n\n")
    lines = head.split("\n")
    found = _INDEX.fullmatch(lines[2]) if len(lines) > 2 else None
    if not gap or lines[0] != _HEAD or not lines[1].startswith("extra ") or found is None:
        raise ReceiptError(
            "This is not a receipt: heading, entry, index, proof, checkpoint.",
            next_step="Ask for the receipt again; the file is cut or of another kind.",
        )
    try:
        proof = tuple(map(decode_base64, lines[3:]))
        leaf = decode_base64(lines[1].removeprefix("extra "))
    except NoteError as error:
        raise ReceiptError(error.what) from error
    if len(proof) > 63 or any(len(item) != HASH_BYTES for item in proof):
        raise ReceiptError("The proof in the receipt is not a list of at most 63 hashes.")
    return Receipt(leaf, int(found[1]), proof, checkpoint)


def verify_receipt(text: str, trust: Policy | str) -> ReceiptVerdict:
    """Check a receipt offline against a policy, or against one log's verifier key.

    The verdict names what is wrong; nothing is raised for a bad receipt.
    """
    policy = Policy((trust,)) if isinstance(trust, str) else trust
    try:
        receipt = parse_receipt(text)
        checkpoint, witnesses = _opened(receipt.checkpoint, policy)
        if not check_inclusion(
            receipt.index, checkpoint.size, leaf_hash(receipt.leaf), receipt.proof, checkpoint.root
        ):
            raise ReceiptError("The proof does not bind this entry to the signed log.")
    except (ReceiptError, NoteError) as error:
        return ReceiptVerdict(False, "", 0, 0, b"", (error.what,))
    return ReceiptVerdict(
        True,
        checkpoint.origin,
        receipt.index,
        checkpoint.size,
        receipt.leaf,
        (
            f"The log {checkpoint.origin} of {checkpoint.size} entries holds this one as {receipt.index}.",
            _witnesses_say(witnesses, policy),
            *_leaf_says(receipt.leaf),
        ),
    )


def _opened(note: str, policy: Policy) -> tuple[Checkpoint, list[str]]:
    origin = read_checkpoint(note).origin
    logs = policy.keys_of(origin)
    if not logs:
        raise ReceiptError("The receipt is of a log that is not known here.")
    checkpoint = open_checkpoint(note, logs, origin)
    _, signed = open_note(note, [*logs, *policy.witnesses.values()])
    names = {parse_vkey(vkey).name for vkey in policy.witnesses.values()}
    witnesses = sorted(names & signed.keys())
    if not policy.witnessed(witnesses):
        raise ReceiptError(f"Too few witnesses cosigned the checkpoint: {len(witnesses)} of those asked for.")
    return checkpoint, witnesses


def _witnesses_say(witnesses: list[str], policy: Policy) -> str:
    if witnesses:
        return f"Cosigned by {', '.join(witnesses)}."
    if policy.witnesses:
        return "No witness cosigned, and the policy asks for none."
    return "No witness was asked for: the operator's signature alone stands behind it."


def _leaf_says(leaf: bytes) -> list[str]:
    try:
        value = check_leaf(leaf)
    except LeafError:
        return ["The entry has a form that this version does not know; its place in the log is proven."]
    whose = f"{value['owner']} to {value['recipient']}" if "recipient" in value else value["owner"]
    return [f"It records: {value['type']}, {whose}, at {value['at']}."]


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
