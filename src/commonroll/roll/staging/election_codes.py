"""The election codes that a load knows: a state's own list, and a list that comes in the delivery.

A few thousand codes at most, of elections, not of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from commonroll.errors import Refusal
from commonroll.roll.layout.cells import folded_text
from commonroll.roll.layout.layout import Layout
from commonroll.roll.layout.shape import ELECTION_CODES, LISTS
from commonroll.roll.layout.wide_history import CODES_SCHEMA, codes_of
from commonroll.roll.recognition.recognition import Incoming


def codes_known(layouts: Iterable[Layout], delivered: Sequence[Path]) -> pa.Table:
    """CODES_SCHEMA: what the delivery says of a code comes before the state's list.

    `delivered`: Parquet files of ELECTION_CODES' columns.
    """
    lists = [codes_of(layout.unpivot).to_pylist() for layout in layouts if layout.unpivot is not None]
    lists += [known_codes(pq.read_table(path).to_pylist()).to_pylist() for path in delivered]
    rows = {str(row["code"]): row for listed in lists for row in listed}
    return pa.Table.from_pylist(list(rows.values()), CODES_SCHEMA)


def known_codes(read: Iterable[dict[str, object]]) -> pa.Table:
    """CODES_SCHEMA: rows of ELECTION_CODES as the columns of elections look them up, each code once."""
    rows = {str(row["code"]): row for row in map(_row, read)}
    return pa.Table.from_pylist(list(rows.values()), CODES_SCHEMA)


def _row(read: dict[str, object]) -> dict[str, object]:
    return {
        "code": folded_text(str(read["code"])),
        "day": read["election_date"],
        "kind": read["election_type"],
        "name": read["election_name"],
    }


def refuse_lists_alone(files: Sequence[Incoming]) -> None:
    """Refusal for a delivery of lists, of elections or places, without anything that names one of them."""
    if all(one.layout.table in LISTS for one in files):
        raise Refusal(
            "The delivery holds a list of elections alone."
            if files[0].layout.table is ELECTION_CODES
            else "The delivery holds a list of places alone.",
            where=", ".join(one.file.name for one in files[:5]),
            next_step="Load it together with the registration or history files it belongs to.",
        )


def refuse_without_codes(files: Sequence[Incoming]) -> None:
    """Refusal for files that number their elections, where the list of numbers has not come with them."""
    waiting = [one for one in files if one.layout.unpivot is not None and one.layout.unpivot.delivered]
    if waiting and not any(one.layout.table is ELECTION_CODES for one in files):
        raise Refusal(
            "These files number their elections, and the list that says which is which is not with them.",
            where=", ".join(one.file.name for one in waiting[:5]),
            next_step="Load the state's election list together with them.",
        )
