"""What an owner holds to trace a leak with: its roll, values of its scores as they were, decoys, keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from commonroll.tracing.hints import Sent
from commonroll.tracing.keys import MarkKey


@dataclass(frozen=True)
class Scored:
    """Values of a score as one load left them: Parquet of state_voter_id, value (0.0 to 100.0), version."""

    score: str
    path: Path

    @property
    def load(self) -> str:
        """What the load is called in a report."""
        return self.path.stem


@dataclass(frozen=True)
class Held:
    """`voters`: Parquet files of the roll; `decoys`: the register of invented voters; `recipients`: keys of
    whoever ever received, past ones too; `pseudonyms`: keys of voter_ref by agreement; `sent`: files that
    left with an order and a form of their own."""

    member: str
    state: str
    voters: Sequence[str]
    as_of: date
    keys: Sequence[MarkKey]
    recipients: Sequence[str]
    scored: Sequence[Scored] = ()
    decoys: Path | None = None
    pseudonyms: Mapping[str, bytes] = field(default_factory=dict)
    sent: Sequence[Sent] = ()
