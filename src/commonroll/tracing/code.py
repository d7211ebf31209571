"""The code behind every mark, byte for byte: who has which bit in which row, and how a score carries one.

G. Tardos, Optimal probabilistic fingerprint codes (JACM 2008): each row has a secret probability, and each
recipient's bit is drawn by it alone. Everything follows from a mark key and the row's id, so that a trace
works in ten years, with any library, without a table. `marks` does the same for a whole roll in the engine.
"""

from __future__ import annotations

import hashlib
import hmac
import math

DESIGN = 5
"""Leakers together whom the code is laid out for; more may escape, and no innocent looks guilty by it."""

KEY_BYTES = 32
_COMMITMENT = b"commonroll mark-key v1\n"


def commitment(key: bytes) -> str:
    """What a log says of a key before its first use: hexadecimal. 32 random bytes need no salt."""
    return hashlib.sha256(_COMMITMENT + key).hexdigest()


def u64(key: bytes, label: str, row: str) -> int:
    """64 bits that only the key's holder knows, for a label and a row."""
    return int.from_bytes(hmac.new(key, f"{label}\x00{row}".encode(), hashlib.sha256).digest()[:8], "big")


def selected(key: bytes, layer: str, row: str, per_million: int) -> bool:
    """Whether a row carries a layer: the same rows for every recipient."""
    return u64(key, f"select\x00{layer}", row) % 1_000_000 < per_million


def bias_of(drawn: int, c: int = DESIGN) -> int:
    """The probability of a 1, times 2**32, from the row's 64 bits: the arcsine distribution with a cutoff."""
    cut = math.asin(math.sqrt(1 / (300 * c)))
    r = cut + (math.pi / 2 - 2 * cut) * (drawn >> 11) / 2**53
    return round(math.sin(r) ** 2 * 2**32)


def bias32(key: bytes, row: str, c: int = DESIGN) -> int:
    """The probability of a 1 in a row, times 2**32."""
    return bias_of(u64(key, "bias", row), c)


def bit(key: bytes, recipient: str, epoch: str, row: str, c: int = DESIGN) -> int:
    """A recipient's bit in a row during an epoch."""
    return int(u64(key, f"bit\x00{recipient}\x00{epoch}", row) >> 32 < bias32(key, row, c))


def embed_tenth(score10: int, b: int) -> int:
    """A score in tenths, 0 to 1000, whose last digit is even for 0 and odd for 1: at most 0.1 away."""
    return score10 - score10 % 2 + b if score10 < 1000 else 1000 - (b == 1)


def embed_point(score10: int, b: int) -> int:
    """The same in the whole point, 1 away at most. Tenths stay, so that no row looks marked; a reader learns
    from the others what rounding did to them."""
    return score10 - score10 // 10 % 2 * 10 + 10 * b if score10 < 1000 else 1000 - 10 * (b == 1)
