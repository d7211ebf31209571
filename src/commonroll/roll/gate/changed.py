"""Voters who are in both rolls: how many of them have another name, birth, party or district now.

Two columns that changed places fill as well as before and hold no unknown code; only the voters who were
there before tell it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.roll.gate.checks import Check, Level

KEY = "state_voter_id"
ENOUGH = 500_000
"""Voters compared at most, about: every n-th by the hash of the id. Another column shows in fewer."""
FEWEST = 100
"""Voters in both below which a share says nothing."""

USUAL: Mapping[str, float] = {
    "first_name": 0.05,
    "last_name": 0.05,
    "birth_date": 0.02,
    "birth_year": 0.02,
    "sex": 0.05,
    "party": 0.15,
    "county_fips": 0.10,
    "registered_on": 0.25,
    "residence_line1": 0.25,
    "congressional_district": 0.60,
    "state_senate_district": 0.60,
    "state_house_district": 0.60,
}
"""Column to the share of voters who may have another value there than in the snapshot before. Marriages,
moves and corrections stay far below; districts are drawn anew every ten years, and not for most voters."""

_SAID = {"birth_date": "birth date", "county_fips": "county", "registered_on": "day of registration"}


@dataclass(frozen=True)
class Changed:
    """`voters` compared; per column of USUAL how many have another value than before, both values known."""

    voters: int = 0
    columns: Mapping[str, int] = field(default_factory=dict)


def changed(con: Backend, old: Sequence[object], new: Sequence[object]) -> Changed:
    """What changed for voters whose id is in the Parquet files of `voters` both `old` and `new`."""
    before, now = (con.read_parquet([str(path) for path in files]) for files in (old, new))
    step = max(1, int(con.to_pyarrow(before.count()).as_py()) // ENOUGH)
    before, now = (_every(rows.select(KEY, *USUAL), step) for rows in (before, now))
    both = now.inner_join(before, KEY, rname="{name}_before")
    differ = {name: (both[name] != both[f"{name}_before"]).sum() for name in USUAL}
    [found] = con.to_pyarrow(both.agg(voters=both.count(), **differ)).to_pylist()
    return Changed(found.pop("voters"), {name: count or 0 for name, count in found.items()})


def _every(rows: ir.Table, step: int) -> ir.Table:
    return rows if step == 1 else rows.filter((rows[KEY].hash() % ibis.literal(step)) == 0)


def check(of: Changed, snapshot: int) -> Iterator[Check]:
    """Whether more voters have another value than ever do: another column may stand in that place."""
    if of.voters < FEWEST:
        return
    shares = {name: count / of.voters for name, count in of.columns.items()}
    worst = max(shares, key=lambda name: shares[name] / USUAL[name])
    over = {name: share for name, share in shares.items() if share > USUAL[name]}
    said = ", ".join(f"{_said(name)} {share:.0%}" for name, share in over.items())
    sentence = (
        f"Voters of snapshot {snapshot} have other values now than they had: {said} of them. "
        "Columns of the file may have changed places, or the state writes them in another way."
        if over
        else f"Voters of snapshot {snapshot} have the names, births and districts that they had."
    )
    level: Level = "quarantine" if over else "ok"
    yield Check("changed values", level, round(shares[worst], 4), USUAL[worst], sentence)


def _said(name: str) -> str:
    return _SAID.get(name, name.replace("_", " "))
