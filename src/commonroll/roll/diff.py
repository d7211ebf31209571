"""What changed between two snapshots of a roll: who was added, dropped, moved, changed party or status.

A voter whose status became `removed` changed status; dropped is who is in the file no more. Under a reused id
one person's row ends and another's begins: that is neither a move nor a change of name (see `reuse.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow.compute as pc

from commonroll.roll.engine import engine
from commonroll.roll.reuse import PERSON, other_person, reused
from commonroll.roll.schema import VOTERS
from commonroll.roll.suppression import EVERYTHING
from commonroll.roll.vault import Snapshot, Vault

CHANGES: Mapping[str, tuple[str, ...]] = {
    "moved": (
        "county_fips",
        "residence_line1",
        "residence_unit",
        "residence_city",
        "residence_state",
        "residence_zip5",
    ),
    "changed_party": ("party",),
    "changed_status": ("status",),
    "changed_name": ("first_name", "middle_name", "last_name", "name_suffix"),
}
"""Kind of change -> columns of `voters` any of which differs. One voter may change in several ways."""

KINDS = ("added", "dropped", "reused", *CHANGES)

COMPARED = tuple(c.name for c in VOTERS if c.name not in ("source_file", "source_line"))
"""Columns that make two rows of one voter the same; the line it stood on does not."""

_KEY = "state_voter_id"
_PLACE = ("county_fips", "county_name")
_OLD = "_old"


@dataclass(frozen=True)
class DiffReport:
    """Counts of changes from snapshot `old` to `new`: in total and per county.

    `total`: kind -> voters. `counties`: (FIPS code, name) -> kind -> voters; the county is the new one, of
    dropped voters the last one.
    """

    member: str
    old: int
    new: int
    total: Mapping[str, int]
    counties: Mapping[tuple[str, str], Mapping[str, int]]

    def as_dict(self) -> dict[str, Any]:
        """The report, JSON-ready."""
        counties = [{"fips": fips, "name": name, **n} for (fips, name), n in self.counties.items()]
        return {"member": self.member, "from": self.old, "to": self.new, **self.total, "counties": counties}


def diff(vault: Vault, old: Snapshot, new: Snapshot) -> DiffReport:
    """Compare two snapshots of one vault in the engine; who is left out of every read today is in neither.

    Raises Refusal where one is no longer kept.
    """
    held = vault.suppressed()
    hidden = held.filter(pc.equal(held["channel"], EVERYTHING)).select([_KEY])
    with vault.lease(old), vault.lease(new), closing(engine()) as cursor:
        backend = ibis.duckdb.from_connection(cursor)
        before, after = (backend.read_parquet(list(vault.files(one, VOTERS.name))) for one in (old, new))
        if hidden.num_rows:
            away = ibis.memtable(hidden)
            before, after = before.anti_join(away, _KEY), after.anti_join(away, _KEY)
        rows = backend.to_pyarrow(counts(before, after)).to_pylist()
    counties = {tuple(row.pop(column) or "" for column in _PLACE): row for row in rows}
    total = {kind: sum(row[kind] for row in counties.values()) for kind in KINDS}
    return DiffReport(vault.member, old.number, new.number, total, counties)  # type: ignore[arg-type]


def counts(old: ir.Table, new: ir.Table) -> ir.Table:
    """Changes per county: county_fips, county_name and one count per kind; counties without any are left out.

    Two rolls with the columns of `voters` in. Rows are compared by hashes of the columns of each kind: the
    join then carries numbers per voter, and as strings only what tells one person from another.
    """
    joined = _digest(old, _OLD).outer_join(_digest(new, ""), [(_KEY + _OLD, _KEY)])
    here, there = joined[_KEY].notnull(), joined[_KEY + _OLD].notnull()
    another = here & there & other_person(joined)
    flags: dict[str, ir.BooleanValue] = {"added": ~there, "dropped": ~here, "reused": another}
    same = here & there & ~another
    flags |= {kind: same & (joined[kind] != joined[kind + _OLD]) for kind in CHANGES}
    place = {column: here.ifelse(joined[column], joined[column + _OLD]) for column in _PLACE}
    flagged = joined.select(**place, **flags)
    changed = flagged.filter(ibis.or_(*(flagged[kind] for kind in KINDS)))
    summed = changed.group_by(list(_PLACE)).agg(**{kind: changed[kind].sum() for kind in KINDS})
    return summed.order_by(list(_PLACE))


def _digest(roll: ir.Table, suffix: str) -> ir.Table:
    """Key, county, what tells persons apart, and one hash per kind of change, each name with the suffix."""
    hashes = {
        kind: ibis.struct({column: roll[column] for column in columns}).hash()
        for kind, columns in CHANGES.items()
    }
    columns = {name: roll[name] for name in (_KEY, *_PLACE, *PERSON)} | hashes
    return roll.select(**{name + suffix: value for name, value in columns.items()})


def diff_rows(old: ir.Table, new: ir.Table) -> ir.Table:
    """The voters that differ: `kind` (added, dropped, reused, changed) and their columns of `voters`.

    Of dropped voters the old row, of all others the new row. `apply` makes the new roll of it.
    """
    names = list(VOTERS.names)
    same = [(old[column].identical_to(new[column])) for column in COMPARED if column != _KEY]
    changed = new.semi_join(old, [old[_KEY] == new[_KEY], ~ibis.and_(*same)]).select(names)
    others = reused(old, new)
    another, changed = changed.semi_join(others, _KEY), changed.anti_join(others, _KEY)
    added = new.anti_join(old, _KEY).select(names)
    dropped = old.anti_join(new, _KEY).select(names)
    parts = {"added": added, "dropped": dropped, "reused": another, "changed": changed}
    return ibis.union(*(rows.mutate(kind=ibis.literal(kind)) for kind, rows in parts.items()))


def apply(old: ir.Table, changes: ir.Table) -> ir.Table:
    """The roll that `diff_rows` found, from the old roll and the changes: the columns of `voters`."""
    names = list(VOTERS.names)
    kept = old.anti_join(changes, _KEY).select(names)
    return kept.union(changes.filter(changes["kind"] != "dropped").select(names))
