"""Signing on a machine of one's own: an exported text is read, said in plain English, and signed.

Whoever signs sees what the document says, rendered here from its own bytes, not what a server says of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonroll.agreements.compile import compile_terms
from commonroll.agreements.english import sentences
from commonroll.agreements.events import event_text
from commonroll.agreements.keys import parse_word, word_text
from commonroll.agreements.overrides import read_override, text_of
from commonroll.agreements.parser import parse
from commonroll.agreements.reading import wrong
from commonroll.agreements.recall import deletion_text
from commonroll.agreements.received import receipt_text
from commonroll.agreements.signing import agreement_text
from commonroll.notes import Signer, parse_strict


@dataclass(frozen=True)
class Paper:
    """What is to be signed: the texts, a signature line each; what they say; key names by member."""

    texts: tuple[str, ...]
    says: tuple[str, ...]
    key_names: Mapping[str, str]

    def sign(self, signer: Signer) -> str:
        """The signature lines, to be entered where the text came from."""
        return "\n".join(signer.line(text) for text in self.texts)


def read_paper(data: bytes) -> Paper:
    """Read an exported agreement, event, key, override, deletion or receipt.

    Raises NoteError or TermsRefused.
    """
    value = parse_strict(data)
    if not isinstance(value, dict):
        raise wrong("$", "This is no exported text.")
    names = value.get("cr:keyNames")
    names = names if isinstance(names, dict) else {}
    if "agreement" in value:
        return _agreement(value, names)
    if "event" in value and isinstance(value["event"], dict):
        event = value["event"]
        return Paper((event_text(event),), _spoken(event), names)
    if "key" in value and isinstance(value["key"], dict):
        word = parse_word(value["key"])
        says = f"{word.key} follows {word.former} as the signing key of {word.member}."
        return Paper((word_text(value["key"]),), (says,), names)
    if "override" in value and isinstance(value["override"], dict):
        read_override(value["override"])
        return Paper((text_of(value["override"]),), _spoken(value["override"]), names)
    if "statement" in value and isinstance(value["statement"], dict):
        return Paper((deletion_text(value["statement"]),), _spoken(value["statement"]), names)
    if isinstance(value.get("receipts"), list) and value["receipts"]:
        texts = tuple(receipt_text(one) for one in value["receipts"])
        return Paper(texts, tuple(said for one in value["receipts"] for said in _spoken(one)), names)
    raise wrong(
        "$",
        "This is no exported agreement, event, key, override, statement or receipt.",
        "Export it with --json or --unsigned.",
    )


def _agreement(value: Mapping[str, Any], names: Mapping[str, str]) -> Paper:
    document = value["agreement"]
    terms = parse(document)
    grant = compile_terms(terms, law=(), state="", signed=True)
    texts = [agreement_text(document)]
    says = sentences(grant, {})
    if (amendment := value.get("cr:amendment")) is not None:
        if amendment.get("replacedBy") != terms.id:
            raise wrong("cr:amendment", "The amendment names another agreement than this one.")
        texts.append(event_text(amendment))
        says.append(f"It takes the place of {amendment['agreement']} from {amendment['effective']} on.")
    return Paper(tuple(texts), tuple(says), names)


def _spoken(event: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"{key}: {value}" for key, value in sorted(event.items()))
