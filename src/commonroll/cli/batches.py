"""What a load of answers or of returned mail came to, as commands say it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from commonroll.console import say_json, stdout


def say_batch(batch: Mapping[str, Any], first: str, as_json: bool) -> None:
    """`batch` as `answers.as_dict` has it, below the `first` line."""
    if as_json:
        say_json(batch)
        return
    stdout.print(first, markup=False)
    for owner, rows in sorted(batch["returned"].items()):
        stdout.print(f"  {rows:,} returned to {owner}", markup=False)
    for line in batch["refused"]:
        stdout.print(f"  {line['count']:,} lines refused: {line['reason']}", markup=False)
