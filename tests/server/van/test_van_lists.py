"""Saved lists, folders and export jobs over the VAN-compatible API, held against the lists themselves."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from van_client import ask, error, key_of, told
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.server.actions import (
    agreement_events,
    canvassing,
    decoys,
    list_folders,
    list_history,
    lists,
    loads,
)
from commonroll.server.models import Agreement, Extract, Journal, SavedList
from commonroll.server.van.list_file import TEXTED
from commonroll.tracing import decoys as invented

pytestmark = pytest.mark.django_db


HEADS = (
    "VanID,StateFileID,FirstName,MiddleName,LastName,Suffix,Sex,DateOfBirth,Party,AddressLine1,AddressLine2,City,"
    "State,ZipOrPostal,MailingAddressLine1,MailingAddressLine2,MailingCity,MailingState,MailingZipOrPostal,"
    "HomePhone,CellPhone,WorkPhone,Email,County,Precinct,CongressionalDistrict,StateSenate,StateHouse"
)
"""Of a file of type 4, always the same; what a job asks for beside stands after them."""


@pytest.fixture
def key(world: World) -> str:
    return key_of(world, "national")


def made(world: World, name: str = "Young", where: str = "birth_year > 1985") -> SavedList:
    return lists.make(
        home=world.home, member=world.member("national"), name=name, purpose="gotv",
        where=f"member = 'oh' AND {where}", by=MACHINE,
    )  # fmt: skip


def downloaded(job: dict[str, Any]) -> list[dict[str, str]]:
    answer = Client().get(urlsplit(job["downloadUrl"]).path)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))  # type: ignore[arg-type]


def exported(key: str, listed: SavedList, kind: int | str = "4") -> dict[str, Any]:
    body = {"savedListId": str(listed.pk), "type": str(kind), "webhookUrl": "https://www.example.com"}
    found: dict[str, Any] = told(ask(key, "POST", "exportJobs", body), 201)
    return found


def test_lists_are_those_of_the_keys_member_and_purpose_oldest_first(world: World, key: str) -> None:
    first, second = made(world), made(world, "Old", where="birth_year < 1960")
    other = made(world, "Money")
    SavedList.objects.filter(pk=other.pk).update(purpose="fundraising")
    folder = list_folders.make(member=first.member, name="Ohio", by=MACHINE)
    list_history.move(of=second, folder=folder, by=MACHINE)
    found = told(ask(key, "GET", "savedLists"))
    assert [each["savedListId"] for each in found["items"]] == [first.pk, second.pk]
    assert found["count"] == 2 and found["items"][0]["listCount"] == first.rows
    paged = told(ask(key, "GET", "savedLists?$top=1"))
    assert len(paged["items"]) == 1 and "skip=1" in paged["nextPageLink"]
    inside = told(ask(key, "GET", f"savedLists?folderId={folder.pk}"))
    assert [each["name"] for each in inside["items"]] == ["Old"]
    assert told(ask(key, "GET", f"savedLists/{first.pk}"))["name"] == "Young"
    assert told(ask(key, "GET", "folders"))["items"] == [{"folderId": folder.pk, "name": "Ohio"}]
    assert told(ask(key, "GET", f"folders/{folder.pk}")) == {"folderId": folder.pk, "name": "Ohio"}
    assert not told(ask(key, "GET", "savedLists?maxPeopleCount=0"))["items"]
    for path in (f"savedLists/{other.pk}", "savedLists/999", "folders/999", "savedLists?folderId=999"):
        error(ask(key, "GET", path), 404)
    error(ask(key, "GET", "savedLists?folderId=x"), 400, "folderId")
    error(ask(key_of(world, "rivera"), "GET", f"savedLists/{first.pk}"), 404)


def test_an_export_is_complete_at_once_and_has_vans_ids_and_the_lists_persons(world: World, key: str) -> None:
    listed = made(world)
    job = exported(key, listed)
    assert (job["status"], job["savedListId"], job["type"]) == ("Completed", listed.pk, 4)
    rows = downloaded(job)
    extract = Extract.objects.get()
    assert len(rows) == listed.rows == extract.rows and next(iter(rows[0])) == "VanID"
    assert len({row["VanID"] for row in rows}) == len(rows)
    assert Journal.objects.get(log="oh", type="export.intent").rows == listed.rows
    assert ",".join(rows[0]) == HEADS
    for row in rows[:3]:
        person = told(ask(key, "GET", f"people/{row['VanID']}"))
        assert (person["firstName"], person["lastName"]) == (row["FirstName"], row["LastName"])
    assert told(ask(key, "GET", f"exportJobs/{job['exportJobId']}"))["exportJobGuid"] == str(extract.pk)
    same = told(ask(key, "GET", f"canvassFileRequests/{job['exportJobId']}"))
    assert same["canvassFileRequestGuid"] == str(extract.pk)
    assert [each["exportJobId"] for each in told(ask(key, "GET", "exportJobs"))["items"]] == [
        job["exportJobId"]
    ]
    names = {each["name"] for each in told(ask(key, "GET", "exportJobTypes"))["items"]}
    assert names == {"SavedListExport", "Hustle/Spoke"}


def test_decoys_on_a_list_have_an_id_as_everybody_has(
    world: World, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(downloaded(exported(key, made(world))))
    monkeypatch.setattr(invented, "MOST_SHARE", 0.1)
    decoys.make(home=world.home, owner=world.member("oh"), number=20, by=MACHINE)
    rows = downloaded(exported(key, made(world, "Again")))
    assert len(rows) > before and len({row["VanID"] for row in rows} - {""}) == len(rows)


def test_answers_codes_and_districts_that_are_asked_for_stand_beside_the_persons(
    world: World, key: str
) -> None:
    national, listed = world.member("national"), made(world)
    code = canvassing.make_code(of=national, name="Yard sign", by=MACHINE)
    question = canvassing.ask(of=national, name="Support", options=["Yes", "No"], by=MACHINE)
    theirs = canvassing.make_code(of=world.member("oh"), name="Theirs", by=MACHINE)
    yes, no = question.answers.all()
    first, second, *_ = downloaded(exported(key, listed))
    for row, responses in (
        (first, [{"type": "ActivistCode", "activistCodeId": code.pk}]),
        *((second, [{"type": "SurveyResponse", "surveyQuestionId": question.pk, "surveyResponseId": one.pk}])
          for one in (yes, no)),
    ):  # fmt: skip
        body = {"canvassContext": {"contactTypeId": 2, "skipMatching": True}, "responses": responses}
        assert ask(key, "POST", f"people/{row['VanID']}/canvassResponses", body).status_code == 204
    wanted = {
        "savedListId": listed.pk, "type": 4, "surveyQuestions": [{"surveyQuestionId": question.pk}],
        "activistCodes": [{"activistCodeId": str(code.pk)}], "districtFields": [{"districtFieldId": 1}],
    }  # fmt: skip
    job = told(ask(key, "POST", "exportJobs", wanted), 201)
    assert job["activistCodes"] == [{"activistCodeId": code.pk}]
    rows = downloaded(job)
    asked, marked, county = list(rows[0])[-3:]
    assert (asked, marked, county) == (f"SQ_{question.pk}", f"AC_{code.pk}", "DF_1")
    assert {row["VanID"] for row in rows if row[marked]} == {first["VanID"]}
    assert {row["VanID"]: row[asked] for row in rows if row[asked]} == {second["VanID"]: str(no.pk)}
    assert any(row[county] for row in rows) and all(row[county] == row["County"] for row in rows)
    wanted["activistCodes"] = [{"activistCodeId": theirs.pk}]
    error(ask(key, "POST", "exportJobs", wanted), 400, "activistCodes[0].activistCodeId")


def test_a_file_for_texting_has_its_heads_in_order(world: World, key: str) -> None:
    rows = downloaded(exported(key, made(world), 8))
    assert tuple(rows[0]) == TEXTED and rows[0]["VanID"] and rows[0]["CanvassFileRequestID"]


def test_persons_without_the_states_id_have_the_same_van_id(world: World) -> None:
    agree("oh", "rivera", columns=["voters.first_name", "voters.last_name", "registration"])
    rivera = world.member("rivera")
    listed = lists.make(
        home=world.home, member=rivera, name="x", purpose="gotv", where="first_name LIKE 'A%'", by=MACHINE
    )
    key = key_of(world, "rivera")
    rows = downloaded(exported(key, listed))
    assert len(rows) == listed.rows > 0 and len({row["VanID"] for row in rows}) == len(rows)
    for row in rows[:2]:
        person = told(ask(key, "GET", f"people/{row['VanID']}"))
        assert (person["firstName"], person["lastName"]) == (row["FirstName"], row["LastName"])


def test_a_file_dies_with_its_agreement_and_an_opt_out_is_in_no_later_one(world: World, key: str) -> None:
    listed = made(world)
    job = exported(key, listed)
    one = next(iter(lists_ids(world, listed)))
    loads.vault(world.home, world.member("oh")).suppress([one])
    assert len(downloaded(exported(key, listed))) == listed.rows - 1
    agreement_events.revoke(
        home=world.home, agreement=Agreement.objects.get(owner__key="oh", recipient__key="national"),
        member=world.member("oh"), cause="law", passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    answer = Client().get(urlsplit(job["downloadUrl"]).path)
    assert answer.status_code >= 400 and "errors" in answer.json()
    error(ask(key, "POST", "exportJobs", {"savedListId": listed.pk, "type": 4}), 403)


def lists_ids(world: World, listed: SavedList) -> list[str]:
    import pyarrow.parquet as pq

    found: list[str] = pq.read_table(world.home.lists / listed.file).column("state_voter_id").to_pylist()
    return found


def test_what_is_wrong_is_named(world: World, key: str) -> None:
    listed = made(world)
    for body, status, properties in (
        ({}, 400, ["type"]),
        ({"type": 4}, 400, ["savedListId"]),
        ({"type": 99, "savedListId": listed.pk}, 400, ["type"]),
        ({"type": 4, "savedListId": "x"}, 400, ["savedListId"]),
        ({"type": 4, "savedListId": 99999}, 404, []),
        ({"type": 4, "savedListId": listed.pk, "surveyQuestions": [{"surveyQuestionId": 1}]}, 400,
         ["surveyQuestions[0].surveyQuestionId"]),
        ({"type": 8, "savedListId": listed.pk, "activistCodes": [{"activistCodeId": 1}]}, 400,
         ["activistCodes"]),
        ({"type": 4, "savedListId": listed.pk, "customFields": [{"customFieldId": 1}]}, 400,
         ["customFields"]),
        ({"type": 4, "savedListId": listed.pk, "districtFields": [{"districtFieldId": 99}]}, 400,
         ["districtFields[0].districtFieldId"]),
    ):  # fmt: skip
        error(ask(key, "POST", "exportJobs", body), status, *properties)
    error(ask(key, "GET", "exportJobs/77"), 404)
    assert Client().get("/v4/files/made-up").status_code == 404
    reader = key_of(world, "national", scopes=("answers",))
    error(ask(reader, "POST", "exportJobs", {"type": 4, "savedListId": listed.pk}), 403)
