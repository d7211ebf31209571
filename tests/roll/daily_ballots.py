"""Daily files of ballots for tests: North Carolina's absentee file of one election, of invented voters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from deliveries import line, taken, vault_of, written

from commonroll.roll.ballots.daily import Day, Taken, take
from commonroll.roll.layout.layout import layout
from commonroll.roll.vault.vault import Vault

ELECTION = date(2026, 11, 3)
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
ORDER = layout("nc/2024-01.absentee").order
COUNTIES = ("1", "2", "3")


def rolled(root: Path, voters: int = 9) -> Vault:
    """A vault whose voters live in three counties by turns."""
    vault = vault_of(root)
    rows = [line(n, county_id=COUNTIES[n % 3]) for n in range(1, voters + 1)]
    assert taken(vault, written(root / "roll.txt", rows)).snapshot
    return vault


def ballot(number: int, sent: str = "", back: str = "", status: str = "", asked: str = "09/01/2026") -> str:
    """One line: the voter's number, days as the state writes them."""
    cells = {
        "county_desc": "ALAMANCE", "ncid": f"AA{number:06}", "election_dt": "11/03/2026",
        "ballot_req_dt": asked, "ballot_send_dt": sent, "ballot_rtn_dt": back, "ballot_rtn_status": status,
        "ballot_req_type": "MAIL",
    }  # fmt: skip
    return ",".join(f'"{cells.get(name, "")}"' for name in ORDER)


def day_file(path: Path, lines: Sequence[str]) -> Path:
    head = ",".join(f'"{name}"' for name in ORDER)
    path.write_text("".join(f"{row}\n" for row in (head, *lines)), "latin-1")
    return path


def took(vault: Vault, as_of: date, lines: Sequence[str], **options: object) -> Taken:
    """Load a day's lines."""
    path = day_file(vault.path.parent / f"absentee_{as_of:%Y%m%d}.csv", lines)
    day = Day.of(ELECTION, as_of, today=NOW.date())
    return take(vault, [path], day, now=NOW, **options)  # type: ignore[arg-type]


def states(vault: Vault) -> dict[str, str]:
    """Voter's number -> status, as the table ballots has it now."""
    head = vault.current()
    assert head is not None
    rows = duckdb.connect().read_parquet(list(vault.files(head, "ballots")))
    return {row[0].lstrip("A0"): row[1] for row in rows.project("state_voter_id, status").fetchall()}
