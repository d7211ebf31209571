"""Mail that came back: a sheet of return codes becomes facts about the addresses that pieces went to.

A code says which piece it was; whose it was stands on this machine alone (`views.mail_file`). Lines that do
not count are counted by reason: a wrong character, a code that is nobody's or came before, no known reason.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
from duckdb import DuckDBPyConnection

from commonroll.errors import Refusal
from commonroll.insight.answers import MALFORMED, Refused, Sheet, bytes_of, lines_of
from commonroll.insight.came_back import WITHDRAWN
from commonroll.roll.engine import engine
from commonroll.roll.schema import FOUND_OUT, OPTOUTS, RESPONSES
from commonroll.roll.sql_files import text_of
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.views import return_codes

REASONS = ("moved", "no_such_address", "deceased", "refused", "forwarded")
"""Why a piece came back. `forwarded` brings the new address; the others say that mail does not arrive."""

NEEDED, OPTIONAL = ("code", "reason", "date"), ("new_address",)

_sql = partial(text_of, __package__)


@dataclass(frozen=True)
class Mailed:
    """A mail file of one's own: whose pieces they are (a file), and the day on which it was made."""

    keys: Path
    on: date


def read_returned(
    path: Path, *, gathered_by: str, batch: str, mailed: Sequence[Mailed], before: Sequence[Path],
    back: Path, loaded_at: datetime,
) -> Sheet:  # fmt: skip
    """Read a CSV with the columns code, reason, date and perhaps new_address.

    `before`: files of codes that came back already; those that count now are written to `back`. Event ids
    begin with `batch`. Raises Refusal for another header, an empty file, or one that is no UTF-8 text.
    """
    data = bytes_of(path, NEEDED)
    header = _header(data, path.name)
    sheet, malformed = lines_of(data, header)
    if OPTIONAL[0] not in header:
        sheet = sheet.append_column(OPTIONAL[0], pa.nulls(sheet.num_rows, pa.string()))
    with closing(engine()) as con:
        return_codes.prepare(con)
        con.register("sheet", sheet)
        _known(con, mailed, before)
        given = {"form": return_codes.FORM.pattern, "reasons": list(REASONS), "today": loaded_at.date()}
        con.execute(f"CREATE TEMP TABLE came AS {_sql('returned_mail')}", given)
        facts = {
            "batch": batch, "gathered_by": gathered_by, "file": path.name[:200],
            "loaded_at": loaded_at.replace(tzinfo=None),
        }  # fmt: skip
        found = con.execute(_sql("returned_facts"), facts).to_arrow_table()
        again = "SELECT refused, count(*) FROM came WHERE refused IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
        refused = [Refused(why, many) for why, many in con.execute(again).fetchall()]
        con.execute(
            "COPY (SELECT code FROM came WHERE refused IS NULL ORDER BY code) "
            "TO $back (FORMAT parquet, COMPRESSION zstd)",
            {"back": str(back)},
        ).fetchall()
        back.chmod(0o600)
    responses, optouts = (arrow_schema(table).empty_table() for table in (RESPONSES, OPTOUTS))
    torn = [Refused(MALFORMED, malformed)] if malformed else []
    return Sheet(hashlib.sha256(data).hexdigest(), responses, optouts, found, (*torn, *refused))


def taken_back(files: Sequence[str], *, gathered_by: str, batch: str, loaded_at: datetime) -> pa.Table:
    """Rows of found_out that take back those of a sheet, as `files` of that table have them."""
    if not files:
        return arrow_schema(FOUND_OUT).empty_table()
    with closing(engine()) as con:
        given = {
            "files": list(files), "gathered_by": gathered_by, "batch": batch, "today": loaded_at.date(),
            "withdrawn": WITHDRAWN, "loaded_at": loaded_at.replace(tzinfo=None),
        }  # fmt: skip
        return con.execute(_sql("withdrawn"), given).to_arrow_table()


def _known(con: DuckDBPyConnection, mailed: Sequence[Mailed], before: Sequence[Path]) -> None:
    con.execute(
        "CREATE TEMP TABLE kept (code VARCHAR, owner VARCHAR, state_voter_id VARCHAR, mailed_on DATE)"
    )
    for one in mailed:
        con.execute(
            "INSERT INTO kept SELECT code, owner, state_voter_id, $on::DATE FROM read_parquet($keys) "
            "WHERE code IN (SELECT commonroll_code(code) FROM sheet)",
            {"keys": str(one.keys), "on": one.on},
        )
    con.execute(
        "CREATE TEMP TABLE known AS "
        "SELECT code, any_value(mailed_on) AS mailed_on, count(*) AS persons FROM kept GROUP BY code"
    )
    con.execute("CREATE TEMP TABLE before (code VARCHAR)")
    if before:
        con.execute(
            "INSERT INTO before SELECT DISTINCT code FROM read_parquet($paths)",
            {"paths": [str(path) for path in before]},
        )


def _header(data: bytes, name: str) -> list[str]:
    first = next(csv.reader([data.decode("utf-8-sig").splitlines()[0]]))
    given = [cell.strip().lower().replace(" ", "_") for cell in first]
    given = ["code" if cell == "return_code" else cell for cell in given]
    known = {*NEEDED, *OPTIONAL}
    if set(NEEDED) - set(given) or set(given) - known or len(given) != len(set(given)):
        raise Refusal(
            "the header is not that of a sheet of returned mail",
            where=f"{name}, line 1",
            next_step=f"name these columns: {', '.join(NEEDED)}, and {OPTIONAL[0]} where there are any",
        )
    return given
