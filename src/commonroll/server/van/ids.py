"""VAN ids: a whole number for each voter, another for each member that asks, and the way back.

A voter's number in its owner's vault (`roll.lookup`) gets a place among all owners' by `NumberBlock`;
a keyed permutation of 31 bits, one for each member, makes the id of it (docs/adr/0077). Nothing is stored
for an id, so it costs nothing to give ten million of them.
"""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Max

from commonroll.server import turns, wall
from commonroll.server.home import Home
from commonroll.server.models import Member, NumberBlock
from commonroll.server.salts import salt

__all__ = ["salt", "van_id", "van_ids", "whose", "whose_all"]

BLOCK_BITS = 16
BLOCK = 1 << BLOCK_BITS
"""Numbers in a block: an owner of ten million voters has 153."""

LIMIT = 1 << 31
"""Ids are below it and above 0: clients declare a signed 32-bit integer."""

_ROUNDS = 8
_HALF = 1 << 16

Array = np.ndarray[Any, Any]


def van_ids(home: Home, viewer: Member, owner: Member, numbers: Array) -> Array:
    """The viewer's ids (int64) of the owner's voters with these numbers (from 1)."""
    numbers = np.asarray(numbers, np.int64) - 1
    if not len(numbers):
        return numbers
    blocks = _blocks(owner, int(numbers.max()) >> BLOCK_BITS)
    slots = (blocks[numbers >> BLOCK_BITS] << BLOCK_BITS) | (numbers & (BLOCK - 1))
    return _walked(slots, _tables(_key(home, viewer)), forth=True)


def van_id(home: Home, viewer: Member, owner: Member, number: int) -> int:
    return int(van_ids(home, viewer, owner, np.array([number]))[0])


def whose(home: Home, viewer: Member, van_id: int) -> tuple[Member, int] | None:
    """The owner, and the voter's number there; None where the id is nobody's."""
    if not 0 < van_id < LIMIT:
        return None
    slot = int(_walked(np.array([van_id], np.int64), _tables(_key(home, viewer)), forth=False)[0])
    block = _by_block().get(slot >> BLOCK_BITS)
    if block is None:
        return None
    return block.owner, (block.place << BLOCK_BITS) + (slot & (BLOCK - 1)) + 1


def whose_all(home: Home, viewer: Member, van_ids: Array) -> dict[Member, tuple[Array, Array]]:
    """By owner: which of these ids (1 to LIMIT - 1) are of its voters, by their place here, and the voters'
    numbers there."""
    slots = _walked(np.asarray(van_ids, np.int64), _tables(_key(home, viewer)), forth=False)
    blocks, found = slots >> BLOCK_BITS, dict[Member, tuple[Array, Array]]()
    for block in NumberBlock.objects.select_related("owner").filter(block__in=np.unique(blocks).tolist()):
        at = np.flatnonzero(blocks == block.block)
        numbers = (block.place << BLOCK_BITS) + (slots[at] & (BLOCK - 1)) + 1
        known = found.get(block.owner, (np.empty(0, np.int64), np.empty(0, np.int64)))
        found[block.owner] = np.concatenate([known[0], at]), np.concatenate([known[1], numbers])
    return found


def _blocks(owner: Member, most: int) -> Array:
    """Blocks of the owner by their place, up to `most`; those that are missing are taken."""
    known = turns.kept(("blocks", owner.pk), lambda: _by_place(owner))
    if any(place not in known for place in range(most + 1)):
        known = _take(owner, most)
    return np.array([known[place] for place in range(most + 1)], np.int64)


def _by_place(owner: Member) -> dict[int, int]:
    return dict(NumberBlock.objects.filter(owner=owner).values_list("place", "block"))


def _by_block() -> dict[int, NumberBlock]:
    every = NumberBlock.objects.select_related("owner")
    return turns.kept("blocks", lambda: {one.block: one for one in every})


@wall.node()
def _take(owner: Member, most: int) -> dict[int, int]:
    with transaction.atomic():
        # one at a time: the owner's row is held while its blocks are taken
        list(Member.objects.select_for_update().order_by("pk").values_list("pk"))
        known = _by_place(owner)
        last = NumberBlock.objects.aggregate(last=Max("block"))["last"] or 0
        missing = [place for place in range(most + 1) if place not in known]
        made = [NumberBlock(owner=owner, place=p, block=last + at) for at, p in enumerate(missing, 1)]
        NumberBlock.objects.bulk_create(made)
    return known | {one.place: one.block for one in made}


def _key(home: Home, viewer: Member) -> bytes:
    said = b"commonroll van ids v1\n" + viewer.key.encode()
    return hmac.new(home.reference_secret(), said, hashlib.sha256).digest()


@lru_cache(maxsize=64)
def _tables(key: bytes) -> Array:
    """The round functions of a Feistel network of 2 x 16 bits: tables of random numbers by the key."""
    stream = hashlib.shake_256(b"commonroll van ids rounds\n" + key).digest(_ROUNDS * _HALF * 2)
    return np.frombuffer(stream, "<u2").reshape(_ROUNDS, _HALF).astype(np.int64)


def _walked(values: Array, tables: Array, *, forth: bool) -> Array:
    """Permute until the value is below LIMIT and not 0 (cycle walking): a permutation of those alone."""
    found = _once(values, tables, forth)
    outside = (found >= LIMIT) | (found == 0)
    while outside.any():
        found[outside] = _once(found[outside], tables, forth)
        outside = (found >= LIMIT) | (found == 0)
    return found


def _once(values: Array, tables: Array, forth: bool) -> Array:
    left, right = values >> 16, values & (_HALF - 1)
    if forth:
        for table in tables:
            left, right = right, left ^ table[right]
    else:
        for table in tables[::-1]:
            left, right = right ^ table[left], left
    found: Array = (left << 16) | right
    return found
