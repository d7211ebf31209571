"""`ballots` from the shell: a county board's own files, day by day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import Shell

from ohio_ballots import board, day_file

pytestmark = pytest.mark.django_db

TODAY = datetime.now(UTC).date()
ELECTION, SENT, BACK = TODAY + timedelta(5), TODAY - timedelta(30), TODAY - timedelta(4)


def line(voter: str, back: str = "", what: str = "") -> str:
    return f"{voter},{TODAY - timedelta(60)},{SENT},{back},{what}"


def test_days_of_ballots(shell: Shell, tmp_path: Path) -> None:
    ids = board(shell.home)
    load, (monday, tuesday, wednesday) = (
        f"ballots load --as oh --election {ELECTION}",
        [str(TODAY - timedelta(days)) for days in (3, 2, 1)],
    )
    rows = [line(one) for one in ids]
    first = day_file(tmp_path / "ballots1.csv", rows)
    told = shell.json(load, "--as-of", monday, first)
    assert (told["voters"], told["changed"], told["snapshot"]) == (20, 20, 2)
    assert shell.json(load, "--as-of", monday, first)["changed"] == 0
    shorter = day_file(tmp_path / "ballots2.csv", rows[:9])
    assert "--shorter-is-right" in shell.refused(load, "--as-of", tuesday, shorter)
    assert "still to come" in shell.refused(load, "--as-of", "2199-10-06", shorter)
    second = day_file(
        tmp_path / "ballots3.csv", [line(ids[0], str(BACK)), line(ids[1], "2203-10-05"), *rows[2:]]
    )
    assert shell.json(load, "--as-of", tuesday, second)["doubtful"] == 1
    third = day_file(tmp_path / "ballots4.csv", [line(ids[0], str(BACK), "SIGNATURE"), *rows[1:]])
    shell.json(load, "--as-of", wednesday, third)
    asked = f"--as oh --purpose gotv --election {ELECTION}"
    (cure,) = shell.json("ballots cure", *asked.split())["lines"]
    assert (cure["days_left"], cure["until"], cure["voters"]) == (None, "ask the county", 1)
    assert "signature" in cure["why"]
    assert "ask the county" in shell("ballots cure", *asked.split()).stdout
    assert "Unknown" in shell("ballots chase", *asked.split()).stdout
    words = shell.json("ballots status --as oh")["counties"]
    assert sum(word["returned"] for word in words) == 1
    assert {word["returns"] for word in words} == {"told", "unknown"}
    assert "unknown" in shell("ballots status --as oh").stdout
    assert "no daily file" in shell.refused("ballots status --as wa")
