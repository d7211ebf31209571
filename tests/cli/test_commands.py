"""What each command does when all is well: exit 0, the answer on stdout, one JSON document with --json."""

from __future__ import annotations

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner
from commands import Shell
from world import World

from commonroll.cli import main
from commonroll.roll.layout.layout import all_layouts
from commonroll.server.models import Journal

pytestmark = pytest.mark.django_db


@pytest.fixture
def delivery(template: Path) -> Path:
    return template / "files" / "OH"


def test_members_with_the_snapshot_each_works_on(shell: Shell) -> None:
    found = {row["key"]: row for row in shell.json("member list")}
    assert (found["oh"]["snapshot"], found["oh"]["voters"]) == (1, 300)
    assert (found["national"]["snapshot"], found["national"]["voters"]) == (None, 0)
    assert "Washington" in shell("member list").stdout


def test_a_member_is_added_with_its_keys(shell: Shell, world: World) -> None:
    assert (
        "joined as nc" in shell("member add nc --name 'North Carolina' --kind state --state nc {pass}").stdout
    )
    assert world.member("nc").state == "NC" and world.home.signing_key("nc").exists()
    assert Journal.objects.filter(log="nc", type="member.key", index=0).exists()


def test_an_invitation_can_be_opened(shell: Shell, world: World) -> None:
    link = shell("invite oh dora@example.org --role viewer").stdout.strip()
    assert re.fullmatch(r"/invitation/[A-Za-z0-9_-]{40,}", link)
    assert world.client().get(link, follow=True).status_code == 200


def test_a_dry_run_reports_and_writes_nothing(shell: Shell, delivery: Path) -> None:
    before, rows = shell.json("snapshots oh"), Journal.objects.count()
    report = shell.json("load oh --dry-run", delivery)
    assert report["verdict"] == "accept"
    assert shell.json("snapshots oh") == before and Journal.objects.count() == rows


def test_a_load_makes_a_snapshot_and_a_receipt(shell: Shell, delivery: Path) -> None:
    said = shell("load oh", delivery).stdout
    assert "Verdict: accept" in said and "Snapshot 2 is the roll now." in said
    assert [row["number"] for row in shell.json("snapshots oh")] == [2, 1]
    assert shell.json("log show oh")[0]["type"] == "load"


def test_a_piece_leaves_the_other_counties(shell: Shell, delivery: Path) -> None:
    shell("load oh --piece", delivery / "SWVF_1_22.txt")
    found = {row["key"]: row for row in shell.json("member list")}
    assert (found["oh"]["snapshot"], found["oh"]["voters"]) == (2, 300)


def test_the_difference_of_two_loads_of_one_file_is_nothing(shell: Shell, delivery: Path) -> None:
    shell("load oh", delivery)
    found = shell.json("diff oh")
    assert (found["from"], found["to"], found["added"], found["dropped"]) == (1, 2, 0, 0)
    assert "all counties" in shell("diff oh --from 1 --to 2").stdout


def test_a_protected_list_takes_a_voter_out_of_every_count(shell: Shell, tmp_path: Path) -> None:
    ids = tmp_path / "ids.csv"
    shell("export --as oh --purpose gotv --columns state_voter_id --to", ids)
    with ids.open() as file:
        voter = next(csv.DictReader(file))["state_voter_id"]
    before = shell.json("count --as oh --purpose gotv")["total"]
    listed = tmp_path / "protected.csv"
    listed.write_text(f"state_voter_id\n{voter}\n")
    assert "1 voters are in no view" in shell("protect oh", listed).stdout
    assert shell.json("count --as oh --purpose gotv")["total"] == before - 1


def test_an_agreement_from_draft_to_the_end(shell: Shell) -> None:
    drafted = shell(
        "agreement draft oh rivera --purpose gotv --mode count --mode view --column district --column party "
        "--row county_fips=39035,39049 --mask birth_date=year --column birth_date "
        "--from 2026-01-01 --until 2030-01-01"
    ).stdout
    assert "agreement 3 is drafted" in drafted
    assert "Ohio" in shell("agreement show 3").stdout
    assert shell.json("agreement show 3")["agreement"]["@type"] in ("Agreement", "odrl:Agreement")
    shell("agreement sign 3 --as oh {pass}")
    shell("agreement sign 3 --as rivera {pass}")
    assert shell.json("agreement list")[0]["number"] == 3
    counted = shell.json("count --as rivera --purpose gotv --by party")
    assert set(counted["by_owner"]) <= {"oh"} and [gap["owner"] for gap in counted["gaps"]] == ["wa"]
    assert "ends on" in shell("agreement revoke 3 --as oh --cause safety {pass}").stdout
    shell.refused("count --as rivera --purpose gotv")


def test_a_statement_is_signed_again(shell: Shell) -> None:
    assert "signed" in shell("statement oh {pass}").stdout


def test_a_count_says_who_is_missing_and_why(shell: Shell) -> None:
    line = "count --as national --purpose gotv --where \"status = 'active'\" --by state,party"
    found = shell.json(line)
    assert found["total"] == sum(row["n"] for row in found["rows"]) > 0
    assert [gap["owner"] for gap in found["gaps"]] == ["wa"]
    said = shell(line).stdout
    assert found["gaps"][0]["sentence"] in said and f"{found['total']:,} voters" in said


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_an_export_writes_the_file_and_a_proof_for_each_owner(
    shell: Shell, tmp_path: Path, kind: str
) -> None:
    target = tmp_path / f"list.{kind}"
    found = shell.json("export --as national --purpose gotv --columns last_name --to", target)
    assert found["rows"] > 0 and target.stat().st_size > 0
    assert sorted(f.name for f in tmp_path.glob("list*")) == [target.name, f"{target.name}.oh.tlog-proof"]


def test_answers_come_back_and_stand_in_the_ledger(shell: Shell, tmp_path: Path) -> None:
    listed = tmp_path / "list.csv"
    shell(
        "export --as national --purpose gotv --columns state_voter_id --where \"member = 'oh'\" --to", listed
    )
    with listed.open() as file:
        voters = [row["state_voter_id"] for row in csv.DictReader(file)][:3]
    sheet = tmp_path / "answers.csv"
    lines = [f"oh,{voter},support,{n},2026-11-20,door" for n, voter in enumerate(voters)]
    sheet.write_text("\n".join(["owner,state_voter_id,question,answer,date,channel", *lines, ""]))
    assert shell.json("answers national", sheet)["loaded"] == 3
    (line,) = [row for row in shell.json("ledger oh") if row["recipient"] == "national"]
    assert (line["answers_returned"], line["rows_lent"]) == (3, shell.json("ledger national")[0]["rows_lent"])
    assert "national" in shell("ledger oh").stdout
    shell.refused("answers national", sheet)


def test_the_log_is_shown_verified_and_proved(shell: Shell) -> None:
    assert shell.json("log show oh --last 2")[0]["index"] is not None
    assert shell.json("log verify oh")["ok"] is True
    assert shell("log receipt oh 0").stdout.startswith("c2sp.org/tlog-proof@v1\n")
    assert shell.json("log verify federation")["ok"] is True


def test_a_copied_log_is_verified_with_its_key_alone(shell: Shell, world: World, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(world.home.logs / "oh", copy)
    nowhere = Shell(tmp_path / "no-home", shell.passphrases)
    vkey, wrong = world.member("oh").log_vkey, world.member("wa").log_vkey
    said = nowhere("log verify", copy, "--key", vkey).stdout
    assert "first check here" in said and "What is not proved:" in said
    again = nowhere.json("log verify", copy, "--key", vkey)
    assert again["ok"] and again["before"] == again["size"] and again["first_at"] <= again["last_at"]
    nowhere.refused("log verify", copy, "--key", wrong, "--seen", tmp_path / "other")
    nowhere.refused("log verify", copy)
    nowhere("log verify", tmp_path / "none", "--key", vkey, code=3)
    nowhere("log verify https://10.0.0.1/log/oh --key", vkey, code=3)
    tile = next(file for file in copy.rglob("entries/**/*") if file.is_file())
    tile.write_bytes(tile.read_bytes().replace(b"member.key", b"member.kez"))
    nowhere.refused("log verify", copy, "--key", vkey)
    assert not (tmp_path / "no-home").exists()


def test_a_log_that_forgot_an_earlier_checkpoint_is_found(shell: Shell, world: World, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    earlier.write_bytes((world.home.logs / "oh" / "checkpoint").read_bytes())
    assert shell.json("log verify oh --since", earlier)["ok"] is True
    earlier.write_bytes((world.home.logs / "wa" / "checkpoint").read_bytes())
    shell.refused("log verify oh --since", earlier)


def test_tables_in_a_pipe_lose_no_cell(shell: Shell) -> None:
    said = shell("member list").stdout + shell("log show oh").stdout
    assert "…" not in said and "recipient" in said and "agreement" in said


# Without a federation


def test_a_states_official_files_are_invented(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["generate", "oh", "--voters", "50", "--out", str(tmp_path)])
    assert found.exit_code == 0 and "50 rows in 4 files" in found.stdout
    assert len(list((tmp_path / "OH").glob("*.txt"))) == 4 and (tmp_path / "truth").is_dir()


def test_a_state_without_a_layout_is_not_invented(tmp_path: Path) -> None:
    found = CliRunner().invoke(main, ["generate", "zz", "--out", str(tmp_path)])
    assert found.exit_code == 1 and "Next: " in found.stderr


def test_layouts_are_listed() -> None:
    found = CliRunner().invoke(main, ["layout", "list", "--json"])
    assert [row["key"] for row in json.loads(found.stdout)] == [one.key for one in all_layouts()]
