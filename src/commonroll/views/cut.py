"""A cut: the rows that one agreement gives for one purpose, as files that hold nothing else.

Whoever has a file has all of it, so what may not be seen is not in it: neither rows nor columns, no
statistics of them, no metadata. Marks beside it say of each row its id and a digest of its values: what
changed since is found without any row of the earlier cut.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.agreements.compile import presence_only
from commonroll.agreements.grant import Grant
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.derived import AGE, OWNER_COLUMNS, VISIBLE
from commonroll.views.lent import Record
from commonroll.views.masks import AVAILABLE
from commonroll.views.question import IDS, OverQuota
from commonroll.views.score_words import CREDIT, SOURCE, WORD, score_field
from commonroll.views.score_words import named as score_named
from commonroll.views.view import Plan

PART_BYTES = 64 << 20
"""A file ends soon after so many bytes: clients read several at once, and a link lives five minutes."""

ROWS_AT_ONCE = 100_000
CHANGE = "_change_type"

FOLDER = "shared"
"""Of a vault: marks of what was cut, by agreement, purpose and version."""

TYPES: Mapping[pa.DataType, str] = {
    pa.string(): "string", pa.int64(): "long", pa.int32(): "integer", pa.int16(): "short", pa.int8(): "byte",
    pa.float32(): "float", pa.float64(): "double", pa.bool_(): "boolean", pa.binary(): "binary",
    pa.date32(): "date",
}  # fmt: skip
"""Arrow's types as the protocol names them."""

Part = tuple[int, int, str]
"""Rows and bytes of one file."""


@dataclass(frozen=True)
class CutFiles:
    """Written files in order: rows, bytes and SHA-256 of each, name and type of each column, and the SHA-256
    of all, one after another (hexadecimal). `deletes`: rows that only say whom to delete."""

    paths: tuple[Path, ...]
    parts: tuple[Part, ...]
    fields: tuple[tuple[str, str], ...]
    sha256: str
    rows: int
    deletes: int = 0


def columns_of(grant: Grant, tables: OwnerTables, scores: Iterable[str] = ()) -> tuple[str, ...]:
    """Names of a view that an export under this grant shows as they are: granted, published, not nulled.

    `age` is of the day of the question: it is there only where no birth is, and then as the state says it.
    `scores`: codes of the scores that the owner has.
    """
    named = [name for name in VISIBLE if name not in (*OWNER_COLUMNS, AGE.name)]
    plain = [name for name in named if _shown(VISIBLE[name].sources[0], grant, tables)]
    scored = [score_field(code).name for code in scores] if _shown(SOURCE, grant, tables) else []
    return (*plain, *([AGE.name] if _only_age(grant, tables) else []), *scored)


def _shown(source: str, grant: Grant, tables: OwnerTables) -> bool:
    mask = grant.columns.get(source, "null")
    published = source == SOURCE or source in tables.published
    readable = mask in AVAILABLE and mask != "null" and published
    return readable and not presence_only(source, "export")


def _only_age(grant: Grant, tables: OwnerTables) -> bool:
    *births, published = AGE.sources
    return _shown(published, grant, tables) and not any(_shown(birth, grant, tables) for birth in births)


def fields_of(plan: Plan) -> tuple[tuple[str, str], ...]:
    """Name and type of each column that the files of a plan hold."""
    return _fields(_schema(plan.expression.schema().to_pyarrow()))


def _schema(schema: pa.Schema) -> pa.Schema:
    shown = [field for field in schema if field.name != "owner_no"]
    return pa.schema([pa.field(_called(field.name), field.type) for field in shown])


def _called(name: str) -> str:
    """A column's name in the files: Delta tables take no parentheses, so a score is `score_CODE`; a dot means
    a part of a column to those who read them, so a gatherer's is `score_GATHERER__CODE`."""
    field = score_named(name)
    return f"{WORD.name}_{field.score.replace(CREDIT, '__')}" if field else name


def _fields(schema: pa.Schema) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, TYPES[field.type]) for field in schema)


# Every row


def write(
    plan: Plan, at: Callable[[int], Path], still: Callable[[], None], record: Record, most: int = PART_BYTES
) -> CutFiles:
    """Execute a plan of mode export over one owner into the files `at(0)`, `at(1)` and so on; at least one.

    Raises Refusal where the owner's agreement allows fewer rows in one export; its caller removes the files.
    """
    (owner,) = plan.owners
    used, count = plan.used[owner], 0
    batches = plan.con.to_pyarrow_batches(plan.ordered, chunk_size=ROWS_AT_ONCE)
    schema, names = _schema(batches.schema), batches.schema.names
    with batches, _Parts(at, schema, most) as parts:
        for batch in batches:
            still()
            table = pa.Table.from_batches([batch])
            record.add(plan.owners, table, count + 1)
            count += table.num_rows
            for allowed, per in ((used.rows_per_export, "in one export"), (used.rows_per_day, "a day")):
                if allowed is not None and count > allowed:
                    raise OverQuota(
                        f"The agreement allows {allowed:,} rows {per}; it gives more.", owner, where=owner,
                        next_step="Ask for other terms, or take extracts of fewer rows.",
                    )  # fmt: skip
            called = table.rename_columns([_called(name) for name in names])
            parts.put(called.select(schema.names).cast(schema))
    return _checked(parts, schema, count)


class _Parts:
    """Files that are written one after another, each closed once it is long enough."""

    def __init__(self, at: Callable[[int], Path], schema: pa.Schema, most: int, least: int = 1) -> None:
        self.at, self.schema, self.most, self.least = at, schema, most, least
        self.paths: list[Path] = []
        self._open = ExitStack()
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> _Parts:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and len(self.paths) < self.least:
            self._next()
        self._open.close()

    def put(self, table: pa.Table) -> None:
        if self._writer is None:
            self._next()
        assert self._writer is not None
        self._writer.write_table(table)
        if self._file.tell() >= self.most:
            self._open.close()
            self._writer = None

    def _next(self) -> None:
        path = self.at(len(self.paths))
        self.paths.append(path)
        path.touch(mode=0o600)
        self._file = self._open.enter_context(path.open("wb"))
        # Arrow's own schema would be metadata, which a cut has none of
        self._writer = self._open.enter_context(
            pq.ParquetWriter(self._file, self.schema, compression="zstd", store_schema=False)
        )


def _checked(parts: _Parts, schema: pa.Schema, count: int, deletes: int = 0) -> CutFiles:
    """What stands in the footers, held against what was to be written."""
    found = []
    for path in parts.paths:
        footer = pq.read_metadata(path)
        if footer.schema.names != schema.names or footer.metadata:
            raise AssertionError("a cut holds something else than it should")
        found.append((footer.num_rows, path.stat().st_size))
    if sum(rows for rows, _ in found) != count:
        raise AssertionError("a cut holds other rows than were counted")
    sha256, each = _sha256(parts.paths)
    told = tuple((rows, size, one) for (rows, size), one in zip(found, each, strict=True))
    return CutFiles(tuple(parts.paths), told, _fields(schema), sha256, count - deletes, deletes)


def _sha256(paths: Iterable[Path]) -> tuple[str, list[str]]:
    """Of all files one after another, and of each."""
    whole, each = hashlib.sha256(), []
    for path in paths:
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                whole.update(piece)
                digest.update(piece)
        each.append(digest.hexdigest())
    return whole.hexdigest(), each


# What changed


def mark(files: CutFiles, to: Path) -> None:
    """Write `key` (the id in the row) and `digest` (64 bits of its values) of each row to `to`."""
    aside = to.with_name(f".{to.name}.part")
    with closing(engine()) as con:
        query = _sql("cut_marks.sql").format(key=_key(files.fields))
        rows = con.execute(query, {"paths": [str(path) for path in files.paths]})
        with pq.ParquetWriter(aside, _MARKS, compression="zstd") as writer:
            for batch in rows.to_arrow_reader(ROWS_AT_ONCE):
                writer.write_batch(batch.cast(_MARKS))
    aside.chmod(0o600)
    aside.replace(to)


_MARKS = pa.schema([("key", pa.string()), ("digest", pa.uint64())])


def no_marks(to: Path) -> None:
    """The marks of a cut that had no rows: before the first version there was nothing."""
    pq.write_table(_MARKS.empty_table(), to)


def changes(
    now: Sequence[Path],
    marks: Path,
    before: Path,
    owner: str,
    at: Callable[[int], Path],
    record: Record,
    most: int = PART_BYTES,
) -> CutFiles:
    """Rows of the cut `now` that are not as the marks `before` have them, and the keys that are gone.

    Columns as in the cut, and CHANGE: insert, update_postimage, or delete, where all but the key is null.
    Rows that are in `record` come first. No file where nothing changed.
    """
    key = _key([(name, "") for name in pq.read_schema(now[0]).names])
    count = deletes = 0
    with closing(engine()) as con:
        given = {"paths": [str(path) for path in now], "marks": str(marks), "before": str(before)}
        rows = con.execute(_sql("cut_changes.sql").format(key=key), given)
        reader = rows.to_arrow_reader(ROWS_AT_ONCE)
        with _Parts(at, reader.schema, most, least=0) as parts:
            for batch in reader:
                table = pa.Table.from_batches([batch])
                gone = _gone(table)
                kept = table.slice(0, table.num_rows - gone)
                if kept.num_rows:
                    numbered = kept.append_column("owner_no", pa.array([1] * kept.num_rows, pa.int16()))
                    record.add([owner], numbered, count + 1)
                count += table.num_rows
                deletes += gone
                parts.put(table)
    return _checked(parts, reader.schema, count, deletes)


def _gone(table: pa.Table) -> int:
    """How many rows of a batch, its last, only say whom to delete."""
    return int(pc.sum(pc.equal(table[CHANGE], "delete")).as_py() or 0)


def _key(fields: Iterable[tuple[str, str]]) -> str:
    """The column by which rows are known, one of IDS."""
    names = {name for name, _ in fields}
    return next(name for name in IDS if name in names)


@cache
def _sql(name: str) -> str:
    return (resources(__package__) / name).read_text(encoding="utf-8")
