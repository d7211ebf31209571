"""Files as programs send them: packed, brought to the site, and the jobs over them done at once."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from van_client import ask, told

from commonroll.server.models import FileJob
from commonroll.server.van import working

NAME = "rows.csv"


def packed(text: str | bytes, name: str = NAME) -> bytes:
    """A ZIP with one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return out.getvalue()


def brought(key: str, data: bytes) -> str:
    """The sourceUrl of a body that was sent to the site."""
    answer = ask(key, "POST", "uploads", data, content_type="application/zip")
    url: str = told(answer, 201)["sourceUrl"]
    assert urlsplit(url).path == urlsplit(answer["Location"]).path
    return url


def rows_of(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    return "".join(",".join(map(str, row)) + "\r\n" for row in [columns, *rows])


def file_of(key: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """The `file` of a request, as Parsons writes it."""
    return described(columns, brought(key, packed(rows_of(columns, rows))))


def described(columns: Sequence[str], url: str) -> dict[str, Any]:
    return {
        "columnDelimiter": "Csv", "columns": [{"name": name} for name in columns], "fileName": NAME,
        "hasHeader": "True", "hasQuotes": "False", "sourceUrl": url,
    }  # fmt: skip


def done(key: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """The job of a request, once the worker did it, as it is then told."""
    job = told(ask(key, "POST", path, body), 201)["jobId"]
    work()
    found: dict[str, Any] = told(ask(key, "GET", f"{path}/{job}"))
    json.dumps(found)
    return found


def work() -> None:
    for job in FileJob.objects.filter(state=FileJob.State.WAITING).select_related("member"):
        working.run(settings.HOME, job)
