"""A sheet of answers becomes events: what voters said, by the ids that an extract carried.

Every answer has its source: who gathered it, on which day, over which channel, in which file and line. Lines
that do not load are counted by reason; no value of theirs is repeated.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files as resources
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.schema import FOUND_OUT, OPTOUTS, RESPONSES

IDS = ("state_voter_id", "voter_ref")
"""What an extract carries: the state's id where it is granted, else the agreement's pseudonym."""

COLUMNS = ("owner", "question", "answer", "date", "channel")
ALSO = {"member": "owner"}
"""Names that extracts use, and the sheet's."""

MALFORMED = "another number of fields than the header"
BOM = b"\xef\xbb\xbf"
MAX_BYTES = 512 << 20


Resolve = Callable[[str, pa.Array], pa.Table]
"""Owner and pseudonyms -> voter_ref, state_voter_id of those that are the owner's voters."""


@dataclass(frozen=True)
class Refused:
    """So many lines did not load for one reason."""

    reason: str
    count: int


@dataclass(frozen=True)
class Sheet:
    """A read sheet: events as the vault's tables of these names have them, refused lines by reason."""

    file_hash: str
    responses: pa.Table
    optouts: pa.Table
    found_out: pa.Table
    refused: tuple[Refused, ...]

    def owners(self) -> tuple[str, ...]:
        """Members whose voters the sheet speaks of, sorted."""
        found = {owner for table in self.tables().values() for owner in table["owner"].unique().to_pylist()}
        return tuple(sorted(found))

    def tables(self) -> Mapping[str, pa.Table]:
        return {
            RESPONSES.name: self.responses, OPTOUTS.name: self.optouts, FOUND_OUT.name: self.found_out
        }  # fmt: skip

    def kinds(self, owner: str) -> Mapping[str, pa.Table]:
        """The events about one owner's voters by what comes back (`came_back.KINDS`)."""
        found = self.of(owner)
        out = found[FOUND_OUT.name]
        kinds = {kind: out.filter(pc.equal(out["what"], kind)) for kind in ("bounces", "addresses")}
        return {name: found[name] for name in (RESPONSES.name, OPTOUTS.name)} | kinds

    def of(self, owner: str) -> Mapping[str, pa.Table]:
        """The events about one owner's voters, by table."""
        return {name: table.filter(pc.equal(table["owner"], owner)) for name, table in self.tables().items()}


def read_sheet(
    path: Path,
    *,
    gathered_by: str,
    voters: Mapping[str, Sequence[str]],
    resolve: Resolve,
    loaded_at: datetime,
) -> Sheet:
    """Read a CSV with the columns owner, question, answer, date, channel and at least one of the ids.

    `voters`: owner -> Parquet files of `voters` that its ids may stand in; `resolve` finds the voters behind
    an owner's pseudonyms. Event ids follow from the file's bytes, so that one file read twice gives the same
    events. The question `optout` is answered by the channel on which the voter wants to be left alone,
    `bounced` (of phone, text, mail or email) by how, `address` by the new address. Raises
    Refusal for another header, an empty file, or one that is no UTF-8 text.
    """
    data = bytes_of(path, (*COLUMNS, *IDS))
    header = _header(data, path.name)
    digest = hashlib.sha256(data).hexdigest()
    sheet, malformed = lines_of(data, header)
    with closing(engine()) as cursor:
        _known(cursor, voters)
        for owner, refs in _references(sheet).items():
            if owner in voters:
                cursor.register("resolved", resolve(owner, refs))
                cursor.execute(
                    "INSERT INTO known SELECT $owner, voter_ref, state_voter_id FROM resolved",
                    {"owner": owner},
                )
        cursor.register("sheet", sheet)
        parameters = {
            "gathered_by": gathered_by,
            "file": path.name[:200],
            "file_hash": digest,
            "loaded_at": loaded_at.replace(tzinfo=None),
            "today": loaded_at.date(),
        }
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE read_lines AS {_sql('answers')}", parameters)
        return Sheet(
            digest,
            cursor.execute(_sql("responses")).to_arrow_table(),
            cursor.execute(_sql("optouts")).to_arrow_table(),
            cursor.execute(_sql("found_out")).to_arrow_table(),
            (
                *(Refused(MALFORMED, malformed) for _ in range(bool(malformed))),
                *(Refused(why, many) for why, many in cursor.execute(_sql("refused")).fetchall()),
            ),
        )


def lines_of(data: bytes, header: list[str]) -> tuple[pa.Table, int]:
    """The sheet's lines as texts with their number as source_line, and how many lines had other fields."""
    malformed: list[int] = []

    def aside(row: pyarrow.csv.InvalidRow) -> str:
        malformed.append(row.number)
        return "skip"

    table = pyarrow.csv.read_csv(
        pa.BufferReader(data.removeprefix(BOM)),
        # one thread: only then does a malformed line know its number
        read_options=pyarrow.csv.ReadOptions(use_threads=False, column_names=header, skip_rows=1),
        parse_options=pyarrow.csv.ParseOptions(
            newlines_in_values=True, invalid_row_handler=aside, ignore_empty_lines=True
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
        ),
    )
    for column in IDS:
        if column not in header:
            table = table.append_column(column, pa.nulls(table.num_rows, pa.string()))
    numbers = np.setdiff1d(np.arange(2, table.num_rows + len(malformed) + 2), malformed)
    return table.append_column("source_line", pa.array(numbers, pa.int64())), len(malformed)


def _references(sheet: pa.Table) -> dict[str, pa.Array]:
    """The pseudonyms that a sheet names, by owner."""
    owner, ref = pc.utf8_trim_whitespace(sheet["owner"]), pc.utf8_trim_whitespace(sheet["voter_ref"])
    named = pa.table({"owner": owner, "ref": ref}).filter(pc.greater(pc.utf8_length(ref), 0))
    return {
        str(key): named.filter(pc.equal(named["owner"], key))["ref"].combine_chunks().unique()
        for key in named["owner"].unique().to_pylist()
    }


def bytes_of(path: Path, columns: Sequence[str]) -> bytes:
    """The bytes of a sheet that is UTF-8 text; raises Refusal for any other, naming its columns."""
    if path.stat().st_size > MAX_BYTES:
        raise Refusal("the sheet is larger than 512 MB", where=path.name, next_step="split it")
    data = path.read_bytes()
    if not data.strip():
        raise Refusal("the sheet is empty", where=path.name, next_step=f"write a header: {','.join(columns)}")
    if b"\0" in data:
        raise Refusal("the sheet is not UTF-8 text", where=path.name, next_step="save it as CSV in UTF-8")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refusal(
            "the sheet is not UTF-8 text", where=path.name, next_step="save it as CSV in UTF-8"
        ) from error
    return data


def _header(data: bytes, name: str) -> list[str]:
    first = next(csv.reader([data.decode("utf-8-sig").splitlines()[0]]))
    given = [ALSO.get(cell.strip().lower(), cell.strip().lower()) for cell in first]
    missing = [column for column in COLUMNS if column not in given]
    if not set(IDS) & set(given):
        missing.append("state_voter_id or voter_ref")
    unknown = len(set(given) - {*COLUMNS, *IDS})
    if missing or unknown or len(given) != len(set(given)):
        what = f"columns missing: {', '.join(missing)}" if missing else f"{unknown} columns are not known"
        raise Refusal(
            f"the header is not that of an answers sheet; {what}",
            where=f"{name}, line 1",
            next_step=f"name exactly these columns: {', '.join(COLUMNS)}, and {' or '.join(IDS)}",
        )
    return given


def _known(cursor: duckdb.DuckDBPyConnection, voters: Mapping[str, Sequence[str]]) -> None:
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE known (owner VARCHAR, reference VARCHAR, state_voter_id VARCHAR)"
    )
    for owner, paths in voters.items():
        cursor.execute(
            "INSERT INTO known SELECT DISTINCT $owner, state_voter_id, state_voter_id "
            "FROM read_parquet($paths)",
            {"owner": owner, "paths": list(paths)},
        )


def _sql(name: str) -> str:
    return (resources("commonroll.insight") / f"{name}.sql").read_text("utf-8")
