"""A county board's own files of ballots, in Ohio, where no state file has them: the layout and its days."""

from __future__ import annotations

from pathlib import Path

import duckdb

from commonroll.roll.vault.vault import Vault

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


def board(home: Path) -> list[str]:
    """Ohio's layout for its counties' files, in the home; ids of its first voters."""
    folder = home / "layouts" / "oh"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "2000-01.absentee.toml").write_text(LAYOUT, "utf-8")
    vault = Vault(home / "vaults", "oh")
    head = vault.current()
    assert head is not None
    rows = duckdb.connect().read_parquet(list(vault.files(head, "voters")))
    found = rows.filter("status = 'active'").project("state_voter_id").order("1").limit(20)
    return [str(row[0]) for row in found.fetchall()]


def day_file(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(["SOS_ID,Asked,Sent,Back,What", *rows]) + "\n", "utf-8")
    return path
