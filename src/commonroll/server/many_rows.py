"""Rows of one model written at once, each column as one array where the database takes them.

Receipts of a question over fifty owners are some hundred kilobytes. Django writes them into the statement's
text, nine hundred values, which PostgreSQL reads three times as long as it takes to store them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, TypeVar

import psycopg
from django.db import connection, models

from commonroll.server import wall

M = TypeVar("M", bound=models.Model)
FEW = 4
"""Rows up to which a statement of values costs no more."""


def insert(model: type[M], rows: Sequence[M]) -> list[M]:
    """Insert rows whose keys the database draws, in order, inside the caller's transaction; they have their
    keys afterwards."""
    if connection.vendor != "postgresql" or len(rows) <= FEW:
        return model._default_manager.bulk_create(rows)
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    wall.tell(connection)
    with connection.wrap_database_errors, psycopg.Cursor(connection.connection) as cursor:
        found = cursor.execute(_statement(model, fields), [_array(field, rows) for field in fields])
        for row, (key,) in zip(rows, found.fetchall(), strict=True):
            row.pk, row._state.adding, row._state.db = key, False, connection.alias
    return list(rows)


def _statement(model: type[models.Model], fields: Sequence[models.Field[Any, Any]]) -> bytes:
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    arrays = ", ".join(f"%b::{_kind(field)}[]" for field in fields)
    key = connection.ops.quote_name(str(model._meta.pk.column))
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays}) RETURNING {key}".encode()


def _kind(field: models.Field[Any, Any]) -> str:
    # without its length: an array would cut what is too long, which the column refuses
    return str(field.db_type(connection)).partition("(")[0]


def _array(field: models.Field[Any, Any], rows: Sequence[models.Model]) -> list[Any]:
    values = [field.pre_save(row, add=True) for row in rows]
    if isinstance(field, models.JSONField):
        return [json.dumps(value, cls=field.encoder) for value in values]
    if isinstance(field, models.BinaryField):
        return [None if value is None else bytes(value) for value in values]
    return [field.get_db_prep_save(value, connection) for value in values]
