"""Four signs of an id, wherever they stand in it, and the ids that have them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from commonroll.roll.lookup.texts import GRAM

SIGNS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
COUNT = len(SIGNS) ** GRAM
ROWS = 1 << 20
"""Ids that are taken apart at once."""

Array = np.ndarray[Any, Any]

_NUMBERS = np.full(256, len(SIGNS), np.uint32)
_NUMBERS[np.frombuffer(SIGNS, np.uint8)] = np.arange(len(SIGNS), dtype=np.uint32)


def write(cursor: duckdb.DuckDBPyConnection, aside: Path, ids: Array) -> None:
    """Of ids (sorted, without signs, of one length): for each four signs which ids have them."""
    cursor.execute("CREATE OR REPLACE TEMP TABLE grams (code UINTEGER, no UINTEGER)")
    for begin in range(0, len(ids), ROWS):
        signs = _NUMBERS[_signs(ids[begin : begin + ROWS])]
        for at in range(signs.shape[1] - GRAM + 1):
            whole = np.flatnonzero((signs[:, at : at + GRAM] < len(SIGNS)).all(1))
            taken = pa.table({
                "code": _codes(signs[whole, at : at + GRAM]), "no": (whole + begin).astype(np.uint32),
            })  # fmt: skip
            cursor.register("taken", taken)
            cursor.execute("INSERT INTO grams SELECT * FROM taken")
            cursor.unregister("taken")
    found = cursor.execute("SELECT code, no FROM grams ORDER BY code, no").to_arrow_table()
    cursor.execute("DROP TABLE grams")
    many = np.bincount(found["code"].to_numpy(), minlength=COUNT)
    np.save(aside / "gram_first.npy", np.concatenate([[0], np.cumsum(many)]).astype(np.int64))
    np.save(aside / "gram_no.npy", found["no"].to_numpy().astype(np.uint32))


def find(mapped: Mapping[str, Array], text: bytes) -> Array:
    """Which ids have these signs, four at least, one after the other."""
    ids, first = mapped["id"], mapped["gram_first"]
    said = _NUMBERS[np.frombuffer(text, np.uint8)]
    codes = [int(_codes(said[np.newaxis, at : at + GRAM])[0]) for at in range(len(said) - GRAM + 1)]
    rarest = min(codes, key=lambda code: int(first[code + 1] - first[code]))
    found: Array = mapped["gram_no"][first[rarest] : first[rarest + 1]]
    return found if len(text) == GRAM else found[_have(_signs(ids)[found], np.frombuffer(text, np.uint8))]


def _have(signs: Array, wanted: Array) -> Array:
    """Whether each row of signs has the wanted ones somewhere."""
    have = np.zeros(len(signs), bool)
    for at in range(signs.shape[1] - len(wanted) + 1):
        have |= (signs[:, at : at + len(wanted)] == wanted).all(1)
    return have


def _signs(ids: Array) -> Array:
    """A row of bytes for each id."""
    return ids.view(np.uint8).reshape(len(ids), ids.dtype.itemsize)


def _codes(signs: Array) -> Array:
    codes = np.zeros(len(signs), np.uint32)
    for at in range(GRAM):
        codes = codes * np.uint32(len(SIGNS)) + signs[:, at]
    return codes
