"""Places of a snapshot: households, who has none, and where doors stand on the map."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rolls import publish, voter

from commonroll.errors import Refusal
from commonroll.roll.places.places import make_places, places, places_file
from commonroll.roll.places.points import add_points
from commonroll.roll.vault.vault import Vault
from thorough import dear


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "vaults", "nc")


def at(number: int, line: str | None, zip5: str = "27601", **changes: Any) -> dict[str, Any]:
    return voter(number, residence_line1=line, residence_zip5=zip5, residence_city="OAKVALE", **changes)


def rows(vault: Vault, columns: str = "*") -> list[dict[str, Any]]:
    snapshot = vault.current()
    assert snapshot is not None
    path = places_file(vault, snapshot)
    found = duckdb.execute(f"SELECT {columns} FROM read_parquet('{path}') ORDER BY state_voter_id")
    return found.to_arrow_table().to_pylist()


def households(vault: Vault) -> list[str]:
    return [row["household_id"] for row in rows(vault)]


# Households


def test_two_spellings_of_one_door_are_one_household(vault: Vault) -> None:
    publish(vault, [at(1, "12 N LARKSPUR ST"), at(2, "12 North Larkspur Street"), at(3, "14 N LARKSPUR ST")])
    made = make_places(vault)
    one, same, other = households(vault)
    assert one == same != other
    assert (made.addresses, made.households) == (3, 2)


def test_apartments_are_households_of_their_own(vault: Vault) -> None:
    publish(
        vault, [at(1, "12 ELM ST APT 1"), at(2, "12 ELM ST", residence_unit="# 2"), at(3, "12 ELM ST #2")]
    )
    make_places(vault)
    one, two, three = households(vault)
    assert one != two == three


def test_the_same_street_in_another_zip_is_another_door(vault: Vault) -> None:
    publish(vault, [at(1, "12 ELM ST"), at(2, "12 ELM ST", "27602")])
    make_places(vault)
    assert len(set(households(vault))) == 2


def test_lines_that_nobody_understands_are_no_crowd_in_one_household(vault: Vault) -> None:
    publish(vault, [at(1, "BEHIND THE OLD STORE"), at(2, "BEHIND THE OLD STORE")])
    assert make_places(vault).households == 2
    assert [row["address_key"] for row in rows(vault)] == [None, None]


def test_household_ids_stay_over_snapshots_and_differ_between_members(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "12 ELM ST")])
    make_places(vault)
    before = households(vault)
    publish(vault, [at(1, "12 Elm Street", first_name="OTHER")])
    make_places(vault)
    assert households(vault) == before
    neighbour = Vault(tmp_path / "vaults", "oh")
    publish(neighbour, [at(1, "12 ELM ST")])
    make_places(neighbour)
    assert households(neighbour) != before


# Who has none


def test_a_protected_voter_has_no_place(vault: Vault) -> None:
    publish(vault, [at(1, "12 ELM ST"), at(2, "14 ELM ST", confidential=True), at(3, "16 ELM ST")])
    vault.suppress(["AA000003"])
    make_places(vault)
    assert [row["state_voter_id"] for row in rows(vault)] == ["AA000001"]


def test_a_voter_who_wants_no_calls_keeps_the_place(vault: Vault) -> None:
    publish(vault, [at(1, "12 ELM ST")])
    vault.suppress(["AA000001"], "opt-out", channel="phone")
    assert make_places(vault).addresses == 1


def test_a_voter_without_an_address_has_no_place(vault: Vault) -> None:
    publish(vault, [at(1, None), at(2, "12 ELM ST")])
    assert make_places(vault).addresses == 1


def test_without_a_roll_there_is_a_next_step(vault: Vault) -> None:
    with pytest.raises(Refusal, match="No roll was loaded"):
        make_places(vault)


def test_places_of_snapshots_that_are_gone_go_too(vault: Vault) -> None:
    publish(vault, [at(1, "12 ELM ST")])
    make_places(vault)
    publish(vault, [at(1, "12 ELM ST")])
    assert places(vault) is None
    vault.vacuum(keep=1)
    make_places(vault)
    assert [path.name for path in (vault.path / "places").iterdir()] == ["00000002.parquet"]


MAIL: list[tuple[dict[str, str], str | None]] = [
    ({}, None),
    ({"mail_line1": "12 ELM ST", "mail_city": "OAKVALE", "mail_state": "NC"}, "street"),
    ({"mail_line1": "12 ELM ST", "mail_country": "USA"}, "street"),
    ({"mail_line1": "P.O. BOX 77", "mail_city": "OAKVALE"}, "po_box"),
    ({"mail_line1": "RR 2 BOX 14"}, "rural_route"),
    ({"mail_line1": "PSC 3 BOX 4120", "mail_city": "APO", "mail_state": "AE"}, "military"),
    ({"mail_line1": "UNIT 12 BOX 9", "mail_city": "DPO"}, "military"),
    ({"mail_line1": "12 RUE DES ORMES", "mail_city": "LYON", "mail_country": "FRANCE"}, "overseas"),
    ({"mail_line1": "C O THE HARBOUR OFFICE"}, "unread"),
]


@pytest.mark.parametrize(("mail", "kind"), MAIL, ids=[" ".join(mail.values()) or "none" for mail, _ in MAIL])
def test_mail_goes_to(vault: Vault, mail: dict[str, str], kind: str | None) -> None:
    publish(vault, [at(1, "12 ELM ST", **mail)])
    make_places(vault)
    assert [row["mail_kind"] for row in rows(vault)] == [kind]


def test_a_citizen_abroad_has_mail_and_no_door(vault: Vault) -> None:
    publish(vault, [at(1, None, mail_line1="12 RUE DES ORMES", mail_country="FRANCE"), at(2, "12 ELM ST")])
    made = make_places(vault)
    assert (made.addresses, made.households, dict(made.kinds)) == (1, 1, {"street": 1})
    assert [row["mail_kind"] for row in rows(vault)] == ["overseas", None]


# On the map

POINTS = [
    {"LON": "-78.6000", "LAT": "35.7000", "NUMBER": "2", "STREET": "ELM ST", "POSTCODE": "27601"},
    {"LON": "-78.6010", "LAT": "35.7000", "NUMBER": "22", "STREET": "Elm Street", "POSTCODE": "27601-1234"},
    {"LON": "-78.6010", "LAT": "35.7002", "NUMBER": "21", "STREET": "ELM ST", "POSTCODE": "27601"},
]


def points(folder: Path, given: list[dict[str, str]], name: str = "wake.csv") -> Path:
    path = folder / name
    with path.open("w", newline="") as file:
        out = csv.DictWriter(file, list(given[0]))
        out.writeheader()
        out.writerows(given)
    return path


def test_a_door_stands_at_its_own_point(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "2 ELM ST APT 5")])
    assert add_points(vault, points(tmp_path, POINTS)).kept == 3
    assert make_places(vault).methods == {"point": 1}
    [place] = rows(vault)
    assert (place["latitude"], place["longitude"], place["error_m"]) == (35.7, -78.6, 0)


def test_a_door_without_a_point_stands_between_its_neighbours_of_the_same_side(
    vault: Vault, tmp_path: Path
) -> None:
    publish(vault, [at(1, "12 ELM ST")])
    add_points(vault, points(tmp_path, POINTS))
    make_places(vault)
    [place] = rows(vault)
    assert (place["method"], place["latitude"], place["longitude"]) == ("between", 35.7, -78.6005)
    assert place["error_m"] == 64


def test_a_street_without_points_is_in_its_zip_at_most(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "12 OAK ST"), at(2, "12 OAK ST", "99999"), at(3, "PO BOX 7")])
    add_points(vault, points(tmp_path, POINTS))
    made = make_places(vault)
    assert made.methods == {"": 2, "zip": 1}
    assert made.placed == 0
    assert next(row["error_m"] for row in rows(vault) if row["method"] == "zip") >= 500


def test_a_number_far_beyond_the_last_point_is_not_placed_on_the_street(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "9000 ELM ST")])
    add_points(vault, points(tmp_path, POINTS))
    assert make_places(vault).methods == {"zip": 1}


FEATURES = [
    {
        "type": "Feature",
        "properties": {"number": "2", "street": "ELM ST", "unit": "", "postcode": "27601", "hash": "a1"},
        "geometry": {"type": "Point", "coordinates": [-78.6, 35.7]},
    },
    {
        "type": "Feature",
        "properties": {"number": "4"},
        "geometry": {"type": "Polygon", "coordinates": [[[0, 0]]]},
    },
]


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(f) for f in FEATURES),
        json.dumps({"type": "FeatureCollection", "features": FEATURES}),
    ],
    ids=["a feature a line", "a collection"],
)
def test_points_come_as_geojson(vault: Vault, tmp_path: Path, text: str) -> None:
    path = tmp_path / "wake.geojson"
    path.write_text(text)
    publish(vault, [at(1, "2 ELM ST")])
    assert add_points(vault, path).kept == 1
    assert make_places(vault).methods == {"point": 1}


def test_points_in_the_columns_of_the_national_address_database(vault: Vault, tmp_path: Path) -> None:
    row = {
        "Add_Number": "2", "AddNum_Suf": "B", "St_PreDir": "North", "St_Name": "Elm", "St_PosTyp": "Street",
        "Zip_Code": "27601", "Longitude": "-78.6", "Latitude": "35.7",
    }  # fmt: skip
    publish(vault, [at(1, "2B N ELM ST")])
    add_points(vault, points(tmp_path, [row], "nad.txt"))
    assert make_places(vault).methods == {"point": 1}


def test_a_file_brought_again_takes_the_place_of_the_first(vault: Vault, tmp_path: Path) -> None:
    publish(vault, [at(1, "2 ELM ST")])
    add_points(vault, points(tmp_path, POINTS))
    add_points(vault, points(tmp_path, [POINTS[0] | {"LAT": "36.0"}]))
    make_places(vault)
    assert [row["latitude"] for row in rows(vault)] == [36.0]


SECRET = "SECRETNAME"
BAD = {
    "columns.csv": ("a,b\n1,2\n", "longitude and latitude and address"),
    "nowhere.csv": (f"lon,lat,number,street\n0,0,1,{SECRET}\nx,y,2,{SECRET}\n", "None of the 2 rows"),
    "broken.geojson": ('{"type": "Feature", "properties": {"number": "' + SECRET, "cannot be read"),
    "broken.parquet": (f"PAR1{SECRET}", "cannot be read"),
    "empty.csv": ("", "cannot be read|No column"),
    "points.shp": ("", "CSV, GeoJSON and Parquet"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_holds_no_points_is_refused_without_its_words(
    vault: Vault, tmp_path: Path, name: str
) -> None:
    text, said = BAD[name]
    (tmp_path / name).write_text(text)
    with pytest.raises(Refusal, match=said) as refusal:
        add_points(vault, tmp_path / name)
    assert SECRET not in str(refusal.value)
    assert refusal.value.next_step
    assert not list(vault.path.glob("points/*"))


def slow_place(number: int, known: dict[int, float]) -> float:
    """Where a number stands on a street that runs along one line, a metre and a bit for each number.

    Between its neighbours of the same side; where there are not two, what errs less: at the nearest of that
    side, or between or at the nearest of either side.
    """
    if number in known:
        return known[number]
    found: list[tuple[float, float]] = []
    for same, side in ((True, [n for n in known if n % 2 == number % 2]), (False, list(known))):
        below, above = [n for n in side if n < number], [n for n in side if n > number]
        if below and above:
            low, high = max(below), min(above)
            share = (number - low) / (high - low)
            apart = 111_320 * (known[high] - known[low])
            own = min(0.7 * apart, 130 + 0.32 * apart)
            error = own if same else min(70 + 0.85 * apart, 190 + 0.4 * apart)
            found.append((error, known[low] + share * (known[high] - known[low])))
            if same:
                break
        elif side:
            nearest = min(side, key=lambda n: abs(n - number))
            steps = abs(nearest - number)
            found.append((min((45 if same else 85) + 22 * steps, 380 + 3 * steps), known[nearest]))
    return min(found)[1]


@given(st.sets(st.integers(1, 60), min_size=1, max_size=8), st.integers(1, 60))
@settings(max_examples=dear(25), deadline=None)
def test_places_between_neighbours_agree_with_a_slow_reading(
    tmp_path_factory: pytest.TempPathFactory, numbers: set[int], number: int
) -> None:
    folder = tmp_path_factory.mktemp("street")
    vault = Vault(folder / "vaults", "nc")
    known = {n: round(35.0 + n / 100_000, 6) for n in numbers}
    given_points = [
        {"lon": "-78", "lat": str(lat), "number": str(n), "street": "ELM ST", "zip": "27601"}
        for n, lat in known.items()
    ]
    publish(vault, [at(1, f"{number} ELM ST")])
    add_points(vault, points(folder, given_points))
    make_places(vault)
    [place] = rows(vault)
    assert place["latitude"] == pytest.approx(slow_place(number, known), abs=1e-6)
