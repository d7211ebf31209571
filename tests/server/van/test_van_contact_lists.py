"""Lists of a member's own people over the VAN-compatible API (mode 1), and files of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from test_van_canvass import a_voter
from test_van_contacts import campaign, kept
from test_van_lists import downloaded
from van_client import ask, error, key_of, told
from van_files import file_of, work
from world import MACHINE, World

from commonroll.server.actions import list_folders, loads
from commonroll.server.models import ContactList, FileJob, Journal
from commonroll.server.van.contact_file import HEADS

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(world: World) -> str:
    return key_of(world, "national")


def loaded(key: str, ids: Sequence[object], name: str = "Donors", **more: Any) -> Any:
    """The job of a file of ids, once it is done."""
    action = {"actionType": "LoadSavedListFile", "listName": name, "personIdColumn": "id", **more}
    body = {"file": file_of(key, ("id",), [(id,) for id in ids]), "actions": [action]}
    job = told(campaign(key, "POST", "fileLoadingJobs", body), 201)["jobId"]
    work()
    return told(campaign(key, "GET", f"fileLoadingJobs/{job}"))


def exported(key: str, listed: int) -> Any:
    return told(campaign(key, "POST", "exportJobs", {"savedListId": str(listed), "type": "4"}), 201)


def person(at: int, **more: object) -> dict[str, Any]:
    return {
        "firstName": f"=Ann{at}", "lastName": f"Archer{at}", "emails": [{"email": f"a{at}@example.org"}],
        "identifiers": [{"type": "CrmId", "externalId": f"C-{at}"}], **more,
    }  # fmt: skip


def test_a_list_is_brought_found_and_fetched(world: World, key: str) -> None:
    folder = list_folders.make(member=world.member("national"), name="Ours", by=MACHINE)
    people = [kept(key, person(at)) for at in range(4)]
    phoned = {"phones": [{"phoneNumber": "6145550123"}, {"phoneNumber": "6145550124", "isPreferred": True}]}
    people.append(kept(key, person(4, **phoned)))
    job = loaded(key, [*people, people[0], 999, "x"], folderId=folder.pk)
    assert job["status"] == "CompletedWithErrors" and [one["row"] for one in job["errors"]] == [7, 8]
    listed = job["savedList"]["savedListId"]
    assert job["savedList"]["matchedRowsCount"] == 6
    found = told(campaign(key, "GET", f"savedLists?folderId={folder.pk}"))
    assert [(one["savedListId"], one["name"], one["listCount"]) for one in found["items"]] == [
        (listed, "Donors", 5)
    ]
    assert told(campaign(key, "GET", "savedLists?maxPeopleCount=4"))["count"] == 0
    assert told(campaign(key, "GET", f"folders/{folder.pk}"))["name"] == "Ours"
    made = exported(key, listed)
    again = [told(campaign(key, "GET", f"exportJobs/{made['exportJobId']}"))]
    for one in (*again, *told(campaign(key, "GET", "exportJobs"))["items"]):
        assert one | {"downloadUrl": made["downloadUrl"]} == made
    leaf = Journal.objects.filter(type="operator").latest("pk")
    rows = downloaded(made)
    assert [int(row["VanID"]) for row in rows] == people and set(rows[0]) == set(HEADS)
    assert (rows[4]["FirstName"], rows[4]["HomePhone"], rows[4]["Email"]) == (
        "'=Ann4",
        "6145550124",
        "a4@example.org",
    )
    assert leaf.log == "national"
    job = loaded(key, ["c-1", "C-2", "C-9"], "By CRM", personIdType="crmid")
    assert job["savedList"]["matchedRowsCount"] == 2
    over = job["savedList"]["savedListId"]
    loaded(key, people[3:], "Fewer", overwriteExistingListId=over)
    assert told(campaign(key, "GET", f"savedLists/{over}"))["listCount"] == 2


def test_who_is_erased_merged_or_wants_to_be_left_alone_is_not_in_the_file(world: World, key: str) -> None:
    van_id, voter = a_voter(world, key)
    link = {"identifiers": [{"type": "VoterVanId", "externalId": van_id}]}
    home = {"addresses": [{"addressLine1": "12 Elm St", "zipOrPostalCode": "43215"}]}
    ann, bea, cid, dee = (kept(key, person(at, **home)) for at in range(4))
    eve = kept(key, person(5, **home) | link | {"phones": [{"phoneNumber": "6145550177"}]})
    listed = loaded(key, (ann, bea, cid, eve))["savedList"]["savedListId"]
    made = exported(key, listed)
    campaign(key, "DELETE", f"people/{ann}")
    told(campaign(key, "PUT", f"people/{bea}/mergeInto", {"vanId": dee}))
    campaign(key, "POST", "people/findOrCreate", {"vanId": cid, "emails": [
        {"email": "a2@example.org", "isSubscribed": False}]})  # fmt: skip
    for channel in ("phone", "mail"):
        loads.vault(world.home, world.member("oh")).suppress([voter], channel=channel)
    rows = {int(row["VanID"]): row for row in downloaded(made)}
    assert set(rows) == {cid, eve}
    assert (rows[cid]["Email"], rows[cid]["AddressLine1"]) == ("", "12 Elm St")
    open_to = [rows[eve][head] for head in ("HomePhone", "AddressLine1", "Email")]
    assert open_to == ["", "", "a5@example.org"]
    assert told(campaign(key, "GET", f"savedLists/{listed}"))["listCount"] == 3
    assert {int(row["VanID"]) for row in downloaded(exported(key, listed))} == {cid, dee, eve}
    FileJob.objects.update(ended_at=timezone.now() - timedelta(days=2))
    ended = told(campaign(key, "GET", f"exportJobs/{made['exportJobId']}"))
    assert (ended["status"], ended["downloadUrl"]) == ("Error", None)


def test_lists_of_own_people_are_of_one_member_purpose_and_mode(world: World, key: str) -> None:
    listed = loaded(key, [kept(key, person(0))])["savedList"]["savedListId"]
    assert told(ask(key, "GET", "savedLists"))["count"] == 0
    for other in (key_of(world, "rivera"), key_of(world, "national", "persuasion")):
        assert told(campaign(other, "GET", "savedLists"))["count"] == 0
        error(campaign(other, "GET", f"savedLists/{listed}"), 404)
        error(campaign(other, "POST", "exportJobs", {"savedListId": listed, "type": 4}), 404)
    error(campaign(key, "POST", "exportJobs", {"savedListId": listed, "type": 8}), 400, "type")
    error(campaign(key, "GET", "exportJobs/99"), 404)
    action = {"actionType": "LoadSavedListFile", "listName": "Donors", "personIdColumn": "id"}
    body = {"file": file_of(key, ("id",), [(1,)]), "actions": [action]}
    error(campaign(key, "POST", "fileLoadingJobs", body), 400, "actions[0].listName")
    other = {**body, "actions": [action | {"listName": "x", "overwriteExistingListId": 99}]}
    error(campaign(key, "POST", "fileLoadingJobs", other), 400, "actions[0].overwriteExistingListId")
    reader = key_of(world, "national", scopes=("ask",))
    error(campaign(reader, "POST", "fileLoadingJobs", {**body, "actions": [action | {"listName": "x"}]}), 403)
    assert loaded(key, ["nobody"], "None")["status"] == "Failed"
    assert ContactList.objects.count() == 1
