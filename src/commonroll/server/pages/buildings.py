"""Buildings of a cut: each flat's last result, and the notes on the place, which a lead takes out."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from commonroll.server import buildings
from commonroll.server.actions import building_notes, turf
from commonroll.server.pages.field_waiting import RESULTS
from commonroll.server.pages.shell import ActingRequest, member_page, number

PAGE = 40
SIGNS = {
    "talked": "✓", "not_home": "–", "refused": "×", "dangerous": "!", "busy": "↻", "inaccessible": "⊘",
    "vacant": "∅", "language": "¿", "moved": "→", "deceased": "†",
}  # fmt: skip
"""As on phones."""


@member_page("answers")
def page(request: ActingRequest, pk: int) -> HttpResponse:
    cut = turf.cut_of(member=request.acting.member, number=pk, by=request.acting.actor)
    chosen = number(request.GET.get("turf"))
    found = buildings.of(settings.HOME, cut, chosen)
    at = max(number(request.GET.get("page")) or 1, 1)
    context: dict[str, Any] = {
        "cut": cut, "chosen": chosen, "at": at, "found": len(found), "more": at * PAGE < len(found),
        "rows": [_row(one) for one in found[(at - 1) * PAGE : at * PAGE]],
        "notes": sum(len(one.notes) for one in found), "flats": sum(len(one.flats) for one in found),
    }  # fmt: skip
    return render(request, "pages/buildings.html", context)


@require_POST
@member_page("answers")
def note(request: ActingRequest, pk: int, what: str) -> HttpResponse:
    """A note is taken out, or stands again."""
    me, by = request.acting.member, request.acting.actor
    if what == "out":
        found = building_notes.take_out(member=me, note=pk, reason=request.POST.get("reason", ""), by=by)
        messages.success(request, "The note is taken out: phones drop it at their next contact.")
    else:
        found = building_notes.put_back(member=me, note=pk, by=by)
        messages.success(request, "The note stands again.")
    shown = number(request.POST.get("cut")) or found.turf.cut_id
    return redirect(reverse("buildings", args=[shown]) + f"#note-{pk}")


def _row(one: buildings.Building) -> dict[str, Any]:
    said = [(SIGNS.get(word, "○"), RESULTS.get(word, "not yet"), many) for word, many in one.counts]
    floors = [
        (floor, [(flat, SIGNS.get(flat.result, "○"), RESULTS.get(flat.result, "not yet")) for flat in flats])
        for floor, flats in one.floors
    ]
    return {"of": one, "counts": said, "floors": floors}
