"""A check says what a layout does to a file's first rows, column by column, as a load would do it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from commonroll.errors import Refusal
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.drafting.check import Checked, check
from commonroll.roll.layout.layout import all_layouts, layout

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
WV = "wv/2000-01.registration"


def sample(key: str) -> list[Path]:
    state, name = key.split("/")
    return sorted((LAYOUTS / state / "sample" / name).iterdir())


def checked(key: str, *paths: Path, show: bool = False) -> Checked:
    (one,) = check(paths or sample(key), state=key[:2].upper(), layouts=all_layouts(), at=NOW, show=show)
    return one


@pytest.mark.parametrize(
    "key",
    [
        WV,
        "tx/2000-01.registration.fwf685",
        "nh/2025-04.registration",
        "oh/2018-04.registration",
        "ak/2000-01.registration",
    ],
)
def test_it_makes_the_rows_that_the_sample_makes(key: str) -> None:
    state, name = key.split("/")
    with (LAYOUTS / state / "expected" / name / "voters.csv").open(encoding="utf-8", newline="") as lines:
        wanted = [row["state_voter_id"] for row in csv.DictReader(lines)]
    one = checked(key, show=True)
    assert one.layout == key and one.rows["voters"] == len(wanted)
    ids = next(column for column in one.roll if column.name == "voters.state_voter_id")
    assert (ids.filled, ids.distinct) == (1.0, len(set(wanted))) and set(ids.examples) <= set(wanted)


def test_every_column_of_the_file_becomes_something_or_is_left_aside_with_its_reason() -> None:
    one = checked(WV)
    assert [column.name for column in one.columns] == list(layout(WV).order)
    assert all(bool(column.becomes) != bool(column.ignored) for column in one.columns)
    by_name = {column.name: column for column in one.columns}
    assert by_name["County_Name"].becomes == ("voters.county_fips", "voters.county_name")
    assert by_name["POLL_NAME"].ignored == layout(WV).ignore["POLL_NAME"]


def test_examples_are_patterns_unless_the_owner_asks_for_the_texts() -> None:
    column = "FIRST NAME"
    hidden, shown = ({c.name: c for c in checked(WV, show=show).columns}[column] for show in (False, True))
    assert set("".join(hidden.examples)) <= set("A -\"'") and set("".join(shown.examples)) > {"A"}
    assert (hidden.filled, hidden.distinct) == (shown.filled, shown.distinct)


def test_unknown_codes_lost_values_and_refused_rows_are_counted(tmp_path: Path) -> None:
    (path,) = sample(WV)
    lines = path.read_text("latin-1").splitlines()
    at = lines[0].split("|").index("Status")
    born = lines[0].split("|").index("DATE OF BIRTH")
    for number in (1, 2):
        cells = lines[number].split("|")
        cells[at] = "Zz"
        lines[number] = "|".join(cells)
    cells = lines[3].split("|")
    cells[born] = "13/45/1980 00:00:00"
    lines[3] = "|".join(cells)
    (tmp_path / path.name).write_text("\n".join([*lines, ""]), "latin-1")
    one = checked(WV, tmp_path / path.name)
    assert one.unknown_codes == {"Status": {"Zz": 2}}
    assert one.refused == {"unknown code in Status": 2}
    assert one.lost["voters.birth_date"] == {"unreadable": 1}
    assert one.lines == one.rows["voters"] + 2


def test_only_the_first_rows_are_read(tmp_path: Path) -> None:
    (path,) = sample(WV)
    header, *rows = path.read_text("latin-1").splitlines()
    many = [row.replace("|", f"{number}|", 1) for number in range(200) for row in rows]
    (tmp_path / path.name).write_text("\n".join([header, *many, ""]), "latin-1")
    one = checked(WV, tmp_path / path.name)
    assert one.lines == 1000


def test_a_header_that_the_layout_does_not_know_is_refused_as_by_a_load(tmp_path: Path) -> None:
    (path,) = sample(WV)
    text = path.read_text("latin-1").replace("PartyAffiliation", "PartyAffil", 1)
    (tmp_path / path.name).write_text(text, "latin-1")
    with pytest.raises(Refusal, match="PartyAffil"):
        checked(WV, tmp_path / path.name)
