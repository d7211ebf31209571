"""A key that never comes near the server signs an exported agreement, its end, and the key after it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from django.conf import settings
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.cli import main
from commonroll.server.actions import agreements, federation, signing_keys
from commonroll.server.models import Agreement

pytestmark = pytest.mark.django_db


def ran(*words: str) -> Result:
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0, done.output
    return done


@pytest.fixture
def secret(tmp_path: Path) -> str:
    file = tmp_path / "secret"
    file.write_text(PASSPHRASE + "\n")
    return str(file)


def kept_elsewhere(world: World, tmp_path: Path, secret: str) -> Path:
    """The campaign's key goes from the server to a file of its own."""
    key, home = tmp_path / "own.key", str(settings.HOME.path)
    vkey = ran("signing-key", "make", str(key), "--name", federation.federation().key_name("rivera"),
               "--passphrase-file", secret).stdout.strip()  # fmt: skip
    word = tmp_path / "word.json"
    word.write_text(ran("signing-key", "rotate", "rivera", "--to", vkey, "--home", home).stdout)
    lines = [
        ran("agreement", "sign", "--as", "rivera", "--key", str(path), "--text", str(word),
            "--passphrase-file", secret).stdout.strip()
        for path in (settings.HOME.signing_key("rivera"), key)
    ]  # fmt: skip
    ran("signing-key", "enter", "rivera", "--text", str(word), "--line", lines[0], "--line", lines[1],
        "--home", home)  # fmt: skip
    settings.HOME.signing_key("rivera").unlink()
    return key


def test_a_key_kept_elsewhere_signs_and_ends(world: World, tmp_path: Path, secret: str) -> None:
    key, home = kept_elsewhere(world, tmp_path, secret), str(settings.HOME.path)
    text = agreements.draft(
        owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(), by=MACHINE
    )
    agreements.sign(
        home=world.home, agreement=text, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE
    )
    number, paper = str(text.number), tmp_path / "text.json"
    paper.write_text(ran("agreement", "show", number, "--json", "--home", home).stdout)
    done = ran("agreement", "sign", "--as", "rivera", "--key", str(key), "--text", str(paper),
               "--passphrase-file", secret)  # fmt: skip
    assert "get out the vote" in done.stderr
    line = done.stdout.strip()
    ran("agreement", "sign", number, "--as", "rivera", "--line", line, "--home", home)
    text.refresh_from_db()
    assert text.state == Agreement.State.FINAL

    event = tmp_path / "event.json"
    said = ("--cause", "renounced", "--unsigned")
    event.write_text(ran("agreement", "revoke", number, "--as", "rivera", *said, "--home", home).stdout)
    line = ran("agreement", "sign", "--as", "rivera", "--key", str(key), "--text", str(event),
               "--passphrase-file", secret).stdout.strip()  # fmt: skip
    ran("agreement", "enter", number, "--as", "rivera", "--text", str(event), "--line", line, "--home", home)
    text.refresh_from_db()
    assert text.state == Agreement.State.ENDED


def test_an_amendment_is_signed_offline_with_its_event(world: World, tmp_path: Path, secret: str) -> None:
    old = agree("oh", "rivera")
    signing_keys.rotate(home=world.home, member=world.member("wa"), passphrase=PASSPHRASE, by=MACHINE)
    home, paper = str(settings.HOME.path), tmp_path / "text.json"
    made = ran("agreement", "amend", str(old.number), "--notice", "30", "--home", home)
    assert "notice" in made.stdout
    text = Agreement.objects.get(amends=old)
    paper.write_text(ran("agreement", "show", str(text.number), "--json", "--home", home).stdout)
    assert "cr:amendment" in json.loads(paper.read_text())
    for member in ("oh", "rivera"):
        lines = ran("agreement", "sign", "--as", member, "--key", str(settings.HOME.signing_key(member)),
                    "--text", str(paper), "--passphrase-file", secret).stdout.split("\n")  # fmt: skip
        given = [word for line in lines if line for word in ("--line", line)]
        ran("agreement", "sign", str(text.number), "--as", member, *given, "--home", home)
    text.refresh_from_db()
    old.refresh_from_db()
    assert (text.state, old.state) == (Agreement.State.FINAL, Agreement.State.ENDED)


def test_an_altered_text_is_not_what_is_signed(world: World, tmp_path: Path, secret: str) -> None:
    text = agreements.draft(
        owner=world.member("oh"), recipient=world.member("rivera"), wishes=wishes(), by=MACHINE
    )
    home, paper = str(settings.HOME.path), tmp_path / "text.json"
    shown = ran("agreement", "show", str(text.number), "--json", "--home", home).stdout
    paper.write_text(shown.replace("cr:purpose/gotv", "cr:purpose/persuasion"))
    done = ran("agreement", "sign", "--as", "oh", "--key", str(settings.HOME.signing_key("oh")), "--text",
               str(paper), "--passphrase-file", secret)  # fmt: skip
    assert "persuasion" in done.stderr
    refused = CliRunner().invoke(
        main,
        ["agreement", "sign", str(text.number), "--as", "oh", "--line", done.stdout.strip(), "--home", home],
    )
    assert refused.exit_code == 1
    assert not text.signatures.exists()
