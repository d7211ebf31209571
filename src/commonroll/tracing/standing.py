"""What stands beside an accusation: exports that the log has, receipts that the accused signed, or neither.

The owner knows every mark and could make a recipient's copy itself. An accusation therefore counts only where
the log committed to the marks first, then said that a copy left for that recipient (leak-tracing, section 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Signed:
    """A receipt that a recipient signed: the file, the receipt's hash in the log (sha256:<base64>), when
    (UTC)."""

    file: str
    receipt: str
    at: str


@dataclass(frozen=True)
class Standing:
    """Of one accused: exports to it that the log has under the committed marks, with first and last day;
    receipts that it signed; `same`: the leaked file is one of them, byte by byte. `refused`: why the
    accusation does not count, in words."""

    exports: int = 0
    first: str = ""
    last: str = ""
    signed: Sequence[Signed] = field(default_factory=tuple)
    same: str = ""
    refused: str = ""

    @property
    def says(self) -> str:
        """In words, for whoever is told that it never had the file."""
        if self.refused:
            return self.refused
        files = f"{self.exports} file{'s' if self.exports > 1 else ''}"
        when = f"on {self.first}" if self.first == self.last else f"between {self.first} and {self.last}"
        said = [f"The log committed to the marks, then to {files} for this recipient {when}."]
        if self.signed:
            signed = "it" if self.exports == 1 else f"{len(self.signed)} of them"
            said.append(f"The recipient signed for {signed}, so it cannot say that it never had that.")
        else:
            said.append("It signed for none of it; the log's entries alone say that it left.")
        if self.same:
            said.append(f"The leaked file is, byte by byte, the one that left on {self.same}.")
        return " ".join(said)

    def document(self) -> dict[str, Any]:
        """JSON-ready."""
        receipts = [{"file": one.file, "receiptHash": one.receipt, "signed": one.at} for one in self.signed]
        return {"exports": self.exports, "says": self.says, "receipts": receipts}
