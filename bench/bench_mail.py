"""What a mail file and an audience file of 100,000 people cost, from planning to the file and its keys.

Bar: 5 s for the mail file. People of an invented roll, two or three to an address, each with a number and an
e-mail; half have a post office box as mailing address. Measured through the governed view; a site adds
receipts. CPU seconds; the first file of a process, tables of words and all.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
from bench_view import _print

from commonroll.agreements.grant import Grant
from commonroll.roll.engine import configure, engine, ibis_engine
from commonroll.roll.schema import COLUMNS, GRANTABLE, ROLL_TABLES, VOTERS
from commonroll.roll.vault.suppression import SCHEMA
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views import audience, mail_file
from commonroll.views.view import Owned, Plan, Question, plan

PEOPLE = 100_000
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TYPES = {"string": "VARCHAR", "int16": "SMALLINT", "int64": "BIGINT", "bool": "BOOLEAN"}
GIVEN = {
    "member": "'oh'", "state": "'OH'", "state_voter_id": "printf('OH%09d', n)", "status": "'active'",
    "first_name": "list_extract(['ANA', 'LUIS', 'MARY-JO', 'KOFI', 'EVE', 'SAM'], (hash(n) % 6)::INT + 1)",
    "last_name": "printf('FAMILY%d', home // 2)", "birth_date": "DATE '1980-05-17'", "birth_year": "1980",
    "residence_line1": "printf('%d %s ST', home % 900 + 1, "
    "list_extract(['ELM', 'OAK', 'N MAIN', '5TH'], home % 4 + 1))",
    "residence_city": "'LIMA'", "residence_state": "'OH'", "residence_zip5": "printf('4%04d', home % 700)",
    "mail_line1": "if(home % 2 = 0, printf('PO BOX %d', home), NULL)", "mail_city": "'LIMA'",
    "mail_state": "'OH'", "mail_zip": "printf('4%04d', home % 700)",
    "phone": "printf('+1614%07d', n)", "email": "printf('voter%d@example.org', n)", "confidential": "false",
    "shown_from": "DATE '2000-01-01'", "listed_from": "DATE '2000-01-01'", "source_file": "'invented'",
    "source_line": "n",
}  # fmt: skip


def roll(path: Path) -> None:
    columns = ", ".join(
        f"({GIVEN.get(name, 'NULL')})::{TYPES.get(VOTERS[name].type, VOTERS[name].type)} AS {name}"
        for name in VOTERS.names
    )
    with engine() as con:
        con.execute(
            f"COPY (SELECT {columns} FROM (SELECT range AS n, range * 2 // 5 AS home FROM range({PEOPLE}))) "
            f"TO '{path}' (FORMAT parquet)"
        ).fetchall()


def owner(path: Path) -> Owned:
    grant = Grant(
        agreement="urn:uuid:00000000-0000-4000-8000-000000000001", terms_hash="sha256:x", number=1,
        owner="oh", recipient="national", purposes=frozenset(["ads", "gotv", "mail"]),
        modes=frozenset(["count", "export"]), columns=dict.fromkeys(GRANTABLE, "plain"), scope={},
        start=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1, tzinfo=UTC),
        rows_per_export=None, exports_per_day=None, contact=(), duties=(), law=(),
    )  # fmt: skip
    published = frozenset(name for name, column in COLUMNS.items() if column.table in ROLL_TABLES)
    tables = OwnerTables(
        "oh", "OH", 1, {"voters": (str(path),)}, published, "flagged", True,
        pa.Table.from_pylist([], schema=SCHEMA),
    )  # fmt: skip
    return Owned(tables, grant, date(2028, 11, 7))


def planned(held: Owned, purpose: str, columns: tuple[str, ...], optional: tuple[str, ...]) -> Plan:
    asked = Question(
        "national", purpose, "export", columns=columns, optional=frozenset(optional), cause="gotv"
    )
    return plan(
        ibis_engine(), asked, [held], denied={}, names={}, now=NOW, keyed=True, person_key=b"a key",
        pseudonyms={"oh": b"a key"},
    )  # fmt: skip


def main() -> int:
    configure(memory="2GB", threads=2)
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        roll(folder / "voters.parquet")
        held = owner(folder / "voters.parquet")
        began = time.process_time()
        asked = planned(held, "mail", mail_file.COLUMNS, mail_file.OPTIONAL)
        _, came_to = mail_file.write(
            asked, folder / "mail.csv", "csv", lambda: None, None, folder / "keys.parquet", "ABC"
        )
        took = time.process_time() - began
        said = f"mail file: {PEOPLE:,} people, {came_to.pieces:,} pieces"
        _print(said, took, None, "<= 5 s", took <= 5)
        began = time.process_time()
        asked = planned(held, "ads", audience.COLUMNS, audience.COLUMNS)
        _, hashed = audience.write(
            asked, folder / "ads.csv", "csv", lambda: None, None, folder / "ads.parquet"
        )
        took = time.process_time() - began
        _print(f"audience file: {hashed.pieces:,} lines", took, None, "<= 5 s", took <= 5)
    return 0


if __name__ == "__main__":
    sys.exit(main())
