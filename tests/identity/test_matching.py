"""A list against a roll: who is found, who is only offered, and what is never taken for a match."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from made_lists import FIRST, crowd, listed, matched, voter, written

from commonroll.errors import Refusal
from commonroll.identity import models
from commonroll.identity.evidence import evidence
from commonroll.identity.lists.report import MatchReport

BORN = date(1961, 5, 17)
SPECIAL = [
    voter("F1", "ALBERT", "SINGER", born=date(1950, 2, 11), line="9 BIRCH CT"),
    voter("T1", "MONA", "TWINE", born=BORN, line="11 BIRCH CT"),
    voter("H1", "CLARA", "HOUSER", born=BORN, line="12 BIRCH CT"),
    voter("H2", "DENIS", "HOUSER", born=date(1959, 1, 30), line="12 BIRCH CT"),
    voter("P1", "SECRET", "HOLDER", born=BORN, line="13 BIRCH CT"),
    voter("N1", "WILLIAM", "NICKERSON", born=BORN, line="14 BIRCH CT", phone="+14195551234"),
    voter("G1", "GONE", "REMOVED", born=date(1948, 8, 23), line="15 BIRCH CT", status="removed"),
    voter("00012345", "ZERO", "LEADING", born=BORN, line="16 BIRCH CT"),
]

FULL = """
    first    | middle | last      | born       | address      | zip   | verdict   | voter | reason
    BILL     |        | NICKERSON | 05/17/1961 | 14 Birch Ct  | 43604 | sure      | N1    |
    William  | J      | Nickerson | 05/17/1961 | 77 Far Away  | 43999 | sure      | N1    |
    WILIAM   |        | NICKERSON | 05/17/1961 | 14 Birch Ct. | 43604 | sure      | N1    |
    ALBERT   |        | SINGER JR |            | 9 Birch Ct   | 43604 | unsure    |       | father_and_son
    NINA     |        | TWINE     | 05/17/1961 | 11 Birch Ct  | 43604 | unsure    |       | twins
    EMMA     |        | HOUSER    | 06/14/1990 | 12 Birch Ct  | 43604 | household |       | household
    SECRET   |        | HOLDER    | 05/17/1961 | 13 Birch Ct  | 43604 | left_out  |       |
    GONE     |        | REMOVED   | 08/23/1948 | 15 Birch Ct  | 43604 | none      |       | nobody_alike
    NOBODY   |        | ATALL     | 05/17/1971 | 99 Birch Ct  | 43604 | none      |       | nobody_alike
             |        |           | 05/17/1961 | 14 Birch Ct  | 43604 | none      |       | no_name
"""


@dataclass(frozen=True)
class Run:
    """A list matched to the roll."""

    report: MatchReport
    lines: dict[int, dict[str, Any]]
    model: Path


@pytest.fixture(scope="module")
def roll(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written([*crowd(), *SPECIAL], tmp_path_factory.mktemp("roll") / "voters.parquet")


def table(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]


@pytest.fixture(scope="module")
def full(roll: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("full")
    header, *rows = table(FULL)
    filler = [
        [one["first_name"], "", one["last_name"], f"{one['birth_date']:%m/%d/%Y}", one["residence_line1"],
         one["residence_zip5"]]
        for one in crowd(120)
    ]  # fmt: skip
    file = listed(folder / "list.csv", header[:6], [*(row[:6] for row in rows), *filler])
    return Run(*matched(roll, file, folder / "work", hidden=["P1"]), folder / "work" / "model.json")


@pytest.mark.parametrize("at", range(len(table(FULL)) - 1))
def test_every_row_ends_as_the_table_says(full: Run, at: int) -> None:
    *_, verdict, voter_id, reason = table(FULL)[at + 1]
    found = full.lines[at + 2]
    assert (found["verdict"], found["state_voter_id"] or "", found["reason"] or "") == (
        verdict,
        voter_id,
        reason,
    )


def test_unsure_rows_have_alternatives_and_nobody_is_offered_who_is_hidden(full: Run) -> None:
    son = full.lines[5]
    assert [one["voter"] for one in son["alternatives"]] == ["F1"]
    assert len(son["alternatives"]) <= 3
    offered = {one["voter"] for row in full.lines.values() for one in row["alternatives"] or ()}
    assert "P1" not in offered
    assert all(
        full.lines[8][name] is None for name in ("state_voter_id", "weight", "probability", "alternatives")
    )


def test_what_a_row_is_offered_can_be_explained(full: Run) -> None:
    (father,) = full.lines[5]["alternatives"]
    model = models.load(full.model)
    told = evidence({**father["gammas"], "match_weight": father["weight"]}, model)
    assert sum(step.bits for step in told.steps) == pytest.approx(father["weight"], abs=0.2)
    assert {"first_name", "surname_place"} <= {step.comparison for step in told.steps}


@pytest.mark.parametrize(("wrong", "said"), [(0.04, 0.0), (9.96, 10.0), (49.2, 49), (1234.5, 1234)])
def test_expected_errors_have_no_decimals_above_ten(full: Run, wrong: float, said: float) -> None:
    told = replace(full.report, wrong=wrong).as_dict()["wrong"]
    assert (told, type(told)) == (said, type(said))


def test_a_household_is_offered_as_one(full: Run) -> None:
    assert full.lines[7]["home_voters"] == 2


def test_the_report_adds_up_and_names_nobody(full: Run) -> None:
    told = full.report
    assert told.sure + told.unsure + told.household + told.none + told.left_out == told.rows == 130
    assert (told.left_out, told.household, told.unsure) == (1, 1, 2)
    assert told.voters == 121
    assert sum(group.rows for group in told.fields) == sum(group.rows for group in told.ages) == told.rows
    assert {group.name for group in told.counties} == {
        "LUCAS",
        "WOOD",
        "FULTON",
        "ZIP codes that the roll does not have",
    }
    assert 0 <= told.wrong < 2
    said = str(told.as_dict())
    assert not any(one["last_name"] in said for one in SPECIAL)


def test_all_of_those_who_are_on_the_roll_are_found(full: Run) -> None:
    wanted = {line: f"OH{line - 12:06}" for line in range(12, 132)}
    assert {line: full.lines[line]["state_voter_id"] for line in wanted} == wanted


# By id

IDS = """
    id     | name              | verdict | voter      | way   | reason
    F1     | Singer, Albert    | sure    | F1         | id    |
    12345  | Leading, Zero     | sure    | 00012345 | id    |
    H1     | Houser, Clara M   | sure    | H1         | id    |
    T1     | Nickerson, Bill   | unsure  |            |       | id_contradicts
    N1     |                   | sure    | N1         | id    |
    ZZZ    | Nobody, At        | none    |            |       | nobody_alike
"""


def test_ids_count_where_the_name_agrees(roll: Path, tmp_path: Path) -> None:
    rows = table(IDS)[1:]
    filler = [[one["state_voter_id"], f"{one['last_name']}, {one['first_name']}"] for one in crowd(40)]
    file = listed(tmp_path / "list.csv", ["Voter ID", "Name"], [*(row[:2] for row in rows), *filler])
    told, lines = matched(roll, file, tmp_path / "work")
    found = [
        [
            lines[at]["verdict"],
            lines[at]["state_voter_id"] or "",
            lines[at]["way"] or "",
            lines[at]["reason"] or "",
        ]
        for at in range(2, len(rows) + 2)
    ]
    assert found == [row[2:] for row in rows]
    assert "1 voter ids had lost the zeros in front of them" in told.notes
    assert "1 ids are of a voter with another name: those rows are unsure" in told.notes
    assert lines[5]["alternatives"][0]["voter"] == "T1"


def test_a_shifted_id_column_matches_nobody_wrongly(roll: Path, tmp_path: Path) -> None:
    people = crowd(120)
    rows = [
        [
            other["state_voter_id"],
            one["first_name"],
            one["last_name"],
            one["residence_line1"],
            one["residence_zip5"],
        ]
        for one, other in zip(people, [*people[1:], people[0]], strict=True)
    ]
    file = listed(tmp_path / "list.csv", ["Voter ID", "First", "Last", "Address", "Zip"], rows)
    told, lines = matched(roll, file, tmp_path / "work")
    assert any("the column is shifted" in note for note in told.notes)
    wrong = [
        at
        for at, row in lines.items()
        if row["state_voter_id"] not in (None, people[at - 2]["state_voter_id"])
    ]
    assert wrong == []
    assert told.by_id == 0


# What is never a match


def test_a_list_that_says_of_nobody_who_it_is_is_refused(roll: Path, tmp_path: Path) -> None:
    file = listed(tmp_path / "list.csv", ["Last name", "Shape"], [["Green", "round"], ["Black", "square"]])
    with pytest.raises(Refusal, match="None of 2 rows says who somebody is"):
        matched(roll, file, tmp_path / "work")


def test_bad_lists_give_no_wrong_match(roll: Path, tmp_path: Path) -> None:
    """40 % empty names, one phone and one address on all rows, 1900-01-01 on some: none is wrong."""
    people = crowd(600)
    rows = []
    for at, one in enumerate(people):
        named = at % 5 > 1
        rows.append(
            [
                one["first_name"] if named else "", one["last_name"] if named else "",
                "01/01/1900" if at % 20 == 0 else "", "14 Birch Ct", "43604", "419-555-1234",
            ]
        )  # fmt: skip
    file = listed(tmp_path / "list.csv", ["First", "Last", "DOB", "Address", "Zip", "Phone"], rows)
    told, lines = matched(roll, file, tmp_path / "work")
    wrong = [
        at for at, row in lines.items()
        if row["state_voter_id"] not in (None, people[at - 2]["state_voter_id"])
    ]  # fmt: skip
    assert wrong == []
    notes = "; ".join(told.notes)
    assert "240 of 600 rows (40%) have no whole name" in notes
    assert "1 phones stand on more than 8 rows each (600 rows)" in notes
    assert "1 addresses have more than 100 rows each (600 rows)" in notes
    assert told.unread["birth_date"] == 30


def test_without_birth_dates_people_of_their_address_are_found(roll: Path, tmp_path: Path) -> None:
    people = crowd(300)
    rows = [
        [
            f"{one['first_name'].title()} {one['last_name'].title()}",
            one["residence_line1"],
            one["residence_zip5"],
        ]
        for one in people
    ]
    rows += [[f"{first} Houser", "12 Birch Ct", "43604"] for first in FIRST[:5]]
    file = listed(tmp_path / "list.csv", ["Name", "Address", "Zip"], rows)
    told, lines = matched(roll, file, tmp_path / "work")
    right = sum(lines[at + 2]["state_voter_id"] == one["state_voter_id"] for at, one in enumerate(people))
    assert right == told.sure >= 285
    assert [lines[at]["verdict"] for at in range(302, 307)] == ["household"] * 5
    # ages are the voters' own where a row is sure; of others none is known here
    ages = {group.name: (group.rows, group.sure) for group in told.ages}
    assert ages["not known"] == (305 - told.sure, 0)
    born = [one["birth_date"].year for at, one in enumerate(people, 2) if lines[at]["verdict"] == "sure"]
    assert ages["65 and older"] == (n := sum(year <= 2026 - 65 for year in born), n) and n
    assert not told.uneven, "those of whom no age is known are no group"
