"""A door without an address point of its own: what is known near it, where it is put, how far off it may be.

Elm Street runs east, and a thousandth of a degree is some ninety metres. `error_m` is what nine of ten such
doors keep; a door of which nothing near is known is put nowhere, and says why.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pytest
from made_rolls import publish, voter

from commonroll.roll.places.places import make_places, places_file
from commonroll.roll.places.points import add_points
from commonroll.roll.vault.vault import Vault

OWN, BESIDE, AWAY = "27601", "27602", "28801"
TOWN = (("2 NEAR CT", OWN, 5), ("9 FAR CT", BESIDE, 5), ("9 DISTANT CT", AWAY, 900))
"""So that each ZIP has a place: the first two beside each other, the third hours away."""

NEAR: list[tuple[str, str, list[tuple[str, str, float]], tuple[str, float, int] | str]] = [
    # what the case shows, the door, (known address, ZIP, at), then method, place, error; or a reason
    ("its own point", "12 ELM ST", [("12 ELM ST", OWN, 3)], ("point", 3, 0)),
    ("two points of one address: their middle, which both keep",
        "12 ELM ST", [("12 ELM ST", OWN, 3), ("12 ELM ST", OWN, 4)], ("point", 3.5, 46)),
    ("between two of its side",
        "12 ELM ST", [("10 ELM ST", OWN, 2), ("14 ELM ST", OWN, 4)], ("between", 3, 128)),
    ("the same number with another letter", "12B ELM ST", [("12 ELM ST", OWN, 3)], ("between", 3, 120)),
    ("beyond the last of its side", "12 ELM ST", [("10 ELM ST", OWN, 2)], ("between", 2, 89)),
    ("a block beyond the last", "110 ELM ST", [("10 ELM ST", OWN, 2)], ("between", 2, 680)),
    ("only the other side is known", "12 ELM ST", [("11 ELM ST", OWN, 2)], ("between", 2, 107)),
    ("too far beyond the last", "9000 ELM ST", [("10 ELM ST", OWN, 2)], "number_far"),
    ("99999 is written where there is no number", "99999 ELM ST", [("99997 ELM ST", OWN, 2)], "number_far"),
    ("a direction less than is known", "12 ELM ST", [("12 N ELM ST", OWN, 3)], ("between", 3, 120)),
    ("a direction more than is known", "12 N ELM ST", [("12 ELM ST", OWN, 3)], ("between", 3, 120)),
    ("north or south cannot be told",
        "12 ELM ST", [("12 N ELM ST", OWN, 3), ("12 S ELM ST", OWN, 8)], "street_unknown"),
    ("another direction is another street", "12 N ELM ST", [("12 S ELM ST", OWN, 3)], "street_unknown"),
    ("the type left out", "12 ELM", [("12 ELM ST", OWN, 3)], ("between", 3, 120)),
    ("a street or an avenue cannot be told",
        "12 ELM", [("12 ELM ST", OWN, 3), ("12 ELM AVE", OWN, 8)], "street_unknown"),
    ("another type is another street", "12 ELM CT", [("12 ELM ST", OWN, 3)], "street_unknown"),
    ("numbers that go on in the ZIP beside",
        "12 ELM ST", [("10 ELM ST", BESIDE, 6), ("14 ELM ST", BESIDE, 7)], ("between", 6.5, 392)),
    ("a street of the same name far away",
        "12 ELM ST", [("10 ELM ST", AWAY, 901), ("14 ELM ST", AWAY, 902)], "street_unknown"),
]  # fmt: skip


def place(vault: Vault) -> dict[str, Any]:
    """The one door's place, made anew."""
    make_places(vault)
    snapshot = vault.current()
    assert snapshot is not None
    path = places_file(vault, snapshot)
    [row] = duckdb.execute(f"FROM read_parquet('{path}')").to_arrow_table().to_pylist()
    return dict(row)


def put(vault: Vault, folder: Path, door: str, known: list[tuple[str, str, float]]) -> dict[str, Any]:
    """The door's place, of a town with these points."""
    path = folder / "points.csv"
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow(["lon", "lat", "address", "zip"])
        out.writerows((-78 + at / 1000, 35, line, zip5) for line, zip5, at in (*TOWN, *known))
    publish(vault, [voter(1, residence_line1=door, residence_zip5=OWN)])
    add_points(vault, path)
    return place(vault)


@pytest.mark.parametrize(
    ("door", "known", "said"), [case[1:] for case in NEAR], ids=[case[0] for case in NEAR]
)
def test_a_door_is_put(
    tmp_path: Path, door: str, known: list[tuple[str, str, float]], said: tuple[str, float, int] | str
) -> None:
    row = put(Vault(tmp_path / "vaults", "nc"), tmp_path, door, known)
    if isinstance(said, str):
        assert (row["method"], row["reason"]) == ("zip", said)
    else:
        at = round((row["longitude"] + 78) * 1000, 3)
        assert (row["method"], at, row["error_m"], row["reason"]) == (*said, None)


def test_places_made_twice_are_the_same(tmp_path: Path) -> None:
    known = [(f"12{letter} ELM ST", OWN, 3 + i / 7) for i, letter in enumerate(("", *"ABCDEFGH"))]
    vault = Vault(tmp_path / "vaults", "nc")
    first = put(vault, tmp_path, "14 ELM ST", known)
    assert place(vault) == first
    # beside all letters of 12, not beside one of them
    assert (first["longitude"] + 78) * 1000 == pytest.approx(3 + 4 / 7, abs=2e-3)
