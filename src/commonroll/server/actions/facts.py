"""What a member holds about one of its voters beyond the roll, for its owners; the lists that came in."""

from __future__ import annotations

from django.utils import timezone

from commonroll.insight import held
from commonroll.insight.held import NOTHING, Held
from commonroll.insight.import_list import Import, imports_of
from commonroll.roll.changes.one_voter import Timeline
from commonroll.server.actions import history
from commonroll.server.actions.history import own_vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.views.fact_words import Subject

MOST_ATTRIBUTES = 30
"""Attributes that a page offers, of those that the member has."""


def look(
    *,
    home: Home,
    of: Member,
    voter: str,
    by_county_id: bool = False,
    county: str = "",
    purpose: str,
    by: Actor,
) -> tuple[Timeline, Held]:
    """One of the member's own voters through time, and what is held about the voter: one look, receipt first.

    Of who is shown to nobody, and of an id that no kept snapshot has, nothing is read.
    """
    found = history.look(
        home=home, of=of, voter=voter, by_county_id=by_county_id, county=county, purpose=purpose,
        further=held.COLUMNS, by=by,
    )  # fmt: skip
    if found.hidden or not found.standings:
        return found, NOTHING
    return found, held.held(own_vault(home, of), found.id, timezone.now().date())


def imports(*, home: Home, of: Member, by: Actor) -> list[Import]:
    """Lists that came into the member's vault, the newest first, the withdrawn ones among them."""
    by.require("raw", of)
    return imports_of(own_vault(home, of))


def attributes(*, home: Home, of: Member, by: Actor) -> dict[Subject, list[str]]:
    """Attributes of voters and of households that the member has claims of, the most frequent first; none for
    a member without a roll."""
    by.require("count", of)
    if not of.state:
        return {}
    known = own_vault(home, of)
    return {
        "voter": held.attributes(known, MOST_ATTRIBUTES),
        "household": held.household_attributes(known, MOST_ATTRIBUTES),
    }
