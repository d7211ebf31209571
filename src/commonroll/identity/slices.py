"""The same figures for parts of the rolls: one rate of the whole hides whom it fails (linkage.md 2.6).

Slices of circumstance (birth date, move, household) differ by nature. Slices of people (origin of the name,
age, sex) should not: see `fairness.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import pairwise
from typing import Any

import ibis
import ibis.expr.types as ir
from ibis.backends.duckdb import Backend

from commonroll.identity.accuracy import COUNTS, Accuracy, counted

SLICES: Mapping[str, str] = {
    "birth": "what is known of the birth, on the side that knows less",
    "moved": "where the two addresses lie",
    "origin": "census group in which the surname is most common",
    "age": "years, by the year of birth",
    "sex": "sex",
    "family": "a namesake of another generation, or a twin, at the address",
    "household": "people at the address",
    "state": "state of the record on the left",
}
"""Slices and what each is; every pair stands in one value of each."""

JUDGED_FROM = 5_000
"""Pairs from which on a slice is held to a bar; smaller ones are shown."""
MAJORITY = 500
"""Thousandths of a surname's bearers that make it a group's."""
ORIGINS = ("white", "black", "hispanic", "asian", "other")
MIXED, RARE, UNKNOWN = "no one group", "rare name", "unknown"
AGES = (18, 25, 35, 50, 65, 80)
GENERATION = 11
"""Years between namesakes from which on they are two generations."""


@dataclass(frozen=True)
class Slice:
    """Figures of the pairs in which `name` is `value`; `judged`: there are enough to hold it to a bar."""

    name: str
    value: str
    accuracy: Accuracy
    judged: bool

    def as_dict(self) -> dict[str, Any]:
        return {"slice": self.name, "value": self.value, "judged": self.judged, **self.accuracy.as_dict()}


def sliced(pairs: ir.Table, records: ir.Table, year: int, told: ir.Table | None = None) -> ir.Table:
    """Labelled `pairs` with a text column for each of SLICES; `records`: link records of both sides, all of
    them, since a household is counted; `year` gives the ages.

    `told`: member, record and any of SLICES that truth knows better than the records; the right record's word
    counts before the left one's.
    """
    seen = _in_context(records)
    beside = pairs
    for side in "lr":
        named = seen.view().rename({f"{c}_{side}": c for c in seen.columns})
        beside = beside.left_join(named, [f"member_{side}", f"record_{side}"])
        beside = beside.drop(*(c for c in beside.columns if c.endswith("_right")))
    found = {name: make(beside, year) for name, make in _MADE.items()}
    beside = beside.select(*pairs.columns, **found)
    return beside if told is None else _told(beside, told)


def _told(pairs: ir.Table, told: ir.Table) -> ir.Table:
    names = [name for name in SLICES if name in told.columns]
    for side in "lr":
        said = told.view().select(
            **{f"member_{side}": "member", f"record_{side}": "record"},
            **{f"{name}_{side}": name for name in names},
        )
        pairs = pairs.left_join(said, [f"member_{side}", f"record_{side}"])
        pairs = pairs.drop(*(c for c in pairs.columns if c.endswith("_right")))
    better = {n: ibis.coalesce(pairs[f"{n}_r"], pairs[f"{n}_l"], pairs[n]) for n in names}
    return pairs.mutate(**better).drop(*(f"{n}_{side}" for n in names for side in "lr"))


_READ = (
    "member", "record", "dob", "full_dob", "born_from", "birth_year", "sex", "state", "zip", "house",
    "addrzip", "last_name",
)  # fmt: skip


def _in_context(records: ir.Table) -> ir.Table:
    """Records with people (at the address, on their own roll), family and origin."""
    placed = records["addrzip"].notnull()
    home = [records["member"], records["addrzip"]]
    named = [records["addrzip"], records["last_name"], records["first_root"]]
    day = [*home, records["last_name"], records["full_dob"]]
    births = records["birth_year"].max() - records["birth_year"].min()
    apart = (births.over(group_by=named) >= GENERATION).fill_null(False)
    suffixed = records["suffix"].count().over(group_by=named) > 0
    same_day = records["full_dob"].notnull() & (records.count().over(group_by=day) > 1)
    context = records.select(
        *_READ,
        people=records.count().over(group_by=home),
        family=ibis.cases(
            (placed & (apart | suffixed), "father and son"), (placed & same_day, "twins"), else_=None
        ),
    )
    return _with_origin(context)


def _with_origin(records: ir.Table) -> ir.Table:
    backend = records.get_backend()
    letters = records["last_name"].re_replace("[^A-Z]", "")
    first = records["last_name"].re_extract("^([A-Z]+)", 1)
    known = _origins(backend)
    whole = known.select(name_whole="name", origin_whole="origin")
    part = known.view().select(name_part="name", origin_part="origin")
    found = records.left_join(whole, letters == whole["name_whole"])
    found = found.left_join(part, first == part["name_part"])
    origin = ibis.coalesce(found["origin_whole"], found["origin_part"], ibis.literal(RARE))
    return found.mutate(origin=origin).drop("name_whole", "origin_whole", "name_part", "origin_part")


def _origins(backend: Backend) -> ir.Table:
    """name, origin of the census's surnames: the group of most of a name's bearers."""
    table = "identity_origins"
    if table not in backend.con.execute("SELECT table_name FROM duckdb_tables()").fetchnumpy()["table_name"]:
        with resources.as_file(resources.files("commonroll.invented") / "data" / "surnames.parquet") as path:
            names = ibis.memtable(backend.read_parquet(path).to_pyarrow())
        of = ibis.cases(*((names[g] >= MAJORITY, g) for g in ORIGINS), else_=MIXED)
        backend.create_table(table, names.select("name", origin=of), temp=True)
    return backend.table(table)


def _birth(p: ir.Table, year: int) -> ir.Value:
    nothing = p["born_from_l"].isnull() | p["born_from_r"].isnull()
    age = p["dob_l"].isnull() | p["dob_r"].isnull()
    full = p["full_dob_l"].notnull() & p["full_dob_r"].notnull()
    return ibis.cases((nothing, "none"), (age, "age"), (full, "full"), else_="year")


def _moved(p: ir.Table, year: int) -> ir.Value:
    near = (p["zip_l"] == p["zip_r"]) & (p["house_l"] == p["house_r"])
    stayed = (p["addrzip_l"] == p["addrzip_r"]).fill_null(False) | near.fill_null(False)
    return ibis.cases(
        (stayed, "same address"), (p["state_l"] == p["state_r"], "in state"),
        (p["state_l"] != p["state_r"], "out of state"), else_=UNKNOWN,
    )  # fmt: skip


def _age(p: ir.Table, year: int) -> ir.Value:
    age = year - ibis.coalesce(p["birth_year_l"], p["birth_year_r"])
    last = AGES[-1]
    bands = [(age < AGES[0], f"under {AGES[0]}")]
    bands += [(age < above, f"{low} to {above - 1}") for low, above in pairwise(AGES)]
    return ibis.cases(*bands, (age >= last, f"{last} and over"), else_=UNKNOWN)


def _sex(p: ir.Table, year: int) -> ir.Value:
    return ibis.coalesce(p["sex_l"], p["sex_r"], ibis.literal(UNKNOWN))


def _family(p: ir.Table, year: int) -> ir.Value:
    return ibis.coalesce(p["family_l"], p["family_r"], ibis.literal("neither"))


def _household(p: ir.Table, year: int) -> ir.Value:
    people = ibis.greatest(p["people_l"], p["people_r"])
    known = p["addrzip_l"].notnull() & p["addrzip_r"].notnull()
    return ibis.cases(
        (~known, UNKNOWN), (people == 1, "1"), (people == 2, "2"), (people >= 3, "3 and more"), else_=UNKNOWN
    )


def _left(name: str) -> Any:
    return lambda p, year: ibis.coalesce(p[f"{name}_l"], p[f"{name}_r"], ibis.literal(UNKNOWN))


_MADE: Mapping[str, Any] = {
    "birth": _birth, "moved": _moved, "origin": _left("origin"), "age": _age, "sex": _sex, "family": _family,
    "household": _household, "state": _left("state"),
}  # fmt: skip


def by_slice(
    pairs: ir.Table, names: Sequence[str] = tuple(SLICES), least: int = JUDGED_FROM
) -> tuple[Slice, ...]:
    """The figures of each value of each of the slices `names` of `pairs` (as `sliced` makes them)."""
    flags = ("linked", "unsure", "scored", "right")
    tall = pairs.select(*flags, *names).pivot_longer(list(names), names_to="slice", values_to="value")
    rows = tall.group_by("slice", "value").agg(**counted(tall)).order_by("slice", "value")
    found = [_slice(row, least) for row in rows.to_pyarrow().to_pylist()]
    return tuple(sorted(found, key=lambda one: (list(names).index(one.name), one.value)))


def _slice(row: dict[str, Any], least: int) -> Slice:
    figures = Accuracy(**{name: row[name] for name in COUNTS})
    return Slice(row["slice"], row["value"], figures, figures.size >= least)
