"""What changed between two snapshots of a roll: who was added, dropped, moved, changed party or status.

A voter whose status became `removed` changed status; dropped is who is in the file no more. Under a reused id
one person's row ends and another's begins: that is neither a move nor a change of name (see `reuse.py`).
Who was in an earlier snapshot that is still kept, was missing, and is here again is added and came back.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, closing
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from commonroll.roll.changes.diff_report import PLACE, TURNS, DiffReport, report_of
from commonroll.roll.engine import engine
from commonroll.roll.gate.reuse import PERSON, other_person, reused
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Snapshot, Vault

CHANGES: Mapping[str, tuple[str, ...]] = {
    "moved": (
        "county_fips",
        "residence_line1",
        "residence_unit",
        "residence_city",
        "residence_state",
        "residence_zip5",
    ),
    "moved_between": ("county_fips",),
    "changed_party": ("party",),
    "changed_status": ("status",),
    "changed_name": ("first_name", "middle_name", "last_name", "name_suffix"),
}
"""Kind of change -> columns of `voters` any of which differs. One voter may change in several ways."""

KINDS = ("added", "came_back", "dropped", "reused", *CHANGES)
PART_OF: Mapping[str, str] = {"came_back": "added", "moved_between": "moved"}
"""Kinds that are a part of another kind: who came back is added, who moved between counties moved."""

COMPARED = tuple(c.name for c in VOTERS if c.name not in ("source_file", "source_line"))
"""Columns that make two rows of one voter the same; the line it stood on does not."""

_KEY = "state_voter_id"
_OLD = "_old"
_HASHED = ("moved", "changed_name")
"""Kinds compared by a hash of their columns: the join carries a number per voter instead of the words."""


def diff(vault: Vault, old: Snapshot, new: Snapshot, *, returned: bool = True) -> DiffReport:
    """Compare two snapshots of one vault in the engine; who is left out of every read today is in neither.

    `returned`: look in the kept snapshots before `old` for voters who came back; else nobody did.
    Raises Refusal where one is no longer kept.
    """
    earlier = [one for one in vault.snapshots() if returned and one.number < min(old.number, new.number)]
    with ExitStack() as held, closing(engine()) as cursor:
        for one in (old, new, *earlier):
            held.enter_context(vault.lease(one))
        backend = ibis.duckdb.from_connection(cursor)
        before, after = (voters_of(backend, vault, (one,)) for one in (old, new))
        back = None
        if earlier:
            back = came_back(backend, before, after, voters_of(backend, vault, earlier))
        rows = backend.to_pyarrow(counts(before, after, back)).to_pylist()
    return report_of(vault.member, old.number, new.number, KINDS, rows)


def voters_of(backend: Backend, vault: Vault, snapshots: tuple[Snapshot, ...] | list[Snapshot]) -> ir.Table:
    """The rows of `voters` in snapshots, each file once, without who is left out of every read today."""
    files = dict.fromkeys(path for one in snapshots for path in vault.files(one, VOTERS.name))
    rows = backend.read_parquet(list(files))
    held = vault.suppressed()
    hidden = held.filter(pc.equal(held["channel"], EVERYTHING)).select([_KEY])
    return rows.anti_join(ibis.memtable(hidden), _KEY) if hidden.num_rows else rows


def came_back(backend: Backend, old: ir.Table, new: ir.Table, earlier: ir.Table) -> pa.Table:
    """Ids that `new` has, `old` has not, and `earlier` has for the same person: state_voter_id."""
    added = backend.to_pyarrow(new.anti_join(old, _KEY).select(_KEY))
    seen = backend.to_pyarrow(earlier.select(_KEY).semi_join(ibis.memtable(added), _KEY).distinct())
    if not seen.num_rows:
        return seen
    here = new.semi_join(ibis.memtable(seen), _KEY).select(_KEY, *PERSON)
    there = earlier.semi_join(ibis.memtable(seen), _KEY)
    was = there.select(**{name + _OLD: there[name] for name in (_KEY, *PERSON)})
    both = here.inner_join(was, [(_KEY, _KEY + _OLD)])
    return backend.to_pyarrow(both.filter(~other_person(both)).select(_KEY).distinct())


def counts(old: ir.Table, new: ir.Table, back: pa.Table | None = None) -> ir.Table:
    """Changes per county and turn: county_fips, county_name, TURNS was and is, and one count per kind.

    Two rolls with the columns of `voters` in, and the ids that came back; places without a change are left
    out. `party_was`, `party_is` and the two of `status` are null but where they differ; a null of the roll
    is '' there.
    """
    joined = _digest(old, _OLD).outer_join(_digest(new, ""), [(_KEY + _OLD, _KEY)])
    here, there = joined[_KEY].notnull(), joined[_KEY + _OLD].notnull()
    another = here & there & other_person(joined)
    same = here & there & ~another
    flags: dict[str, ir.Value] = {"added": ~there, "dropped": ~here, "reused": another}
    flags |= {kind: same & ~_alike(joined, kind, columns) for kind, columns in CHANGES.items()}
    known = back is not None and back.num_rows
    flags["came_back"] = (
        ~there & joined[_KEY].isin(ibis.memtable(back)[_KEY]) if known else ibis.literal(False)
    )
    for column in TURNS:
        turned = flags[f"changed_{column}"]
        for suffix, side in (("_was", _OLD), ("_is", "")):
            flags[column + suffix] = turned.ifelse(joined[column + side].fill_null(""), ibis.null("string"))
    place = {column: here.ifelse(joined[column], joined[column + _OLD]) for column in PLACE}
    flagged = joined.select(**place, **flags)
    changed = flagged.filter(ibis.or_(*(flagged[kind] for kind in KINDS)))
    keys = [*PLACE, *(column + suffix for column in TURNS for suffix in ("_was", "_is"))]
    summed = changed.group_by(keys).agg(**{kind: changed[kind].sum() for kind in KINDS})
    return summed.order_by(keys)


def _alike(joined: ir.Table, kind: str, columns: tuple[str, ...]) -> ir.BooleanValue:
    """Whether nothing of a kind changed; of both sides' rows, null-free."""
    if kind in _HASHED:
        return joined[kind] == joined[kind + _OLD]
    [column] = columns
    return joined[column].identical_to(joined[column + _OLD])


def _digest(roll: ir.Table, suffix: str) -> ir.Table:
    """Key, county, party, status, what tells persons apart, and hashes; each name with the suffix."""
    hashes: dict[str, Any] = {
        kind: ibis.struct({column: roll[column] for column in CHANGES[kind]}).hash() for kind in _HASHED
    }
    columns = {name: roll[name] for name in (_KEY, *PLACE, *TURNS, *PERSON)} | hashes
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
