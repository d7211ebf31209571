"""How each agreement of a member that leaves ends, and when: the events that it signs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from commonroll.agreements import events
from commonroll.agreements.events import Cause
from commonroll.agreements.terms import read
from commonroll.notes import Signer, canonical
from commonroll.server.meaning import document_of
from commonroll.server.models import Agreement, Member

GIVEN: Cause = "convenience"
RECEIVED: Cause = "renounced"


@dataclass(frozen=True)
class Ending:
    """One standing agreement of a member that leaves: when it ends, and the event that says so.

    `document` is None where it ends by then already: notice was given before, or it runs out.
    """

    agreement: Agreement
    ends: datetime
    cause: str
    document: dict[str, Any] | None

    def signed(self, signer: Signer) -> dict[str, str]:
        """The event with its note, as a row keeps it until it is entered."""
        assert self.document is not None
        return {
            "agreement": self.agreement.urn,
            "document": canonical(self.document).decode(),
            "note": events.sign_event(self.document, signer),
        }


def endings(of: Member, *, at_once: bool, now: datetime) -> list[Ending]:
    """The standing agreements of a member and how each would end if it left at `now`.

    What it gives ends with the notice that was agreed and not inside a signed blackout, `at_once` without
    notice; what it receives it renounces, once nothing that it gives holds it any more.
    """
    standing = Agreement.objects.filter(
        Q(owner=of) | Q(recipient=of), state=Agreement.State.FINAL, until__gt=now
    )
    found = standing.select_related("owner", "recipient").prefetch_related("events").order_by("number")
    return [
        one for agreement in found if (one := _ending(agreement, of, at_once, now)).ends > now or one.document
    ]


def _ending(agreement: Agreement, of: Member, at_once: bool, now: datetime) -> Ending:
    mine = agreement.owner_id == of.pk
    cause = GIVEN if mine else RECEIVED
    document = events.revocation(
        document_of(agreement),
        by=of.key,
        cause=cause,
        issued=now,
        notice=timedelta(days=read(bytes(agreement.document)).notice_days),
        at_once=at_once,
        blackout=read(bytes(agreement.document)).blackout,
    )
    by_itself = ends_by_itself(agreement)
    effective = datetime.fromisoformat(document["effective"])
    if by_itself <= effective:
        return Ending(agreement, by_itself, "", None)
    return Ending(agreement, effective, cause, document)


def ends_by_itself(agreement: Agreement) -> datetime:
    """When an agreement ends by what was said of it so far."""
    said = [one.effective for one in agreement.events.all() if one.event in events.TERMINAL]
    return min([agreement.until, *said])


def last_day(found: Sequence[Ending], of: Member, now: datetime) -> datetime | None:
    """Until when what the member gives holds it; None where nothing does."""
    given = [one.ends for one in found if one.agreement.owner_id == of.pk and one.ends > now]
    return max(given, default=None)
