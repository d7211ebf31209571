"""A mail file: one piece for each household of a governed question, with a code that comes back.

The rows are those of a question for `mail`, so who stopped mail, whose agreement or law gives nothing, and
whose household's contacts are used up are not among them. Carrier routes and delivery points stand in no roll
and so in no file: whoever presorts finds them from the address.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from importlib.resources import files as resources
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from commonroll.roll.engine import engine
from commonroll.roll.places.address import prepare
from commonroll.roll.places.address_key import with_key
from commonroll.views import return_codes
from commonroll.views.export import ExportFile, Format, check_most, discarded_on_error, sha256_of, writer
from commonroll.views.lent import Record
from commonroll.views.question import IDS
from commonroll.views.relation import KEY
from commonroll.views.view import Plan

NEEDED = ("first_name", "last_name")
OPTIONAL = (
    "name_suffix", "residence_line1", "residence_unit", "residence_city", "residence_state", "residence_zip5",
    "residence_zip4", "mail_line1", "mail_line2", "mail_line3", "mail_city", "mail_state", "mail_zip",
    "mail_country",
)  # fmt: skip
"""Columns that are empty where an owner does not give or publish them."""

COLUMNS = (*NEEDED, *OPTIONAL)

FILE_COLUMNS = (
    "return_code", "salutation", "people", "address1", "address2", "address3", "city", "state", "zip5",
    "zip4", "country",
)  # fmt: skip

_ROWS = 50_000


@dataclass(frozen=True)
class Pieces:
    """What a mail file comes to: pieces (households), persons behind them by owner, and who is not in it."""

    pieces: int
    persons: Mapping[str, int]
    no_address: int
    twice: int

    @property
    def left_out(self) -> Mapping[str, int]:
        """Persons without an address, and names that stand twice at one address, by reason."""
        return {"no address": self.no_address, "twice at one address": self.twice}


def preview(plan: Plan) -> Pieces:
    """What a plan would come to; nothing is written."""
    with closing(engine()) as con:
        _make(plan, con, lambda: None)
        return _counted(plan, con)


def write(
    plan: Plan,
    path: Path,
    fmt: Format,
    still: Callable[[], None],
    record: Record | None,
    keys: Path,
    file: str,
) -> tuple[ExportFile, Pieces]:
    """Write the pieces of a keyed plan to `path`, and whose they are to `keys` (code, row_no, owner,
    state_voter_id; kept on this machine, sorted by code). `file`: the first characters of its codes.

    Raises Refusal where an owner's agreement allows fewer rows in one export; then neither file is left.
    """
    if plan.question.mode != "export" or plan.question.purpose != "mail":
        raise ValueError("the plan is for no mail file")
    with closing(engine()) as con, discarded_on_error(path), discarded_on_error(keys):
        _make(plan, con, still)
        pieces = _counted(plan, con)
        for owner, rows in pieces.persons.items():
            check_most(plan.used[owner], rows)
        return_codes.draw(con, file)
        still()
        _put(con, path, fmt)
        _note(plan, con, record)
        keep(con, _sql("mail_kept"), keys)
        still()
        rows = sum(pieces.persons.values())
        return ExportFile(path, sha256_of(path), rows, pieces.persons, FILE_COLUMNS), pieces


def _make(plan: Plan, con: DuckDBPyConnection, still: Callable[[], None]) -> None:
    """Tables in the engine: `persons`, those of them with an address as `at_home`, and `pieces`."""
    taken(plan, con, still)
    prepare(con)
    con.execute(_sql("mail_names"))
    con.execute(f"CREATE TEMP TABLE addressed AS {_sql('mail_addressed')}")
    con.execute(f"CREATE TEMP TABLE keyed AS {with_key('addressed')}")
    con.execute(f"CREATE TEMP TABLE at_home AS {_sql('mail_at_home')}")
    con.execute(f"CREATE TEMP TABLE pieces AS {_sql('mail_pieces')}")


def taken(plan: Plan, con: DuckDBPyConnection, still: Callable[[], None]) -> None:
    """The rows of a keyed plan as the table `persons`, and `owners` (owner_no, owner, state)."""
    # batch by batch in this thread: the engine pulls a stream in another, and `still` asks the database
    with plan.con.to_pyarrow_batches(plan.expression, chunk_size=_ROWS) as batches:
        names = batches.schema.names
        con.register("batch", batches.schema.empty_table())
        con.execute("CREATE TEMP TABLE persons AS SELECT * FROM batch")
        for batch in batches:
            still()
            con.register("batch", pa.Table.from_batches([batch]))
            con.execute("INSERT INTO persons SELECT * FROM batch")
        con.unregister("batch")
    if KEY not in names:
        raise ValueError("the plan's rows carry no key")
    numbers = pa.array(range(1, len(plan.owners) + 1), pa.int16())
    named = [pa.array(texts, pa.string()) for texts in (plan.owners, plan.states)]
    con.register("owners", pa.table([numbers, *named], names=["owner_no", "owner", "state"]))


def _counted(plan: Plan, con: DuckDBPyConnection) -> Pieces:
    by_owner = dict(con.execute("SELECT owner_no, count(*) FROM at_home GROUP BY owner_no").fetchall())
    ((persons, addressed, pieces, people, unnamed),) = con.execute(_sql("mail_counted")).fetchall()
    found = {owner: by_owner.get(number, 0) for number, owner in enumerate(plan.owners, 1)}
    return Pieces(pieces, found, persons - addressed, addressed - unnamed - people)


def _put(con: DuckDBPyConnection, path: Path, fmt: Format) -> None:
    found = con.execute(_sql("mail_written")).to_arrow_reader(_ROWS)
    with writer(path, fmt, found.schema) as put:
        for batch in found:
            put(pa.Table.from_batches([batch]))


def _note(plan: Plan, con: DuckDBPyConnection, record: Record | None) -> None:
    """Each person of a piece under the row that the piece has in the file."""
    if record is not None:
        carried = [name for name in IDS if name in con.table("persons").columns]
        query = _sql("mail_noted").replace(":ids", ", ".join(f"persons.{name}" for name in carried))
        for batch in con.execute(query).to_arrow_reader(_ROWS):
            record.add(plan.owners, pa.Table.from_batches([batch]), 1)


def keep(con: DuckDBPyConnection, query: str, path: Path) -> None:
    """The rows of a query that only this machine keeps, as Parquet at `path`."""
    path.parent.mkdir(exist_ok=True, mode=0o700)
    found = con.execute(query).to_arrow_reader(_ROWS)
    with pq.ParquetWriter(path, found.schema, compression="zstd") as out:
        path.chmod(0o600)
        for batch in found:
            out.write_batch(batch)


@cache
def _sql(name: str) -> str:
    return (resources(__package__) / f"{name}.sql").read_text(encoding="utf-8")
