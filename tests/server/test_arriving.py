"""A member arrives elsewhere with everything as it was; a package in which anything is off leaves nothing."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.apps import apps
from left_home import IDENTITY, KEY, Elsewhere, packed, repacked, unpacked
from world import MACHINE, MEMBERS, World

from commonroll.errors import Refusal
from commonroll.notes import generate, save_plain_key
from commonroll.roll.engine import engine
from commonroll.roll.schema import TABLES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import arriving, questions
from commonroll.server.models import Agreement, Federation, Leaving, Member, User
from commonroll.transparency.verify import verify_folder

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 1, tzinfo=UTC)

_made: dict[str, Path] = {}


@pytest.fixture
def package(world: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ohio's package: a roll, an answer, a judgement, a fact, uses by National; made once a session."""
    if "file" not in _made:
        held = Vault(world.home.vaults, "oh")
        voter = rows_of(held, "voters")[0]["state_voter_id"]
        for table, row in events(str(voter)).items():
            held.append_events(table, whole(table, row))
        for mode in ("count", "export"):
            use(world, mode)
        _made["file"] = tmp_path_factory.mktemp("left") / "oh.tar.age"
        _made["held"] = tmp_path_factory.mktemp("held")
        done = packed(world.home, world.member("oh"), _made["file"], at_once=True)
        assert done.state == Leaving.State.DONE
        shutil.copytree(world.home.vaults / "oh", _made["held"] / "oh")
        shutil.copy(world.home.logs / "oh" / "checkpoint", _made["held"] / "checkpoint")
    return _made["file"]


def use(world: World, mode: str) -> None:
    asked: dict[str, Any] = {
        "home": world.home,
        "viewer": world.member("national"),
        "purpose": "gotv",
        "by": MACHINE,
    }
    if mode == "count":
        questions.count(**asked)
    else:
        questions.export(**asked, where="member = 'oh'", columns=("state_voter_id",), format="csv")


def events(voter: str) -> Mapping[str, dict[str, Any]]:
    common = {"event_id": "e1", "owner": "oh", "state_voter_id": voter, "gathered_by": "oh", "loaded_at": NOW}
    answered = {"kind": "told", "answered_on": date(2026, 10, 3)}
    pair = {"member_l": "oh", "record_l": voter, "member_r": "oh", "record_r": "other", "by": "alice"}
    fact = {"attribute": "owns_home", "value": "yes", "kind": "told", "source": "door", "licence": "own"}
    return {
        "responses": {**common, "question": "support", "answer": "yes", **answered},
        "judgements": {"event_id": "e2", **pair, "judgement": "same", "reason": "seen", "judged_at": NOW},
        "facts": {**common, **fact, "basis": "consent", "observed_on": date(2026, 10, 3)},
    }


def whole(table: str, row: dict[str, Any]) -> pa.Table:
    filled = {column.name: row.get(column.name) for column in TABLES[table]}
    return pa.Table.from_pylist([filled], schema=arrow_schema(TABLES[table]))


def rows_of(held: Vault, table: str) -> list[dict[str, Any]]:
    current = held.current()
    assert current is not None
    files = held.event_files(table) or held.files(current, table)
    with engine() as cursor:
        table_read = cursor.execute("SELECT * FROM read_parquet(?)", [list(files)]).to_arrow_table()
    found: list[dict[str, Any]] = table_read.to_pylist()
    return found


@pytest.fixture
def empty(world: World) -> World:
    """The home without any member, as a federation has just begun it."""
    for model in apps.get_app_config("server").get_models():
        if model not in (Federation, User):
            model._default_manager.all()._raw_delete("default")  # type: ignore[attr-defined]
    for key in MEMBERS:
        shutil.rmtree(world.home.vaults / key)
        shutil.rmtree(world.home.logs / key)
        world.home.log_key(key).unlink()
    return world


# Everything is as it was


def test_a_member_arrives_with_everything_as_it_was(package: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f"# a key\n{IDENTITY}\n")
    there = Elsewhere(tmp_path / "home")
    number = 1
    init, arrived, listed, shown, verified, counted, recalled, again = there.lines(
        ["init", "--name", "Ohio alone", "--origin", "ohio.invalid"],
        ["arrive", str(package), "--identity", str(tmp_path / "key"), "--json"],
        ["member", "list", "--json"],
        ["agreement", "show", str(number)],
        ["log", "verify", "oh"],
        ["count", "--as", "oh", "--purpose", "gotv", "--json"],
        ["recall", "list", "--as", "oh", "--json"],
        ["arrive", str(package), "--identity", str(tmp_path / "key")],
    )
    assert [one["code"] for one in (init, arrived, listed, shown, verified, counted)] == [0] * 6, arrived[
        "stderr"
    ]
    (owed,) = json.loads(recalled["stdout"])["recalled"]
    assert (owed["recipient"], owed["state"]) == ("national", "open"), "still owed"
    before, after = Vault(_made["held"], "oh"), Vault(there.path / "vaults", "oh")
    assert [(s.number, s.rows, s.versions) for s in after.snapshots()] == [
        (s.number, s.rows, s.versions) for s in before.snapshots()
    ]
    for table in ("voters", "history", "districts", "responses", "judgements", "facts"):
        assert rows_of(after, table) == rows_of(before, table) != [], table
    assert after.check() == []
    current = before.current()
    assert current is not None
    (oh,) = [one for one in json.loads(listed["stdout"]) if one["key"] == "oh"]
    assert oh["voters"] == current.rows["voters"] and oh["snapshot"] == current.number
    assert json.loads(counted["stdout"])["total"] > 0, "its own rows are its own here too"
    assert "National" in shown["stdout"] and "revoked by" in shown["stdout"]
    assert "Refused: there is a member" in again["stderr"]
    its_log(there.path, json.loads(arrived["stdout"])["counts"]["receipts"])


def its_log(home: Path, receipts: int) -> None:
    """The log went on under its name and key, from exactly where it was."""
    vkey = Member.objects.get(key="oh").log_vkey
    since = (_made["held"] / "checkpoint").read_text()
    verdict = verify_folder(home / "log" / "oh", vkey, since=since)
    assert verdict.ok, verdict.sentences
    assert verdict.size > receipts > 5


def test_the_package_is_checked_on_a_machine_without_commonroll(package: Path, tmp_path: Path) -> None:
    unpacked(package, tmp_path / "p")
    done = check(tmp_path / "p")
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("Accepted.\n") and "1 agreements are signed by both" in done.stdout
    assert (tmp_path / "p/vault/FOLDER.md").exists() and "age -d" in (tmp_path / "p/README.md").read_text()


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-I", "-S", str(folder / "verify.py")]
    return subprocess.run(program, capture_output=True, text=True, check=False)


def rewritten(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text("utf-8")
    assert old in text, name
    (folder / name).write_text(text.replace(old, new, 1), "utf-8")


def forge_event(folder: Path) -> None:
    """Another cause, in the file and in the row."""
    old = (folder / "agreements/1/event-1.json").read_bytes()
    new = old.replace(b"convenience", b"breach")
    (folder / "agreements/1/event-1.json").write_bytes(new)
    rewritten(folder, "agreements/1/rows.json", *(base64.b64encode(data).decode() for data in (old, new)))


def forge_terms(folder: Path) -> None:
    """Another purpose, in the file and in the row."""
    old = (folder / "agreements/1/document.json").read_bytes()
    new = old.replace(b"gotv", b"mail")
    (folder / "agreements/1/document.json").write_bytes(new)
    rewritten(folder, "agreements/1/rows.json", *(base64.b64encode(data).decode() for data in (old, new)))


FORGED: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "an entry of the log": (lambda p: forge_tile(p), "entry|entries"),
    "a receipt": (lambda p: rewritten(p, "receipts/journal-000001.jsonl", "national", "nation"), "receipt"),
    "the terms of an agreement": (forge_terms, "both signatures"),
    "an event": (forge_event, "not signed by whoever may say it"),
}


def forge_tile(folder: Path) -> None:
    tile = max(
        (p for p in (folder / "log/tile/entries").rglob("*") if p.is_file()), key=lambda p: int(p.name)
    )
    data = tile.read_bytes()
    tile.write_bytes(data.replace(b"national", b"nationel", 1))


@pytest.mark.parametrize("what", FORGED)
def test_the_verifier_and_the_arrival_refuse_what_was_forged(
    package: Path, empty: World, tmp_path: Path, what: str
) -> None:
    unpacked(package, tmp_path / "p")
    forge, words = FORGED[what]
    forge(tmp_path / "p")
    assert "is not as it was packed" in check(tmp_path / "p").stdout
    file = repacked(tmp_path / "p", tmp_path / "forged")
    done = check(tmp_path / "p")
    assert done.returncode == 1 and "NOT ACCEPTED" in done.stdout, "with checksums made anew as well"
    refused(empty, file, words)


def test_the_same_package_without_forgery_arrives(package: Path, empty: World) -> None:
    found = arriving.arrive(home=empty.home, file=package, key=KEY, by=MACHINE)
    assert found.counts["agreements"] == 1 and found.member.left_at is None
    assert Member.objects.get(key="national").left_at is not None, "known, and no member here"
    (agreement,) = Agreement.objects.all()
    assert agreement.state == Agreement.State.ENDED and signatures_of(agreement) == {"oh", "national"}


def signatures_of(agreement: Agreement) -> set[str]:
    return {line.member.key for line in agreement.signatures.all()}


# What is not as it should be leaves nothing


def refused(world: World, file: Path, match: str = "") -> None:
    """Arriving is refused, and the home is as it was. The package's members are no members here."""
    before = sorted(path for path in world.home.path.rglob("*") if path.is_file())
    keys = list(Member.objects.values_list("key", flat=True))
    with pytest.raises(Refusal, match=match):
        arriving.arrive(home=world.home, file=file, key=KEY, by=MACHINE)
    assert sorted(path for path in world.home.path.rglob("*") if path.is_file()) == before
    assert list(Member.objects.values_list("key", flat=True)) == keys


def renamed(folder: Path) -> None:
    """The same package of a member that nobody here is called like."""
    for path in (folder / "package.json", *folder.glob("agreements/*/rows.json")):
        page = json.loads(path.read_text())
        path.write_text(json.dumps(page).replace('"national"', '"natio"').replace('"oh"', '"ohi"'))


def another_log_key(folder: Path) -> None:
    (folder / "keys/log.key").unlink()
    save_plain_key(folder / "keys/log.key", generate("test.commonroll.invalid/log/ohi"))


def catalogue(statement: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "vault/catalogue.sqlite3")) as db:
            db.execute(statement)
            db.commit()

    return change


def of_page(name: str, value: Any) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        page = json.loads((folder / "package.json").read_text())
        (folder / "package.json").write_text(json.dumps(page | {name: value}))

    return change


HOSTILE: Mapping[str, tuple[Callable[[Path], None], str]] = {
    "made before the member left": (of_page("final", False), "before its member left"),
    "of another form": (of_page("format", "commonroll package 9"), "form"),
    "a member that is a path": (of_page("member", "../../x"), "whose it is"),
    "a key of another log": (another_log_key, "log"),
    "a catalogue that names a file outside": (
        catalogue("UPDATE snapshot SET files = replace(files, 'part-', '../../part-')"), "does not hold",
    ),
    "a catalogue that runs": (
        catalogue("CREATE TRIGGER t AFTER INSERT ON setting BEGIN SELECT 1; END"), "something else",
    ),
    "a file of a snapshot missing": (
        lambda p: next((p / "vault/voters").glob("*.parquet")).unlink(), "does not hold",
    ),
    "no catalogue": (lambda p: (p / "vault/catalogue.sqlite3").unlink(), "snapshots"),
    "no log": (lambda p: (p / "log/checkpoint").unlink(), ""),
}  # fmt: skip


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_package_leaves_nothing(package: Path, world: World, tmp_path: Path, what: str) -> None:
    unpacked(package, tmp_path / "p")
    renamed(tmp_path / "p")
    change, words = HOSTILE[what]
    change(tmp_path / "p")
    refused(world, repacked(tmp_path / "p", tmp_path / "hostile"), words)


def test_a_cut_package_leaves_nothing(package: Path, world: World, tmp_path: Path) -> None:
    (tmp_path / "cut").write_bytes(package.read_bytes()[:-100])
    refused(world, tmp_path / "cut")


def test_what_a_killed_arrival_left_is_no_hindrance(world: World) -> None:
    (world.home.vaults / "ohi").mkdir()
    (world.home.vaults / "ohi" / arriving.MARK).touch()
    arriving._check_free(world.home, {"parties": [{"key": "ohi"}]}, "ohi")
    assert not (world.home.vaults / "ohi").exists()
