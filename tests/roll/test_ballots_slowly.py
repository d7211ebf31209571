"""What files of ballots come to, against the same said slowly in Python."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.roll.sql_files import filled

ELECTION, OPENED, PRINTED = date(2026, 11, 3), date(2026, 1, 1), date(2026, 9, 1)
START = date(2026, 9, 28)
COUNTY = {"a": "1", "b": "1", "c": "2", "d": None}
ORDER = ("cured", "accepted", "rejected", "returned", "sent", "requested")


class Line(NamedTuple):
    voter: str
    requested: date | None
    sent: date | None
    returned: date | None
    published: str
    reason: str | None


days = st.one_of(
    st.none(),
    st.sampled_from([date(1999, 1, 1), date(2026, 2, 1), START, START + timedelta(2), date(2204, 1, 1)]),
)
lines = st.builds(
    Line, st.sampled_from("abcd"), days, days, days,
    st.sampled_from(["requested", "sent", "returned", "accepted", "rejected", "cured", "spoiled"]),
    st.sampled_from([None, "late"]),
)  # fmt: skip
files = st.lists(st.lists(lines, max_size=5), min_size=1, max_size=3)


def fits(day: date | None, first: date, as_of: date) -> bool:
    return day is not None and first <= day <= as_of


def said(file: Sequence[Line], as_of: date, by_dates: bool) -> dict[str, tuple[object, ...]]:
    """Voter -> the days that can be, the step, the reason; the line of each voter that counts."""
    found: dict[str, tuple[tuple[object, ...], tuple[object, ...]]] = {}
    for line in file:
        asked = line.requested if fits(line.requested, OPENED, as_of) else None
        sent = line.sent if fits(line.sent, PRINTED, as_of) else None
        back = line.returned if fits(line.returned, PRINTED, as_of) else None
        step = line.published
        if by_dates and step in ("returned", "sent"):
            step = "returned" if back else "sent" if sent else "requested"
        latest = max((d for d in (asked, sent, back) if d), default=date.min)
        rank = (
            step not in ("accepted", "cured"), step == "spoiled", -latest.toordinal(),
            ORDER.index(step) if step in ORDER else 99,
            *(day or date.max for day in line[1:4]), line.reason or "~",
        )  # fmt: skip
        if line.voter not in found or rank < found[line.voter][0]:
            found[line.voter] = (rank, (asked, sent, back, step, line.reason))
    return {voter: row for voter, (_, row) in found.items()}


def slowly(told: Sequence[Sequence[Line]], by_dates: bool) -> dict[str, tuple[object, ...]]:
    state: dict[str, tuple[object, ...]] = {}
    for number, file in enumerate(told):
        state |= said(file, START + timedelta(number), by_dates)
    told_back = ("returned", "accepted", "rejected", "cured")
    telling = {COUNTY[v] for v, row in state.items() if row[3] in told_back}
    return {
        voter: (*row[:3], "unknown" if row[3] == "sent" and COUNTY[voter] not in telling else row[3], row[4])
        for voter, row in state.items()
    }


def by_engine(folder: Path, told: Sequence[Sequence[Line]], by_dates: bool) -> dict[str, tuple[object, ...]]:
    package = "commonroll.roll.ballots"
    con = duckdb.connect()
    con.execute("CREATE TABLE v (state_voter_id VARCHAR, county_fips VARCHAR)")
    con.executemany("INSERT INTO v VALUES (?, ?)", list(COUNTY.items()))
    con.execute(f"COPY v TO '{folder}/voters.parquet'")
    con.execute(
        "CREATE TABLE e (state_voter_id VARCHAR, requested_on DATE, sent_on DATE, returned_on DATE,"
        "status VARCHAR, reason VARCHAR, doubtful VARCHAR, as_of DATE, loaded_at INT, election_date DATE)"
    )
    con.execute("CREATE TABLE now_known AS SELECT * FROM e")
    paths = {"voters": f"'{folder}/voters.parquet'", "staged": f"'{folder}/staged.parquet'",
             "events": f"'{folder}/events.parquet'", "by_dates": str(by_dates)}  # fmt: skip
    for number, file in enumerate(told):
        as_of = START + timedelta(number)
        con.execute("CREATE OR REPLACE TABLE f (state_voter_id VARCHAR, requested_on DATE, sent_on DATE,"
                    "returned_on DATE, status VARCHAR, reason VARCHAR, election_date DATE)")  # fmt: skip
        if file:
            con.executemany("INSERT INTO f VALUES (?, ?, ?, ?, ?, ?, NULL)", [list(line) for line in file])
        con.execute(f"COPY f TO '{folder}/staged.parquet'; COPY e TO '{folder}/events.parquet'")
        given = {"election": ELECTION, "as_of": as_of, "opened": OPENED, "printed": PRINTED}
        for name, values in (("said", given), ("known", {"election": ELECTION}), ("fresh", {})):
            con.execute(f"CREATE OR REPLACE TABLE {name} AS {filled(package, name, paths)}", values)
        con.execute(
            "INSERT INTO e BY NAME "
            "SELECT *, $as_of AS as_of, $n AS loaded_at, $election AS election_date FROM fresh",
            {"as_of": as_of, "n": number, "election": ELECTION},
        )
    con.execute(f"COPY e TO '{folder}/events.parquet'")
    known, day = filled(package, "known", paths), {"election": ELECTION}
    con.execute(f"CREATE OR REPLACE TABLE now_known AS {known}", day)
    rows = con.execute(filled(package, "ballots", paths), day).fetchall()
    return {row[0]: row[2:7] for row in rows}


@settings(max_examples=20, deadline=None)
@given(files, st.booleans())
def test_files_come_to_the_same_slowly(
    tmp_path_factory: object, told: list[list[Line]], by_dates: bool
) -> None:
    folder = tmp_path_factory.mktemp("fold")  # type: ignore[attr-defined]
    assert by_engine(folder, told, by_dates) == slowly(told, by_dates)
