"""What does not go: wrong usage is 2 and says how; a refusal is 1 and says what to do next."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from commands import Shell
from world import World

import migrated
from commonroll.cli import main
from commonroll.cli.reference import every_command
from thorough import THOROUGH

COMMANDS = {" ".join(path[1:]): command for path, command in every_command(main) if len(path) > 1}
LINES = Path(__file__).parents[1] / "command_lines.py"
LEAVES = sorted(name for name, command in COMMANDS.items() if not isinstance(command, click.Group))

OLDER = ("0002", "server_load", "piece") if THOROUGH else ("0053", "server_webhook", "salt")
"""The older version of a home: its last migration, a table, and a column that the next one adds."""


def outside() -> dict[str, str]:
    """The environment of a command that knows nothing of this test: the tests' own settings ignore both."""
    names = ("DJANGO_SETTINGS_MODULE", "DATABASE_URL", "COMMONROLL_HOME")
    return {name: value for name, value in os.environ.items() if name not in names}


def needs_words(name: str) -> bool:
    return any(parameter.required for parameter in COMMANDS[name].params)


@pytest.mark.parametrize("name", LEAVES)
def test_an_unknown_option_is_wrong_usage(name: str) -> None:
    found = CliRunner().invoke(main, [*name.split(), "--no-such-option"])
    assert found.exit_code == 2 and found.stdout == "" and "Usage: " in found.stderr


@pytest.mark.parametrize("name", [name for name in LEAVES if needs_words(name)])
def test_a_missing_word_is_wrong_usage(name: str) -> None:
    found = CliRunner().invoke(main, name.split())
    assert found.exit_code == 2 and found.stdout == "" and "Missing" in found.stderr


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    found = CliRunner().invoke(main, [*name.split(), "--help"])
    assert found.exit_code == 0 and len(found.stdout.splitlines()) > 4


@pytest.mark.parametrize(
    "line",
    [
        "agreement draft oh rivera --purpose gotv --mode count --column party --from yesterday "
        "--until 2027-01-01",
        "agreement draft oh rivera --purpose gotv --mode count --column party --from 2026-01-01 "
        "--until 2027-01-01 --row county_fips",
        "agreement revoke 1 --as oh --cause boredom",
        "agreement show one",
        "generate OH --voters 0 --out x",
        "log show oh --last 0",
        "log receipt oh -- -1",
        "load oh x --accept everything",
        "serve --port 0",
    ],
)
@pytest.mark.django_db
def test_a_word_that_does_not_fit_is_wrong_usage(shell: Shell, line: str) -> None:
    assert CliRunner().invoke(main, line.split(), env={"COMMONROLL_HOME": str(shell.home)}).exit_code == 2


TERMS = "--purpose gotv --mode count --from 2026-01-01 --until 2027-01-01"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("member add oh --name X --kind state --state OH {pass}", "taken"),
        ("member add x1 --name X --kind state {pass}", "state"),
        ("member add x1 --name X --kind state --state ZZ {pass}", "layout"),
        ("member add Upper --name X --kind group {pass}", "key"),
        ("member add x1 --name X --kind group", "passphrase"),
        ("invite oh not-an-address", "e-mail"),
        ("invite nobody a@example.org", "no such member"),
        ("load oh /no/such/file.txt", "not there"),
        ("load nobody /etc/hostname", "no such member"),
        ("load national /etc/hostname", "owns no state's file"),
        ("load oh /etc/hostname", "no layout fits"),
        ("load oh /etc/hostname --layout oh/1999-01.registration", "no layout"),
        ("load oh /etc/hostname --dry-run", "no layout fits"),
        ("diff oh", "fewer than two snapshots"),
        ("diff oh --from 1 --to 9", "9"),
        ("snapshots nobody", "no such member"),
        (f"agreement draft oh rivera {TERMS} --column shoe_size", "shoe_size"),
        (f"agreement draft oh rivera {TERMS} --column party --row shoe_size=1", "no row limit of this name"),
        (f"agreement draft oh rivera {TERMS} --column party --mask party=sideways", "no mask"),
        (f"agreement draft national rivera {TERMS} --column party", "owns no state's file"),
        (f"agreement draft oh oh {TERMS} --column party", ""),
        ("agreement draft oh rivera --purpose gotv --mode count --column party --from 2027-01-01 "
         "--until 2026-01-01", ""),
        ("agreement draft oh rivera --purpose revenge --mode count --column party --from 2026-01-01 "
         "--until 2027-01-01", "no purpose of this name"),
        ("agreement show 99", "no such agreement"),
        ("agreement sign 1 --as oh {pass}", "takes no signature"),
        ("agreement sign 1 --as oh --line nonsense", "takes no signature"),
        ("agreement revoke 1 --as rivera --cause law {pass}", ""),
        ("agreement revoke 1 --as oh --cause law", "passphrase"),
        ("statement nobody {pass}", "no such member"),
        ("count --as nobody --purpose gotv", "no such member"),
        ("count --as national --purpose revenge", "purpose"),
        ("count --as national --purpose persuasion", "Ohio"),
        ("count --as national --purpose gotv --where \"partty = 'DEM'\"", "party"),
        ("count --as national --purpose gotv --where \"party = 'DEM' AND (SELECT 1)\"", "subqueries"),
        ("count --as national --purpose gotv --by shoe_size", "shoe_size"),
        ("export --as national --purpose gotv --columns party --to list.doc", "format"),
        ("export --as national --purpose gotv --columns party --to /no/such/folder/list.csv", "not there"),
        ("export --as national --purpose gotv --columns shoe_size --to list.csv", "shoe_size"),
        ("answers nobody /etc/hostname", "no such member"),
        ("answers national /etc/hostname", ""),
        ("protect oh /dev/null", ""),
        ("ledger nobody", "no such member"),
        ("log show nobody", "no such member"),
        ("log receipt oh 9999", "no such entry"),
    ],
)  # fmt: skip
@pytest.mark.django_db
def test_a_refusal_says_why_and_what_next(
    shell: Shell, line: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shell.passphrases.parent)
    assert says in shell.refused(line)


@pytest.mark.django_db
def test_a_wrong_passphrase_is_refused_and_not_repeated(shell: Shell) -> None:
    shell.passphrases.write_text("open sesame\n")
    said = shell.refused("agreement revoke 1 --as oh --cause law {pass}")
    assert "passphrase" in said and "sesame" not in said


@pytest.mark.django_db
def test_a_refusal_is_json_as_well(shell: Shell) -> None:
    found = shell.json("count --as national --purpose persuasion", code=1)
    assert set(found["refused"]) >= {"what", "where", "next"}


@pytest.mark.django_db
def test_a_broken_file_leaves_the_roll_and_shows_no_voter(
    shell: Shell, template: Path, tmp_path: Path
) -> None:
    whole = (template / "files" / "OH" / "SWVF_1_22.txt").read_text("latin-1").splitlines()
    broken = tmp_path / "SWVF_1_22.txt"
    broken.write_text(
        "\n".join([whole[0], *(line[: len(line) // 2] for line in whole[1:])]) + "\n", "latin-1"
    )
    said = shell.refused("load oh", broken)
    assert "the roll stays as it was" in said or "Nothing" in said
    cells = {cell.strip('"') for line in whole[1:] for cell in line.split(",") if len(cell) > 7}
    assert not [cell for cell in cells if cell in said]
    assert [row["number"] for row in shell.json("snapshots oh")] == [1]


@pytest.mark.parametrize(
    "line", ["member list", "agreement list", "serve", "snapshots oh", "ledger oh", "log show oh"]
)
def test_no_home_is_refused_by_every_command_that_needs_one(line: str, tmp_path: Path) -> None:
    found = CliRunner().invoke(main, [*line.split(), "--home", str(tmp_path / "none")])
    assert found.exit_code == 1 and "there is no federation here" in found.stderr
    assert not (tmp_path / "none").exists()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = CliRunner().invoke(main, ["init", "--name", "X", "--home", str(tmp_path / "file" / "home")])
    assert found.exit_code == 1 and "Refused: " in found.stderr and "Next: " in found.stderr


def test_a_home_of_an_older_version_is_named_and_can_be_upgraded(tmp_path: Path) -> None:
    home = str(tmp_path / "home")
    migrated.fill(tmp_path / "home")
    version, table, column = OLDER
    columns = f"SELECT name FROM pragma_table_info('{table}')"
    lines = [
        ["init", "--name", "Old", "--home", home],
        ["back", home, version],
        ["sql", home, columns],
        ["upgrade", "--home", home],
        ["sql", home, columns],
        ["sql", home, "ALTER TABLE server_member RENAME COLUMN name TO title"],
        ["member", "list", "--home", home],
    ]
    done = subprocess.run(
        [sys.executable, str(LINES)], input=json.dumps(lines), capture_output=True, text=True, timeout=120,
        check=True, env=outside(),
    )  # fmt: skip
    begun, _, older, upgraded, newer, _, said = json.loads(done.stdout)
    assert (begun["code"], upgraded["code"], said["code"]) == (0, 0, 1)
    assert [column] not in json.loads(older["stdout"]), "as before a column was added"
    assert [column] in json.loads(newer["stdout"])
    assert "tables of another version" in said["stderr"] and "commonroll upgrade" in said["stderr"]
    assert "Traceback" not in said["stderr"] + done.stderr


def test_a_database_that_does_not_answer_is_said_in_words_without_its_password(world: World) -> None:
    words = [sys.executable, "-m", "commonroll.cli", "log", "show", "oh", "--home", str(world.home.path)]
    nowhere = {**outside(), "DATABASE_URL": "postgresql://u:secret-word@127.0.0.1:1/x"}
    said = subprocess.run(words, env=nowhere, capture_output=True, text=True, timeout=120, check=False)
    assert said.returncode == 1
    assert "does not answer" in said.stderr
    assert "Traceback" not in said.stderr
    assert "secret-word" not in said.stdout + said.stderr
