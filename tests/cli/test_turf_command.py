"""`turf` from the shell: a county's address points, then an owner's own doors, cut, shown, put away."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Shell

from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault

pytestmark = pytest.mark.django_db


def county_points(shell: Shell, path: Path) -> None:
    """A point for each invented address, as a county would publish them."""
    vault = Vault(shell.home / "vaults", "oh")
    snapshot = vault.current()
    assert snapshot is not None
    places = vault.path / "places" / f"{snapshot.number:08}.parquet"
    with engine() as cursor:
        cursor.execute(
            f"""COPY (SELECT DISTINCT number, pre_direction, street, street_type, post_direction, zip5 AS zip,
            39.0 + (hash(street) % 40) / 1000 AS lat, -83.0 + TRY_CAST(number AS INTEGER) / 100000 AS lon
            FROM read_parquet('{places}') WHERE kind = 'street') TO '{path}' (HEADER)"""
        )


def hands_out(shell: Shell, cut: int) -> None:
    """A turf is given, handed on, taken away and had again."""
    given = shell.json(f"turf give {cut} --as oh --turf 1 --walker", "Ann Bee")
    assert len(given["code"]) == 8
    assert "no such turf" in shell.refused(f"turf give {cut} --as oh --turf 999 --walker Ann")
    assert "no such script" in shell.refused(f"turf give {cut} --as oh --turf 1 --walker Ann --script 99")
    (one, *free) = shell.json(f"turf taken {cut} --as oh")
    assert (one["id"], one["walker"], one["state"]) == (given["id"], "Ann Bee", "code given")
    assert {each["walker"] for each in free} == {""} and given["code"] not in str(one)
    assert "with the code" in shell(f"turf end {one['id']} --as oh --to Ben").stdout
    ben = shell.json(f"turf taken {cut} --as oh")[0]
    shell(f"turf end {ben['id']} --as oh --why rain")
    assert "taken away" in shell.json(f"turf taken {cut} --as oh")[0]["state"]
    shell(f"turf end {ben['id']} --as oh --undo")
    assert "Ben" in shell(f"turf taken {cut} --as oh").stdout
    assert "handed back" in shell(f"turf end {ben['id']} --as oh").stdout
    assert "no such" in shell.refused(f"turf end {ben['id']} --as wa")
    shell(f"turf end {ben['id']} --as oh --lost --undo", code=2)


def test_from_points_to_turf(shell: Shell, tmp_path: Path) -> None:
    cut = "turf cut --as oh --purpose gotv --doors 20 --name"
    assert "geocode" in shell.refused(cut, "Ohio")
    shell("places oh")
    county_points(shell, tmp_path / "points.csv")
    shell("geocode oh --points", tmp_path / "points.csv")
    made = shell.json(cut, "Ohio", "--where", "status = 'active'")
    assert made["doors"] == sum(turf["doors"] for turf in made["turfs"]) > 50
    assert made["turf"] == len(made["turfs"]) > 3
    (listed,) = shell.json("turf list --as oh")
    assert listed["name"] == "Ohio" and listed["turfs"] == [] and listed["turf"] == made["turf"]
    shown = shell(f"turf show {made['id']} --as oh").stdout
    assert made["turfs"][0]["name"].split(",")[0] in shown
    assert "no such" in shell.refused(f"turf show {made['id']} --as wa")
    shell(f"turf put-away {made['id']} --as oh")
    assert shell.json("turf list --as oh") == []
    shell(f"turf put-away {made['id']} --as oh --back")
    assert len(shell.json("turf list --as oh")) == 1
    hands_out(shell, made["id"])
    by_time = shell.json("turf cut --as oh --purpose gotv --minutes 60 --name Time")
    assert all(turf["minutes"] for turf in by_time["turfs"])
    shell("turf cut --as oh --purpose gotv --minutes 60 --doors 9 --name Both", code=2)
