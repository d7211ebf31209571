"""One line for each combination of cells that many lines share: what others than it need not work out."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from .part import Part
from .spots import LINE_BITS, LINE_WIDTH

Spots = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]

BLOCK_BYTES = 1 << 20


def numbered(shared: pa.ChunkedArray, spots: Spots) -> tuple[Numbers, Spots]:
    """Numbers the values of `shared`, one per line at sorted `spots`, from 0 in order of their first lines.

    Returns each line's number, and per number the spot of the line that stands for it.
    """
    coded = whole(shared).dictionary_encode()
    numbers = coded.indices.to_numpy()
    first = np.empty(len(coded.dictionary), np.int64)
    first[numbers[::-1]] = spots[::-1]
    return numbers, first


def spread(decoded: pa.ChunkedArray, numbers: pa.Array) -> pa.Array:
    """Each line's value by its number in `decoded`: strings as dictionaries, quickly written."""
    values = whole(decoded)
    if values.null_count == len(values):
        return pa.nulls(len(numbers), values.type)
    if not pa.types.is_string(values.type):
        return values.take(numbers)
    coded = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(coded.indices.take(numbers), coded.dictionary)


def whole(column: pa.ChunkedArray) -> pa.Array:
    """The column in one piece."""
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)


def copy_lines(parts: Mapping[int, Part], spots: Spots, path: Path) -> None:
    """Copies the lines at sorted `spots` to a file of their own, in that order. `parts`: by number."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    owners = spots >> LINE_WIDTH
    with path.open("wb") as copy:
        for number in np.unique(owners).tolist():
            part = parts[number]
            wanted = (spots[owners == number] & LINE_BITS) - part.first
            with part.path.open("rb", buffering=BLOCK_BYTES) as lines:
                for ahead in np.diff(wanted, prepend=-1).tolist():
                    copy.writelines(islice(lines, ahead - 1, ahead))
