"""The body of a batch: JSON of a closed form, read under caps, refused without a word of its values."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from commonroll.errors import Refusal
from commonroll.server.actions.batches import Batch
from commonroll.server.actions.imports import Terms

BYTES_AT_MOST = 16 << 20
ROWS_AT_MOST = 10_000
FIELDS_AT_MOST = 100
NAME_AT_MOST = 120
CELL_AT_MOST = 2_000

TERMS = ("kind", "source", "licence", "basis", "dated_on")
OPTIONAL = ("columns", "again", "leave_alone")
_HERE = "see /api/openapi.json"


class TooLarge(Refusal):
    """The body is larger than BYTES_AT_MOST; HTTP 413."""


def too_large() -> TooLarge:
    return TooLarge(
        f"the body is larger than {BYTES_AT_MOST >> 20} MiB", next_step="send the rows in several batches"
    )


def read(data: bytes) -> Batch:
    """A body as a batch; raises Refusal for any other form than that of the OpenAPI document."""
    body = _object(data)
    missing = sorted({*TERMS, "rows"} - set(body))
    unknown = len(set(body) - {*TERMS, *OPTIONAL, "rows"})
    if missing:
        _no(f"the body says nothing of {', '.join(missing)}", ", ".join(missing))
    if unknown:
        _no(f"{unknown} names in the body are not known", "body")
    said = {name: _text(body[name], name) for name in TERMS}
    return Batch(
        rows=_rows(body["rows"]),
        terms=Terms(**said),
        columns=_columns(body.get("columns", {})),
        again=_yes_or_no(body.get("again", False)),
        leave_alone=_texts(body.get("leave_alone", [])),
        body_hash=hashlib.sha256(data).hexdigest(),
    )


def _object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        _no("the body is not JSON in UTF-8, or names something twice", "body")
    if not isinstance(found, dict):
        _no("the body is no object", "body")
    return found


def _once(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    given = list(pairs)
    found = dict(given)
    if len(found) != len(given):
        raise ValueError
    return found


def _no_number(_: str) -> NoReturn:
    raise ValueError


def _rows(given: object) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        _no("rows is no list with a row in it", "rows")
    if len(given) > ROWS_AT_MOST:
        _no(f"the batch has {len(given):,} rows; at most {ROWS_AT_MOST:,} are taken", "rows")
    for at, row in enumerate(given, 1):
        _check_row(row, f"rows, row {at:,}")
    names = {name.strip().casefold(): name for row in given for name in row}
    if len({name for row in given for name in row}) != len(names):
        _no("two fields differ in capitals or blanks alone", "rows")
    if len(names) > FIELDS_AT_MOST:
        _no(f"the rows have {len(names):,} fields between them; at most {FIELDS_AT_MOST} are taken", "rows")
    return given


def _check_row(row: object, where: str) -> None:
    if not isinstance(row, dict) or not row:
        _no("a row is an object with a field in it", where)
    for name, cell in row.items():
        if not name.strip() or len(name) > NAME_AT_MOST or not _is_text(name):
            _no(f"a field has no name, or one of more than {NAME_AT_MOST} characters", where)
        if isinstance(cell, str):
            if len(cell) > CELL_AT_MOST or not _is_text(cell):
                _no(f"a value has more than {CELL_AT_MOST:,} characters, or one that no text has", where)
        elif not isinstance(cell, (int, float, type(None))):
            _no("a value is a text, a number, true, false or null", where)


def _columns(given: object) -> Mapping[str, str]:
    if not isinstance(given, dict) or len(given) > FIELDS_AT_MOST:
        _no("columns is no object of fields and what they hold", "columns")
    return {name: _text(role, "columns") for name, role in given.items()}


def _texts(given: object) -> list[str]:
    if not isinstance(given, list) or len(given) > len(TERMS) * 2:
        _no("leave_alone is no list of channels", "leave_alone")
    return [_text(one, "leave_alone") for one in given]


def _text(given: object, where: str) -> str:
    if not isinstance(given, str) or len(given) > CELL_AT_MOST or not _is_text(given):
        _no("this is no text", where)
    return given


def _yes_or_no(given: object) -> bool:
    if not isinstance(given, bool):
        _no("again is true or false", "again")
    return given


def _is_text(text: str) -> bool:
    """Whether it can be stored: no NUL, no half of a surrogate pair."""
    return not re.search("[\x00\ud800-\udfff]", text)


def _no(what: str, where: str) -> NoReturn:
    raise Refusal(what, where=where, next_step=_HERE)
