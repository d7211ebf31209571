"""What passes between an owner and arbiters in a dispute about one entry: a request, and parts for it.

A request proves by two receipts of the owner's log which entry is meant, and that the log says that its
opening was asked for: the recipient sees it before an arbiter has done anything. An arbiter's part is sealed
to the owner that asks. Both are JSON; an arbiter needs no federation, only its key and the log's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pyrage import DecryptError, IdentityError, RecipientError, decrypt, encrypt, x25519

from commonroll.errors import Refusal
from commonroll.notes import NoteError, canonical, decode_base64, encode_base64, parse_strict
from commonroll.transparency import escrow
from commonroll.transparency.leaves import LeafError, check_leaf
from commonroll.transparency.policy import Policy
from commonroll.transparency.receipts import verify_receipt

REQUEST, PART = "commonroll dispute request 1", "commonroll dispute part 1"


class DisputeError(Refusal):
    """A request that proves nothing, or a part that belongs to none."""


@dataclass(frozen=True)
class Request:
    """`entry` and `asked` are receipts: of the entry, and of the one that says that its opening was asked
    for; `sealed` (base64) is what was kept for arbiters, `to` the owner's age recipient, `why` its reason."""

    entry: str
    asked: str
    sealed: str
    to: str
    why: str

    def __str__(self) -> str:
        return json.dumps({"kind": REQUEST, **asdict(self)}, indent=2, ensure_ascii=False) + "\n"


def parse_request(data: bytes) -> Request:
    """Read a request without checking what it says; raises DisputeError."""
    value = _document(data, REQUEST, ("entry", "asked", "sealed", "to", "why"))
    return Request(**value)


def give(request: Request, trust: Policy | str, identity: str) -> str:
    """An arbiter's part for a request, a document for the owner that asks; `identity` is the arbiter's key.

    Raises DisputeError where the log does not say that this very entry's opening was asked for, EscrowError
    where the request holds no part for this key.
    """
    entry, asked = _proved(request.entry, trust), _proved(request.asked, trust)
    fits = (asked["type"], asked.get("part"), asked.get("ground")) == ("opening", "strategy", "asked")
    if not fits or asked["entry"] != entry["id"] or asked["owner"] != entry["owner"]:
        raise DisputeError(
            "the log does not say that the opening of this entry was asked for",
            next_step="give no part; ask the owner for a request made by `commonroll log dispute`",
        )
    place, part, commitment = escrow.part_of(decode_base64(request.sealed), identity)
    if commitment != entry.get("strategy"):
        raise DisputeError(
            "what the request holds was kept for another entry than it names",
            next_step="give no part, and tell the recipient",
        )
    said = canonical({"entry": entry["id"], "part": encode_base64(part), "place": str(place)})
    try:
        sealed = encrypt(said, [x25519.Recipient.from_str(request.to)])
    except RecipientError:
        raise DisputeError("the request says no key to answer to") from None
    return json.dumps({"kind": PART, "sealed": encode_base64(bytes(sealed))}, indent=2) + "\n"


def take(documents: Iterable[bytes], entry: str, identity: str) -> dict[int, bytes]:
    """Parts by place, as arbiters gave them for the entry (its id); `identity` is the owner's key.

    Raises DisputeError for what is no part, is sealed to somebody else, or is for another entry.
    """
    found: dict[int, bytes] = {}
    for document in documents:
        said = _opened(document, identity)
        if said["entry"] != entry:
            raise DisputeError(
                "a part is for another entry", next_step="ask the arbiter for that of this request"
            )
        found[int(said["place"])] = decode_base64(said["part"])
    return found


def _opened(document: bytes, identity: str) -> Mapping[str, str]:
    sealed = _document(document, PART, ("sealed",))["sealed"]
    try:
        said = parse_strict(bytes(decrypt(decode_base64(sealed), [x25519.Identity.from_str(identity)])))
    except (DecryptError, IdentityError, NoteError):
        raise DisputeError(
            "a part is sealed to another key", next_step="whoever asked for it opens it"
        ) from None
    if not isinstance(said, dict) or set(said) != {"entry", "part", "place"} or not said["place"].isdecimal():
        raise DisputeError("a part is damaged", next_step="ask the arbiter for it again")
    return said


def _proved(receipt: str, trust: Policy | str) -> dict[str, Any]:
    verdict = verify_receipt(receipt, trust)
    if not verdict.ok:
        raise DisputeError(
            "a receipt of the request does not verify", where=" ".join(verdict.sentences),
            next_step="compare the log's key with its owner over another channel",
        )  # fmt: skip
    try:
        return check_leaf(verdict.leaf)
    except LeafError as error:
        raise DisputeError(error.what) from error


def _document(data: bytes, kind: str, names: tuple[str, ...]) -> dict[str, str]:
    try:
        value = parse_strict(data)
    except NoteError as error:
        raise DisputeError(error.what, next_step="ask for the file again; it is cut or changed") from error
    if not isinstance(value, dict) or value.get("kind") != kind or set(value) != {"kind", *names}:
        raise DisputeError(f"this is no {kind.removeprefix('commonroll ')[:-2]}")
    if not all(isinstance(value[name], str) for name in names):
        raise DisputeError(f"this is no {kind.removeprefix('commonroll ')[:-2]}")
    return {name: value[name] for name in names}
