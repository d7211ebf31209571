"""What is worked out once for many lines is what each line by itself would have said."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import ibis
import pytest

from commonroll.invented.generate import generate
from commonroll.roll.canonical.lineage import behind
from commonroll.roll.canonical.normalise import to_districts, to_voters
from commonroll.roll.engine import ibis_engine
from commonroll.roll.layout.layout import layouts_for
from commonroll.roll.load import load
from commonroll.roll.reading.read import open_delivery
from commonroll.roll.recognition.recognition import Incoming, incoming
from commonroll.roll.vault.vault import Vault
from thorough import THOROUGH

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Rows = set[tuple[object, ...]]


def line_by_line(one: Incoming) -> tuple[Rows, Rows]:
    """Voters and districts of a file, each line judged alone."""
    with one.file.open() as stream:
        text = stream.read().decode(one.layout.format.encoding)
    between, ends = one.columns.shape.between.decode(), '"' if one.columns.shape.wrapped else ""
    records = text.splitlines()[one.columns.shape.skip :]
    cells = [row.removeprefix(ends).removesuffix(ends).split(between) for row in records]
    raw = ibis.memtable(
        [
            (*(cell or None for cell in row), one.file.name, number)
            for number, row in enumerate(cells, 1 + one.columns.shape.skip)
            if len(row) == len(one.columns.names)
        ],
        schema={**dict.fromkeys((*one.columns.names, "source_file"), "string"), "source_line": "int64"},
    )
    judged = to_voters(raw, one.layout, "m", as_of=NOW.date())
    loads = judged.filter(judged["refused"].isnull(), judged["left_out"].isnull())
    lines = raw.semi_join(loads, "source_line")
    con = ibis_engine()
    voters = con.to_pyarrow(loads.select(*one.layout.table.names)).to_pylist()
    districts = con.to_pyarrow(to_districts(lines, one.layout)).to_pylist()
    return {tuple(row.values()) for row in voters}, {tuple(row.values()) for row in districts}


@pytest.mark.parametrize(
    ("state", "voters"), [("NC", 300), ("OH", 300), ("FL", 60 if THOROUGH else 20), ("WA", 300)]
)
def test_voters_and_districts_are_those_of_each_line_alone(tmp_path: Path, state: str, voters: int) -> None:
    generate([state], voters, 11, tmp_path / "out")
    files = incoming(open_delivery([tmp_path / "out" / state], tmp_path))
    wanted = [line_by_line(one) for one in files if one.layout.role == "registration"]
    vault = Vault(tmp_path / "vaults", "m")
    vault.mark_sample()
    result = load(vault, [tmp_path / "out" / state], state=state, accept="quarantine", now=NOW)
    assert result.snapshot is not None
    con = ibis_engine()
    voters, districts = (
        con.to_pyarrow(con.read_parquet(list(vault.files(result.snapshot, table)))).to_pylist()
        for table in ("voters", "districts")
    )
    found = {tuple(row.values()) for row in voters}
    assert found and found <= set().union(*(each for each, _ in wanted))
    assert {tuple(row.values()) for row in districts} <= set().union(*(each for _, each in wanted))
    assert len(found) == len(voters)


def test_lineage_names_the_cells_a_column_is_made_of() -> None:
    layout = next(one for one in layouts_for("NC") if one.key == "nc/2022-02.registration")
    raw = ibis.table(
        {**dict.fromkeys((*layout.order, "source_file"), "string"), "source_line": "int64"}, name="raw"
    )
    voters = to_voters(raw, layout, "m", as_of=NOW.date())
    assert behind(voters, "member") == set()
    assert behind(voters, "county_name") == {"county_id"}
    assert behind(voters, "mail_line3") == {"mail_addr3", "mail_addr4"}
    assert behind(voters, "listed_from") == {"birth_year", "confidential_ind", "status_cd"}
