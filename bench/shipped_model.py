"""The model that the program comes with, made anew from invented people: training, then honest lines.

Trains on two rolls of `voter_synth.py` (400,000 persons, seed 11: others than those of the bars), with the
present model for the shares of names and for levels that these rolls never show; prints its version.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import duckdb
import synth_rolls
import voter_synth

import commonroll.identity
from commonroll.identity import honest, link, models, records, training

PERSONS, SEED = 400_000, 11
TO = Path(commonroll.identity.__file__).parent / "data" / "model.json"
NOTE = (
    "two rolls of invented people over the whole United States, some years apart "
    f"(bench/voter_synth.py, {PERSONS:,} persons, seed {SEED})"
)


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        files = voter_synth.make(folder / "files", PERSONS, SEED)
        kept = [folder / f"{member}.parquet" for member in synth_rolls.MEMBERS]
        for member, file, path in zip(synth_rolls.MEMBERS, files, kept, strict=True):
            records.write(records.records(synth_rolls.roll(member, file), member), path)
        model = training.train(kept[0], kept[1], models.shipped())
        model = replace(model, honest=(), note=NOTE)
        found = link.link(kept[0], kept[1], model, folder / "pairs.parquet", least=0.0005)
        models.write(replace(model, honest=lines(found.path, files)), TO)
    print(f"{models.load(TO).version} in {TO}")


def lines(pairs: Path, files: tuple[Path, Path]) -> tuple[honest.Line, ...]:
    """Honest lines from pairs whose truth is known."""
    with duckdb.connect() as con:
        con.execute(
            "CREATE TABLE labelled AS SELECT p.*, a.person_id = b.person_id AS same "
            "FROM read_parquet($1) AS p JOIN read_parquet($2) AS a ON a.unique_id::VARCHAR = record_l "
            "JOIN read_parquet($3) AS b ON b.unique_id::VARCHAR = record_r",
            [str(path) for path in (pairs, *files)],
        )
        return honest.fitted(con, "labelled")


if __name__ == "__main__":
    main()
