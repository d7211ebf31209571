"""Persons of a member: who is one person, the model in words, one person's registrations, a wrong match."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.identity.judgements import PAIR
from commonroll.identity.models import Explained
from commonroll.server import jobs
from commonroll.server.actions import linkings, match_looks, matches
from commonroll.server.actions import persons as actions
from commonroll.server.actions.history import own_vault
from commonroll.server.actions.match_looks import Wanted
from commonroll.server.actions.persons import Looked
from commonroll.server.actor import Unknown
from commonroll.server.pages import match_words as words
from commonroll.server.pages.matches import named
from commonroll.server.pages.shell import ActingRequest, member_page

TURNS = {
    "joined": "two persons became one",
    "split": "one person became two",
    "renumbered": "the state gave a new number",
    "reused": "the state gave a number to somebody else",
}


WHY = {"model": "the evidence", "people": "people's judgements", "roll": "the state's file"}


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    """Counts of the last linking, what waits, the model, and the newest turns."""
    me, by = request.acting.member, request.acting.actor
    if not me.state:
        return render(request, "pages/roll_none.html")
    last = actions.linked(home=settings.HOME, of=me, by=by)
    may_see = request.acting.may("raw")
    context = {
        **work(request),
        "linked": last,
        "linked_at": datetime.fromisoformat(last.at) if last else None,
        "newest": own_vault(settings.HOME, me).current(),
        "may_link": request.acting.may("load"),
        "may_see": may_see,
        "model": explained(actions.explanation(home=settings.HOME, of=me, by=by)),
        "turn_words": TURNS,
        "why_words": WHY,
    }
    if may_see:
        context |= {
            "waiting": match_looks.queue(home=settings.HOME, of=me, wanted=Wanted(), by=by).total,
            "events": actions.events(home=settings.HOME, of=me, by=by),
            "reported": actions.reported(home=settings.HOME, of=me, by=by),
        }
    return render(request, "persons/persons.html", context)


def work(request: ActingRequest) -> dict[str, Any]:
    """The newest linking that was asked for here, and whether it is under way."""
    newest = linkings.newest(of=request.acting.member, by=request.acting.actor)
    return {"work": newest, "working": newest is not None and newest.state in linkings.UNDER_WAY}


@dataclass(frozen=True)
class Level:
    """One level of a comparison in words: what was found, how often it is so in one person's records and in
    two people's, how far it speaks."""

    found: str
    one: str
    two: str
    bits: float
    speaks: str
    known: str


@dataclass(frozen=True)
class Told:
    """A model for the page: `parts` are comparisons with their levels."""

    version: str
    trained_at: str
    trained_on: Sequence[tuple[str, int]]
    note: str
    parts: Sequence[tuple[str, Sequence[Level]]]


def explained(found: actions.Explanation | None) -> Told | None:
    """The explanation of a model in words."""
    if found is None:
        return None
    parts = [
        (name, list(_levels(list(levels))))
        for name, levels in groupby(found.levels, key=lambda one: one.comparison)
    ]
    return Told(found.version, found.trained_at, sorted(found.trained_on.items()), found.note, parts)


HOW = {
    "trained": "learnt from pairs",
    "sampled": "sampled",
    "counted": "counted on your roll",
    "assumed": "set by hand",
    "derived": "worked out from other levels",
}


def _levels(levels: Sequence[Explained]) -> Iterator[Level]:
    for one in levels:
        said = words.Step("", "", one.bits, "", "").speaks
        known = dict.fromkeys(HOW.get(how, how) for how in (one.how_m, one.how_u))
        told = ", ".join(known) + (f": {one.why}" if one.why else "")
        yield Level(one.level, often(one.m), often(one.u), one.bits, said, told)


def often(share: float) -> str:
    """`0.9` as `90 in 100`, `0.00004` as `1 in 25,000`."""
    if share >= 0.01:
        return f"{100 * share:.0f} in 100"
    return f"1 in {1 / share:,.0f}" if share > 0 else "never"


@require_POST
@member_page("load")
def link(request: ActingRequest) -> HttpResponse:
    """Have the roll linked in the background."""
    by, me = request.acting.actor, request.acting.member
    before = linkings.newest(of=me, by=by)
    made = linkings.begin(home=settings.HOME, of=me, anew="anew" in request.POST, by=by)
    if before is None or made.pk != before.pk:
        jobs.link_roll.enqueue(str(made.pk))
    messages.success(request, "Your roll is being linked. You may leave this page.")
    return redirect("persons")


@member_page()
def progress(request: ActingRequest) -> HttpResponse:
    """The bar of a linking; when it is over the browser is told to show the page anew."""
    state = work(request)
    answer = render(request, "parts/linking.html", state)
    if not state["working"]:
        answer["HX-Refresh"] = "true"
    return answer


# One person


@dataclass(frozen=True)
class Parting:
    """A pair that holds a person together, and what becomes of the person if it is reported wrong."""

    fields: Sequence[tuple[str, str]]
    names: tuple[str, str]
    decided: bool
    weight: float | None
    parts: Sequence[Sequence[str]]


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def look(request: ActingRequest) -> HttpResponse:
    """One person by a voter's id, sent in a form."""
    voter = request.POST.get("voter", "")
    try:
        found = actions.look(
            home=settings.HOME, of=request.acting.member, voter=voter, by=request.acting.actor
        )
    except Refusal as refusal:
        answer = render(request, "persons/person.html", {"voter": voter, "refusal": refusal})
        answer.status_code = 404 if isinstance(refusal, Unknown) else 400
    else:
        answer = render(request, "persons/person.html", {"voter": voter, **told(found)})
    answer["Cache-Control"] = "no-store"
    return answer


def told(found: Looked) -> dict[str, Any]:
    """One person in words."""
    rows = [(key, seen, words.name(seen.row), words.born(seen.row)) for key, seen in found.seen.items()]
    by_id = {key: name for key, _, name, _ in rows}
    return {
        "found": found,
        "rows": [
            {"id": key, "name": name, "born": birth, "row": seen.row, "address": words.address(seen)}
            for key, seen, name, birth in sorted(rows, key=lambda one: one[0])
        ],
        "pairs": [
            Parting(
                [(part, getattr(held.pair, part)) for part in PAIR],
                (by_id[held.pair.record_l], by_id[held.pair.record_r]),
                held.decided,
                held.weight,
                found.person.parted(held.pair),
            )
            for held in found.pairs
        ],
        "founder": found.person.founder,
    }


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def report(request: ActingRequest) -> HttpResponse:
    """Report a match wrong: the two are parted by the next linking."""
    if not request.POST.get("sure"):
        raise Refusal("you have not said that you are sure", next_step="tick the box, then send it again")
    actions.report_wrong(
        home=settings.HOME,
        of=request.acting.member,
        pair=named(request.POST),
        reason=request.POST.get("why", ""),
        by=request.acting.actor,
    )
    messages.success(
        request, "Reported. The next linking parts the two; until then you can take it back on this page."
    )
    return redirect("persons")


@require_POST
@member_page("raw")
def unreport(request: ActingRequest) -> HttpResponse:
    """Take a report of one's own back."""
    event = request.POST.get("event", "")
    if not event:
        raise Refusal("the form names no report", next_step="choose one of the list")
    matches.undo(home=settings.HOME, of=request.acting.member, event_id=event, by=request.acting.actor)
    messages.success(request, "Taken back. What the match was before holds again.")
    return redirect("persons")
