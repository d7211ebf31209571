"""How right a member's matches are: the kept reports as figures, charts and sentences; none is made here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from commonroll.identity.fairness import OF_PEOPLE
from commonroll.identity.slices import SLICES
from commonroll.identity.verdicts import REASONS
from commonroll.server.actions import link_reports as actions
from commonroll.server.pages.shell import ActingRequest, member_page

Z = 1.96
"""Standard errors of an interval that holds the truth 95 times in 100."""
SHOWN_FROM = 30
"""Pairs from which on a slice has an interval that says anything."""
VERDICTS = {"sure": "sure", "unsure": "waits for a look", "no": "not one person"}
NAMES = {
    "origin": "origin of the surname", "age": "age", "sex": "sex", "birth": "what is known of the birth",
    "moved": "same address or moved", "family": "father and son, twins", "household": "people at the address",
    "state": "state",
}  # fmt: skip


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    """The newest report, or how one is made."""
    me, by = request.acting.member, request.acting.actor
    if not me.state:
        return render(request, "pages/roll_none.html")
    kept = actions.kept(home=settings.HOME, of=me, by=by)
    context = {"reports": len(kept), "key": me.key, **(context_of(kept[0]) if kept else {})}
    measured = next((one for one in kept if one["truth"]), None)
    if kept and measured and measured is not kept[0]:
        context |= {"truth": truth(measured["truth"]), "truth_of": measured}
    return render(request, "persons/accuracy.html", context)


def context_of(report: Mapping[str, Any]) -> dict[str, Any]:
    """One report for the page."""
    found = report["found"]
    per_thousand = (report["drift"] or {}).get("per_thousand", {})
    return {
        "report": report,
        "truth": truth(report["truth"]) if report["truth"] else None,
        "verdicts": [
            (said(name), n, 1000 * n / max(found["records"], 1), per_thousand.get(name, (None, None))[0])
            for name, n in found["verdicts"].items()
        ],
        "drift": report["drift"],
        "judged": judged(report["judged"]) if report["judged"] else None,
    }


def said(verdict: str) -> str:
    """`unsure: twins` as a person says it."""
    kind, _, reason = verdict.partition(": ")
    return VERDICTS.get(kind, kind) + (f": {REASONS.get(reason, reason)}" if reason else "")


@dataclass(frozen=True)
class Rate:
    """A share with the interval that holds the truth 95 times in 100 (Wilson); None where nothing counts."""

    share: float | None
    low: float
    high: float

    @property
    def x(self) -> str:
        return f"{100 * self.low:.2f}"

    @property
    def width(self) -> str:
        return f"{max(100 * (self.high - self.low), 0.6):.2f}"


def rate(part: int, whole: int) -> Rate:
    """`part` of `whole` with its interval by Wilson (1927)."""
    if not whole:
        return Rate(None, 0.0, 1.0)
    share, spread = part / whole, Z * Z / whole
    middle = (share + spread / 2) / (1 + spread)
    half = Z * sqrt(share * (1 - share) / whole + spread / (4 * whole)) / (1 + spread)
    return Rate(share, max(middle - half, 0.0), min(middle + half, 1.0))


@dataclass(frozen=True)
class Group:
    """One value of a slice: true pairs, precision, recall, and the share that waits for a look."""

    value: str
    true: int
    precision: Rate
    recall: Rate
    waiting: float | None
    few: bool
    worse: str


@dataclass(frozen=True)
class Sliced:
    """One slice with its groups; `people`: nobody should be matched worse for it."""

    name: str
    means: str
    people: bool
    groups: Sequence[Group]


def truth(found: Mapping[str, Any]) -> dict[str, Any]:
    """The figures against known truth: of all, by slice, calibration, and who is matched markedly worse."""
    links = found["links"]
    return {
        "registrants": found["registrants"],
        "precision": rate(links["right"], links["linked"]),
        "recall": rate(links["right"], links["true"]),
        "waiting": links["waiting"],
        "persons": found["persons"],
        "true": links["true"],
        "slices": list(sliced(found)),
        "worse": found["markedly_worse"],
        "calibration": calibration(found["calibration"]),
    }


def sliced(found: Mapping[str, Any]) -> Iterator[Sliced]:
    """The slices in their order, those of people first."""
    worse = {(gap["slice"], gap["value"]): gap["measure"] for gap in found["markedly_worse"]}
    for name in (*OF_PEOPLE, *(name for name in SLICES if name not in OF_PEOPLE)):
        groups = [
            _group(one, worse.get((name, one["value"]), ""))
            for one in found["slices"]
            if one["slice"] == name
        ]
        if groups:
            yield Sliced(NAMES.get(name, name), SLICES[name], name in OF_PEOPLE, groups)


def _group(one: Mapping[str, Any], worse: str) -> Group:
    size = one["linked"] + one["true"] - one["right"]
    return Group(
        one["value"],
        one["true"],
        rate(one["right"], one["linked"]),
        rate(one["right"], one["true"]),
        one["waiting"],
        size < SHOWN_FROM,
        worse,
    )


def calibration(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """The chart of what was expected and what was so, with its figures; None where no pair lies between."""
    bins = [one for one in found["bins"] if one["pairs"]]
    if not bins:
        return None
    return {
        "bins": bins,
        "pairs": found["pairs"],
        "error": found["error"],
        "chart": {
            "kind": "line",
            "percent": True,
            "labels": [f"{100 * one['low']:.0f} to {100 * one['high']:.0f}" for one in bins],
            "series": [
                {"name": "was so", "values": [round(100 * one["observed"], 1) for one in bins]},
                {"name": "expected", "values": [round(100 * one["expected"], 1) for one in bins]},
            ],
        },
    }


def judged(found: Mapping[str, Any]) -> dict[str, Any]:
    """What people's judgements say of the verdicts."""
    names = sorted({*found["same"], *found["different"]})
    rows = [(said(name), found["same"].get(name, 0), found["different"].get(name, 0)) for name in names]
    wrong = found["different"].get("sure", 0)
    return {
        "rows": rows,
        "pairs": sum(same + different for _, same, different in rows),
        "wrong": wrong,
        "sure": wrong + found["same"].get("sure", 0),
        "calibration": calibration(found["calibration"]),
    }
