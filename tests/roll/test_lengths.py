"""Where the rows of each file begin among those of all."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.roll.lengths import begins, rows_in


def test_rows_before_each_file_and_of_all(tmp_path: Path) -> None:
    paths = [str(tmp_path / f"{rows}.parquet") for rows in (3, 0, 2)]
    for path in paths:
        pq.write_table(pa.table({"n": range(int(Path(path).stem))}), path)
    assert [rows_in(path) for path in paths] == [3, 0, 2]
    assert begins(paths) == [0, 3, 3, 5]
    assert begins([]) == [0]
