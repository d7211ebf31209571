"""`ballots` from the shell: a county board's own files, day by day."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from commands import Shell

from commonroll.roll.vault.vault import Vault

pytestmark = pytest.mark.django_db

LAYOUT = """
state = "OH"
role = "absentee"
title = "A county board of Ohio, ballots"
since = 2000-01-01
confidence = "observed"
files = ["ballots*.csv"]
dates = ["%Y-%m-%d"]
columns_order = ["SOS_ID", "Asked", "Sent", "Back", "What"]

[format]
kind = "delimited"
delimiter = ","
encoding = "utf-8"
header = true
quoting = "some"

[columns]
state_voter_id = "SOS_ID"
requested_on = "Asked"
sent_on = "Sent"
returned_on = "Back"
status = "What"
reason = "What"

[codes.status]
"SIGNATURE" = "rejected"
"LATE" = "rejected"

[expect]
rows = { min = 1, max = 9_000_000 }
filled = { requested_on = 0.5 }
"""


def board(shell: Shell) -> list[str]:
    """Ohio's layout for its counties' files, in the home; ids of its first voters."""
    folder = shell.home / "layouts" / "oh"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "2000-01.absentee.toml").write_text(LAYOUT, "utf-8")
    vault = Vault(shell.home / "vaults", "oh")
    head = vault.current()
    assert head is not None
    rows = duckdb.connect().read_parquet(list(vault.files(head, "voters")))
    found = rows.filter("status = 'active'").project("state_voter_id").order("1").limit(20)
    return [str(row[0]) for row in found.fetchall()]


def day_file(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(["SOS_ID,Asked,Sent,Back,What", *rows]) + "\n", "utf-8")
    return path


def test_days_of_ballots(shell: Shell, tmp_path: Path) -> None:
    ids = board(shell)
    load = "ballots load --as oh --election 2026-11-03"
    rows = [f"{one},2026-09-01,2026-10-01,," for one in ids]
    first = day_file(tmp_path / "ballots1.csv", rows)
    told = shell.json(load, "--as-of", "2026-10-05", first)
    assert (told["voters"], told["changed"], told["snapshot"]) == (20, 20, 2)
    assert shell.json(load, "--as-of", "2026-10-05", first)["changed"] == 0
    shorter = day_file(tmp_path / "ballots2.csv", rows[:9])
    assert "--shorter-is-right" in shell.refused(load, "--as-of", "2026-10-06", shorter)
    assert "still to come" in shell.refused(load, "--as-of", "2199-10-06", shorter)
    back = [f"{ids[0]},2026-09-01,2026-10-01,2026-10-05,", f"{ids[1]},2026-09-01,2026-10-01,2203-10-05,"]
    second = day_file(tmp_path / "ballots3.csv", [*back, *rows[2:]])
    assert shell.json(load, "--as-of", "2026-10-06", second)["doubtful"] == 1
    words = shell.json("ballots status --as oh")["counties"]
    assert sum(word["returned"] for word in words) == 1
    assert {word["returns"] for word in words} == {"told", "unknown"}
    assert "unknown" in shell("ballots status --as oh").stdout
    assert "no daily file" in shell.refused("ballots status --as wa")
