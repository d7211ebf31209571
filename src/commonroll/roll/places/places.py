"""Where a snapshot's voters live: parts of the address, its key, the household, and the place on the map.

Places are derived: made anew from a snapshot at any time, in no diff, and in no view. A protected voter has
none.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from duckdb import DuckDBPyConnection

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.places.address import STREET_KEY, parts_of, patterns, prepare
from commonroll.roll.places.address_words import words
from commonroll.roll.places.metres import prepare_metres
from commonroll.roll.places.points import all_points
from commonroll.roll.places.points_read import sql_text
from commonroll.roll.places.ranges import ranges_of
from commonroll.roll.sql_files import filled
from commonroll.roll.vault.owner import PLACES
from commonroll.roll.vault.vault import Snapshot, Vault

_MARK = "being-made"
MARK_LASTS = 3600.0
_HAS_LINE = "kind IS NOT NULL"
"""Others are there for their mail alone: citizens abroad and in the forces."""
_OF_MAIL = ("military", "po_box", "rural")

WALKABLE = ("hand", "point", "between", "range")
"""How a door is placed that somebody can walk to: by a person, at its own address point, between known
neighbours, along the numbers of a side of its street."""

FARTHEST = 1000.0
"""Metres of error, kept by nine of ten, beyond which a place beside neighbours or in a range says nothing."""


@dataclass(frozen=True)
class Places:
    """A snapshot's places in counts: voters with an address, by `kind`, `sure` of their parts, households,
    by `method` how they were placed ('' = not at all), and by `reason` why there is no place to walk to (of
    places made before there were reasons: none)."""

    snapshot: int
    addresses: int
    sure: int
    households: int
    kinds: Mapping[str, int]
    methods: Mapping[str, int]
    reasons: Mapping[str, int]

    @property
    def placed(self) -> int:
        """Voters whose door is known well enough to walk to."""
        return sum(self.methods.get(method, 0) for method in WALKABLE)


@dataclass(frozen=True)
class Unsure:
    """A street, or a line that fits no form, whose parts may be wrong, and how many voters have it."""

    kind: str
    text: str
    voters: int


def make_places(vault: Vault, snapshot: Snapshot | None = None) -> Places:
    """Write the places of a snapshot (the current one) anew; those of snapshots no longer kept go.

    Raises Refusal where no roll was loaded.
    """
    snapshot = snapshot or vault.current()
    if snapshot is None:
        raise _no_roll(vault)
    with vault.lease(snapshot), _marked(vault) as folder, closing(engine()) as con:
        fresh = folder / f"{snapshot.number:08}-{uuid4().hex}.new"
        try:
            _write(con, vault, snapshot, fresh)
            fresh.rename(_path(vault, snapshot.number))
        finally:
            fresh.unlink(missing_ok=True)
    _tidy(vault)
    found = places(vault, snapshot)
    assert found is not None
    return found


def places(vault: Vault, snapshot: Snapshot | None = None) -> Places | None:
    """The counts of a snapshot's places (the current one); None where none were made."""
    snapshot = snapshot or vault.current()
    path = places_file(vault, snapshot) if snapshot else None
    if snapshot is None or path is None:
        return None
    with closing(engine()) as con:
        source = f"read_parquet({sql_text(path)})"
        whole = con.execute(
            f"SELECT count(*), count_if(sure), count(DISTINCT household_id) FROM {source} WHERE {_HAS_LINE}"
        ).fetchone()
        assert whole is not None
        addresses, sure, households = whole
        kinds, methods = _counts(con, source, "kind"), _counts(con, source, "method")
        reasons = _counts(con, source, "reason") if has_reasons(con, source) else {}
    reasons.pop("", None)
    return Places(snapshot.number, addresses, sure, households, kinds, methods, reasons)


def has_reasons(con: DuckDBPyConnection, source: str) -> bool:
    """Whether places were made since doors without a place say why."""
    return any(row[0] == "reason" for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall())


def _counts(con: DuckDBPyConnection, source: str, column: str) -> dict[str, int]:
    asked = (
        f"SELECT coalesce({column}, ''), count(*) AS n FROM {source} WHERE {_HAS_LINE} "
        "GROUP BY 1 ORDER BY n DESC, 1"
    )
    return dict(con.execute(asked).fetchall())


def being_made(vault: Vault) -> bool:
    """Whether places are being made right now; a mark that a killed process left counts for an hour."""
    try:
        begun = (vault.path / PLACES / _MARK).stat().st_mtime
    except FileNotFoundError:
        return False
    return time.time() - begun < MARK_LASTS


def announce(vault: Vault) -> None:
    """Mark the places as being made, for a maker that is still to begin."""
    folder = vault.path / PLACES
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / _MARK).touch()


def unsure(vault: Vault, snapshot: Snapshot, most: int) -> list[Unsure]:
    """Streets and lines whose parts may be wrong, those of most voters first, at most `most`."""
    path = places_file(vault, snapshot)
    if path is None:
        return []
    asked = (
        f"SELECT kind, {STREET_KEY}, count(*) AS n FROM read_parquet({sql_text(path)}) "
        f"WHERE {_HAS_LINE} AND NOT sure GROUP BY 1, 2 ORDER BY n DESC, 2 LIMIT {most}"
    )
    with closing(engine()) as con:
        return [Unsure(*row) for row in con.execute(asked).fetchall()]


@contextmanager
def _marked(vault: Vault) -> Iterator[Path]:
    """The folder of places, marked as being written."""
    announce(vault)
    folder = vault.path / PLACES
    try:
        yield folder
    finally:
        (folder / _MARK).unlink(missing_ok=True)


def places_file(vault: Vault, snapshot: Snapshot) -> Path | None:
    """The Parquet of a snapshot's places; None where none were made."""
    path = _path(vault, snapshot.number)
    return path if path.exists() else None


def _path(vault: Vault, number: int) -> Path:
    return vault.path / PLACES / f"{number:08}.parquet"


def _write(con: DuckDBPyConnection, vault: Vault, snapshot: Snapshot, path: Path) -> None:
    prepare(con)
    con.register("suppressed_now", vault.suppressed())
    voters = ", ".join(f"{sql_text(one)}" for one in vault.files(snapshot, "voters"))
    given = {
        "voters": f"[{voters}]",
        "suppressed": "suppressed_now",
        "parts": parts_of("lived"),
        "street_key": STREET_KEY,
        **{name: pattern for name, pattern in patterns().items() if name in _OF_MAIL},
        "member": sql_text(vault.member),
    }
    con.execute(f"CREATE OR REPLACE TEMP TABLE places_made AS {filled(__package__, 'places', given)}")
    prepare_metres(con)
    con.execute(f"CREATE OR REPLACE TEMP TABLE points_known AS SELECT * FROM {all_points(vault)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE ranges_known AS SELECT * FROM {ranges_of(vault)}")
    for table, text in (("numbers", "numbers"), ("pointed", "pointed"), ("guessed", "between")):
        made = filled(__package__, text, _GEOCODE)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {_GEOCODE[table]} AS {made}")
    asked = filled(__package__, "geocode", _GEOCODE)
    con.execute(f"COPY ({asked}) TO {sql_text(path)} (FORMAT parquet, COMPRESSION zstd)")
    con.execute("".join(f"DROP TABLE {_GEOCODE[table]};" for table in _TABLES))
    con.unregister("suppressed_now")


_TABLES = ("places", "points", "ranges", "numbers", "pointed", "guessed")
_DIRECTION = "N|S|E|W|NE|NW|SE|SW"
_GEOCODE = {
    "places": "places_made",
    "points": "points_known",
    "ranges": "ranges_known",
    "numbers": "numbers_known",
    "pointed": "doors_pointed",
    "guessed": "doors_guessed",
    "farthest": str(FARTHEST),
    "no_number": "'99999'",  # written where a house has none
    "before": f"'^(?:{_DIRECTION}) (.+ .+)$'",
    "after": f"'^(.+ .+) (?:{_DIRECTION})$'",
    "typed": "'^(.+) (?:" + "|".join(sorted(set(words("type").values()))) + ")$'",
}


def _tidy(vault: Vault) -> None:
    kept = {_path(vault, snapshot.number).name for snapshot in vault.snapshots()}
    for path in (vault.path / PLACES).glob("*"):
        if path.suffix == ".parquet" and path.name not in kept:
            path.unlink(missing_ok=True)


def _no_roll(vault: Vault) -> Refusal:
    return Refusal(
        "No roll was loaded.", where=f"vault of {vault.member}", next_step="Load a delivery first."
    )
