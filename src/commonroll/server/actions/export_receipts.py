"""Receipts that a recipient signs of a file: one for each owner whose rows stand in it; both keep them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.utils import timezone

from commonroll.agreements.received import receipt, receipt_text, verify_receipt
from commonroll.errors import Refusal
from commonroll.notes import canonical, sha256_text
from commonroll.server import journal
from commonroll.server.actions.agreements import unlock
from commonroll.server.actions.attempts import attempt
from commonroll.server.actions.federation import current_vkey
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Extract, Lent, Member


def of_extract(*, extract: Extract, by: Actor) -> list[Lent]:
    """Whose rows stand in a file of the member's, with the receipt where it was signed; by owner."""
    by.require("export", extract.viewer)
    found = Lent.objects.filter(extract=extract.pk, agreement__recipient=extract.viewer)
    with_parties = found.select_related("agreement__owner", "agreement__recipient")
    return list(with_parties.order_by("agreement__owner__key"))


def to_sign(*, extract: Extract, by: Actor) -> list[dict[str, Any]]:
    """The receipts that are not signed yet, to be signed here or offline, by owner."""
    now = timezone.now().replace(microsecond=0)
    return [_said(one, now) for one in of_extract(extract=extract, by=by) if one.received_at is None]


def _said(one: Lent, issued: datetime) -> dict[str, Any]:
    agreement = one.agreement
    return receipt(
        extract=one.urn, file=one.file, rows=one.rows, agreement=agreement.urn,
        agreement_hash=agreement.document_hash, owner=agreement.owner.key, by=agreement.recipient.key,
        issued=issued,
    )  # fmt: skip


def sign(*, home: Home, extract: Extract, passphrase: str, by: Actor) -> list[Lent]:
    """Sign all that wait, with the member's key kept here."""
    by.require("sign", extract.viewer)
    waiting = to_sign(extract=extract, by=by)
    if not waiting:
        raise _nothing()
    signer = unlock(home, extract.viewer, passphrase)
    lines = [signer.line(receipt_text(one)) for one in waiting]
    return enter(extract=extract, documents=waiting, lines=lines, by=by)


def enter(
    *, extract: Extract, documents: Sequence[dict[str, Any]], lines: Sequence[str], by: Actor
) -> list[Lent]:
    """Enter receipts that were signed here or offline, each with its line; each stands by itself.

    The signature is the recipient's word, whoever brings it. Refused, with the attempt in the owner's log:
    one of another file, by another key, of the future or from before the file; one that was signed already.
    """
    if not documents or len(documents) != len(lines):
        raise Refusal(
            "each receipt has one signature line", next_step="sign what `--unsigned` printed, then enter both"
        )
    known = {one.agreement.urn: one for one in of_extract(extract=extract, by=by)}
    meant = [_meant(known, document, extract) for document in documents]
    return [
        _enter(one, document, line, extract.viewer, by)
        for one, document, line in zip(meant, documents, lines, strict=True)
    ]


def _meant(known: dict[str, Lent], document: Any, extract: Extract) -> Lent:
    named = document.get("agreement") if isinstance(document, dict) else None
    found = known.get(named) if isinstance(named, str) else None
    if found is None:
        raise Unknown(
            "a receipt names no owner whose rows stand in this file", where=f"extract {extract.pk}",
            next_step="sign what `--unsigned` printed",
        )  # fmt: skip
    return found


def _enter(of: Lent, document: dict[str, Any], line: str, member: Member, by: Actor) -> Lent:
    agreement, now = of.agreement, timezone.now().replace(microsecond=0)
    with attempt(
        what="receipt of an export", owner=agreement.owner, recipient=member, by=by, agreement=agreement.urn
    ):
        found = Lent.objects.select_for_update(of=("self",)).select_related("agreement").get(pk=of.pk)
        if found.received_at is not None:
            raise _nothing()
        data, note = canonical(document), f"{receipt_text(document)}\n{line}\n"
        verify_receipt(data, note, _said(of, now), current_vkey(member), made=of.begun, now=now)
        found.receipt, found.receipt_note, found.received_at = data, note, now
        found.receipt_hash = sha256_text(data)
        found.save(update_fields=["receipt", "receipt_note", "received_at", "receipt_hash"])
        journal.record(
            log=agreement.owner.key,
            type="export.received",
            keys={
                "agreement": agreement.urn, "terms": agreement.document_hash, "extract": of.urn,
                "file": of.file, "rows": str(of.rows), "receiptHash": found.receipt_hash,
            },
            owner=agreement.owner.key,
            recipient=member.key,
        )  # fmt: skip
        return found


def _nothing() -> Refusal:
    return Refusal("every receipt of this file is signed", next_step="there is nothing to do")
