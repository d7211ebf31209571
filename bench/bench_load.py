"""A registration file of North Carolina's format becomes a snapshot, against DuckDB copying it to Parquet.

The reference is DuckDB alone: every column as text, quotes off, two threads, the faster of its default codec
(snappy) and zstd. Load and reference run in processes of their own, in turns; the best of each counts.
Prints one JSON line: name, seconds, reference_seconds, ratio, peak_mib, bar, ok. CPU seconds stand beside,
since they change less when the machine is busy.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

VOTERS, QUICK, SEED = 5_000_000, 500_000, 7
BAR, PEAK_MIB, THREADS = 1.5, 4096, 2
DATA = Path(__file__).parent / ".data"


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--quick", action="store_true", help=f"{QUICK:,} voters")
    asked.add_argument("--voters", type=int, default=int(os.environ.get("BENCH_VOTERS", VOTERS)))
    asked.add_argument("--rounds", type=int, default=2)
    asked.add_argument("--child", choices=["load", "snappy", "zstd"])
    options = asked.parse_args()
    voters = QUICK if options.quick else options.voters
    file = delivery(voters)
    if options.child:
        print(json.dumps(load(file, voters) if options.child == "load" else copy(file, options.child)))
        return
    turns = [
        {name: child(name, voters) for name in ("load", "snappy", "zstd")} for _ in range(options.rounds)
    ]
    print(json.dumps(figure(turns)))


def figure(turns: list[dict[str, dict[str, float]]]) -> dict[str, object]:
    """The one line: best load against best reference."""
    best = {name: min((turn[name] for turn in turns), key=lambda run: run["seconds"]) for name in turns[0]}
    reference = min(best["snappy"], best["zstd"], key=lambda run: run["seconds"])
    ratio = best["load"]["seconds"] / reference["seconds"]
    peak = max(turn["load"]["peak_mib"] for turn in turns)
    return {
        "name": "load",
        "seconds": round(best["load"]["seconds"], 2),
        "reference_seconds": round(reference["seconds"], 2),
        "ratio": round(ratio, 2),
        "peak_mib": round(peak),
        "bar": BAR,
        "ok": ratio <= BAR and peak < PEAK_MIB,
        "cpu_seconds": round(best["load"]["cpu"], 1),
        "reference_cpu_seconds": round(reference["cpu"], 1),
    }


def delivery(voters: int) -> Path:
    """The file, generated once."""
    path = DATA / f"nc_registration_{voters}.txt"
    if not path.exists():
        from commonroll.invented.generate import write_nc_registration

        DATA.mkdir(exist_ok=True)
        made = path.with_suffix(".part")
        write_nc_registration(made, voters, SEED)
        made.rename(path)
    return path


def child(name: str, voters: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", name, "--voters", str(voters)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def load(file: Path, voters: int) -> dict[str, float]:
    """Seconds from the call to the snapshot; everything is imported before."""
    from commonroll.roll import engine
    from commonroll.roll.load import load as load_roll
    from commonroll.roll.vault import Vault

    with tempfile.TemporaryDirectory(dir=DATA) as folder:
        engine.configure(threads=THREADS, temp=Path(folder) / "tmp")
        vault = Vault(Path(folder), "nc")
        vault.mark_sample()
        begun = clocks()
        result = load_roll(vault, [file], state="NC", now=datetime.now(UTC))
        used = since(begun)
        if result.snapshot is None or result.snapshot.rows["voters"] != voters:
            raise SystemExit(f"not loaded: {result.report.sentences}")
    return used


def copy(file: Path, codec: Literal["snappy", "zstd"]) -> dict[str, float]:
    """Seconds that DuckDB takes to copy the file to Parquet, every column as text."""
    import duckdb

    with (
        tempfile.TemporaryDirectory(dir=DATA) as folder,
        duckdb.connect(config={"threads": THREADS, "preserve_insertion_order": False}) as con,
    ):
        begun = clocks()
        read = con.read_csv(str(file), delimiter="\t", quotechar="", escapechar="", all_varchar=True)
        read.write_parquet(str(Path(folder) / "reference.parquet"), compression=codec)
        return since(begun)


def clocks() -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    return time.perf_counter(), time.process_time()


def since(begun: tuple[float, float]) -> dict[str, float]:
    seconds, cpu = (now - then for now, then in zip(clocks(), begun, strict=True))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": seconds, "cpu": cpu, "peak_mib": peak}


if __name__ == "__main__":
    main()
