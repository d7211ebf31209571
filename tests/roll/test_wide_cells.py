"""Elections found among the bytes of a part are those that each line by itself would name."""

from __future__ import annotations

import csv
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import ibis
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.invented.generate import generate
from commonroll.roll.canonical.normalise import to_history
from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout.layout import layouts_for
from commonroll.roll.load import load
from commonroll.roll.reading import fields as fields_module
from commonroll.roll.reading.fields import filled_in, lines_of
from commonroll.roll.reading.part import Part
from commonroll.roll.reading.parts import MARK, Shape
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.reading.spots import spot
from commonroll.roll.reading.text_views import Room
from commonroll.roll.reading.wide_cells import Elections, kinds_of, places_among
from commonroll.roll.recognition.recognition import Incoming, incoming
from commonroll.roll.schema import HISTORY
from commonroll.roll.vault.vault import Vault

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HELD = Elections(((1,), (3, 2), (4,)))
"""Three elections of lines of five fields: the second has two cells, out of order."""

cell = st.sampled_from(["", "", "D", "R", "é", "twelve bytes", " "])
row = st.tuples(cell, cell, cell, cell, cell)
Rows = list[tuple[str, ...]]


def found(rows: Rows, *, wrapped: bool = False, block: int = 1 << 20) -> list[tuple[int, int, int]]:
    """Spot, election (from 0) and kind of what is found."""
    shape = Shape(",", wrapped, 5, "utf-8")
    ends, between = ('"', '","') if wrapped else ("", ",")
    before, fields_module.BLOCK_BYTES = fields_module.BLOCK_BYTES, block
    try:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "part.txt"
            path.write_text("".join(f"{ends}{between.join(one)}{ends}\n" for one in rows), "utf-8")
            part = Part("f.txt", path, path, 1, len(rows), 0, 0)
            spots, cells = filled_in({2: lines_of(part, shape, [(0, 0)], Room(), HELD)})
    finally:
        fields_module.BLOCK_BYTES = before
    assert cells.short
    kinds = kinds_of(cells).numbers.tolist()
    return list(zip(spots[cells.line].tolist(), cells.place.tolist(), kinds, strict=True))


def said(rows: Rows) -> list[tuple[int, int, tuple[str, ...]]]:
    """Spot, election and texts, line by line."""
    return [
        (spot(2, number), place, tuple(line[field] for field in of))
        for number, line in enumerate(rows, 1)
        for place, of in enumerate(HELD.fields)
        if line[0] != MARK and any(line[field] for field in of)
    ]


@settings(deadline=None)
@given(rows=st.lists(row, min_size=1, max_size=12), wrapped=st.booleans(), block=st.integers(1, 90))
def test_cells_that_say_anything_are_found_and_those_alike_are_of_one_kind(
    rows: Rows, wrapped: bool, block: int
) -> None:
    wanted, got = said(rows), found(rows, wrapped=wrapped, block=block)
    assert [one[:2] for one in got] == [one[:2] for one in wanted]
    texts = {(place, cells) for _, place, cells in wanted}
    pairs = {(kind, place, cells) for (_, _, kind), (_, place, cells) in zip(got, wanted, strict=True)}
    assert len(pairs) == len(texts) == len({kind for _, _, kind in got})


def test_lines_set_aside_name_no_election() -> None:
    rows: Rows = [("1", "D", "", "", ""), (MARK, "D", "", "", ""), ("3", "D", "", "", "R")]
    assert [one[:2] for one in found(rows)] == [one[:2] for one in said(rows)]


def test_where_lines_stand_among_those_that_load() -> None:
    at, there = places_among(np.array([3, 5, 8, 9]), np.array([5, 9]))
    assert there.tolist() == [False, True, False, True]
    assert at[there].tolist() == [0, 1]
    assert places_among(np.array([3]), np.array([], np.int64))[1].tolist() == [False]


def as_a_set(vault: Vault, number: int) -> set[tuple[object, ...]]:
    con = ibis_engine()
    snapshot = vault.snapshot(number)
    rows = con.to_pyarrow(con.read_parquet(list(vault.files(snapshot, "history")))).to_pylist()
    made = {tuple(one[name] for name in HISTORY.names) for one in rows}
    assert len(made) == len(rows)
    return made


@pytest.mark.parametrize("state", ["OH", "UT", "DC"])
def test_history_is_that_of_each_line_alone(tmp_path: Path, state: str) -> None:
    generate([state], 300, 11, tmp_path / "out")
    vault = Vault(tmp_path / "vaults", "m")
    vault.mark_sample()
    result = load(vault, [tmp_path / "out" / state], state=state, accept="quarantine", now=NOW)
    assert result.snapshot is not None
    wanted = set()
    for one in incoming(open_delivery([tmp_path / "out" / state], tmp_path)):
        if one.layout.role == "registration":
            wanted |= line_by_line(one)
    assert as_a_set(vault, result.snapshot.number) == wanted


def line_by_line(one: Incoming) -> set[tuple[object, ...]]:
    with one.file.open() as stream:
        text = stream.read().decode(one.layout.format.encoding)
    records = list(csv.reader(text.splitlines(), delimiter=one.layout.format.delimiter or ","))
    raw = ibis.memtable(
        [(*record, "f", number) for number, record in enumerate(records[one.columns.shape.skip :])],
        schema={**dict.fromkeys((*one.columns.names, "source_file"), "string"), "source_line": "int64"},
    )
    history = to_history(raw, one.layout, as_of=NOW.date())
    loads = history.filter(history["refused"].isnull()).select(*HISTORY.names)
    return {tuple(row.values()) for row in ibis_engine().to_pyarrow(loads).to_pylist()}


OHIO = next(one for one in layouts_for("OH") if one.role == "registration")


def ohio(lines: list[tuple[str, str, str]]) -> str:
    """A file of two elections: voter's id, and what stands in the cells of each."""
    names = [*OHIO.order, "GENERAL-11/05/2024", "PRIMARY-03/19/2024"]
    fixed = {"COUNTY_NUMBER": "01", "VOTER_STATUS": "ACTIVE", "LAST_NAME": "DOE"}
    rows = [
        [*({**fixed, "SOS_VOTERID": voter}.get(name, "") for name in OHIO.order), *cells]
        for voter, *cells in lines
    ]
    return "".join('"' + '","'.join(row) + '"\n' for row in [names, *rows])


@pytest.mark.parametrize("odd", ["Q", "a long text that says nothing of use"])
def test_a_cell_that_is_not_understood_refuses_its_election_alone(tmp_path: Path, odd: str) -> None:
    """A long text sends the piece the slower way, line by line; what comes of it is the same."""
    lines = [("OH1", "X", "D"), ("OH2", odd, "R"), ("OH3", "", ""), ("OH1", "X", "R"), ("", "X", "X")]
    path = tmp_path / "SWVF_1_22.txt"
    path.write_text(ohio(lines), "ascii")
    vault = Vault(tmp_path / "vaults", "m")
    vault.mark_sample()
    result = load(vault, [path], state="OH", accept="quarantine", now=NOW)
    assert result.snapshot is not None, result.report.sentences
    held = {(one[0], one[2], one[5]) for one in as_a_set(vault, result.snapshot.number)}
    assert {(voter, party) for voter, _, party in held} == {("OH1", None), ("OH1", "DEM"), ("OH2", "REP")}
    refused = dict(result.report.delivered.refused)
    assert refused == {
        "no id": 1,
        "repeats an earlier line": 1,
        "unknown code in GENERAL-11/05/2024": 1,
    }
