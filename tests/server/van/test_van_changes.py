"""Exports of what changed over the VAN-compatible API, held against the rolls and the member's own work."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from test_van_loads import ohio, van_id
from van_client import ask, error, key_of, told
from van_files import work
from world import MACHINE, PASSPHRASE, World, agree, shared_columns

from commonroll.invented import generate
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import agreement_events, canvassing, loads
from commonroll.server.models import Agreement, Journal

pytestmark = pytest.mark.django_db
LONG_AGO = "2020-01-01"


def exported(key: str, resource: str, mode: str = "|0", **more: Any) -> dict[str, Any]:
    """As Parsons sends it; the job once it is done."""
    body = {
        "dateChangedFrom": LONG_AGO, "dateChangedTo": None, "resourceType": resource, "requestedFields": None,
        "requestedCustomFieldIds": None, "fileSizeKbLimit": 100000, "includeInactive": False,
    } | more  # fmt: skip
    made = told(ask(key, "POST", "changedEntityExportJobs", body, mode=mode), 201)
    assert made["jobStatus"] == "Pending" and made["files"] == []
    work()
    found: dict[str, Any] = told(ask(key, "GET", f"changedEntityExportJobs/{made['exportJobId']}", mode=mode))
    assert found["jobStatus"] == "Complete", found
    return found


def rows_of(job: dict[str, Any]) -> list[dict[str, str]]:
    answer = Client().get(urlsplit(job["files"][0]["downloadUrl"]).path)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))  # type: ignore[arg-type]
    assert len(rows) == job["exportedRecordCount"]
    return rows


@pytest.fixture
def key(world: World) -> str:
    return key_of(world, "national")


def test_all_voters_of_a_roll_that_is_new_since_and_nobody_after(world: World, key: str) -> None:
    before = Journal.objects.filter(log="oh").count()
    job = exported(key, "contacts")
    rows = rows_of(job)
    known = {(row["first_name"], row["last_name"]) for row in ohio(world)}
    assert len(rows) > 100 and {(row["FirstName"], row["LastName"]) for row in rows} <= known
    fields = told(ask(key, "GET", "changedEntityExportJobs/fields/Contacts"))
    assert list(rows[0]) == [each["fieldName"] for each in fields] + [
        "DateModified",
        "ChangeTypeName",
        "IsActive",
    ]
    one = rows[0]
    assert told(ask(key, "GET", f"people/{one['VanID']}"))["lastName"] == one["LastName"]
    assert Journal.objects.filter(log="oh").count() > before
    assert rows_of(exported(key, "Contacts", dateChangedFrom=timezone.now().isoformat())) == []
    oh = rows_of(exported(key_of(world, "oh"), "Contacts"))
    assert {row["VanID"] for row in oh}.isdisjoint(row["VanID"] for row in rows) and len(oh) >= len(rows)
    agreement = Agreement.objects.get(owner__key="oh", recipient__key="national")
    agreement_events.revoke(
        home=world.home, agreement=agreement, member=world.member("oh"), cause="law",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    assert Client().get(urlsplit(job["files"][0]["downloadUrl"]).path).status_code in (403, 404)
    assert rows_of(exported(key, "Contacts")) == []


def test_a_new_version_of_the_roll_gives_its_changes_alone(world: World, tmp_path: Path) -> None:
    agree("oh", "rivera", columns=[each for each in shared_columns() if "last_name" not in str(each)])
    key, since, one = key_of(world, "oh"), timezone.now(), ohio(world)[0]
    generate(["OH", "WA"], 300, 7, tmp_path)
    for path in (tmp_path / "OH").glob("*.txt"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(
            line.replace(f'"{one["last_name"]}"', '"ZZYZX"', 1) if one["state_voter_id"] in line else line
            for line in lines
        ))  # fmt: skip
    loads.from_files(
        home=world.home, to=world.member("oh"), paths=[tmp_path / "OH"], accept="quarantine", layout=None,
        by=MACHINE, reason="a test",
    )  # fmt: skip
    (row,) = rows_of(exported(key, "Contacts", dateChangedFrom=since.isoformat()))
    assert (row["VanID"], row["LastName"]) == (str(van_id(key, one)), "ZZYZX")
    assert exported(key, "Contacts")["exportedRecordCount"] > 100
    # a column that is not granted says not even that it changed
    rivera = key_of(world, "rivera")
    assert rows_of(exported(rivera, "Contacts", dateChangedFrom=since.isoformat())) == []
    assert {row["LastName"] for row in rows_of(exported(rivera, "Contacts"))} == {""}


def reloaded(world: World, folder: Path, without: set[str]) -> None:
    """Ohio's next version of the roll, without these voters."""
    generate(["OH", "WA"], 300, 7, folder)
    for path in (folder / "OH").glob("*.txt"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not any(one in line for one in without)))
    loads.from_files(
        home=world.home, to=world.member("oh"), paths=[folder / "OH"], accept="quarantine", layout=None,
        by=MACHINE, reason="a test",
    )  # fmt: skip


def test_who_left_is_told_by_id_alone_to_those_who_could_see_them(world: World, tmp_path: Path) -> None:
    key, since = key_of(world, "national"), timezone.now()
    before = {row["VanID"] for row in rows_of(exported(key, "Contacts"))}
    gone = [row["state_voter_id"] for row in ohio(world)[:12]]
    vault = Vault(world.home.vaults, "oh")
    vault.suppress([gone[0]], reason="protected")
    reloaded(world, tmp_path, set(gone))
    logged = Journal.objects.filter(log="oh", type="export.intent").count()
    window = {"dateChangedFrom": since.isoformat(), "includeInactive": True}
    job = exported(key, "Contacts", **window)
    left = [row for row in rows_of(job) if row["IsActive"] == "0"]
    # the obvious: all whom a reader had, without all whom it gets today
    obvious = before - {row["VanID"] for row in rows_of(exported(key, "Contacts"))}
    assert len(left) == 11 and {row["VanID"] for row in left} < obvious and len(obvious) == 12
    for row in left:
        assert row.pop("ChangeTypeName") == "Deleted" and row.pop("DateModified")
        assert set(filter(None, row.values())) == {row["VanID"], "0"}
        error(ask(key, "GET", f"people/{row['VanID']}"), 404)
    assert Journal.objects.filter(log="oh", type="export.intent").count() > logged
    assert all(
        row["IsActive"] == "1"
        for row in rows_of(exported(key, "Contacts", **window | {"includeInactive": 0}))
    )
    # whoever agreed afterwards never saw them, whatever day is asked for; the owner did
    agree("oh", "rivera")
    late = rows_of(exported(key_of(world, "rivera"), "Contacts", includeInactive=True))
    assert late and all(row["IsActive"] == "1" for row in late)
    own = rows_of(exported(key_of(world, "oh"), "Contacts", **window))
    assert len([row for row in own if row["IsActive"] == "0"]) == 11
    agreement_events.revoke(
        home=world.home, agreement=Agreement.objects.get(owner__key="oh", recipient__key="national"),
        member=world.member("oh"), cause="law", passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    assert Client().get(urlsplit(job["files"][0]["downloadUrl"]).path).status_code in (403, 404)


def test_the_members_own_work(world: World, key: str) -> None:
    member, row = world.member("national"), ohio(world)[0]
    me, start = van_id(key, row), timezone.now()
    code = canvassing.make_code(of=member, name="Yard sign", by=MACHINE)
    question = canvassing.ask(of=member, name="Support", options=["Yes", "No"], by=MACHINE)
    answer = question.answers.first()
    assert answer is not None
    for response in (
        {"type": "ActivistCode", "activistCodeId": code.pk},
        {"type": "SurveyResponse", "surveyQuestionId": question.pk, "surveyResponseId": answer.pk},
    ):
        body = {"canvassContext": {"contactTypeId": 2, "skipMatching": True}, "responses": [response]}
        assert ask(key, "POST", f"people/{me}/canvassResponses", body).status_code == 204
    since = {"dateChangedFrom": start.isoformat()}
    (marked,) = rows_of(exported(key, "ContactsActivistCodes", **since))
    assert (marked["VanID"], marked["ActivistCodeID"], marked["IsActive"]) == (str(me), str(code.pk), "1")
    (said,) = rows_of(exported(key, "ContactsSurveyResponses", **since))
    assert (said["SurveyQuestionID"], said["SurveyResponseID"]) == (str(question.pk), str(answer.pk))
    history = rows_of(exported(key, "ContactHistory", **since))
    assert [(each["VanID"], each["ContactTypeID"], each["ResultID"]) for each in history] == [
        (str(me), "2", "14")
    ] * 2
    (made,) = rows_of(exported(key, "ActivistCodes", **since))
    assert (made["ActivistCodeName"], made["ChangeTypeName"]) == ("Yard sign", "Created or updated")
    assert rows_of(exported(key, "ContactHistory", excludeChangesFromSelf=True)) == []
    assert rows_of(exported(key, "ContactHistory", dateChangedTo=start.isoformat())) == []
    assert rows_of(exported(key, "ContactHistory", mode="|1")) == []
    person = {"firstName": "Ada", "lastName": "Byte", "emails": [{"email": "ada@example.us"}]}
    told(ask(key, "POST", "people/findOrCreate", person, mode="|1"), 201)
    (ada,) = rows_of(exported(key, "Contacts", mode="|1"))
    assert (ada["FirstName"], ada["Email"]) == ("Ada", "ada@example.us")


BAD = [
    ("dateChangedFrom", None, "dateChangedFrom"), ("dateChangedFrom", "soon", "dateChangedFrom"),
    ("dateChangedFrom", 5, "dateChangedFrom"), ("dateChangedFrom", "2999-01-01", "dateChangedFrom"),
    ("dateChangedTo", "2019-01-01", "dateChangedTo"), ("dateChangedTo", {}, "dateChangedTo"),
    ("resourceType", None, "resourceType"), ("resourceType", "Contributions", "resourceType"),
    ("resourceType", [], "resourceType"), ("requestedFields", ["x"], "requestedFields"),
    ("requestedFields", 7, "requestedFields"), ("requestedIds", [1], "requestedIds"),
    ("requestedIds", "x", "requestedIds"), ("requestedCustomFieldIds", [4], "requestedCustomFieldIds"),
    ("requestedCustomFieldIds", "x", "requestedCustomFieldIds"),
    ("fileSizeKbLimit", "big", "fileSizeKbLimit"), ("contactMode", 9, "contactMode"),
    ("includeInactive", "maybe", "includeInactive"), ("excludeChangesFromSelf", [], "excludeChangesFromSelf"),
]  # fmt: skip


def test_what_there_is_and_what_is_refused(world: World, key: str) -> None:
    names = told(ask(key, "GET", "changedEntityExportJobs/resources"))
    assert "Contacts" in names and "ContactHistory" in names
    for name in names:
        fields = told(ask(key, "GET", f"changedEntityExportJobs/fields/{name.lower()}"))
        assert fields and all(each["isCoreField"] for each in fields)
        types = told(ask(key, "GET", f"changedEntityExportJobs/changeTypes/{name}"))
        assert [each["ChangeTypeID"] for each in types] == ["1", "2"]
    for name, value, at in BAD:
        body = {"dateChangedFrom": LONG_AGO, "resourceType": "Contacts"} | {name: value}
        answer = ask(key, "POST", "changedEntityExportJobs", body)
        assert answer.status_code == 400, (name, value)
        error(answer, 400, at)
    for path in ("fields/x", "changeTypes/x", "7"):
        error(ask(key, "GET", f"changedEntityExportJobs/{path}"), 404)
    error(ask(key, "GET", "changedEntityExportJobs?$top=100000000"), 400, "$top")
    error(ask(key_of(world, "national", scopes=("answers",)), "POST", "changedEntityExportJobs", {}), 403)
