"""Repeated keys: found by their prints, some at a time, they are those that a plain count finds."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.roll.canonical import repeats
from commonroll.roll.canonical.repeats import OTHER_ROW_STAYS, REPEATED, perhaps_repeated, reasons_of
from commonroll.roll.canonical.rows import write_keys
from commonroll.roll.engine import ibis_engine
from thorough import dear

Line = tuple[int, int, int]
"""A key, its print (which other keys may have, too) and a rank."""

LINES = st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2), st.integers(0, 2)), max_size=12))


def written(folder: Path, files: list[list[Line]]) -> list[Path]:
    paths, spot = [], 0
    for number, lines in enumerate(files):
        rows = [
            {"key_1": f"V{key}", "print": 2**63 + key // 3, "rank": rank, "spot": spot + at, "group": salt}
            for at, (key, salt, rank) in enumerate(lines)
        ]
        spot += len(lines)
        kinds = {"key_1": pa.string(), "print": pa.uint64(), "rank": pa.int8(), "spot": pa.int64()}
        schema = pa.schema([*kinds.items(), ("group", pa.int32())])
        paths.append(folder / f"{number}.parquet")
        write_keys(pa.Table.from_pylist(rows, schema), paths[-1])
    return paths


def counted(files: list[list[Line]]) -> dict[int, str]:
    """The obvious way: of the lines of a key the first of the lowest rank stays."""
    of_key = defaultdict(list)
    spot = 0
    for lines in files:
        for key, _, rank in lines:
            of_key[key].append((rank, spot))
            spot += 1
    found = {}
    for places in of_key.values():
        best = min(places)
        for rank, at in places:
            if (rank, at) != best:
                found[at] = OTHER_ROW_STAYS if rank > best[0] else REPEATED
    return found


@settings(max_examples=dear(30), deadline=None)
@given(files=LINES, at_once=st.integers(1, 40))
def test_lines_that_share_a_print_are_compared_by_their_keys(files: list[list[Line]], at_once: int) -> None:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(repeats, "AT_ONCE", at_once)
        path = perhaps_repeated(written(Path(folder), files), Path(folder) / "perhaps.parquet")
        if path is None:
            assert counted(files) == {}
            return
        backend = ibis_engine()
        assert reasons_of(backend, repeats.repeats(backend.read_parquet(str(path)))) == counted(files)
