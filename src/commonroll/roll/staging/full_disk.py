"""A disk that fills up while a load is under way: said plainly, nothing lost."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from ...errors import Refusal
from ..vault.vault import Vault

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_WORDS = (
    "No space left on device",
    "File too large",
    "Disk quota exceeded",
    "max_temp_directory_size",
    "disk is full",
)


@contextmanager
def room_to_load(vault: Vault) -> Iterator[None]:
    """Turn a full disk, whoever meets it, into a refusal. Other errors pass."""
    try:
        yield
    except (OSError, duckdb.Error, sqlite3.Error) as error:
        if getattr(error, "errno", None) not in FULL and not any(words in str(error) for words in _WORDS):
            raise
        raise Refusal(
            "The disk is full. The previous roll is whole and still current.",
            where=f"vault of {vault.member}",
            next_step="Free about three times the delivery's size, unpacked, then run the same load again.",
        ) from error
