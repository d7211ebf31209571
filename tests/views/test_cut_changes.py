"""What changed between two cuts, applied to the earlier one, is the later one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.views import cut
from commonroll.views.lent import Record

Rows = dict[str, tuple[str | None, int | None]]
VALUES = st.tuples(st.sampled_from([None, "", "A", "B", "a,b", '"']), st.sampled_from([None, 0, 1950]))
ROLLS = st.dictionaries(st.sampled_from([f"OH{n}" for n in range(8)]), VALUES, max_size=8)


def written(rows: Rows, folder: Path, name: str) -> tuple[Path, Path]:
    """A cut of these rows, and its marks."""
    ids = sorted(rows)
    table = pa.table(
        {
            "state_voter_id": pa.array(ids, pa.string()),
            "last_name": pa.array([rows[one][0] for one in ids], pa.string()),
            "birth_year": pa.array([rows[one][1] for one in ids], pa.int16()),
        }
    )
    path, marks = folder / f"{name}.parquet", folder / f"{name}.marks"
    pq.write_table(table, path)
    fields = tuple((field.name, "") for field in table.schema)
    cut.mark(cut.CutFiles((path,), (), fields, "", len(rows)), marks)
    return path, marks


@settings(max_examples=25)
@given(ROLLS, ROLLS)
def test_changes_lead_from_one_cut_to_the_next(before: Rows, now: Rows) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _, old = written(before, folder, "before")
        path, marks = written(now, folder, "now")
        record = Record(folder, "x", "viewer")
        found = cut.changes([path], marks, old, "oh", lambda n: folder / f"c{n}.parquet", record)
        record.keep()
        lent = folder / "oh" / "lent" / "x.parquet"
        noted = pq.read_table(lent).num_rows if lent.exists() else 0
        rows = [row for one in found.paths for row in pq.read_table(one).to_pylist()]
    held = dict(before)
    for row in rows:
        key, kind = row["state_voter_id"], row[cut.CHANGE]
        assert (key in held) == (kind != "insert")
        if kind == "delete":
            assert row["last_name"] is None and row["birth_year"] is None
            del held[key]
        else:
            held[key] = (row["last_name"], row["birth_year"])
    assert held == now
    same = sum(before.get(key) == now[key] for key in now)
    assert (found.rows, found.deletes) == (len(now) - same, len(before.keys() - now.keys())), (
        "no more than that"
    )
    assert noted == found.rows, "whose rows leave is known to the owner; whom to delete is no row"
    assert bool(found.paths) == bool(rows)
