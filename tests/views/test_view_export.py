"""Extracts: the same bytes each time, ids or pseudonyms that lead back, cells that no spreadsheet runs."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from view_rolls import NAMES, NOW, USUAL, grant, owned, tables, voter

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.views.export import guarded, write
from commonroll.views.pseudonyms import agreement_key, resolve
from commonroll.views.view import Plan, Question, plan

KEY = agreement_key(b"secret", "urn:uuid:1")


def export(tmp_path: Path, **terms: object) -> Plan:
    people = [voter("2", first_name="=1+1", phone="+16145550100"), voter("1", first_name="ANN")]
    withheld = grant("oh", set(USUAL) - {"voters.state_voter_id"}, **terms)
    owners = [
        owned(tables(tmp_path, "oh", people), withheld),
        owned(tables(tmp_path, "fl", [voter("7", first_name="EVE")]), grant("fl")),
    ]
    question = Question("national", "gotv", "export", columns=("first_name", "phone"))
    return plan(
        ibis_engine(), question, owners, denied={}, names=NAMES, now=NOW, pseudonyms={"oh": KEY, "fl": KEY}
    )


def test_a_csv_extract(tmp_path: Path) -> None:
    file = write(export(tmp_path), tmp_path / "a'b.csv", "csv")
    lines = file.path.read_text().splitlines()

    assert file.columns == ("member", "agreement", "state_voter_id", "voter_ref", "first_name", "phone")
    assert file.rows_by_owner == {"fl": 1, "oh": 2}
    assert file.sha256 == hashlib.sha256(file.path.read_bytes()).hexdigest()
    assert lines[1].startswith('"fl",') and '"7",,"EVE"' in lines[1]
    assert any('"\'=1+1","+16145550100"' in line for line in lines)
    again = tmp_path / "again"
    again.mkdir()
    assert write(export(again), again / "x.csv", "csv").sha256 == file.sha256


def test_pseudonyms_are_keyed_and_lead_back_to_the_owner_alone(tmp_path: Path) -> None:
    made = export(tmp_path)
    file = write(made, tmp_path / "x.parquet", "parquet")
    refs = [r for r in pq.read_table(file.path)["voter_ref"].to_pylist() if r]

    assert set(refs) == {hmac.new(KEY, i, hashlib.sha256).hexdigest()[:32] for i in (b"1", b"2")}
    files = {"voters": (str(tmp_path / "oh" / "voters.parquet"),)}
    read = tables(tmp_path / "again", "oh", [])
    known = resolve(
        ibis_engine(), read.__class__(**{**vars(read), "files": files}), KEY, pa.array([*refs, "x"])
    )
    assert sorted(known["state_voter_id"].to_pylist()) == ["1", "2"]


def test_more_rows_than_the_agreement_allows_leave_no_file(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="allows 1 rows"):
        write(export(tmp_path, rows_per_export=1), tmp_path / "x.csv", "csv")

    assert not (tmp_path / "x.csv").exists()


def test_cells_that_a_spreadsheet_would_run() -> None:
    cells = ["=A1", "+1", "-5", "+1-1", "@x", "\tx", "-", "O'B", "", None, "+16145550100", "A=1", "-A"]
    table = guarded(pa.table({"c": pa.array(cells)}))

    assert table["c"].to_pylist() == [
        "'=A1", "+1", "-5", "'+1-1", "'@x", "'\tx", "'-", "O'B", "", None, "+16145550100", "A=1", "'-A",
    ]  # fmt: skip
