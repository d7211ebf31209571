"""Any state's official files, written by its layouts read backwards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from commonroll.invented.deliveries import pieces
from commonroll.invented.draw import Bools, Ints
from commonroll.invented.facts import Facts
from commonroll.invented.inverse import Writer, writers
from commonroll.invented.listing import Listing, with_codes
from commonroll.invented.packing import open_file
from commonroll.invented.products import products
from commonroll.invented.rolls import Population, Roll
from commonroll.invented.turnout import elections
from commonroll.invented.unpivoted import election_cells, election_columns
from commonroll.invented.votes import Ballot, Vote
from commonroll.invented.write import chunks
from commonroll.invented.zones import listing
from commonroll.roll.layout.layout import Layout
from commonroll.roll.layout.shape import LISTS

CHUNK = 50_000


def write_files(folder: Path, whole: Population, state: str, rows: Ints, delivered: str) -> list[Path]:
    """The newest file of every role that the state has a layout for; `rows` are in order of county."""
    shares = products(state, whole.geographies[state])
    return [
        path
        for layout, counties in shares
        for path in write_product(folder, whole, layout, within(whole, state, rows, counties), delivered)
    ]


def within(whole: Population, state: str, rows: Ints, counties: Sequence[int] | None) -> Ints:
    """The rows of these counties, of all where None."""
    if counties is None:
        return rows
    county = whole.geographies[state].precincts.county[
        whole.places[state].precinct[whole.rolls[state].place[rows]]
    ]
    return rows[np.isin(county, counties)]


def write_product(
    folder: Path, whole: Population, layout: Layout, rows: Ints, delivered: str
) -> Iterator[Path]:
    """The files of one layout."""
    voters = Facts(whole, layout.state, whole.rolls[layout.state].take(rows))
    written, columns = writers(layout), [*layout.order, *election_columns(layout)]
    # a list has a line for each code, however many voters it is for
    size = max(1, len(rows)) if layout.table in LISTS else CHUNK
    for number, piece in enumerate(pieces(layout, voters, delivered)):
        path = folder / piece.name
        header = number == 0 or not layout.format.header_once
        with open_file(path, layout.format, columns, header=header) as out:
            for chunk in chunks(rows[piece.holds], size):
                for fields in records(whole, layout, chunk, written):
                    out.write(fields)
        yield path


def records(
    whole: Population, layout: Layout, rows: Ints, written: Mapping[str, Writer]
) -> Iterator[Mapping[str, pa.Array]]:
    """The columns of the file for these voters, or for their votes or ballots."""
    f = facts(whole, layout, whole.rolls[layout.state].take(rows))
    if len(f) == 0:
        return
    cells = election_cells(layout, f)
    fields = {column: cells[column] if column in cells else write(f) for column, write in written.items()}
    fields |= cells
    if layout.role == "history" and layout.unpivot is not None:
        here = pa.array(someone(f, layout, cells))
        fields = {column: text.filter(here) for column, text in fields.items()}
    yield fields


def facts(whole: Population, layout: Layout, roll: Roll) -> Facts:
    """What the file has one line for of the rows of `roll`: voters, votes, ballots or elections."""
    state = layout.state
    encoding = "ascii" if layout.format.kind == "fixed" and wide(layout) else layout.format.encoding
    if layout.role == "elections":
        by_county = len(layout.columns["code"].columns) > 1
        return Listing(whole, state, roll, with_codes(elections(state)), by_county=by_county)
    if layout.role == "places":
        return listing(whole, layout, roll)
    if layout.role == "absentee":
        return Ballot(whole, state, roll, encoding)
    if layout.role == "history" and (layout.unpivot is None or one_each(layout)):
        return Vote(whole, state, roll, elections(state), encoding)
    return Facts(whole, state, roll, encoding=encoding)


def wide(layout: Layout) -> bool:
    """True where a letter may take several bytes, which fixed positions count."""
    return layout.format.encoding == "utf-8"


def one_each(layout: Layout) -> bool:
    """True for a history file with one election a line, which the layout looks up by its code."""
    return layout.unpivot is not None and layout.unpivot.shape == "slots" and len(layout.unpivot.slots) == 1


def someone(f: Facts, layout: Layout, cells: Mapping[str, pa.Array]) -> Bools:
    """Lines of a history file that tell of any election."""
    told = np.zeros(len(f), dtype=bool)
    for cell in cells.values():
        told |= np.array([bool(text) for text in cell.dictionary_encode().to_pylist()])
    return told
