"""Refused lines leave as a file that does no harm, come back as they were, and show no protected voter."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.roll.reading.refusals import SCHEMA
from commonroll.roll.redaction.refused_lines import lines, read, write
from commonroll.roll.vault.suppression import SCHEMA as SUPPRESSED
from thorough import dear

NOBODY = SUPPRESSED.empty_table()


def refused(folder: Path, texts: Sequence[str]) -> list[str]:
    rows = [("a.txt", number, "too few fields", text) for number, text in enumerate(texts, 2)]
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    pq.write_table(pa.table(arrays, schema=SCHEMA), folder / "refused.parquet")
    return [str(folder / "refused.parquet")]


def protected(*ids: str, channel: str = "") -> pa.Table:
    rows = [{"state_voter_id": voter, "reason": "flagged", "channel": channel} for voter in ids]
    return pa.Table.from_pylist(rows, schema=SUPPRESSED)


TEXTS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0\r\n"), min_size=1)


@settings(deadline=None, max_examples=dear(40))
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_what_leaves_comes_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("refused")
    out = folder / "mend.csv"
    assert write(refused(folder, texts), NOBODY, out) == len(texts)
    assert [(one.file, one.line, one.text) for one in read(out)] == [
        ("a.txt", number, text) for number, text in enumerate(texts, 2)
    ]


PLANTED = ["=1+1", "@SUM(A1)", "+1+cmd|' /C calc'!A0", "-2+3", "\t=1", "'=1", '"=1"\t=2']


def test_no_cell_of_the_file_runs_in_a_spreadsheet(tmp_path: Path) -> None:
    out = tmp_path / "mend.csv"
    write(refused(tmp_path, PLANTED), NOBODY, out)
    with out.open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert not [cell for cell in cells if cell[:1] in tuple("=@+-\t\r")]


#    a line                              whether it names the protected voter AA-12
NAMING = [
    ("AA-12\tTERN\tADA", True),
    ('"x","AA-12","y"', True),
    ("x|AA-12|y", True),
    ("AA-123\tTERN", False),
    ("BAA-12\tTERN", False),
    ("000AA-12TERN      ADA", True),
    ("TERN ADA", False),
]


@pytest.mark.parametrize(("text", "named"), NAMING)
def test_a_line_of_a_protected_voter_is_not_shown(tmp_path: Path, text: str, named: bool) -> None:
    shown = ibis_engine().to_pyarrow(lines(refused(tmp_path, [text]), protected("AA-12"))).to_pylist()
    assert [(row["bytes"], row["protected"]) for row in shown] == [("" if named else text, named)]
    out = tmp_path / "mend.csv"
    assert write(refused(tmp_path, [text]), protected("AA-12"), out) == 1
    assert ("TERN" in out.read_text()) == (not named and "TERN" in text)


def test_who_only_wants_no_calls_is_shown(tmp_path: Path) -> None:
    shown = lines(refused(tmp_path, ["AA-12\tTERN"]), protected("AA-12", channel="phone"))
    assert ibis_engine().to_pyarrow(shown["bytes"]).to_pylist() == ["AA-12\tTERN"]


@pytest.mark.parametrize(
    "content", ["", "a,b\n", "file,line,reason,text\na,x,y,z\n", "file,line,reason,text\na\n"]
)
def test_another_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.csv"
    path.write_text(content)
    with pytest.raises(Refusal, match="not a file of refused lines"):
        list(read(path))
