"""Two files about one invented population of the whole country, with known truth: for the bars of linkage.

A, then B some years later through another clerk's hands: households, fathers and sons of one name, twins,
movers, marriages, nicknames, typos, and states that publish a year or no birth at all. Every rate stands in
`voter_synth.toml`, frozen. Names come from the census tables of `commonroll.invented`; towns and streets are
invented, states and ZIP prefixes exist. Writes `A.parquet` and `B.parquet`, about 1.0 M records each, and
prints one JSON line.

Columns: unique_id (B from 10^10), person_id, household_id (the home in A), first_name, middle_name,
last_name, suffix, sex, addr, unit, city, zip, county, county_fips, state, mover, moved (truth of B against A:
`same address`, `in state`, `out of state`), namesake (person_id of the father or son of the same whole name),
twin_of (person_id), dob (`YYYY-MM-DD`, `YYYY` or null), birth_year (also where an
impossible day left no date). Never give the truth to a model:
person_id, household_id, mover, moved, namesake, twin_of.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import pyarrow.parquet as pq
from synth_clerk import written
from synth_people import later, population

PERSONS, SEED = 1_177_000, 0
DATA = Path(__file__).parent / ".data"


def make(folder: Path, persons: int = PERSONS, seed: int = SEED) -> tuple[Path, Path]:
    """`A.parquet` and `B.parquet` in `folder`, made once."""
    paths = folder / "A.parquet", folder / "B.parquet"
    if not all(path.exists() for path in paths):
        folder.mkdir(parents=True, exist_ok=True)
        people = population(persons, seed)
        for path, name in zip(paths, "AB", strict=True):
            people = later(people, seed) if name == "B" else people
            pq.write_table(written(people, name, seed), path.with_suffix(".part"), compression="zstd")
            path.with_suffix(".part").rename(path)
    return paths


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--persons", type=int, default=PERSONS)
    asked.add_argument("--seed", type=int, default=SEED)
    asked.add_argument("--out", type=Path)
    options = asked.parse_args()
    begun = time.perf_counter(), time.process_time()
    paths = make(
        options.out or DATA / f"voter_synth_{options.persons}_{options.seed}", options.persons, options.seed
    )
    seconds, cpu = time.perf_counter() - begun[0], time.process_time() - begun[1]
    rows = {path.stem: pq.read_metadata(path).num_rows for path in paths}
    print(
        json.dumps(
            {
                "name": "voter synth made",
                "seconds": round(seconds, 1),
                "cpu_seconds": round(cpu, 1),
                "rows": rows,
                "ok": True,
            }
        )
    )


if __name__ == "__main__":
    main()
