"""One voter through time: the owner's own look at one registration, each in the owner's log first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.insight.held import Claim, Held
from commonroll.roll.changes.one_voter import FACTS, LISTS, Standing, Timeline
from commonroll.server.actions import facts as held
from commonroll.server.actions import history as actions
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.templatetags.pages import moment, party
from commonroll.views.claims import KINDS

LISTED: Mapping[str, str] = {
    "other districts": "Other districts",
    "elections": "Elections voted in",
    "ballots": "Ballots",
}
_IN_FACTS = frozenset({"congressional", "state_senate", "state_house"})
"""District types that a registration's own columns tell already."""
_DISTRICT = {"congressional_district": "U.S. House", "state_senate_district": "senate",
             "state_house_district": "house"}  # fmt: skip
_BALLOT = {"election_date": "for", "requested_on": "requested", "sent_on": "sent", "returned_on": "returned",
           "status": "", "reason": "", "as_of": "as of"}  # fmt: skip


@dataclass(frozen=True)
class Fact:
    """One fact of a registration: what it is, in words, and whether it differs from the standing before."""

    label: str
    text: str
    changed: bool


@dataclass(frozen=True)
class Lines:
    """One list of a registration: its lines, and those that came or went since the standing before."""

    label: str
    lines: Sequence[tuple[str, bool]]
    went: Sequence[str]


@dataclass(frozen=True)
class Told:
    """One standing in words."""

    standing: Standing
    facts: Sequence[Fact]
    lists: Sequence[Lines]
    news: Sequence[str]


@member_page("raw")
def page(request: ActingRequest) -> HttpResponse:
    """The form: a voter's id; nothing is read before it is sent."""
    return _shown(request, {})


@sensitive_post_parameters()
@require_POST
@member_page("raw")
def look(request: ActingRequest) -> HttpResponse:
    """The voter with an id, in every kept snapshot. The id is sent in a form, so that no address holds it."""
    sent = request.POST
    asked: dict[str, Any] = {"voter": sent.get("voter", ""), "county": sent.get("county", "")}
    asked["by_county_id"] = sent.get("kind") == "county"
    try:
        found, beyond = held.look(
            home=settings.HOME, of=request.acting.member, purpose=request.acting.purpose,
            by=request.acting.actor, **asked,
        )  # fmt: skip
    except Refusal as refusal:
        answer = _shown(request, {**asked, "refusal": refusal})
        answer.status_code = 400
        return answer
    return _shown(request, {**asked, **told(found), **claimed(beyond)})


def _shown(request: ActingRequest, context: Mapping[str, Any]) -> HttpResponse:
    if not request.acting.member.state:
        return render(request, "pages/roll_none.html", status=400 if context else 200)
    answer = render(request, "roll/voter.html", {"an_hour": actions.LOOKS_AN_HOUR, **context})
    answer["Cache-Control"] = "no-store"
    return answer


def claimed(beyond: Held) -> dict[str, Any]:
    """What is held beyond the roll: claims by attribute, of the voter and of the household, and numbers."""
    parts = [("Of the voter", beyond.claims), ("Of the household, nobody's own", beyond.household)]
    groups = [(title, _by_attribute(claims)) for title, claims in parts if claims]
    return {"claims": groups, "numbers": beyond.numbers, "kinds": KINDS}


def _by_attribute(claims: Sequence[Claim]) -> list[tuple[str, list[Claim]]]:
    return [(name, list(of)) for name, of in groupby(claims, key=lambda one: one.attribute)]


def told(found: Timeline) -> dict[str, Any]:
    """A timeline in words, the newest standing first."""
    before = [None, *found.standings]
    standings = [_told(one, was) for one, was in zip(found.standings, before, strict=False)]
    return {"found": found, "standings": standings[::-1]}


def _told(one: Standing, before: Standing | None) -> Told:
    # what one registration has and another had is no news of either
    alike = before is not None and bool(before.row and one.row) and not one.another
    facts = list(_facts(one, one.changed if alike else frozenset())) if one.row else []
    lists = list(_lists(one, alike))
    return Told(one, facts, lists, list(_news(one, before, facts, lists)))


def _lists(one: Standing, alike: bool) -> Iterator[Lines]:
    for name, lines in one.lines.items():
        came, went = (one.came.get(name, ()), one.went.get(name, ())) if alike else ((), ())
        shown = [(_line(name, line), line in came) for line in lines if line[0] not in _IN_FACTS]
        gone = [_line(name, line) for line in went if line[0] not in _IN_FACTS]
        if shown or gone:
            yield Lines(LISTED[name], shown, gone)


def _news(
    one: Standing, before: Standing | None, facts: Sequence[Fact], lists: Sequence[Lines]
) -> Iterator[str]:
    """What is new in a standing, in a few words each."""
    if one.row is None:
        yield "in the file no more" if before else "not in the file"
    elif before is None:
        yield "as the first snapshot has it that is kept"
    elif before.row is None:
        yield "in the file"
    elif one.another:
        yield "another person under this id"
    for fact in facts:
        if fact.changed:
            yield f"{fact.label}: {fact.text or 'none any more'}"
    for told in lists:
        for word, n in (("new", sum(new for _, new in told.lines)), ("gone", len(told.went))):
            if n:
                yield f"{told.label}: {n} {word}"


def _facts(one: Standing, changed: frozenset[str]) -> Iterator[Fact]:
    for label, columns in FACTS.items():
        text = _text(label, one.row or {}, columns)
        if text or label in changed:
            yield Fact(label, text, label in changed)


def _text(label: str, row: Mapping[str, Any], columns: Sequence[str]) -> str:
    values = {column: _value(row[column]) for column in columns if row[column] is not None}
    if label == "party":
        source = values.get("party_source", "")
        return " · ".join(dict.fromkeys(filter(None, [party(row["party"]), source]))) if values else ""
    if label == "districts":
        return ", ".join(f"{_DISTRICT[column]} {value}" for column, value in values.items())
    if label == "county":
        return f"{values.get('county_name', '')} ({values.get('county_fips', 'no code')})" if values else ""
    separator = " · " if label in ("status", "precinct") else " "
    return separator.join(values.values())


def _line(name: str, line: Sequence[Any]) -> str:
    columns = LISTS[name][1]
    if name == "ballots":
        said = {
            column: _value(value) for column, value in zip(columns, line, strict=True) if value is not None
        }
        return ", ".join(f"{_BALLOT[column]} {value}".strip() for column, value in said.items())
    return " · ".join(_value(value) for value in line if value is not None)


def _value(value: Any) -> str:
    return moment(value) if isinstance(value, date) else str(value).replace("_", " ")
