"""The tree of RFC 6962 as its text defines it, over all leaves at once: slow, and plainly right."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

Hashes = Sequence[bytes]


def leaf(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def halves(hashes: Hashes) -> tuple[Hashes, Hashes]:
    k = 1
    while 2 * k < len(hashes):
        k *= 2
    return hashes[:k], hashes[k:]


def root(hashes: Hashes) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    left, right = halves(hashes)
    return node(root(left), root(right))


def inclusion(hashes: Hashes, index: int) -> list[bytes]:
    if len(hashes) == 1:
        return []
    left, right = halves(hashes)
    if index < len(left):
        return [*inclusion(left, index), root(right)]
    return [*inclusion(right, index - len(left)), root(left)]


def consistency(old: int, hashes: Hashes, known: bool = True) -> list[bytes]:
    if old == len(hashes):
        return [] if known else [root(hashes)]
    left, right = halves(hashes)
    if old <= len(left):
        return [*consistency(old, left, known), root(right)]
    return [*consistency(old - len(left), right, False), root(left)]
