"""Quirk 2: encodings differ by state, by year and by county; letters arrive as they were meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_layouts import column, made_layout, read

HEADER = "ID|NAME|PARTY|SINCE\n"
FORM = 'kind = "delimited"\ndelimiter = "|"\nencoding = "{}"\nheader = true\nquoting = "none"'
NAMES = ["PEÑA", "MÜLLER", "ÉTÉ"]


def body(names: list[str]) -> str:
    return HEADER + "".join(f"{number}|{name}|D|2026-01-01\n" for number, name in enumerate(names))


@pytest.mark.parametrize("promised", ["utf-8", "latin-1", "windows-1252", "cp437"])
@pytest.mark.parametrize("sent", ["utf-8", "utf-8-sig", "utf-16"])
def test_unicode_is_unicode_whatever_was_promised(tmp_path: Path, promised: str, sent: str) -> None:
    (tmp_path / "v.txt").write_bytes(body(NAMES).encode(sent))
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM.format(promised))], tmp_path / "v.txt")
    assert column(found, "NAME") == NAMES
    assert found.one.columns.names[0] == "ID"


@pytest.mark.parametrize(
    ("promised", "sent"),
    [("latin-1", "latin-1"), ("windows-1252", "cp1252"), ("cp437", "cp437"), ("utf-8", "cp1252")],
)
def test_other_bytes_are_what_the_layout_says(tmp_path: Path, promised: str, sent: str) -> None:
    """A state that promises UTF-8 and sends something else sends a Windows code page."""
    names = ["PEÑA", "MÜLLER"]
    (tmp_path / "v.txt").write_bytes(body(names).encode(sent))
    (found,) = read(tmp_path, [made_layout(tmp_path, FORM.format(promised))], tmp_path / "v.txt")
    assert column(found, "NAME") == names


def test_each_county_may_have_an_encoding_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(body(NAMES).encode("latin-1"))
    (tmp_path / "b.txt").write_bytes(body(NAMES).encode("utf-8"))
    layout = made_layout(tmp_path, FORM.format("latin-1"))
    found = read(tmp_path, [layout], tmp_path / "a.txt", tmp_path / "b.txt")
    assert [column(one, "NAME") for one in found] == [NAMES, NAMES]


def test_fixed_columns_are_counted_in_bytes_before_they_are_letters(tmp_path: Path) -> None:
    form = 'kind = "fixed"\nencoding = "cp437"\nrecord_length = 23'
    places = "ID = [1, 4]\nNAME = [5, 8]\nPARTY = [13, 1]\nSINCE = [14, 10]"
    layout = made_layout(tmp_path, form, positions=places)
    lines = [f"{number:<4}{name:<8}D2026-01-01\n" for number, name in enumerate(NAMES)]
    for name, encoding in (("a.txt", "cp437"), ("b.txt", "utf-8")):
        (tmp_path / name).write_bytes("".join(lines).encode(encoding))
        (found,) = read(tmp_path / name[0], [layout], tmp_path / name) if _made(tmp_path / name[0]) else ()
        assert column(found, "NAME") == NAMES
        assert column(found, "SINCE") == ["2026-01-01"] * 3


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@given(name=st.text(alphabet=st.characters(codec="latin-1", categories=["L", "N"]), min_size=1, max_size=9))
def test_every_letter_of_latin_1(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    folder = tmp_path_factory.mktemp("latin")
    (folder / "v.txt").write_bytes(body([name, "ÀÉ"]).encode("latin-1"))
    (found,) = read(folder, [made_layout(folder, FORM.format("latin-1"))], folder / "v.txt")
    assert column(found, "NAME")[1] == "ÀÉ"
    assert column(found, "NAME")[0] == name
