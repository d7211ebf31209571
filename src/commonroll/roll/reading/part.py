"""A part of a delivered file: the shape shared by those who write, read and keep its lines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Part:
    """Some lines of one delivered file. `raw`: as delivered; `path`: what the engine reads.

    `first` is the number of its first line, `skip` how many lines before the first record (the header).
    """

    file: str
    raw: Path
    path: Path
    first: int
    lines: int
    skip: int
    refused: int
