"""Events, locations and signups over the VAN-compatible API, held against the rows that are kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from van_client import ask, error, key_of, queries, told
from world import World

from commonroll.server.models import CanvassResponse, Event, EventShift, Location, Signup

pytestmark = pytest.mark.django_db

WHEN = {"startDate": "2026-11-01T17:00:00-05:00", "endDate": "2026-11-01T23:00:00Z"}
HOUR = {"startTime": "2026-11-01T22:00:00Z", "endTime": "2026-11-01T23:00:00Z"}
HQ = {"name": "HQ", "address": {"addressLine1": "48 Grove St", "city": "Columbus", "stateOrProvince": "OH",
                                "zipOrPostalCode": "43215-1234"}}  # fmt: skip
CANVASS = {"name": "Doors", "eventType": {"eventTypeId": "1"}, **WHEN}


@pytest.fixture
def nationals(world: World) -> str:
    return key_of(world, "national")


def campaign(key: str, method: str, path: str, body: Any = None) -> HttpResponse:
    return ask(key, method, path, body, mode="|1")


def made(key: str, path: str, body: Any) -> int:
    response = campaign(key, "POST", path, body)
    pk = told(response, 201)
    assert isinstance(pk, int) and response["Location"].endswith(str(pk))
    return pk


def done(response: HttpResponse) -> None:
    assert (response.status_code, response.content) == (204, b"")


def ada(key: str) -> int:
    body = {"firstName": "Ada", "lastName": "Byron", "email": "ada@example.org"}
    return int(told(campaign(key, "POST", "people/findOrCreate", body), 201)["vanId"])


def signing_up(person: int, event: int) -> dict[str, Any]:
    return {
        "person": {"vanId": person}, "event": {"eventId": event}, "role": {"roleId": 1},
        "status": {"statusId": 1},
    }  # fmt: skip


def test_one_place_stands_once(nationals: str) -> None:
    hq = made(nationals, "locations/findOrCreate", HQ)
    same = {"name": "Office", "address": {"addressLine1": "48 GROVE ST.", "zipOrPostalCode": 43215}}
    assert made(nationals, "locations", same) == hq
    assert made(nationals, "locations", {"name": "HQ", "address": None}) != hq
    by_zip = {"name": "Town Hall", "address": {"zipOrPostalCode": "43215"}}
    hall = made(nationals, "locations", by_zip)
    assert made(nationals, "locations", by_zip | {"name": "town hall"}) == hall != hq
    assert Location.objects.count() == 3
    found = told(campaign(nationals, "GET", f"locations/{hq}"))
    assert (found["name"], found["address"]["city"], found["displayName"]) == (
        "HQ", "Columbus", "HQ, 48 Grove St Columbus OH 43215-1234",
    )  # fmt: skip
    assert [one["locationId"] for one in told(campaign(nationals, "GET", "locations?name=to"))["items"]] == [
        hall
    ]
    done(campaign(nationals, "DELETE", f"locations/{hq}"))
    error(campaign(nationals, "GET", f"locations/{hq}"), 404)
    assert made(nationals, "locations", HQ) != hq


def test_an_event_is_made_read_changed_and_removed(nationals: str) -> None:
    hq, code = made(nationals, "locations", HQ), made(nationals, "codes", {"name": "GOTV"})
    body = CANVASS | {
        "shortName": "D", "isOnlyEditableByCreatingUser": "false", "districtFieldValue": 3,
        "locations": [{"locationId": hq}], "codes": [{"codeID": code}], "notes": [{"text": "bring water"}],
        "roles": [{"roleId": 2, "goal": "5"}], "shifts": [{"name": "late"} | HOUR],
    }  # fmt: skip
    doors = made(nationals, "events", body)
    row = Event.objects.get()
    assert (row.member.key, row.locations, row.codes, row.district) == ("national", [hq], [code], "3")
    found = told(campaign(nationals, "GET", f"events/{doors}?$expand=locations, codes,shifts,roles,notes"))
    assert (found["startDate"], found["eventType"]["name"]) == ("2026-11-01T22:00:00Z", "Canvass")
    assert found["locations"][0]["locationId"] == hq and found["codes"][0]["codeId"] == code
    assert [one["goal"] for one in found["roles"]] == [None, 5, None]
    (late,) = found["shifts"]
    assert late["name"] == "late" and found["notes"] == [{"text": "bring water"}]
    plain = told(campaign(nationals, "GET", f"events/{doors}"))
    assert set(plain) == set(found) and plain["shifts"] is None
    early = made(nationals, f"events/{doors}/shifts", {"name": "early"} | HOUR)
    done(campaign(nationals, "PUT", f"events/{doors}", CANVASS | {"name": "All doors"}))
    assert EventShift.objects.count() == 2 and Event.objects.get().codes == []
    only = {"shifts": [{"eventShiftId": early, "name": "first"} | HOUR]}
    done(campaign(nationals, "PUT", f"events/{doors}", CANVASS | only))
    assert [(one.pk, one.name) for one in EventShift.objects.all()] == [(early, "first")]
    done(campaign(nationals, "DELETE", f"events/{doors}"))
    error(campaign(nationals, "GET", f"events/{doors}"), 404)


def test_events_are_filtered_and_paged(nationals: str) -> None:
    code = made(nationals, "codes", {"name": "GOTV"})
    ids = [made(nationals, "events", CANVASS | {"name": f"e{at}", "eventType": {"eventTypeId": at % 2 + 1}})
           for at in range(12)]  # fmt: skip
    coded = made(nationals, "events", CANVASS | {"codes": [{"codeId": code}], "startDate": "2026-10-01"})
    page = told(campaign(nationals, "GET", "events"))
    assert (len(page["items"]), page["count"]) == (10, 13) and "skip=10" in page["nextPageLink"]
    for query, count in (
        ("eventTypeIds=1", 7), ("eventTypeIds=1,2", 13), ("eventTypeIds=1&eventTypeIds=3", 7),
        (f"codeIds={code}", 1), ("startingAfter=2026-10-15", 12), ("startingBefore=2026-10-15", 1),
        ("createdByCommitteeId=999999", 0), ("inRepetitionWithEventId=1", 0), ("districtFieldValue=x", 0),
    ):  # fmt: skip
        assert told(campaign(nationals, "GET", f"events?{query}"))["count"] == count, query
    assert ids[0] < coded


def test_places_and_codes_of_a_page_are_read_at_once(nationals: str) -> None:
    above = made(nationals, "codes", {"name": "Fall"})
    for at in range(4):
        code = made(nationals, "codes", {"name": f"c{at}", "parentCodeId": above})
        place = made(nationals, "locations", {"name": f"Hall {at}"})
        here = {"codes": [{"codeId": code}], "locations": [{"locationId": place}]}
        made(nationals, "events", CANVASS | here)
    path = "events?$expand=locations,codes,shifts&$top="
    page = told(campaign(nationals, "GET", f"{path}4"))["items"]
    assert [(one["codes"][0]["codePath"], one["locations"][0]["name"]) for one in page] == [
        (f"Fall > c{at}", f"Hall {at}") for at in range(4)
    ]
    few, many = (queries(lambda top=top: campaign(nationals, "GET", f"{path}{top}")) for top in (1, 4))
    assert few == many
    codes = (queries(lambda top=top: campaign(nationals, "GET", f"codes?$top={top}")) for top in (1, 5))
    assert len(set(codes)) == 1


def test_people_sign_up_once_for_a_role_and_shift(nationals: str) -> None:
    person, doors = ada(nationals), made(nationals, "events", CANVASS | {"shifts": [{"name": "late"} | HOUR]})
    shift = EventShift.objects.get().pk
    body = {"person": {"vanId": person}, "event": {"eventId": doors}, "shift": {"eventShiftId": shift},
            "role": {"roleId": 2}, "status": {"statusId": 1}, "location": {"locationId": None}}  # fmt: skip
    signup = made(nationals, "signups", body)
    assert made(nationals, "signups", body | {"status": {"statusId": "2"}, "shift": None}) == signup
    row = Signup.objects.get()
    assert (row.person.number, row.status, row.shift_id, row.by) == (person, 2, shift, row.event.by)
    assert [one.input_type for one in CanvassResponse.objects.filter(person=row.person)] == [11]
    found = told(campaign(nationals, "GET", f"signups/{signup}"))
    assert (found["person"]["firstName"], found["status"], found["location"]["locationId"]) == (
        "Ada", {"statusId": 2, "name": "Confirmed"}, None,
    )  # fmt: skip
    done(campaign(nationals, "PUT", f"signups/{signup}", found | {"role": {"roleId": 3}}))
    for query in (f"eventId={doors}", f"vanId={person}", f"vanID={person}"):
        (listed,) = told(campaign(nationals, "GET", f"signups?{query}"))["items"]
        assert (listed["eventSignupId"], listed["role"]["name"]) == (signup, "Host")
    error(campaign(nationals, "PUT", f"events/{doors}", CANVASS | {"shifts": [HOUR]}), 400, "shifts")
    other = made(nationals, "events", CANVASS)
    moved = found | {"event": {"eventId": other}}
    error(campaign(nationals, "PUT", f"signups/{signup}", moved), 400, "event.eventId")
    error(campaign(nationals, "GET", "signups"), 400, "eventId", "vanId")
    done(campaign(nationals, "DELETE", f"signups/{signup}"))
    error(campaign(nationals, "GET", f"signups/{signup}"), 404)
    made(nationals, "signups", body)
    campaign(nationals, "DELETE", f"people/{person}")
    assert not Signup.objects.exists()


def test_events_are_each_members_own_and_in_mycampaign(world: World, nationals: str) -> None:
    hq, doors, person = made(nationals, "locations", HQ), made(nationals, "events", CANVASS), ada(nationals)
    body = {
        "person": {"vanId": person},
        "event": {"eventId": doors},
        "role": {"roleId": 1},
        "status": {"statusId": 1},
    }
    signup = made(nationals, "signups", body)
    paths = (
        ("GET", f"events/{doors}"), ("PUT", f"events/{doors}"), ("DELETE", f"events/{doors}"),
        ("POST", f"events/{doors}/shifts"), ("GET", f"signups?eventId={doors}"),
        ("GET", f"signups?vanId={person}"),
        ("GET", f"signups/{signup}"), ("PUT", f"signups/{signup}"), ("DELETE", f"signups/{signup}"),
        ("GET", f"locations/{hq}"), ("DELETE", f"locations/{hq}"),
    )  # fmt: skip
    for member in ("oh", "rivera"):
        other = key_of(world, member)
        for method, path in paths:
            error(campaign(other, method, path, CANVASS), 404)
        assert (
            told(campaign(other, "GET", "events"))["count"]
            == told(campaign(other, "GET", "locations"))["count"]
            == 0
        )
        error(campaign(other, "POST", "signups", body), 400, "event.eventId")
        there = CANVASS | {"locations": [{"locationId": hq}]}
        error(campaign(other, "POST", "events", there), 400, "locations[0].locationId")
    for method, path in (*paths[:9], ("GET", "events/types"), ("POST", "events"), ("POST", "signups")):
        assert error(ask(nationals, method, path, body), 400)["code"] == "EVENTS_NOT_SUPPORTED_IN_DB"
    reads = key_of(world, "national", scopes=("ask",))
    for path in ("events", "signups", "locations"):
        error(campaign(reads, "POST", path, body), 403)


def test_an_event_of_one_key_is_changed_by_that_key(world: World, nationals: str) -> None:
    mine = made(nationals, "events", CANVASS | {"isOnlyEditableByCreatingUser": "True"})
    another = key_of(world, "national")
    error(campaign(another, "PUT", f"events/{mine}", CANVASS), 403)
    error(campaign(another, "POST", f"events/{mine}/shifts", HOUR), 403)
    assert told(campaign(another, "GET", f"events/{mine}"))["isOnlyEditableByCreatingUser"] is True
    done(campaign(nationals, "PUT", f"events/{mine}", CANVASS))


def test_vocabularies(nationals: str) -> None:
    types = told(campaign(nationals, "GET", "events/types"))
    assert told(campaign(nationals, "GET", "events/types/1")) == types[0] and types[0]["roles"]
    error(campaign(nationals, "GET", "events/types/99"), 404)
    statuses = told(campaign(nationals, "GET", "signups/statuses?eventTypeId=1"))
    assert statuses == types[0]["statuses"]
    error(campaign(nationals, "GET", "signups/statuses"), 400, "eventId", "eventTypeId")
    error(campaign(nationals, "GET", "signups/statuses?eventTypeId=99"), 400, "eventTypeId")


BAD: list[tuple[str, Any, list[str]]] = [
    ("events", {}, ["startDate"]), ("events", WHEN, ["name"]),
    ("events", WHEN | {"name": "x"}, ["eventTypeId"]),
    *(("events", CANVASS | wrong, places) for wrong, places in (
        ({"name": "x" * 501}, ["name"]), ({"name": {}}, ["name"]), ({"shortName": "x" * 13}, ["shortName"]),
        ({"startDate": "soon"}, ["startDate"]), ({"endDate": None}, ["endDate"]),
        ({"endDate": "2026-10-31"}, ["endDate"]), ({"eventType": 7}, ["eventType"]),
        ({"eventType": {"eventTypeId": 99}}, ["eventType.eventTypeId"]),
        ({"isPubliclyViewable": "perhaps"}, ["isPubliclyViewable"]),
        ({"codes": [{"codeId": 99999}]}, ["codes[0].codeId"]), ({"codes": 7}, ["codes"]),
        ({"locations": [{}]}, ["locations[0].locationId"]),
        ({"locations": [{"locationId": 99999}]}, ["locations[0].locationId"]),
        ({"roles": [{"roleId": 9}]}, ["roles[0].roleId"]),
        ({"roles": [{"roleId": 1, "min": "x"}]}, ["roles[0].min"]),
        ({"shifts": [{"startTime": "2026-11-01"}]}, ["shifts[0].endTime"]),
        ({"shifts": [HOUR | {"endTime": "2026-10-01"}]}, ["shifts[0].endTime"]),
        ({"shifts": [HOUR] * 51}, ["shifts"]), ({"notes": [{"text": None}]}, ["notes[0].text"]),
    )),
    ("locations", {}, ["name"]), ("locations", {"name": "x" * 51}, ["name"]),
    ("locations", {"name": "x", "address": "here"}, ["address"]),
    ("locations", {"name": "x", "address": {"city": []}}, ["address.city"]),
    ("locations", {"name": "x", "address": {"countryCode": "USA"}}, ["address.countryCode"]),
    ("signups", {}, ["event.eventId"]), ("signups", {"event": []}, ["event"]),
    ("signups", {"event": {"eventId": "x"}}, ["event.eventId"]),
]  # fmt: skip


def test_bad_events_name_the_property(nationals: str) -> None:
    for path, body, properties in BAD:
        error(campaign(nationals, "POST", path, body), 400, *properties)
    assert not Event.objects.exists() and not Location.objects.exists()


BAD_SIGNUPS: list[tuple[Any, list[str]]] = [
    ({"person": {"vanId": 99}}, ["person.vanId"]), ({"person": None}, ["person.vanId"]),
    ({"role": {"roleId": 9}}, ["role.roleId"]), ({"status": {}}, ["status.statusId"]),
    ({"status": {"statusId": "x"}}, ["status.statusId"]),
    ({"shift": {"eventShiftId": 99999}}, ["shift.eventShiftId"]),
    ({"location": {"locationId": 99999}}, ["location.locationId"]),
    ({"startTimeOverride": "late"}, ["startTimeOverride"]),
]  # fmt: skip


def test_bad_signups_name_the_property(nationals: str) -> None:
    person, doors = ada(nationals), made(nationals, "events", CANVASS)
    for wrong, properties in BAD_SIGNUPS:
        error(campaign(nationals, "POST", "signups", signing_up(person, doors) | wrong), 400, *properties)
    assert not Signup.objects.exists()
