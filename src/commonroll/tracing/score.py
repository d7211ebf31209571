"""What a leak's bits say of each recipient, and how probable an innocent's score is at most.

Symmetric score (B. Škorić, S. Katzenbeisser, M. Celik, Designs, Codes and Cryptography 2008): for whoever's
bits had no part in the leak, each term has mean 0 and variance 1, whatever the leakers did. The bound is
Chernoff's over the very positions seen; it assumes no normal distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
ERROR = 1e-6
"""Probability of accusing any innocent at all, over all layers of a trace."""

_GRID: Floats = np.geomspace(1e-4, 20, 80)
"""Fixed beforehand: minimising over what was seen would not be a bound."""

_AT_ONCE = 50_000


def weights(p: Floats, y: npt.NDArray[np.integer[npt.NBitBase]]) -> tuple[Floats, Floats]:
    """What a recipient's own 1, and own 0, adds to its score, given the leak's bits `y` and biases `p`."""
    up, down = np.sqrt((1 - p) / p), np.sqrt(p / (1 - p))
    return np.where(y == 1, up, -up), np.where(y == 1, -down, down)


@dataclass(frozen=True)
class Bound:
    """Of some positions the logarithm of an innocent's moment-generating function, on the grid."""

    logs: Floats

    @classmethod
    def of(cls, p: Floats, y: npt.NDArray[np.integer[npt.NBitBase]]) -> Bound:
        """`p`: probabilities of a 1, within (0, 1); `y`: the leak's bits."""
        logs = np.zeros(len(_GRID))
        for begin in range(0, len(p), _AT_ONCE):
            q, seen = p[begin : begin + _AT_ONCE], y[begin : begin + _AT_ONCE]
            one, zero = weights(q, seen)
            lp, lq = np.log(q), np.log1p(-q)
            logs += [float(np.logaddexp(lp + t * one, lq + t * zero).sum()) for t in _GRID]
        return cls(logs)

    def log(self, score: float) -> float:
        """Upper bound on ln P(an innocent scores as much or more)."""
        if score <= 0:
            return 0.0
        return min(0.0, float((self.logs - _GRID * score).min()))


def line(recipients: int, layers: int, error: float = ERROR) -> float:
    """The logarithm below which a bound accuses: the error, split over layers fixed beforehand and over all
    who ever received."""
    return float(np.log(error / layers / max(1, recipients)))


LENGTH = np.pi**2 / 2


def needed(leakers: int, recipients: int, error: float = ERROR) -> int:
    """Positions that are asked for so that one of so many leakers is named: twice the limit."""
    return int(np.ceil(2 * LENGTH * leakers**2 * np.log(recipients / error) / 10) * 10)
