"""The real Parsons in MyCampaign: a member's own people and codes, held against what the site keeps."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from invented_site import Site
from parsons import VAN
from requests.exceptions import HTTPError
from test_client import keys_of

OWN = "SELECT id FROM server_member WHERE key = 'wa'"
PEOPLE = (
    f"SELECT id, number, known, emails, phones, merged_into FROM server_contact WHERE member_id = ({OWN})"
)
NOTED = "SELECT person_id, text FROM server_contactnote"
PUT = "SELECT person_id, name FROM server_coded JOIN server_code c ON c.id = code_id"


def rows(site: Site) -> dict[int, dict[str, Any]]:
    """What the site keeps of the member's own people, by number."""
    with closing(sqlite3.connect(f"file:{site.home}/commonroll.sqlite3?mode=ro", uri=True)) as database:
        notes, codes = database.execute(NOTED).fetchall(), database.execute(PUT).fetchall()
        return {
            number: {
                "known": json.loads(known),
                "emails": [each["email"] for each in json.loads(emails)],
                "phones": [each["phoneNumber"] for each in json.loads(phones)],
                "merged": merged,
                "notes": [text for person, text in notes if person == pk],
                "codes": [name for person, name in codes if person == pk],
            }
            for pk, number, known, emails, phones, merged in database.execute(PEOPLE)
        }


def connected(site: Site, key: str, db: str) -> Any:
    van = VAN(api_key=key, db=db)
    van.connection.uri = f"{site.url.rstrip('/')}/v4/"
    van.connection.api.uri = van.connection.uri
    return van


@pytest.fixture(scope="module")
def keys(site: Site) -> dict[str, str]:
    made = keys_of(site, *((member, "ask", "answers") for member in ("wa", "rivera")))
    return dict(zip(("wa", "rivera"), made, strict=True))


@pytest.fixture(scope="module")
def van(site: Site, keys: dict[str, str]) -> Any:
    return connected(site, keys["wa"], "MyCampaign")


def test_own_people_are_made_found_changed_merged_and_erased(
    site: Site, van: Any, keys: dict[str, str]
) -> None:
    assert van.get_apikeyprofiles()["hasMyCampaign"] is True
    ada = van.upsert_person(
        first_name="Ada", last_name="Byron", email="ada@example.org", phone="614 555 0123", zip=43215
    )["vanId"]
    assert rows(site)[ada] == {
        "known": {"firstName": "Ada", "lastName": "Byron"}, "emails": ["ada@example.org"],
        "phones": ["6145550123"], "merged": None, "notes": [], "codes": [],
    }  # fmt: skip
    assert van.upsert_person(first_name="ADA", last_name="byron", phone=6145550123)["vanId"] == ada
    assert van.find_person(first_name="Ada", last_name="Byron", phone=6145550123)["vanId"] == ada
    assert van.find_person_json({"emails": [{"email": "ADA@example.org"}], "firstName": "Ada",
                                 "lastName": "Byron"})["vanId"] == ada  # fmt: skip
    assert van.update_person_json(ada, match_json={"middleName": "King", "firstName": None})["vanId"] == ada
    assert van.upsert_person_json({"vanId": ada, "employer": "Acme"})["employer"] == "Acme"
    van.update_person(ada, first_name="Augusta", last_name="Byron", email="a@example.org")
    assert rows(site)[ada]["known"] == {
        "firstName": "Augusta", "lastName": "Byron", "middleName": "King", "employer": "Acme",
    }  # fmt: skip
    assert van.get_person(ada)["emails"][1]["email"] == "a@example.org"
    other = van.upsert_person_json({"firstName": "A", "lastName": "B", "nickname": "Countess"})["vanId"]
    van.create_contact_note(other, "hosts", False)
    assert van.merge_contacts(ada, other) == {"vanId": ada}
    kept = rows(site)
    assert (kept[other]["merged"], kept[ada]["notes"]) == (ada, ["hosts"])
    assert kept[ada]["known"]["nickname"] == "Countess"
    for charlie in (connected(site, keys["rivera"], "MyCampaign"), connected(site, keys["wa"], "MyVoters")):
        with pytest.raises(HTTPError, match="404"):
            charlie.get_person(ada)
    assert van.delete_person(ada) == 204
    assert rows(site)[ada]["known"] == {} and rows(site)[ada]["emails"] == []
    with pytest.raises(HTTPError, match="404"):
        van.get_person(ada)


def test_codes_are_made_put_on_people_and_removed(site: Site, van: Any) -> None:
    bob = van.upsert_person(first_name="Bob", last_name="Host", email="bob@example.org")["vanId"]
    entities = [{"name": "Contacts", "is_searchable": True, "is_applicable": True}]
    code = van.create_code("Host", description="opens the door", supported_entities=entities)
    assert van.get_code(code)["supportedEntities"][0]["isApplicable"] is True
    van.update_code(code, name="Hosts", supported_entities=entities)
    assert [row["name"] for row in van.get_codes(name="hosts")] == ["Hosts"]
    van.apply_person_code(bob, code)
    assert rows(site)[bob]["codes"] == ["Hosts"]
    assert van.get_person(bob)["codes"][0]["codeId"] == code
    with pytest.raises(HTTPError, match="403"):
        van.delete_code(code)
    spare = van.create_code("Spare")
    van.delete_code(spare)
    with pytest.raises(HTTPError, match="404"):
        van.get_code(spare)


def test_events_places_and_signups(site: Site, van: Any) -> None:
    place = van.create_location(
        "HQ", address_line1="48 Grove St", city="Seattle", state="WA", zip_code="98101"
    )
    assert van.create_location("Office", address_line1="48 grove st", zip_code="98101") == place
    assert van.get_location(place)["address"]["city"] == "Seattle"
    assert place in van.get_locations(name="HQ")["locationId"]
    kinds = van.get_event_types()
    assert "Canvass" in kinds["name"]
    late = {"name": "late", "start_time": "2026-11-01T20:00:00Z", "end_time": "2026-11-01T22:00:00Z"}
    doors = van.create_event(
        "Doors", "D", "2026-11-01T18:00:00Z", "2026-11-01T22:00:00Z", 1,
        [1, 2], shifts=[late], location_ids=[place], editable=True,
    )  # fmt: skip
    found = van.get_event(doors)
    assert (found["name"], found["locations"][0]["locationId"]) == ("Doors", place)
    assert doors in van.get_events(event_type_ids=[1], starting_after="2026-10-31")["eventId"]
    early = van.add_event_shift(doors, "early", "2026-11-01T18:00:00Z", "2026-11-01T20:00:00Z")
    eve = van.upsert_person(first_name="Eve", last_name="Walker", email="eve@example.org")["vanId"]
    statuses = {row["name"]: row["statusId"] for row in van.get_signups_statuses(event_type_id=1)}
    signup = van.create_signup(eve, doors, early, 2, statuses["Scheduled"], place)
    van.update_signup(signup, status_id=statuses["Completed"])
    told = van.get_signup(signup)
    assert (told["person"]["vanId"], told["status"]["name"], told["shift"]["name"]) == (
        eve,
        "Completed",
        "early",
    )
    with closing(sqlite3.connect(f"file:{site.home}/commonroll.sqlite3?mode=ro", uri=True)) as database:
        row = "SELECT event_id, shift_id, role, status, location_id FROM server_signup WHERE id = ?"
        kept = database.execute(row, (signup,)).fetchone()
    assert kept == (doors, early, 2, statuses["Completed"], place)
    assert signup in van.get_event_signups(doors)["eventSignupId"]
    assert signup in van.get_person_signups(eve)["eventSignupId"]
    van.delete_signup(signup)
    van.delete_event(doors)
    van.delete_location(place)
    for gone in (
        lambda: van.get_signup(signup),
        lambda: van.get_event(doors),
        lambda: van.get_location(place),
    ):
        with pytest.raises(HTTPError, match="404"):
            gone()
