"""Doors placed along the numbers of a street, faults of points, and the reason where there is no place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from made_rolls import publish, voter

from commonroll.errors import Refusal
from commonroll.roll.places.places import Places, make_places, places_file
from commonroll.roll.places.points import add_points
from commonroll.roll.places.ranges import add_ranges
from commonroll.roll.places.unwalkable import unwalkable
from commonroll.roll.vault.vault import Vault

DEGREE = 111_320.0
"""Metres of a degree of latitude."""

# Elm Street runs 222.64 m north along 78 W, in two pieces: left the odd numbers 1 to 99, right 2 to 100
ELM: dict[str, Any] = {
    "FULLNAME": "Elm St", "LFROMHN": "1", "LTOHN": "99", "RFROMHN": "100", "RTOHN": "2",
    "ZIPL": "27601", "ZIPR": "27601",
}  # fmt: skip
NORTH = [[-78.0, 0.0], [-78.0, 0.0005], [-78.0, 0.002]]


def street(line: list[list[float]], **properties: Any) -> dict[str, Any]:
    geometry = {"type": "LineString", "coordinates": line}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def streets(folder: Path, *features: dict[str, Any], name: str = "addrfeat.geojson") -> Path:
    path = folder / name
    path.write_text("\n".join(json.dumps(one) for one in features))
    return path


def points(folder: Path, *rows: tuple[str, str, float, float]) -> Path:
    path = folder / "points.csv"
    lines = [f"{number},{name},27601,{lat},{lon}" for number, name, lat, lon in rows]
    path.write_text("\n".join(["number,street,zip,lat,lon", *lines]))
    return path


def at(number: int, line: str, zip5: str = "27601") -> dict[str, Any]:
    return voter(number, residence_line1=line, residence_zip5=zip5, residence_city="OAKVALE")


def rows(vault: Vault) -> list[dict[str, Any]]:
    snapshot = vault.current()
    assert snapshot is not None
    found = duckdb.execute(f"FROM read_parquet('{places_file(vault, snapshot)}') ORDER BY state_voter_id")
    return found.to_arrow_table().to_pylist()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vaults", "nc")


def test_doors_stand_beside_their_street_by_number(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "1 ELM ST"), at(2, "50 ELM STREET"), at(3, "99 ELM ST"), at(4, "101 ELM ST")])
    assert add_ranges(vault, streets(tmp_path, street(NORTH, **ELM))).sides == 2
    made = make_places(vault)
    assert made.methods == {"range": 3, "zip": 1} and made.placed == 3
    assert made.reasons == {"number_far": 1}
    first, middle, last, _ = rows(vault)
    aside = 10 / DEGREE
    assert (first["latitude"], first["longitude"]) == pytest.approx((0.0, -78 - aside), abs=2e-6)
    assert (last["latitude"], last["longitude"]) == pytest.approx((0.002, -78 - aside), abs=2e-6)
    # the right side's numbers run against the line: 50 is 50/98 on from its end
    assert (middle["latitude"], middle["longitude"]) == pytest.approx(
        (0.002 * 50 / 98, -78 + aside), abs=2e-6
    )
    assert first["error_m"] == 120


def test_a_side_of_even_and_odd_numbers_takes_both(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "3 ELM ST"), at(2, "4 ELM ST")])
    add_ranges(vault, streets(tmp_path, street(NORTH, **ELM | {"LTOHN": "100", "RFROMHN": ""})))
    assert make_places(vault).methods == {"range": 2}


def test_the_smaller_error_decides_between_neighbours_and_range(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "3 ELM ST"), at(2, "59 ELM ST")])
    add_ranges(vault, streets(tmp_path, street(NORTH, **ELM)))
    add_points(vault, points(tmp_path, ("1", "ELM ST", 0.0, -78.0001)))
    make_places(vault)
    assert [row["method"] for row in rows(vault)] == ["between", "range"]


def test_a_file_without_numbers_on_its_streets_is_refused(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="None of the 1 streets"):
        add_ranges(vault, streets(tmp_path, street(NORTH, FULLNAME="SECRET ST")))
    with pytest.raises(Refusal, match="from GeoJSON"):
        add_ranges(vault, streets(tmp_path, name="addrfeat.shp"))
    broken = tmp_path / "broken.geojson"
    broken.write_text('{"type": "Feature", "properties": {"FULLNAME": "SECRET')
    with pytest.raises(Refusal, match="cannot be read") as refusal:
        add_ranges(vault, broken)
    assert "SECRET" not in str(refusal.value) and not list(vault.path.glob("ranges/*"))


def placed(vault: Vault, tmp_path: Path, line: str, *known: tuple[str, str, float, float]) -> Places:
    publish(vault, [at(1, line)])
    add_points(vault, points(tmp_path, *known))
    return make_places(vault)


HYPHENS = [
    ("104-20 ELM ST", ["10420"], "point"),
    ("10420 ELM ST", ["104-20"], "point"),
    ("0012 ELM ST", ["12"], "point"),
    ("10-12 ELM ST", ["10", "1012"], "between"),
    ("10-12 ELM ST", ["12", "1012"], "between"),
]


@pytest.mark.parametrize(
    ("line", "known", "method"), HYPHENS, ids=[" ".join((line, *k)) for line, k, _ in HYPHENS]
)
def test_a_number_spelt_otherwise(
    vault: Vault, tmp_path: Path, line: str, known: list[str], method: str
) -> None:
    spots = [(number, "ELM ST", 0.0001 * i, -78.0) for i, number in enumerate(known)]
    assert placed(vault, tmp_path, line, *spots).methods == {method: 1}


def test_a_point_far_from_its_street_is_left_out(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "4 ELM ST")])
    known = [("2", "ELM ST", 0.0, -78.0), ("4", "ELM ST", 0.01, -78.0), ("6", "ELM ST", 0.0002, -78.0)]
    assert add_points(vault, points(tmp_path, *known)).faults == {"off_street": 1}
    make_places(vault)
    [place] = rows(vault)
    assert (place["method"], place["latitude"]) == ("between", pytest.approx(0.0001))


def test_a_point_in_another_country_is_left_out(vault: Vault, tmp_path: Path) -> None:
    known = [(str(n), "ELM ST", n * 0.0001, -78.0) for n in range(2, 30, 2)] + [("1", "OAK ST", 0.0, 78.0)]
    assert add_points(vault, points(tmp_path, *known)).faults == {"outside": 1}


def test_forty_one_addresses_at_one_place_are_no_addresses(vault: Vault, tmp_path: Path) -> None:
    known = [(str(n), "ELM ST", 0.0, -78.0) for n in range(1, 42)] + [("1", "OAK ST", 0.001, -78.0)]
    kept = add_points(vault, points(tmp_path, *known))
    assert (kept.rows, kept.kept, kept.faults) == (42, 1, {"crowd": 41})


def test_a_door_without_a_place_says_why(vault: Vault, tmp_path: Path) -> None:
    lines = [
        ("2 ELM ST", "27601"), ("9000 ELM ST", "27601"), ("2 OAK ST", "27601"), ("4 OAK ST", "27601"),
        ("2 ELM ST", "99999"), ("PO BOX 7", "27601"), ("RR 2 BOX 4", "27601"), ("BEHIND THE STORE", "27601"),
    ]  # fmt: skip
    publish(vault, [at(i, *line) for i, line in enumerate(lines)])
    add_points(vault, points(tmp_path, ("2", "ELM ST", 0.0, -78.0)))
    made = make_places(vault)
    assert made.placed == 1
    assert made.reasons == {
        "street_unknown": 2, "number_far": 1, "area_unknown": 1, "po_box": 1, "rural_route": 1, "unread": 1,
    }  # fmt: skip
    snapshot = vault.current()
    assert snapshot is not None
    found = unwalkable(vault, snapshot, 3)
    assert [(one.reason, one.line, one.zip5, one.voters) for one in found] == [
        ("area_unknown", "2 ELM ST", "99999", 1),
        ("number_far", "9000 ELM ST", "27601", 1),
        ("po_box", "PO BOX", "27601", 1),
    ]


def test_without_points_every_street_is_unknown(vault: Vault) -> None:
    publish(vault, [at(1, "2 ELM ST")])
    made = make_places(vault)
    assert (made.placed, made.methods, made.reasons) == (0, {"": 1}, {"area_unknown": 1})
