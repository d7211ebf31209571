"""Sealed details of one entry, opened: whoever holds them checks that they are what the log committed to.

A JSON document: `kind`, `part` (which commitment of the leaf), `details`, `salt` (base64), and `receipt`, the
entry's `.tlog-proof`. It needs no federation and no key but the log's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonroll.errors import Refusal
from commonroll.notes import NoteError, decode_base64, encode_base64, parse_strict
from commonroll.transparency.leaves import LeafError, check_leaf, commit
from commonroll.transparency.policy import Policy
from commonroll.transparency.receipts import verify_receipt

KIND = "commonroll opening 1"
PARTS = ("detail", "strategy")
"""What owner and recipient both may read; what the recipient alone may."""


class OpeningError(Refusal):
    """An opening that shows nothing."""


@dataclass(frozen=True)
class Opening:
    """What one part of an entry committed to, with the salt that proves it."""

    part: str
    details: Any
    salt: bytes
    receipt: str

    def as_dict(self) -> dict[str, Any]:
        """The document, JSON-ready."""
        return {
            "kind": KIND,
            "part": self.part,
            "details": self.details,
            "salt": encode_base64(self.salt),
            "receipt": self.receipt,
        }

    def __str__(self) -> str:
        return json.dumps(self.as_dict(), indent=2, ensure_ascii=False) + "\n"


def fits(leaf: Mapping[str, Any], part: str, details: Any, salt: bytes) -> bool:
    """Whether the entry committed to these details under this salt."""
    return bool(leaf.get(part) == commit(details, salt))


def parse_opening(data: bytes) -> Opening:
    """Read the document without checking what it says; raises OpeningError."""
    try:
        value = parse_strict(data)
        texts = ("kind", "part", "salt", "receipt")
        if not isinstance(value, dict) or not all(isinstance(value.get(key), str) for key in texts):
            raise OpeningError("The file is no opening of an entry.")
        if value["kind"] != KIND or value["part"] not in PARTS or "details" not in value:
            raise OpeningError("The file is no opening of an entry, or one of a later version.")
        return Opening(value["part"], value["details"], decode_base64(value["salt"]), value["receipt"])
    except NoteError as error:
        raise OpeningError(error.what, next_step="Ask for the file again; it is cut or changed.") from error


def check_opening(opening: Opening, trust: Policy | str) -> tuple[bool, tuple[str, ...]]:
    """Whether the details are those that a log's entry committed to, and sentences that say so."""
    verdict = verify_receipt(opening.receipt, trust)
    if not verdict.ok:
        return False, verdict.sentences
    try:
        good = fits(check_leaf(verdict.leaf), opening.part, opening.details, opening.salt)
    except LeafError as error:
        return False, (error.what,)
    if not good:
        return False, ("The details are not those that the entry committed to before.",)
    return True, (*verdict.sentences, "The details are those that the entry committed to.")
