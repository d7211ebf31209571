"""What a layout says of elections beside a registration: `[unpivot]` of its TOML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from commonroll.roll import schema
from commonroll.roll.toml_table import TomlTable


@dataclass(frozen=True)
class Unpivot:
    """Wide history: columns whose name matches `pattern` (groups `type` and `date`) are elections.

    `types` turns the group `type` into an election type, `party` a cell into the party of the ballot
    ("" = no party); an empty cell means that the voter did not take part.
    """

    pattern: re.Pattern[str]
    date: str
    types: Mapping[str, str]
    party: Mapping[str, str]
    method: str


def unpivot_of(table: TomlTable) -> Unpivot:
    """Reads `[unpivot]`; Refusal names the key that is wrong."""
    try:
        pattern = re.compile(table.text("pattern"))
    except re.error as error:
        table.refuse(f"is no pattern: {error}", "pattern")
    if {"type", "date"} - set(pattern.groupindex):
        table.refuse("needs the groups `type` and `date`", "pattern")
    read = Unpivot(
        pattern=pattern,
        date=table.text("date"),
        types=table.table("types").all_texts(),
        party=table.table("party").all_texts(),
        method=table.choice("method", schema.METHODS),
    )
    table.done()
    if set(read.types.values()) - set(schema.ELECTION_TYPES):
        table.refuse("names an election type that the roll does not know", "types")
    if set(read.party.values()) - {*schema.PARTIES, ""}:
        table.refuse("names a party that the roll does not know", "party")
    return read
