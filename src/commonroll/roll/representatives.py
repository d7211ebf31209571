"""One line for each combination of district cells of a part: what districts are worked out from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .part import Part
from .spots import LINE_BITS, LINE_WIDTH

LINE_END = ord("\n")
BLOCK_BYTES = 1 << 20


def grouped(links: pa.Table, place: str) -> tuple[pa.Table, npt.NDArray[np.int64]]:
    """Numbers the places of `links` (state_voter_id, spot, `place`) from 0, in order of their spots.

    Returns the voters with `group` instead of the place, and the spot that stands for each group.
    """
    _, first, group = np.unique(links[place].to_numpy(), return_index=True, return_inverse=True)
    spots = links["spot"].to_numpy()[first]
    order = np.argsort(spots)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    voters = links.drop_columns([place]).append_column("group", pa.array(rank[group], pa.int32()))
    return voters, spots[order]


def copy_lines(parts: Mapping[int, Part], spots: npt.NDArray[np.int64], path: Path) -> None:
    """Copies the lines at sorted `spots` to a file of their own, in that order. `parts`: by number."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    owners = spots >> LINE_WIDTH
    with path.open("wb") as copy:
        for number in np.unique(owners).tolist():
            part = parts[number]
            wanted = (spots[owners == number] & LINE_BITS) - part.first
            copy.writelines(_lines(part.path, wanted))


def _lines(path: Path, wanted: npt.NDArray[np.int64]) -> Iterator[bytes]:
    """Lines by number from 0, sorted; blocks are small enough to stay in the processor's cache."""
    before, rest = 0, b""
    with path.open("rb", buffering=0) as file:
        while block := file.read(BLOCK_BYTES):
            text = rest + block
            ends = np.flatnonzero(np.frombuffer(text, np.uint8) == LINE_END) + 1
            starts = np.concatenate([[0], ends])
            here = wanted[(wanted >= before) & (wanted < before + len(ends))] - before
            for start, end in zip(starts[here].tolist(), ends[here].tolist(), strict=True):
                yield text[start:end]
            before += len(ends)
            rest = text[int(starts[-1]) :]
