"""The roll's history over 24 snapshots of a million voters, each with four million votes.

Prints one JSON line per figure: name, seconds (of processor time), wall, read_mib (what the process read of
files), folder_mib (what the snapshots' files hold together). The bar is on reading: a question of days or of
one voter reads less than half of the files, counts that are kept next to nothing.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from months import make

from commonroll.roll.changes import timeline
from commonroll.roll.changes.diff import diff
from commonroll.roll.changes.one_voter import look, state_id
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault

VOTERS, QUICK, MONTHS = 1_000_000, 50_000, 24
DATA = Path(__file__).parent / ".data"
ELECTION = date(2026, 11, 3)
BARS = {"history: every period": 1.0, "history: every period again": 0.01}
"""Share of the files that a question may read, where it is not half of them."""


def main() -> None:
    asked = argparse.ArgumentParser()
    asked.add_argument("--quick", action="store_true", help=f"{QUICK:,} voters")
    asked.add_argument("--root", type=Path, help="where the vault stands or is made")
    options = asked.parse_args()
    voters = QUICK if options.quick else VOTERS
    vault = make(options.root or DATA / f"history_{voters}", MONTHS, voters)
    for name, ask in questions(vault).items():
        # a file of few voters is one group of rows, of which a hit reads every column asked
        share = 1.0 if options.quick else BARS.get(name, 0.5)
        print(json.dumps(figure(name, measured(ask), folder(vault), share)))


def figure(name: str, found: dict[str, float], whole: int, share: float) -> dict[str, object]:
    """One line: what a question took, and whether it read no more than its share of the files."""
    ok = found["read_mib"] <= share * whole + 1
    return {"name": name, **found, "folder_mib": whole, "bar": f"reads {share:.0%}", "ok": ok}


def questions(vault: Vault) -> dict[str, Callable[[], object]]:
    """What is measured; counts that are kept from an earlier run go first."""
    for path in (vault.path / "reports").glob("changes-*.json"):
        path.unlink()
    before, last = vault.snapshot(MONTHS - 1), vault.snapshot(MONTHS)
    voter, county = somebody(vault)
    return {
        "history: two snapshots": lambda: diff(vault, before, last),
        "history: two days": lambda: diff(
            vault, timeline.current_on(vault, date(2025, 3, 20)), timeline.current_on(vault, date(2026, 8, 1))
        ),
        "history: one voter": lambda: look(vault, voter, election=ELECTION),
        "history: one county id": lambda: state_id(vault, county),
        "history: every period": lambda: timeline.periods(vault),
        "history: every period again": lambda: timeline.periods(vault),
    }


def somebody(vault: Vault) -> tuple[str, str]:
    """The state's and the county's id of a voter in the middle of a file."""
    with engine() as cursor:
        found = cursor.execute(
            "SELECT state_voter_id, county_voter_id FROM read_parquet(?) LIMIT 1 OFFSET 20000",
            [list(vault.files(vault.snapshot(2), "voters"))],
        ).fetchone()
    assert found is not None
    return str(found[0]), str(found[1])


def measured(ask: Callable[[], object]) -> dict[str, float]:
    began, read, wall = cpu(), bytes_read(), time.monotonic()
    ask()
    return {
        "seconds": round(cpu() - began, 2),
        "wall": round(time.monotonic() - wall, 2),
        "read_mib": round((bytes_read() - read) / 2**20),
    }


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def bytes_read() -> int:
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("rchar")))


def folder(vault: Vault) -> int:
    files = [path for table in ("voters", "history") for path in (vault.path / table).glob("*.parquet")]
    return round(sum(path.stat().st_size for path in files) / 2**20)


if __name__ == "__main__":
    main()
