"""Rows of a roll or a list, one line each: `ID | FIRST MIDDLE LAST SUFFIX | birth | sex | line, zip state`.

`-` is nothing known; a birth is a day, a year, or `40 years`. Phone and e-mail may follow.
"""

from __future__ import annotations

from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from commonroll.identity import link, models, records
from commonroll.identity.model import Model
from commonroll.roll.engine import ibis_engine

AS_OF = date(2026, 11, 1)
COLUMNS = {
    "state_voter_id": pa.string(), "first_name": pa.string(), "middle_name": pa.string(),
    "last_name": pa.string(), "name_suffix": pa.string(), "birth_date": pa.date32(), "birth_year": pa.int16(),
    "age": pa.int16(), "sex": pa.string(), "residence_line1": pa.string(), "residence_unit": pa.string(),
    "residence_zip5": pa.string(), "state": pa.string(), "phone": pa.string(), "email": pa.string(),
}  # fmt: skip
_numbers = count()


def voters(*lines: str) -> ir.Table:
    """A table with some columns of `voters`."""
    table = pa.Table.from_pylist([row(line) for line in lines], schema=pa.schema(COLUMNS))
    return ibis_engine().create_table(f"told_voters_{next(_numbers)}", ibis.memtable(table))


def row(line: str) -> dict[str, Any]:
    key, name, birth, sex, home, phone, email = (*(part.strip() for part in line.split("|")), *[""] * 7)[:7]
    first, middle, last, suffix = (*(_known(word) for word in name.split()), None)[:4]
    place, _, tail = home.partition(",")
    street, _, unit = place.partition("#")
    zip5, state = (*tail.split(), None, None)[:2]
    return {
        "state_voter_id": key,
        "first_name": first,
        "middle_name": middle,
        "last_name": last and last.replace("_", " "),
        "name_suffix": suffix,
        "birth_date": date.fromisoformat(birth) if len(birth) == 10 else None,
        "birth_year": int(birth[:4]) if len(birth) in (4, 10) else None,
        "age": int(birth.split()[0]) if birth.endswith("years") else None,
        "sex": {"F": "female", "M": "male"}.get(sex),
        "residence_line1": _known(street.strip()),
        "residence_unit": _known(unit.strip()),
        "residence_zip5": zip5,
        "state": state,
        "phone": _known(phone),
        "email": _known(email),
    }


def _known(word: str) -> str | None:
    return None if word in ("", "-") else word


def told(member: str, *lines: str) -> ir.Table:
    """Link records of such rows."""
    return records.records(voters(*lines), member, as_of=AS_OF)


def linked(left: ir.Table, right: ir.Table | None, to: Path, model: Model | None = None) -> dict[Any, float]:
    """Probability by pair of records, of all pairs that are kept."""
    found = link.link(left, right, model or models.shipped(), to)
    return {(p["record_l"], p["record_r"]): p["match_probability"] for p in rows(found)}


def rows(found: link.Links) -> list[dict[str, Any]]:
    return found.table().to_pyarrow().to_pylist()
