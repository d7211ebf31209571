"""The universe: conditions as chips and as text, the count while one types, what is missing and why."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.server.actions import questions as actions
from commonroll.server.models import Member, SavedUniverse
from commonroll.server.pages.chips import chips, offers
from commonroll.server.pages.figures import Bar, bars, percent, step_key, step_of, steps
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.templatetags.pages import party
from commonroll.views.counts import Answer, crosstab
from commonroll.views.derived import VISIBLE
from commonroll.views.question import COUNTED_BY, Gap, NothingGranted
from commonroll.views.universe import parse

COUNTY = "county"
COUNTY_COLUMNS = ("county_fips", "county_name")
BARS = 20
FIRST_SPLITS = ("state", "party", "status", "sex", "age", "birth_year", "congressional_district", "race")


def splits() -> list[tuple[str, str]]:
    """What a count can be split by, the usual ones first."""
    known = [v.name for v in VISIBLE.values() if v.cls in COUNTED_BY and v.name not in COUNTY_COLUMNS]
    ordered = [*FIRST_SPLITS, *sorted(name for name in known if name not in FIRST_SPLITS)]
    return [(COUNTY, "county, with a map"), *((name, name.replace("_", " ")) for name in ordered)]


@dataclass(frozen=True)
class Asked:
    """What the page's form asks: the text, and by what it is split down and across."""

    where: str
    down: str
    across: str

    @classmethod
    def of(cls, form: QueryDict) -> Asked:
        known = {name for name, _ in splits()}
        down, across = (form.get(name, "") for name in ("down", "across"))
        down, across = (name if name in known else "" for name in (down, across))
        if not down or across in (down, COUNTY):
            across = ""
        return cls(form.get("where", "").strip(), down, across)

    @property
    def by(self) -> tuple[str, ...]:
        down = COUNTY_COLUMNS if self.down == COUNTY else (self.down,)
        return tuple(name for name in (*down, self.across) if name)

    @property
    def query(self) -> str:
        return urlencode({name: value for name, value in vars(self).items() if value})


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me = request.acting.member
    saved = SavedUniverse.objects.filter(member=me)
    form = request.GET.copy()
    number = form.get("saved", "")
    chosen = saved.filter(pk=int(number)).first() if number.isdecimal() else None
    if chosen is not None:
        form["where"] = chosen.where
    asked = Asked.of(form)
    context = {
        "asked": asked,
        "splits": splits(),
        "offers": offers(),
        "offer_values": offer_values(),
        "saved": saved,
        "chosen": chosen,
        "may_export": request.acting.may("export"),
        "may_view": request.acting.may("view"),
        "examples": EXAMPLES,
        **answered(request, asked),
    }
    return render(request, "pages/universe.html", context)


EXAMPLES = (
    ("Young Democrats", "party = 'DEM' AND age BETWEEN 18 AND 29"),
    ("Newly registered", "registered_on >= '2026-01-01' AND status = 'active'"),
    ("Voted in 2024, has a phone", "voted('2024-11-05') AND phone IS NOT NULL"),
)


def offer_values() -> dict[str, Any]:
    """Kind and closed values of everything the builder offers, for its script."""
    return {
        offer.name: {
            "kind": offer.kind,
            "values": [(v, party(v) if offer.name == "party" else v) for v in offer.values or ()],
        }
        for group in offers().values()
        for offer in group
    }


@require_POST
@member_page()
def live(request: ActingRequest) -> HttpResponse:
    """The answer while somebody types: the count, the chips, the gaps."""
    asked = Asked.of(request.POST)
    answer = render(
        request, "parts/answer.html", {"asked": asked, "swapped": True, **answered(request, asked)}
    )
    answer["HX-Replace-Url"] = reverse("universe") + (f"?{asked.query}" if asked.query else "")
    return answer


def answered(request: ActingRequest, asked: Asked) -> dict[str, Any]:
    """The count with its parts, or the refusal that stands in its place."""
    began = time.perf_counter()
    try:
        universe = parse(asked.where) if asked.where else None
        answer = actions.count(
            home=settings.HOME,
            viewer=request.acting.member,
            purpose=request.acting.purpose,
            where=asked.where,
            by_columns=asked.by,
            live=True,
            by=request.acting.actor,
        )
    except NothingGranted as nothing:
        return {
            "refusal": nothing,
            "gaps": nothing.gaps,
            "chips": chips(parse(asked.where) if asked.where else None),
            "owner_bars": [],
        }
    except Refusal as refusal:
        return {"refusal": refusal, "broken": True}
    names = dict(Member.objects.values_list("key", "name"))
    return {
        "answer": answer,
        "chips": chips(universe),
        "gaps": answer.gaps,
        "owner_bars": owner_bars(answer, names),
        "read": [(names.get(owner, owner), used.snapshot) for owner, used in answer.used.items()],
        "seconds": time.perf_counter() - began,
        **split(answer, asked),
    }


@dataclass(frozen=True)
class OwnerBar:
    """One owner in the answer, or a hatched place where one is missing."""

    name: str
    value: int | None
    length: str
    sentence: str = ""
    agreement: int | None = None


def owner_bars(answer: Answer, names: dict[str, str]) -> list[OwnerBar]:
    """Owners in the answer by number, then the missing ones with their reasons."""
    most = max(answer.by_owner.values(), default=0)
    found = [
        OwnerBar(names.get(owner, owner), n, percent(n, most), agreement=answer.used[owner].number)
        for owner, n in sorted(answer.by_owner.items(), key=lambda pair: -pair[1])
    ]
    return found + [
        OwnerBar(names.get(g.owner, g.owner), None, "100", g.sentence, g.agreement)
        for g in _once(answer.gaps)
    ]


def _once(gaps: Sequence[Gap]) -> list[Gap]:
    """One gap per owner: the bar shows that it is missing, the list below says every reason."""
    return list({gap.owner: gap for gap in reversed(gaps)}.values())[::-1]


@dataclass(frozen=True)
class Cell:
    """One cell of a crosstab with its place on the scale of shades."""

    n: int
    step: int


def split(answer: Answer, asked: Asked) -> dict[str, Any]:
    """The split answer: bars for one column, a crosstab for two, a map where counties are asked."""
    if not asked.down:
        return {}
    table = crosstab(answer) if asked.across else None
    found: dict[str, Any] = {"split_bars": split_bars(answer, asked), "split_count": len(answer.grouped())}
    if table is not None:
        ends = steps([n for line in table.cells for n in line])
        found["across"] = [said(asked.across, value) for value in table.across]
        found["lines"] = [
            (_down(asked, down), [Cell(n, step_of(n, ends)) for n in line], sum(line))
            for down, line in zip(table.down, table.cells, strict=True)
        ]
        found["sums"] = [sum(column) for column in zip(*table.cells, strict=True)]
    if asked.down == COUNTY:
        found |= county_map(answer)
    return found


def said(column: str, value: object) -> str:
    """A value of a count in words."""
    return party(str(value)) if column == "party" and not str(value).startswith("(") else str(value)


def _down(asked: Asked, values: Sequence[object]) -> str:
    return str(values[1]).title() if asked.down == COUNTY else said(asked.down, values[0])


def split_bars(answer: Answer, asked: Asked) -> list[Bar]:
    """The first column's values by number, the largest first; numbers keep their own order."""
    sums: dict[str, int] = {}
    for values, n in answer.grouped():
        sums[_down(asked, values)] = sums.get(_down(asked, values), 0) + n
    ordered = asked.down in ("age", "birth_year") or sums.keys() == {k for k in sums if k.isdigit()}
    pairs = list(sums.items()) if ordered else sorted(sums.items(), key=lambda pair: -pair[1])
    return bars(pairs[: len(pairs) if ordered else BARS])


def county_map(answer: Answer) -> dict[str, Any]:
    """Step and sentence for each county in the answer."""
    sums: dict[str, tuple[str, int]] = {}
    for values, n in answer.grouped():
        fips, name = str(values[0]), str(values[1]).title()
        sums[fips] = (name, sums.get(fips, (name, 0))[1] + n)
    ends = steps([n for _, n in sums.values()])
    return {
        "map": {
            fips: {"step": step_of(n, ends), "label": f"{name} County: {n:,}"}
            for fips, (name, n) in sums.items()
            if fips.isdigit()
        },
        "key": step_key(ends),
    }


@require_POST
@member_page("count")
def save(request: ActingRequest) -> HttpResponse:
    made = actions.save_universe(
        member=request.acting.member,
        name=request.POST.get("name", ""),
        purpose=request.acting.purpose,
        where=request.POST.get("where", ""),
        by=request.acting.actor,
    )
    messages.success(request, f"“{made.name}” is saved.")
    return redirect(f"{reverse('universe')}?saved={made.pk}")


@require_POST
@member_page("count")
def forget(request: ActingRequest, universe: int) -> HttpResponse:
    actions.delete_universe(member=request.acting.member, pk=universe, by=request.acting.actor)
    messages.success(request, "The saved universe is gone.")
    return redirect("universe")
