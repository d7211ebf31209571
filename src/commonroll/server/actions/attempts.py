"""An attempt on an agreement that was refused stays in the owner's log; nothing else of it does."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction

from commonroll.agreements.compile import CompileRefused
from commonroll.agreements.events import OutOfOrder
from commonroll.agreements.negotiation import OutOfTurn
from commonroll.agreements.reading import TermsRefused
from commonroll.agreements.signing import SignatureRefused
from commonroll.errors import Refusal
from commonroll.notes import NoteError
from commonroll.server import journal
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Member
from commonroll.transparency import leaves


class Foreign(Unknown):
    """A message about an agreement that the sender has no part in: for it there is none (HTTP 404)."""


REASONS: tuple[tuple[type[Refusal], str], ...] = (
    (Foreign, "foreign"),
    (Unknown, "role"),
    (Forbidden, "role"),
    (OutOfOrder, "order"),
    (OutOfTurn, "closed"),
    (SignatureRefused, "signature"),
    (NoteError, "signature"),
    (TermsRefused, "terms"),
    (CompileRefused, "law-forbids"),
)
"""The log's code for each kind of refusal; whatever else is refused does not fit where things stand."""


@contextmanager
def attempt(*, what: str, owner: Member, recipient: Member, by: Actor, agreement: str = "") -> Iterator[None]:
    """One transaction for the block; if it is refused, the state is as before and the log says that it was.

    The entry stands in the owner's log, or in the recipient's where the owner has left and taken its log
    along. It holds a code; what was tried, by whom and why not is sealed for the two parties.
    """
    try:
        with transaction.atomic():
            yield
    except Refusal as refusal:
        _keep(what, owner, recipient, by, agreement, refusal)
        raise


def _keep(what: str, owner: Member, recipient: Member, by: Actor, agreement: str, refusal: Refusal) -> None:
    log = next((member for member in (owner, recipient) if member.left_at is None), None)
    if log is None:
        return
    reason = next((code for kind, code in REASONS if isinstance(refusal, kind)), "closed")
    said = {"tried": what, "by": by.label, "why": str(refusal)[:500]}
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    keys = {"reason": reason, "count": "1", "detail": leaves.commit(said, salt)}
    with transaction.atomic():
        journal.record(
            log=log.key,
            type="denied",
            keys=keys | ({"agreement": agreement} if agreement else {}),
            owner=owner.key,
            recipient=recipient.key,
            sealed_shared=leaves.seal(said, salt, sorted({owner.reader, recipient.reader})),
        )
