"""Field: what a member's walks came to, in numbers that add up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from commonroll.errors import Refusal
from commonroll.field.numbers import Dimension
from commonroll.field.outlines import drawing, numbered
from commonroll.server.actions import call_numbers
from commonroll.server.actions import turf as cuts
from commonroll.server.actions import walk_numbers as actions
from commonroll.server.models import TurfCut
from commonroll.server.pages.figures import STEPS, bars, percent
from commonroll.server.pages.shell import ActingRequest, member_page, number
from commonroll.server.pages.turf import MOST_DRAWN

SHOWN: tuple[Dimension, ...] = ("day", "canvasser", "turf", "script")

RESULTS = {
    "not_home": "nobody home", "talked": "talked", "refused": "refused", "busy": "busy",
    "moved": "moved away",
    "deceased": "deceased", "language": "another language", "inaccessible": "could not get to the door",
    "vacant": "nobody lives there", "dangerous": "not safe to walk to", "wrong_number": "wrong number",
    "left_message": "left a message",
}  # fmt: skip
"""How an attempt ended, in words."""


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    found, cut = _found(request)
    context: dict[str, Any] = {
        "found": found,
        "cut": cut,
        "cuts": TurfCut.objects.filter(member=request.acting.member, put_away_at=None),
        "asked": request.GET,
        "tables": [(each, actions.labelled(found, each), found.tables[each]) for each in SHOWN],
        "results": bars([(RESULTS.get(word, word), many) for word, many in found.results]),
        "coverage": [(one, percent(one.attempted, one.doors)) for one in found.turfs or found.cuts],
        "half": seconds(found.half),
        "nearly_all": seconds(found.nearly_all),
        "phone": None if cut else call_numbers.by_phone(request.acting.member, by=request.acting.actor),
        "may_lead": request.acting.may("view"),
    }
    if cut is not None:
        context |= _drawn(cut, found)
    return render(request, "pages/field.html", context)


@member_page()
def file(request: ActingRequest) -> HttpResponse:
    """The numbers of the page as CSV."""
    found, _ = _found(request)
    answer = HttpResponse(actions.as_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="field-{request.acting.member.key}.csv"'
    return answer


def _found(request: ActingRequest) -> tuple[actions.Walked, TurfCut | None]:
    asked, acting = request.GET, request.acting
    pk = number(asked.get("cut"))
    cut = cuts.cut_of(member=acting.member, number=pk, by=acting.actor) if pk else None
    found = actions.walked(
        home=settings.HOME, member=acting.member, cut=cut, first=_day(asked.get("from")),
        last=_day(asked.get("to")), by=acting.actor,
    )  # fmt: skip
    return found, cut


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Refusal("That is no day.", next_step="Write it as 2026-10-04.") from None


def _drawn(cut: TurfCut, found: actions.Walked) -> dict[str, Any]:
    """The cut's drawing, each turf with the step of its share: 0 for nothing, 5 for all of its doors."""
    some = cut.folder and cut.turfs.count() <= MOST_DRAWN
    drawn = drawing(settings.HOME.turf / cut.folder) if some else None
    if drawn is None:
        return {}
    of = {one.number: one for one in found.turfs}
    shaded = [(one, of[one.number], step(of[one.number].share)) for one in drawn.outlines if one.number in of]
    return {"drawn": drawn, "shaded": shaded, "numbers": numbered(drawn.outlines), "steps": STEP_WORDS}


STEP_WORDS = [
    (0, "none"), (1, "under 20%"), (2, "under 40%"), (3, "under 60%"), (4, "under 80%"), (5, "80% and more"),
]  # fmt: skip


def step(share: float) -> int:
    """Fifths of the doors attempted; 0 for none of them."""
    return 0 if share <= 0 else min(STEPS - 1, 1 + int(share * (STEPS - 1)))


def seconds(took: timedelta | None) -> str:
    """A time as people say it: 41 s, 12 min, 3 h, 2 days."""
    if took is None:
        return ""
    whole = round(took.total_seconds())
    for size, least, unit in ((1, 0, "s"), (60, 120, "min"), (3600, 7200, "h"), (86400, 172800, "days")):
        if whole >= least:
            said = f"{whole // size} {unit}"
    return said
