"""Ids from one snapshot to the next: which are gone, which are new, and which mean another person now.

A state's id is meant for one person for ever. Where an id comes back with another first name and another
birth, the old registration ended and a new one began: such a row is no change of name, address or party.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.backends.duckdb import Backend

from commonroll.roll.gate.changed import Changed, changed
from commonroll.roll.vault.renumbered import NOBODY, NONE, Renumbered, renumbered

KEY = "state_voter_id"
PERSON = ("first_name", "middle_name", "last_name", "birth_date", "birth_year", "registered_on")
"""Columns of `voters` that tell one person from another under the same id."""

COUNTED = ("before", "gone", "new", "reused")
_OLD = "_old"


@dataclass(frozen=True)
class Churn:
    """Ids of the snapshot before (`before`) against those delivered: `gone`, `new`, `reused` by another.

    `changed`: of those in both, who has other values (`changed.py`).
    `found_again`: voters whose id is gone, or another's, and who stand under a new one (`renumbered.py`).
    `counties`: FIPS code -> the same four counts; a voter who is gone
    counts where it was, a new one where it is.
    """

    before: int = 0
    gone: int = 0
    new: int = 0
    reused: int = 0
    found_again: int = 0
    counties: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    changed: Changed = field(default_factory=Changed)

    def as_dict(self) -> dict[str, Any]:
        """The counts, JSON-ready."""
        return asdict(self)


def other_person(row: ir.Table, old: str = _OLD) -> ir.BooleanValue:
    """Whether the columns PERSON and those with the suffix `old` describe two people; null-free.

    Another first name (a nickname, an initial or a middle name that came to the front is none) and another
    birth. A marriage changes the last name, a correction one of the two. Where no birth is published, the
    last name and the day of registration must differ as well.
    """
    first, before = row["first_name"], row[f"first_name{old}"]
    same = (
        first.startswith(before)
        | before.startswith(first)
        | (first == row[f"middle_name{old}"]).fill_null(False)
        | (before == row["middle_name"]).fill_null(False)
        | (first == row[f"last_name{old}"]).fill_null(False)
    )
    stranger = (row["last_name"] != row[f"last_name{old}"]) & (
        row["registered_on"] != row[f"registered_on{old}"]
    )
    born = ibis.coalesce(
        row["birth_date"] != row[f"birth_date{old}"],
        _year(row, "") != _year(row, old),
        stranger,
    )
    return (~same & born).fill_null(False)


def _year(row: ir.Table, suffix: str) -> ir.IntegerValue:
    year: ir.IntegerValue = ibis.coalesce(
        row[f"birth_year{suffix}"], row[f"birth_date{suffix}"].year().cast("int16")
    )
    return year


def reused(old: ir.Table, new: ir.Table) -> ir.Table:
    """Ids that both rolls have and that mean another person in the new one: state_voter_id, county_fips."""
    before = old.select(**{f"{name}{_OLD}": old[name] for name in (KEY, *PERSON)})
    both = new.select(KEY, "county_fips", *PERSON).inner_join(before, [(KEY, KEY + _OLD)])
    return both.filter(other_person(both)).select(KEY, "county_fips")


@dataclass(frozen=True)
class Ids:
    """Ids by name, for the owner alone. `reused`: state_voter_id, county_fips."""

    reused: pa.Table
    renumbered: Renumbered = NONE


NO_IDS = Ids(pa.table({name: pa.array([], pa.string()) for name in (KEY, "county_fips")}))


def churn(
    con: Backend, old: Sequence[Path | str], new: Sequence[Path | str], watched: pa.Table = NOBODY
) -> tuple[Churn, Ids]:
    """What became of the ids of `old` (Parquet files of `voters`) in `new`, and which they are.

    `watched`: state_voter_id of voters who must not be lost sight of, see `renumbered`.
    """
    before, now = (con.read_parquet([str(path) for path in files]) for files in (old, new))
    again = con.to_pyarrow(reused(before, now).order_by("county_fips", KEY))
    counts: dict[str, dict[str, int]] = {}
    for row in con.to_pyarrow(_by_county(before, now)).to_pylist():
        counts[row.pop("county")] = {**row, "reused": 0}
    for fips in again["county_fips"].to_pylist():
        counts.setdefault(fips or "", dict.fromkeys(COUNTED, 0))["reused"] += 1
    total = {name: sum(one[name] for one in counts.values()) for name in COUNTED}
    found = renumbered(con, before, now, again, watched)
    differ = changed(con, old, new)
    return (
        Churn(**total, found_again=found.pairs.num_rows, counties=counts, changed=differ),
        Ids(again, found),
    )


def _by_county(old: ir.Table, new: ir.Table) -> ir.Table:
    """Per county ('' = unknown): ids before, gone, new."""
    was = old.select(KEY, county=old["county_fips"].fill_null(""))
    is_ = new.select(**{f"{KEY}_new": new[KEY], "county_new": new["county_fips"].fill_null("")})
    joined = was.outer_join(is_, [(KEY, f"{KEY}_new")])
    there, here = joined[KEY].notnull(), joined[f"{KEY}_new"].notnull()
    placed = joined.select(
        county=there.ifelse(joined["county"], joined["county_new"]), there=there, here=here
    )
    return placed.group_by("county").agg(
        before=placed["there"].sum(),
        gone=(placed["there"] & ~placed["here"]).sum(),
        new=(placed["here"] & ~placed["there"]).sum(),
    )
