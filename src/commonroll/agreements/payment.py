"""Payments under an agreement: what a side states of one, signed. Money itself moves outside of Commonroll.

Whoever pays states that it paid; the owner states what it received. Whoever stated something wrong takes
that back, signed as well, and states it anew. Amounts are whole cents of US dollars.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from commonroll.agreements.document import instant
from commonroll.agreements.onward import money
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

_LINE = "commonroll payment v1"
_KEYS = ("@type", "agreement", "agreementHash", "amount", "by", "for", "issued", "on")
_BACK_KEYS = ("@type", "agreement", "agreementHash", "by", "issued", "statement")
_HASH = r"sha256:[A-Za-z0-9+/]{43}="
_URN = r"urn:uuid:[0-9a-f-]{36}"
FOR = ("price", "royalty")


@dataclass(frozen=True)
class Payment:
    """A payment as the member `by` states it: `cents` (USD) for the price or a royalty, made on a day."""

    agreement: str
    terms_hash: str
    by: str
    what: str
    cents: int
    on: datetime
    issued: datetime


@dataclass(frozen=True)
class TakenBack:
    """That the member `by` takes back its statement of a payment, named by the hash of its document."""

    agreement: str
    terms_hash: str
    by: str
    statement: str
    issued: datetime


def statement(
    agreement: Mapping[str, Any], *, by: str, what: str, cents: int, on: datetime, issued: datetime
) -> dict[str, Any]:
    """The document that the member `by` signs of a payment under the agreement; raises TermsRefused."""
    document = {
        "@type": "cr:Payment",
        "agreement": agreement["@id"],
        "agreementHash": sha256_text(canonical(agreement)),
        "amount": money(cents),
        "by": MEMBER_URN + by,
        "for": what,
        "issued": instant(issued),
        "on": instant(on),
    }
    read_payment(document)
    return document


def taking_back(agreement: Mapping[str, Any], *, by: str, statement: str, issued: datetime) -> dict[str, Any]:
    """The document by which the member `by` takes its statement back; raises TermsRefused."""
    document = {
        "@type": "cr:PaymentTakenBack",
        "agreement": agreement["@id"],
        "agreementHash": sha256_text(canonical(agreement)),
        "by": MEMBER_URN + by,
        "issued": instant(issued),
        "statement": statement,
    }
    read_taken_back(document)
    return document


def read_payment(value: Any) -> Payment:
    """Read a statement of a payment; raises TermsRefused naming the path."""
    keys = read_keys(value, "payment", _KEYS)
    require(keys["@type"], "cr:Payment", "payment.@type")
    found = Payment(
        agreement=read_matching(keys["agreement"], _URN, "payment.agreement", "a urn"),
        terms_hash=read_matching(keys["agreementHash"], _HASH, "payment.agreementHash", "a hash"),
        by=read_member(keys["by"], "payment.by"),
        what=read_matching(keys["for"], "|".join(FOR), "payment.for", "price or royalty"),
        cents=read_cents(keys["amount"], "payment.amount"),
        on=read_instant(keys["on"], "payment.on"),
        issued=read_instant(keys["issued"], "payment.issued"),
    )
    if found.on > found.issued:
        raise wrong("payment.on", "The day of the payment lies ahead.", "State it once it was made.")
    if not found.cents:
        raise wrong("payment.amount", "Nothing was paid.")
    return found


def read_taken_back(value: Any) -> TakenBack:
    """Read what takes a statement back; raises TermsRefused naming the path."""
    keys = read_keys(value, "payment", _BACK_KEYS)
    require(keys["@type"], "cr:PaymentTakenBack", "payment.@type")
    return TakenBack(
        agreement=read_matching(keys["agreement"], _URN, "payment.agreement", "a urn"),
        terms_hash=read_matching(keys["agreementHash"], _HASH, "payment.agreementHash", "a hash"),
        by=read_member(keys["by"], "payment.by"),
        statement=read_matching(keys["statement"], _HASH, "payment.statement", "a hash"),
        issued=read_instant(keys["issued"], "payment.issued"),
    )


def read(value: Any) -> Payment | TakenBack:
    """Read either; raises TermsRefused naming the path."""
    back = isinstance(value, Mapping) and value.get("@type") == "cr:PaymentTakenBack"
    return read_taken_back(value) if back else read_payment(value)


def text_of(document: Mapping[str, Any]) -> str:
    """The text that the member signs."""
    return signed_text(_LINE, document["by"], canonical(document))


def sign(document: Mapping[str, Any], signer: Signer) -> str:
    """The signed note of a statement."""
    return sign_note(text_of(document), signer)


def verify(data: bytes, note: str, vkey: str) -> Payment | TakenBack:
    """The statement in the stored bytes, if exactly this key signed it; raises Refusal otherwise."""
    document = parse_canonical(data)
    found = read(document)
    check_signers(note, text_of(document), (vkey,))
    return found
