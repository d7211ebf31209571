"""What a layout says of the bytes: `[format]` of its TOML."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, cast

from commonroll.roll.toml_table import TomlTable

Quoting = Literal["every", "none"]


@dataclass(frozen=True)
class Format:
    """How the bytes become fields. `every`: each field wrapped in double quotes, inner quotes are data."""

    kind: Literal["delimited"]
    delimiter: str
    encoding: str
    header: bool
    quoting: Quoting


def format_of(table: TomlTable) -> Format:
    """Reads `[format]`; Refusal names the key that is wrong."""
    read = Format(
        kind=cast(Literal["delimited"], table.choice("kind", ("delimited",))),
        delimiter=table.text("delimiter"),
        encoding=table.choice("encoding", ("utf-8", "latin-1", "windows-1252")),
        header=table.flag("header"),
        quoting=cast(Quoting, table.choice("quoting", ("every", "none"))),
    )
    table.done()
    return read
