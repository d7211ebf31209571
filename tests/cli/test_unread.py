"""What the engine cannot read is said in sentences, without what stands in it."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commonroll.console import refusing
from commonroll.roll.engine import engine


@refusing
def reads(statement: str) -> None:
    with engine() as con:
        con.execute(statement).fetchall()


def _damaged(path: Path, damage: slice) -> str:
    pq.write_table(pa.table({"n": list(range(20_000)), "name": ["Secretname"] * 20_000}), path)
    held = bytearray(path.read_bytes())
    held[damage] = bytes(len(held[damage]))
    path.write_bytes(held)
    return f"SELECT sum(n::INT), max(name) FROM '{path}'"


@pytest.mark.parametrize("damage", [slice(-4, None), slice(4, 4_000)])
def test_a_damaged_file(damage: slice, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        reads(_damaged(tmp_path / "part.parquet", damage))
    said = capsys.readouterr().err
    assert ended.value.code == 1 and said.startswith("Refused: the engine did not come to the end")
    assert "doctor --deep" in said and "Secretname" not in said


def test_a_value_that_is_no_number_is_not_said(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        reads("SELECT 'Secretname'::INT")
    assert "Secretname" not in capsys.readouterr().err


def test_a_wrong_statement_is_our_own_fault_and_shows_where() -> None:
    with pytest.raises(duckdb.BinderException):
        reads("SELECT no_such_column FROM range(1)")
