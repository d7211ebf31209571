"""Codes, addresses and files' bytes, as a layout read backwards writes them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from commonroll.invented.addresses import STREET, UNIT, spread
from commonroll.invented.codes import ANOTHER, coded, codes_for, ethnicity_lists, race_lists
from commonroll.invented.deliveries import usual_name
from commonroll.invented.facts import both_spellings
from commonroll.invented.names import GROUPS
from commonroll.invented.packing import open_file, packed
from commonroll.invented.reading import raw_tables
from commonroll.roll.layout.format import Position
from commonroll.roll.layout.layout import Format, layout

PARTIES = {"D": "DEM", "R": "REP", "G": "OTH", "X": "OTH", "*": "OTH", "N": ""}


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        (("DEM",), ["D"]),
        (("LIB", "OTH"), ["G", "X"]),
        (("", "NPA"), ["N"]),
        (("NPA", "DEM"), ["D"]),
        (("LIB",), []),
    ],
)
def test_codes_are_those_of_the_first_value_that_the_layout_knows(
    wanted: tuple[str, ...], codes: list[str]
) -> None:
    assert codes_for(PARTIES, wanted) == codes


def test_any_other_code_is_written_where_nothing_is_listed() -> None:
    assert codes_for({"D": "DEM", "*": "OTH"}, ("OTH",)) == [ANOTHER]
    assert codes_for({"A": "mail", "*": ""}, ("", "mail")) == []


def test_the_rarer_codes_of_a_value_occur_seldom_and_always_for_the_same_people() -> None:
    luck = np.random.default_rng(1).integers(0, 2**64, 20_000, dtype=np.uint64)
    kind = np.zeros(20_000, dtype=np.int64)
    written = coded(PARTIES, (("OTH",),), kind, luck).to_pylist()
    assert written == coded(PARTIES, (("OTH",),), kind, luck).to_pylist()
    assert set(written) == {"G", "X"}
    assert 0.005 < written.count("X") / 20_000 < 0.03


def test_races_and_ethnicities_go_to_the_codes_that_name_them() -> None:
    codes = {
        "1": "White, not Hispanic",
        "2": "Black, not Hispanic",
        "3": "Hispanic",
        "4": "Asian",
        "9": "Unknown",
    }
    assert dict(zip(GROUPS, race_lists(codes), strict=True)) == {
        "white": ["1"], "black": ["2"], "hispanic": ["3"], "asian": ["4"], "other": ["9"],
    }  # fmt: skip
    groups = dict(
        zip(GROUPS, ethnicity_lists({"HL": "Hispanic or Latino", "NL": "Not Hispanic"}), strict=True)
    )
    assert groups["hispanic"] == ["HL"] and groups["white"] == ["NL"]


@pytest.mark.parametrize(
    ("columns", "places"),
    [
        (["NUM", "DIR", "STREET", "TYPE"], {"NUM": "number", "DIR": "pre", "STREET": "name", "TYPE": "type"}),
        (["HouseNumber", "StreetPrefix", "StreetName", "StreetType", "StreetSuffix"],
         {"StreetPrefix": "pre", "StreetType": "type", "StreetSuffix": "post"}),
        (["RADDNUMBER", "RHALFCODE", "RPREDIRECTION", "RSTREETNAME", "RPOSTDIRECTION"],
         {"RHALFCODE": "fraction", "RPREDIRECTION": "pre", "RPOSTDIRECTION": "post"}),
        (["House #", "Suff A", "Street Name"], {"House #": "number", "Suff A": "fraction"}),
    ],
)  # fmt: skip
def test_parts_of_an_address_go_where_the_column_says(columns: list[str], places: dict[str, str]) -> None:
    found = spread(columns, STREET)
    assert {column: places[column] for column in places if places[column] in found[column]} == places


NAMES = ["NUM", "HALF", "PREDIR", "STREET NAME", "TYPE", "POSTDIR", "UNIT", "UNIT TYPE", "LINE 2", "OTHER"]


@given(st.lists(st.sampled_from(NAMES), min_size=1, unique=True))
def test_every_part_of_an_address_is_in_exactly_one_column(columns: list[str]) -> None:
    taken = [part for parts in spread(columns, (*STREET, *UNIT)).values() for part in parts]
    assert sorted(taken) == sorted((*STREET, *UNIT))


def lines_of(form: Format, *columns: list[str | None]) -> list[str]:
    names = list(form.positions) or [f"C{at}" for at in range(len(columns))]
    return packed(form, [pa.array(column, pa.string()) for column in columns], names).to_pylist()


def test_fields_are_packed_as_the_format_says() -> None:
    cells: tuple[list[str | None], ...] = (["A", None], ['O "B"', "C|D"])
    every = Format("delimited", "latin-1", True, "|", "every")
    none = Format("delimited", "latin-1", True, "|", "none")
    trailing = Format("delimited", "latin-1", True, "|", "none", trailing_empty=True)
    positions = {"X": Position(1, 3), "Y": Position(5, 4)}
    fixed = Format("fixed", "latin-1", False, record_length=8, between=",", positions=positions)
    assert lines_of(every, *cells) == ['"A"|"O "B""\n', '""|"C|D"\n']
    assert lines_of(none, *cells) == ['A|O "B"\n', "|C D\n"]
    assert lines_of(trailing, *cells) == ['A|O "B"||\n', "|C D||\n"]
    assert lines_of(fixed, *cells) == ['A  ,O "B\n', "   ,C|D \n"]


@given(st.lists(st.text("ab,\" 'é", max_size=8), min_size=4, max_size=4))
def test_some_quoted_fields_read_as_a_spreadsheet_reads_them(cells: list[str]) -> None:
    form = Format("delimited", "utf-8", True, ",", "some")
    (line,) = lines_of(form, *[[cell] for cell in cells])
    assert next(csv.reader(io.StringIO(line))) == cells


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "cp437", "utf-8", "ascii"])
def test_names_keep_the_accents_that_an_encoding_has(encoding: str) -> None:
    lasts, firsts = both_spellings(encoding)
    for words in (lasts, firsts):
        marked = words[len(words) // 2 :].to_pylist()
        assert any(not word.isascii() for word in marked) == (encoding != "ascii")
        assert all(word.encode(encoding) for word in marked if word)


def test_a_workbook_has_its_cells_whatever_they_hold(tmp_path: Path) -> None:
    known = layout("nh/2025-04.registration")
    path = tmp_path / "checklist.xlsx"
    odd = ["<b>&amp;", 'O\'BRIEN "BOB"', "=1+1"]
    with open_file(path, known.format, known.order) as out:
        out.write(
            {column: pa.array(odd if at < 3 else ["", None, "7"]) for at, column in enumerate(known.order)}
        )
    ((read, rows),) = raw_tables([path])
    assert read.key == known.key
    assert rows[known.order[0]].execute().tolist() == odd


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("fl/2018-10.registration", "AAA_20261121.txt"),
        ("ga/2023-01.history", "2026.csv"),
        ("wa/2023-08.registration", "20261121VRDB_Extract.txt"),
        ("ar/2000-01.registration", "VR.csv"),
    ],
)
def test_a_file_has_a_name_that_its_layout_knows(key: str, name: str) -> None:
    assert usual_name(layout(key), "20261121") == name
