"""One person's registrations on two members' rolls: found, kept as ids and scores, gone with the agreements.

What is kept of a pair of members lies in one file below HOME/identity/<A>+<B>/, whose metadata says which
snapshots and which terms it was made of. It is of use as long as both are today's, and is read nowhere else.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import ibis
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from ibis.backends.duckdb import Backend

from commonroll.identity import hygiene, judgements, link, models, records, verdicts

FILE = "pairs.parquet"
KEPT = (
    "member_l", "record_l", "member_r", "record_r", "match_weight", "match_probability", "verdict",
    "reason", "kind_l", "kind_r",
)  # fmt: skip
"""Columns that are kept of a pair: ids, scores and what follows of them; no name, no address, no date."""
_RUN = b"commonroll run"
_BETWEEN = "+"


@dataclass(frozen=True)
class Run:
    """One match of two members, `members` in order of their keys; mappings are by member.

    `terms`: hashes of the agreements that each gave the other; `agreements` their numbers. `columns` that
    both shared, `birth` how finely, `persons` whether one person has one id on both, `gaps` what was missing,
    as sentences. `rows` that took part; `pairs` by verdict.
    """

    members: tuple[str, str]
    snapshots: Mapping[str, int]
    terms: Mapping[str, str]
    agreements: Mapping[str, int | None]
    columns: tuple[str, ...]
    birth: str
    persons: bool
    gaps: tuple[str, ...]
    matched_at: str
    model: str = ""
    rows: Mapping[str, int] = field(default_factory=dict)
    pairs: Mapping[str, int] = field(default_factory=dict)

    def of(self, snapshots: Mapping[str, int], terms: Mapping[str, str]) -> bool:
        """Whether the match was made of these snapshots under these terms."""
        return dict(self.snapshots) == dict(snapshots) and dict(self.terms) == dict(terms)

    @property
    def told(self) -> Mapping[str, int | None]:
        """Pairs by verdict as anybody is told them; None is fewer than hygiene.SMALLEST."""
        return {verdict: n if n >= hygiene.SMALLEST else None for verdict, n in self.pairs.items()}

    def side(self, member: str) -> str:
        """`l` or `r`: the side of a member in the pairs."""
        return "lr"[self.members.index(member)]


def pair(one: str, other: str) -> tuple[str, str]:
    """The two members in the order in which everything about them is kept."""
    if one == other:
        raise ValueError("a member is matched with another one")
    first, second = sorted((one, other))
    return first, second


def path(root: Path, one: str, other: str) -> Path:
    """Where the pairs of two members are kept below HOME/identity; member keys hold no `+`."""
    return root / _BETWEEN.join(pair(one, other)) / FILE


def keep(root: Path, run: Run, pairs: pa.Table) -> None:
    """Put a match in the place of an earlier one, whole or not at all."""
    target = path(root, *run.members)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = target.with_name(f".{uuid4().hex}.part")
    said = {_RUN: json.dumps(asdict(run), sort_keys=True).encode()}
    try:
        part.touch(mode=0o600)
        pq.write_table(pairs.select(list(KEPT)).replace_schema_metadata(said), part, compression="zstd")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def kept(root: Path, one: str, other: str) -> Run | None:
    """The match that is kept of two members, whatever has become of its agreements since."""
    file = path(root, one, other)
    if not file.exists():
        return None
    said: dict[str, Any] = json.loads((pq.read_schema(file).metadata or {})[_RUN])
    lists = {name: tuple(said[name]) for name in ("members", "columns", "gaps")}
    return Run(**{**said, **lists})


def forget(root: Path, one: str, other: str) -> bool:
    """Delete what is kept of two members; whether there was anything."""
    folder = path(root, one, other).parent
    there = folder.exists()
    shutil.rmtree(folder, ignore_errors=True)
    return there


def matched(root: Path) -> Iterator[tuple[str, str]]:
    """The pairs of members of whom something is kept."""
    for folder in sorted(root.glob(f"*{_BETWEEN}*")):
        one, _, other = folder.name.partition(_BETWEEN)
        yield one, other


def forget_member(root: Path, member: str) -> Sequence[tuple[str, str]]:
    """Delete every match with a member that leaves; the pairs that are gone. Person ids of others stay."""
    gone = [members for members in matched(root) if member in members]
    for members in gone:
        forget(root, *members)
    return gone


def stamp(now: datetime) -> str:
    """An instant as a run says it."""
    return now.isoformat(timespec="seconds")


# Finding


@dataclass(frozen=True)
class Found:
    """Pairs of one person's registrations (KEPT), rows by member that took part, pairs by verdict, the
    model."""

    pairs: pa.Table
    rows: Mapping[str, int]
    verdicts: Mapping[str, int]
    model: str


def find(con: Backend, voters: Mapping[str, ir.Table], judged: pa.Table, *, work: Path) -> Found:
    """One person's registrations on two members' rolls, each once at most on either side.

    `voters` by member: tables with the columns of `voters`, null where nothing was agreed. `judged`: rows of
    the table `judgements`; two people of one mind about a pair outrank its score. Files below `work` and
    tables in the engine are gone at the end. Pairs that nobody would look at are not among those found.
    """
    left, right = pair(*voters)
    with _read(con, voters) as tables, TemporaryDirectory(prefix="match-", dir=work) as folder:
        sides = {member: Path(folder) / f"{member}.parquet" for member in tables}
        for member, table in tables.items():
            records.write(records.records(table, member), sides[member])
        links = link.link(sides[left], sides[right], models.shipped(), Path(folder) / "scored.parquet")
        scored, both = con.read_parquet(links.path), con.read_parquet(list(sides.values()))
        said = verdicts.verdicts(scored, both, "rolls")
        stood = judgements.standing(ibis.memtable(judged))
        mine = stood.filter(stood["member_l"] == left, stood["member_r"] == right)
        said = judgements.judged(said, mine)
        worth = said.filter(said["verdict"] != "no")
        told = hygiene.kinds(worth, tables[left], tables[right])
        found = con.to_pyarrow(told.select(*KEPT).order_by("record_l", "record_r"))
        rows = {member: int(con.execute(table.count())) for member, table in tables.items()}
    counted = pc.value_counts(found["verdict"]).to_pylist()
    return Found(found, rows, {row["values"]: row["counts"] for row in counted}, links.model.version)


@contextmanager
def _read(con: Backend, voters: Mapping[str, ir.Table]) -> Iterator[Mapping[str, ir.Table]]:
    """The rows in the engine, read once; they go whatever happens."""
    names = {member: f"match_{uuid4().hex}" for member in voters}
    try:
        yield {member: con.create_table(name, voters[member], temp=True) for member, name in names.items()}
    finally:
        for name in names.values():
            con.drop_table(name, force=True)


def pairs(root: Path, run: Run) -> pa.Table:
    """The kept pairs of a match that are sure: the columns of KEPT."""
    kept_pairs = pq.read_table(path(root, *run.members))
    return kept_pairs.filter(pc.equal(kept_pairs["verdict"], "sure"))
