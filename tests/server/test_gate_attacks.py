"""What somebody may try with a load: planted cells, odd reasons, two decisions at once, a cut signature."""

from __future__ import annotations

import csv
import io
import re
import threading
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from world import PASSWORD, World

from commonroll.errors import Refusal
from commonroll.invented import generate
from commonroll.roll.gate.gate_report import verify
from commonroll.server import gate_reports, jobs
from commonroll.server.actions import decisions, loads
from commonroll.server.actor import Actor
from commonroll.server.models import Load, Role, User

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

WHY = "Two counties left the state's list on 1 November"
FORMULA, SCRIPT, PATH = '=HYPERLINK("http://x")', "<script>alert(1)</script>", "../../../etc/passwd"


@pytest.fixture(scope="session")
def ohio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ohio")
    generate(["OH"], 300, 7, folder)
    return folder / "OH"


def sent(client: Client, files: list[tuple[str, bytes]]) -> Load:
    content = [SimpleUploadedFile(name, data) for name, data in files]
    answer = client.post(reverse("upload"), {"files": content, "accept": "quarantine"})
    pk = answer["Location"].rpartition("/")[2]
    jobs.run_load.call(pk)
    return Load.objects.get(pk=pk)


def delivery(ohio: Path) -> list[tuple[str, bytes]]:
    return [(file.name, file.read_bytes()) for file in sorted(ohio.glob("*.txt"))]


@pytest.fixture
def short(world: World, alice: Client, ohio: Path) -> Load:
    """A delivery with a third of the voters: the gate refuses it."""
    name, data = delivery(ohio)[0]
    load = sent(alice, [(name, b"\n".join([*data.split(b"\n")[:60], b""]))])
    assert load.verdict == "refuse"
    return load


#    the reason given                                    what comes back
REASONS = [
    ("", 400),
    ("too short", 400),
    ("x" * 501, 400),
    ("bell \x07 in the reason", 400),
    ("<script>alert(1)</script> a reason", 302),
    ("=cmd|' /C calc'!A0 a reason", 302),
]


@pytest.mark.parametrize(("reason", "status"), REASONS, ids=range(len(REASONS)))
def test_a_reason_is_one_line_of_text_and_stays_text(
    alice: Client, short: Load, reason: str, status: int
) -> None:
    answer = alice.post(reverse("load_overrule", args=[short.pk]), {"reason": reason})
    assert answer.status_code == status
    if status == 302:
        pk = answer["Location"].rpartition("/")[2]
        jobs.run_load.call(pk)
        text = "".join(
            alice.get(address).content.decode()
            for address in (reverse("load", args=[pk]), reverse("diary"), reverse("load", args=[short.pk]))
        )
        assert "<script>alert" not in text and "a reason" in text
    else:
        short.refresh_from_db()
        assert short.state == Load.State.REFUSED and not Load.objects.exclude(reason="").exists()


def test_an_analyst_of_the_member_decides_nothing(world: World, short: Load) -> None:
    user = User.objects.enrol("anna@example.org", PASSWORD)
    Role.objects.create(user=user, member=world.member("oh"), name=Role.Name.ANALYST)
    anna = Client()
    anna.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    acts = ("load_overrule", "load_accept", "load_refuse", "load_mend")
    places = [reverse(name, args=[short.pk]) for name in acts]
    assert [anna.post(place, {"reason": WHY}).status_code for place in places] == [403] * 4
    assert anna.get(reverse("refused_file", args=[short.pk])).status_code == 403
    assert anna.get(reverse("load_report", args=[short.pk])).status_code == 200


def test_two_owners_who_decide_at_once_make_one_load(world: World, short: Load) -> None:
    """The second one decides about what the first has decided already."""
    first, second = (Load.objects.get(pk=short.pk) for _ in range(2))
    by = Actor.of(world.user("alice"))
    decisions.overrule(load=first, reason=WHY, by=by)
    with pytest.raises(Refusal, match="not here any more"):
        decisions.overrule(load=second, reason=WHY, by=by)
    assert Load.objects.filter(reason=WHY).count() == 1


def test_the_same_file_again_is_a_roll_without_a_change(world: World, alice: Client, ohio: Path) -> None:
    one, two = sent(alice, delivery(ohio)), sent(alice, delivery(ohio))
    assert two.snapshot == (one.snapshot or 0) + 1
    ids = two.report["ids"]
    assert (ids["gone"], ids["new"], ids["reused"], ids["found_again"]) == (0, 0, 0, 0)


def test_a_load_while_another_one_runs_says_so(world: World, alice: Client, ohio: Path) -> None:
    held = loads.vault(world.home, world.member("oh"))
    began, over = threading.Event(), threading.Event()

    def hold() -> None:
        with held.lock(doing="load of somebody"):
            began.set()
            over.wait(30)

    other = threading.Thread(target=hold)
    other.start()
    began.wait(10)
    try:
        load = sent(alice, delivery(ohio))
    finally:
        over.set()
        other.join()
    assert load.state == Load.State.REFUSED and "load of somebody" in load.message
    page = alice.get(reverse("load", args=[load.pk])).content.decode()
    assert "Nothing was changed" in page


def test_a_report_with_its_signature_cut_or_of_another_key_does_not_verify(world: World, short: Load) -> None:
    made = gate_reports.of(world.home, short)
    key, other = world.member("oh").log_vkey, world.member("wa").log_vkey
    for path in (made.json, made.html):
        whole = path.read_bytes()
        assert verify(whole, key).ok and not verify(whole, other).ok
        for cut in (b"", whole[:-1], whole[: len(whole) // 2], whole[1:], whole + b"\n"):
            assert not verify(cut, key).ok
    page = made.html.read_bytes()
    body, opens, note = page.rpartition(b"<!-- signed note")
    assert not verify(body, key).ok
    assert not verify(body + b"<p>more</p>" + opens + note, key).ok
    assert not verify(made.json.read_bytes().replace(b'"refuse"', b'"accept"'), key).ok


def test_planted_cells_in_every_column_do_no_harm(world: World, alice: Client, ohio: Path) -> None:
    """Each text column of some voters, and some refused lines, hold a formula, a script or a path."""
    (name, data), *others = delivery(ohio)
    head, *rows = data.split(b"\n")
    for number, row in enumerate(rows[:60]):
        cells = next(csv.reader([row.decode("latin-1")]))
        planted = (FORMULA, SCRIPT, PATH)[number % 3]
        cells[number % len(cells)] = planted
        if number % 7 == 0:
            cells = cells[:5]
        out = io.StringIO()
        csv.writer(out, quoting=csv.QUOTE_ALL).writerow(cells)
        rows[number] = out.getvalue().strip().encode("latin-1")
    load = sent(alice, [(name, b"\n".join([head, *rows])), *others])
    assert load.verdict and load.report["lines"]["refused"] >= 9
    addresses = [reverse("load", args=[load.pk]), reverse("roll"), reverse("diary")]
    addresses += [f"{reverse('refused', args=[load.pk])}?reason={why}" for why in load.report["refused"]]
    addresses += [f"{reverse('diff')}?old=1&new=2", reverse("addresses")] if load.snapshot else []
    report = gate_reports.of(world.home, load)
    text = "".join(alice.get(one).content.decode() for one in addresses) + report.html.read_text()
    assert "<script>alert" not in text and not re.search(r"href=[\"']?http://x", text)
    answer = alice.get(reverse("refused_file", args=[load.pk]))
    table = b"".join(answer.streaming_content).decode()  # type: ignore[arg-type]
    cells = [cell for row in csv.reader(io.StringIO(table)) for cell in row]
    assert not [cell for cell in cells if cell[:1] in ("=", "+", "-", "@")]
