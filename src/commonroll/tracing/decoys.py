"""Invented voters, by whom a copy without scores is traced: made from the owner's own distributions.

A decoy shadows a voter of the roll: districts, status, party, history and ballots are that voter's, and
change as they change. Name, day of birth and home are drawn from others and fit nobody; the id follows the
state's pattern and is nobody's. They live together as voters do (`homes`). Which recipient's copy has one
follows from the mark key (`code.bit`). Only rows without phone and e-mail, with no mail elsewhere than at
home, are shadowed: nobody is called or written to by mistake. A few have what the owner put on them
(`reach`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.schema import BALLOTS, DISTRICTS, HISTORY, SCORES, TABLES, VOTERS
from commonroll.roll.sql_files import text_of
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.tracing import homes, reach
from commonroll.tracing.keys import MarkKey
from commonroll.tracing.marks import DECOY, biases, prepared
from commonroll.transparency.merkle import leaf_hash, root
from commonroll.views.pseudonyms import keyed

SHADOWED = (HISTORY.name, DISTRICTS.name, BALLOTS.name, SCORES.name)
"""Tables whose rows a decoy has of the voter that it shadows."""

MOST_SHARE = 0.02
"""Decoys by rows of the roll at most: more would move counts that recipients see."""

_OTHERS = 40
"""Drawn besides, since some names, houses and ids turn out to be somebody's."""


@dataclass(frozen=True)
class Register:
    """The decoys of an owner: the file, how many, what a log commits to (hexadecimal)."""

    path: Path
    count: int
    commitment: str


def make(
    voters: Sequence[str], number: int, key: MarkKey, to: Path, *, today: date, hidden: pa.Table | None = None
) -> Register:
    """Invent `number` voters for a roll and write the register to `to`.

    `voters`: the roll's files; `hidden`: state_voter_id of voters whom no read shows. Register: decoy_id as
    state_voter_id, shadow_id, names, birth, house, ZIP code, bias, key, salt. Raises Refusal where the roll
    has too few rows to invent so many.
    """
    with closing(engine()) as con:
        prepared(con)
        con.execute(f"CREATE OR REPLACE TEMP VIEW roll AS SELECT * FROM read_parquet({_listed(voters)})")
        nobody = pa.schema([("state_voter_id", pa.string())]).empty_table()
        con.register("hidden_rows", nobody if hidden is None else hidden)
        rows = int(con.execute("SELECT count(*) FROM roll").fetchall()[0][0])
        if number > rows * MOST_SHARE:
            raise Refusal(
                f"A roll of {rows:,} rows hides {int(rows * MOST_SHARE):,} invented voters at most.",
                where=f"{number:,} decoys",
                next_step="Choose a smaller number.",
            )
        found = _drawn(con, number, key, today)
    if found.num_rows < number:
        raise Refusal(
            f"Only {found.num_rows:,} invented voters fit the roll without being somebody.",
            where=f"{number:,} decoys",
            next_step="Choose a smaller number.",
        )
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    reach.seal(found, to)
    return Register(to, found.num_rows, committed(found))


def _drawn(con: duckdb.DuckDBPyConnection, number: int, key: MarkKey, today: date) -> pa.Table:
    inner, outer = keyed(key.secret)
    given = {
        "inner": inner, "outer": outer, "number": number, "drawn": number * 3 + _OTHERS,
        "youngest": today.year - 19, "related": homes.planned(con),
    }  # fmt: skip
    found = con.execute(text_of(__package__, "decoys_drawn"), given).to_arrow_table()
    bias = pa.array(biases(found["drawn"].to_numpy()), pa.uint32())
    named = pa.array([key.name] * found.num_rows, pa.string())
    return found.drop_columns("drawn").append_column("bias", bias).append_column("key", named)


def read(register: Path) -> pa.Table:
    """The register in a file, sealed or not: what `make` describes, a row for each decoy."""
    return _rows(register, register.stat().st_mtime_ns)


@lru_cache(maxsize=16)
def _rows(register: Path, _: int) -> pa.Table:
    return reach.opened(register)


def committed(register: pa.Table) -> str:
    """The Merkle root (RFC 6962) over the register's salted rows, hexadecimal."""
    names = [name for name in register.column_names if name != "salt"]
    rows = register.sort_by("state_voter_id").to_pylist()
    leaves = ["\x1f".join([row["salt"], *(str(row[name]) for name in names)]).encode() for row in rows]
    return str(root([leaf_hash(leaf) for leaf in leaves]).hex())


def given_to(
    register: Path, key: MarkKey, recipient: str, tables: Mapping[str, Sequence[str]], folder: Path
) -> Mapping[str, tuple[str, ...]]:
    """Write the decoys of a recipient's copy below `folder`, as rows of each table; table -> files.

    `tables`: table -> the owner's own files (voters, those of SHADOWED). Where the folder is there already
    its files are given.
    """
    made = {name: folder / f"{name}.parquet" for name in (VOTERS.name, *SHADOWED) if tables.get(name)}
    if not all(path.exists() for path in made.values()):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with closing(engine()) as con:
            prepared(con)
            _present(con, register, key, recipient)
            reach.reached(con, reach.standing(register))
            for name, path in made.items():
                _written(con, name, tables[name], path)
    return {name: (str(path),) for name, path in made.items()}


def _present(con: duckdb.DuckDBPyConnection, register: Path, key: MarkKey, recipient: str) -> None:
    inner, outer = keyed(key.secret)
    given = {
        "inner": inner,
        "outer": outer,
        "recipient": recipient,
        "layer": DECOY,
    }
    con.register("register_rows", read(register))
    con.execute(text_of(__package__, "decoys_present"), given)


def _written(con: duckdb.DuckDBPyConnection, name: str, files: Sequence[str], to: Path) -> None:
    """A table's rows of those that are shadowed, under the decoys' ids."""
    query = text_of(__package__, "decoys_voters" if name == VOTERS.name else "decoys_shadow")
    columns = ", ".join(f'"{column}"' for column in TABLES[name].names)
    made = query.replace(":files", _listed(files)).replace(":columns", columns)
    _put(con.execute(made).to_arrow_table().cast(arrow_schema(TABLES[name])), to)


def _put(table: pa.Table, to: Path) -> None:
    aside = to.with_name(f".{to.name}.part")
    pq.write_table(table, aside, compression="zstd")
    aside.chmod(0o600)
    aside.replace(to)


def _listed(files: Sequence[str]) -> str:
    return "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in files) + "]"


SURVIVES = (
    (
        15_000,
        "Three leakers together are named even where they strip every score and keep a fifth of the rows.",
    ),
    (5_000, "Three leakers of whole copies without scores are named, or two who keep a fifth of the rows."),
    (2_000, "Two leakers of whole copies without scores are named, or one who keeps a fifth of the rows."),
    (500, "One leaker of a whole copy without scores is named."),
    (200, "One leaker of a whole copy without scores is named in most cases."),
)
"""Least number of decoys, and what so many can do where a leak has no scores, as measured."""


def survives(number: int) -> str:
    """What a number of decoys can do where a leak has no scores, in words; more decoys survive more."""
    few = "Too few to name anybody by them alone."
    return next((says for least, says in SURVIVES if number >= least), few)
