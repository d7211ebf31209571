"""The identifier under which a roll knows a row: the state's own, or the one that the loader makes."""

from __future__ import annotations

import ibis
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.columns import voter_ids
from commonroll.invented.habits import FIRST, in_force
from commonroll.invented.inverse import width_of, writers
from commonroll.invented.official import facts
from commonroll.invented.packing import fitted
from commonroll.invented.rolls import Population, Roll
from commonroll.roll.layout.cells import made_id, tidy
from commonroll.roll.layout.layout import Layout


def published_ids(whole: Population, state: str, roll: Roll) -> pa.Array:
    """One per row of `roll`. Where a state publishes none, the loader makes it of other cells, as here."""
    known = None if state in FIRST else in_force(state, "registration")[0]
    if known is None or known.columns["state_voter_id"].call != "made_id":
        return voter_ids(state, roll)
    f = facts(whole, known, roll)
    columns = known.columns["state_voter_id"].columns
    written = {column: cut(known, column, writers(known)[column](f)) for column in columns}
    cells = ibis.memtable(pa.table(written)).select(**{c: tidy(ibis._[c].fill_null("")) for c in columns})
    made = cells.select(id=made_id(*(cells[column] for column in columns)))
    return made.to_pyarrow()["id"].combine_chunks()


def cut(known: Layout, column: str, text: pa.Array) -> pa.Array:
    """As much of a text as its column holds."""
    width = width_of(known, column)
    return pc.fill_null(text, "") if width is None else fitted(text, width)
