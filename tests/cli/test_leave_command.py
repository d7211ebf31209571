"""`leave` and `arrive` as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Shell
from world import World

from commonroll.flow.leaving import age

pytestmark = pytest.mark.django_db


def test_a_dry_run_says_what_ends_and_what_stays(shell: Shell, world: World, tmp_path: Path) -> None:
    found = shell.json("leave oh --dry-run")
    assert [(one["with"], one["cause"]) for one in found["agreements"]] == [("National", "convenience")]
    assert found["until"] and found["voters"] > 250 and found["kept"]
    said = shell("leave oh --dry-run --at-once")
    assert "what stays here" in said.stdout and "Nothing was done." in said.stderr
    assert world.member("oh").left_at is None


def test_a_member_leaves_under_a_passphrase_and_removes_in_one_go(
    shell: Shell, world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(age, "LOG_N", 10)
    (tmp_path / "word").write_text("of the package\n")
    to = tmp_path / "oh.tar.age"
    word = ["--package-passphrase-file", str(tmp_path / "word")]
    done = shell.json("leave oh --at-once --remove {pass} --to", to, *word)
    assert done["left"] and done["removed"] and done["bytes"] == to.stat().st_size
    assert not (world.home.vaults / "oh").exists()
    assert "there is a member" in shell.refused("arrive", to, *word)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("leave oh {pass}", "no file was named"),
        ("leave oh {pass} --to x.age", "age recipients"),
        ("leave oh {pass} --to x.age --recipient age1x", "no age recipient"),
        ("leave nobody --dry-run", "no such member"),
    ],
)
def test_what_is_missing_is_said(shell: Shell, line: str, says: str) -> None:
    assert says in shell.refused(line)


def test_a_package_needs_a_key_or_a_passphrase(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(b"no package")
    (tmp_path / "key").write_text("no key")
    assert "by a key or by a passphrase" in shell.refused("arrive", tmp_path / "p")
    assert "no age identity" in shell.refused("arrive", tmp_path / "p", "--identity", tmp_path / "key")
    (tmp_path / "key").write_text(age.new_identity()[0])
    assert "does not open" in shell.refused("arrive", tmp_path / "p", "--identity", tmp_path / "key")
