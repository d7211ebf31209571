"""What finds one voter of many is made before a snapshot can be read, so that nobody's question waits for it.

An index that could not be made costs time alone: whoever asks first makes it then.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from commonroll.errors import Refusal
from commonroll.roll.lengths import begins
from commonroll.roll.lookup.index import FOLDER, INDEX, index_of
from commonroll.roll.lookup.word_files import FOLDER as WORDS
from commonroll.roll.lookup.words import words_of

log = logging.getLogger(__name__)

SMALL = 1_000_000
"""Voters of a roll whose index and words are made in any case where `small` is said: 12 CPU seconds."""


def make(vault: Path, member: str, files: Sequence[str], salt: str, *, small: bool = False) -> None:
    """Make what is missing for these files of voters, where an earlier snapshot was looked through, or where
    the roll is `small`. Nothing is raised for want of room or of time."""
    if not files:
        return
    little = small and begins(files)[-1] <= SMALL
    try:
        if little or (vault / FOLDER / INDEX).exists():
            index_of(vault, member, files, salt)
        if little or (vault / WORDS).exists():
            words_of(vault, member, files)
    except (Refusal, OSError, MemoryError, duckdb.Error, pa.ArrowException) as error:
        log.warning("voters of %s are not indexed yet: %s", member, type(error).__name__)
