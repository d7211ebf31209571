"""Files of streets, told by their names; a zip may hold several."""

from __future__ import annotations

import tempfile
from pathlib import Path, PurePosixPath

from commonroll.errors import Refusal
from commonroll.field.maps import features, osm, shapes
from commonroll.field.maps.gathered import LEFT_OUT, MOST_POINTS, OFF_EARTH, Gathered, Told
from commonroll.roll.reading.archives import Budget, Caps, Member, members_of

LARGEST = 2 << 30
"""Bytes of a file, and of all that a zip holds."""

CAPS = Caps(total=LARGEST, members=1_000)

FORMS = "OpenStreetMap (.osm.pbf, .osm), shapefiles (.zip), GeoJSON (.geojson)"

_BESIDE = (".shp", ".dbf", ".prj")
_BLOCK = 1 << 20


def gather(
    paths: list[Path], *, most: int = MOST_POINTS, caps: Caps = CAPS, told: Told | None = None
) -> Gathered:
    """The lines of all files, in their order.

    Raises Refusal where one cannot be read, is too large, or no line in them is a street.
    """
    into = Gathered(most=most, told=told)
    with tempfile.TemporaryDirectory(prefix="streets-") as work:
        for path in paths:
            _add(path, path.name, into, caps, Path(work))
    if not len(into):
        far = into.left[OFF_EARTH]
        raise Refusal(
            "There is no street in it.",
            where=", ".join(f"{n:,} lines: {LEFT_OUT[why]}" for why, n in sorted(into.left.items()))
            or "no line at all",
            next_step="Turn it into degrees first: ogr2ogr -t_srs EPSG:4326 NEW FILE" if far
            else "Take the file of roads: OpenStreetMap's `highway`, TIGER's ROADS or EDGES.",
        )  # fmt: skip
    return into


def _add(path: Path, name: str, into: Gathered, caps: Caps, work: Path) -> None:
    lower = name.lower()
    if path.stat().st_size > caps.total:
        raise Refusal(
            f"A file of streets has at most {caps.total >> 30 or 1} GiB.", where=name,
            next_step="Take the extract of a state or of some counties.",
        )  # fmt: skip
    if lower.endswith(".zip"):
        _add_zip(path, name, into, caps, work)
    elif lower.endswith(osm.SUFFIXES):
        osm.add(path, into)
    elif lower.endswith(features.SUFFIXES):
        features.add(path, into)
    elif lower.endswith(".shp"):
        shapes.add(path, name, into)
    else:
        raise Refusal("Streets are read from other kinds of files.", where=name, next_step=f"Bring {FORMS}.")


def _add_zip(path: Path, name: str, into: Gathered, caps: Caps, work: Path) -> None:
    """What it holds is written under names of ours: theirs are never a path."""
    budget, before = Budget(caps), into.read
    members = {PurePosixPath(one.name): one for one in members_of(path, name, caps)}
    by_stem = {str(inner).lower(): one for inner, one in members.items()}
    for number, (inner, member) in enumerate(sorted(members.items())):
        kind = inner.suffix.lower()
        target = work / f"{path.stat().st_ino}-{number}{_whole_suffix(inner)}"
        if kind == ".shp":
            for suffix in _BESIDE:
                other = by_stem.get(str(inner.with_suffix(suffix)).lower())
                if other is not None:
                    _unpack(other, budget, target.with_suffix(suffix))
            shapes.add(target, f"{name}, {inner.name}", into)
        elif str(inner).lower().endswith((*osm.SUFFIXES, *features.SUFFIXES)):
            _unpack(member, budget, target)
            _add(target, target.name, into, caps, work)
    if into.read == before:
        raise Refusal("The archive holds no line.", where=name, next_step=f"Bring {FORMS}.")


def _whole_suffix(inner: PurePosixPath) -> str:
    lower = str(inner).lower()
    return next((one for one in osm.SUFFIXES if lower.endswith(one)), inner.suffix.lower())


def _unpack(member: Member, budget: Budget, target: Path) -> None:
    with budget.opener(member)() as packed, target.open("wb") as out:
        while block := packed.read(_BLOCK):
            out.write(block)
