"""A state of 5M ballots: the first file, a day later with a tenth changed, the same file again, and a count.

North Carolina's absentee file, 42 columns a line, read, judged and folded; CPU seconds of all threads, beside
those of DuckDB for reading the file without any of our checks.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

import duckdb

from commonroll.roll.ballots.daily import Day, Taken, take
from commonroll.roll.engine import configure, ibis_engine
from commonroll.roll.layout.layout import layout
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.vault import Vault
from commonroll.views.counts import count
from commonroll.views.question import Owned, Question
from commonroll.views.universe import parse
from commonroll.views.view import plan

VOTERS_OF, BALLOTS = 7_500_000, 5_000_000
ELECTION, NOW = date(2026, 11, 3), datetime(2026, 10, 21, 12, tzinfo=UTC)
ORDER = layout("nc/2024-01.absentee").order
_TYPES = {"string": "VARCHAR", "int16": "SMALLINT", "int32": "INTEGER", "int64": "BIGINT", "bool": "BOOLEAN"}


def put(name: str, seconds: float, reference: float | None, bar: str, ok: bool) -> None:
    peak = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    ratio = seconds / reference if reference else None
    print(json.dumps({"name": name, "seconds": seconds, "reference_seconds": reference, "ratio": ratio,
                      "peak_mib": peak, "bar": bar, "ok": ok}))  # fmt: skip


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    began = time.process_time()
    done = work()
    return time.process_time() - began, done


def roll(vault: Vault, con: duckdb.DuckDBPyConnection) -> None:
    given = {
        "member": "'nc'", "state": "'NC'", "state_voter_id": "printf('AA%08d', i)", "status": "'active'",
        "party": "['DEM', 'REP', 'NPA'][1 + i % 3]", "county_fips": "printf('37%03d', 1 + 2 * (i % 100))",
        "county_name": "'County ' || (i % 100)", "birth_year": "1950 + i % 50", "confidential": "false",
        "birth_date": "DATE '1950-01-01' + (i % 18000)::INTEGER", "shown_from": "DATE '2000-01-01'",
        "listed_from": "DATE '2000-01-01'", "source_file": "'invented'", "source_line": "i",
    }  # fmt: skip
    columns = ", ".join(
        f'({given.get(c.name, "NULL")})::{_TYPES.get(c.type, c.type)} AS "{c.name}"' for c in VOTERS
    )
    path = vault.stage(VOTERS.name)
    con.execute(f"COPY (SELECT {columns} FROM range({VOTERS_OF}) AS r(i)) TO '{path}' (FORMAT parquet)")
    vault.publish({VOTERS.name: [path]}, parent=None, load="roll", state="NC", layouts=[], now=NOW)


def day_file(path: Path, con: duckdb.DuckDBPyConnection, back: int) -> Path:
    """A line for each ballot; of a hundred `back` have come back."""
    given = {
        "county_desc": "'ALAMANCE'", "ncid": "printf('AA%08d', i)", "election_dt": "'11/03/2026'",
        "voter_last_name": "'INVENTED'", "voter_first_name": "'NOBODY'",
        "voter_street_address": "i || ' ELM ST'",
        "ballot_req_type": "'MAIL'", "ballot_req_dt": "'08/15/2026'", "ballot_send_dt": "'09/25/2026'",
        "ballot_rtn_dt": f"if(hash(i) % 100 < {back}, '10/15/2026', '')",
        "ballot_rtn_status": f"if(hash(i) % 100 < {back}, 'ACCEPTED', '')",
    }  # fmt: skip
    columns = ", ".join(f"""({given.get(name, "''")})::VARCHAR AS "{name}" """ for name in ORDER)
    con.execute(f"COPY (SELECT {columns} FROM range({BALLOTS}) AS r(i)) TO '{path}' (HEADER, FORCE_QUOTE *)")
    return path


def main() -> None:
    configure(memory="3GB", threads=2)
    with tempfile.TemporaryDirectory() as text:
        folder, con = Path(text), duckdb.connect(config={"threads": 2})
        vault = Vault(folder / "vaults", "nc")
        vault.mark_sample()
        roll(vault, con)
        files = [day_file(folder / f"absentee_{n}.csv", con, back) for n, back in ((1, 20), (2, 30))]
        reference, _ = timed(
            lambda: con.execute(f"SELECT count(ballot_rtn_dt) FROM read_csv('{files[0]}', all_varchar = 1)")
        )

        def took(file: Path, on: int) -> Taken:
            day = Day.of(ELECTION, date(2026, 10, on), today=NOW.date())
            return take(vault, [file], day, now=NOW)

        for words, file, on in (
            ("the first file", files[0], 19), ("a day later, a tenth changed", files[1], 20),
            ("the same file again", files[1], 20),
        ):  # fmt: skip
            seconds, taken = timed(lambda file=file, on=on: took(file, on))  # type: ignore[misc]
            said = f"{BALLOTS:,} ballots, {words}: {taken.changed:,} changed"
            put(said, seconds, reference, "<= 120 s", seconds <= 120)
        where = "chase('2026-11-03') AND party = 'DEM'"
        asked = Question("nc", "gotv", "count", parse(where), by=("county_name",))
        owned = Owned(vault.owner_tables(statement=True), None, ELECTION)

        def counted() -> Any:
            return count(plan(ibis_engine(), asked, [owned], denied={}, names={}, now=NOW))

        counted()
        seconds, answer = timed(counted)
        said = f"to chase by county: {answer.total:,} of {VOTERS_OF:,} voters"
        put(said, seconds, None, "<= 5 s", seconds <= 5)


if __name__ == "__main__":
    main()
