"""Names for the arrays of the field, and what several of its parts do with them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def by_group(group: Ints, count: int) -> list[Ints]:
    """For each of `count` groups the places, in order, at which `group` has its number."""
    order = np.argsort(group, kind="stable")
    return np.split(order, np.cumsum(np.bincount(group, minlength=count)))[:-1]
