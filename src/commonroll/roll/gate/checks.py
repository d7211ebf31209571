"""The gate's checks: each compares a figure with a bound and says in one sentence what it found.

The thresholds are named here, with the reason for each. A healthy load passes all of them; a broken one is
explained before a threshold moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from commonroll.roll.gate.figures import Counts, Figures, Past
from commonroll.roll.layout.shape import Bounds, Layout

Level = Literal["ok", "warn", "quarantine", "refuse"]

FEWER_REFUSED = 0.20
"""Share of rows: no state removes a fifth of its roll between two files; a cut file or one county does."""
FEWER_WARNED = 0.03
"""Share of rows: the large list maintenance after a federal election takes 2 to 5 percent."""
MORE_REFUSED = 0.50
"""Share of rows: registration drives add a few percent a year; half more is a file delivered twice."""
MORE_WARNED = 0.05
EMPTIED = 0.10
"""Share of the earlier fill: a column that keeps less than a tenth of its values was moved or renamed."""
FILL_WARNED = 0.05
"""Share of rows: a fill rate that falls by more shows a field that part of the counties stopped sending."""
DRIFT_REFUSED = 0.25
"""Share of rows with another code than before: a re-coded column; people don't change like that."""
DRIFT_WARNED = 0.03
HELD_SHARE = 0.001
"""Share of lines: a few broken lines come with every file; one in a thousand wants a person's look first."""
REFUSED_SHARE = 0.05
"""Share of lines: one in twenty lines unreadable means that the file is not what its layout says."""
UNREADABLE = 0.5
"""Share of lines: a delivery of which half cannot be read is no roll, whatever its owner says."""
UNKNOWN_SHARE = 0.01
"""Share of lines with a code the layout doesn't know: above it the state has added a code that matters."""
LOST_SHARE = 0.01
"""Share of rows whose date is unreadable or in the future: above it the date's format has changed."""
REPEATED_SHARE = 0.01
"""Share of rows that repeat an id: above it the file was delivered twice or the id's column is another."""
ELSEWHERE_SHARE = 0.10
"""Share of rows with a residence in another state: students and soldiers are far fewer."""
FEW = 20
"""Lines: shares of bad lines count only from this many, so that a tiny file is not refused for one line."""
MANY = 1000
"""Rows: distributions are compared only from this many on both sides; below it, chance decides."""


@dataclass(frozen=True)
class Check:
    """One check: its name, level ("ok" = passed), the figure found, the bound, and a sentence.

    `final`: a refusal that no owner can overrule, since what came is not the state's roll.
    """

    name: str
    level: Level
    figure: float
    bound: float
    sentence: str
    final: bool = False

    @property
    def ok(self) -> bool:
        return self.level == "ok"

    def as_dict(self) -> dict[str, Any]:
        """The check, JSON-ready."""
        return {"name": self.name, "ok": self.ok, "level": self.level, "figure": self.figure,
                "bound": self.bound, "sentence": self.sentence, "final": self.final}  # fmt: skip


def rows_expected(now: Figures, layouts: Sequence[Layout], *, sample: bool) -> Iterator[Check]:
    """Rows per table against [expect] rows; a sample's size says nothing, only emptiness does."""
    for layout in layouts:
        table, bounds = layout.table.name, layout.expect.rows
        rows = now.rows.get(table, 0)
        if rows == 0:
            what = f"The delivery holds no row of {table} that can be loaded."
            yield Check(f"rows {table}", "refuse", 0, 1, what, final=True)
        elif sample:
            what = f"{rows:,} rows of {table}; the size is not judged, since this vault holds a sample."
            yield Check(f"rows {table}", "ok", rows, bounds.min, what)
        else:
            yield _within(f"rows {table}", rows, bounds, f"{rows:,} rows of {table}")


def _within(name: str, rows: int, bounds: Bounds, found: str) -> Check:
    if rows < bounds.min:
        what = f"{found}; the layout expects at least {bounds.min:,.0f}."
        return Check(name, "refuse", rows, bounds.min, what)
    if rows > bounds.max:
        return Check(
            name, "refuse", rows, bounds.max, f"{found}; the layout expects at most {bounds.max:,.0f}."
        )
    return Check(name, "ok", rows, bounds.min, f"{found}, as expected.")


def rows_change(now: Figures, past: Past, at: datetime) -> Iterator[Check]:
    """Rows per delivered table against the previous snapshot."""
    for table, rows in now.rows.items():
        before = past.figures.rows.get(table, 0)
        if not before:
            continue
        change = (rows - before) / before
        level = _change_level(change)
        more = "fewer" if rows < before else "more"
        when = since(past.made_at, at)
        size = f"{abs(rows - before):,} {more} rows of {table}"
        sentence = f"{size} {when} ({abs(change):.1%} of snapshot {past.snapshot})."
        bound = -FEWER_REFUSED if change < 0 else MORE_REFUSED
        yield Check(f"change {table}", level, round(change, 4), bound, sentence)


def _change_level(change: float) -> Level:
    if change < -FEWER_REFUSED or change > MORE_REFUSED:
        return "refuse"
    return "warn" if change < -FEWER_WARNED or change > MORE_WARNED else "ok"


def filled_expected(now: Figures, layouts: Sequence[Layout]) -> Iterator[Check]:
    """Fill rates against [expect] filled."""
    for layout in layouts:
        for column, bound in layout.expect.filled.items():
            qualified = f"{layout.table.name}.{column}"
            share = now.share(qualified) if qualified in now.filled else 0.0
            level: Level = "ok" if share >= bound else _weighed("refuse", now.rows.get(layout.table.name, 0))
            sentence = f"{qualified} is filled in {share:.1%} of rows; expected at least {bound:.1%}."
            yield Check(f"filled {qualified}", level, round(share, 4), bound, sentence)


def filled_change(now: Figures, past: Past, at: datetime) -> Iterator[Check]:
    """Fill rates of delivered tables against the previous snapshot."""
    before = past.figures
    for qualified in now.filled:
        table = qualified.partition(".")[0]
        if not before.rows.get(table) or not now.rows[table] or qualified not in before.filled:
            continue
        was, share = before.share(qualified), now.share(qualified)
        level: Level = "ok"
        if was >= FILL_WARNED and share < was * EMPTIED:
            level = _weighed("refuse", min(now.rows[table], before.rows[table]))
        elif was - share > FILL_WARNED:
            level = "warn"
        if level != "ok":
            when = since(past.made_at, at)
            sentence = f"{qualified} was filled in {was:.1%} of rows and is in {share:.1%} {when}."
            yield Check(f"fill change {qualified}", level, round(share - was, 4), -FILL_WARNED, sentence)


def shares_expected(now: Figures, layouts: Sequence[Layout]) -> Iterator[Check]:
    """Shares of codes against [expect] share."""
    for layout in layouts:
        for column, codes in layout.expect.share.items():
            qualified = f"{layout.table.name}.{column}"
            counted = now.codes.get(qualified, {})
            for code, bounds in codes.items():
                yield _share(qualified, code, counted, bounds)


def _share(qualified: str, code: str, counted: Counts, bounds: Bounds) -> Check:
    rows = sum(counted.values())
    share = counted.get(code, 0) / rows if rows else 0.0
    ok = bounds.min <= share <= bounds.max
    bound = bounds.min if share < bounds.min else bounds.max
    sentence = (
        f"{share:.1%} of rows have {code} in {qualified}; expected {bounds.min:.1%} to {bounds.max:.1%}."
    )
    level: Level = "ok" if ok else _weighed("refuse", rows)
    return Check(f"share {qualified} {code}", level, round(share, 4), bound, sentence)


def shares_change(now: Figures, past: Past, at: datetime) -> Iterator[Check]:
    """Distribution of codes per column against the previous snapshot (total variation distance)."""
    for qualified, counted in now.codes.items():
        before = past.figures.codes.get(qualified, {})
        rows, earlier = sum(counted.values()), sum(before.values())
        if min(rows, earlier) < MANY:
            continue
        moves = {
            code: counted.get(code, 0) / rows - before.get(code, 0) / earlier for code in {*counted, *before}
        }
        drift = sum(map(abs, moves.values())) / 2
        if drift <= DRIFT_WARNED:
            continue
        code = max(sorted(moves), key=lambda one: abs(moves[one]))
        then, today = before.get(code, 0) / earlier, counted.get(code, 0) / rows
        sentence = (
            f"{drift:.1%} of rows have another code in {qualified} {since(past.made_at, at)}; most of all "
            f"{code or 'no value'}: {then:.1%} then, {today:.1%} now."
        )
        level: Level = "refuse" if drift > DRIFT_REFUSED else "warn"
        yield Check(f"codes {qualified}", level, round(drift, 4), DRIFT_REFUSED, sentence)


def _weighed(level: Level, rows: int) -> Level:
    """A level that only a large number of rows can carry; among few, chance decides: a warning."""
    return level if rows >= MANY else "warn"


def put_aside(
    name: str, count: int, of: int, sentence: str, *, share: float, held: float = HELD_SHARE
) -> Check:
    """A check on lines put aside: any is warned of, more than `held` of all want a look, `share` refuses."""
    level: Level = "warn" if count else "ok"
    if count > held * of:
        level = "quarantine"
    if count >= FEW and count > share * of:
        level = "refuse"
    return Check(name, level, count, round(share * of), sentence)


def elsewhere(now: Figures) -> Iterator[Check]:
    """Residences in another state than the file's."""
    if "voters" in now.rows:
        rows = now.rows["voters"]
        level: Level = "refuse" if now.elsewhere >= FEW and now.elsewhere > ELSEWHERE_SHARE * rows else "ok"
        sentence = f"{now.elsewhere:,} of {rows:,} voters live in another state."
        bound = round(ELSEWHERE_SHARE * rows)
        yield Check("state", level, now.elsewhere, bound, sentence, final=now.elsewhere > rows / 2)


def protected(now: Figures, past: Past, at: datetime) -> Iterator[Check]:
    """Protected voters against the previous snapshot: a flag that vanishes would expose them."""
    before = past.figures.confidential
    if "voters" not in now.rows or not before:
        return
    lost = before - now.confidential
    level: Level = "ok"
    if not now.confidential and before >= FEW:
        level = "refuse"
    elif lost >= FEW and lost > before / 2:
        level = "warn"
    sentence = f"{before:,} voters were protected and {now.confidential:,} are {since(past.made_at, at)}."
    yield Check("protected voters", level, now.confidential, FEW, sentence)


def lost_values(lost: Mapping[str, Counts], now: Figures) -> Iterator[Check]:
    """Dates and years that were published and could not be kept: in the future, unreadable, placeholders."""
    for qualified, reasons in sorted(lost.items()):
        rows = now.rows.get(qualified.partition(".")[0], 0)
        for reason, count in sorted(reasons.items()):
            if count and reason in _WHY_LOST:
                yield _lost(qualified, reason, count, rows)


_WHY_LOST = {
    "future": "a day in the future",
    "unreadable": "no date or number that can be read",
    "placeholder": "a sign for unknown",
}
"""What `normalise` calls a lost value, in words."""


def _lost(qualified: str, reason: str, count: int, rows: int) -> Check:
    values = "1 value" if count == 1 else f"{count:,} values"
    sentence = f"{values} of {qualified} left empty: {_WHY_LOST[reason]}."
    level: Level = "warn"
    if reason == "placeholder":
        level = "ok"  # registrars write one where they know no date; the fill rates watch their number
    elif count >= FEW and count > LOST_SHARE * rows:
        level = "refuse"
    return Check(f"lost {qualified} {reason}", level, count, round(LOST_SHARE * rows), sentence)


def since(then: datetime, now: datetime) -> str:
    """`since Tuesday` within a week, else `since 3 March 2026`."""
    days = (now.date() - then.date()).days
    if days < 1:
        return "since earlier today"
    return f"since {then:%A}" if days < 7 else f"since {then.day} {then:%B %Y}"


def on(then: datetime, now: datetime) -> str:
    """`on Tuesday` within a week, else `on 21 November`, with the year where it is another one."""
    days = (now.date() - then.date()).days
    if days < 1:
        return "earlier today"
    if days < 7:
        return f"on {then:%A}"
    year = "" if then.year == now.year else f" {then.year}"
    return f"on {then.day} {then:%B}{year}"
