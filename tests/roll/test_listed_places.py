"""Districts that stand in lists beside a voters' file: found, missing, unknown, contradicting one another."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from made_fields import made

from commonroll.errors import Refusal
from commonroll.roll.layout.layout import layout
from commonroll.roll.load import LoadResult, load
from commonroll.roll.vault.vault import Vault

NOW = datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC)
TYPES = "\t1\tUSC\tUS CONGRESS\n", "\t2\tSTS\tSTATE SENATE\n", "\t3\tWATER\tWATER AUTHORITY\n"
CODES = "\t1\t07\tSEVENTH\n", "\t2\t18\tEIGHTEENTH\n", "\t3\tB\tBIG SPRING\n"


def of_adams(lines: Sequence[str]) -> str:
    return "".join(f"ADAMS{line}" for line in lines)


def pennsylvania(cells: Mapping[str, str]) -> str:
    known = layout("pa/2024-06.registration")
    filled = {
        "ID Number": "1-01", "Voter Status": "A", "Party Code": "D", "County": "ADAMS", "Last Name": "DOE",
        "DOB": "01/02/1980", "Registration Date": "03/04/2001", **cells,
    }  # fmt: skip
    return "\t".join(filled.get(name, "") for name in known.order) + "\n"


def loaded(folder: Path, files: Mapping[str, str]) -> tuple[LoadResult, dict[str, Any], set[tuple[Any, ...]]]:
    """The result, the voter and the districts of a delivery of one voter of Pennsylvania."""
    delivery = folder / "delivery"
    delivery.mkdir()
    elections = {"ADAMS Election Map 1.txt": "ADAMS\t1\t2024 GENERAL ELECTION\t11/05/2024\n"}
    for name, text in {**elections, **files}.items():
        (delivery / name).write_text(text, "latin-1")
    vault = Vault(folder / "vaults", "pa")
    vault.mark_sample()
    result = load(vault, [delivery], state="PA", accept="quarantine", now=NOW)
    assert result.snapshot is not None, result.report.sentences
    voters = duckdb.read_parquet([str(path) for path in vault.files(result.snapshot, "voters")])
    districts = duckdb.read_parquet([str(path) for path in vault.files(result.snapshot, "districts")])
    (voter,) = voters.to_arrow_table().to_pylist()
    return result, voter, set(districts.project("type, id, name").fetchall())


def voters_file(cells: Mapping[str, str]) -> dict[str, str]:
    return {"ADAMS FVE 1.txt": pennsylvania(cells)}


def lists(types: Sequence[str] = TYPES, codes: Sequence[str] = CODES) -> dict[str, str]:
    return {"ADAMS Zone Types 1.txt": of_adams(types), "ADAMS Zone Codes 1.txt": of_adams(codes)}


def test_numbered_columns_hold_what_the_county_says(tmp_path: Path) -> None:
    cells = {"District 1": "07", "District 2": "18", "District 3": "B"}
    result, voter, districts = loaded(tmp_path, voters_file(cells) | lists())
    assert (voter["congressional_district"], voter["state_senate_district"]) == ("7", "18")
    assert voter["state_house_district"] is None
    assert districts == {
        ("congressional", "7", "SEVENTH"),
        ("state_senate", "18", "EIGHTEENTH"),
        ("other", "WATER B", "BIG SPRING"),
    }
    assert not result.report.delivered.lost


def test_without_the_lists_districts_stay_empty_and_the_gate_warns(tmp_path: Path) -> None:
    result, voter, districts = loaded(tmp_path, voters_file({"District 1": "07"}))
    assert voter["congressional_district"] is None and districts == set()
    said = " ".join(result.report.sentences)
    assert "has no * Zone Types *.txt" in said and "has no * Zone Codes *.txt" in said
    assert not result.report.delivered.lost and result.verdict != "refuse"


@pytest.mark.parametrize(
    ("cells", "types", "reason", "congress"),
    [
        ({"District 9": "07"}, TYPES, "unlisted", None),
        ({"District 1": "99"}, TYPES, "unnamed", "99"),
        ({"District 1": "07", "District 4": "08"}, (*TYPES, "\t4\tUSC\tAGAIN\n"), "several", None),
    ],
)
def test_what_the_lists_do_not_settle_is_counted(
    tmp_path: Path, cells: dict[str, str], types: Sequence[str], reason: str, congress: str | None
) -> None:
    result, voter, _ = loaded(tmp_path, voters_file(cells) | lists(types))
    assert voter["congressional_district"] == congress
    assert result.report.delivered.lost == {"voters.districts": {reason: 1}}
    assert [check.level for check in result.report.checks if check.name == f"districts {reason}"] == ["warn"]


def test_a_name_that_only_looks_like_congress_is_not_taken_for_it(tmp_path: Path) -> None:
    files = voters_file({"District 1": "7"}) | lists(["\t1\tCONGRESS\tCONGRESSIONAL\n"], ["\t1\t7\tX\n"])
    _, voter, districts = loaded(tmp_path, files)
    assert voter["congressional_district"] is None
    assert districts == {("other", "CONGRESS 7", "X")}


def test_lists_alone_are_no_delivery(tmp_path: Path) -> None:
    header = ",".join(layout("ok/2000-01.places").order)
    (tmp_path / "precincts.csv").write_text(f"{header}\n01101,1,2,3,1,X\n")
    with pytest.raises(Refusal, match="a list of places alone"):
        load(Vault(tmp_path / "vaults", "ok"), [tmp_path / "precincts.csv"], state="OK", now=NOW)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('fills = ["school"]\n[[places.zones]]\nplace = "P"', "school is not one of"),
        ('fills = ["congressional"]\n[[places.zones]]\nplace = { constant = "1" }', "is in no column"),
        ('fills = ["congressional"]\n[[places.zones]]\nplace = "P"\nzone = "P"', "unknown: zone"),
        ('fills = ["congressional"]', "'zones' is missing"),
    ],
)
def test_the_parser_is_strict(tmp_path: Path, body: str, said: str) -> None:
    with pytest.raises(Refusal, match=said):
        made(tmp_path, ["P"], f'[places]\nlists = ["p.csv"]\n{body}\n')
