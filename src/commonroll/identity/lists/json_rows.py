"""Rows of a JSON batch, as interfaces and dialers hand them out: a list of objects, or one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import Refusal
from .table_shape import names

BYTES_AT_MOST = 128 << 20
DEEPEST = 4
"""Objects inside objects that are followed."""

NAMED_LISTS = ("rows", "items", "results", "records", "data", "people", "contacts")
"""What interfaces call the list inside the object that they answer with."""


def rows_of(path: Path, name: str) -> tuple[tuple[str, ...], list[list[str]]]:
    """Columns, in the order in which they are met, and the rows' cells as text.

    An object in an object becomes columns `outer.inner`. Raises Refusal for text that is no such batch.
    """
    if path.stat().st_size > BYTES_AT_MOST:
        raise _refused("The batch is larger than 128 MB.", name, "Save it as CSV.")
    objects = [dict(_flat(one)) for one in _objects(path.read_bytes(), name)]
    columns = tuple(dict.fromkeys(key for one in objects for key in one))
    if not columns:
        raise _refused("The batch holds no rows.", name, "Ask the interface for the rows, then match.")
    return names(columns, len(columns)), [[one.get(column, "") for column in columns] for one in objects]


def _objects(data: bytes, name: str) -> Sequence[Mapping[str, Any]]:
    try:
        text = data.decode("utf-8-sig")
        found = _parsed(text)
    except (ValueError, RecursionError):
        raise _refused(
            "The batch is not valid JSON.", name, "Send a list of objects, or one object a line, in UTF-8."
        ) from None
    if isinstance(found, dict):
        named = [found[key] for key in NAMED_LISTS if isinstance(found.get(key), list)]
        found = named[0] if named else [found]
    if not all(isinstance(one, dict) for one in found):
        raise _refused("The batch is no list of objects.", name, "Send one object for each person.")
    return found  # type: ignore[no-any-return]


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return [json.loads(line) for line in text.splitlines() if line.strip()]


def _flat(value: Mapping[str, Any], before: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            if depth < DEEPEST:
                yield from _flat(inner, f"{before}{key}.", depth + 1)
        else:
            yield f"{before}{key}", _text(inner)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(map(_text, value)) if all(not isinstance(one, (list, dict)) for one in value) else ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refused(what: str, name: str, step: str) -> Refusal:
    return Refusal(what, where=name, next_step=step)
