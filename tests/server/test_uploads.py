"""Files that come in through the site: hostile names, hostile archives, wrong files, held deliveries."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.roll.load import LoadResult
from commonroll.server.actions import decisions, loads, uploads
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Journal, Load
from commonroll.server.reporting import reporter

pytestmark = [pytest.mark.django_db, pytest.mark.vault]
File = tuple[str, bytes]
Callbacks = Callable[..., AbstractContextManager[list[Any]]]


@pytest.fixture
def ohio(template: Path) -> list[File]:
    """Ohio's delivery, as it was loaded."""
    return [(file.name, file.read_bytes()) for file in sorted((template / "files" / "OH").glob("*.txt"))]


@pytest.fixture
def washington(template: Path) -> list[File]:
    return [(file.name, file.read_bytes()) for file in sorted((template / "files" / "WA").glob("*.txt"))]


def given(name: str, content: bytes) -> SimpleUploadedFile:
    """An upload whose name nobody has cleaned."""
    file = SimpleUploadedFile("file", content)
    file._name = name
    return file


def upload(world: World, *files: File, to: str = "oh", accept: str = "gate") -> Load:
    return loads.upload(
        home=world.home,
        to=world.member(to),
        files=[given(*file) for file in files],
        accept=accept,
        by=MACHINE,
    )


def run(world: World, load: Load, **more: Any) -> LoadResult:
    return loads.run(home=world.home, load=load, paths=[Path(load.folder)], by=MACHINE, **more)


def zipped(*files: File) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return made.getvalue()


def snapshot(world: World) -> int:
    current = loads.vault(world.home, world.member("oh")).current()
    assert current is not None
    return current.number


def files_of(home: Home) -> set[Path]:
    """Every file of the home, and beside it, but for the engine's own."""
    return {
        f for f in home.path.parent.glob(f"{home.path.name}*/**/*") if f.is_file() and "engine-" not in str(f)
    }


def broken(files: list[File], lines: int = 3) -> list[File]:
    """A delivery whose first file has some lines with too few fields."""
    (name, content), *rest = files
    head, *body = content.split(b"\n")
    return [(name, b"\n".join([head, *[b'"only","two"'] * lines, *body[lines:]])), *rest]


# Names


HOSTILE = [
    "../../escaped.txt", "..\\..\\escaped.txt", "/etc/escaped.txt", "C:\\escaped.txt", "..", ".", "", "/",
    "...", ".hidden", "nul\0byte.txt", "new\nline.txt", "x" * 5_000 + ".txt", "漢" * 150, "🗳" * 100,
    "con?:*|<>\".txt", " leading and trailing ", "a/b/../../../c.txt",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_never_a_path(world: World, name: str) -> None:
    before = files_of(world.home)
    load = upload(world, (name, b"content"))
    (new,) = files_of(world.home) - before
    assert new.parent == world.home.uploads / str(load.pk)
    assert new.read_bytes() == b"content" and load.files == [new.name]
    assert not new.name.startswith(".") and new.name.isprintable()


def test_files_of_one_name_are_all_kept(world: World) -> None:
    load = upload(world, ("1-a.txt", b"0"), ("a.txt", b"1"), ("a.txt", b"2"), ("A/a.txt", b"3"))
    kept = sorted(file.read_bytes() for file in Path(load.folder).iterdir())
    assert kept == [b"0", b"1", b"2", b"3"] and len(set(load.files)) == 4


def test_a_form_without_files_leaves_nothing(world: World) -> None:
    with pytest.raises(Refusal, match="no file"):
        upload(world)
    assert list(world.home.uploads.iterdir()) == []


def test_a_file_that_is_too_large_takes_its_neighbours_with_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MAX_UPLOAD_BYTES", 10)
    with pytest.raises(Refusal, match="larger"):
        upload(world, ("small.txt", b"1"), ("large.txt", b"1" * 11))
    assert list(world.home.uploads.iterdir()) == []


def test_a_disk_that_is_full_is_said(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(SimpleUploadedFile, "chunks", full)
    with pytest.raises(Refusal, match="no room"):
        upload(world, ("a.txt", b"1"))
    assert list(world.home.uploads.iterdir()) == []


# Who


@pytest.mark.parametrize(("person", "error"), [("violet", Forbidden), ("charlie", Unknown), ("bob", Unknown)])
def test_only_ohios_owners_upload_for_ohio(world: World, person: str, error: type[Refusal]) -> None:
    with pytest.raises(error):
        loads.upload(
            home=world.home, to=world.member("oh"), files=[given("a.txt", b"1")], accept="gate",
            by=Actor.of(world.user(person)),
        )  # fmt: skip
    assert list(world.home.uploads.iterdir()) == []


@pytest.mark.parametrize("member", ["rivera", "national"])
def test_who_owns_no_states_file_loads_none(world: World, member: str, washington: list[File]) -> None:
    with pytest.raises(Refusal, match="owns no state's file"):
        upload(world, *washington, to=member)
    assert not loads.vault(world.home, world.member(member)).snapshots()


# What is refused: the roll stays, the upload goes


def damaged(ohio: list[File]) -> dict[str, tuple[File, str]]:
    name, content = ohio[0]
    whole = zipped(*ohio)
    return {
        "empty": ((name, b""), "empty"),
        "another kind of file": (("minutes.txt", b"Minutes of the meeting\nof Tuesday\n"), "no layout fits"),
        "a cut archive": (("oh.zip", whole[:-200]), "damaged"),
        "an archive of nothing": (("oh.zip", zipped()), "."),
        "an archive that leads out": (
            ("oh.zip", zipped(("../../escaped.txt", content))),
            "out of its folder",
        ),
        "an archive that swells": (("oh.zip", zipped((name, b"0" * 70_000_000))), "times its size"),
        "no archive at all": (("oh.zip", b"PK\x03\x04 and then nothing"), "."),
        "a cut gzip": (("oh.txt.gz", b"\x1f\x8b\x08\x00"), "."),
    }


@pytest.mark.parametrize("kind", list(damaged([("SWVF_1_22.txt", b"x\n")])))
def test_a_file_that_cannot_be_read_changes_nothing(world: World, ohio: list[File], kind: str) -> None:
    file, says = damaged(ohio)[kind]
    before, roll = files_of(world.home), snapshot(world)
    load = upload(world, file)
    with pytest.raises(Refusal, match=says) as refusal:
        run(world, load)
    load.refresh_from_db()
    assert load.state == Load.State.REFUSED and load.message == str(refusal.value)
    assert refusal.value.next_step
    assert snapshot(world) == roll
    assert {f for f in files_of(world.home) - before if "vaults" not in f.parts} == set()
    assert not list((world.home.vaults).rglob("escaped.txt"))


def test_a_file_of_another_state_is_refused(world: World, washington: list[File]) -> None:
    roll, load = snapshot(world), upload(world, *washington)
    with pytest.raises(Refusal, match="of WA, the roll is of OH"):
        run(world, load)
    assert snapshot(world) == roll and not Path(load.folder).exists()


@pytest.mark.parametrize("lines", [1, 100], ids=["nothing but a header", "a third of the voters"])
def test_a_gate_that_refuses_keeps_the_roll_and_the_upload_only_where_it_can_be_overruled(
    world: World, ohio: list[File], lines: int, django_capture_on_commit_callbacks: Callbacks
) -> None:
    name, content = ohio[0]
    roll = snapshot(world)
    load = upload(world, (name, b"\n".join([*content.split(b"\n")[:lines], b""])))
    with django_capture_on_commit_callbacks(execute=True):
        result = run(world, load)
    load.refresh_from_db()
    assert (result.verdict, result.snapshot, load.state) == ("refuse", None, Load.State.REFUSED)
    assert snapshot(world) == roll and Path(load.folder).exists() == (lines > 1)
    receipt = Journal.objects.filter(log="oh", type="load").latest("pk")
    assert b'"verdict":"refuse"' in bytes(receipt.leaf)


# A held delivery


@pytest.fixture
def held(world: World, ohio: list[File]) -> Load:
    load = upload(world, *broken(ohio))
    assert run(world, load).snapshot is None
    load.refresh_from_db()
    assert load.state == Load.State.HELD and Path(load.folder).is_dir()
    return load


def test_a_held_delivery_is_accepted_without_its_broken_lines(
    world: World, held: Load, django_capture_on_commit_callbacks: Callbacks
) -> None:
    again = decisions.accept_held(load=held, by=MACHINE)
    with django_capture_on_commit_callbacks(execute=True):
        result = run(world, again)
    assert result.snapshot is not None and result.snapshot.rows["voters"] == 297
    held.refresh_from_db()
    assert held.state == Load.State.REFUSED and "accepted with quarantine" in held.message
    assert not Path(again.folder).exists()
    with pytest.raises(Refusal, match="does not wait"):
        decisions.accept_held(load=held, by=MACHINE)


def test_a_held_delivery_is_refused(
    world: World, held: Load, django_capture_on_commit_callbacks: Callbacks
) -> None:
    roll = snapshot(world)
    with django_capture_on_commit_callbacks(execute=True):
        decisions.refuse_held(load=held, by=MACHINE)
    assert snapshot(world) == roll and not Path(held.folder).exists()
    with pytest.raises(Refusal, match="does not wait"):
        decisions.accept_held(load=held, by=MACHINE)


def test_violet_decides_nothing(world: World, held: Load) -> None:
    violet = Actor.of(world.user("violet"))
    for decide in (decisions.accept_held, decisions.refuse_held):
        with pytest.raises(Forbidden):
            decide(load=held, by=violet)


# Progress, and processes that end


def test_progress_never_goes_back_and_ends_at_one(world: World, ohio: list[File]) -> None:
    load, seen = upload(world, *ohio), []
    run(world, load, progress=lambda stage, fraction: seen.append((stage, fraction)))
    fractions = [fraction for _, fraction in seen]
    assert fractions == sorted(fractions) and fractions[-1] == 1.0 and all(stage for stage, _ in seen)
    load.refresh_from_db()
    assert (load.state, load.fraction) == (Load.State.DONE, 1.0)


def test_the_row_shows_stage_and_fraction_while_a_load_runs(world: World) -> None:
    load = upload(world, ("a.txt", b"1"))
    reporter(load)("reading", 0.25)
    load.refresh_from_db()
    assert (load.stage, load.fraction) == ("reading", 0.25)


def test_a_load_that_a_killed_process_left_is_closed(world: World) -> None:
    load = upload(world, ("a.txt", b"1"))
    Load.objects.filter(pk=load.pk).update(state=Load.State.RUNNING)
    roll = snapshot(world)
    assert loads.close_interrupted(world.home) == 1
    load.refresh_from_db()
    assert load.state == Load.State.FAILED and "as it was" in load.message
    assert snapshot(world) == roll and not Path(load.folder).exists()


# Through the page


def test_the_page_takes_files_and_queues_the_load(world: World, alice: Client) -> None:
    files = [SimpleUploadedFile("../../a.txt", b"1"), SimpleUploadedFile("b.txt", b"2")]
    answer = alice.post(reverse("upload"), {"files": files, "accept": "gate"})
    load = Load.objects.latest("created_at")
    assert answer["Location"] == reverse("load", args=[load.pk])
    assert (load.state, load.files, load.by) == (Load.State.WAITING, ["a.txt", "b.txt"], "alice@example.org")
    (queued,) = DBTaskResult.objects.all()
    assert queued.args_kwargs == {"args": [str(load.pk)], "kwargs": {}}
    assert alice.get(reverse("load", args=[load.pk])).status_code == 200
    assert alice.get(reverse("load_progress", args=[load.pk])).status_code == 200


def test_the_page_knows_two_ways_to_accept_alone(alice: Client) -> None:
    before = Load.objects.count()
    form = {"files": SimpleUploadedFile("a.txt", b"1"), "accept": "everything"}
    assert alice.post(reverse("upload"), form).status_code == 400
    assert Load.objects.count() == before
