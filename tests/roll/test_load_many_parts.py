"""Files that are read in several parts, small ones together: each row knows its own line."""

from __future__ import annotations

from pathlib import Path

import pytest
from deliveries import column, line, taken, vault_of, written

from commonroll.roll.reading import parts
from commonroll.roll.staging import staging


def test_the_rest_of_a_file_and_the_next_file_with_its_header_keep_their_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "SMALLEST_PART", 8_000)
    monkeypatch.setattr(parts, "BLOCK_BYTES", 4_000)
    vault = vault_of(tmp_path)
    files = [
        written(tmp_path / f"ncvoter{county}.txt", [line(100 * county + at) for at in range(50)])
        for county in (1, 2, 3)
    ]
    result = taken(vault, *files)
    assert (result.report.delivered.lines, result.report.accepted) == (150, 150)
    assert result.report.delivered.left_out == {}
    lines = zip(
        column(vault, result.snapshot, "voters", "state_voter_id"),
        column(vault, result.snapshot, "voters", "source_line"),
        strict=True,
    )
    assert set(lines) == {(f"AA{100 * c + at:06}", at + 2) for c in (1, 2, 3) for at in range(50)}
