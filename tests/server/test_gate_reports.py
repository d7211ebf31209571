"""What goes with a load: a signed report, an owner's reason in log and diary, refused lines as a file."""

from __future__ import annotations

import csv
import io
import json
import re
import uuid
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from world import MACHINE, PASSPHRASE, World

from commonroll.errors import Refusal
from commonroll.invented import generate
from commonroll.roll.gate.gate_report import verify
from commonroll.server import gate_reports, jobs
from commonroll.server.actions import decisions, diary, loads
from commonroll.server.models import Journal, Load
from commonroll.server.readers import open_reader
from commonroll.transparency import leaves

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

WHY = "Two counties left the state's list on 1 November"


@pytest.fixture(scope="session")
def ohio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ohio")
    generate(["OH", "WA"], 300, 7, folder)
    return folder / "OH"


def uploaded(client: Client, name: str, content: bytes) -> Load:
    answer = client.post(
        reverse("upload"),
        {"files": SimpleUploadedFile(name, content)},
        headers={"accept": "application/json"},
    )
    pk = answer.json()["next"].rpartition("/")[2]
    jobs.run_load.call(pk)
    return Load.objects.get(pk=pk)


@pytest.fixture
def short(world: World, alice: Client, ohio: Path) -> Load:
    """A delivery with a third of the voters: the gate refuses it."""
    file = sorted(ohio.glob("*.txt"))[0]
    load = uploaded(alice, file.name, b"\n".join([*file.read_bytes().split(b"\n")[:60], b""]))
    assert (load.state, load.verdict) == (Load.State.REFUSED, "refuse")
    return load


def test_every_load_has_a_report_that_the_public_key_checks(world: World, alice: Client, short: Load) -> None:
    for name in ("load_report", "load_report_json"):
        answer = alice.get(reverse(name, args=[short.pk]))
        data = b"".join(answer.streaming_content)  # type: ignore[arg-type]
        assert "attachment" in answer["Content-Disposition"]
        found = verify(data, world.member("oh").log_vkey)
        assert (found.ok, found.load) == (True, f"urn:uuid:{short.pk}")
        assert not verify(
            data.replace(b"Ohio", b"Iowa", 1).replace(b'"OH"', b'"IA"', 1), world.member("oh").log_vkey
        ).ok


def test_the_log_knows_the_report_by_its_hash(world: World, short: Load) -> None:
    row = Journal.objects.filter(log="oh", type="load").latest("pk")
    secret = open_reader(world.home.reader_key("oh"), PASSPHRASE)
    assert row.sealed_shared is not None
    details, salt = leaves.open_sealed(bytes(row.sealed_shared), secret)
    assert details == {"report": gate_reports.of(world.home, short).sha256}
    assert json.loads(bytes(row.leaf))["detail"] == leaves.commit(details, salt)


def test_the_page_stands_alone(world: World, short: Load) -> None:
    page = gate_reports.of(world.home, short).html.read_text()
    assert (
        "<script" not in page and " style=" not in page and "http://" not in page and "https://" not in page
    )
    assert "default-src &#x27;none&#x27;" in page or "default-src 'none'" in page
    assert "fewer rows of voters" in page and "<svg" in page


def test_an_owner_overrules_with_a_reason_that_report_log_and_diary_keep(
    world: World, alice: Client, short: Load
) -> None:
    page = alice.get(reverse("load", args=[short.pk])).content.decode()
    assert reverse("load_overrule", args=[short.pk]) in page
    assert alice.post(reverse("load_overrule", args=[short.pk]), {"reason": "  "}).status_code == 400
    made = alice.post(reverse("load_overrule", args=[short.pk]), {"reason": WHY})
    again = Load.objects.get(pk=made["Location"].rpartition("/")[2])
    jobs.run_load.call(str(again.pk))
    again.refresh_from_db()
    assert (again.state, again.verdict, again.snapshot) == (Load.State.DONE, "refuse", 2)
    assert again.report["overruled"] == {"by": "alice@example.org", "reason": WHY}

    row = Journal.objects.filter(log="oh", type="load").latest("pk")
    leaf = json.loads(bytes(row.leaf))
    assert (leaf["verdict"], leaf["snapshot"]) == ("refuse", "2") and WHY not in row.leaf.decode()
    secret = open_reader(world.home.reader_key("oh"), PASSPHRASE)
    assert row.sealed_shared is not None
    details, _ = leaves.open_sealed(bytes(row.sealed_shared), secret)
    assert details["overruled"] == {"by": "alice@example.org", "reason": WHY}

    entry = diary.entries(home=world.home, log="oh", by=MACHINE, last=1)[0]
    assert entry["note"] == f"overruled: {WHY}"
    assert "Two counties left" in alice.get(reverse("diary")).content.decode()
    shown = alice.get(reverse("load", args=[again.pk])).content.decode()
    assert "Overruled" in shown and "Two counties left" in shown
    with pytest.raises(Refusal, match="not here any more"):
        decisions.overrule(load=short, reason=WHY, by=MACHINE)


def test_what_is_refused_for_good_cannot_be_overruled(world: World, alice: Client, ohio: Path) -> None:
    file = sorted(ohio.glob("*.txt"))[0]
    load = uploaded(alice, file.name, file.read_bytes().split(b"\n")[0] + b"\n")
    page = alice.get(reverse("load", args=[load.pk])).content.decode()
    assert "No reason overrules this" in page and reverse("load_overrule", args=[load.pk]) not in page
    with pytest.raises(Refusal, match="cannot be overruled: The delivery holds no row"):
        decisions.overrule(load=load, reason=WHY, by=MACHINE)


def test_a_drifted_header_is_shown_with_what_its_columns_may_be(alice: Client, ohio: Path) -> None:
    file = sorted(ohio.glob("*.txt"))[0]
    renamed = file.read_bytes().replace(b"LAST_NAME", b"LASTNAMES", 1)
    load = uploaded(alice, file.name, renamed)
    page = alice.get(reverse("load", args=[load.pk])).content.decode()
    assert "What the header has" in page
    assert "<code>LASTNAMES</code>" in page and "<code>LAST_NAME</code>" in page
    assert alice.get(reverse("load_report", args=[load.pk])).status_code == 400


def test_a_viewer_reads_the_report_and_overrules_nothing(world: World, violet: Client, short: Load) -> None:
    page = violet.get(reverse("load", args=[short.pk])).content.decode()
    assert "Signed report" in page and reverse("load_overrule", args=[short.pk]) not in page
    assert violet.post(reverse("load_overrule", args=[short.pk]), {"reason": WHY}).status_code == 403


PLANTED = ['=HYPERLINK("https://example.org")', "<script>alert(1)</script>", "../../etc/passwd"]


def test_planted_fields_do_no_harm_in_pages_reports_or_files(world: World, alice: Client, ohio: Path) -> None:
    file = sorted(ohio.glob("*.txt"))[0]
    head, *rows = file.read_bytes().split(b"\n")
    for number, planted in enumerate(PLANTED):
        rows[number] = planted.encode() + b"," + rows[number][:30]
    load = uploaded(alice, "=1+1 <script>x.txt", b"\n".join([head, *rows]))
    reason = next(iter(load.report["refused"]))
    pages = [
        alice.get(reverse("load", args=[load.pk])),
        alice.get(reverse("refused", args=[load.pk]), {"reason": reason}),
        alice.get(reverse("roll")),
    ]
    text = "".join(page.content.decode() for page in pages)
    assert "<script>alert" not in text and "<script>x" not in text
    report = gate_reports.of(world.home, load)
    assert not re.search(r"<script", report.html.read_text())
    data = b"".join(alice.get(reverse("refused_file", args=[load.pk])).streaming_content)  # type: ignore[arg-type]
    cells = [cell for row in csv.reader(io.StringIO(data.decode())) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]


def test_a_report_lost_after_a_crash_is_signed_again(world: World, short: Load) -> None:
    made = gate_reports.of(world.home, short)
    made.html.unlink()
    again = gate_reports.of(world.home, short)
    assert again.sha256 == made.sha256 and again.html.exists()


def test_another_members_load_has_no_report_for_charlie(charlie: Client, short: Load) -> None:
    for name in ("load_report", "load_report_json", "refused_file", "reused"):
        assert charlie.get(reverse(name, args=[short.pk])).status_code == 404
    assert charlie.get(reverse("load_report", args=[uuid.uuid4()])).status_code == 404


def test_the_newest_report_is_shown_unless_one_is_named(world: World, short: Load) -> None:
    assert loads.reported(member=world.member("oh"), pk=None, by=MACHINE) == short
    with pytest.raises(Refusal, match="no such load"):
        loads.reported(member=world.member("oh"), pk="1", by=MACHINE)
