"""Elections beside a voter's id, in every shape that states write; a case reads like a state's own file."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from made_fields import history, made

D = datetime.date
Row = tuple[Any, ...]

NAMED_DAY = r"""
[unpivot]
shape = "columns"
names = ['(?P<date>\d{2}/\d{2}/\d{4})-(?P<name>.+)']
type_from = "name"
cell = "text"
cells = ['(?P<method>[A-Z]+)(?:[ -].*)?']
[unpivot.methods]
A = "mail"
"*" = "in_person"
"""
DAYS_AS_NAMES = r"""
[unpivot]
shape = "columns"
names = ['(?P<month>\d\d)(?P<year>20(?:0\d|1[01]))-(?P<type>[GPS])', '(?P<date>\d{6})-(?P<type>[GPS])']
dates = ["%m%d%y"]
cell = "method"
did_not = ["N", "E"]
[unpivot.methods]
V = "in_person"
A = "mail"
Y = "early"
[unpivot.types]
G = "general"
P = "primary"
S = "special"
"""
DATES = r"""
[unpivot]
shape = "columns"
names = ['(?P<date>\d{1,2}/\d{1,2}/\d{4})']
type_from = "day"
cell = "voted"
"""
BOOLEANS = r"""
[unpivot]
shape = "columns"
names = ['(?P<year>\d{4}) (?P<type>Gen) Election Participation', '(?P<date>\d{2}/\d{2}/\d{4})-(?P<name>.+)']
cell = "voted"
took_part = ["True"]
did_not = ["False"]
any_case = true
type_from = "name"
[unpivot.types]
Gen = "general"
"""
MONTHS = r"""
[unpivot]
shape = "columns"
names = ['(?P<month>(?P<type>[A-Z][a-z]+))(?P<year>\d{4})']
cell = "method"
[unpivot.types]
November = "general"
August = "primary"
"*" = "other"
[unpivot.methods]
"At Polls" = "in_person"
Absentee = "mail"
"""
FOUR_COLUMNS = r"""
[unpivot]
shape = "columns"
names = ['(?P<name>(?:Primary|General)(?P<year>\d{4}))(?P<what>CountyVotedIn|PartyVoted|HowVoted)?']
type_from = "name"
[unpivot.what]
"" = "voted"
CountyVotedIn = "county"
PartyVoted = "party"
HowVoted = "method"
[unpivot.parties]
D = "DEM"
R = "REP"
[unpivot.methods]
P = "in_person"
E = "early"
"""
CODED_SLOTS = r"""
[unpivot]
shape = "slots"
cells = ['(?P<code>(?P<year>\d\d)(?P<type>[A-Z]+))(?: (?P<method>[A-Z]))?']
[[unpivot.slots]]
numbers = { from = 1, to = 3 }
cell = "VH{n}"
[unpivot.types]
GENR = "general"
PRIM = "primary"
"*" = "other"
[unpivot.methods]
P = "in_person"
A = "mail"
"""
TRIPLES = r"""
[unpivot]
shape = "slots"
[[unpivot.slots]]
numbers = ["", "_2"]
date = "Day{n}"
type = "Type{n}"
method = "Absentee{n}"
[unpivot.types]
E = "general"
P = "primary"
[unpivot.methods]
Y = "mail"
N = "in_person"
"""
TYPES_APART = r"""
[unpivot]
shape = "slots"
[[unpivot.slots]]
numbers = ["", " (2)"]
date = "GENERAL{n}"
method = "GENERAL_METHOD{n}"
type = { constant = "general" }
[[unpivot.slots]]
numbers = [""]
date = "CITY{n}"
type = { constant = "municipal" }
method = { constant = "mail" }
[unpivot.methods]
A = "mail"
P = "in_person"
"""
FLAGS = r"""
[unpivot]
shape = "slots"
took_part = ["Y"]
did_not = ["N"]
[[unpivot.slots]]
numbers = { from = 1, to = 2 }
year = "LABEL{n}"
voted = "PRIMARY{n}"
type = { constant = "primary" }
[[unpivot.slots]]
numbers = { from = 1, to = 2 }
year = "LABEL{n}"
voted = "GENERAL{n}"
type = { constant = "general" }
"""
DATED_TEXT = r"""
[unpivot]
shape = "slots"
cells = ['(?P<date>\d{1,2}/\d{1,2}/\d{4}) (?P<name>.+)']
type_from = "name"
[[unpivot.slots]]
numbers = { from = 1, to = 2 }
cell = "History {n}"
"""
LISTED = r"""
[unpivot]
shape = "slots"
cells = ['(?P<type>GN|PR)(?P<year>\d{4}|\d\d)', '(?P<code>.+)']
[[unpivot.slots]]
numbers = { from = 1, to = 3 }
cell = "code_{n}"
[unpivot.types]
GN = "general"
PR = "primary"
"""
TEXT = r"""
[unpivot]
shape = "text"
column = "History"
between = ";"
cells = [
  '(?P<type>GE|PE) ?(?P<date>\d{8})',
  '(?P<year>\d{4}) (?P<type>GE|PE)',
  '(?P<type>General|Primary)[ A-Za-z]*,? (?P<year>\d{4})',
  '(?P<name>.+)',
]
dates = ["%Y%m%d"]
type_from = "name"
[unpivot.types]
GE = "general"
General = "general"
PE = "primary"
Primary = "primary"
"""

# columns of the file, [unpivot], line -> (day, name, type, method, party, county, refused)
CASES: dict[str, tuple[Sequence[str], Sequence[str], str, list[dict[str, str]], list[Row]]] = {
    "a day and a name head the column, the cell says method and place": (
        [],
        ["11/05/2024-GENERAL ELECTION", "06/04/2024-PRIMARY ELECTION"],
        NAMED_DAY,
        [{"11/05/2024-GENERAL ELECTION": "A-COUNTY CLERK", "06/04/2024-PRIMARY ELECTION": "E HALL 4"}, {}],
        [
            (D(2024, 11, 5), "GENERAL ELECTION", "general", "mail", None, None, None),
            (D(2024, 6, 4), "PRIMARY ELECTION", "primary", "in_person", None, None, None),
        ],
    ),
    "six digits are a day, or before 2012 a month": (
        [],
        ["110612-G", "112010-G", "091410-P", "042011-S"],
        DAYS_AS_NAMES,
        [
            {"110612-G": "V", "112010-G": "A", "091410-P": "Y", "042011-S": "V"},
            {"110612-G": "N"},
            {"110612-G": "E"},
        ],
        [
            (D(2012, 11, 6), "110612-G", "general", "in_person", None, None, None),
            (D(2010, 11, 2), "112010-G", "general", "mail", None, None, None),
            (D(2010, 9, 14), "091410-P", "primary", "early", None, None, None),
            (None, "042011-S", "special", "in_person", None, None, None),
        ],
    ),
    "a date heads the column, and the type follows from the day": (
        [],
        ["11/5/2024", "6/25/2024"],
        DATES,
        [{"11/5/2024": "Y", "6/25/2024": " "}, {"6/25/2024": "Mail"}],
        [
            (D(2024, 11, 5), "11/5/2024", "general", "unknown", None, None, None),
            (D(2024, 6, 25), "6/25/2024", "other", "unknown", None, None, None),
        ],
    ),
    "yes and no in a column of the official order": (
        ["2020 Gen Election Participation"],
        ["08/13/2024-2024 STATEWIDE PRIMARY"],
        BOOLEANS,
        [
            {"2020 Gen Election Participation": "True", "08/13/2024-2024 STATEWIDE PRIMARY": "FALSE"},
            {"2020 Gen Election Participation": "Maybe"},
        ],
        [
            (D(2020, 11, 3), "2020 GEN ELECTION PARTICIPATION", "general", "unknown", None, None, None),
            (
                D(2020, 11, 3),
                "2020 GEN ELECTION PARTICIPATION",
                "general",
                "unknown",
                None,
                None,
                "unknown code in 2020 Gen Election Participation",
            ),
        ],
    ),
    "a month heads the column: only November of an even year has a day by law": (
        [],
        ["November2024", "November2023", "August2024", "April2024"],
        MONTHS,
        [
            {
                "November2024": "At Polls",
                "November2023": "Absentee",
                "August2024": "Absentee",
                "April2024": "Sent",
            }
        ],
        [
            (D(2024, 11, 5), "NOVEMBER2024", "general", "in_person", None, None, None),
            (None, "NOVEMBER2023", "general", "mail", None, None, None),
            (None, "AUGUST2024", "primary", "mail", None, None, None),
            (None, "APRIL2024", "other", "unknown", None, None, "unknown code in April2024"),
        ],
    ),
    "four columns are one election": (
        [],
        [
            "General2020",
            "General2020CountyVotedIn",
            "General2020PartyVoted",
            "General2020HowVoted",
            "Primary2018",
            "Primary2018CountyVotedIn",
            "Primary2018PartyVoted",
            "Primary2018HowVoted",
        ],
        FOUR_COLUMNS,
        [
            {"General2020": "Y", "General2020CountyVotedIn": "01", "General2020HowVoted": "E  "},
            {"Primary2018PartyVoted": "R", "Primary2018HowVoted": "P"},
            {"Primary2018": "Y", "Primary2018CountyVotedIn": "99"},
        ],
        [
            (D(2020, 11, 3), "GENERAL2020", "general", "early", None, "37001", None),
            (D(2018, 5, 22), "PREFERENTIAL PRIMARY", "primary", "in_person", "REP", None, None),
            (
                D(2018, 5, 22),
                "PREFERENTIAL PRIMARY",
                "primary",
                "unknown",
                None,
                None,
                "unknown code in Primary2018CountyVotedIn",
            ),
        ],
    ),
    "a code and a method share a cell": (
        ["VH1", "VH2", "VH3"],
        [],
        CODED_SLOTS,
        [{"VH1": "18GENR P", "VH2": "18PRIM", "VH3": "97GENR A"}, {"VH2": "18JNU A", "VH3": "by hand"}],
        [
            (D(2018, 11, 6), "18GENR", "general", "in_person", None, None, None),
            (None, "18PRIM", "primary", "unknown", None, None, None),
            (None, "97GENR", "general", "mail", None, None, None),
            (None, "18JNU", "other", "mail", None, None, None),
            (None, "BY HAND", "other", "unknown", None, None, "unknown code in VH3"),
        ],
    ),
    "triples of day, type and method, none of them named": (
        ["Day", "Type", "Absentee", "Day_2", "Type_2", "Absentee_2"],
        [],
        TRIPLES,
        [
            {
                "Day": "11/03/2020",
                "Type": "E",
                "Absentee": "Y",
                "Day_2": "08/11/2020",
                "Type_2": "P",
                "Absentee_2": "N",
            },
            {"Day": "11/03/2020", "Type": "Q"},
            {"Day": "someday", "Type": "E"},
            {"Day": "01/01/1800", "Type": "E"},
            {"Day": "11/03/2028", "Type": "E"},
        ],
        [
            (D(2020, 11, 3), "GENERAL", "general", "mail", None, None, None),
            (D(2020, 8, 11), "PRIMARY", "primary", "in_person", None, None, None),
            (D(2020, 11, 3), "?", "?", "unknown", None, None, "unknown code in Type"),
            (None, "GENERAL", "general", "unknown", None, None, "unreadable election_date"),
            (D(1800, 1, 1), "GENERAL", "general", "unknown", None, None, "placeholder election_date"),
            (D(2028, 11, 3), "GENERAL", "general", "unknown", None, None, "future election_date"),
        ],
    ),
    "groups of slots, a type each": (
        ["GENERAL", "GENERAL_METHOD", "GENERAL (2)", "GENERAL_METHOD (2)", "CITY"],
        [],
        TYPES_APART,
        [{"GENERAL": "11/03/2020", "GENERAL_METHOD": "A", "GENERAL (2)": "11/06/2018", "CITY": "11/05/2019"}],
        [
            (D(2020, 11, 3), "GENERAL", "general", "mail", None, None, None),
            (D(2018, 11, 6), "GENERAL", "general", "unknown", None, None, None),
            (D(2019, 11, 5), "MUNICIPAL", "municipal", "mail", None, None, None),
        ],
    ),
    "a year of two digits and a flag for each of its elections": (
        ["LABEL1", "PRIMARY1", "GENERAL1", "LABEL2", "PRIMARY2", "GENERAL2"],
        [],
        FLAGS,
        [
            {
                "LABEL1": "16",
                "PRIMARY1": "N",
                "GENERAL1": "Y",
                "LABEL2": "15",
                "PRIMARY2": "Y",
                "GENERAL2": "Y",
            },
            {"LABEL1": "16", "PRIMARY1": " ", "GENERAL1": ""},
        ],
        [
            (D(2016, 11, 8), "16 GENERAL", "general", "unknown", None, None, None),
            (None, "15 PRIMARY", "primary", "unknown", None, None, None),
            (None, "15 GENERAL", "general", "unknown", None, None, None),
        ],
    ),
    "a day and a name share a cell": (
        ["History 1", "History 2"],
        [],
        DATED_TEXT,
        [
            {"History 1": "11/5/2024 General Election", "History 2": "08/06/2024 Primary  Election"},
            {"History 1": "General Election"},
        ],
        [
            (D(2024, 11, 5), "GENERAL ELECTION", "general", "unknown", None, None, None),
            (D(2024, 8, 6), "PRIMARY ELECTION", "primary", "unknown", None, None, None),
            (None, "GENERAL ELECTION", "general", "unknown", None, None, "unknown code in History 1"),
        ],
    ),
    "codes, some of which the state's list of elections explains": (
        ["code_1", "code_2", "code_3"],
        [],
        LISTED,
        [
            {"code_1": "GN2018", "code_2": "PR18", "code_3": "gn96"},
            {"code_1": "BOND  7", "code_2": "LIBRARY"},
        ],
        [
            (D(2018, 11, 6), "GN2018", "general", "unknown", None, None, None),
            (D(2018, 5, 15), "PR18", "primary", "unknown", None, None, None),
            (None, "GN96", "other", "unknown", None, None, None),
            (D(2019, 3, 12), "SEWER BONDS", "special", "unknown", None, None, None),
            (None, "LIBRARY", "other", "unknown", None, None, None),
        ],
    ),
    "one text holds them all": (
        ["History"],
        [],
        TEXT,
        [
            {"History": "General Election, 2020; 2019 GE;PE 20180626;Town  of Ob School Budget 2017;;"},
            {"History": ""},
        ],
        [
            (D(2020, 11, 3), "GENERAL ELECTION, 2020", "general", "unknown", None, None, None),
            (None, "2019 GE", "general", "unknown", None, None, None),
            (D(2018, 6, 26), "PE 20180626", "primary", "unknown", None, None, None),
            (None, "TOWN OF OB SCHOOL BUDGET 2017", "other", "unknown", None, None, None),
        ],
    ),
}

ELECTIONS = """PR18,2018-05-15,,,the state's code list
Bond7,2019-03-12,special,Sewer bonds,the state's code list
Primary2018,2018-05-22,,Preferential primary,the state's calendar
"""


@pytest.mark.parametrize("case", CASES)
def test_elections_beside_a_voter(case: str, tmp_path: Path) -> None:
    order, extra, unpivot, lines, expected = CASES[case]
    known = made(tmp_path, order, unpivot, elections=ELECTIONS)
    fields = (
        "election_date",
        "election_name",
        "election_type",
        "method",
        "party_voted",
        "county_voted",
        "refused",
    )
    found = history(known, lines, extra)
    assert sorted((tuple(row[field] for field in fields) for row in found), key=str) == sorted(
        expected, key=str
    )
