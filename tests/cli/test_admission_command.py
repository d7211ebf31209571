"""`admission`: published, applied, declined, appealed, heard, from the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db


def test_from_criteria_to_a_second_word(shell: Shell, tmp_path: Path) -> None:
    file, paper = tmp_path / "criteria.json", tmp_path / "petition.pdf"
    paper.write_bytes(b"signed by many")
    now = datetime.now(UTC)
    said = {
        "title": "Candidates", "template": "campaign", "races": {"house-12": {}},
        "questions": ["Are you on the ballot?"], "papers": ["petition"], "priceCents": "50000",
        "payDays": "30", "start": f"{now:%Y-%m-%dT00:00:00Z}",
        "until": f"{now + timedelta(days=200):%Y-%m-%dT00:00:00Z}", "decideDays": "10", "appealDays": "14",
    }  # fmt: skip
    file.write_text(json.dumps(said | {"payDays": 30}))
    assert "payDays" in shell.refused("admission publish --as oh {pass}", file)
    file.write_text(json.dumps(said))
    shell("admission publish --as oh {pass}", file)
    assert "$500.00" in shell("admission criteria oh").stdout
    assert shell.json("admission criteria oh")[0]["version"] == "1"

    shell("admission apply oh --as rivera --race house-12 --answer Yes. --paper", f"petition={paper}")
    (mine,) = shell.json("admission list --as rivera")["own"]
    one = mine["application"]
    assert mine["state"] == "waiting" and "house-12" in shell("admission list --as oh").stdout
    assert "does not decide" in shell.refused(
        f"admission decide {one} --as rivera --yes --reason 'It is all there.'"
    )
    assert "no such application" in shell.refused(f"admission show {one} --as wa")
    shell(f"admission decide {one} --as oh --no --reason 'The petition is short.'")
    shell(f"admission appeal {one} --as rivera --reason 'It has 900 names.'")
    assert shell.json("admission list --as national")["to_hear"][0]["application"] == one
    heard = shell(f"admission hear {one} --as national --yes --reason 'We counted 900.'").stdout
    assert "accepted on appeal; agreement" in heard
    shown = shell.json(f"admission show {one} --as rivera")
    assert [step["step"] for step in shown["steps"]] == ["applied", "declined", "appealed", "overturned"]
    assert "sha256:" in shell(f"admission show {one} --as oh").stdout


def test_a_newcomer_from_the_form_to_a_member(shell: Shell, tmp_path: Path) -> None:
    from commonroll.server.actions import newcomers

    file = tmp_path / "members.json"
    said = {
        "title": "Who keeps it",
        "questions": ["Do you?"],
        "papers": [],
        "decideDays": "7",
        "appealDays": "9",
    }
    file.write_text(json.dumps(said | {"races": {}}))
    assert "races" in shell.refused("newcomer standard", file)
    file.write_text(json.dumps(said))
    shell("newcomer standard", file)
    assert "no newcomer" in shell("newcomer list").stdout
    form = newcomers.Said("campaign", "Quoll", "quoll@example.org", ["Yes."], {})
    asking, code = newcomers.ask(said=form, place=None)
    (row,) = shell.json("newcomer list")["to_decide"]
    assert row["name"] == "Quoll" and "Quoll" in shell("newcomer list").stdout
    assert "no such application" in shell.refused(f"newcomer show {asking.pk} --as oh")
    shell(f"newcomer decide {asking.pk} --no --reason 'The charter is not kept.'")
    newcomers.appeal(code=code, asking=str(asking.pk), reason="It is kept, since May.", place=None)
    assert shell.json("newcomer list --as oh")["to_hear"][0]["application"] == str(asking.pk)
    heard = shell(f"newcomer hear {asking.pk} --as oh --yes --reason 'We saw it kept.'").stdout
    assert "accepted on appeal" in heard
    assert "is the member" in shell(f"newcomer admit {row['newcomer']} rivera").stdout
    shown = shell.json(f"newcomer show {asking.pk}")
    assert shown["member"] == "rivera" and shown["steps"][-1]["step"] == "admitted"
    assert "reached at: quoll@example.org" in shell(f"newcomer show {asking.pk}").stdout
