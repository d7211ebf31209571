"""Refused lines go out as a file and come back mended on the page, for an owner alone."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from world import World

from commonroll.invented import generate
from commonroll.server import jobs
from commonroll.server.actions import decisions
from commonroll.server.actor import Actor
from commonroll.server.models import Load

pytestmark = [pytest.mark.django_db, pytest.mark.vault]


@pytest.fixture(scope="session")
def ohio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ohio")
    generate(["OH"], 300, 7, folder)
    return folder / "OH"


@pytest.fixture
def spoilt(world: World, alice: Client, ohio: Path) -> Load:
    """A load of Ohio's files with three lines of the first one cut short."""
    files = []
    for number, file in enumerate(sorted(ohio.glob("*.txt"))):
        head, *rows = file.read_bytes().split(b"\n")
        cut = [row[:60] if number == 0 and n < 3 else row for n, row in enumerate(rows)]
        files.append(SimpleUploadedFile(file.name, b"\n".join([head, *cut])))
    answer = alice.post(reverse("upload"), {"files": files, "accept": "quarantine"})
    load = worked_off(answer["Location"])
    assert load.snapshot == 2 and load.report["lines"]["refused"] == 3
    return load


def worked_off(address: str) -> Load:
    pk = address.rpartition("/")[2]
    jobs.run_load.call(pk)
    return Load.objects.select_related("mends").get(pk=pk)


def exported(client: Client, load: Load, change: Callable[[str, int], str]) -> bytes:
    """The file of refused lines, each text changed, given its number in the delivered file."""
    answer = client.get(reverse("refused_file", args=[load.pk]))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[arg-type]
    head, *rows = csv.reader(io.StringIO(text))
    out = io.StringIO()
    csv.writer(out).writerows([head, *([*row[:3], change(row[3], int(row[1]))] for row in rows)])
    return out.getvalue().encode()


def sent(client: Client, load: Load, content: bytes, name: str = "refused.csv") -> Load:
    answer = client.post(reverse("load_mend", args=[load.pk]), {"lines": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302
    return worked_off(answer["Location"])


def test_mended_lines_come_back_on_the_page_and_join_the_roll(
    world: World, alice: Client, ohio: Path, spoilt: Load
) -> None:
    whole = sorted(ohio.glob("*.txt"))[0].read_text("latin-1").split("\n")
    page = alice.get(reverse("load", args=[spoilt.pk])).content.decode()
    assert reverse("load_mend", args=[spoilt.pk]) in page
    load = sent(alice, spoilt, exported(alice, spoilt, lambda _, line: whole[line - 1]))
    assert (load.mends, load.snapshot, load.report["lines"]["in"]) == (spoilt, 3, 3)
    assert load.report["rows"]["voters"]["now"] == spoilt.report["rows"]["voters"]["now"] + 3
    page = alice.get(reverse("load", args=[load.pk])).content.decode()
    assert "mended: they join the roll" in page and reverse("load", args=[spoilt.pk]) in page


#    what came back                          what is said
NO_LIST = "its columns are file, line, reason, text"
IN_VAIN: list[tuple[bytes, str]] = [
    (b"", NO_LIST),
    (b"file,line\n", NO_LIST),
    (b"PK\x03\x04\xff\xfe\x00", NO_LIST),
    (b"file,line,reason,text\nx.txt," + b"9" * 5000 + b",r,t\n", NO_LIST),
    (
        b'file,line,reason,text\nx.txt,2,r,"' + b"x" * 200_000 + b'"\n',
        NO_LIST,
    ),
    (b"file,line,reason,text\n../../x.txt,2,r,t\n", "none of that load"),
    (b"file,line,reason,text\n", "No line was changed"),
]


@pytest.mark.parametrize(("content", "says"), IN_VAIN, ids=range(len(IN_VAIN)))
def test_a_file_that_mends_nothing_says_so_and_changes_nothing(
    world: World, alice: Client, spoilt: Load, content: bytes, says: str
) -> None:
    answer = alice.post(
        reverse("load_mend", args=[spoilt.pk]), {"lines": SimpleUploadedFile("x.csv", content or b"\n")}
    )
    pk = answer["Location"].rpartition("/")[2]
    jobs.run_load.call(pk)
    assert Load.objects.get(pk=pk).state == Load.State.REFUSED
    assert says in alice.get(reverse("load", args=[pk])).content.decode()


def test_a_form_without_a_file_says_so(alice: Client, spoilt: Load) -> None:
    answer = alice.post(reverse("load_mend", args=[spoilt.pk]))
    assert answer.status_code == 400 and "no file came" in answer.content.decode().lower()


def test_a_reason_overrules_for_mended_lines_as_for_others(
    world: World, alice: Client, ohio: Path, spoilt: Load
) -> None:
    """What is held or refused is decided about as mended lines: everybody else stays on the roll."""
    whole = sorted(ohio.glob("*.txt"))[0].read_text("latin-1").split("\n")
    content = exported(alice, spoilt, lambda text, line: whole[line - 1] if line == 2 else f"{text} ")
    load = sent(alice, spoilt, content)
    assert (load.state, load.report["lines"]["refused"]) == (Load.State.HELD, 2)
    again = decisions.accept_held(load=load, by=Actor.of(world.user("alice")))
    jobs.run_load.call(str(again.pk))
    again.refresh_from_db()
    assert (again.mends_id, again.snapshot) == (spoilt.pk, 3)
    assert again.report["rows"]["voters"]["now"] == spoilt.report["rows"]["voters"]["now"] + 1


def test_who_is_no_owner_mends_nothing(
    world: World, violet: Client, charlie: Client, bob: Client, nobody: Client, spoilt: Load
) -> None:
    place = reverse("load_mend", args=[spoilt.pk])
    form = {"lines": SimpleUploadedFile("x.csv", b"file,line,reason,text\n")}
    assert [one.post(place, form).status_code for one in (violet, charlie, bob, nobody)] == [
        403,
        404,
        403,
        302,
    ]
    assert (
        reverse("load_mend", args=[spoilt.pk])
        not in violet.get(reverse("load", args=[spoilt.pk])).content.decode()
    )
    assert Load.objects.filter(mends=spoilt).count() == 0


def test_a_load_that_is_not_there_is_not_mended(alice: Client) -> None:
    form = {"lines": SimpleUploadedFile("x.csv", b"file,line,reason,text\n")}
    assert alice.post(reverse("load_mend", args=[uuid.uuid4()]), form).status_code == 404
