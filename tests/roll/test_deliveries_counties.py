"""Deliveries of a file per county: three record lengths, no headers, zips in zips, a date format each."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_deliveries import delivery, evidence, layouts_read, roll, taken, vault_of, zipped

from commonroll.roll.layout.layout import layout

LENGTHS = {"fwf666": 666, "fwf679": 679, "fwf685": 685}


@pytest.fixture(scope="module")
def texas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return delivery("TX", tmp_path_factory.mktemp("texas"))


def test_texas_mixes_three_record_lengths_in_one_delivery(texas: Path, tmp_path: Path) -> None:
    vault = vault_of("tx", tmp_path)
    result = taken(vault, texas)
    read = {name: key for name, key in layouts_read(result).items() if (texas / name).stat().st_size}
    assert result.verdict == "accept" and len(read) >= 20
    assert {key.rpartition(".")[2] for key in read.values()} == set(LENGTHS)
    for name, key in read.items():
        first = (texas / name).read_bytes().split(b"\n")[0]
        assert len(first.rstrip(b"\r")) == LENGTHS[key.rpartition(".")[2]]
        assert ("HISTORY" in name) == (".history." in key)
    assert result.snapshot is not None and result.snapshot.rows["voters"] == 200
    assert result.report.refused == 0


@pytest.mark.thorough
def test_texas_without_the_blanks_at_its_line_ends_is_the_same_roll(texas: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut"
    cut.mkdir()
    for path in texas.iterdir():
        lines = path.read_bytes().split(b"\n")
        (cut / path.name).write_bytes(b"\n".join(line.rstrip(b" ") for line in lines))
    whole, trimmed = vault_of("tx", tmp_path / "whole"), vault_of("tx", tmp_path / "trimmed")
    assert taken(whole, texas).snapshot is not None
    result = taken(trimmed, cut)
    assert result.report.refused == 0
    for table in ("voters", "history"):
        assert roll(trimmed, table) == roll(whole, table)
    assert any("blanks at their end cut off" in said for said in evidence(result).values())


def test_a_summary_among_texan_files_is_passed_over(texas: Path, tmp_path: Path) -> None:
    files = {path.name: path.read_bytes() for path in texas.iterdir()}
    files["BEXAR count.txt"] = b"VOTERS 13\n"
    result = taken(vault_of("tx", tmp_path), zipped(tmp_path / "tx.zip", files))
    assert layouts_read(result)["BEXAR count.txt"] == "not read"
    assert result.verdict == "accept"


def test_67_headerless_files_in_zips_in_a_zip(tmp_path: Path) -> None:
    """Florida: each county's file is there, those without a voter are empty; history in a zip of its own."""
    florida = delivery("FL", tmp_path / "out")
    counties = layout("fl/2018-10.registration").counties
    plain = {path.name: path.read_bytes() for path in florida.rglob("*.txt")}
    voters = {name: content for name, content in plain.items() if "_H_" not in name}
    for code in counties:
        voters.setdefault(f"{code}_20261121.txt", b"")
    history = {name: content for name, content in plain.items() if "_H_" in name}
    inner = {
        "Voter_Registration_20261121.zip": zipped(tmp_path / "1.zip", voters).read_bytes(),
        "Voter_History_20261121.zip": zipped(tmp_path / "2.zip", history).read_bytes(),
    }
    nested, flat = vault_of("fl", tmp_path / "nested"), vault_of("fl", tmp_path / "flat")
    result = taken(nested, zipped(tmp_path / "all.zip", inner))
    taken(flat, florida)
    assert len(voters) >= 67 and set(layouts_read(result)) >= set(voters)
    assert result.verdict == "accept" and result.report.refused == 0
    for table in ("voters", "history", "districts"):
        assert roll(nested, table) == roll(flat, table)


def test_pennsylvania_with_its_maps_of_elections_and_lists_of_districts(tmp_path: Path) -> None:
    pennsylvania = delivery("PA", tmp_path / "out")
    files = {path.name: path.read_bytes() for path in pennsylvania.iterdir()}
    vault = vault_of("pa", tmp_path)
    result = taken(vault, zipped(tmp_path / "Statewide.zip", files))
    read = layouts_read(result)
    assert result.verdict == "accept" and result.report.refused == 0
    for kind in ("Types", "Codes"):
        key = f"pa/2007-03.places.zone-{kind.lower()}"
        assert {read[name] for name in files if f"Zone {kind}" in name} == {key}
    assert {read[name] for name in files if "Election Map" in name} == {"pa/2007-03.elections"}
    assert result.snapshot is not None and result.snapshot.rows["history"] > 0


def test_each_county_of_new_jersey_writes_dates_in_its_own_way(tmp_path: Path) -> None:
    known = layout("nj/2020-09.registration")
    ways = {"Atlantic": ("03/09/1971", "01/02/2003"), "Bergen": ("1971-03-09", "2003-01-02")}
    for number, (county, (birth, since)) in enumerate(ways.items()):
        field = {field: one.columns[0] for field, one in known.columns.items() if one.columns}
        cells = {
            field["state_voter_id"]: f"A{number:09}", field["last_name"]: "TERN", field["first_name"]: "ADA",
            field["status"]: "Active", field["county"]: county, field["birth_date"]: birth,
            field["registered_on"]: since, field["party"]: "Democratic",
        }  # fmt: skip
        rows = [known.order, [cells.get(name, "") for name in known.order]]
        text = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in rows)
        (tmp_path / f"vlist_{county}.csv").write_text(text, "latin-1")
    vault = vault_of("nj", tmp_path)
    result = taken(vault, *sorted(tmp_path.glob("vlist_*.csv")), layout=known.key)
    assert result.report.refused == 0, result.report.sentences
    births = roll(vault, but=("state_voter_id", "county_fips", "county_name"))
    assert len(births) == 2 and births[0] == births[1]
    assert not result.report.delivered.lost
