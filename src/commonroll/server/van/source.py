"""A file that a program names in a request: fetched from its address or brought here before, unpacked, read.

Everything about it may be hostile: the address (`server.outgoing`), the archive (`roll.reading.archives`),
the text. What is read is text alone; nothing of a cell is ever run, and none of it is repeated in an error.
"""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pyarrow as pa
import pyarrow.csv
from django.conf import settings
from django.core import signing
from django.http import HttpResponse, UnreadablePostError

from commonroll.errors import Refusal
from commonroll.roll.reading.archives import Budget, Caps, members_of
from commonroll.server import outgoing
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.van.asked import Asked, created
from commonroll.server.van.errors import invalid
from commonroll.server.van.given import Given
from commonroll.server.van.routes import serves

MOST_BYTES = 100 << 20
"""Of the archive."""

CAPS = Caps(total=1 << 30, ratio=100, free=1 << 20, members=1)
MOST_ROWS = 5_000_000
MOST_COLUMNS = 200
DELIMITERS = {"csv": ",", "tab": "\t", "pipe": "|"}
LASTS = 24 * 60 * 60
"""Seconds for which a file that was brought here may be named."""

SALT, UPLOADS = "van upload", "uploads/"
LINE = "#line"
"""A column of our own: the row's number in the file, from 1; no column of a file is called so."""


@dataclass(frozen=True)
class Source:
    """What a request says of its file; `columns` are its columns in order, as the request names them."""

    url: str
    file_name: str
    columns: tuple[str, ...]
    delimiter: str
    header: bool
    quotes: bool

    def as_dict(self) -> dict[str, Any]:
        return asdict(self) | {"columns": list(self.columns)}

    @classmethod
    def of_dict(cls, said: dict[str, Any]) -> Source:
        return cls(**(said | {"columns": tuple(said["columns"])}))


@dataclass(frozen=True)
class Read:
    """The file's rows: its columns as text (lower case of their names) and LINE; rows that cannot be read, by
    number; the SHA-256 of its bytes."""

    rows: pa.Table
    bad: tuple[int, ...]
    digest: str

    @property
    def total(self) -> int:
        return int(self.rows.num_rows) + len(self.bad)


# What is asked


def source_of(asked: Asked, *, most_columns: int = MOST_COLUMNS) -> Source:
    """The request's `file`; raises 400 with the property, also for an address that is never asked."""
    given = asked.body.object("file")
    if given is None:
        raise invalid("'file' is required.", "file", hint="an object")
    delimiter = DELIMITERS[given.word("columnDelimiter", tuple(DELIMITERS), "csv")]
    columns = _columns(given, most_columns)
    url, name = given.text_needed("sourceUrl", most=2000), given.text_needed("fileName", most=200)
    if not url.startswith(asked.base + UPLOADS):
        try:
            outgoing.check(url)
        except Refusal as refusal:
            raise invalid(refusal.what, given.at("sourceUrl"), hint=refusal.next_step) from None
    return Source(url, name, columns, delimiter, given.flag("hasHeader"), given.flag("hasQuotes", True))


def _columns(given: Given, most: int) -> tuple[str, ...]:
    found = given.objects("columns")
    names = [one.text_needed("name", most=200).lower() for one in found]
    if not names or len(names) > most:
        raise invalid(f"A file has 1 to {most} columns.", given.at("columns"), hint='[{"name": "vanid"}]')
    for at, name in enumerate(names):
        if name in names[:at] or name == LINE:
            raise invalid("A column's name stands once.", f"{given.at('columns')}[{at}].name")
    return tuple(names)


def column_of(source: Source, given: Given, name: str) -> str:
    """A column that a request names, which must be one of the file's."""
    said = given.text_needed(name, most=200).lower()
    if said not in source.columns:
        raise invalid(f"'{name}' is no column of the file.", given.at(name), hint=", ".join(source.columns))
    return said


# Brought here


@serves("POST", "uploads", act="view", most=MOST_BYTES, raw=True)
def upload(asked: Asked) -> HttpResponse:
    """Take a ZIP as the body; what is answered is the `sourceUrl` of jobs of this member for a day."""
    name = uuid4().hex
    to: Path = settings.HOME.uploads / f"v4-{name}.zip"
    stated = int(asked.request.META.get("CONTENT_LENGTH") or 0)
    if not stated:
        raise invalid("The body is empty.", "body", hint="the ZIP itself")
    try:
        with to.open("xb") as file:
            while piece := asked.request.read(1 << 20):
                file.write(piece)
        whole = to.stat().st_size == stated
    except UnreadablePostError:
        whole = False
    if not whole:
        to.unlink(missing_ok=True)
        raise invalid("The body is not whole.", "body", hint="send it again")
    token = signing.dumps([asked.key.member.key, name], salt=SALT)
    return created(asked, {"sourceUrl": f"{asked.base}{UPLOADS}{token}"}, UPLOADS + token)


def brought(home: Home, member: Member, token: str) -> Path:
    """The file behind the token of an upload of this member."""
    try:
        of, name = signing.loads(token, salt=SALT, max_age=LASTS)
    except (signing.BadSignature, ValueError):
        of, name = "", ""
    path = home.uploads / f"v4-{name}.zip"
    if of != member.key or not path.is_file():
        raise Refusal("there is no such upload, or its day is over", where="file.sourceUrl",
                      next_step="bring the file again")  # fmt: skip
    return path


# Fetched and read


def fetched(home: Home, member: Member, source: Source, base: str, work: Path) -> Read:
    """The rows of the file, from wherever it lies; raises Refusal where it is none that is read."""
    packed = work / "packed.zip"
    if source.url.startswith(base + UPLOADS):
        shutil.copyfile(brought(home, member, source.url.removeprefix(base + UPLOADS)), packed)
    else:
        outgoing.get(source.url, packed, at_most=MOST_BYTES)
    return read(unpacked(packed, source.file_name, work / "rows.txt"), source)


def unpacked(packed: Path, name: str, to: Path) -> Path:
    """The one file of the archive, which must have this name."""
    found = members_of(packed, "file.sourceUrl", CAPS)
    if len(found) != 1 or found[0].name.lower() != name.lower():
        raise Refusal("the archive does not hold exactly the file that was named", where="file.fileName",
                      next_step="pack one file, and give its name as fileName")  # fmt: skip
    with Budget(CAPS).opener(found[0])() as stream, to.open("xb") as file:
        try:
            shutil.copyfileobj(stream, file, 1 << 20)
        except (OSError, EOFError, ValueError) as error:
            raise _unreadable("the archive is damaged") from error
    return to


def read(path: Path, source: Source) -> Read:
    """The rows of an unpacked file; a row with more or fewer cells than columns is a bad one."""
    bad: list[int] = []
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not path.stat().st_size:
        return Read(_none(source), (), digest)

    def note(row: Any) -> str:
        bad.append(int(row.number))
        return "skip"

    try:
        rows = _parsed(path, source, note)
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        # from None: Arrow's own message quotes the text
        raise _unreadable("the file is no table of text in UTF-8") from None
    if rows.num_rows > MOST_ROWS:
        raise _unreadable(f"the file has more than {MOST_ROWS:,} rows")
    # rows are counted with the head among them
    first = 2 if source.header else 1
    wrong = np.array([number - first + 1 for number in bad], np.int64)
    numbers = np.setdiff1d(np.arange(1, rows.num_rows + len(bad) + 1), wrong, assume_unique=True)
    return Read(rows.append_column(LINE, pa.array(numbers, pa.int64())), tuple(wrong.tolist()), digest)


def _parsed(path: Path, source: Source, note: Any) -> pa.Table:
    quotes = source.quotes or source.delimiter == ","
    types = dict.fromkeys(source.columns, pa.string())
    return pyarrow.csv.read_csv(
        path,
        pyarrow.csv.ReadOptions(
            column_names=list(source.columns), skip_rows=int(source.header), use_threads=False,
        ),
        pyarrow.csv.ParseOptions(
            delimiter=source.delimiter, quote_char='"' if quotes else False, newlines_in_values=quotes,
            invalid_row_handler=note,
        ),
        pyarrow.csv.ConvertOptions(column_types=types, strings_can_be_null=False, check_utf8=True),
    )  # fmt: skip


def _none(source: Source) -> pa.Table:
    fields = [(name, pa.string()) for name in source.columns]
    return pa.schema([*fields, (LINE, pa.int64())]).empty_table()


def _unreadable(what: str) -> Refusal:
    return Refusal(what, where="file", next_step="look at columnDelimiter, columns and the file's encoding")
