"""A delivery that no layout fits: its owner says what the columns are, sees what that does, and loads it."""

from __future__ import annotations

import html
import json
import logging
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from world import World

from commonroll.invented import generate
from commonroll.roll.layout.layout import OWN_LAYOUT
from commonroll.server import jobs
from commonroll.server.actions import loads
from commonroll.server.models import Journal, Load

pytestmark = pytest.mark.django_db
SECRET = "QUAGGA"
"""A surname in a file, which no layout may hold."""

Delivery = list[tuple[str, bytes]]


@pytest.fixture(scope="session")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = tmp_path_factory.mktemp("delivery")
    generate(["OH", "WA"], 300, 7, folder)
    return [(file.name, file.read_bytes()) for file in sorted((folder / "OH").glob("*.txt"))]


def changed(delivery: Delivery, *changes: tuple[bytes, bytes]) -> list[SimpleUploadedFile]:
    """The delivery with words of its headers changed."""
    made = []
    for name, content in delivery:
        head, _, rest = content.partition(b"\n")
        for old, new in changes:
            assert old in head
            head = head.replace(old, new, 1)
        made.append(SimpleUploadedFile(name, head + b"\n" + rest))
    return made


def sent(client: Client, files: list[SimpleUploadedFile]) -> Load:
    """Uploaded, and looked at by the worker."""
    answer = client.post(
        reverse("upload"), {"files": files, "accept": "quarantine"}, headers={"accept": "application/json"}
    )
    pk = answer.json()["next"].rpartition("/")[2]
    jobs.run_load.call(pk)
    return Load.objects.get(pk=pk)


def said(answer: HttpResponse) -> str:
    return html.unescape(answer.content.decode())


def own_layouts(world: World) -> list[Path]:
    return sorted(loads.vault(world.home, world.member("oh")).own_layouts.rglob("*.toml"))


def check(client: Client, load: Load, **form: str) -> str:
    return said(client.post(reverse("layout_check", args=[load.pk]), form))


RENAMED = (b"PARTY_AFFILIATION", b"PARTY_AFFIL")
ADDED = (b'"WARD"', b'"WARDS"')
THE_SAME = {"column:PARTY_AFFIL": "same:PARTY_AFFILIATION"}


def test_a_drifted_header_leads_to_the_page_with_the_proposal_chosen(
    world: World, alice: Client, delivery: Delivery
) -> None:
    load = sent(alice, changed(delivery, RENAMED))
    assert load.state == Load.State.REFUSED and Path(load.folder).is_dir()
    fit = reverse("layout_fit", args=[load.pk])
    for page in (reverse("load", args=[load.pk]), reverse("layouts")):
        assert fit in said(alice.get(page))
    page = said(alice.get(fit))
    assert re.search(r'<option value="same:PARTY_AFFILIATION" selected>', page)
    assert page.count('name="column:') == 1


def test_saved_choices_are_a_layout_of_the_members_own_that_loads_the_delivery(
    world: World, alice: Client, delivery: Delivery
) -> None:
    load = sent(alice, changed(delivery, RENAMED))
    shown = check(alice, load, **THE_SAME)
    assert "verdict" in shown and "voters.party" in shown and not own_layouts(world)
    answer = alice.post(reverse("layout_save", args=[load.pk]), THE_SAME)
    (path,) = own_layouts(world)
    again = Load.objects.get(pk=answer["Location"].rpartition("/")[2])
    jobs.run_load.call(str(again.pk))
    again.refresh_from_db()
    assert again.snapshot is not None
    assert all(file["evidence"].endswith(OWN_LAYOUT) for file in again.report["files"])
    key = f"oh/{path.name.removesuffix('.toml')}"
    assert {file["layout"] for file in again.report["files"]} == {key}
    assert key in said(alice.get(reverse("layouts")))
    load.refresh_from_db()
    assert load.folder == "" and "saved by alice@example.org" in load.message


def test_a_column_that_goes_needs_a_reason(world: World, alice: Client, delivery: Delivery) -> None:
    load = sent(alice, changed(delivery, ADDED))
    choices = {"column:WARDS": "ignore"}
    assert "Ignored without a reason: WARDS" in check(alice, load, **choices)
    shown = check(alice, load, **choices, **{"reason:WARDS": "a list that nobody can read"})
    assert "ithout a reason" not in shown and "verdict" in shown


def test_a_column_without_a_choice_is_not_saved(world: World, alice: Client, delivery: Delivery) -> None:
    load = sent(alice, changed(delivery, ADDED))
    assert "a column has no choice yet" in check(alice, load).lower()
    save = reverse("layout_save", args=[load.pk])
    assert alice.post(save, {}).status_code == 400
    assert alice.post(save, {"column:WARDS": "field:colour"}).status_code == 400
    assert not own_layouts(world)


def test_a_field_of_codes_asks_for_the_codes_that_no_layout_knows(
    world: World, alice: Client, delivery: Delivery
) -> None:
    odd = [(name, content.replace(b',"R",', b',"ZQ",')) for name, content in delivery]
    load = sent(alice, changed(odd, (b'"PARTY_AFFILIATION"', b'"LEANING"')))
    form = {"column:LEANING": "field:party"}
    shown = check(alice, load, **form)
    assert 'name="code:party:ZQ"' in shown and "verdict" not in shown
    told = check(alice, load, **form, **{"code:party:ZQ": "REP"})
    assert "verdict" in told and 'value="REP" selected' in told


def test_a_file_of_another_form_is_fitted_from_a_draft(world: World, alice: Client) -> None:
    rows = "".join(
        f"{n:06}|{SECRET}|ADA|{'A' if n % 4 else 'I'}|1980-01-{n % 27 + 1:02}|Adams|{n % 3}\n"
        for n in range(60)
    )
    text = f"VOTER ID|LAST NAME|FIRST NAME|STATUS|BIRTH DATE|COUNTY|ODD THING\n{rows}"
    load = sent(alice, [SimpleUploadedFile("other.txt", text.encode())])
    page = said(alice.get(reverse("layout_fit", args=[load.pk])))
    assert (
        'name="column:ODD THING"' in page and page.count('name="column:') == 1 and 'name="protected"' in page
    )
    form = {"column:ODD THING": "ignore", "reason:ODD THING": "nobody knows", "protected": "unstated"}
    shown = check(alice, load, **form)
    assert "The first 60 rows" in shown and "60 rows of voters" in shown
    alice.post(reverse("layout_save", args=[load.pk]), form)
    (path,) = own_layouts(world)
    assert SECRET not in path.read_text("utf-8")


def test_samples_are_shown_to_the_owner_and_stand_in_no_log(
    world: World, alice: Client, delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    named = [(name, content.replace(b'"LAST_NAME"', b'"FAMILY"', 1)) for name, content in delivery]
    rows = named[0][1].decode("latin-1").splitlines()[1:]
    ((surname, _),) = Counter(row.split('","')[3] for row in rows).most_common(1)
    load = sent(alice, [SimpleUploadedFile(*one) for one in named])
    assert surname in said(alice.get(reverse("layout_fit", args=[load.pk])))
    form = {"column:FAMILY": "same:LAST_NAME"}
    check(alice, load, **form)
    alice.post(reverse("layout_save", args=[load.pk]), form)
    assert surname not in caplog.text
    leaf = json.loads(bytes(Journal.objects.filter(log="oh", type="operator").latest("pk").leaf))
    assert leaf["action"] == "layout.saved" and surname not in str(leaf)
    assert surname not in own_layouts(world)[0].read_text("utf-8")


def test_a_layout_of_ones_own_is_removed_and_its_file_stays_beside(
    world: World, alice: Client, delivery: Delivery
) -> None:
    load = sent(alice, changed(delivery, RENAMED))
    alice.post(reverse("layout_save", args=[load.pk]), THE_SAME)
    (path,) = own_layouts(world)
    alice.post(reverse("layout_remove"), {"key": f"oh/{path.name.removesuffix('.toml')}"})
    assert not own_layouts(world) and path.with_name(f"{path.name}.removed").exists()
    leaf = json.loads(bytes(Journal.objects.filter(log="oh", type="operator").latest("pk").leaf))
    assert leaf["action"] == "layout.removed"
    assert alice.post(reverse("layout_remove"), {"key": "oh/2018-04.registration"}).status_code == 404


@pytest.mark.parametrize(("person", "status"), [("bob", 403), ("charlie", 404), ("violet", 403)])
def test_nobody_else_sees_or_fits_it(
    world: World, alice: Client, delivery: Delivery, person: str, status: int
) -> None:
    load = sent(alice, changed(delivery, RENAMED))
    client = world.client(person)
    assert client.get(reverse("layout_fit", args=[load.pk])).status_code == status
    for name in ("layout_check", "layout_save"):
        assert client.post(reverse(name, args=[load.pk]), THE_SAME).status_code == status
    assert not own_layouts(world)


def test_the_upload_of_an_unknown_file_goes_with_the_next_load(
    world: World, alice: Client, delivery: Delivery, django_capture_on_commit_callbacks: Any
) -> None:
    load = sent(alice, changed(delivery, RENAMED))
    with django_capture_on_commit_callbacks(execute=True):
        sent(alice, changed(delivery))
    assert not Path(load.folder).exists()
    answer = alice.get(reverse("layout_fit", args=[load.pk]))
    assert answer.status_code == 400 and "not here any more" in said(answer)
