"""A leaked file read and matched: whatever its shape, names of columns, order, and form of ids.

A row is known by the state's id, by a pseudonym, or by who it says the person is. The connection gets the
tables `leaked` (line and the file's columns as texts), `known` (the roll and the decoys) and `traced` (line,
state_voter_id, decoy, way); rows of nobody known here are set aside.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.identity.lists import file, matching
from commonroll.identity.lists.columns import ListColumn, recognise
from commonroll.identity.lists.headers import known_words
from commonroll.identity.lists.name_use import name_use
from commonroll.identity.lists.people import make_people
from commonroll.identity.lists.profile import profiles
from commonroll.roll.sql_files import text_of
from commonroll.tracing import decoys as invented
from commonroll.tracing.held import Held
from commonroll.views.pseudonyms import hmac_macro, keyed

BELIEVED = 0.2
"""Least share of a column's texts that are ids known here, for it to be a column of ids."""
LINKED_AT_MOST = 20_000
"""Rows that are compared with the whole roll by score; more are matched by what is equal alone."""

_NEEDED = (
    "state_voter_id", "first_name", "last_name", "birth_date", "birth_year", "residence_line1",
    "residence_zip5",
)  # fmt: skip


@dataclass(frozen=True)
class Leak:
    """What was read: rows, columns, and how many rows were matched in which way (id, pseudonym, person,
    alike)."""

    sha256: str
    rows: int
    columns: tuple[str, ...]
    ways: Mapping[str, int] = field(default_factory=dict)
    id_columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def matched(self) -> int:
        return sum(self.ways.values())


def read(con: duckdb.DuckDBPyConnection, path: Path, work: Path, held: Held) -> Leak:
    """Read the file at `path` and match its rows; raises Refusal for what is no table of rows at all."""
    listed = file.read(path, work, known_words=known_words())
    columns = _recognised(con, listed, held)
    con.execute("CREATE OR REPLACE TEMP TABLE leaked AS SELECT * FROM read_parquet($1)", [str(listed.path)])
    _know(con, held)
    con.execute(text_of(__package__, "matched_none"))
    names = _people(con, listed, columns, held)
    ids = _by_id(con, listed.columns, names)
    ids += _by_pseudonym(con, listed.columns, held)
    if names:
        con.execute(text_of(__package__, "matched_person"))
        _alike(con, work, held)
    found = con.execute("SELECT way, count(*) FROM traced GROUP BY way ORDER BY way").fetchall()
    return Leak(listed.file_hash, listed.rows, listed.columns, dict(found), tuple(ids), listed.notes)


def _recognised(con: duckdb.DuckDBPyConnection, listed: file.ListFile, held: Held) -> tuple[ListColumn, ...]:
    """What the columns hold; nothing where none of them says who somebody is."""
    with suppress(Refusal):
        found = profiles(con, listed.path, listed.columns)
        return recognise(listed.columns, found, given={}, use=name_use(con, held.voters))
    return ()


def _know(con: duckdb.DuckDBPyConnection, held: Held) -> None:
    """The table `known`: who is on the roll, and who was invented."""
    wanted = ", ".join(_NEEDED)
    decoys = f"UNION ALL BY NAME SELECT {wanted}, true AS decoy FROM register_rows" if held.decoys else ""
    if held.decoys:
        con.register("register_rows", invented.read(held.decoys))
    given: dict[str, object] = {"voters": list(held.voters)}
    con.execute(
        "CREATE OR REPLACE TEMP TABLE known AS "
        f"SELECT {wanted}, false AS decoy FROM read_parquet($voters) {decoys}",
        given,
    )
    for macro in ("trace_macros",):
        con.execute(text_of(__package__, macro))


def _people(
    con: duckdb.DuckDBPyConnection, listed: file.ListFile, columns: tuple[ListColumn, ...], held: Held
) -> bool:
    """Make the table `people`; whether any row of it says who somebody is."""
    if not columns:
        return False
    made = make_people(
        con, listed.path, columns, dated_on=held.as_of, home_state=held.state, last_first=False
    )
    return made.nobody < made.rows


def _by_id(con: duckdb.DuckDBPyConnection, columns: tuple[str, ...], names: bool) -> list[str]:
    """Match by the column whose texts are most often ids known here, where names do not speak against it."""
    shares = {column: _share(con, column) for column in columns}
    best = max(shares, key=lambda one: shares[one], default="")
    if not best or shares[best] < BELIEVED:
        return []
    made = text_of(__package__, "matched_id").replace(":column", _quoted(best))
    con.execute(made)
    if names and _contradicted(con):
        con.execute("DELETE FROM traced")
        return []
    return [best]


def _share(con: duckdb.DuckDBPyConnection, column: str) -> float:
    made = text_of(__package__, "id_share").replace(":column", _quoted(column))
    return float((con.execute(made).fetchone() or (0,))[0] or 0)


def _contradicted(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether most ids are of somebody with another name: ids of another roll, or changed ones."""
    agree, both = con.execute(text_of(__package__, "id_names")).fetchall()[0]
    return bool(both >= matching.CHECKED and agree < matching.BELIEVED * both)


def _by_pseudonym(con: duckdb.DuckDBPyConnection, columns: tuple[str, ...], held: Held) -> list[str]:
    """Match by columns that look like pseudonyms, under each agreement's key."""
    found = []
    for column in columns:
        quoted = _quoted(column)
        looks = con.execute(
            f"SELECT avg(regexp_full_match({quoted}, '[0-9a-fA-F]{{32}}')::INT) FROM leaked"
        ).fetchone()
        if not looks or (looks[0] or 0) < BELIEVED:
            continue
        con.execute(hmac_macro())
        for key in held.pseudonyms.values():
            inner, outer = keyed(key)
            made = text_of(__package__, "matched_pseudonym").replace(":column", quoted)
            con.execute(made, {"inner": inner, "outer": outer})
        found.append(column)
    return found


def _alike(con: duckdb.DuckDBPyConnection, work: Path, held: Held) -> None:
    """Match what is left by score, as lists of people are (`identity`), where it is not too much."""
    con.execute(
        "DELETE FROM people WHERE line IN (SELECT line FROM traced) OR last_name IS NULL "
        "OR first_name IS NULL"
    )
    left = int(con.execute("SELECT count(*) FROM people").fetchall()[0][0])
    if not 0 < left <= LINKED_AT_MOST:
        return
    roll = matching.Roll(held.member, held.state, [*held.voters, *_decoys(con, work, held)], held.as_of)
    told = matching.match(con, roll, import_id="trace", dated_on=held.as_of, work=work)
    con.execute(text_of(__package__, "matched_alike"), {"path": str(told.path)})


def _decoys(con: duckdb.DuckDBPyConnection, work: Path, held: Held) -> list[str]:
    """The register as a file of voters, which rows of a leak are compared with as with the roll's."""
    if held.decoys is None:
        return []
    to = work / "decoys.parquet"
    con.register("register_rows", invented.read(held.decoys))
    given: dict[str, object] = {"voters": list(held.voters)}
    given |= {"member": held.member, "state": held.state}
    pq.write_table(con.execute(text_of(__package__, "decoys_known"), given).to_arrow_table(), to)
    return [str(to)]


def numbers(con: duckdb.DuckDBPyConnection, leak: Leak) -> list[str]:
    """Columns of the file that hold numbers from 0 to 100, or shares from 0 to 1."""
    found = []
    for column in leak.columns:
        if column in leak.id_columns:
            continue
        made = text_of(__package__, "number_share").replace(":column", _quoted(column))
        share, different = con.execute(made).fetchall()[0]
        if (share or 0) >= 0.8 and different > 5:
            found.append(column)
    return found


def values(con: duckdb.DuckDBPyConnection, column: str) -> None:
    """The table `said`: state_voter_id and the numbers of a column for matched rows that are no decoys."""
    con.execute(text_of(__package__, "said").replace(":column", _quoted(column)))


def decoys_found(con: duckdb.DuckDBPyConnection) -> pa.Array:
    """Ids of the decoys that stand in the file, each once."""
    rows = con.execute("SELECT DISTINCT state_voter_id FROM traced WHERE decoy ORDER BY 1")
    return rows.to_arrow_table()["state_voter_id"].combine_chunks()


def _quoted(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
