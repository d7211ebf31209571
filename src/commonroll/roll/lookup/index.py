"""The index of one snapshot's voters: rows that can be read one by one, and sorted prints of each key.

Files of numbers that are mapped into memory: a look costs microseconds and every process shares them. It is
made where it is missing, aside, and put in place whole; what it was made for never changes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from commonroll.roll.engine import engine
from commonroll.roll.lengths import begins
from commonroll.roll.lookup import numbers
from commonroll.roll.lookup.aside import make_once, numbering
from commonroll.roll.lookup.keys import KEYS, plain, printed
from commonroll.roll.schema import VOTERS
from commonroll.roll.sql_files import text_of

FOLDER, INDEX = "lookup", "index"
"""Below a vault: the numbers, and below that what can be made again."""

BATCH = 512
"""Rows that are unpacked for one: LZ4, which takes twice zstd's room and a tenth of its time for so few."""

NOT_READ = ("source_file", "source_line")
COLUMNS = tuple(name for name in VOTERS.names if name not in NOT_READ)

_ROWS, _PLACES = "rows.arrow", "place_of_number"

Array = np.ndarray[Any, Any]

_FORM = "3"
"""Of the files: another form is another index."""


@dataclass(frozen=True)
class Index:
    """A made index: `path` is its folder, `files` the Parquet files of voters whose rows it has, in order."""

    path: Path
    salt: str
    files: tuple[str, ...]

    @cached_property
    def _mapped(self) -> Mapping[str, Array]:
        return {path.stem: np.load(path, mmap_mode="r") for path in self.path.glob("*.npy")}

    @cached_property
    def _rows(self) -> pa.ipc.RecordBatchFileReader:
        return self._opened()

    def _opened(self, columns: Sequence[str] = COLUMNS) -> pa.ipc.RecordBatchFileReader:
        # unpacking a batch takes less than to wake other threads for it
        fields = sorted(COLUMNS.index(name) for name in columns)
        options = pa.ipc.IpcReadOptions(use_threads=False, included_fields=fields)
        return pa.ipc.open_file(pa.memory_map(str(self.path / _ROWS)), options=options)

    def places(self, key: str, values: Mapping[str, str], most: int = 1000) -> list[int]:
        """Rows whose key has this print, by their place among all rows. A print is no proof: compare."""
        wanted = printed(self.salt, key, values)
        if wanted is None:
            return []
        prints, places = self._mapped[f"{key}_print"], self._mapped[f"{key}_place"]
        first = int(np.searchsorted(prints, np.uint64(wanted), "left"))
        last = int(np.searchsorted(prints, np.uint64(wanted), "right"))
        return [int(place) for place in places[first : min(last, first + most)]]

    def beginning(self, last_name: str, most: int) -> list[int] | None:
        """Rows whose last name begins so (its first 8 letters are looked at); None for more than `most`."""
        said = plain("last_name", last_name)[:8].encode()
        prefixes, places = self._mapped["prefix_print"], self._mapped["prefix_place"]
        least, most_of = (np.uint64(int.from_bytes(said.ljust(8, fill), "big")) for fill in (b"\0", b"\xff"))
        first = int(np.searchsorted(prefixes, least, "left"))
        last = int(np.searchsorted(prefixes, most_of, "right"))
        return None if last - first > most else sorted(int(place) for place in places[first:last])

    def place_of(self, number: int) -> int | None:
        """Where the voter with this number stands; None where it is not in the snapshot."""
        found = int(self.places_of(np.array([number], np.int64))[0])
        return None if found < 0 else found

    def places_of(self, numbers: Array) -> Array:
        """Where the voters with these numbers stand (int64); -1 for those that are not in the snapshot."""
        if _PLACES not in self._mapped:
            return self._few_places_of(numbers)
        places = self._mapped[_PLACES]
        inside = (numbers > 0) & (numbers < len(places))
        found: Array = places[np.where(inside, numbers, 0)].astype(np.int64) - 1
        return np.where(inside, found, -1)

    def _few_places_of(self, numbers: Array) -> Array:
        known, places = self._few
        at = np.minimum(np.searchsorted(known, numbers), max(len(known) - 1, 0))
        there = known[at] == numbers if len(known) else np.zeros(len(numbers), bool)
        found: Array = np.where(there, places[at] if len(known) else -1, -1)
        return found

    @cached_property
    def _few(self) -> tuple[Array, Array]:
        """Of few rows the numbers, sorted, and where they stand."""
        numbers = self._mapped["number"].astype(np.int64)
        order = np.argsort(numbers)
        return numbers[order], order

    def numbers(self, places: Sequence[int] | Array) -> Array:
        """The number of each row."""
        found: Array = self._mapped["number"][np.asarray(places, np.int64)]
        return found

    def rows(self, places: Sequence[int], columns: Sequence[str] | None = None) -> pa.Table:
        """Rows of `voters` at these places: COLUMNS, or some of them, which costs less to unpack."""
        rows = self._rows if columns is None else self._opened(columns)
        found = [rows.get_batch(place // BATCH).slice(place % BATCH, 1) for place in places]
        return pa.Table.from_batches(found, rows.schema)

    def of_voters(self, voters: Sequence[str], columns: Sequence[str]) -> tuple[pa.Table, list[int]]:
        """Rows of the voters with these ids (`columns`, the id among them) and their places, in order; those
        who are not in the snapshot are left out."""
        places = sorted({place for one in voters for place in self.places("id", {"state_voter_id": one})})
        found = self.rows(places, columns)
        meant = pc.is_in(found["state_voter_id"], value_set=pa.array(voters, pa.string())).to_pylist()
        return found.filter(pa.array(meant)), list(compress(places, meant))


def index_of(vault: Path, member: str, files: Sequence[str], salt: str, under: Path | None = None) -> Index:
    """The index of these files of a vault's voters, made now where there is none yet.

    `salt`: a secret word of the owner's, the same each time. `under`: a folder of the vault where it lies
    instead of with the roll's own; its rows are numbered with the others. Raises VaultBusy where another
    takes long.
    """
    base = under or vault
    path = _path(base, files, salt)
    known = _open.get(base)
    if known is not None and known.path == path and path.exists():
        return known
    if not path.exists():

        def write(aside: Path) -> None:
            _write_rows(aside / _ROWS, files)
            with numbering(vault, member):
                _write_keys(aside, vault / FOLDER, vault / "reports", files, salt, few=under is not None)

        make_once(path, member, doing="indexing its voters", write=write)
    found = _open[base] = Index(path, salt, tuple(files))
    return found


def is_made(vault: Path, files: Sequence[str], salt: str) -> bool:
    """Whether there is an index of these files already."""
    return bool(files) and _path(vault, files, salt).exists()


def _path(vault: Path, files: Sequence[str], salt: str) -> Path:
    name = hashlib.sha256("\n".join((_FORM, salt, *files)).encode()).hexdigest()[:24]
    return vault / FOLDER / INDEX / name


_open: dict[Path, Index] = {}
"""What this process has mapped, by vault: the last of each."""


def _write_rows(path: Path, files: Sequence[str]) -> None:
    schema = pa.schema([pq.read_schema(files[0]).field(name) for name in COLUMNS])
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema, options=options) as out:
        waiting: list[pa.RecordBatch] = []
        for file in files:
            for batch in pq.ParquetFile(file).iter_batches(batch_size=64 * BATCH, columns=list(COLUMNS)):
                waiting = _put(out, [*waiting, batch.cast(schema)])
        for batch in pa.Table.from_batches(waiting, schema).combine_chunks().to_batches():
            out.write_batch(batch)


def _put(out: Any, waiting: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Write whole batches of BATCH rows; the rest waits for the next file's."""
    table = pa.Table.from_batches(waiting).combine_chunks()
    whole = table.num_rows // BATCH * BATCH
    for at in range(0, whole, BATCH):
        for batch in table.slice(at, BATCH).combine_chunks().to_batches():
            out.write_batch(batch)
    return list(table.slice(whole).to_batches())


def _write_keys(
    aside: Path, folder: Path, reports: Path, files: Sequence[str], salt: str, *, few: bool
) -> None:
    with closing(engine()) as cursor:
        given = {"files": list(files), "starts": begins(files)[:-1], "salt": salt}
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE prints AS {text_of(__package__, 'prints')}", given)
        for key in (*KEYS, "prefix"):
            found = cursor.execute(_sorted(key)).fetchnumpy()
            np.save(aside / f"{key}_print.npy", np.asarray(found["print"], np.uint64))
            np.save(aside / f"{key}_place.npy", np.asarray(found["place"], np.uint32))
        found = cursor.execute("SELECT id FROM prints ORDER BY place").fetchnumpy()
        cursor.execute("DROP TABLE prints")
    kept = numbers.carried(folder, reports, salt, numbers.read(folder))
    every, of_rows = numbers.with_new(kept, np.asarray(found["id"], np.uint64))
    numbers.write(folder, every)
    np.save(aside / "number.npy", of_rows)
    if few:  # a word for every voter of the roll would be a thousand times what they need
        return
    places = np.zeros(len(every) + 1, np.uint32)
    places[of_rows] = np.arange(1, len(of_rows) + 1, dtype=np.uint32)
    np.save(aside / f"{_PLACES}.npy", places)


def _sorted(key: str) -> str:
    """A key of KEYS, never a word of a request."""
    return f"SELECT {key} AS print, place FROM prints WHERE {key} IS NOT NULL ORDER BY print, place"
