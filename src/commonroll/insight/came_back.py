"""What recipients brought back to an owner: counted by who gathered it, never row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

from commonroll.roll.engine import engine

RETURNED = ("responses", "optouts")


@dataclass(frozen=True)
class CameBack:
    """Answers and opt-outs of one gatherer in the owner's vault, and when the last of them came (UTC)."""

    answers: int
    optouts: int
    newest: datetime


def came_back(events: Mapping[str, Sequence[str]], *, owner: str) -> dict[str, CameBack]:
    """By gatherer. `events`: the Parquet files of `responses` and `optouts` in the owner's vault."""
    with closing(engine()) as cursor:
        cursor.execute(
            "CREATE OR REPLACE TEMP TABLE came (what VARCHAR, owner VARCHAR, gathered_by VARCHAR, "
            "loaded_at TIMESTAMPTZ)"
        )
        for what in RETURNED:
            if paths := events.get(what):
                cursor.execute(
                    "INSERT INTO came SELECT $what, owner, gathered_by, loaded_at FROM read_parquet($paths)",
                    {"what": what, "paths": list(paths)},
                )
        text = (files("commonroll.insight") / "came_back.sql").read_text("utf-8")
        rows = cursor.execute(text, {"owner": owner}).fetchall()
    return {
        str(who): CameBack(int(answers), int(optouts), newest.replace(tzinfo=UTC))
        for who, answers, optouts, newest in rows
    }
