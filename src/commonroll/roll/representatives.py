"""One line for each combination of district cells of a part: what districts are worked out from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .part import Part


def grouped(links: pa.Table, place: str) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """Numbers the places of `links` (state_voter_id, source_line, `place`) from 0, in order of their lines.

    Returns the voters with `group` instead of the place, and the line that stands for each group.
    """
    _, first, group = np.unique(links[place].to_numpy(), return_index=True, return_inverse=True)
    lines = links["source_line"].to_numpy()[first]
    order = np.argsort(lines)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    voters = links.drop_columns([place]).append_column("group", pa.array(rank[group], pa.int32()))
    return voters, lines[order]


def lines_of(part: Part, numbers: npt.NDArray[np.int64], path: Path) -> None:
    """Copies lines of a part, by number and in that order, to a file of their own."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    lines = part.path.read_bytes().split(b"\n")
    path.write_bytes(b"".join(lines[number - part.first] + b"\n" for number in numbers.tolist()))
