"""Make a layout's sample: a file of about a dozen invented voters, and the rows that the loader makes of it.

    python -m commonroll.invented.sample KEY [KEY ...]

KEY is a layout's, such as "tx/2021-09.registration.fwf685". Beside the layout's TOML this writes
`sample/<layout>/FILE`, whose lines show each code of the layout at least once where 12 to 20 lines can, and
`expected/<layout>/{voters,districts,history,ballots,aside}.csv`, what the loader reads in it. Earlier
contents of both folders are replaced.

A sample is written by the layout read backwards, so that it cannot prove the layout right: look at both, and
compare the file with the state's own documents, before you commit them.
"""

from __future__ import annotations

import csv
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from commonroll.errors import Refusal
from commonroll.invented.deliveries import pieces
from commonroll.invented.facts import Facts
from commonroll.invented.inverse import uses, writers
from commonroll.invented.official import records
from commonroll.invented.packing import open_file
from commonroll.invented.reading import ASIDE, outcome, raw_tables, texts
from commonroll.invented.rolls import found, in_file_order
from commonroll.invented.unpivoted import election_columns
from commonroll.roll.counties import LAYOUTS
from commonroll.roll.layout.layout import Layout, layout
from commonroll.roll.layout.shape import LISTS

VOTERS, SEED, DELIVERED = 1_500, 7, "20261121"
LEAST, MOST = 12, 20
"""Lines of a sample."""

MOST_CODES = 60
"""Lines of a list's sample."""

FEW = 40
"""A column with more texts than this is no list of codes."""


def make(known: Layout, folder: Path = LAYOUTS) -> Path:
    """Write sample and expected rows of a layout below `folder`; the sample's path.

    Raises Refusal where the loader does not recognise the file as the layout's own.
    """
    state, name = known.key.split("/")
    sample, expected = folder / state / "sample" / name, folder / state / "expected" / name
    for place in (sample, expected):
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
    path = write_sample(known, sample)
    for read, raw in raw_tables([path]):
        if read.key != known.key:
            raise Refusal(
                f"the sample reads as {read.key}",
                where=known.key,
                next_step="tell the two layouts apart: columns, codes or [recognise]",
            )
        write_expected(known, outcome(known, raw), expected)
    return path


def write_sample(known: Layout, folder: Path) -> Path:
    whole = found([known.state], VOTERS, SEED)
    rows = in_file_order(whole, known.state)
    voters = Facts(whole, known.state, whole.rolls[known.state].take(rows))
    files = list(pieces(known, voters, DELIVERED))
    if known.table in LISTS or (known.unpivot is not None and known.unpivot.delivered):
        # a county numbers its elections itself, so that both samples are of one county: the largest
        files = [max(files, key=lambda piece: piece.holds.sum())]
        rows = rows[files[0].holds]
    path = folder / files[0].name
    columns = [*known.order, *election_columns(known)]
    fields = next(records(whole, known, rows, writers(known)))
    chosen = pa.array(choose(known, fields))
    with open_file(path, known.format, columns) as out:
        out.write({column: fields[column].take(chosen) for column in columns})
    return path


def choose(known: Layout, fields: Mapping[str, pa.Array]) -> list[int]:
    """Positions of rows that together show the most: each code, each filled and each blank column."""
    shown = [set(row) for row in zip(*(told(known, c, t) for c, t in fields.items()), strict=True)]
    missing: set[tuple[str, str]] = set().union(*shown)
    chosen: list[int] = []
    # a list of codes is shown as far as it goes: the voters' sample counts on it
    least, most = (MOST_CODES, MOST_CODES) if known.table in LISTS else (LEAST, MOST)
    while len(chosen) < min(most, len(shown)) and (missing or len(chosen) < least):
        best = max(range(len(shown)), key=lambda at: (at not in chosen, len(shown[at] & missing), -at))
        chosen.append(best)
        missing -= shown[best]
    return sorted(chosen)


def told(known: Layout, column: str, cells: pa.Array) -> Iterator[tuple[str, str]]:
    """For each row what its cell shows: a code, an accent, or whether anything stands there."""
    said = texts(cells)
    coded = any(use.field in known.codes for use in uses(known).get(column, ())) or is_election(known, column)
    few = coded and len(set(said)) <= FEW
    return ((column, text if few else kind_of(text)) for text in said)


def is_election(known: Layout, column: str) -> bool:
    return known.unpivot is not None and (column in known.unpivot.columns or known.is_election(column))


def kind_of(text: str) -> str:
    """Blank, plain, or with something in it that a file must be able to hold."""
    if not text:
        return ""
    return "accents" if not text.isascii() else next((mark for mark in '",#*-' if mark in text), "plain")


def write_expected(known: Layout, tables: Mapping[str, Sequence[Mapping[str, str]]], folder: Path) -> None:
    for name, rows in tables.items():
        heads: Iterable[str] = rows[0] if rows else ASIDE if name == "aside" else ()
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as out:
            lines = csv.DictWriter(out, list(heads), lineterminator="\n")
            lines.writeheader()
            lines.writerows(rows)


def main(keys: Sequence[str]) -> int:
    if not keys:
        sys.stderr.write((__doc__ or "") + "\n")
        return 2
    for key in keys:
        try:
            sys.stdout.write(f"{make(layout(key))}\n")
        except Refusal as refusal:
            sys.stderr.write(f"{key}: {refusal}\n")
            return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
