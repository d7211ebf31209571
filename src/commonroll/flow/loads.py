"""A file becomes a roll."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from commonroll.roll.gate.gate import Overruled
from commonroll.roll.load import Accept, LoadResult, Progress, load
from commonroll.roll.vault.vault import Vault


def take(
    vault: Vault,
    paths: Sequence[Path],
    *,
    load_id: str,
    state: str,
    accept: Accept,
    layout: str | None = None,
    piece: bool = False,
    mend: str | None = None,
    dry_run: bool = False,
    overrule: Overruled | None = None,
    progress: Progress | None = None,
) -> LoadResult:
    """Read, normalise, judge and, if the gate accepts, publish a delivery as the vault's next snapshot."""
    return load(
        vault, paths, load_id=load_id, state=state, layout=layout, piece=piece, mend=mend,
        dry_run=dry_run, accept=accept, overrule=overrule, progress=progress, now=datetime.now(UTC),
    )  # fmt: skip
