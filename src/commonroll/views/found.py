"""Where the rows stand that a reader may see of one owner: for a search that looks at these alone.

What the grants, the law and the election day leave out is left out before anything is looked for, so that
nobody learns from an answer, or from how long it takes, of a row that is not in view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.duckdb import Backend

from commonroll.agreements.denial import Denial
from commonroll.agreements.grant import Grant
from commonroll.roll.lengths import rows_in
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.views.access import admit
from commonroll.views.inside import Inside
from commonroll.views.protection import channels
from commonroll.views.question import Names, Owned, Question, check

Bits = np.ndarray[Any, np.dtype[np.bool_]]


def plain(owned: Owned, columns: Sequence[str], mode: str) -> tuple[str, ...]:
    """Of these columns of voters, bare, those that are published and may be read as they are in this mode."""
    return tuple(
        column
        for column in columns
        if f"voters.{column}" in owned.tables.published and _granted(owned.grant, f"voters.{column}", mode)
    )


def _granted(grant: Grant | None, qualified: str, mode: str) -> bool:
    return grant is None or (mode in grant.modes and grant.columns.get(qualified) == "plain")


def in_view(
    con: Backend,
    question: Question,
    owned: Owned,
    *,
    denied: Mapping[str, Sequence[Denial]],
    names: Names,
    now: datetime,
) -> Bits:
    """Of every row of the owner's files whether the question may show it, but for opt-outs.

    Raises NothingGranted where the owner does not grant all of the question.
    """
    asked = check(question, now)
    owners, _ = admit(asked, [owned], denied, names, now)
    (access,) = owners
    words = Inside(con, [replace(access, number=1)], asked).words
    files = access.tables.files["voters"]
    return np.concatenate([_bits(of, path) for of, path in zip(words, files, strict=True)])


def _bits(words: np.ndarray[Any, np.dtype[np.uint64]], path: str) -> Bits:
    return np.unpackbits(words.view(np.uint8), bitorder="little")[: rows_in(path)].view(np.bool_)


def opened(question: Question, now: datetime) -> frozenset[str]:
    """Channels by which the question's columns reach a person."""
    return channels(check(question, now))


def left_out(owned: Owned, by: frozenset[str] = frozenset([EVERYTHING])) -> list[str]:
    """Ids of voters who are in no view; `by`: who wants to be left alone on one of these channels."""
    told = owned.tables.suppressed
    mine = told.filter(pc.is_in(told["channel"], value_set=pa.array(sorted(by), pa.string())))
    found: list[str] = pc.unique(mine["state_voter_id"]).to_pylist()
    return found


def closed(owned: Owned, voters: Sequence[str]) -> dict[str, set[str]]:
    """Of these voters those who asked to be left alone on channels, and on which."""
    told = owned.tables.suppressed
    mine = told.filter(pc.is_in(told["state_voter_id"], value_set=pa.array(voters, pa.string())))
    found: dict[str, set[str]] = {}
    for row in mine.to_pylist():
        found.setdefault(row["state_voter_id"], set()).add(row["channel"])
    return found
