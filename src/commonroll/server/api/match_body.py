"""The body of a batch: JSON of a closed form, read under caps, refused without a word of its values."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from commonroll.server.actions.batches import Batch
from commonroll.server.actions.imports import Terms
from commonroll.server.api.body import TooLarge, an_object, is_text, no

BYTES_AT_MOST = 16 << 20
ROWS_AT_MOST = 10_000
FIELDS_AT_MOST = 100
NAME_AT_MOST = 120
CELL_AT_MOST = 2_000

TERMS = ("kind", "source", "licence", "basis", "dated_on")
OPTIONAL = ("columns", "again", "leave_alone")


def too_large() -> TooLarge:
    return TooLarge(
        f"the body is larger than {BYTES_AT_MOST >> 20} MiB", next_step="send the rows in several batches"
    )


def read(data: bytes) -> Batch:
    """A body as a batch; raises Refusal for any other form than that of the OpenAPI document."""
    body = an_object(data)
    missing = sorted({*TERMS, "rows"} - set(body))
    unknown = len(set(body) - {*TERMS, *OPTIONAL, "rows"})
    if missing:
        no(f"the body says nothing of {', '.join(missing)}", ", ".join(missing))
    if unknown:
        no(f"{unknown} names in the body are not known", "body")
    said = {name: _text(body[name], name) for name in TERMS}
    return Batch(
        rows=_rows(body["rows"]),
        terms=Terms(**said),
        columns=_columns(body.get("columns", {})),
        again=_yes_or_no(body.get("again", False)),
        leave_alone=_texts(body.get("leave_alone", [])),
        body_hash=hashlib.sha256(data).hexdigest(),
    )


def _rows(given: object) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not given:
        no("rows is no list with a row in it", "rows")
    if len(given) > ROWS_AT_MOST:
        no(f"the batch has {len(given):,} rows; at most {ROWS_AT_MOST:,} are taken", "rows")
    for at, row in enumerate(given, 1):
        _check_row(row, f"rows, row {at:,}")
    names = {name.strip().casefold(): name for row in given for name in row}
    if len({name for row in given for name in row}) != len(names):
        no("two fields differ in capitals or blanks alone", "rows")
    if len(names) > FIELDS_AT_MOST:
        no(f"the rows have {len(names):,} fields between them; at most {FIELDS_AT_MOST} are taken", "rows")
    return given


def _check_row(row: object, where: str) -> None:
    if not isinstance(row, dict) or not row:
        no("a row is an object with a field in it", where)
    for name, cell in row.items():
        if not name.strip() or len(name) > NAME_AT_MOST or not is_text(name):
            no(f"a field has no name, or one of more than {NAME_AT_MOST} characters", where)
        if isinstance(cell, str):
            if len(cell) > CELL_AT_MOST or not is_text(cell):
                no(f"a value has more than {CELL_AT_MOST:,} characters, or one that no text has", where)
        elif not isinstance(cell, (int, float, type(None))):
            no("a value is a text, a number, true, false or null", where)


def _columns(given: object) -> Mapping[str, str]:
    if not isinstance(given, dict) or len(given) > FIELDS_AT_MOST:
        no("columns is no object of fields and what they hold", "columns")
    return {name: _text(role, "columns") for name, role in given.items()}


def _texts(given: object) -> list[str]:
    if not isinstance(given, list) or len(given) > len(TERMS) * 2:
        no("leave_alone is no list of channels", "leave_alone")
    return [_text(one, "leave_alone") for one in given]


def _text(given: object, where: str) -> str:
    if not isinstance(given, str) or len(given) > CELL_AT_MOST or not is_text(given):
        no("this is no text", where)
    return given


def _yes_or_no(given: object) -> bool:
    if not isinstance(given, bool):
        no("again is true or false", "again")
    return given
