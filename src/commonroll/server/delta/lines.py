"""The protocol's answers: lists as one line of JSON, tables as one object a line, in two formats.

ASCII alone: clients split at every line separator that Unicode has.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, Literal

from commonroll.server.models import Cut, CutPart, ShareVersion
from commonroll.views.cut import CHANGE

Format = Literal["parquet", "delta"]
Link = Callable[[CutPart], str]
Field = Sequence[str]


def schema_string(fields: Iterable[Field]) -> str:
    """Columns and their types; that a row of changes has a kind is known to every client."""
    listed = [
        {"name": name, "type": kind, "nullable": True, "metadata": {}}
        for name, kind in fields
        if name != CHANGE
    ]
    return json.dumps({"type": "struct", "fields": listed})


def head(fmt: Format, table: str, fields: Iterable[Field], made: int, at: int | None = None) -> list[Any]:
    """The protocol and metaData lines; `at`: the first version of changes, whose feed is then announced."""
    schema = schema_string(fields)
    if fmt == "parquet":
        said = {"enableChangeDataFeed": "true"}
        meta: dict[str, Any] = {
            "id": table, "format": {"provider": "parquet"}, "schemaString": schema, "partitionColumns": [],
            "configuration": said,
        }  # fmt: skip
        return [{"protocol": {"minReaderVersion": 1}}, {"metaData": meta}]
    meta = {
        "id": table, "format": {"provider": "parquet", "options": {}}, "schemaString": schema,
        "partitionColumns": [], "configuration": {"delta.enableChangeDataFeed": "true"}, "createdTime": made,
    }  # fmt: skip
    protocol = {"deltaProtocol": {"minReaderVersion": 1, "minWriterVersion": 4}}
    dated = {} if at is None else {"version": at}
    return [{"protocol": protocol}, {"metaData": {**dated, "deltaMetadata": meta}}]


def files(fmt: Format, cut: Cut, link: Link, expires: int) -> Iterator[Any]:
    """A line for each file of a table; `expires` in milliseconds of Unix time."""
    for part in cut.parts.all():
        stats = json.dumps({"numRecords": part.rows})
        if fmt == "parquet":
            yield {
                "file": {
                    "url": link(part), "id": part.name, "partitionValues": {}, "size": part.size,
                    "stats": stats, "version": cut.version.number, "timestamp": millis(cut.version.at),
                    "expirationTimestamp": expires,
                }
            }  # fmt: skip
            continue
        add = {
            "path": link(part), "partitionValues": {}, "size": part.size,
            "modificationTime": millis(cut.version.at), "dataChange": True, "stats": stats,
        }  # fmt: skip
        yield {
            "file": {
                "id": part.name, "size": part.size, "expirationTimestamp": expires,
                "deltaSingleAction": {"add": add},
            }
        }  # fmt: skip


def changed(fmt: Format, cut: Cut, link: Link, expires: int) -> Iterator[Any]:
    """A line for each file of changes, all of the cut's version."""
    of = {"version": cut.version.number, "timestamp": millis(cut.version.at)}
    for part in cut.parts.all():
        if fmt == "parquet":
            yield {
                "cdf": {
                    "url": link(part), "id": part.name, "partitionValues": {}, "size": part.size,
                    "expirationTimestamp": expires, **of,
                }
            }  # fmt: skip
            continue
        cdc = {"path": link(part), "partitionValues": {}, "size": part.size, "dataChange": False}
        yield {
            "file": {
                "id": part.name, "size": part.size, "expirationTimestamp": expires, **of,
                "deltaSingleAction": {"cdc": cdc},
            }
        }  # fmt: skip


def end(expires: int) -> Any:
    return {"endStreamAction": {"minUrlExpirationTimestamp": expires}}


def written(lines: Iterable[Any]) -> bytes:
    return "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines).encode("ascii")


def made(version: ShareVersion) -> int:
    return millis(version.at)


def millis(at: datetime) -> int:
    return int(at.timestamp() * 1000)
