"""A roll of invented people, and lists about some of them, in the columns that lists have."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.identity.lists import matching
from commonroll.identity.lists.look import look
from commonroll.identity.lists.people import make_people
from commonroll.identity.lists.report import MatchReport, report
from commonroll.roll.engine import engine

FIRST = tuple(
    """
    ANN BO CAL DEE EVE FAY GUS HAL IDA JAN KAY LEO MAX NED OPAL PAM RAY SAM TESS URI VERA WADE XENA YURI ZOE
    ROBERT MARGARET LUCIA OMAR PRIYA
    """.split()  # noqa: SIM905 reads as a list of names
)
LAST = tuple(
    """
    ABBOT BAKER CLARKE DIAZ ESTRADA FOLEY GRANT HUGHES IRVING JONES KELLER LOPEZ MOODY NASH OWENS PRATT QUINN
    REYES STONE TRAN UPTON VEGA WOLFE XIONG YATES ZIMMER NUNEZ OKAFOR PATEL ROSSI
    """.split()  # noqa: SIM905 reads as a list of names
)
STREETS = ("MAIN ST", "ELM ST", "OAK AVE", "LAKE RD", "HILL DR", "PARK LN")
DATED = date(2026, 10, 1)
WANTED = (
    "member", "state", "state_voter_id", "status", "first_name", "middle_name", "last_name", "name_suffix",
    "birth_date", "birth_year", "age", "sex", "registered_on", "residence_line1", "residence_unit",
    "residence_city", "residence_state", "residence_zip5", "phone", "email", "county_fips", "county_name",
    "confidential",
)  # fmt: skip
TYPES: Mapping[str, pa.DataType] = {
    "birth_date": pa.date32(), "registered_on": pa.date32(), "birth_year": pa.int16(), "age": pa.int16(),
    "confidential": pa.bool_(),
}  # fmt: skip


def crowd(count: int = 900) -> list[dict[str, Any]]:
    """So many voters of Ohio: every first name with every last name, each in another home."""
    made = []
    for number in range(count):
        first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)]
        born = date(1940, 3, 7) + timedelta(days=number * 23 % 22_000)
        made.append(
            voter(
                f"OH{number:06}", first, last, born=born, middle="ABCDEFGHJKLM"[number % 12],
                line=f"{100 + number} {STREETS[number % 6]}", zip=f"43{600 + number % 40}",
                county=("LUCAS", "WOOD", "FULTON")[number % 3],
            )
        )  # fmt: skip
    return made


def voter(
    id: str, first: str, last: str, *, born: date | int | None = None, middle: str | None = None,
    line: str = "", zip: str = "43604", county: str = "LUCAS", suffix: str | None = None, **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """One voter; the birth as a date, a year alone or not at all."""
    made = dict.fromkeys(WANTED) | {
        "member": "oh", "state": "OH", "state_voter_id": id, "status": "active", "first_name": first,
        "middle_name": middle, "last_name": last, "name_suffix": suffix,
        "birth_date": born if isinstance(born, date) else None,
        "birth_year": born.year if isinstance(born, date) else born,
        "residence_line1": line or None, "residence_city": "TOLEDO",
        "residence_state": "OH", "residence_zip5": zip, "county_fips": "39095", "county_name": county,
        "confidential": False,
    }  # fmt: skip
    return made | more


def written(voters: Iterable[Mapping[str, Any]], path: Path) -> Path:
    """The voters as a Parquet file."""
    schema = pa.schema([(name, TYPES.get(name, pa.string())) for name in WANTED])
    pq.write_table(pa.Table.from_pylist(list(voters), schema=schema), path)
    return path


def listed(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Path:
    """The rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def matched(
    roll: Path, file: Path, work: Path, *, hidden: Sequence[str] = (), given: Mapping[str, str] | None = None
) -> tuple[MatchReport, dict[int, dict[str, Any]]]:
    """The report of a list matched to the roll, and what became of each line."""
    work.mkdir(exist_ok=True)
    found = look(file, work, voters=[str(roll)], given=given or {})
    ids = pa.table({"state_voter_id": pa.array(hidden, pa.string())})
    to = matching.Roll("oh", "OH", [str(roll)], DATED, ids)
    with closing(engine()) as con:
        people = make_people(
            con,
            found.listed.path,
            found.columns,
            dated_on=DATED,
            home_state="OH",
            last_first=found.last_first,
        )
        people.check_somebody()
        made = matching.match(con, to, import_id="one", dated_on=DATED, work=work)
        told = report(con, found.listed, found.columns, people, made, snapshot=1, dated_on=DATED)
    return told, {row["line"]: row for row in pq.read_table(made.path).to_pylist()}
