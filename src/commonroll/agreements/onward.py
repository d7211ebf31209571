"""Onward licences: the named member's signed statement, and what each licence owes the owner.

A recipient licenses rows on to members that the agreement names, and to nobody else. Such a licence counts
once the member that takes it has signed what it pays and until when (ADR 76). Amounts are whole cents.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonroll.agreements.document import instant
from commonroll.agreements.profile import MEMBER_URN
from commonroll.agreements.reading import (
    read_cents,
    read_instant,
    read_keys,
    read_matching,
    read_member,
    require,
    wrong,
)
from commonroll.agreements.signing import check_signers, signed_text
from commonroll.notes import Signer, canonical, parse_canonical, sha256_text, sign_note

_LINE = "commonroll onward-statement v1"
_KEYS = ("@type", "agreement", "agreementHash", "by", "pays", "issued", "until")
_HASH = r"sha256:[A-Za-z0-9+/]{43}="


@dataclass(frozen=True)
class Onward:
    """One licence as the member `by` states it: it pays the recipient `cents` (USD) and holds it `until`."""

    agreement: str
    terms_hash: str
    by: str
    cents: int
    issued: datetime
    until: datetime


def money(cents: int) -> str:
    """Whole cents as dollars, exactly: `1234.50`."""
    return f"{cents // 100}.{cents % 100:02d}"


def share(cents: int, percent: int) -> int:
    """The owner's royalty in cents: that per cent of what one licence costs, rounded half up."""
    return (cents * percent + 50) // 100


def statement(
    agreement: Mapping[str, Any], *, by: str, cents: int, issued: datetime, until: datetime
) -> dict[str, Any]:
    """The document that the member `by` signs about the agreement under which it is licensed on."""
    document = {
        "@type": "cr:OnwardStatement",
        "agreement": agreement["@id"],
        "agreementHash": sha256_text(canonical(agreement)),
        "by": MEMBER_URN + by,
        "pays": money(cents),
        "issued": instant(issued),
        "until": instant(until),
    }
    read_statement(document)
    return document


def read_statement(value: Any) -> Onward:
    """Read a statement; raises TermsRefused naming the path."""
    keys = read_keys(value, "statement", _KEYS)
    require(keys["@type"], "cr:OnwardStatement", "statement.@type")
    found = Onward(
        agreement=read_matching(keys["agreement"], r"urn:uuid:[0-9a-f-]{36}", "statement.agreement", "a urn"),
        terms_hash=read_matching(keys["agreementHash"], _HASH, "statement.agreementHash", "a hash"),
        by=read_member(keys["by"], "statement.by"),
        cents=read_cents(keys["pays"], "statement.pays"),
        issued=read_instant(keys["issued"], "statement.issued"),
        until=read_instant(keys["until"], "statement.until"),
    )
    if found.until <= found.issued:
        raise wrong("statement.until", "The licence ends before it begins.")
    return found


def text_of(document: Mapping[str, Any]) -> str:
    """The text that the member signs."""
    return signed_text(_LINE, document["by"], canonical(document))


def sign(document: Mapping[str, Any], signer: Signer) -> str:
    """The signed note of a statement."""
    return sign_note(text_of(document), signer)


def verify(data: bytes, note: str, vkey: str) -> Onward:
    """The statement in the stored bytes, if exactly this key signed it; raises Refusal otherwise."""
    document = parse_canonical(data)
    found = read_statement(document)
    check_signers(note, text_of(document), (vkey,))
    return found
