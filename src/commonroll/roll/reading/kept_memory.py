"""Memory that a load frees stays with the process until the load has ended.

The C library gives large blocks back to the system at once, and the next part asks for them anew: every page
is then cleared and mapped again, a twentieth of a load's time.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

TRIM, MAPPED = -1, -3
"""Parameters of mallopt(3): how much freed memory is kept, from which size on a block is one of its own."""

KEPT, LARGEST = 1 << 30, 32 << 20
"""Bytes; the library takes no larger LARGEST."""
USUAL = 128 << 10
"""The C library's own value of both."""


@contextmanager
def kept_memory() -> Iterator[None]:
    """Within the block freed memory is kept, then it goes back; no more than usual where no glibc is.

    Arrow's own pool, which gives memory back within milliseconds, rests meanwhile.
    """
    library = ctypes.CDLL(None)
    if not hasattr(library, "mallopt") or not hasattr(library, "malloc_trim"):
        yield
        return
    library.mallopt(MAPPED, LARGEST)
    library.mallopt(TRIM, KEPT)
    pool = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(pool)
        library.mallopt(MAPPED, USUAL)
        library.mallopt(TRIM, USUAL)
        library.malloc_trim(0)
