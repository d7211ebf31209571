"""What a list's columns are taken for, and what their cells become: names may lie, cells rarely do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonroll.errors import Refusal
from commonroll.identity.lists.columns import ListColumn, recognise
from commonroll.identity.lists.headers import role_said
from commonroll.identity.lists.name_use import name_use
from commonroll.identity.lists.people import People, make_people
from commonroll.identity.lists.profile import profiles
from commonroll.roll.engine import engine

DATED = date(2026, 10, 1)
ROLL = [("ANN", "LEE"), ("BO", "RAY"), ("CAL", "STONE"), ("DEE", "NUNEZ"), ("EVE", "OAKS")] * 3


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with closing(engine()) as made:
        yield made


class Lists:
    """Lists of a few rows, written and understood."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con = con
        self.folder = folder
        self.roll = folder / "voters.parquet"
        voters = [
            {"state_voter_id": str(n), "first_name": f, "last_name": s} for n, (f, s) in enumerate(ROLL)
        ]
        pq.write_table(pa.Table.from_pylist(voters), self.roll)

    def columns(
        self, given: Mapping[str, str] | None = None, **cells: Sequence[Any]
    ) -> dict[str, ListColumn]:
        path = self.folder / "rows.parquet"
        count = len(next(iter(cells.values())))
        table = {name.replace("_", " "): pa.array(values, pa.string()) for name, values in cells.items()}
        pq.write_table(pa.table({"line": pa.array(range(2, count + 2), pa.int64()), **table}), path)
        names = list(table)
        found = profiles(self.con, path, names)
        use = name_use(self.con, [str(self.roll)])
        return {one.name: one for one in recognise(names, found, given=given or {}, use=use)}

    def roles(self, given: Mapping[str, str] | None = None, **cells: Sequence[Any]) -> dict[str, str]:
        return {name: one.role for name, one in self.columns(given, **cells).items()}

    def people(
        self, given: Mapping[str, str] | None = None, *, last_first: bool = False, **cells: Sequence[Any]
    ) -> tuple[People, list[dict[str, Any]]]:
        columns = list(self.columns(given, **cells).values())
        made = make_people(
            self.con,
            self.folder / "rows.parquet",
            columns,
            dated_on=DATED,
            home_state="OH",
            last_first=last_first,
        )
        return made, self.con.execute("FROM people ORDER BY line").to_arrow_table().to_pylist()


@pytest.fixture
def lists(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> Lists:
    return Lists(con, tmp_path)


SAID = """
    First Name          first_name
    donor_first_name    first_name
    LNAME               last_name
    Contributor Name    full_name
    DOB                 birth_date
    Res_Zip_Code        zip
    Mailing Address 1   address
    Cell Phone          phone
    Phone (2)           phone
    E-Mail Address      email
    City, State, Zip    place
    Apellidos           last_name
    SOS_VoterID         voter_id
    Amount              -
    Mailed on           -
"""


@pytest.mark.parametrize("line", SAID.strip().splitlines())
def test_what_a_columns_name_says(line: str) -> None:
    name, role = line.rsplit(maxsplit=1)
    assert (role_said(name.strip()) or "-") == role


def test_a_plain_list_is_taken_as_it_says(lists: Lists) -> None:
    found = lists.roles(
        First=["Ann", "Bo"], Last=["Lee", "Ray"], Zip=["44101", "44102-1234"], Cell=["216 555 1234", None],
        Amount=["25", "100"],
    )  # fmt: skip
    assert list(found.values()) == ["first_name", "last_name", "zip", "phone", "fact"]


def test_swapped_columns_are_told_by_their_cells(lists: Lists) -> None:
    found = lists.columns(
        First=["Ann", "Bo"], Phone=["a@x.org", "b@x.org"], Email=["2165551234", "2165559876"],
        Zip=["Akron", "Kent"], City=["44101", "44102"],
    )  # fmt: skip
    assert {name: one.role for name, one in found.items()} == {
        "First": "first_name", "Phone": "email", "Email": "phone", "Zip": "leave", "City": "zip",
    }  # fmt: skip
    assert found["Phone"].told
    assert "its name says phone number, but 100% of its cells are e-mail addresses" in found["Phone"].why


def test_swapped_first_and_last_names_are_told_by_the_roll(lists: Lists) -> None:
    found = lists.columns(First=["Lee", "Ray", "Stone"], Last=["Ann", "Bo", "Cal"])
    assert {name: one.role for name, one in found.items()} == {"First": "last_name", "Last": "first_name"}
    assert "swapped" in found["First"].why


def test_names_that_the_roll_does_not_know_are_taken_as_the_header_says(lists: Lists) -> None:
    assert lists.roles(First=["Xyl", "Qort"], Last=["Ann", "Bo"])["First"] == "first_name"


def test_a_statement_goes_before_name_and_cells(lists: Lists) -> None:
    cells = {"Given": ["Ann", "Bo"], "Thing": ["Lee", "Ray"], "Zip": ["44101", "44102"]}
    assert lists.roles({"Given": "first_name", "thing": "last_name", "Zip": "leave"}, **cells) == {
        "Given": "first_name", "Thing": "last_name", "Zip": "leave",
    }  # fmt: skip


@pytest.mark.parametrize(("column", "role"), [("Nothing", "first_name"), ("Given", "surname")])
def test_a_statement_on_nothing_is_refused(lists: Lists, column: str, role: str) -> None:
    with pytest.raises(Refusal):
        lists.roles({column: role}, Given=["Ann"])


def test_everything_in_one_column_is_refused(lists: Lists) -> None:
    with pytest.raises(Refusal, match="one column"):
        lists.roles(Data=["Ann Lee 1 Main St 44101 25 dollars", "Bo Ray 2 Elm 44102 spring gala 12"])


def test_a_list_without_people_is_refused(lists: Lists) -> None:
    with pytest.raises(Refusal, match="No column of the list holds names"):
        lists.roles(Precinct=["12", "13"], Turnout=["40", "50"])


def test_two_columns_of_one_role_leave_the_better_one(lists: Lists) -> None:
    found = lists.roles(
        Name=["Ann Lee", "Bo Ray"],
        Mailing_Address=["PO Box 1", "PO Box 2"],
        Home_Address=["1 Main St", "2 Elm St"],
    )
    assert (found["Home Address"], found["Mailing Address"]) == ("address", "leave")


def test_samples_show_no_persons_cells(lists: Lists) -> None:
    found = lists.columns(Name=["Ann Lee", "Bo Ray"], State=["OH", "OH"], Gift=["25", "25"])
    assert found["Name"].samples == ("Aaa Aaa", "Aa Aaa")
    assert found["State"].samples == ("OH",)


NAMES = """
    Lee, Ann                     | ANN    |            | LEE         |
    Lee, Ann M.                  | ANN    | M          | LEE         |
    LEE JR, ANN                  | ANN    |            | LEE         | JR
    Lee, Ann M, Sr.              | ANN    | M          | LEE         | SR
    Dr. Ann Marie Lee III        | ANN    | MARIE      | LEE         | III
    Ann (Annie) Lee              | ANN    |            | LEE         |
    Ann Lee, PhD                 | ANN    |            | LEE         |
    Maria Elena de la Cruz       | MARIA  | ELENA      | DE LA CRUZ  |
    O'Hara, Seán                 | SEÁN   |            | O'HARA      |
    Ann Lee-Ray                  | ANN    |            | LEE-RAY     |
    Ann                          | ANN    |            |             |
    Ann & Bo Lee                 |        |            | LEE         |
    Acme Tools LLC               |        |            |             |
    Committee to Elect Ann Lee   |        |            |             |
    Anonymous                    |        |            |             |
"""


def test_a_whole_name_is_taken_apart(lists: Lists) -> None:
    names = {}
    for line in NAMES.strip().splitlines():
        said, *wanted = (part.strip() for part in line.split("|"))
        names[said] = [*wanted, *[""] * (4 - len(wanted))]
    _, people = lists.people({"Name": "full_name"}, Name=list(names))
    parts = ("first_name", "middle_name", "last_name", "name_suffix")
    found = [[person[name] or "" for name in parts] for person in people]
    assert dict(zip(names, found, strict=True)) == names


def test_last_names_first_without_a_comma(lists: Lists) -> None:
    _, (person,) = lists.people({"Name": "full_name"}, last_first=True, Name=["LEE ANN M"])
    assert (person["first_name"], person["middle_name"], person["last_name"]) == ("ANN", "M", "LEE")


BIRTHS = {
    "month first": (["01/13/1980", "02/03/1981"], [date(1980, 1, 13), date(1981, 2, 3)]),
    "day first": (["13/01/1980", "02/03/1981"], [date(1980, 1, 13), date(1981, 3, 2)]),
    "year first": (["1980-01-13", "1981-02-03 00:00:00"], [date(1980, 1, 13), date(1981, 2, 3)]),
    "in words": (["Jan 13, 1980", "3 February 1981"], [date(1980, 1, 13), date(1981, 2, 3)]),
    "two digits": (["1/13/80", "2/3/45"], [date(1980, 1, 13), date(1945, 2, 3)]),
    "a spreadsheet's": (["29233", "29620.0"], [date(1980, 1, 13), date(1981, 2, 3)]),
    "before 2 January 1900": (["01/13/1980", "01/01/1900"], [date(1980, 1, 13), None]),
    "days to come": (["01/13/1980", "01/13/2031"], [date(1980, 1, 13), None]),
    "nobody knows": (["01/02/1980", "03/04/1981"], [None, None]),
}  # fmt: skip


@pytest.mark.parametrize("how", BIRTHS)
def test_birth_dates(lists: Lists, how: str) -> None:
    said, wanted = BIRTHS[how]
    _, people = lists.people(Name=["Ann Lee", "Bo Ray"], DOB=said)
    assert [person["birth_date"] for person in people] == wanted
    if how == "nobody knows":
        assert [person["birth_year"] for person in people] == [1980, 1981]


def test_dates_that_contradict_each_other_count_as_years(lists: Lists) -> None:
    said = ["01/13/1980"] * 5 + ["13/01/1980"] * 5 + ["03/04/1980"]
    made, people = lists.people(Name=["Ann Lee"] * 11, DOB=said)
    assert [person["birth_date"] for person in people[:-1]] == [date(1980, 1, 13)] * 10
    assert (people[-1]["birth_date"], people[-1]["birth_year"]) == (None, 1980)
    assert "5 birth dates have the month first and 5 the day" in made.notes[0]


def test_too_many_new_years_days_are_years(lists: Lists) -> None:
    said = [f"01/01/{1950 + n}" for n in range(10)] + ["02/13/1980"] * 30
    made, people = lists.people(Name=["Ann Lee"] * 40, DOB=said)
    assert [person["birth_date"] for person in people[:10]] == [None] * 10
    assert [person["birth_year"] for person in people[:10]] == list(range(1950, 1960))
    assert any("10 of 40 birth dates are on 1 January" in note for note in made.notes)


CELLS = """
    zip        | 44101-1234                              | residence_zip5  | 44101
    zip        | 44101.0                                 | residence_zip5  | 44101
    zip        | 00000                                   | residence_zip5  |
    phone      | (216) 555-1234 x5                       | phones          | +12165551234
    phone      | 12165551234                             | phones          | +12165551234
    phone      | 555-1234                                | phones          |
    phone      | 9999999999                              | phones          |
    phone      | 2.16E+09                                | phones          |
    email      | Ann@Example.ORG                         | emails          | ann@example.org
    email      | none@none.com                           | emails          |
    age        | 46                                      | age             | 46
    age        | 460                                     | age             |
    sex        | Female                                  | sex             | female
    place      | Akron, OH 44301                         | residence_city  | AKRON
    place      | Akron, OH 44301                         | residence_zip5  | 44301
    full_address | 1 Main St Apt 2, Akron, OH 44301-12   | residence_zip5  |
    full_address | 1 Main St Apt 2, Akron, OH 44301      | residence_line1 | 1 MAIN ST APT 2
    full_address | 1 Main St Apt 2, Akron, OH 44301      | residence_city  | AKRON
    state      | Ohio                                    | residence_state | OH
    state      | ZZ                                      | residence_state |
    voter_id   | OH0012345                               | voter_id        | OH0012345
"""


LINES = [[part.strip() for part in line.split("|")] for line in CELLS.strip().splitlines()]


@pytest.mark.parametrize("role", sorted({role for role, *_ in LINES}))
def test_a_cell_says_what_it_says_or_nothing(lists: Lists, role: str) -> None:
    cells = [cell for of, *cell in LINES if of == role]
    made, people = lists.people({"It": role}, Name=["Ann Lee"] * len(cells), It=[said for said, *_ in cells])
    for person, (said, column, wanted) in zip(people, cells, strict=True):
        found = person[column]
        first = found[0] if isinstance(found, list) and found else found or ""
        assert wanted in (first, str(found)), said
    assert made.unread.get(role, 0) == sum(not wanted for *_, wanted in cells)


def test_a_zip_that_lost_its_zero(lists: Lists) -> None:
    _, people = lists.people(Name=["Ann Lee"] * 2, Zip=["2139", "44101"], State=["MA", "OH"])
    assert [person["residence_zip5"] for person in people] == ["02139", "44101"]


def test_what_too_many_rows_share_is_told(lists: Lists) -> None:
    made, _ = lists.people(
        Name=["Ann Lee"] * 200, Phone=["2165551234"] * 200, Address=["1 Main St"] * 200, Zip=["44101"] * 200,
        DOB=["02/13/1980"] * 200,
    )  # fmt: skip
    told = "; ".join(made.notes)
    assert "1 phones stand on more than 8 rows each (200 rows)" in told
    assert "1 addresses have more than 100 rows each (200 rows)" in told
    assert "1 birth dates are a filler's (200 rows)" in told


def test_empty_names_are_told(lists: Lists) -> None:
    made, _ = lists.people(First=["Ann", None, None, "Bo", "Cal"], Last=["Lee", None, None, "Ray", "Stone"])
    assert "2 of 5 rows (40%) have no whole name" in made.notes
