"""Texts as Arrow string views: 16 bytes each that say where a text stands, so that none is copied.

A view holds the length, then the text itself where it has at most 12 bytes, else its first four, the number
of a buffer and the place in it (Arrow's columnar format, variable-size binary view layout).
"""

from __future__ import annotations

import mmap

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Places = npt.NDArray[np.int64]
Views = npt.NDArray[np.uint64]
Text = mmap.mmap | bytes

INLINE, LENGTH, PREFIX, VIEW = 12, 4, 4, 16
"""Bytes of a text that stands in its view, of its length, of what is shown of a longer text, of a view."""

MARGIN = VIEW
"""Bytes before and behind a text that must be there to be read, whatever they say."""


def _shown() -> npt.NDArray[np.void]:
    """By length: the bits of a view that hold text; the last is for every longer one."""
    bits = np.zeros((INLINE + 2, VIEW), np.uint8)
    for length in range(INLINE + 1):
        bits[length, LENGTH : LENGTH + length] = 0xFF
    bits[INLINE + 1, LENGTH : LENGTH + PREFIX] = 0xFF
    return bits.view(f"V{VIEW}").ravel()


_SHOWN = _shown()


def views(room: Bytes, begin: Places, end: Places, base: int) -> Views:
    """The texts of `room` from `begin` to `end`, two words each, as views of a buffer.

    `base`: what must be added to a place in `room` for the place in the buffer.
    """
    length = end - begin
    anywhere = np.ndarray((len(room) - VIEW + 1,), f"V{VIEW}", room, strides=(1,))
    made = _words(anywhere[begin - LENGTH])
    made &= _words(_SHOWN.take(np.minimum(length, INLINE + 1)))
    made[..., 0] |= length.view(np.uint64)
    place = (begin + base) << 32
    place *= length > INLINE
    made[..., 1] |= place.view(np.uint64)
    return made


def _words(sixteen: npt.NDArray[np.void]) -> Views:
    return sixteen.view(np.uint64).reshape(*sixteen.shape, 2)


def as_arrow(made: Views, text: Text) -> pa.Array:
    """Views of `text`, whose bytes must be UTF-8, as an Arrow column."""
    return pa.Array.from_buffers(pa.string_view(), len(made), [None, pa.py_buffer(made), pa.py_buffer(text)])


def at_places(column: pa.Array, places: Places) -> pa.Array:
    """The texts at these places of a column that `as_arrow` made."""
    _, made, text = column.buffers()
    some = np.frombuffer(made, np.uint64).reshape(-1, 2)[places]
    return pa.Array.from_buffers(pa.string_view(), len(some), [None, pa.py_buffer(some), text])


class Room:
    """Memory for the views of one piece after another: a new piece takes what the last one had.

    To ask the system for it each time costs as much as to fill it.
    """

    def __init__(self) -> None:
        self._words = np.empty(0, np.uint64)
        self._used = 0

    def clear(self) -> None:
        """Begin anew; views made before are gone."""
        self._used = 0

    def for_views(self, columns: int, rows: int) -> Views:
        """Room for as many columns of views; its content says nothing yet."""
        size = columns * rows * 2
        if self._used == 0 and size > len(self._words):
            self._words = np.empty(size + size // 8, np.uint64)
        words = self._words[self._used : self._used + size]
        if len(words) < size:
            return np.empty((columns, rows, 2), np.uint64)
        self._used += size
        return words.reshape(columns, rows, 2)
