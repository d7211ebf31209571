"""The roll's pages: files in, the gate's answer, refused lines, the decision on a held delivery."""

from __future__ import annotations

import html
import io
import uuid
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from world import World

from commonroll.invented import generate
from commonroll.server import jobs
from commonroll.server.models import Load
from commonroll.server.pages import gate

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def deliveries(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A next delivery of Ohio and one of Washington, from the same invented people as the roll."""
    folder = tmp_path_factory.mktemp("deliveries")
    generate(["OH", "WA"], 300, 7, folder)
    return folder


def zipped(folder: Path, spoil: int = 0) -> SimpleUploadedFile:
    """The folder's files as one zip; `spoil` lines of each are cut short."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as bundle:
        for file in sorted(folder.iterdir()):
            head, *lines = file.read_bytes().split(b"\n")
            cut = [line[:40] if n < spoil else line for n, line in enumerate(lines)]
            bundle.writestr(file.name, b"\n".join([head, *cut]))
    return SimpleUploadedFile("delivery.zip", kept.getvalue())


def taken(client: Client, file: SimpleUploadedFile) -> Load:
    """Upload as the browser does, then let the worker do its work."""
    answer = client.post(reverse("upload"), {"files": file}, headers={"accept": "application/json"})
    pk = answer.json()["next"].rpartition("/")[2]
    running = client.get(reverse("load", args=[uuid.UUID(pk)])).content.decode()
    assert "progressbar" in running
    jobs.run_load.call(pk)
    return Load.objects.get(pk=pk)


def page_of(client: Client, load: Load) -> str:
    return html.unescape(client.get(reverse("load", args=[load.pk])).content.decode())


def test_a_file_of_another_state_is_refused_and_the_roll_stays(
    world: World, alice: Client, deliveries: Path
) -> None:
    load = taken(alice, zipped(deliveries / "WA"))
    page = page_of(alice, load)
    assert load.state == Load.State.REFUSED
    assert "the roll is of OH" in page
    assert "Your roll is as it was: snapshot 1" in page


def test_the_good_file_is_accepted(alice: Client, deliveries: Path) -> None:
    load = taken(alice, zipped(deliveries / "OH"))
    page = page_of(alice, load)
    assert "snapshot 2" in page
    assert "County by county" in page


def test_a_held_delivery_is_decided_and_its_lines_are_shown_to_the_owner_alone(
    world: World, alice: Client, violet: Client, deliveries: Path
) -> None:
    load = taken(alice, zipped(deliveries / "OH", spoil=2))
    if load.state != Load.State.HELD:
        pytest.fail(f"the gate did not hold the delivery: {load.verdict} {load.message}")
    assert "Refuse this file" in page_of(alice, load)
    reason = next(iter(load.report["refused"]))
    lines = alice.get(reverse("refused", args=[load.pk]), {"reason": reason})
    assert "as they came" in lines.content.decode()
    assert violet.get(reverse("refused", args=[load.pk]), {"reason": reason}).status_code == 403
    assert reverse("refused", args=[load.pk]) not in page_of(violet, load)

    made = alice.post(reverse("load_accept", args=[load.pk]))
    pk = made["Location"].rpartition("/")[2]
    jobs.run_load.call(pk)
    again = Load.objects.get(pk=pk)
    assert again.snapshot == 2
    assert "Accepted, with lines put aside" in page_of(alice, again)
    assert alice.post(reverse("load_refuse", args=[load.pk])).status_code == 400


def test_two_snapshots_are_compared(alice: Client, deliveries: Path) -> None:
    taken(alice, zipped(deliveries / "OH"))
    page = alice.get(reverse("diff")).content.decode()
    assert "What changed from snapshot 1 to 2" in page


def test_no_file_is_answered_in_the_form_that_asked(alice: Client) -> None:
    answer = alice.post(reverse("upload"), {}, headers={"accept": "application/json"})
    assert (answer.status_code, set(answer.json()["refused"])) == (400, {"what", "where", "next"})


def test_a_protected_list_leaves_the_counts_at_once(world: World, alice: Client, bob: Client) -> None:
    def total() -> str:
        page = bob.post(reverse("universe_live"), {"where": "member = 'oh'"}).content.decode()
        return page.partition('id="total">')[2].partition("<")[0]

    before = int(total())
    rows = bob.get(reverse("rows"), {"where": "member = 'oh'", "columns": "state_voter_id"}).content.decode()
    voter = rows.partition('data-label="state voter id">')[2].partition("<")[0]
    alice.post(
        reverse("protect"), {"list": SimpleUploadedFile("list.csv", f"state_voter_id\n{voter}\n".encode())}
    )
    assert int(total()) == before - 1


def report(**changes: Any) -> dict[str, Any]:
    """A gate report of two counties and two columns."""
    return {
        "verdict": "refuse",
        "sentences": ["Refused. The previous roll stays as it is.", "Wake County lost 4,112 voters."],
        "lines": {"in": 100, "accepted": 98, "refused": 2, "left_out": 0},
        "refused": {"too few fields": 2},
        "checks": [{"name": "rows", "level": "refuse", "sentence": "Few."}, {"name": "codes", "level": "ok"}],
        "counties": [
            {"fips": "37001", "name": "Alamance", "now": 100, "before": 101, "refused": 0},
            {"fips": "37183", "name": "Wake", "now": 50, "before": 100, "refused": 2},
        ],
        "filled": {
            "voters.phone": {"now": 0.1, "before": 0.6},
            "voters.party": {"now": 0.9, "before": 0.9},
        },
    } | changes  # fmt: skip


def test_what_changed_most_comes_first() -> None:
    found = gate.context(report(), published=False)
    assert [place.name for place in found["places"]] == ["Wake", "Alamance"]
    assert [(place.change, place.notable) for place in found["places"]] == [(-50, True), (-1, False)]
    assert [fill.label for fill in found["worst"]] == ["phone"]
    assert found["headline"] == "Refused. The previous roll stays as it is"
    assert found["passed"] == 1


def test_a_first_roll_has_nothing_to_compare_with() -> None:
    counties = [{"fips": "37001", "name": "Alamance", "now": 7, "before": None, "refused": 0}]
    found = gate.context(
        report(counties=counties, filled={"voters.party": {"now": 1.0, "before": None}}), published=True
    )
    assert not found["places"][0].notable
    assert found["worst"] == []
