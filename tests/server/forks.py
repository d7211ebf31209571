"""Processes that are forked from one that has imported everything and is connected to nothing: a fraction of
what a start of each would cost."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable


def forked(work: Callable[[], object]) -> int:
    """The id of a new process that does the work."""
    if child := os.fork():
        return child
    try:
        work()
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)


def ended(*children: int) -> None:
    """Wait for all; each has done its work."""
    assert [os.waitpid(child, 0)[1] for child in children] == [0] * len(children)
