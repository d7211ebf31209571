"""Phones, e-mails and mailing addresses that an owner controls, each put on one of its decoys.

Whoever uses one says by it that it has a copy of the roll. A decoy has one only where voters of the roll have
such, in a share no larger than theirs, so that none stands out. The table is kept in the vault beside the
register; what is taken back stays in it, since a copy that left before has it for ever.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.sql_files import text_of

PHONE, EMAIL, MAIL = "phone", "email", "mail"
KINDS: Mapping[str, str] = {PHONE: "phones", EMAIL: "e-mail addresses", MAIL: "mailing addresses"}
MOST = 20_000
"""Of all kinds together. A few dozen tell a leak; where most voters have a phone, decoys hide among them only
with as many numbers as `allowed` says."""

REACH = pa.schema(
    [
        ("kind", pa.string()),
        ("value", pa.string()),
        ("city", pa.string()),
        ("region", pa.string()),
        ("zip", pa.string()),
        ("state_voter_id", pa.string()),
        ("given_at", pa.timestamp("us", "UTC")),
        ("ended_at", pa.timestamp("us", "UTC")),
    ]
)
"""`state_voter_id`: the decoy's; `value`: E.164, lower case, or the first line of an address."""


@dataclass(frozen=True)
class Reach:
    """One of them as an owner enters it; `city`, `region` (two letters) and `zip` of an address alone."""

    kind: str
    value: str
    city: str = ""
    region: str = ""
    zip: str = ""

    @property
    def text(self) -> str:
        """As it is written in a form: one line."""
        return ", ".join(part for part in (self.value, self.city, self.region, self.zip) if part)


def path_of(register: Path) -> Path:
    """Where they lie, beside the register of the decoys."""
    return register.with_name("reach.parquet")


def table(register: Path) -> pa.Table:
    """All that were ever given (`REACH`), the first first."""
    path = path_of(register)
    return opened(path).cast(REACH) if path.exists() else REACH.empty_table()


def opened(path: Path) -> pa.Table:
    """A table as `seal` keeps it."""
    return pq.read_table(pa.BufferReader(at_rest.read(path)))


def seal(table: pa.Table, to: Path) -> None:
    """Keep a table as Parquet, sealed under the keys of the home that holds the file."""
    with pa.BufferOutputStream() as out:
        pq.write_table(table, out, compression="zstd")
        at_rest.put(to, out.getvalue().to_pybytes())


def standing(register: Path) -> pa.Table:
    """Those that stand in copies now (`REACH`)."""
    found = table(register)
    return found.filter(found["ended_at"].is_null())


def entered(found: pa.Table) -> list[Reach]:
    """Rows of `REACH` as an owner entered them."""
    rows = found.select(["kind", "value", "city", "region", "zip"]).to_pylist()
    return [Reach(**row) for row in rows]


def allowed(voters: Sequence[str], decoys: int) -> dict[str, int]:
    """How many decoys of a roll may have each kind: the share in which voters have it, rounded down."""
    return {kind: int(decoys * (share or 0)) for kind, share in zip(KINDS, _habits(voters), strict=False)}


def _habits(voters: Sequence[str]) -> tuple[float | None, ...]:
    with closing(engine()) as con:
        found: tuple[float | None, ...] = con.execute(
            text_of(__package__, "reach_shares"), [list(voters)]
        ).fetchall()[0]
    return found


def as_written(voters: Sequence[str], wanted: Sequence[Reach]) -> list[Reach]:
    """The same with addresses in capitals where the roll writes its own so."""
    if not any(one.kind == MAIL for one in wanted) or not _habits(voters)[-1]:
        return list(wanted)
    return [
        replace(one, value=one.value.upper(), city=one.city.upper()) if one.kind == MAIL else one
        for one in wanted
    ]


def give(register: Path, voters: Sequence[str], wanted: Sequence[Reach]) -> tuple[int, int]:
    """Have exactly `wanted` stand on decoys from now on; how many are new, and how many were taken back.

    What stands keeps its decoy. Raises Refusal, with nothing changed, for one that a voter of the roll has,
    whose area code no voter has, or for more than the roll hides.
    """
    _check(register, voters, wanted)
    known, now = table(register), datetime.now(UTC)
    stands = {one.text: one for one in entered(standing(register))}
    fresh = [one for one in wanted if one.text not in stands]
    gone = stands.keys() - {one.text for one in wanted}
    rows = [
        row | {"ended_at": now} if row["ended_at"] is None and _row_text(row) in gone else row
        for row in known.to_pylist()
    ]
    rows += _placed(register, rows, fresh, now)
    seal(pa.Table.from_pylist(rows, schema=REACH), path_of(register))
    return len(fresh), len(gone)


def _row_text(row: Mapping[str, str]) -> str:
    return Reach(*(row[name] for name in ("kind", "value", "city", "region", "zip"))).text


def _check(register: Path, voters: Sequence[str], wanted: Sequence[Reach]) -> None:
    if len(wanted) > MOST:
        raise Refusal(
            f"{len(wanted)} are too many: {MOST} of all kinds is the most.", next_step="Keep the best."
        )
    if len({one.text for one in wanted}) < len(wanted):
        raise Refusal("The same one stands there twice.", next_step="Name each once: it is one decoy's.")
    most = allowed(voters, opened(register).num_rows)
    for kind, words in KINDS.items():
        of_kind = sum(one.kind == kind for one in wanted)
        if of_kind > most[kind]:
            raise Refusal(
                f"{of_kind} decoys with {words} would stand out: as few voters of the roll have one, that "
                f"{most[kind]} is the most.",
                where=words,
                next_step="Name fewer of this kind, or none.",
            )
    _check_known(voters, wanted)


def _check_known(voters: Sequence[str], wanted: Sequence[Reach]) -> None:
    if not wanted:
        return
    with closing(engine()) as con:
        con.register("wanted", _wanted(wanted))
        taken, strange = con.execute(text_of(__package__, "reach_known"), [list(voters)]).fetchall()[0]
    if taken:
        raise Refusal(
            f"{taken} of them stand on the roll as a voter's own.",
            next_step="Use phones, mailboxes and addresses that nobody else has.",
        )
    if strange:
        raise Refusal(
            f"{strange} of the phones have an area code that hardly a voter's has: they would stand out.",
            next_step="Use numbers with area codes of the state.",
        )


def _wanted(wanted: Sequence[Reach]) -> pa.Table:
    names = ("kind", "value", "city", "region", "zip")
    return pa.table({name: pa.array([getattr(one, name) for one in wanted], pa.string()) for name in names})


def _placed(
    register: Path, rows: Sequence[Mapping[str, object]], fresh: Sequence[Reach], now: datetime
) -> list[Mapping[str, object]]:
    """The fresh ones, each on a decoy drawn by chance that never had one of its kind."""
    rows_of = opened(register).select(["state_voter_id", "residence_zip5"]).to_pylist()
    secrets.SystemRandom().shuffle(rows_of)
    areas = {row["state_voter_id"]: (row["residence_zip5"] or "")[:3] for row in rows_of}
    used = {(row["kind"], row["state_voter_id"]) for row in rows}
    waiting: dict[tuple[str, str], Iterator[str]] = {}
    found: list[Mapping[str, object]] = []
    for one in fresh:
        near = one.zip[:3] if one.kind == MAIL else ""
        if (one.kind, near) not in waiting:
            waiting[one.kind, near] = iter([each for each, area in areas.items() if near in ("", area)])
        whose = next((each for each in waiting[one.kind, near] if (one.kind, each) not in used), None)
        if whose is None:
            elsewhere = any((one.kind, each) not in used for each in areas)
            raise Refusal(
                "No decoy is left for it" + (" that lives near this address." if elsewhere else "."),
                where=KINDS[one.kind],
                next_step="Use a post office where voters of the roll live." if elsewhere else "Name fewer.",
            )
        used.add((one.kind, whose))
        found.append({**vars(one), "state_voter_id": whose, "given_at": now, "ended_at": None})
    return found


def reached(con: duckdb.DuckDBPyConnection, stands: pa.Table) -> None:
    """The table `reached`: of each decoy that has any, what stands on it, as columns of `voters`."""
    con.register("stands", stands)
    con.execute(text_of(__package__, "reach_columns"))
