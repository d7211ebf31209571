"""The roll over time on the site: days compared, counties drawn, one voter for its owner, what stays."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks
from world import MACHINE, PASSPHRASE, World

from commonroll.errors import Refusal
from commonroll.insight import held
from commonroll.invented import generate
from commonroll.roll.changes.diff import diff
from commonroll.roll.changes.one_voter import COLUMNS
from commonroll.roll.vault import retention as roll_retention
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import agreement_events, history, loads, questions, retention
from commonroll.server.models import Agreement, Journal
from commonroll.server.readers import open_reader
from commonroll.transparency import leaves

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ohio's next delivery of the same invented people, some of them flagged since."""
    folder = tmp_path_factory.mktemp("second")
    generate(["OH", "WA"], 300, 7, folder, snapshot=2)
    for file in (folder / "OH").glob("*.txt"):
        file.write_bytes(file.read_bytes().replace(b"ACTIVE", b"CONFIRMATION", 5))
    return folder / "OH"


def load(world: World, files: Path) -> None:
    result = loads.from_files(
        home=world.home, to=world.member("oh"), paths=[files], accept="quarantine", layout=None, by=MACHINE,
        reason="a further delivery, for a test",
    )  # fmt: skip
    assert result.snapshot is not None


@pytest.fixture
def vault(world: World, second: Path) -> Vault:
    """Ohio's vault with two snapshots, of 1 and of 20 October 2026."""
    held = loads.vault(world.home, world.member("oh"))
    load(world, second)
    for number, day in ((1, "2026-10-01"), (2, "2026-10-20")):
        # the time of day stays: by it a vault that stood at this path before is told apart
        at = held.snapshot(number).made_at.isoformat()
        with held.catalogue.writing() as db:
            db.execute("UPDATE snapshot SET made_at = ? WHERE number = ?", (day + at[10:], number))
    return held


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def rows_of(vault: Vault, number: int = 2) -> list[dict[str, Any]]:
    return list(pq.read_table(list(vault.files(vault.snapshot(number), "voters"))).to_pylist())


def a_grown_up(vault: Vault) -> dict[str, Any]:
    return next(r for r in rows_of(vault) if r["shown_from"] <= date(2026, 1, 1) and not r["confidential"])


def own_looks() -> list[Journal]:
    return list(Journal.objects.filter(log="oh", type="view", rows=1))


# Two days


def test_two_days_are_compared_by_the_rolls_that_stood_on_them(vault: Vault, alice: Client) -> None:
    page = text(alice.get(reverse("diff"), {"from": "2026-10-05", "to": "2026-11-24"}))
    assert "What changed from snapshot 1 to 2" in page and 'value="2026-10-05"' in page
    report = diff(vault, vault.snapshot(1), vault.snapshot(2))
    assert f"{report.total['added']:,} voters came" in page
    assert report.turns["status"]
    for (was, now), _ in report.turns["status"].items():
        assert f'<th scope="row">{was}</th>' in page and f">{now}</th>" in page


def test_one_county_shows_its_own_turns(vault: Vault, alice: Client) -> None:
    report = diff(vault, vault.snapshot(1), vault.snapshot(2))
    place = next(place for place, n in report.counties.items() if not n["changed_status"] and any(n.values()))
    page = text(alice.get(reverse("diff"), {"old": "1", "new": "2", "county": place[0]}))
    assert f"Statuses, from what to what: {place[1]}" in page and "Nobody's changed." in page


def test_a_day_without_a_roll_is_refused_on_the_page_that_asked(vault: Vault, alice: Client) -> None:
    answer = alice.get(reverse("diff"), {"from": "2026-09-01", "to": "2026-11-24"})
    assert answer.status_code == 400 and 'name="from"' in text(answer)
    assert "There was no roll on 1 September 2026: the first is of 1 October 2026" in text(answer)
    for typed in ("tomorrow", "2026-13-01", "9" * 30, "²"):
        assert alice.get(reverse("diff"), {"from": typed}).status_code == 400


# Over time


def test_the_periods_are_drawn_with_their_table_and_are_a_file(
    vault: Vault, alice: Client, violet: Client
) -> None:
    total = diff(vault, vault.snapshot(1), vault.snapshot(2)).total
    page = text(alice.get(reverse("churn")))
    assert page.count("<g><title>") == 1 and 'class="churn"' in page
    assert f"1 Oct 2026 to 20 Oct 2026: {total['added'] + total['reused']:,} came" in page
    lines = list(csv.DictReader(io.StringIO(alice.get(reverse("churn_file")).content.decode())))
    assert {line["from"] + line["to"] for line in lines} == {"2026-10-012026-10-20"}
    for kind in ("added", "dropped", "moved", "changed_status"):
        assert sum(int(line[kind]) for line in lines) == total[kind]
    assert sum(int(line["voters_before"]) for line in lines) == vault.snapshot(1).rows["voters"]
    assert violet.get(reverse("churn")).status_code == 200


def test_a_county_is_drawn_alone(vault: Vault, alice: Client) -> None:
    places = diff(vault, vault.snapshot(1), vault.snapshot(2)).counties
    (fips, name), counts = max(places.items(), key=lambda one: one[1]["added"])
    page = text(alice.get(reverse("churn"), {"county": fips}))
    assert f"Period by period: {name}" in page
    assert f": {counts['added'] + counts['reused']:,} came" in page
    assert "All counties" in text(alice.get(reverse("churn"), {"county": "'><script>"}))


def test_counting_goes_on_when_the_page_asks_again(
    vault: Vault, alice: Client, second: Path, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("commonroll.server.pages.changes.PATIENCE", 0.0)
    load(world, second)
    first = text(alice.get(reverse("churn")))
    assert "1 of 2" in first and "hx-get" in first
    then = text(alice.get(reverse("churn"), headers={"hx-request": "true"}))
    assert "hx-get" not in then and "<html" not in then and then.count("<g><title>") == 2


def test_one_snapshot_has_nothing_to_draw(alice: Client) -> None:
    assert "Nothing to compare yet" in text(alice.get(reverse("churn")))


# One voter


def test_the_owner_sees_one_voter_through_time_and_the_log_has_it_first(
    world: World, vault: Vault, alice: Client
) -> None:
    before, after = ({r["state_voter_id"]: r for r in rows_of(vault, number)} for number in (1, 2))
    changed = next(
        key for key, row in after.items()
        if key in before and before[key]["status"] != row["status"] and row["shown_from"] <= date(2026, 1, 1)
    )  # fmt: skip
    answer = alice.post(reverse("voter_look"), {"voter": f" {changed} ", "kind": "state"})
    page = text(answer)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    assert re.search(rf"<mark>[^<]*{after[changed]['status']}", page)
    assert before[changed]["last_name"] in page and "snapshot 1" in page and "snapshot 2" in page
    [row] = own_looks()
    leaf = json.loads(bytes(row.leaf))
    assert leaf["columns"] == sorted({*COLUMNS, *held.COLUMNS})
    assert leaf["snapshot"] == "2" and leaf["rows"] == "1"
    assert not {"recipient", "agreement", "terms"} & set(leaf)
    assert changed.encode() not in bytes(row.leaf) and b"alice" not in bytes(row.leaf)
    reader = open_reader(world.home.reader_key("oh"), PASSPHRASE)
    sealed, salt = leaves.open_sealed(bytes(row.sealed_strategy or b""), reader)
    assert sealed == {"voter": changed, "county": "", "asked_by": "alice@example.org"}
    assert leaves.commit(sealed, salt) == leaf["strategy"]


def test_without_a_receipt_nothing_is_read(
    world: World, vault: Vault, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behind(home: object) -> None:
        raise Refusal("the log is behind")

    monkeypatch.setattr(history, "ensure_fresh", behind)
    monkeypatch.setattr(history.one_voter, "look", lambda *a, **k: pytest.fail("read without a receipt"))
    answer = alice.post(reverse("voter_look"), {"voter": a_grown_up(vault)["state_voter_id"]})
    assert answer.status_code == 400 and "The log is behind" in text(answer)
    assert own_looks() == []


def test_only_the_owner_role_looks_at_one_voter(
    vault: Vault, violet: Client, bob: Client, charlie: Client, nobody: Client
) -> None:
    sent = {"voter": a_grown_up(vault)["state_voter_id"]}
    found = [
        client.post(reverse("voter_look"), sent).status_code for client in (violet, bob, charlie, nobody)
    ]
    assert found == [403, 403, 400, 302]
    assert own_looks() == []


def test_a_protected_voter_is_shown_to_nobody_and_the_look_is_logged(vault: Vault, alice: Client) -> None:
    row = a_grown_up(vault)
    vault.suppress([row["state_voter_id"]])
    page = text(alice.post(reverse("voter_look"), {"voter": row["state_voter_id"]}))
    assert "left out of every read" in page and row["last_name"] not in page
    assert len(own_looks()) == 1


def test_looks_are_thirty_an_hour(vault: Vault, alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "LOOKS_AN_HOUR", 3)
    sent = {"voter": a_grown_up(vault)["state_voter_id"]}
    found = [alice.post(reverse("voter_look"), sent) for _ in range(4)]
    assert [answer.status_code for answer in found] == [200, 200, 200, 400]
    assert "one by one within an hour" in text(found[3]) and len(own_looks()) == 3
    Journal.objects.filter(type="view", rows=1).update(at=timezone.now() - timedelta(minutes=61))
    assert alice.post(reverse("voter_look"), sent).status_code == 200


def test_an_unknown_or_strange_id_finds_nobody(vault: Vault, alice: Client) -> None:
    page = text(alice.post(reverse("voter_look"), {"voter": "<script>alert(1)</script>"}))
    assert (
        "No such voter" in page
        and "<script>alert"
        not in alice.post(reverse("voter_look"), {"voter": "<script>alert(1)</script>"}).content.decode()
    )
    assert alice.post(reverse("voter_look"), {"voter": "  "}).status_code == 400
    assert (
        "no kept snapshot has this county id"
        in text(alice.post(reverse("voter_look"), {"voter": "nobody", "kind": "county"})).lower()
    )


# Snapshots that stay


def test_a_preview_says_what_goes_and_why_others_stay(vault: Vault, alice: Client, violet: Client) -> None:
    plain = text(alice.get(reverse("snapshots")))
    assert "the newest 60 snapshots stay" in plain and "goes</span>" not in plain
    page = text(alice.get(reverse("snapshots"), {"newest": "1"}))
    assert page.count("goes</span>") == 1 and "Remove 1 snapshot" in page and "the current one" in page
    assert "Remove 1" not in text(violet.get(reverse("snapshots"), {"newest": "1"}))
    assert alice.get(reverse("snapshots"), {"daily": "99999999"}).status_code == 400
    assert len(vault.snapshots()) == 2


def test_a_removal_is_in_the_log_before_files_go(
    world: World, vault: Vault, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = [Path(path) for path in vault.files(vault.snapshot(1), "voters")]
    covered: list[bool] = []
    put_away = vault.catalogue.put_away

    def watched(self: object, numbers: Any, at: Any) -> None:
        row = Journal.objects.get(log="oh", type="operator", index__isnull=False, leaf_id=newest().leaf_id)
        covered.append(b"snapshot.removed" in bytes(row.leaf) and all(path.exists() for path in gone))
        put_away(numbers, at)

    def newest() -> Journal:
        return Journal.objects.filter(log="oh", type="operator").latest("pk")

    monkeypatch.setattr("commonroll.roll.vault.catalogue.Catalogue.put_away", watched)
    answer = alice.post(reverse("snapshots_remove"), {"newest": "1", "always": "1"}, follow=True)
    assert "Snapshots removed, and noted in your log first: 1." in text(answer)
    assert covered[:1] == [True] and not any(path.exists() for path in gone)
    row = newest()
    sealed, salt = leaves.open_sealed(
        bytes(row.sealed_shared or b""), open_reader(world.home.reader_key("oh"), PASSPHRASE)
    )
    assert sealed["snapshots"] == ["1"] and sealed["rule"] == "newest:1" and int(sealed["freed"]) > 0
    assert leaves.commit(sealed, salt) == json.loads(bytes(row.leaf))["detail"]
    assert str(roll_retention.rule_in_force(vault)) == "newest:1"


def test_nothing_goes_where_the_log_cannot_say_it(
    world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stuck:
        def wait(self, *_: object) -> None:
            raise Refusal("no checkpoint covered the receipt")

    monkeypatch.setattr(retention, "sequencer", lambda home: Stuck())
    with pytest.raises(Refusal, match="no checkpoint"):
        retention.remove(home=world.home, of=world.member("oh"), text="newest:1", by=MACHINE)
    assert len(vault.snapshots()) == 2 and vault.check(vault.snapshot(1)) == []


def test_a_snapshot_that_an_open_agreements_extract_names_stays_until_it_ends(
    world: World, second: Path
) -> None:
    home, ohio = world.home, world.member("oh")
    questions.export(
        home=home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
        columns=("state_voter_id",), format="csv", by=MACHINE,
    )  # fmt: skip
    load(world, second)
    found = retention.preview(home=home, of=ohio, text="newest:1", by=MACHINE)
    assert [(one.number, why) for one, why in found.stays] == [
        (2, "the current one"),
        (1, "agreement 1 has an extract of it"),
    ]
    assert retention.remove(home=home, of=ohio, text="newest:1", by=MACHINE).goes == []
    given = Agreement.objects.get(number=1)
    agreement_events.revoke(
        home=home, agreement=given, member=ohio, cause="law", passphrase=PASSPHRASE, by=MACHINE, at_once=True
    )
    assert [one.number for one in retention.remove(home=home, of=ohio, text="newest:1", by=MACHINE).goes] == [
        1
    ]


def test_every_load_removes_by_the_members_rule(
    world: World,
    vault: Vault,
    second: Path,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    roll_retention.keep_to(vault, roll_retention.Rule(newest=2))
    with django_capture_on_commit_callbacks(execute=True):
        load(world, second)
    assert [one.number for one in vault.snapshots()] == [3, 2]
    said = Journal.objects.filter(log="oh", type="operator").latest("pk")
    assert json.loads(bytes(said.leaf))["action"] == "snapshot.removed"
