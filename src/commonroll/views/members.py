"""Persons of a saved list as a file of owners' keys, and lists that are made of lists.

A list of members is a Parquet file with owner, state_voter_id and place (from 0, by owner and id), each
person once. It holds no field of a person and opens nothing: a question that keeps to it is governed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from commonroll.roll.lengths import begins
from commonroll.views.listed import file
from commonroll.views.pseudonyms import keyed, pseudonym
from commonroll.views.relation import KEY
from commonroll.views.scan import FILE, LINE, scan
from commonroll.views.view import Plan

Operation = Literal["union", "intersection", "difference"]
OPERATIONS: tuple[Operation, ...] = ("union", "intersection", "difference")

_BATCH = 50_000


@dataclass(frozen=True)
class Members:
    """A written list: its digest (sha256 of its members in order), persons in all and by owner."""

    path: Path
    digest: str
    rows: int
    by_owner: Mapping[str, int]


def write_members(plan: Plan, path: Path) -> Members:
    """Execute a plan that was made for members into a list at `path`."""
    rows = plan.expression
    named = ibis.literal(list(plan.owners))[rows.owner_no.cast("int64") - 1]
    return _written(plan.con, rows.select(owner=named, state_voter_id=rows[KEY]), path)


def combined(con: Backend, operation: Operation, one: Path, other: Path, path: Path) -> Members:
    """The persons of either list, of both, or of the first alone."""
    first, second = (_of(con, each).select("owner", "state_voter_id") for each in (one, other))
    same = ["owner", "state_voter_id"]
    if operation == "union":
        return _written(con, first.union(second, distinct=True), path)
    found = first.semi_join(second, same) if operation == "intersection" else first.anti_join(second, same)
    return _written(con, found, path)


def sampled(con: Backend, of: Path, size: int, seed: str, path: Path) -> Members:
    """`size` persons drawn at random: the same each time for the same persons and seed."""
    return _written(con, _drawn(con, of, seed).filter(lambda drawn: drawn.drawn < size), path)


def part(con: Backend, of: Path, parts: int, number: int, seed: str, path: Path) -> Members:
    """Part `number` (from 0) of `parts` that differ by one person at most and have nobody in common."""
    return _written(con, _drawn(con, of, seed).filter(lambda drawn: drawn.drawn % parts == number), path)


def _drawn(con: Backend, of: Path, seed: str) -> ir.Table:
    """With `drawn`: the person's place, from 0, in an order that the seed shuffles."""
    rows = _of(con, of)
    lot = (ibis.literal(f"{seed}\n") + rows.owner + "\n" + rows.state_voter_id).hexdigest("md5")
    order = ibis.row_number().over(order_by=[lot, rows.owner, rows.state_voter_id])
    return rows.select("owner", "state_voter_id", drawn=order)


def _written(con: Backend, rows: ir.Table, path: Path) -> Members:
    """Put in order with places; gone again where that fails."""
    order = [rows.owner, rows.state_voter_id]
    placed = rows.select("owner", "state_voter_id", place=ibis.row_number().over(order_by=order))
    try:
        con.to_parquet(placed.order_by("place"), path, compression="zstd", row_group_size=_BATCH)
        return read_members(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def read_members(path: Path) -> Members:
    """What a list's file holds, in counts."""
    digest, by_owner, rows = hashlib.sha256(), dict[str, int](), 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(_BATCH, columns=["owner", "state_voter_id"]):
            owner, voter = batch.column("owner"), batch.column("state_voter_id")
            digest.update(_text(pc.binary_join_element_wise(owner, voter, "", "\n")))
            for found in pc.value_counts(owner).to_pylist():
                by_owner[found["values"]] = by_owner.get(found["values"], 0) + found["counts"]
            rows += batch.num_rows
    return Members(path, digest.hexdigest(), rows, by_owner)


def places_of(con: Backend, of: Path, owner: str, files: Sequence[str]) -> pa.Table:
    """state_voter_id, place: of the owner's persons on the list who are in these files of its voters, where
    they stand among all lines."""
    rows = file(con, str(of))
    theirs = rows.filter(rows.owner == owner).select("state_voter_id")
    voters = scan(con, "voters", [(1, path) for path in files], ["state_voter_id"], lines=True)
    starts = ibis.memtable(
        pa.table(
            {
                "of_file": pa.array(np.arange(len(files), dtype=np.int32)),
                "start": pa.array(begins(files)[:-1], pa.int64()),
            }
        )
    )
    placed = voters.join(starts, voters[FILE] == starts.of_file)
    placed = placed.select("state_voter_id", place=placed.start + placed[LINE])
    return con.to_pyarrow(theirs.inner_join(placed, "state_voter_id").select("state_voter_id", "place"))


def refs_of(con: Backend, voters: pa.Array, key: bytes) -> pa.Array:
    """The pseudonyms of voters under an agreement's key, in the same order."""
    inner, outer = (ibis.literal(block, type="binary") for block in keyed(key))
    numbered = ibis.memtable(pa.table({"at": pa.array(np.arange(len(voters))), "id": voters}))
    made = numbered.select("at", ref=pseudonym(con, inner, outer, numbered.id)).order_by("at")
    return con.to_pyarrow(made).column("ref").combine_chunks()


def _text(lines: pa.Array) -> bytes:
    """The lines one after the other."""
    whole = pa.LargeListArray.from_arrays(pa.array([0, len(lines)], pa.int64()), lines)
    joined: str = pc.binary_join(whole, "")[0].as_py()
    return joined.encode()


def _of(con: Backend, path: Path) -> ir.Table:
    return file(con, str(path))
