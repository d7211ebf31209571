"""`list`: made, combined, drawn, exported, put away and back, from the shell."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db


def test_from_making_to_the_file(shell: Shell, tmp_path: Path) -> None:
    shell("list folder Ohio --as national")
    shell(
        "list make --as national --purpose gotv --name Young --folder Ohio --where",
        "member = 'oh' AND birth_year > 1985",
    )
    shell("list make --as national --purpose gotv --name Active --where", "member = 'oh'")
    (one, other) = sorted(shell.json("list all --as national"), key=lambda x: x["id"])
    assert (one["name"], one["folder"]) == ("Young", "Ohio") and 0 < one["rows"] < other["rows"]
    rest = shell.json(f"list combine difference {other['id']} {one['id']} --as national --name Old")[0]
    assert rest["rows"] == other["rows"] - one["rows"]
    parts = shell.json(f"list split {rest['id']} test control --as national")
    assert sum(part["rows"] for part in parts) == rest["rows"]
    seven = shell.json(f"list sample {rest['id']} 7 --as national --name Seven")[0]["id"]
    assert "7 of 7 may be seen today" in shell(f"list show {seven} --as national").stdout
    shell(f"list export {one['id']} --as national --columns last_name --to", str(tmp_path / "young.csv"))
    with (tmp_path / "young.csv").open() as file:
        assert len(list(csv.DictReader(file))) == one["rows"]
    assert "made" in shell(f"list history {one['id']} --as national").stdout
    shell(f"list delete {one['id']} --as national")
    assert "no such list" in shell.refused(f"list show {one['id']} --as national")
    shell(f"list delete {one['id']} --as national --back")
    assert "no such list" in shell.refused(f"list show {one['id']} --as oh")
