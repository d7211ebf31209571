"""Quirk 3: headers that are not there, not on line 1, not in every file, or name two columns alike."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_layouts import ORDER, column, made_layout, read

from commonroll.errors import Refusal

FORM = 'kind = "delimited"\ndelimiter = "|"\nencoding = "utf-8"\nheader = true\nquoting = "none"'
HEADER = "|".join(ORDER)
ROWS = ["1|TERN|D|2026-01-01", "2|FINCH|R|2026-02-01"]


def written(path: Path, *lines: str) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def test_no_header_ever(tmp_path: Path) -> None:
    layout = made_layout(tmp_path, FORM.replace("true", "false"))
    (found,) = read(tmp_path, [layout], written(tmp_path / "v.txt", *ROWS))
    assert column(found, "NAME") == ["TERN", "FINCH"]
    assert "no header; 4 fields, 100% of the cells fit" in found.one.evidence


@pytest.mark.parametrize("before", [[], ["a note"], ["a note", ""], ["", "", "Exported 2026|by hand"]])
def test_the_header_is_found_below_a_preamble(tmp_path: Path, before: list[str]) -> None:
    path = written(tmp_path / "v.txt", *before, HEADER, *ROWS)
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM)], path)
    assert column(found, "NAME") == ["TERN", "FINCH"]
    assert (f"header on line {len(before) + 1}" in found.one.evidence) == bool(before)
    assert found.refused == []


def test_a_line_is_found_by_its_number_in_the_file_below_a_preamble(tmp_path: Path) -> None:
    path = written(tmp_path / "v.txt", "a note", HEADER, ROWS[0], "2|FINCH")
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM)], path)
    assert found.refused == [(4, "too few fields")]


def test_a_header_among_rows_is_not_taken_for_one_above_them(tmp_path: Path) -> None:
    path = written(tmp_path / "v.txt", ROWS[0], HEADER, *ROWS * 6)
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM)], path)
    assert "no header" in found.one.evidence and len(found.rows) == 14


def test_the_header_of_part_1_serves_the_others(tmp_path: Path) -> None:
    shuffled = ["NAME|ID|SINCE|PARTY", "TERN|1|2026-01-01|D"]
    layout = made_layout(tmp_path, FORM + "\nheader_once = true", confidence="configured")
    second = written(tmp_path / "part1.txt", *shuffled)
    first = written(tmp_path / "part0.txt", "FINCH|2|2026-02-01|R")
    found = read(tmp_path, [layout], first, second)
    assert [column(one, "ID") for one in found] == [["2"], ["1"]]
    assert "no header; 4 columns as in part1.txt" in found[0].one.evidence


def test_a_part_that_does_not_fit_the_header_of_part_1_is_refused(tmp_path: Path) -> None:
    layout = made_layout(tmp_path, FORM + "\nheader_once = true", confidence="configured")
    first = written(tmp_path / "part1.txt", HEADER, *ROWS)
    for number, line in enumerate(["2|FINCH|2026-02-01|R", "2|FINCH|R"]):
        with pytest.raises(Refusal, match="no layout fits this file"):
            read(tmp_path, [layout], first, written(tmp_path / f"other{number}.txt", line))


def test_a_header_missing_at_random(tmp_path: Path) -> None:
    path = written(tmp_path / "v.txt", *ROWS)
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM, confidence="observed")], path)
    assert column(found, "NAME") == ["TERN", "FINCH"]


def test_a_file_without_header_takes_the_order_of_its_neighbours(tmp_path: Path) -> None:
    """They were written by the same program on the same day."""
    first = written(tmp_path / "a.txt", "NAME|ID|SINCE|PARTY", "TERN|1|2026-01-01|D")
    second = written(tmp_path / "b.txt", "FINCH|2|2026-02-01|R")
    found = read(tmp_path, [made_layout(tmp_path, FORM)], first, second)
    assert column(found[1], "NAME") == ["FINCH"]


@pytest.mark.parametrize("confidence", ["configured", "unordered"])
def test_an_order_that_nobody_published_is_not_trusted_without_a_header(
    tmp_path: Path, confidence: str
) -> None:
    layout = made_layout(tmp_path, FORM, confidence=confidence)
    with pytest.raises(Refusal, match="the order of its 4 columns is not certain"):
        read(tmp_path, [layout], written(tmp_path / "v.txt", *ROWS))


def test_an_unordered_set_may_lack_all_but_the_key(tmp_path: Path) -> None:
    layout = made_layout(tmp_path, FORM, confidence="unordered")
    (found,) = read(tmp_path, [layout], written(tmp_path / "v.txt", "PARTY|ID", "D|1"))
    assert column(found, "ID") == ["1"]
    assert "without NAME, SINCE" in found.one.evidence
    with pytest.raises(Refusal, match="ID missing"):
        read(tmp_path, [layout], written(tmp_path / "w.txt", "PARTY|NAME", "D|TERN"))


def test_the_second_column_of_a_name_is_another_column(tmp_path: Path) -> None:
    columns = ["ID", "CITY", "NAME", "PARTY", "SINCE", "CITY (2)"]
    path = written(tmp_path / "v.txt", "ID|CITY|NAME|PARTY|SINCE|CITY", "1|HARROW|TERN|D|2026-01-01|WELLS")
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM, columns=columns)], path)
    assert (column(found, "CITY"), column(found, "CITY (2)")) == (["HARROW"], ["WELLS"])


def test_a_name_there_twice_that_should_not_be_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "v.txt", HEADER + "|NAME", ROWS[0] + "|TERN")
    with pytest.raises(Refusal, match="NAME there twice"):
        read(tmp_path, [made_layout(tmp_path, FORM)], path)


names = st.permutations(ORDER)


@given(names=names, case=st.sampled_from([str.lower, str.title, str.upper]), quote=st.sampled_from(["", '"']))
def test_case_spaces_and_quotes_around_names_do_not_count(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], case: object, quote: str
) -> None:
    folder = tmp_path_factory.mktemp("names")
    told = [f" {quote}{case(name)}{quote} " for name in names]  # type: ignore[operator]
    cells = dict(zip(ORDER, ROWS[0].split("|"), strict=True))
    path = written(folder / "v.txt", "|".join(told), "|".join(cells[name] for name in names))
    (found,) = read(folder, [made_layout(folder, FORM)], path)
    assert {name: column(found, name) for name in ORDER} == {name: [cells[name]] for name in ORDER}
