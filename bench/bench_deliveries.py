"""The shapes a delivery comes in: 67 files against one, fixed width against the same voters apart by tabs.

Each pair holds the same invented voters, and each load runs in a process of its own, in turns; the best of
each counts. Compared are CPU seconds, as they change less on a busy machine; gate and commit are included.
Prints one JSON line for each pair: name, seconds, reference_seconds, ratio, rows_per_second, bar, ok.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

VOTERS, QUICK, SEED, THREADS = 300_000, 60_000, 7, 2
DAY = "20261121"
MANY_BAR, FIXED_BAR = 1.1, 2.0
"""Times the seconds of the reference: of many files, and of fixed width (half the rows a second)."""
DATA = Path(__file__).parent / ".data"
FIXED = "tx/2000-01.registration.fwf685"
BLOCK_LINES = 4_096


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--quick", action="store_true", help=f"{QUICK:,} voters")
    asked.add_argument("--voters", type=int, default=int(os.environ.get("BENCH_VOTERS", VOTERS)))
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--child", nargs=2, metavar=("STATE", "FOLDER"))
    options = asked.parse_args()
    voters = QUICK if options.quick else options.voters
    if options.child:
        print(json.dumps(load(options.child[0], Path(options.child[1]), voters)))
        return
    for name, state, mine, reference, bar in (
        ("67 files", "FL", *florida(voters), MANY_BAR),
        ("fixed width", "TX", *texas(voters), FIXED_BAR),
    ):
        print(json.dumps(figure(name, state, mine, reference, bar, voters, options.rounds)), flush=True)


def figure(
    name: str, state: str, mine: Path, reference: Path, bar: float, voters: int, rounds: int
) -> dict[str, object]:
    """The line of one pair: best against best."""
    turns = [[child(state, folder, voters) for folder in (mine, reference)] for _ in range(rounds)]
    best, other = (min(used["cpu"] for used in runs) for runs in zip(*turns, strict=True))
    return {
        "name": name,
        "seconds": round(best, 2),
        "reference_seconds": round(other, 2),
        "ratio": round(best / other, 2),
        "rows_per_second": round(voters / best),
        "bar": bar,
        "ok": best / other <= bar,
    }


def child(state: str, folder: Path, voters: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--child", state, str(folder), "--voters", str(voters)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def load(state: str, folder: Path, voters: int) -> dict[str, float]:
    """CPU seconds from the call to the snapshot; everything is imported before, and the layouts are read."""
    from commonroll.roll import engine
    from commonroll.roll.load import load as load_roll
    from commonroll.roll.vault.vault import Vault

    with tempfile.TemporaryDirectory(dir=DATA) as home:
        engine.configure(threads=THREADS, temp=Path(home) / "tmp")
        if (folder / "layouts").is_dir():
            (Path(home) / "layouts").symlink_to(folder / "layouts")
        vault = Vault(Path(home) / "vaults", state.lower())
        vault.mark_sample()
        vault.layouts()
        begun = time.process_time()
        result = load_roll(vault, [folder / "files"], state=state, now=datetime.now(UTC))
        used = time.process_time() - begun
        if result.snapshot is None or result.snapshot.rows["voters"] != voters:
            raise SystemExit(f"not loaded: {result.report.sentences}")
    return {"cpu": used}


def florida(voters: int) -> tuple[Path, Path]:
    """Florida's registrations: a file for each county, and the same lines in one file."""
    many, one = DATA / f"fl_{voters}_many", DATA / f"fl_{voters}_one"
    if not (one / "files").exists():
        with tempfile.TemporaryDirectory(dir=DATA) as made:
            from commonroll.invented.generate import generate

            generate(["FL"], voters, SEED, Path(made))
            found = [path for path in Path(made, "FL").rglob("*.txt") if "_H_" not in path.name]
            placed(many, {path.name: path.read_bytes() for path in found})
            placed(one, {f"DAD_{DAY}.txt": b"".join(path.read_bytes() for path in sorted(found))})
    return many, one


def texas(voters: int) -> tuple[Path, Path]:
    """Texas's registrations in lines of 685 bytes, and the same voters with tabs between the columns."""
    fixed, tabs = DATA / f"tx_{voters}_fixed", DATA / f"tx_{voters}_tabs"
    if not (tabs / "files").exists():
        from commonroll.roll.layout.layout import layout

        with tempfile.TemporaryDirectory(dir=DATA) as made:
            whole = b"".join(path.read_bytes() for path in written(voters, Path(made)))
        placed(fixed, {"TEXAS.txt": whole})
        columns = layout(FIXED).order
        placed(tabs, {"TEXAS.txt": "\t".join(columns).encode() + b"\n" + b"".join(apart_by_tabs(whole))})
        (tabs / "layouts" / "tx").mkdir(parents=True, exist_ok=True)
        (tabs / "layouts" / "tx" / "2000-01.registration.tabs.toml").write_text(tabs_layout(), "utf-8")
    return fixed, tabs


def written(voters: int, folder: Path) -> Iterator[Path]:
    """The county files that the layout's writer makes."""
    from commonroll.invented.official import write_product
    from commonroll.invented.rolls import found, in_file_order
    from commonroll.roll.layout.layout import layout

    whole = found(["TX"], voters, SEED)
    yield from write_product(folder, whole, layout(FIXED), in_file_order(whole, "TX"), DAY)


def placed(folder: Path, files: dict[str, bytes]) -> None:
    (folder / "files").mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / "files" / name).write_bytes(content)


def apart_by_tabs(whole: bytes) -> Iterator[bytes]:
    """Lines of fixed columns as lines of cells without the blanks that fill them up."""
    from commonroll.roll.layout.layout import layout
    from commonroll.roll.reading.fixed import fixed_of
    from commonroll.roll.reading.parts import line_ends

    form = layout(FIXED).format
    step = BLOCK_LINES * (form.record_length + 1)
    for at in range(0, len(whole), step):
        block = whole[at : at + step]
        plain, odd = fixed_of(form).block(block, line_ends(block))
        if len(odd):
            raise SystemExit("a line of fixed width is none")
        yield plain.replace(b"\x1f", b"\t")


def tabs_layout() -> str:
    """The layout of the fixed columns, for a file with a header and tabs."""
    from commonroll.roll.counties import LAYOUTS
    from commonroll.roll.layout.layout import layout

    text = (LAYOUTS / f"{FIXED}.toml").read_text("utf-8")
    before, _, rest = text.partition("[format]")
    columns = json.dumps(list(layout(FIXED).order))
    form = 'kind = "delimited"\ndelimiter = "\\t"\nencoding = "latin-1"\nheader = true\nquoting = "none"'
    more = rest.partition("[recognise]")[2]
    return f"{before}columns_order = {columns}\n\n[format]\n{form}\n\n[recognise]{more}"


if __name__ == "__main__":
    main()
