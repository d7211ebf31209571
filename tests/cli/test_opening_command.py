"""`log open` for a party, and `log check` for whoever was shown."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import Shell

from commonroll.cli import main
from commonroll.server import logs
from commonroll.server.home import Home
from commonroll.server.models import Federation, Journal

pytestmark = pytest.mark.django_db


def test_a_dispute_from_the_entry_to_the_check(shell: Shell, tmp_path: Path) -> None:
    shell('count --as national --purpose gotv --where "birth_year < 1971"')
    shell("log verify oh")
    index = Journal.objects.filter(log="oh", type="count").latest("pk").index
    assert json.loads(shell(f"log open oh {index} --as oh {{pass}}").stdout)["part"] == "detail"
    assert "recipient alone" in shell.refused(f"log open oh {index} --as oh --strategy {{pass}}")
    shell(f"log export oh --open {index} {{pass}} --to", tmp_path / "audit")
    assert json.loads((tmp_path / f"audit/openings/{index}.json").read_text())["part"] == "detail"
    alone = [sys.executable, "-I", "-S", str(tmp_path / "audit" / "verify.py")]
    assert "1 entries were opened" in subprocess.run(alone, capture_output=True, text=True, check=True).stdout
    file = tmp_path / "opening.json"
    shell(f"log open oh {index} --as national --strategy --dispute {{pass}} --to", file)
    vkey = logs.log_vkey(Home(shell.home), Federation.objects.get(), "oh")
    anywhere = ["log", "check", str(file), "--key", vkey, "--json"]
    found = json.loads(CliRunner().invoke(main, anywhere).stdout)
    assert found["ok"] and "1971" in found["details"]["where"]
    file.write_text(file.read_text().replace("1971", "1981"))
    refused = CliRunner().invoke(main, anywhere)
    assert refused.exit_code == 1 and "proves nothing" in refused.stderr
    assert Journal.objects.filter(type="opening", log="oh").count() == 3


def test_arbiters_open_an_entry_from_rule_to_check(shell: Shell, tmp_path: Path) -> None:
    def offline(*words: str) -> str:
        done = CliRunner().invoke(main, ["log", *words])
        assert done.exit_code == 0, done.output
        return done.stdout.strip()

    assert shell.json("log dispute-rule") is None
    named = [
        f"--arbiter {name}={offline('arbiter-key', str(tmp_path / name))}" for name in ("Ann", "Bob", "Cy")
    ]
    assert "no rule" in shell.refused(f"log dispute-rule --of 1 {named[0]}")
    assert shell.json(f"log dispute-rule --of 2 {' '.join(named)}")["threshold"] == "2"
    shell('count --as national --purpose gotv --where "birth_year < 1971"')
    shell("log verify oh")
    index = Journal.objects.filter(log="oh", type="count").latest("pk").index
    request, opened = tmp_path / "request.json", tmp_path / "opening.json"
    shell(f'log dispute {index} --as oh --reason "who was counted?" --to', request)
    vkey = logs.log_vkey(Home(shell.home), Federation.objects.get(), "oh")
    for name in ("Ann", "Cy"):
        key, part = str(tmp_path / name), str(tmp_path / f"{name}.part")
        said = offline("part", str(request), "--arbiter-key", key, "--key", vkey, "--to", part)
        assert said == "who was counted?"
    parts = [f"--part {tmp_path / name}.part" for name in ("Ann", "Cy")]
    assert "1 of 2" in shell.refused(f"log open oh {index} --as oh {parts[0]} {{pass}}")
    shell(f"log open oh {index} --as oh {' '.join(parts)} {{pass}} --to", opened)
    assert "1971" in json.loads(offline("check", str(opened), "--key", vkey, "--json"))["details"]["where"]
    assert shell.json("log dispute-rule --end") is None
    assert (tmp_path / "Ann").stat().st_mode & 0o77 == 0
