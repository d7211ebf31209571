"""`match` and `unmatch`: a list comes in from the command line, and goes out again."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from commands import Shell
from tests.identity.made_lists import listed
from world import World

from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.vault import Vault
from commonroll.server.models import Journal, ListImport

TERMS = (
    '--kind donors --source "the spring gala" --licence "own records" --basis "consent on the pledge card" '
    "--dated 2026-01-05"
)


def oh(world: World) -> Vault:
    return Vault(world.home.vaults, "oh")


@pytest.fixture
def people(world: World) -> list[list[str]]:
    """Forty of Ohio's voters, as a list has them."""
    vault = oh(world)
    voters = ibis_engine().read_parquet(list(vault.files(vault.current(), "voters")))
    rows = voters.order_by("state_voter_id").limit(40).to_pyarrow().to_pylist()
    return [
        [one["first_name"], one["last_name"], one["residence_line1"], one["residence_zip5"],
         str(one["birth_date"] or one["birth_year"]), "=1+1", "25"]
        for one in rows
    ]  # fmt: skip


@pytest.fixture
def gala(people: list[list[str]], tmp_path: Path) -> Path:
    header = ["First", "Last", "Address", "Zip", "Birth Date", "=Note", "Amount"]
    return listed(tmp_path / "gala.csv", header, people)


def test_a_list_is_matched_kept_once_written_and_undone(
    shell: Shell, gala: Path, world: World, tmp_path: Path
) -> None:
    out = tmp_path / "back.csv"
    told = shell.json(f"match oh {gala} {TERMS} --to {out}")
    report = told["report"]
    assert (report["rows"], report["sure"] + report["unsure"] + report["household"] + report["none"]) == (
        40,
        40,
    )
    assert report["sure"] >= 30
    assert told["brought"]["facts"] == 80
    assert "This very file came in" in shell.refused(f"match oh {gala} {TERMS}")

    rows = list(csv.reader(out.open(encoding="utf-8")))
    assert rows[0][-4:] == [
        "commonroll_voter_id",
        "commonroll_match",
        "commonroll_score",
        "commonroll_reason",
    ]
    assert "'=Note" in rows[0]
    assert {row[6] for row in rows[1:]} == {"'=1+1"}
    leaf = Journal.objects.filter(log="oh", type="export.intent").latest("pk")
    assert (leaf.rows, leaf.columns) == (40, ["voters.state_voter_id"])

    (known,) = shell.json("imports oh")
    assert (known["import_id"], known["stands"], known["source"]) == (told["import"], True, "the spring gala")
    said = shell(f'unmatch oh {told["import"]} --reason "the wrong gala"').stdout
    assert "counts nowhere" in said
    assert not shell.json("imports oh")[0]["stands"]
    assert "counts again" in shell(f"unmatch oh {told['import']} --back").stdout
    actions = [
        json.loads(one.leaf)["action"]
        for one in Journal.objects.filter(log="oh", type="operator").order_by("pk")
    ]
    assert actions[-3:] == ["list.imported", "list.undone", "list.restored"]


def test_columns_are_stated_and_a_dry_run_keeps_and_names_nobody(
    shell: Shell, people: list[list[str]], tmp_path: Path
) -> None:
    path = listed(tmp_path / "odd.csv", ["A", "B", "C", "D"], [row[:4] for row in people])
    said = shell(
        f"match oh {path} {TERMS} --dry-run --column first_name=A --column last_name=B --column leave=D"
    ).stdout
    assert "are surely one of your voters" in said
    assert said.count("you said so") == 3
    assert not any(row[1] in said for row in people if len(row[1]) > 4)
    assert not ListImport.objects.exists()
    assert shell.json("imports oh") == []
    assert "There is no such role" in shell.refused(f"match oh {path} {TERMS} --dry-run --column surname=B")


MISSING = {
    "--kind donors ": "kind",
    '--source "the spring gala" ': "source",
    '--licence "own records" ': "licence",
    '--basis "consent on the pledge card" ': "basis",
    " --dated 2026-01-05": "dated_on",
}


@pytest.mark.parametrize("left_out", MISSING)
def test_without_one_of_the_terms_nothing_comes_in(shell: Shell, gala: Path, left_out: str) -> None:
    said = shell.refused(f"match oh {gala} {(' ' + TERMS).replace(left_out, ' ')}")
    assert MISSING[left_out] in said


def test_a_list_of_deaths_gives_counts_and_suppressions_alone(
    shell: Shell, people: list[list[str]], world: World, tmp_path: Path
) -> None:
    path = listed(
        tmp_path / "deaths.csv", ["First", "Last", "Address", "Zip", "Birth Date", "Date of Death"],
        [[*row[:5], "2026-02-03"] for row in people],
    )  # fmt: skip
    terms = TERMS.replace("donors", "hygiene").replace("the spring gala", "the county's register")
    out = tmp_path / "out.csv"
    assert "no row of it leaves" in shell.refused(f"match oh {path} {terms} --to {out}")
    assert not out.exists()
    assert shell.json("imports oh") == []
    told = shell.json(f"match oh {path} {terms} --leave-alone mail,door")
    (known,) = shell.json("imports oh")
    assert known["brought"] == {"facts": 0, "contacts": 0, "reachables": 0, "listings": 0}
    alone = told["brought"]["left_alone"]
    assert alone == told["report"]["voters"] > 25
    assert len(oh(world).suppressed()) >= 2 * alone
    shell(f'unmatch oh {told["import"]} --reason "a wrong register"')
    assert not any(one == "hygiene" for one in oh(world).suppressed()["reason"].to_pylist())


def test_only_hygiene_leaves_people_alone(shell: Shell, gala: Path) -> None:
    assert "only people of a list for hygiene" in shell.refused(f"match oh {gala} {TERMS} --leave-alone mail")
