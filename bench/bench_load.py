"""Registration files of three states become snapshots, each against DuckDB copying the same files to Parquet.

North Carolina: one file, tabs, 67 columns. Ohio: four files, quoted, 46 columns and 55 elections. Florida:
67 files, tabs, 38 columns. The reference is DuckDB alone: every column as text, two threads, Latin-1 where
the state writes it, the faster of its default codec (snappy) and zstd. Load (the gate and commit included)
and reference run in processes of their own, in turns; the best of each counts. One JSON line per state: name,
seconds, reference_seconds, ratio, peak_mib, bar, ok; CPU seconds stand beside, since they change less when
the machine is busy. Addresses and households, which follow a load, have a line of their own and no ratio.

`--twenty` loads 20 million rows of North Carolina's format instead, for the peak of memory alone.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROWS, QUICK, TWENTY, SEED = 5_000_000, 300_000, 20_000_000, 7
BAR, PEAK_MIB, THREADS = 1.3, 4096, 2
DATA = Path(__file__).parent / ".data"
REFERENCES = ("snappy", "zstd")

READ = {
    "NC": {"delim": "\t", "quote": "", "escape": "", "header": True},
    # one of Ohio's names holds a lone quote, which DuckDB takes only where it is not strict
    "OH": {"delim": ",", "quote": '"', "escape": '"', "header": True, "encoding": "latin-1",
           "strict_mode": False},
    "FL": {"delim": "\t", "quote": "", "escape": "", "header": False, "encoding": "latin-1"},
}  # fmt: skip
"""How DuckDB reads each state's files."""

Run = dict[str, float]


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows")
    asked.add_argument("--rows", type=int, default=int(os.environ.get("BENCH_VOTERS", ROWS)))
    asked.add_argument("--states", default=",".join(READ))
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--twenty", action="store_true", help="the peak of memory for 20 million rows")
    asked.add_argument("--child", choices=["load", *REFERENCES])
    options = asked.parse_args()
    rows = QUICK if options.quick else options.rows
    if options.child:
        files = delivery(options.states, rows)
        asks = load if options.child == "load" else copy
        print(json.dumps(asks(options.states, files, options.child)))
    elif options.twenty:
        print(json.dumps(peak(child("load", "NC", TWENTY))))
    else:
        for state in options.states.split(","):
            delivery(state, rows)
            for figure in figures(state, rows, options.rounds):
                print(json.dumps(figure), flush=True)


def figures(state: str, rows: int, rounds: int) -> list[dict[str, Any]]:
    """The lines of one state: best load against best reference, and the places."""
    turns = [{name: child(name, state, rows) for name in ("load", *REFERENCES)} for _ in range(rounds)]
    best = {name: min((turn[name] for turn in turns), key=lambda run: run["seconds"]) for name in turns[0]}
    reference = min((best[name] for name in REFERENCES), key=lambda run: run["seconds"])
    ratio = best["load"]["seconds"] / reference["seconds"]
    highest = max(turn["load"]["peak_mib"] for turn in turns)
    cpu = {name: min(turn[name]["cpu"] for turn in turns) for name in turns[0]}
    least = min(cpu[name] for name in REFERENCES)
    loaded = {
        "name": f"load {state}",
        "rows": rows,
        "seconds": round(best["load"]["seconds"], 2),
        "reference_seconds": round(reference["seconds"], 2),
        "ratio": round(ratio, 2),
        "peak_mib": round(highest),
        "bar": BAR,
        "ok": ratio <= BAR and highest < PEAK_MIB,
        "cpu_seconds": round(cpu["load"], 1),
        "reference_cpu_seconds": round(least, 1),
        "cpu_ratio": round(cpu["load"] / least, 2),
    }
    seconds = best["load"]["places_seconds"]
    return [loaded, {"name": f"places {state}", "rows": rows, "seconds": round(seconds, 2), "ok": True}]


def peak(run: Run) -> dict[str, Any]:
    """The line of `--twenty`."""
    return {
        "name": "load of 20 million rows",
        "rows": TWENTY,
        "seconds": round(run["seconds"], 1),
        "peak_mib": round(run["peak_mib"]),
        "bar": PEAK_MIB,
        "ok": run["peak_mib"] < PEAK_MIB,
        "cpu_seconds": round(run["cpu"], 1),
    }


def delivery(state: str, rows: int) -> list[Path]:
    """The state's registration files, generated once."""
    folder = DATA / f"{state.lower()}_{rows}"
    if not folder.exists():
        made = Path(tempfile.mkdtemp(dir=_there(DATA)))
        _generate(state, rows, made)
        made.rename(folder)
    return sorted(folder.iterdir())


def _generate(state: str, rows: int, folder: Path) -> None:
    from commonroll.invented.generate import generate, write_nc_registration

    if state == "NC":  # in parts, so that any number of rows fits into memory
        write_nc_registration(folder / "ncvoter_Statewide.txt", rows, SEED)
        return
    (written,) = generate([state], rows, SEED, folder / "all")
    for path in written.files:
        if "_H_" not in path.name:  # Florida's vote history is a delivery of its own
            path.rename(folder / path.name)
    shutil.rmtree(folder / "all")


def _there(folder: Path) -> Path:
    folder.mkdir(exist_ok=True)
    return folder


def child(name: str, state: str, rows: int) -> Run:
    command = [sys.executable, __file__, "--child", name, "--states", state, "--rows", str(rows)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def load(state: str, files: Sequence[Path], name: str) -> Run:
    """Seconds from the call to the snapshot; everything is imported before. Then those of its places."""
    from commonroll.roll import engine
    from commonroll.roll.load import load as load_roll
    from commonroll.roll.places.places import make_places
    from commonroll.roll.vault.vault import Vault

    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        engine.configure(threads=THREADS, temp=Path(folder) / "tmp")
        vault = Vault(Path(folder), state.lower())
        vault.mark_sample()
        begun = clocks()
        result = load_roll(vault, files, state=state, now=datetime.now(UTC))
        used = since(begun)
        if result.snapshot is None:
            raise SystemExit(f"not loaded: {result.report.sentences}")
        begun = clocks()
        make_places(vault)
        return {**used, "places_seconds": since(begun)["seconds"]}


def copy(state: str, files: Sequence[Path], codec: str) -> Run:
    """Seconds that DuckDB takes to copy the files to Parquet, every column as text."""
    import duckdb

    read = ", ".join(f"{name} = ${name}" for name in READ[state])
    with (
        tempfile.TemporaryDirectory(dir=DATA) as folder,
        duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False}) as con,
    ):
        asked = {**READ[state], "files": [str(path) for path in files]}
        to = f"'{Path(folder) / 'reference.parquet'}' (FORMAT parquet, COMPRESSION {codec})"
        begun = clocks()
        con.execute(f"COPY (FROM read_csv($files, all_varchar = true, {read})) TO {to}", asked)
        return since(begun)


def clocks() -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    return time.perf_counter(), time.process_time()


def since(begun: tuple[float, float]) -> Run:
    seconds, cpu = (now - then for now, then in zip(clocks(), begun, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "peak_mib": peak}


if __name__ == "__main__":
    main()
