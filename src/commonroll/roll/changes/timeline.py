"""A roll over time: which snapshot was current on a day, and what changed from each to the next."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import ibis

from commonroll.errors import Refusal
from commonroll.roll.changes.diff import KINDS, diff, voters_of
from commonroll.roll.engine import engine
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault import suppression
from commonroll.roll.vault.catalogue import Snapshot
from commonroll.roll.vault.vault import Vault

COUNTED = tuple(kind for kind in KINDS if kind != "came_back")
"""Kinds of a period. Who came back is not among them: it would change with the snapshots that are kept."""

Place = tuple[str, str]


@dataclass(frozen=True)
class Period:
    """From one kept snapshot to the next: per county (FIPS code, name) the voters before and the changes.

    `counties`: place -> `voters` and one count for each of COUNTED.
    """

    old: int
    new: int
    since: datetime
    until: datetime
    counties: Mapping[Place, Mapping[str, int]]

    def total(self, fips: str = "") -> dict[str, int]:
        """The counts of one county, or of all."""
        rows = [n for place, n in self.counties.items() if fips in ("", place[0])]
        return {name: sum(row[name] for row in rows) for name in ("voters", *COUNTED)}


def current_on(vault: Vault, day: date) -> Snapshot:
    """The snapshot that was the roll at the end of a day (UTC).

    Raises Refusal where no roll was loaded by then, or that snapshot is no longer kept.
    """
    moments = list(_moments(vault))
    if not moments:
        raise Refusal(
            "No roll was loaded.", where=f"vault of {vault.member}", next_step="Load a delivery first."
        )
    stood = [number for number, made, _ in moments if made.date() <= day]
    kept = [(number, made) for number, made, readable in moments if readable]
    if stood and stood[-1] in {number for number, _ in kept}:
        return vault.snapshot(stood[-1])
    if stood:
        said = f"Snapshot {stood[-1]} was the roll on {_said(day)}, and it is no longer kept."
    else:
        said = f"There was no roll on {_said(day)}: the first is of {_said(moments[0][1].date())}."
    raise Refusal(said, where=f"vault of {vault.member}", next_step=_nearest(kept, day))


def _moments(vault: Vault) -> Iterator[tuple[int, datetime, bool]]:
    """Number, time (UTC) and whether it can be read, of every snapshot that ever was, oldest first."""
    with vault.catalogue.reading() as db:
        query = "SELECT number, made_at, retired_at FROM snapshot ORDER BY number"
        for row in db.execute(query) if db else ():
            made = datetime.fromisoformat(row["made_at"]).astimezone(UTC)
            yield row["number"], made, row["retired_at"] is None


def _nearest(kept: Sequence[tuple[int, datetime]], day: date) -> str:
    before = [f"snapshot {n} of {_said(at.date())}" for n, at in kept if at.date() <= day][-1:]
    after = [f"snapshot {n} of {_said(at.date())}" for n, at in kept if at.date() > day][:1]
    return f"Nearest to it are kept: {' and '.join([*before, *after])}."


def _said(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def periods(vault: Vault, *, within: float | None = None) -> tuple[list[Period], int]:
    """Every kept snapshot against the one kept before it, oldest first, and how many are still to be counted.

    Counts are kept beside the load reports until a snapshot's files or the suppression table change. Counting
    stops after `within` seconds, but never before it counted one; the next call goes on.
    """
    snapshots = vault.snapshots()[::-1]
    table = vault.catalogue.setting(suppression.VERSION) or ""
    began, found, left = time.monotonic(), [], 0
    counted_one = False
    for old, new in pairwise(snapshots):
        period = _kept(vault, old, new, table)
        if period is None and within is not None and counted_one and time.monotonic() - began > within:
            left += 1
            continue
        if period is None:
            period, counted_one = _counted(vault, old, new), True
            _keep(vault, period, _mark(old, new, table))
        found.append(period)
    if not left:
        _forget(vault, found)
    return found, left


def _counted(vault: Vault, old: Snapshot, new: Snapshot) -> Period:
    changes = diff(vault, old, new, returned=False).counties
    voters = _voters(vault, old)
    nothing = dict.fromkeys(COUNTED, 0)
    counties = {
        place: {
            "voters": voters.get(place, 0),
            **{kind: changes.get(place, nothing)[kind] for kind in COUNTED},
        }
        for place in sorted({*voters, *changes})
    }
    return Period(old.number, new.number, old.made_at, new.made_at, counties)


def _voters(vault: Vault, snapshot: Snapshot) -> dict[Place, int]:
    with vault.lease(snapshot), closing(engine()) as cursor:
        backend = ibis.duckdb.from_connection(cursor)
        rows = voters_of(backend, vault, (snapshot,))
        found = backend.to_pyarrow(rows.group_by("county_fips", "county_name").agg(n=rows.count()))
    counts: dict[Place, int] = {}
    for row in found.to_pylist():
        place = (row["county_fips"] or "", row["county_name"] or "")
        counts[place] = counts.get(place, 0) + row["n"]
    return counts


# Counts that are kept


def _path(vault: Vault, old: int, new: int) -> Path:
    return vault.path / "reports" / f"changes-{old}-{new}.json"


def _mark(old: Snapshot, new: Snapshot, table: str) -> list[Any]:
    """What the counts depend on: both versions of the voters, and the suppression table."""
    return [old.versions[VOTERS.name], new.versions[VOTERS.name], table, list(COUNTED)]


def _kept(vault: Vault, old: Snapshot, new: Snapshot, table: str) -> Period | None:
    path = _path(vault, old.number, new.number)
    if not path.exists():
        return None
    said = json.loads(path.read_text("utf-8"))
    if said["of"] != _mark(old, new, table):
        return None
    rows = {(row.pop("fips"), row.pop("name")): row for row in said["counties"]}
    return Period(old.number, new.number, old.made_at, new.made_at, rows)


def _keep(vault: Vault, period: Period, mark: list[Any]) -> None:
    path = _path(vault, period.old, period.new)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    rows = [{"fips": fips, "name": name, **n} for (fips, name), n in period.counties.items()]
    said = {"from": period.old, "to": period.new, "of": mark, "counties": rows}
    part = path.with_name(f"{path.name}.{uuid4().hex}.part")
    part.write_text(json.dumps(said, indent=1), "utf-8")
    part.replace(path)


def _forget(vault: Vault, found: Sequence[Period]) -> None:
    """Remove counts of snapshots that no longer stand one after the other."""
    named = {_path(vault, one.old, one.new) for one in found}
    for path in (vault.path / "reports").glob("changes-*.json"):
        if path not in named:
            path.unlink(missing_ok=True)
