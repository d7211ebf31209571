"""Room on the interpreter's own stack, so that deep calls do not ask the kernel for memory again and again.

CPython keeps frames in chunks of 16 KiB, got by mmap and given back as soon as the last frame in them
returns. Where a loop happens to call across the end of a chunk, each call costs an mmap, a munmap and page
faults, and expressions are built and compiled at such depths (measured on 3.11: four of 28 CPU seconds, a
third of the wall time of a page's tests). A chunk is never smaller than the frame that asks for it, and
what that frame leaves is for the frames above it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import FunctionType
from typing import ParamSpec, TypeVar, cast

P = ParamSpec("P")
T = TypeVar("T")

SLOTS = 2**16 + 1
"""Of eight bytes: a little over half a MiB, so that the chunk is of one MiB and nearly half of it is left."""


def roomy(call: Callable[P, T]) -> Callable[P, T]:
    """`call` on a chunk with room for some thousand frames; the outermost call of a request or a job."""

    @wraps(call)
    def with_room(*args: P.args, **kwargs: P.kwargs) -> T:
        return call(*args, **kwargs)

    made = cast(FunctionType, with_room)
    made.__code__ = made.__code__.replace(co_stacksize=SLOTS)
    return with_room
