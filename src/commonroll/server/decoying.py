"""The decoys of owners: the register in the vault, and the files of those in a recipient's view."""

from __future__ import annotations

from pathlib import Path

from commonroll.tracing.keys import FOLDER


def register_of(vault: Path) -> Path | None:
    """The register of an owner's decoys; None where it made none."""
    path = vault / FOLDER / "decoys" / "register.parquet"
    return path if path.exists() else None
