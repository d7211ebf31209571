"""Wide history: one column per election beside a registration becomes one row per election voted in."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from commonroll.roll import cells
from commonroll.roll.layout import Unpivot


def elections(
    tidied: ir.Table, unpivot: Unpivot, voter: str, columns: Sequence[str], as_of: datetime.date
) -> ir.Table:
    """One row per voter and election column that holds anything: columns of `schema.HISTORY`, `refused`.

    `columns` are election columns of `tidied` (tidy cells); `voter` is the column of the id. Lines without
    an id are not there: they are refused as voters. An election after `as_of` is refused.
    """
    places = ibis.literal(list(range(1, len(columns) + 1)), "array<int64>")
    listed = tidied.filter(tidied[voter].notnull() & (tidied[voter] != voter)).select(
        "source_file",
        "source_line",
        state_voter_id=tidied[voter],
        cell=ibis.array([tidied[name] for name in columns]).unnest(),
        place=places.unnest(),
    )
    voted = listed.filter(listed["cell"].notnull())
    return _rows(voted, unpivot, columns, as_of)


def _rows(voted: ir.Table, unpivot: Unpivot, columns: Sequence[str], as_of: datetime.date) -> ir.Table:
    found = [unpivot.pattern.fullmatch(name) for name in columns]
    days = [_day(one["date"], unpivot.date) for one in found if one]
    kinds = [unpivot.types[one["type"]] for one in found if one]
    decoded = voted.mutate(
        election_date=cells.at_place(days, voted["place"]).cast("date"),
        election_name=cells.at_place(list(columns), voted["place"]),
        election_type=cells.at_place(kinds, voted["place"]),
        party=cells.code(voted["cell"], unpivot.party),
    )
    refused = ibis.cases(
        (decoded["party"] == cells.UNKNOWN, ibis.literal("unknown code in ") + decoded["election_name"]),
        (decoded["election_date"] > as_of, "future election_date"),
    )
    return decoded.select(
        "state_voter_id",
        "election_date",
        "election_name",
        "election_type",
        method=ibis.literal(unpivot.method),
        party_voted=decoded["party"].nullif("").nullif(cells.UNKNOWN),
        county_voted=ibis.null(str),
        source_file=decoded["source_file"],
        source_line=decoded["source_line"],
        refused=refused,
        left_out=ibis.null(str),
    )


def _day(written: str, form: str) -> str:
    day = datetime.datetime.strptime(written, form).replace(tzinfo=datetime.UTC)
    return day.date().isoformat()
