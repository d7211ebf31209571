"""The gate between a delivery and the roll: accept, put lines aside, or refuse, and say why in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from commonroll.roll.canonical.repeats import OTHER_ROW_STAYS, REPEATED
from commonroll.roll.gate import changed, checks, county_checks, person_checks, place_checks
from commonroll.roll.gate.checks import Check
from commonroll.roll.gate.corrections_applied import Corrected
from commonroll.roll.gate.county_figures import CODES_PER_COUNTY
from commonroll.roll.gate.figures import Counts, Figures, Past
from commonroll.roll.gate.reuse import Churn
from commonroll.roll.layout.shape import Layout

Verdict = Literal["accept", "quarantine", "refuse"]

UNKNOWN_CODE = "unknown code in "
"""How `normalise` begins the reason of a line whose code the layout does not know."""


@dataclass(frozen=True)
class FileRead:
    """One file of a delivery: its name, the layout it was read with and why that one, its lines."""

    name: str
    layout: str
    evidence: str
    lines: int

    def as_dict(self) -> dict[str, Any]:
        """The file, JSON-ready."""
        return {"name": self.name, "layout": self.layout, "evidence": self.evidence, "lines": self.lines}


@dataclass(frozen=True)
class Delivered:
    """What reading and normalising found, in lines of the delivery (headers not counted).

    `refused`: reason -> lines; `refused_by_county`: FIPS code ('' = unknown) -> lines. `left_out`: why a
    line states nothing -> lines. `lost`: qualified column -> reason -> values that became null.
    `unknown_codes`: published column -> code -> lines. `corrected`: what corrections did.
    """

    files: tuple[FileRead, ...] = ()
    lines: int = 0
    refused: Counts = field(default_factory=dict)
    refused_by_county: Counts = field(default_factory=dict)
    left_out: Counts = field(default_factory=dict)
    lost: Mapping[str, Counts] = field(default_factory=dict)
    unknown_codes: Mapping[str, Counts] = field(default_factory=dict)
    corrected: Corrected = field(default_factory=Corrected)


@dataclass(frozen=True)
class Overruled:
    """An owner's word against the gate's refusal: who gave it and the reason, as it goes into the log."""

    by: str
    reason: str

    def as_dict(self) -> dict[str, str]:
        """Who and why, JSON-ready."""
        return {"by": self.by, "reason": self.reason}


@dataclass(frozen=True)
class GateReport:
    """The gate's answer. Counts and codes only, no value of a person.

    `verdict`: accept; quarantine (what loaded is sound, something wants a person's look first);
    refuse. Rows that gave way to another row of the same voter, as states write on purpose, do not count.
    `figures` are those of the delivered tables, `past` the previous snapshot or None; `churn` is what became
    of its ids. `overruled`: the owner took the delivery against a refusal.
    """

    verdict: Verdict
    sentences: tuple[str, ...]
    checks: tuple[Check, ...]
    delivered: Delivered
    figures: Figures
    past: Past | None
    sample: bool
    churn: Churn | None = None
    overruled: Overruled | None = None

    @property
    def final(self) -> tuple[str, ...]:
        """What refuses for good, in sentences: no owner can overrule it."""
        return tuple(check.sentence for check in self.checks if check.level == "refuse" and check.final)

    @property
    def refused(self) -> int:
        """Lines that did not load."""
        return sum(self.delivered.refused.values())

    @property
    def accepted(self) -> int:
        """Lines that loaded."""
        return self.delivered.lines - self.refused - sum(self.delivered.left_out.values())

    def taken_by(self, word: Overruled) -> GateReport:
        """The report of a delivery that its owner takes all the same; as it is where it refuses for good."""
        if self.verdict == "accept" or self.final:
            return self
        said = (_OVERRULED[self.verdict], *self.sentences[1:])
        return replace(self, sentences=said, overruled=word)

    def as_dict(self) -> dict[str, Any]:
        """The report, JSON-ready: what the site, the command line and `reports/<load>.json` show."""
        before = self.past
        return {
            "verdict": self.verdict,
            "sentences": list(self.sentences),
            "sample": self.sample,
            "before": {"snapshot": before.snapshot, "made_at": before.made_at.isoformat()}
            if before
            else None,
            "lines": {
                "in": self.delivered.lines,
                "accepted": self.accepted,
                "refused": self.refused,
                "left_out": sum(self.delivered.left_out.values()),
            },
            "refused": dict(self.delivered.refused),
            "left_out": dict(self.delivered.left_out),
            "lost": {column: dict(reasons) for column, reasons in self.delivered.lost.items()},
            "unknown_codes": {column: dict(codes) for column, codes in self.delivered.unknown_codes.items()},
            "checks": [check.as_dict() for check in self.checks],
            "rows": self._rows(),
            "counties": self._counties(),
            "filled": self._filled(),
            "codes": self._codes(),
            "corrections": self.delivered.corrected.as_dict(),
            "files": [file.as_dict() for file in self.delivered.files],
            "ids": self.churn.as_dict() if self.churn else None,
            "births": dict(self.figures.births),
            "alike": self.figures.alike,
            "county_filled": self._county_filled(),
            "county_shifts": self._county_shifts(),
            "final": list(self.final),
            "overruled": self.overruled.as_dict() if self.overruled else None,
        }

    def _county_filled(self) -> dict[str, dict[str, list[float | None]]]:
        """Qualified column that some voters lack -> FIPS code -> share filled now and before."""
        now, earlier = self.figures, self._earlier()
        columns = sorted({*now.county_filled, *(earlier.county_filled if "voters" in now.rows else ())})
        return {
            column: {
                fips: [_rounded(now.county_share(column, fips)), _rounded(earlier.county_share(column, fips))]
                for fips in sorted(now.counties)
            }
            for column in columns
        }

    def _county_shifts(self) -> list[dict[str, Any]]:
        """Counties whose codes moved, with their names."""
        now, names = self.figures, {**self._earlier().names, **self.figures.names}
        return [
            {"name": names.get(one.fips) or one.fips, **one.as_dict()}
            for column in CODES_PER_COUNTY
            for one in county_checks.shifts(now, self._earlier(), column)
        ]

    def _earlier(self) -> Figures:
        return self.past.figures if self.past else Figures()

    def _rows(self) -> dict[str, Any]:
        earlier = self._earlier().rows
        return {table: {"now": n, "before": earlier.get(table)} for table, n in self.figures.rows.items()}

    def _counties(self) -> list[dict[str, Any]]:
        """Per county: voters now and before, lines refused; small multiples draw from these."""
        now, earlier, refused = self.figures, self._earlier(), self.delivered.refused_by_county
        if "voters" not in now.rows:
            return []
        names = {**earlier.names, **now.names}
        return [
            {
                "fips": fips,
                "name": names.get(fips) or "no county",
                "now": now.counties.get(fips, 0),
                "before": earlier.counties.get(fips, 0) if self.past else None,
                "refused": refused.get(fips, 0),
            }
            for fips in sorted({*now.counties, *earlier.counties, *refused})
        ]

    def _filled(self) -> dict[str, Any]:
        earlier = self._earlier()
        return {
            column: {
                "now": round(self.figures.share(column), 4),
                "before": round(earlier.share(column), 4) if column in earlier.filled else None,
            }
            for column in self.figures.filled
        }

    def _codes(self) -> dict[str, Any]:
        earlier = self._earlier().codes
        return {
            column: {
                code: {
                    "now": counted.get(code, 0),
                    "before": earlier[column].get(code, 0) if column in earlier else None,
                }
                for code in {**counted, **earlier.get(column, {})}
            }
            for column, counted in self.figures.codes.items()
        }


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 3)


def judge(
    now: Figures,
    past: Sequence[Past] = (),
    *,
    layouts: Sequence[Layout],
    delivered: Delivered,
    at: datetime,
    sample: bool = False,
    churn: Churn | None = None,
) -> GateReport:
    """Judge a delivery by its figures.

    `now`: figures of the delivered tables alone. `past`: figures of earlier snapshots, newest first; the
    first is compared with, the others say what is usual. `churn`: what became of the first one's ids.
    `layouts`: those the files were read with. A vault marked as a `sample` of invented people is not measured
    against the real state's size.
    """
    found = (
        *_checks(now, past, layouts=layouts, delivered=delivered, at=at, sample=sample),
        *_of_persons(now, past, churn, at),
    )
    levels = {check.level for check in found}
    verdict: Verdict = "accept"
    if "refuse" in levels:
        verdict = "refuse"
    elif "quarantine" in levels:
        verdict = "quarantine"
    before = past[0] if past else None
    said = tuple(_sentences(verdict, found))
    return GateReport(verdict, said, found, delivered, now, before, sample, churn)


def _checks(
    now: Figures,
    past: Sequence[Past],
    *,
    layouts: Sequence[Layout],
    delivered: Delivered,
    at: datetime,
    sample: bool,
) -> Iterator[Check]:
    yield from checks.rows_expected(now, layouts, sample=sample)
    yield from checks.filled_expected(now, layouts)
    yield from checks.shares_expected(now, layouts)
    yield from _lines(delivered)
    yield from checks.lost_values(delivered.lost, now)
    yield from place_checks.districts(layouts, delivered.files, delivered.lost)
    yield from checks.elsewhere(now)
    yield from delivered.corrected.checks()
    if past:
        yield from checks.rows_change(now, past[0], at)
        yield from county_checks.changes(now, past, at)
        yield from checks.filled_change(now, past[0], at)
        yield from checks.shares_change(now, past[0], at)
        yield from checks.protected(now, past[0], at)
        yield from county_checks.fields(now, past[0], at)
        yield from county_checks.shares(now, past[0], at)
    elif not sample:
        yield from county_checks.first(now, layouts)


def _of_persons(now: Figures, past: Sequence[Past], churn: Churn | None, at: datetime) -> Iterator[Check]:
    """Who the rows are: ids, births, registrations that look alike."""
    if churn is not None and past:
        yield from person_checks.ids(churn, past[0])
        yield from person_checks.ids_of_counties(churn, now)
        yield from changed.check(churn.changed, past[0].snapshot)
    yield from person_checks.names(now)
    yield from person_checks.births(now, at)
    yield from person_checks.alike(now)


def _lines(delivered: Delivered) -> Iterator[Check]:
    """Lines that did not load: all of them, those that repeat an id, those with a code not in the layout."""
    lines = delivered.lines
    counted = {reason: n for reason, n in delivered.refused.items() if reason != OTHER_ROW_STAYS}
    total = sum(counted.values())
    said = f"{total:,} of {lines:,} lines did not load."
    aside = checks.put_aside("refused lines", total, lines, said, share=checks.REFUSED_SHARE)
    yield replace(aside, final=total > checks.UNREADABLE * lines)
    again = counted.get(REPEATED, 0)
    said = f"{again:,} of {lines:,} lines repeat the id of an earlier line."
    yield checks.put_aside("repeated ids", again, lines, said, share=checks.REPEATED_SHARE)
    for reason, count in sorted(counted.items()):
        if reason.startswith(UNKNOWN_CODE):
            column = reason.removeprefix(UNKNOWN_CODE)
            said = f"{count:,} of {lines:,} lines hold a code in {column} that the layout does not know."
            yield checks.put_aside(reason, count, lines, said, share=checks.UNKNOWN_SHARE, held=0.0)


_HEADLINES: Mapping[Verdict, str] = {
    "accept": "All checks passed.",
    "quarantine": "Held. What loaded is sound, but something wants your look first.",
    "refuse": "Refused. The previous roll stays as it is.",
}


_OVERRULED: Mapping[Verdict, str] = {
    "quarantine": "Held by the gate, and taken for its owner's reason.",
    "refuse": "Refused by the gate, and taken all the same for its owner's reason.",
}


def _sentences(verdict: Verdict, found: Sequence[Check]) -> Iterator[str]:
    """The headline, then what each failed check says, the gravest first."""
    warned = any(check.level == "warn" for check in found)
    yield "Accepted, with warnings." if verdict == "accept" and warned else _HEADLINES[verdict]
    for level in ("refuse", "quarantine", "warn"):
        yield from (check.sentence for check in found if check.level == level)
