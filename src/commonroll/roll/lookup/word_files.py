"""The files of words (`words`), as the engine makes them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.roll.engine import engine
from commonroll.roll.lengths import begins
from commonroll.roll.lookup import grams
from commonroll.roll.lookup.texts import DIGITS, GRAM, ID_LONGEST, WORDED
from commonroll.roll.sql_files import text_of

FOLDER = "lookup/words"
"""Below a vault; what is in it can be made again."""

_ROWS = "list_extract($starts::BIGINT[], (file_index + 1)::BIGINT) + file_row_number AS place"
_FROM = "FROM read_parquet($files, file_row_number = true)"

Array = np.ndarray[Any, Any]


def write(aside: Path, files: Sequence[str]) -> None:
    """Write the words of these files of voters into the folder `aside`."""
    *starts, rows = begins(files)
    given = {"files": list(files), "starts": starts}
    np.save(aside / "rows.npy", np.array([rows], np.int64))
    with closing(engine()) as cursor:
        for column in WORDED:
            _write_words(cursor, aside, column, given)
        _write_numbers(cursor, aside, given, rows)
        _write_ids(cursor, aside, given)


def _write_words(cursor: duckdb.DuckDBPyConnection, aside: Path, column: str, given: dict[str, Any]) -> None:
    """The words of a column of texts.WORDED one a line, where each begins, and its places."""
    worded = text_of(__package__, "words").replace("{column}", column)
    cursor.execute(f"CREATE OR REPLACE TEMP TABLE worded AS {worded}", given)
    cursor.execute(
        "CREATE OR REPLACE TEMP TABLE known AS SELECT word, row_number() OVER (ORDER BY word) - 1 AS no "
        "FROM (SELECT DISTINCT word FROM worded)"
    )
    listed = cursor.execute("SELECT word FROM known ORDER BY no").to_arrow_table()["word"].combine_chunks()
    text = _lines(listed)
    (aside / f"{column}.txt").write_bytes(text)
    at = np.flatnonzero(np.frombuffer(text, np.uint8) == ord("\n")) + 1
    np.save(aside / f"{column}_at.npy", np.concatenate([[0], at]).astype(np.int64))
    found = cursor.execute(
        "SELECT no::UINTEGER AS no, place::UINTEGER AS place FROM worded JOIN known USING (word) "
        "ORDER BY no, place"
    ).fetchnumpy()
    np.save(aside / f"{column}_first.npy", _begins(np.asarray(found["no"]), len(listed)))
    np.save(aside / f"{column}_place.npy", np.asarray(found["place"], np.uint32))
    cursor.execute("DROP TABLE worded; DROP TABLE known")


def _lines(words: pa.Array) -> bytes:
    """One word a line."""
    whole = pa.LargeListArray.from_arrays([0, len(words)], words.cast(pa.string()))
    joined = pc.binary_join(whole, "\n")[0].as_buffer().to_pybytes()
    return joined + b"\n" if joined else b""


def _write_numbers(cursor: duckdb.DuckDBPyConnection, aside: Path, given: dict[str, Any], rows: int) -> None:
    """Each row's number (0: none), and for every four digits at each place of a number the rows that have
    them there."""
    found = cursor.execute(
        f"SELECT place::UINTEGER AS place, right(digits, {DIGITS})::UBIGINT AS number FROM (SELECT {_ROWS}, "
        f"regexp_replace(phone, '[^0-9]', '', 'g') AS digits {_FROM}) WHERE length(digits) >= {DIGITS} "
        "ORDER BY place",
        given,
    ).fetchnumpy()
    places, numbers = np.asarray(found["place"], np.uint32), np.asarray(found["number"], np.uint64)
    every = np.zeros(rows, np.uint64)
    every[places] = numbers
    np.save(aside / "phone_number.npy", every)
    for at in range(DIGITS - GRAM + 1):
        grams = (numbers // np.uint64(10 ** (DIGITS - GRAM - at)) % np.uint64(10**GRAM)).astype(np.uint16)
        np.save(aside / f"phone{at}_first.npy", _begins(grams, 10**GRAM))
        np.save(aside / f"phone{at}_place.npy", places[np.argsort(grams, kind="stable")])


def _write_ids(cursor: duckdb.DuckDBPyConnection, aside: Path, given: dict[str, Any]) -> None:
    """Ids in order without signs, with their places, and by any four of theirs; and ids as written."""
    plain = f"left(regexp_replace(upper(state_voter_id), '[^A-Z0-9]', '', 'g'), {ID_LONGEST})"
    cursor.execute(
        f"CREATE OR REPLACE TEMP TABLE ids AS SELECT row_number() OVER (ORDER BY plain, place) - 1 AS no, * "
        f"FROM (SELECT {_ROWS}, {plain} AS plain, state_voter_id AS own {_FROM})",
        given,
    )
    alike = cursor.execute("SELECT coalesce(bool_and(plain = own), true) FROM ids").fetchone()
    assert alike is not None
    for name, order in (("id", "plain, place"), *(() if alike[0] else (("own", "own"),))):
        column = "plain" if name == "id" else "own"
        found = cursor.execute(
            f"SELECT place::UINTEGER AS place, {column} AS id FROM ids ORDER BY {order}"
        ).to_arrow_table()
        fixed = _fixed(found["id"])
        np.save(aside / f"{name}.npy", fixed)
        if name == "id":
            grams.write(cursor, aside, fixed)
        np.save(aside / f"{name}_place.npy", found["place"].to_numpy())
    cursor.execute("DROP TABLE ids")


def _fixed(texts: pa.ChunkedArray) -> Array:
    """An Arrow column of texts as NumPy's, of one length, in its order."""
    whole = pa.concat_arrays(texts.chunks) if texts.num_chunks else pa.array([], pa.string())
    longest = pc.max(pc.binary_length(whole)).as_py() or 1
    padded = pc.ascii_rpad(whole, longest, "\0")
    raw = np.frombuffer(padded.buffers()[2], np.uint8)[: len(whole) * longest]
    return np.ascontiguousarray(raw).view(f"S{longest}")


def _begins(of: Array, count: int) -> Array:
    """Where each number's rows begin in a sorted column; one more at the end."""
    return np.concatenate([[0], np.cumsum(np.bincount(of, minlength=count))]).astype(np.int64)
