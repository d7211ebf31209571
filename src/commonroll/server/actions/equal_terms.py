"""All who are let in for one race get the same terms, in the draft and when both have signed."""

from __future__ import annotations

from commonroll.agreements.admission import same_terms
from commonroll.agreements.profile import Terms
from commonroll.agreements.reading import TermsRefused
from commonroll.agreements.terms import read
from commonroll.server import wall
from commonroll.server.models import Agreement, Application


@wall.node()
def check_alike(application: Application, terms: Terms) -> None:
    """Raise TermsRefused if somebody was let in for the race on other criteria, price, days or columns."""
    others = Application.objects.filter(
        criteria__owner=application.criteria.owner, race=application.race, agreement__isnull=False
    ).exclude(pk=application.pk)
    for other in others.select_related("criteria", "agreement"):
        if other.criteria_id != application.criteria_id:
            raise _unequal("the version of the criteria")
        if other.agreement and (differ := same_terms(terms, read(bytes(other.agreement.document)))):
            raise _unequal(", ".join(differ).replace("_", " "))


def check_signed(text: Agreement) -> None:
    """Raise TermsRefused if a text that came of an application, or amends one, says other than the race's."""
    found = _admitted(text)
    if found is None or found.agreement is None:
        return
    if differ := same_terms(read(bytes(text.document)), read(bytes(found.agreement.document))):
        raise _unequal(", ".join(differ).replace("_", " "))


def _admitted(text: Agreement) -> Application | None:
    """The application by which the text came about, through other texts of its negotiation and amendments."""
    at: Agreement | None = text
    while at is not None:
        texts = [at.pk]
        if at.negotiation is not None:
            texts += list(at.negotiation.texts.values_list("pk", flat=True))
        found = Application.objects.filter(agreement__in=texts).select_related("agreement").first()
        if found is not None:
            return found
        at = at.amends
    return None


def _unequal(what: str) -> TermsRefused:
    return TermsRefused(
        f"Others in this race get other terms: {what}.",
        where="equal treatment",
        next_step="What one in a race gets, all get: put those terms.",
    )
