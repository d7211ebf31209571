"""Corrections are put into the staged rows of a load, in the engine, and counted; nothing else is touched.

A correction holds where its `match` and its `old` value both stand: when the state mends its file, the
correction does nothing any more. Days that follow from a voter's birth or status are worked out anew.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from ..canonical.rows import write_rows
from ..counties import all_counties
from ..engine import ibis_engine
from ..layout import cells
from ..layout.standing import with_days
from ..schema import VOTERS
from ..vault.corrections import Correction
from .checks import Check

NAMED = 5
KEY, NEW = "correction_key", "correction_new"
BY_LAW = "shown_by_law"
BETWEEN = "\x1f"


@dataclass(frozen=True)
class Corrected:
    """What corrections did to a delivery. `rows`: what is corrected, in words -> rows; of single voters only
    the field is named. `expired`: lines past their last day, in words; they did nothing.
    """

    rows: Mapping[str, int] = field(default_factory=dict)
    expired: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, object]:
        """As JSON-ready values."""
        return {"rows": dict(self.rows), "expired": list(self.expired)}

    def checks(self) -> Iterator[Check]:
        """What the gate says of it."""
        changed = sum(self.rows.values())
        if self.rows:
            idle = sum(not rows for rows in self.rows.values())
            said = f"Corrections changed {changed:,} values; {idle:,} of {len(self.rows):,} changed none."
            yield Check("corrections", "ok", changed, 0, said)
        if self.expired:
            named = ", ".join(self.expired[:NAMED])
            rest = f" and {len(self.expired) - NAMED} more" if len(self.expired) > NAMED else ""
            said = f"{len(self.expired)} corrections have expired and did nothing: {named}{rest}."
            yield Check("corrections expired", "warn", len(self.expired), 0, said)


def words(one: Correction) -> str:
    """What a line corrects, without any voter."""
    return f"{one.field} of single voters" if one.of_a_voter else f"{one.field} where {one.match}"


def correct(voters: Sequence[Path], lines: Sequence[Correction], on: datetime.date) -> Corrected:
    """Put the corrections in force on a day into Parquet files of voters; what they did."""
    live = [one for one in lines if one.on <= on <= one.until]
    expired = sorted(f"{words(one)}, until {one.until}" for one in lines if one.until < on)
    counted = Counter({words(one): 0 for one in live})
    for path in voters if live else ():
        for what, rows in _into(path, live):
            counted[what] += rows
    return Corrected(dict(counted), tuple(dict.fromkeys(expired)))


def _into(path: Path, live: Sequence[Correction]) -> Iterator[tuple[str, int]]:
    backend = ibis_engine()
    rows: ir.Table = _with_law(backend.read_parquet(str(path)))
    hit = False
    for column, name in sorted({(one.column, one.field) for one in live}):
        mine = [one for one in live if (one.column, one.field) == (column, name)]
        keyed = rows.mutate(**{KEY: _key(rows, column, name)})
        found = backend.to_pyarrow(
            keyed.semi_join(_table(mine), KEY).group_by(KEY).aggregate(n=lambda t: t.count())
        ).to_pylist()
        if not found:
            continue
        hit = True
        said = {_text_key(one): words(one) for one in mine}
        for row in found:
            yield said[row[KEY]], row["n"]
        rows = _changed(keyed, _table(mine), name).drop(KEY)
    if hit:
        shown = with_days(rows, rows[BY_LAW])
        write_rows(backend.to_pyarrow(shown.select(*VOTERS.names)), VOTERS, path)


def _with_law(rows: ir.Table) -> ir.Table:
    """The day that the load noted by the state's law (docs/adr/0050), where it knew no birth."""
    births = [rows[name] for name in ("birth_date", "birth_year", "age")]
    return rows.mutate(
        **{
            BY_LAW: ibis.ifelse(
                ibis.coalesce(*(b.cast("string") for b in births)).isnull(),
                rows["shown_from"],
                ibis.null("date"),
            )
        }
    )


def _key(rows: ir.Table, column: str, corrected: str) -> ir.StringValue:
    texts = [rows[name].cast("string").fill_null("") for name in (column, corrected)]
    return texts[0] + BETWEEN + texts[1]


def _text_key(one: Correction) -> str:
    return f"{one.value}{BETWEEN}{one.old}"


def _table(lines: Sequence[Correction]) -> ir.Table:
    keys, new = [_text_key(one) for one in lines], [one.new for one in lines]
    return ibis.memtable(pa.table({KEY: pa.array(keys, pa.string()), NEW: pa.array(new, pa.string())}))


def _changed(keyed: ir.Table, table: ir.Table, name: str) -> ir.Table:
    """The rows with the new values, and with what follows from them."""
    joined = keyed.left_join(table.rename(**{f"{KEY}_2": KEY}), keyed[KEY] == table[KEY])
    hit, new = joined[NEW].notnull(), joined[NEW].nullif("").cast(VOTERS[name].type)
    made = {name: ibis.ifelse(hit, new, joined[name])}
    if name == "county_fips":
        numbers = list(all_counties())
        county = cells.at_place(list(all_counties().values()), cells.place_in(numbers, new))
        made["county_name"] = ibis.ifelse(hit, county, joined["county_name"])
    if name == "birth_date":
        made["birth_year"] = ibis.ifelse(hit, new.year().cast("int16"), joined["birth_year"])
    return joined.mutate(**made).select(*keyed.columns)
