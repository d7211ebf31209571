"""Files of streets: the same town from every form; what is wrong with a file in words, without its values."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from made_maps import PLANE, TOWN, degrees, geojson, osm, shapes

from commonroll.errors import Refusal
from commonroll.field.maps import keep
from commonroll.field.maps.gathered import Gathered
from commonroll.field.maps.keep import Brought
from commonroll.field.maps.near import near
from commonroll.field.maps.read import CAPS, Caps, gather
from commonroll.field.streets import Kind
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault

KINDS = [Kind.LOCAL, Kind.LOCAL, Kind.ARTERIAL, Kind.BARRIER]


def brought(vault: Vault, lines: Gathered, as_of: str = "2025-01-01", source: str = "County") -> Brought:
    begun = Brought(keep.new_id(), ("town",), source, "public domain", as_of, "me", "2026-01-01T00:00:00")
    return keep.keep(vault, keep.begin(vault, begun), lines)


@pytest.mark.parametrize(
    ("write", "name"),
    [(geojson, "town.geojson"), (osm, "town.osm"), (osm, "town.osm.pbf"), (shapes, "tl_roads.zip")],
)
def test_every_form_says_the_same_town(write: Callable[[Path], Path], name: str, tmp_path: Path) -> None:
    found = gather([write(tmp_path / name)])
    assert (found.names, found.kinds) == ([line[0] for line in TOWN[:4]], KINDS)
    assert dict(found.left) == {"other": 1} and found.read == 5
    wanted = np.array([point for *_, points in TOWN[:4] for point in degrees(points)])
    assert np.allclose(np.column_stack([found.lon, found.lat]), wanted, atol=1e-7)


def test_a_line_without_a_class_is_a_local_street(tmp_path: Path) -> None:
    path = geojson(tmp_path / "county.json", [("ELM ST", "", points) for *_, points in TOWN[:2]])
    assert gather([path]).kinds == [Kind.LOCAL, Kind.LOCAL]


def secret(path: Path) -> Path:
    path.write_text('{"type":"FeatureCollection","features":[{"Secret Lane 7')
    return path


def bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("roads.geojson", b"0" * 1_000_000)
    return path


def climbing(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../roads.geojson", "{}")
    return path


def far(path: Path) -> Path:
    """A state plane's feet under the name of degrees."""
    return geojson(path, [("Elm", "residential", [(3e9, 1e8), (3.1e9, 1e8)])])


WRONG: list[tuple[Callable[[Path], Path], str, str]] = [
    (lambda path: shapes(path, prj=PLANE), "plane.zip", "on a plane"),
    (lambda path: shapes(path, cut=40), "cut.zip", "broken or was cut off"),
    (lambda path: shapes(path, lines=()), "empty.zip", "holds no line"),
    (far, "feet.geojson", "no degrees"),
    (secret, "half.geojson", "cannot be read as GeoJSON"),
    (lambda path: geojson(path, TOWN[4:]), "paths.geojson", "no street in it"),
    (bomb, "bomb.zip", "unfolds"),
    (climbing, "climbing.zip", "out of its folder"),
    (secret, "broken.osm.pbf", "cannot be read as an extract"),
    (secret, "streets.docx", "other kinds"),
]


@pytest.mark.parametrize(("write", "name", "words"), WRONG, ids=[name for _, name, _ in WRONG])
def test_what_is_wrong_is_said_without_what_stands_in_it(
    write: Callable[[Path], Path], name: str, words: str, tmp_path: Path
) -> None:
    caps = Caps(total=CAPS.total, ratio=20, free=1_000, members=10)
    with pytest.raises(Refusal, match=words) as refused:
        gather([write(tmp_path / name)], caps=caps)
    assert refused.value.next_step and refused.value.where
    assert "Secret" not in str(refused.value) and str(tmp_path) not in str(refused.value)


def test_too_many_points_and_too_large_a_file(tmp_path: Path) -> None:
    path = osm(tmp_path / "town.osm.pbf")
    with pytest.raises(Refusal, match="more than 10 points"):
        gather([path], most=10)
    with pytest.raises(Refusal, match="at most"):
        gather([path], caps=Caps(total=10))


def test_names_that_lie_about_lengths_end_in_words(tmp_path: Path) -> None:
    """A shapefile of which any byte is another is read or refused; nothing else happens."""
    shapes(tmp_path / "town.zip")
    whole = (tmp_path / "town.shp").read_bytes()
    rng = np.random.default_rng(7)
    for at in rng.integers(24, len(whole), 60):
        (tmp_path / "town.shp").write_bytes(whole[:at] + bytes([rng.integers(256)]) + whole[at + 1 :])
        try:
            gather([tmp_path / "town.shp"])
        except Refusal as refusal:
            assert refusal.what


def test_what_is_kept_opens_with_public_tools_and_is_found_again(tmp_path: Path) -> None:
    vault = Vault(tmp_path, "rivera")
    one = brought(vault, gather([osm(tmp_path / "town.osm.pbf")]))
    schema = pq.read_schema(keep.file_of(vault, one))
    assert json.loads(schema.metadata[b"geo"])["primary_column"] == "geometry"
    assert schema.field("geometry").metadata[b"ARROW:extension:name"] == b"geoarrow.linestring"
    with engine() as con:
        keys = con.execute(
            f"SELECT DISTINCT street_key FROM read_parquet('{keep.file_of(vault, one)}') ORDER BY ALL"
        )
        assert keys.fetchall() == [("ELM ST",), ("N MAIN ST",), ("OAK AVE",), (None,)]
    (lon, lat), *_ = degrees([(1, 0)])
    found = near(vault, np.array([lon]), np.array([lat]))
    assert found is not None and len(found) == 4 and found.of == (one,)
    assert near(vault, np.array([lon + 1]), np.array([lat])) is None
    assert keep.one(vault, one.id) == one and one.box[0] == pytest.approx(-83.001)


def test_on_the_same_ground_the_newer_map_counts(tmp_path: Path) -> None:
    vault = Vault(tmp_path, "rivera")
    lines = gather([geojson(tmp_path / "town.geojson")])
    beside = gather([geojson(tmp_path / "east.geojson", [
        (name, word, [(x + 40, y) for x, y in points]) for name, word, points in TOWN
    ])])  # fmt: skip
    brought(vault, lines, "2019-01-01")
    newer, east = brought(vault, lines, "2025-01-01"), brought(vault, beside, "2018-01-01")
    places = np.array(degrees([(1, 0), (41, 0)]))
    found = near(vault, places[:, 0], places[:, 1])
    assert found is not None and found.of == (newer, east) and len(found) == 8


@pytest.mark.parametrize(
    ("source", "credit"),
    [("OpenStreetMap, Geofabrik", "© OpenStreetMap contributors"), ("US Census Bureau", "US Census Bureau")],
)
def test_whom_a_map_names(source: str, credit: str) -> None:
    assert Brought("a", ("x",), source, "some", "2025-01-01", "me", "2026").credit == credit
