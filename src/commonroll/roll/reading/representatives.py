"""One line for each combination of cells that many lines share: what others than it need not work out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Spots = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.int32]


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
        return _taken(values, numbers)
    return coded_at(values, numbers)


def coded_at(values: pa.Array, numbers: pa.Array) -> pa.Array:
    """The values at `numbers`, each in the dictionary once; the numbers must be places of `values`."""
    coded = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(_taken(coded.indices, numbers), coded.dictionary, safe=False)


def _taken(values: pa.Array, numbers: pa.Array) -> pa.Array:
    return pc.take(values, numbers, boundscheck=False)  # to check takes as long as to take


def with_shared(rows: pa.Table, columns: Sequence[str], few: pa.Table, numbers: Numbers) -> pa.Table:
    """The rows with further columns, each row's values those at its number in `few`."""
    of = pa.array(numbers)
    for name in columns:
        rows = rows.append_column(name, spread(few[name], of))
    return rows


def whole(column: pa.ChunkedArray) -> pa.Array:
    """The column in one piece."""
    return column.combine_chunks() if column.num_chunks != 1 else column.chunk(0)
