"""A list of 100,000 rows matched to a roll of 5 million voters: seconds, and how many are rightly matched.

The roll is file A of `voter_synth` and four more copies of its rows with surnames and addresses of others, so
that names, dates and homes are as usual and nobody stands twice. The list is a draw from file B: other
clerks, typos, movers. `--without-dates` leaves its birth dates out.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from contextlib import closing
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import voter_synth

from commonroll.identity.lists import matching
from commonroll.identity.lists.look import look
from commonroll.identity.lists.people import make_people
from commonroll.roll.engine import configure, engine

ROWS, COPIES, BAR_SECONDS, BAR_PRECISION = 100_000, 5, 60, 0.99
DAY = date(2026, 10, 1)
VOTERS = """
SELECT
    'us' AS member, home.state, row_number() OVER ()::VARCHAR AS state_voter_id, 'active' AS status,
    who.first_name, who.middle_name, home.last_name, who.suffix AS name_suffix,
    try_cast(who.dob AS DATE) AS birth_date, who.birth_year, NULL::SMALLINT AS age,
    CASE who.sex WHEN 'F' THEN 'female' WHEN 'M' THEN 'male' END AS sex, NULL::DATE AS registered_on,
    home.addr AS residence_line1, home.unit AS residence_unit, home.city AS residence_city,
    home.state AS residence_state, home.zip AS residence_zip5, NULL::VARCHAR AS phone, NULL::VARCHAR AS email,
    home.county_fips, home.county AS county_name, FALSE AS confidential,
    CASE WHEN copy = 0 THEN who.person_id END AS truth
FROM range({copies}) AS copies(copy)
CROSS JOIN numbered AS who
JOIN numbered AS home ON home.n = (who.n + copy * 104729) % {people}
"""


def made(folder: Path) -> tuple[Path, Path]:
    """The roll and the file to draw the list from."""
    a, b = voter_synth.make(voter_synth.DATA / f"voter_synth_{voter_synth.PERSONS}")
    roll = folder / f"roll_{COPIES}.parquet"
    with closing(engine()) as con:
        con.execute(
            "CREATE OR REPLACE TEMP TABLE numbered AS "
            f"SELECT row_number() OVER (ORDER BY unique_id) - 1 AS n, * FROM read_parquet('{a}')"
        )
        (people,) = con.execute("SELECT count(*) FROM numbered").fetchall()[0]
        con.execute(f"COPY ({VOTERS.format(copies=COPIES, people=people)}) TO '{roll}' (FORMAT parquet)")
    return roll, b


def drawn(b: Path, folder: Path, *, dates: bool) -> tuple[Path, Path]:
    """The list as CSV, and the truth of each of its lines."""
    birth = 'dob AS "Birth Date", ' if dates else ""
    with closing(engine()) as con:
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE drawn AS SELECT * FROM read_parquet('{b}') "
            f"ORDER BY hash(unique_id) LIMIT {ROWS}"
        )
        con.execute(
            f'COPY (SELECT first_name AS "First", last_name AS "Last", {birth}addr AS "Address", '
            'unit AS "Unit", '
            f'city AS "City", state AS "State", zip AS "Zip" FROM drawn) TO \'{folder}/list.csv\' (HEADER)'
        )
        con.execute(
            "COPY (SELECT row_number() OVER () + 1 AS line, person_id FROM drawn) "
            f"TO '{folder}/truth.parquet' (FORMAT parquet)"
        )
    return folder / "list.csv", folder / "truth.parquet"


def matched(roll: Path, csv: Path, folder: Path) -> Path:
    """The list matched, as a member's list is."""
    found = look(csv, folder, voters=[str(roll)], given={})
    with closing(engine()) as con:
        make_people(
            con, found.listed.path, found.columns, dated_on=DAY, home_state="OH", last_first=found.last_first
        )
        to = matching.Roll("us", "OH", [str(roll)], DAY)
        return matching.match(con, to, import_id="bench", dated_on=DAY, work=folder).path


def main() -> None:
    dates = "--without-dates" not in sys.argv
    with tempfile.TemporaryDirectory(dir=voter_synth.DATA if voter_synth.DATA.exists() else None) as folder:
        here = Path(folder)
        configure(memory="4GB", temp=here)
        roll, b = made(here)
        csv, truth = drawn(b, here, dates=dates)
        begun = time.perf_counter(), time.process_time()
        path = matched(roll, csv, here)
        seconds, cpu = time.perf_counter() - begun[0], time.process_time() - begun[1]
        with closing(engine()) as con:
            voters, sure, right, there = con.execute(
                f"""
                SELECT (SELECT count(*) FROM read_parquet('{roll}')), count(got.state_voter_id),
                    count(*) FILTER (roll.truth = told.person_id),
                    count(*) FILTER (told.person_id IN (SELECT truth FROM read_parquet('{roll}')))
                FROM read_parquet('{path}') AS got
                JOIN read_parquet('{truth}') AS told USING (line)
                LEFT JOIN read_parquet('{roll}') AS roll USING (state_voter_id)
                """
            ).fetchall()[0]
    precision, recall = right / sure, right / there
    print(
        json.dumps(
            {
                "name": f"match of {ROWS:,} rows{'' if dates else ' without dates'} to {voters:,} voters: "
                f"precision {precision:.4f}, recall {recall:.3f}",
                "seconds": round(seconds, 1),
                "cpu_seconds": round(cpu, 1),
                "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
                "bar": f"< {BAR_SECONDS} s, precision >= {BAR_PRECISION}",
                "ok": seconds < BAR_SECONDS and precision >= BAR_PRECISION,
            }
        )
    )


if __name__ == "__main__":
    main()
