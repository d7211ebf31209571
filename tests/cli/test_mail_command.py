"""`mail` and `ads`: counted, made, brought back and undone, from the shell."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db


def test_from_the_count_to_the_mail_that_came_back(shell: Shell, tmp_path: Path) -> None:
    of = "--as oh --for gotv --where"
    where = "member = 'oh' AND birth_year > 1985"
    found = shell.json(f"mail preview {of}", where)
    made = shell.json(f"mail make {of}", where, "--to", tmp_path / "mail.csv")
    with (tmp_path / "mail.csv").open() as file:
        pieces = list(csv.DictReader(file))
    assert len(pieces) == found["pieces"] == made["pieces"] and made["persons"] == found["persons"]
    assert [Path(proof).exists() for proof in made["proofs"]] == [True]
    back = tmp_path / "back.csv"
    back.write_text(f"code,reason,date\n{pieces[0]['return_code']},moved,{datetime.now(UTC).date()}\n")
    assert "1 lines refused" not in shell("mail returned --as oh", back).stdout
    (sheet,) = shell.json("mail sheets --as oh")
    assert "taken back" in shell(f"mail undo {sheet['id']} --as oh").stdout
    assert shell.json("mail sheets --as oh")[0]["undone"]
    assert "no such sheet" in shell.refused(f"mail undo {sheet['id']} --as national")
    lines = shell(f"ads make {of}", where, "--to", tmp_path / "ads.parquet").stdout
    assert "lines in" in lines and (tmp_path / "ads.parquet").exists()
    assert "law forbids ads" in shell.refused("ads preview --as wa --for gotv --where", "member = 'wa'")
