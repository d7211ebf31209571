"""The same arguments give the same bytes, today and on any machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

from commonroll.invented import generate, write_nc_registration

STATES = ("NC", "OH", "FL", "WA")
# Of the official files of 60 voters per state, seed 1. A change here changes every file that anyone
# generated: say so in the changelog.
GOLDEN = {
    "NC": "5c0e9f00cf8cb5ed",
    "OH": "cc0269c1d05ac873",
    "FL": "8058200b59dfebed",
    "WA": "b4f286e0127611fc",
}


def digest(folder: Path) -> str:
    """One hash over the names and bytes of all files in a folder."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        total.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return total.hexdigest()[:16]


def test_two_runs_write_the_same_bytes(first: Path, tmp_path: Path) -> None:
    generate(STATES, 4_000, 11, tmp_path)
    assert digest(tmp_path) == digest(first)


def test_another_seed_writes_other_people(first: Path, tmp_path: Path) -> None:
    generate(STATES, 4_000, 12, tmp_path)
    for state in STATES:
        assert digest(tmp_path / state) != digest(first / state)


def test_tiny_files_are_the_ones_on_record(tmp_path: Path) -> None:
    generate(STATES, 60, 1, tmp_path)
    assert {state: digest(tmp_path / state) for state in STATES} == GOLDEN


def test_the_later_delivery_is_reproducible_too(second: Path, tmp_path: Path) -> None:
    generate(STATES, 4_000, 11, tmp_path, snapshot=2)
    assert digest(tmp_path) == digest(second)


def test_a_file_written_in_parts_is_reproducible_and_has_unique_ids(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        write_nc_registration(tmp_path / name, 3_000, 5)
    one, other = ((tmp_path / name).read_bytes() for name in ("a.txt", "b.txt"))
    assert one == other
    rows = [line.split(b'"\t"') for line in one.splitlines()]
    assert len(rows) == 3_001
    assert len({row[3] for row in rows}) == 3_001


def test_parts_of_a_long_file_never_share_an_identifier(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    write_nc_registration(path, 250_040, 5)
    lines = path.read_bytes().splitlines()
    assert len(lines) == 250_041
    assert len({line.split(b'"\t"', 4)[3] for line in lines}) == 250_041
    assert sum(line.startswith(b'"county_id"') for line in lines) == 1
