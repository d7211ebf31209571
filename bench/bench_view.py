"""What governing a question costs, against the same question asked of the bare files.

50 owners with 50 different agreements over 5M voters; five fixed questions. Bar: over the five, the median
execution takes at most 1.5 times the ungoverned one or at most 30 ms more, and planning and compiling at most
60 ms on top. Every governed answer must equal a brute-force evaluation of the agreements. One JSON line per
figure on stdout; the files are made once, under bench/.data.
"""

from __future__ import annotations

import hashlib
import json
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import ibis

from commonroll.agreements.grant import Grant
from commonroll.roll.canonical.rows import write_rows
from commonroll.roll.engine import configure, ibis_engine
from commonroll.roll.layout.standing import with_days
from commonroll.roll.schema import COLUMNS, GRANTABLE, HISTORY, ROLL_TABLES, VOTERS, Table
from commonroll.roll.vault.suppression import SCHEMA as SUPPRESSION
from commonroll.roll.vault.vault import OwnerTables
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.universe import parse
from commonroll.views.view import Owned, Plan, Question, plan

OWNERS = 50
VOTERS_EACH = 100_000
ROUNDS = 9
RATIO, ADDED, COMPILED = 1.5, 0.030, 0.060
LIST = 10_000
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ELECTION = date(2028, 11, 7)
_SHAPE = hashlib.sha256(repr((VOTERS, HISTORY)).encode()).hexdigest()[:8]
DATA = Path(__file__).resolve().parent / ".data" / f"view-{_SHAPE}"
"""A schema that changes gets files of its own."""

_TYPES = {
    "string": "VARCHAR", "date": "DATE", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT",
    "bool": "BOOLEAN",
}  # fmt: skip
_DRAWN = {
    "state_voter_id": "printf('%09d', i)",
    "county_voter_id": "printf('%07d', h % 9999999)",
    "status": "CASE WHEN h % 100 = 0 THEN 'removed' WHEN h % 100 = 1 THEN 'pending' "
    "WHEN h % 100 < 12 THEN 'inactive' ELSE 'active' END",
    "first_name": "'FIRST' || (h % 1500)",
    "middle_name": "'M' || (h % 26)",
    "last_name": "'LAST' || (h // 7 % 40000)",
    "birth_year": "year(DATE '1925-01-01' + (h // 11 % 30500)::INT)",
    "sex": "['male', 'female', 'unknown'][1 + (h // 3 % 3)]",
    "race": "'RACE' || (h % 6)",
    "party": "['DEM', 'REP', 'NPA', 'LIB'][1 + (h // 13 % 4)]",
    "registered_on": "DATE '1990-01-01' + (h // 17 % 12000)::INT",
    "residence_line1": "(h // 19 % 9999) || ' ELM ST ' || (h % 300)",
    "residence_city": "'CITY' || (h // 23 % 200)",
    "residence_zip5": "printf('%05d', h // 29 % 900)",
    "phone": "CASE WHEN h // 31 % 3 = 0 THEN '+1404' || printf('%07d', h // 37 % 9999999) END",
    "precinct": "'P' || (h // 43 % 1500)",
    "congressional_district": "(1 + h // 47 % 12)::VARCHAR",
    "state_senate_district": "(1 + h // 53 % 50)::VARCHAR",
    "state_house_district": "(1 + h // 59 % 120)::VARCHAR",
    "permanent_absentee": "h % 5 = 0",
    "confidential": "h % 211 = 0",
    "source_file": "'roll.txt'",
    "source_line": "i + 1",
}
_ELECTIONS = "(VALUES (DATE '2024-11-05', 1), (DATE '2022-11-08', 2), (DATE '2020-11-03', 3)) e(d, k)"


# The files


def member(number: int) -> str:
    return f"m{number:02d}"


def _hashed(number: int, salt: int = 0) -> str:
    first = number * VOTERS_EACH + salt
    return (
        f"(SELECT i, (hash(i + {first}) % 9223372036854775807)::BIGINT AS h FROM range({VOTERS_EACH}) t(i))"
    )


def make_files(con: Any) -> None:
    """One Parquet file per owner and table, of invented people; kept for the next run."""
    for number in range(OWNERS):
        drawn = _DRAWN | {
            "member": f"'{member(number)}'",
            "state": f"'{member(number)[1:]}'",
            # a third of the owners publish a year of birth alone
            "birth_date": "NULL" if number % 3 == 1 else "DATE '1925-01-01' + (h // 11 % 30500)::INT",
            "county_fips": f"CASE WHEN h % 997 <> 0 THEN printf('{number:02d}%03d', h // 41 % 80) END",
        }
        columns = ", ".join(f"({drawn.get(c.name, 'NULL')})::{_TYPES[c.type]} AS {c.name}" for c in VOTERS)
        _write(con, f"SELECT {columns} FROM {_hashed(number)}", VOTERS, path_of("voters", number))
        voted = {
            "state_voter_id": "printf('%09d', i)", "election_date": "d", "election_name": "'GENERAL'",
            "election_type": "'general'", "method": "'in_person'",
        }  # fmt: skip
        columns = ", ".join(f"({voted.get(c.name, 'NULL')})::{_TYPES[c.type]} AS {c.name}" for c in HISTORY)
        turned_out = f"{_hashed(number, 77)}, {_ELECTIONS} WHERE h // (7 * k) % 10 < 6 ORDER BY i"
        _write(con, f"SELECT {columns} FROM {turned_out}", HISTORY, path_of("history", number))


def path_of(table: str, number: int) -> Path:
    return DATA / table / f"{member(number)}.parquet"


def _write(con: Any, query: str, table: Table, path: Path) -> None:
    """The rows as the loader leaves them: its own days and its own writer."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = ibis.memtable(con.con.execute(query).to_arrow_table())
        made = con.to_pyarrow(with_days(rows) if table is VOTERS else rows)
        part = path.with_suffix(".part")
        write_rows(made, table, part)
        part.rename(path)


# The agreements: 50, no two alike


def scope(number: int) -> dict[str, frozenset[str]]:
    counties = [f"{number:02d}{county:03d}" for county in range(80)]
    if number % 5 == 1:
        return {"county_fips": frozenset(counties[number % 7 :: 2])}
    if number % 5 == 2:
        return {"status": frozenset(["active", "inactive"])}
    if number % 5 == 3:
        return {"county_fips": frozenset(counties[: 30 + number])}
    if number % 10 == 4:
        return {"county_fips": frozenset(counties[number:]), "status": frozenset(["active"])}
    return {}


def masks(number: int) -> dict[str, str]:
    found = {"voters.birth_date": "plain" if number % 4 == 0 else "year"}
    if number % 7 == 3:
        found["voters.birth_year"] = "decade"
    if number % 6 == 5:
        found["voters.phone"] = "last4"
    return found


def grant(number: int) -> Grant:
    dropped = sorted(GRANTABLE)[number % 9]  # one of nine columns that no question here uses
    columns: dict[str, Any] = {n: "plain" for n in GRANTABLE if n != dropped or n in USED} | masks(number)
    return Grant(
        agreement=f"urn:uuid:00000000-0000-4000-8000-{number:012d}", terms_hash="sha256:", number=number,
        owner=member(number), recipient="national", purposes=frozenset(["gotv"]),
        modes=frozenset(["count", "view", "contact", "export"]), columns=columns, scope=scope(number),
        start=datetime(2026, 1, 1, tzinfo=UTC), until=datetime(2027, 1, 1 + number % 28, tzinfo=UTC),
        rows_per_export=1000 + number, exports_per_day=4, contact=(), duties=(), law=(),
    )  # fmt: skip


USED = {
    "voters.state_voter_id", "voters.first_name", "voters.last_name", "voters.phone", "voters.party",
    "voters.sex", "voters.status", "voters.county_fips", "voters.birth_date", "voters.birth_year",
    "voters.age", "history.election_date",
}  # fmt: skip


def owned(number: int) -> Owned:
    tables = OwnerTables(
        member=member(number),
        state=member(number)[1:],
        snapshot=1,
        files={table: (str(path_of(table, number)),) for table in ("voters", "history")},
        published=frozenset(q for q, c in COLUMNS.items() if c.table in ROLL_TABLES),
        protected="flagged",
        statement=False,
        suppressed=SUPPRESSION.empty_table(),
    )
    return Owned(tables, grant(number), ELECTION)


# The questions: governed, ungoverned, brute force


@dataclass(frozen=True)
class Asked:
    """One fixed question: governed as `question`; `select` and `where` are the same without agreements."""

    name: str
    question: Question
    select: str
    where: str
    tail: str


AGE = (
    "CASE WHEN birth_date IS NOT NULL THEN date_sub('year', birth_date, DATE '2026-11-24') "
    "ELSE 2026 - birth_year END"
)
"""Age as the ungoverned question computes it, from what the files hold."""

VOTED = (
    "EXISTS (FROM history h WHERE h.file_index = v.file_index AND h.state_voter_id = v.state_voter_id "
    "AND h.election_date = DATE '2024-11-05')"
)


def question(mode: Any, where: str | None, by: Sequence[str] = (), columns: Sequence[str] = ()) -> Question:
    limit = LIST if columns else None
    universe = parse(where) if where else None
    return Question("national", "gotv", mode, universe, tuple(by), tuple(columns), limit)


SHOWN = ("state_voter_id", "first_name", "last_name", "phone")
QUESTIONS = (
    Asked(
        "two filters", question("count", "party = 'DEM' AND age < 30"),
        "file_index, count(*)", f"party = 'DEM' AND {AGE} < 30", "GROUP BY ALL",
    ),
    Asked(
        "by county", question("count", "party = 'DEM'", by=["county_fips"]),
        "file_index, county_fips, count(*)", "party = 'DEM'", "GROUP BY ALL",
    ),
    Asked(
        "history join", question("count", "party = 'DEM' AND voted('2024-11-05')"),
        "file_index, count(*)", f"party = 'DEM' AND {VOTED}", "GROUP BY ALL",
    ),
    Asked(
        "list of 10,000", question("view", "party = 'DEM' AND sex = 'female'", columns=SHOWN),
        f"file_index, {', '.join(SHOWN)}", "party = 'DEM' AND sex = 'female'",
        f"ORDER BY file_index, state_voter_id LIMIT {LIST}",
    ),
    Asked(
        "crosstab", question("count", None, by=["state", "party", "status"]),
        "file_index, state, party, status, count(*)", "true", "GROUP BY ALL",
    ),
)  # fmt: skip


def ungoverned(asked: Asked) -> str:
    return f"SELECT {asked.select} FROM voters v WHERE {asked.where} {asked.tail}"


def brute_force(asked: Asked) -> str:
    """The same question with every agreement written out row by row, slow and obvious."""
    allowed = " OR ".join(f"(v.file_index = {n} AND {_scope_sql(scope(n))})" for n in range(OWNERS))
    adult = (
        "(birth_date <= DATE '2010-11-07' OR (birth_date IS NULL AND birth_year <= 2009) "
        "OR (birth_date IS NULL AND birth_year IS NULL AND age >= 18))"
    )
    removed = "" if "status" in asked.question.by else " AND status <> 'removed'"
    rules = f"confidential = false{removed} AND {adult} AND ({allowed})"
    where = asked.where.replace(AGE, _governed_age())
    select = asked.select.replace("phone", f"{_governed_phone()} AS phone")
    return f"SELECT {select} FROM voters v WHERE ({where}) AND {rules} {asked.tail}"


def _scope_sql(limits: dict[str, frozenset[str]]) -> str:
    tests = [f"{c} IN ({', '.join(repr(v) for v in sorted(values))})" for c, values in limits.items()]
    return " AND ".join(tests) or "true"


def _governed_age() -> str:
    """Exact only from a plain birth date; else by years, in decades where the year is masked."""
    cases = []
    for number in range(OWNERS):
        year = "birth_year // 10 * 10" if masks(number).get("voters.birth_year") == "decade" else "birth_year"
        exact = AGE.partition("ELSE")[0] if masks(number)["voters.birth_date"] == "plain" else "CASE "
        told = f"{exact} ELSE 2026 - {year} END" if exact != "CASE " else f"2026 - {year}"
        cases.append(f"WHEN v.file_index = {number} THEN {told}")
    return f"(CASE {' '.join(cases)} END)"


def _governed_phone() -> str:
    short = [str(n) for n in range(OWNERS) if masks(n).get("voters.phone") == "last4"]
    return f"CASE WHEN v.file_index IN ({', '.join(short)}) THEN right(phone, 4) ELSE phone END"


def answer(plan_: Plan) -> set[tuple[Any, ...]]:
    """The governed answer in the shape of the brute force: owners by their number, cells that are null."""
    number = {owner: int(owner[1:]) for owner in plan_.owners}
    if plan_.question.mode == "count":
        return {
            (number[row.owner], *(None if v == "(unknown)" else v for v in row.by), row.n)
            for row in count(plan_).rows
        }
    table = rows(plan_).drop_columns("agreement").to_pylist()
    return {(number[r["member"]], *(r[name] for name in SHOWN)) for r in table}


# Measuring


def seconds(act: Callable[[], object]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Cost:
    governed: float
    ungoverned: float
    planning: float

    @property
    def ratio(self) -> float:
        return self.governed / self.ungoverned

    @property
    def added(self) -> float:
        return self.governed - self.ungoverned


def measure(con: Any, asked: Asked, owners: Sequence[Owned]) -> Cost:
    """Medians of interleaved rounds, so that a busy machine slows both alike."""
    cursor = con.con
    governed, bare, planning = [], [], []
    made: list[Plan] = []

    def compiled() -> None:
        made[:] = [plan(con, asked.question, owners, denied={}, names={}, now=NOW)]
        con.compile(made[0].expression)

    for _ in range(ROUNDS):
        bare.append(seconds(lambda: cursor.execute(ungoverned(asked)).fetchall()))
        planning.append(seconds(compiled))
        sql = con.compile(_ordered(made[0]))
        con._run_pre_execute_hooks(made[0].expression)
        governed.append(seconds(partial(_fetched, cursor, sql)))
    return Cost(statistics.median(governed), statistics.median(bare), statistics.median(planning))


def _fetched(cursor: Any, sql: str) -> list[Any]:
    return list(cursor.execute(sql).fetchall())


def _ordered(plan_: Plan) -> Any:
    if plan_.question.mode == "count":
        return plan_.expression
    return plan_.ordered.limit(plan_.question.limit)


def main() -> int:
    configure(memory="3GB", threads=2)
    con = ibis_engine()
    make_files(con)
    for table in ("voters", "history"):
        files = [str(path_of(table, number)) for number in range(OWNERS)]
        con.raw_sql(f"CREATE TEMP VIEW {table} AS SELECT *, file_index FROM read_parquet({files})")
    owners = [owned(number) for number in range(OWNERS)]
    costs, exact = [], True
    for asked in QUESTIONS:
        made = plan(con, asked.question, owners, denied={}, names={}, now=NOW)
        expected = set(con.con.execute(brute_force(asked)).fetchall())
        same = answer(made) == expected
        exact &= same
        cost = measure(con, asked, owners)
        costs.append(cost)
        _print(f"view: {asked.name}", cost.governed, cost.ungoverned, "equals brute force", same)
    planning = statistics.median(cost.planning for cost in costs)
    ratio = statistics.median(cost.ratio for cost in costs)
    added = statistics.median(cost.added for cost in costs)
    within = ratio <= RATIO or added <= ADDED
    governed = statistics.median(cost.governed for cost in costs)
    bare = statistics.median(cost.ungoverned for cost in costs)
    bar = f"median ratio {ratio:.2f} <= {RATIO} or median added {added * 1000:.0f} <= {ADDED * 1000:.0f} ms"
    _print("view: five questions", governed, bare, bar, within and exact)
    _print("view: plan and compile", planning, None, f"<= {COMPILED * 1000:.0f} ms", planning <= COMPILED)
    return 0


def _print(name: str, took: float, reference: float | None, bar: str, ok: bool) -> None:
    figure = {
        "name": name,
        "seconds": round(took, 4),
        "reference_seconds": round(reference, 4) if reference is not None else None,
        "ratio": round(took / reference, 3) if reference else None,
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "bar": bar,
        "ok": bool(ok),
    }
    print(json.dumps(figure), flush=True)


if __name__ == "__main__":
    sys.exit(main())
