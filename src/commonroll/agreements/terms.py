"""Agreements as ODRL documents: built from terms, read back strictly, wrapped for the Dataspace Protocol."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from commonroll.agreements.document import build
from commonroll.agreements.message import check_message
from commonroll.agreements.parser import parse
from commonroll.agreements.profile import (
    ContactQuota,
    Terms,
    columns_of,
)
from commonroll.agreements.reading import TermsRefused
from commonroll.agreements.templates import TEMPLATES, Template
from commonroll.notes import canonical, parse_canonical, sha256_text

__all__ = [
    "TEMPLATES", "ContactQuota", "Template", "Terms", "TermsRefused", "columns_of", "message", "parse",
    "read", "terms_hash", "to_document",
]  # fmt: skip

CONTEXTS = ["https://w3id.org/dspace/2025/1/context.jsonld", "urn:commonroll:context:agreement:1"]


def to_document(terms: Terms) -> dict[str, Any]:
    """The ODRL agreement object that both parties sign: texts, lists and objects only.

    Raises TermsRefused if these terms could not be read back from it: everything emitted is valid.
    """
    document = build(terms)
    parse(document)
    return document


def read(data: bytes) -> Terms:
    """The terms in stored canonical bytes; raises NoteError or TermsRefused on any other byte."""
    return parse(parse_canonical(data))


def terms_hash(document: Mapping[str, Any]) -> str:
    """`sha256:<base64>` over the canonical bytes: how log and events name the terms."""
    return sha256_text(canonical(document))


def message(document: Mapping[str, Any], *, note: str | None = None) -> dict[str, Any]:
    """The ContractAgreementMessage around an agreement; `note` carries the signatures as `cr:note`.

    Process ids are derived from the agreement's id, one negotiation to one draft. Raises Refusal if the
    result does not pass the Dataspace Protocol's own schema.
    """
    wrapped: dict[str, Any] = {
        "@context": CONTEXTS,
        "@type": "ContractAgreementMessage",
        "providerPid": _process_id(document["@id"], "provider"),
        "consumerPid": _process_id(document["@id"], "consumer"),
        "agreement": dict(document),
    }
    if note is not None:
        wrapped["cr:note"] = note
    check_message(wrapped)
    return wrapped


def _process_id(agreement: str, role: str) -> str:
    return uuid.uuid5(uuid.UUID(agreement), role).urn
