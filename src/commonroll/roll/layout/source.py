"""Where a field's value comes from: the verbs that a layout's `[columns]` may use, a closed set."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from commonroll.roll.layout.cells import FUNCTIONS
from commonroll.roll.layout.toml_table import TomlTable

Verb = Literal["column", "join", "constant", "call", "pad", "split", "chars", "flags"]
VERBS: tuple[Verb, ...] = ("join", "constant", "call", "pad", "split", "chars", "flags")


@dataclass(frozen=True)
class Source:
    """A value's columns and what is done with them.

    `columns`: every column that is read, in order. `constant`: the value itself. `call`: a function of
    `roll/layout/cells.py`. `fallback`: the last of `columns`, taken where a join says nothing. `then`: text
    after a join. `pad`: digits that zeros on the left fill up. `at`, `part`: a column is split there, parts
    count from 1, -1 is the last. `start`, `count`: characters of a column, from 1; None: to the end.
    `flags`: column to the value it stands for where it says yes; `otherwise` where none does.
    """

    columns: tuple[str, ...] = ()
    constant: str | None = None
    call: str | None = None
    fallback: str | None = None
    then: str | None = None
    pad: int | None = None
    at: str | None = None
    part: int = 1
    start: int | None = None
    count: int | None = None
    flags: Mapping[str, str] | None = None
    otherwise: str | None = None

    @property
    def verb(self) -> Verb:
        """What is done with the columns: "column" where one stands as it is."""
        told: dict[Verb, object] = {
            "constant": self.constant,
            "call": self.call,
            "pad": self.pad,
            "split": self.at,
            "chars": self.start,
            "flags": self.flags,
        }
        named = [verb for verb, value in told.items() if value is not None]
        if named:
            return named[0]
        return "join" if len(self.columns) > 1 or self.then is not None else "column"

    @property
    def is_verbatim(self) -> bool:
        """True where the value is the roll's own word, which no list of codes translates."""
        return self.verb in ("constant", "flags")


def source_of(table: TomlTable, key: str) -> Source:
    """The source under `key`: a column's name, or a table with one verb. Refusal names what is wrong."""
    if isinstance(table.value_of(key), str):
        return Source(columns=(table.text(key),))
    verb = table.table(key)
    named = [one for one in VERBS if verb.has(one)]
    if len(named) != 1:
        verb.refuse("names no verb, or several", next_step=f"use one of: {', '.join(VERBS)}")
    source = _READERS[named[0]](verb)
    verb.done()
    return source


def _join(verb: TomlTable) -> Source:
    columns = verb.texts("join")
    fallback = verb.text("else") if verb.has("else") else None
    then = verb.text("then") if verb.has("then") else None
    if fallback is not None and (fallback in columns or then is not None):
        verb.refuse("`else` names a column of its own, and stands without `then`")
    return Source(columns=(*columns, fallback) if fallback else columns, fallback=fallback, then=then)


def _constant(verb: TomlTable) -> Source:
    return Source(constant=verb.text("constant"))


def _call(verb: TomlTable) -> Source:
    return Source(columns=verb.texts("of"), call=verb.choice("call", tuple(FUNCTIONS)))


def _pad(verb: TomlTable) -> Source:
    columns, digits = verb.texts("of"), verb.whole("pad")
    if len(columns) > 1 or digits < 1:
        verb.refuse("fills up the digits of one column")
    return Source(columns=columns, pad=digits)


def _split(verb: TomlTable) -> Source:
    read = Source(columns=(verb.text("split"),), at=verb.text("at"), part=verb.whole("part"))
    if not read.at or not read.part:
        verb.refuse("needs a text to split `at`, and a `part`: 1 is the first, -1 the last")
    return read


def _chars(verb: TomlTable) -> Source:
    count = verb.whole("count") if verb.has("count") else None
    read = Source(columns=(verb.text("chars"),), start=verb.whole("from"), count=count)
    if (read.start or 0) < 1 or (count is not None and count < 1):
        verb.refuse("counts characters from 1")
    return read


def _flags(verb: TomlTable) -> Source:
    flags = verb.table("flags").all_texts()
    if not flags:
        verb.refuse("names no column", "flags")
    otherwise = verb.text("else") if verb.has("else") else None
    return Source(columns=tuple(flags), flags=MappingProxyType(dict(flags)), otherwise=otherwise)


_READERS = {
    "join": _join,
    "constant": _constant,
    "call": _call,
    "pad": _pad,
    "split": _split,
    "chars": _chars,
    "flags": _flags,
}
