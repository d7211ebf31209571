"""A layout's document as TOML text, with notes: what `tomllib` reads, written.

Sections are written as a person would: `[columns]` with one source a line, `[codes.status]` apart.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

WIDTH = 110
APART = frozenset({"codes", "left_out", "unpivot"})
"""Sections whose tables have sections of their own."""

Notes = Mapping[tuple[str, ...], str]
"""Path of a key -> what stands above it as a comment. The empty path: above everything."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml(document: Mapping[str, Any], notes: Notes | None = None) -> str:
    """The document as text: plain keys first, then a section for each table."""
    said = notes or {}
    plain = {key: value for key, value in document.items() if not isinstance(value, dict)}
    lines = [*_comment(said.get((), "")), *_lines(plain, (), said)]
    for key, value in document.items():
        if isinstance(value, dict):
            lines += _section((key,), value, said)
    return "\n".join([*lines, ""])


def _section(path: tuple[str, ...], table: Mapping[str, Any], notes: Notes) -> Iterator[str]:
    apart = path[0] in APART
    inside = {key: value for key, value in table.items() if not (apart and _is_table(value))}
    if inside or not apart or not table:
        yield from ("", *_comment(notes.get(path, "")), f"[{'.'.join(map(_key, path))}]")
    yield from _lines(inside, path, notes)
    for key, value in table.items():
        if key in inside:
            continue
        if isinstance(value, dict):
            yield from _section((*path, key), value, notes)
        else:
            for one in value:
                yield from ("", f"[[{'.'.join(map(_key, (*path, key)))}]]")
                yield from _lines(one, (*path, key), notes)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict) or (
        isinstance(value, list) and bool(value) and all(isinstance(one, dict) for one in value)
    )


def _lines(table: Mapping[str, Any], path: tuple[str, ...], notes: Notes) -> Iterator[str]:
    for key, value in table.items():
        yield from _comment(notes.get((*path, key), ""))
        line = f"{_key(key)} = {_value(value)}"
        if len(line) > WIDTH and isinstance(value, list):
            words = textwrap.wrap(
                ",\0".join(_value(one).replace(" ", "\1") for one in value).replace("\0", " "),
                WIDTH - 4, break_long_words=False, break_on_hyphens=False,
            )  # fmt: skip
            yield from (f"{_key(key)} = [", *(f"  {line}".replace("\1", " ") for line in words), "]")
        else:
            yield line


def _comment(text: str) -> Iterator[str]:
    for paragraph in ("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines()):
        yield from textwrap.wrap(f"# {paragraph}", WIDTH, subsequent_indent="#   ", break_on_hyphens=False)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float | date):
        return f"{value:_}" if isinstance(value, int) else str(value)
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    assert isinstance(value, Sequence)
    return f"[{', '.join(map(_value, value))}]"
