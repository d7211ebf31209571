"""What a layout may not say with its verbs, codes and elections; each refusal names the file and the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from made_fields import made

from commonroll.errors import Refusal
from commonroll.roll.layout.layout import load_layout

VERBS = [
    ('precinct = { split = "A", at = "", part = 1 }', "needs a text to split"),
    ('precinct = { split = "A", at = "-", part = 0 }', "needs a text to split"),
    ('precinct = { split = "A", at = "-", part = "1" }', "[columns.precinct.part] is not a whole number"),
    ('precinct = { chars = "A", from = 0 }', "counts characters from 1"),
    ('precinct = { pad = 3, of = ["A", "B"] }', "fills up the digits of one column"),
    ('precinct = { join = ["A"], else = "A" }', "names a column of its own"),
    ('precinct = { width = 3, of = ["A"] }', "names no verb, or several"),
    ('precinct = { join = ["A"], constant = "1" }', "names no verb, or several"),
    ('precinct = { pad = 3, of = ["A"], at = "-" }', "unknown: at"),
    ("sex = { flags = {} }", "names no column"),
    ('sex = { flags = { A = "woman" } }', "'woman' is not a word of the roll"),
    ('sex = { flags = { A = "female" }, else = "man" }', "'man' is not a word of the roll"),
    ('registered_on = { call = "full_year", of = ["A"] }', "two digits of a year say too little"),
    ('party = { flags = { A = "DEM" } }\n[codes.party]\nD = "DEM"', "[codes.party] is not a coded field"),
    ('party = "A"\n[codes.party]\nD = "DEM"\n"*" = "WHIG"', "code '*' means 'WHIG'"),
    ('confidential = "A"\n[codes.confidential]\n"*" = "false"', "says what a blank means too"),
]


@pytest.mark.parametrize(("line", "said"), VERBS, ids=[line.split("\n")[0] for line, _ in VERBS])
def test_a_verb_that_says_nothing_clear_is_refused(line: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        made(tmp_path, ["A", "B"], '[ignore]\nB = "not looked at here"', columns=line)
    assert said in str(refusal.value)
    assert refusal.value.where == "zz/2020-01.registration.toml"


TOPS = [
    ('dates = ["%m/%d/%y"]', "a year of two digits, which may be of either century"),
    ('any_case = ["precinct"]', "'precinct' is not a coded field"),
    ('access = ["by mail"]', "[access] is not a string"),
]


@pytest.mark.parametrize(("top", "said"), TOPS, ids=[top for top, _ in TOPS])
def test_a_key_that_may_mean_two_things_is_refused(top: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        made(tmp_path, ["A"], columns='precinct = "A"', top=top)
    assert said in str(refusal.value)


SLOT = '[[unpivot.slots]]\nnumbers = [""]\n'
UNPIVOT = [
    ('shape = "rows"', "'rows' is not one of: columns, slots, text"),
    ('shape = "columns"\nnames = ["(?P<day>x)"]\ncell = "voted"', "names its groups after"),
    ('shape = "columns"\nnames = ["("]\ncell = "voted"', "is no pattern"),
    ('shape = "columns"\nnames = ["(?P<date>x)(?=y)"]\ncell = "voted"', "looks around or back"),
    ('shape = "columns"\nnames = ["(?P<date>x)"]', "says neither `cell` nor `what`"),
    (
        'shape = "columns"\nnames = ["(?P<date>x)"]\ncell = "text"',
        "`cells` stands where a cell is taken apart",
    ),
    ('shape = "columns"\nnames = ["(?P<date>x)"]\ncell = "method"', "'methods' is missing"),
    ('shape = "columns"\nnames = ["(?P<type>x)"]\ncell = "voted"', "'types' is missing"),
    (f'shape = "slots"\n{SLOT}date = "A"\ntype = {{ constant = "GENERAL" }}', "one of the roll's words"),
    (f'shape = "slots"\n{SLOT}date = "A"\nplace = "B"', "unknown: place"),
    (f'shape = "slots"\n{SLOT}type = {{ constant = "general" }}', "reads no column"),
    (f'shape = "slots"\n{SLOT}cell = "A"', "`cells` stands where a cell is taken apart"),
    (f'shape = "slots"\n{SLOT}date = "A"\n[unpivot.parties]\nD = "Democrat"', "which the roll does not know"),
    (f'shape = "slots"\n{SLOT}date = "C"', "used, but not in columns_order: C"),
    ('shape = "text"\ncolumn = "A"', "'between' is missing"),
    (f'shape = "slots"\npattern = "x"\n{SLOT}date = "A"', "unknown: pattern"),
]


@pytest.mark.parametrize(("body", "said"), UNPIVOT, ids=[said for _, said in UNPIVOT])
def test_elections_that_nobody_could_read_are_refused(body: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        made(tmp_path, ["A", "B"], f'[ignore]\nB = "not looked at here"\n[unpivot]\n{body}')
    assert said in str(refusal.value)
    assert refusal.value.next_step


ELECTIONS = [
    ("GN,2018-11-06,general,,", "line 2: the code is missing or repeated, or the source is missing"),
    ("GN,2018-11-06,general,,list\nG N,2018-11-06,general,,list", "line 3: the code is missing or repeated"),
    ("GN,06/11/2018,general,,list", "line 2: the date is not of the form"),
    ("GN,2018-11-06,GENERAL,,list", "line 2: the roll does not know the type 'GENERAL'"),
]


@pytest.mark.parametrize(("lines", "said"), ELECTIONS, ids=[said for _, said in ELECTIONS])
def test_a_list_of_elections_is_read_strictly(lines: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as refusal:
        made(tmp_path, ["A"], f'[unpivot]\nshape = "slots"\n{SLOT}date = "A"', elections=lines)
    assert said in str(refusal.value)
    assert refusal.value.where == "zz/elections.csv"


def test_a_history_file_of_several_elections_a_line_maps_the_voter_alone(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="maps the voter's id alone"):
        made(
            tmp_path,
            ["A", "B"],
            f'[unpivot]\nshape = "slots"\n{SLOT}date = "A"',
            role="history",
            columns='election_name = "B"',
        )


@pytest.mark.parametrize("name", ["2020-01.registration.a.b", "2020-01.history", "2020-01.registration.a_b"])
def test_a_file_is_named_after_its_role_and_variant(name: str, tmp_path: Path) -> None:
    made(tmp_path, ["A"], columns='precinct = "A"')
    path = tmp_path / "zz" / "2020-01.registration.toml"
    assert load_layout(path.rename(path.with_name("2020-01.registration.fwf-1.toml"))).variant == "fwf-1"
    with pytest.raises(Refusal, match="name"):
        load_layout(path.with_name("2020-01.registration.fwf-1.toml").rename(path.with_name(f"{name}.toml")))
