"""A member's own people over the VAN-compatible API (mode 1), held against the rows that are kept."""

from __future__ import annotations

from typing import Any

import pytest
from django.http import HttpResponse
from hypothesis import given, settings
from hypothesis import strategies as st
from test_van_canvass import a_voter
from tests.thorough import dear
from van_client import ask, error, key_of, queries, told
from world import World

from commonroll.server.actions import contact_parts
from commonroll.server.models import (
    CanvassResponse,
    Coded,
    Contact,
    ContactKey,
    ContactNote,
    ContactVoter,
    Journal,
    Stop,
)

pytestmark = pytest.mark.django_db

ADA: dict[str, Any] = {
    "firstName": "Ada", "lastName": "Núñez", "dateOfBirth": "1980-02-03", "nickname": None,
    "emails": [{"email": "Ada@example.org", "type": "P", "isPreferred": "true"}],
    "phones": [{"phoneNumber": 6145550123, "phoneType": "C"}, None],
    "addresses": [{"addressLine1": "12 Elm St", "city": "Columbus", "stateOrProvince": "OH",
                   "zipOrPostalCode": 43215, "type": "Home"}],
    "identifiers": [{"type": "CrmId", "externalId": "A-1"}],
}  # fmt: skip


@pytest.fixture
def nationals(world: World) -> str:
    return key_of(world, "national")


def campaign(key: str, method: str, path: str, body: Any = None) -> HttpResponse:
    return ask(key, method, path, body, mode="|1")


def kept(key: str, body: Any = ADA) -> int:
    """The VAN id of somebody new."""
    made = told(campaign(key, "POST", "people/findOrCreate", body), 201)
    assert made["status"] == "UnmatchedStored" and set(made) == {"vanId", "status"}
    return int(made["vanId"])


def test_somebody_new_is_kept_as_sent_and_found_again(world: World, nationals: str) -> None:
    response = campaign(nationals, "POST", "people/findOrCreate", ADA)
    ada = told(response, 201)["vanId"]
    assert response["Location"].endswith(f"/v4/people/{ada}")
    row = Contact.objects.get()
    assert (row.member.key, row.number, row.known) == (
        "national", ada, {"firstName": "Ada", "lastName": "Núñez", "dateOfBirth": "1980-02-03"},
    )  # fmt: skip
    assert (row.emails[0]["email"], row.phones[0]["phoneNumber"]) == ("Ada@example.org", "6145550123")
    found = told(campaign(nationals, "GET", f"people/{ada}?$expand=phones,Emails, addresses,externalIds"))
    assert (found["firstName"], found["dateOfBirth"], found["notes"]) == ("Ada", "1980-02-03T00:00:00Z", None)
    assert found["phones"][0] | {"dateCreated": None} == {
        "phoneId": 1, "phoneNumber": "6145550123", "ext": None, "dateCreated": None, "phoneType": "Cell",
        "isPreferred": False, "smsOptInStatus": "U", "phoneOptInStatus": "U", "isCellStatus": None,
        "dialingPrefix": "1", "countryCode": "US",
    }  # fmt: skip
    assert found["emails"][0]["isPreferred"] is True
    assert found["addresses"][0]["zipOrPostalCode"] == "43215"
    assert found["identifiers"] == [{"type": "CrmId", "externalId": "A-1"}]
    assert set(found) == set(told(campaign(nationals, "POST", "people/find", {"vanId": ada})))
    for path in ("CrmId:A-1", "crmid:a-1", f"VANID:{ada}"):
        assert told(campaign(nationals, "GET", f"people/{path}"))["vanId"] == ada
    acts = [row.type for row in Journal.objects.filter(log="national", type="operator")]
    assert len(acts) == 7, "one leaf for what was made, one for each look"


NAMES = {"firstName": "ADA", "lastName": "nunez"}
ZIP = {"addresses": [{"zipOrPostalCode": "43215-1234"}]}


@pytest.mark.parametrize("body", [
    NAMES | {"emails": [{"email": "ada@EXAMPLE.org"}]},
    NAMES | {"phones": [{"phoneNumber": "+1 (614) 555-0123", "phoneType": None}]},
    NAMES | ZIP | {"dateOfBirth": "1980-02-03T00:00:00Z"},
    NAMES | {"addresses": [{"addressLine1": "12 elm st.", "zipOrPostalCode": "43215"}]},
    {"emails": [{"email": "ada@example.org"}]},
    {"email": "ada@example.org"},
    {"identifiers": [{"type": "crmID", "externalId": "A-1"}]},
])  # fmt: skip
def test_each_combination_finds_and_makes_nobody_twice(nationals: str, body: Any) -> None:
    ada = kept(nationals)
    assert told(campaign(nationals, "POST", "people/find", body))["vanId"] == ada
    again = told(campaign(nationals, "POST", "people/findOrCreate", body | {"employer": "Acme"}))
    assert (again["vanId"], again["employer"]) == (ada, "Acme")
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("body", [
    NAMES | {"emails": [{"email": "other@example.org"}]},
    NAMES,
    NAMES | ZIP,
    {"phones": [{"phoneNumber": "614-555-0123"}]},
    NAMES | ZIP | {"dateOfBirth": "1980-02-04"},
    {"firstName": "Eve", "lastName": "Nunez", "emails": [{"email": "ada@example.org"}]},
])  # fmt: skip
def test_less_than_a_combination_finds_nobody_and_makes_somebody(nationals: str, body: Any) -> None:
    ada = kept(nationals)
    error(campaign(nationals, "POST", "people/find", body), 404)
    assert kept(nationals, body) == ada + 1


def test_two_who_match_equally_are_nobody(nationals: str) -> None:
    kept(nationals, NAMES), kept(nationals, NAMES)
    shared = {"emails": [{"email": "home@example.org"}]}
    for van_id in (1, 2):
        told(campaign(nationals, "POST", f"people/{van_id}", shared))
    for path in ("people/find", "people/findOrCreate"):
        assert "more than one" in error(campaign(nationals, "POST", path, NAMES | shared), 404)["text"]
    assert Contact.objects.count() == 2


def test_an_update_sets_adds_and_blanks_nothing(nationals: str) -> None:
    ada = kept(nationals)
    body = {"middleName": "B", "firstName": "", "lastName": None, "sex": "f", "employer": "Acme",
            "emails": [{"email": "work@example.org", "type": "W", "isPreferred": True}],
            "phones": [{"phoneNumber": "614.555.0123", "phoneType": "Home", "ext": 7}]}  # fmt: skip
    found = told(campaign(nationals, "POST", "people/CrmId:A-1", body))
    assert (found["firstName"], found["middleName"], found["lastName"], found["sex"]) == (
        "Ada", "B", "Núñez", "F",
    )  # fmt: skip
    row = Contact.objects.get()
    assert [(one["email"], one["isPreferred"]) for one in row.emails] == [
        ("Ada@example.org", False), ("work@example.org", True),
    ]  # fmt: skip
    assert [(one["phoneType"], one["ext"], one["phoneId"]) for one in row.phones] == [("Home", "7", 1)]
    named = told(campaign(nationals, "PATCH", f"people/{ada}/names", {"lastName": "Byron", "employer": "X"}))
    assert (named["lastName"], named["employer"]) == ("Byron", "Acme")
    assert set(ContactKey.objects.filter(kind="last").values_list("value", flat=True)) == {"BYRON"}
    error(campaign(nationals, "POST", "people/find", NAMES | {"emails": ADA["emails"]}), 404)


def test_people_are_searched_and_paged(nationals: str) -> None:
    for at in range(3):
        kept(
            nationals, {"firstName": f"Ann{at}", "lastName": "Archer", "emails": [{"email": f"a{at}@x.org"}]}
        )
    kept(nationals)
    page = told(campaign(nationals, "GET", "people?lastName=arch&$top=2&$expand=emails"))
    assert (len(page["items"]), page["count"]) == (2, 3) and page["items"][0]["emails"]
    assert "skip=2" in page["nextPageLink"] and "lastName=arch" in page["nextPageLink"]
    assert told(campaign(nationals, "GET", "people?lastName=arch&firstName=ann1"))["count"] == 1
    assert told(campaign(nationals, "GET", "people?phoneNumber=614555"))["items"][0]["firstName"] == "Ada"
    assert told(campaign(nationals, "GET", "people?email=ada@"))["count"] == 1
    quick = told(campaign(nationals, "GET", "people/quickSearch?name=archer, ann2"))
    assert [one["firstName"] for one in quick["items"]] == ["Ann2"]
    assert told(campaign(nationals, "POST", "people/findByPhone", {"phoneNumber": 6145550123}))["vanId"] == 4
    error(campaign(nationals, "GET", "people?firstName=ann"), 400, "lastName", "phoneNumber", "email")
    error(campaign(nationals, "GET", "people?lastName=arch&$top=100000000"), 400, "$top")


def test_what_is_noted_of_them_stays_with_the_member(world: World, nationals: str) -> None:
    ada = kept(nationals)
    code = told(campaign(nationals, "POST", "codes", {"name": "Host"}), 201)
    assert campaign(nationals, "POST", f"people/{ada}/codes", {"codeId": code}).status_code == 204
    assert campaign(nationals, "POST", f"people/{ada}/notes", {"text": "brings cake"}).status_code == 204
    answer = {"canvassContext": {"contactTypeId": 2}, "resultCodeId": 1}
    assert campaign(nationals, "POST", f"people/{ada}/canvassResponses", answer).status_code == 204
    found = told(campaign(nationals, "GET", f"people/{ada}?$expand=codes,notes"))
    assert (found["codes"][0]["codeId"], found["notes"][0]["text"]) == (code, "brings cake")
    assert told(campaign(nationals, "GET", f"people/{ada}/canvassResponses"))["count"] == 1
    row = CanvassResponse.objects.get()
    assert (row.person, row.owner.key, row.number) == (Contact.objects.get(), "national", ada)
    error(ask(nationals, "GET", f"people/{ada}/notes"), 404)


def test_one_who_wants_no_texts_is_stopped_for_every_member(world: World, nationals: str) -> None:
    ada = kept(nationals, ADA | {"phones": [{"phoneNumber": "6145550123", "smsOptInStatus": "O"}]})
    assert Stop.objects.get().channel == "text"
    phone = told(campaign(nationals, "GET", f"people/{ada}?$expand=phones,suppressions"))
    assert (phone["phones"][0]["smsOptInStatus"], phone["suppressions"]) == ("O", [])
    told(campaign(nationals, "POST", f"people/{ada}", {"email": "ada@example.org", "phones": []}))
    told(
        campaign(
            nationals, "POST", f"people/{ada}", {"emails": [{"email": "ada@example.org", "isSubscribed": 0}]}
        )
    )
    found = told(campaign(nationals, "GET", f"people/{ada}?$expand=emails,suppressions"))
    assert found["emails"][0]["isSubscribed"] is False
    assert [one["suppressionCode"] for one in found["suppressions"]] == ["NE"]
    rivals = key_of(world, "rivera")
    seen = told(campaign(rivals, "GET", f"people/{kept(rivals)}?$expand=phones"))
    assert seen["phones"][0]["smsOptInStatus"] == "O"


def test_a_person_is_a_voter_whom_the_key_sees(world: World, nationals: str) -> None:
    van_id, _ = a_voter(world, nationals)
    link = {"identifiers": [{"type": "VoterVanId", "externalId": van_id}]}
    ada = kept(nationals, ADA | link)
    found = told(campaign(nationals, "GET", f"people/{ada}?$expand=externalIds"))
    assert found["identifiers"] == [{"type": "votervanid", "externalId": str(van_id)}]
    assert ContactVoter.objects.get().owner.key == "oh"
    error(campaign(key_of(world, "rivera"), "POST", "people/findOrCreate", ADA | link), 404)
    code = told(campaign(nationals, "POST", "codes", {"name": "Donor"}), 201)
    for at, last in enumerate(("Nunez", "Nunes")):
        other = kept(nationals, {"firstName": "Ed", "lastName": last, "email": f"{at}@x.org"} | link)
        campaign(nationals, "POST", f"people/{other}/codes", {"codeId": code})
        campaign(nationals, "POST", f"people/{other}/notes", {"text": last})
    path = "people/quickSearch?name=nune&$expand=externalIds,notes,codes&$top="
    people = told(campaign(nationals, "GET", f"{path}3"))["items"]
    assert [[one["text"] for one in person["notes"]] for person in people] == [[], ["Nunez"], ["Nunes"]]
    assert [len(person["codes"]) for person in people] == [0, 1, 1]
    assert all(person["identifiers"][-1]["externalId"] == str(van_id) for person in people)
    few, many = (queries(lambda top=top: campaign(nationals, "GET", f"{path}{top}")) for top in (2, 3))
    assert few == many
    strange = {"identifiers": [{"type": "votervanid", "externalId": "x"}]}
    error(campaign(nationals, "POST", "people/findOrCreate", NAMES | strange), 404)


def test_two_become_one(nationals: str) -> None:
    ada = kept(nationals)
    second = {"firstName": "A.", "lastName": "Byron", "jobTitle": "Countess", "phones": ADA["phones"],
              "emails": [{"email": "b@example.org", "isPreferred": True}]}  # fmt: skip
    other = kept(nationals, second)
    for of in (ada, other):
        campaign(nationals, "POST", f"people/{of}/notes", {"text": f"note {of}"})
        code = told(campaign(nationals, "POST", "codes", {"name": f"c{of}"}), 201)
        campaign(nationals, "POST", f"people/{of}/codes", {"codeId": code})
        campaign(nationals, "POST", f"people/{other}/codes", {"codeId": code})
    would = campaign(nationals, "PUT", f"people/{other}/mergeInto?whatIf=true", {"vanId": ada})
    assert told(would) == {"vanId": ada} and Contact.objects.filter(erased_at=None).count() == 2
    assert told(campaign(nationals, "PUT", f"people/{other}/mergeInto", {"vanId": str(ada)})) == {
        "vanId": ada
    }
    row = Contact.objects.get(number=ada)
    assert (row.known["firstName"], row.known["jobTitle"]) == ("Ada", "Countess")
    assert [(one["email"], bool(one["isPreferred"])) for one in row.emails if "isPreferred" in one] == [
        ("Ada@example.org", True)
    ]
    assert len(row.emails) == 2 and [one["phoneId"] for one in row.phones] == [1]
    assert (ContactNote.objects.filter(person=row).count(), Coded.objects.filter(person=row).count()) == (
        2,
        2,
    )
    error(campaign(nationals, "GET", f"people/{other}"), 404)
    assert told(campaign(nationals, "POST", "people/find", {"email": "b@example.org"}))["vanId"] == ada
    for body in ({"vanId": ada}, {"vanId": other}, {"vanId": 99}, {"vanId": "x"}, {}):
        error(campaign(nationals, "PUT", f"people/{ada}/mergeInto", body), 400, "vanId")


def test_one_who_is_erased_leaves_a_number_that_is_never_given_again(nationals: str) -> None:
    ada = kept(nationals)
    campaign(nationals, "POST", f"people/{ada}/notes", {"text": "x"})
    response = campaign(nationals, "DELETE", f"people/{ada}")
    assert (response.status_code, response.content) == (204, b"")
    row = Contact.objects.get()
    assert (row.known, row.emails, row.phones, row.addresses, row.identifiers) == ({}, [], [], [], [])
    assert not ContactKey.objects.exists() and not ContactNote.objects.exists()
    for method, path in (("GET", f"people/{ada}"), ("DELETE", f"people/{ada}"), ("GET", "people/CrmId:A-1")):
        error(campaign(nationals, method, path), 404)
    assert kept(nationals) == ada + 1


def test_people_are_each_members_own(world: World, nationals: str) -> None:
    ada = kept(nationals)
    for member in ("oh", "rivera"):
        other = key_of(world, member)
        for method, path, body in (
            ("GET", f"people/{ada}", None), ("GET", "people/CrmId:A-1", None),
            ("POST", "people/find", NAMES | {"emails": ADA["emails"]}), ("POST", f"people/{ada}", NAMES),
            ("DELETE", f"people/{ada}", None), ("PUT", f"people/{ada}/mergeInto", {"vanId": ada}),
            ("PATCH", f"people/{ada}/names", NAMES), ("GET", f"people/{ada}/codes", None),
            ("POST", f"people/{ada}/canvassResponses", {"resultCodeId": 1}),
        ):  # fmt: skip
            error(campaign(other, method, path, body), 404)
        assert told(campaign(other, "GET", "people?lastName=n"))["count"] == 0
        assert kept(other) == 1
    reads = key_of(world, "national", scopes=("ask",))
    error(campaign(reads, "POST", "people/findOrCreate", ADA), 403)
    error(campaign(key_of(world, "national", scopes=("answers",)), "GET", f"people/{ada}"), 403)


def test_voter_mode_changes_no_voter_and_sees_no_contact(nationals: str) -> None:
    ada = kept(nationals)
    for method, path in (
        ("POST", "people/findOrCreate"), ("POST", f"people/{ada}"), ("DELETE", f"people/{ada}"),
        ("PUT", f"people/{ada}/mergeInto"),
    ):  # fmt: skip
        error(ask(nationals, method, path, ADA), 403)
    error(ask(nationals, "GET", f"people/{ada}"), 404)
    assert told(campaign(nationals, "GET", "savedLists"))["items"] == []


def test_wrong_ways_in_are_refused_in_json(nationals: str) -> None:
    assert told(campaign(nationals, "POST", "/people//FindOrCreate", ADA), 201)["vanId"] == 1
    error(campaign(nationals, "POST", "people/findOrCreate", b" " * ((1 << 20) + 1)), 413)
    error(campaign(nationals, "POST", "people/findOrCreate", b"[]"), 400, "body")
    error(campaign(nationals + "x", "GET", "people/1"), 401)
    for mode in ("", "|2", "|"):
        error(ask(nationals, "GET", "people/1", mode=mode), 401)
    for path in ("people/0", "people/-1", "people/1.5", "people/99999999999", "people/:1", "people/CrmId:"):
        error(campaign(nationals, "GET", path), 404)
    error(campaign(nationals, "GET", "people/1?$expand=secrets"), 400, "$expand")
    error(campaign(nationals, "PUT", "people/1/mergeInto?whatIf=perhaps", {"vanId": 1}), 400, "whatIf")
    error(campaign(nationals, "PATCH", "people/1", {}), 405)


BAD: list[tuple[Any, list[str]]] = [
    ({}, ["body"]),
    ({"sex": "x", "lastName": "B"}, ["sex"]),
    ({"firstName": {}}, ["firstName"]), ({"firstName": True}, ["firstName"]),
    ({"firstName": "x" * 201}, ["firstName"]), ({"lastName": "\x00"}, ["lastName"]),
    ({"lastName": ["x"]}, ["lastName"]), ({"middleName": {}}, ["middleName"]),
    ({"dateOfBirth": "yesterday"}, ["dateOfBirth"]), ({"dateOfBirth": 7.5}, ["dateOfBirth"]),
    ({"vanId": "seven"}, ["vanId"]), ({"vanId": 0}, ["vanId"]), ({"vanId": 2**31}, ["vanId"]),
    ({"emails": "a@b.org"}, ["emails"]), ({"emails": ["a@b.org"]}, ["emails[0]"]),
    ({"emails": [{"email": None}]}, ["emails[0].email"]),
    ({"emails": [{"email": "a b@c.d"}]}, ["emails[0].email"]),
    ({"emails": [{"email": "a@b.org", "type": "Q"}]}, ["emails[0].type"]),
    ({"emails": [{"email": "a@b.org", "isPreferred": "often"}]}, ["emails[0].isPreferred"]),
    ({"email": "nobody"}, ["email"]),
    ({"phones": {}}, ["phones"]), ({"phones": [{}]}, ["phones[0].phoneNumber"]),
    ({"phones": [{"phoneNumber": "6145550123"}, {"phoneNumber": "5550123"}]}, ["phones[1].phoneNumber"]),
    ({"phones": [{"phoneNumber": "6145550123", "phoneType": "Pager"}]}, ["phones[0].phoneType"]),
    ({"phones": [{"phoneNumber": "6145550123", "smsOptInStatus": "Y"}]}, ["phones[0].smsOptInStatus"]),
    ({"phones": [{"phoneNumber": "6145550123", "ext": [1]}]}, ["phones[0].ext"]),
    ({"addresses": [7]}, ["addresses[0]"]), ({"addresses": [{"city": {}}]}, ["addresses[0].city"]),
    ({"addresses": [{"city": "X", "type": "Moon"}]}, ["addresses[0].type"]),
    ({"addresses": [{"city": "X", "countryCode": "USA"}]}, ["addresses[0].countryCode"]),
    ({"identifiers": [{"type": "CrmId"}]}, ["identifiers[0].externalId"]),
    ({"identifiers": [{"externalId": "1"}]}, ["identifiers[0].type"]),
    ({"identifiers": [{"type": "x" * 41, "externalId": "1"}]}, ["identifiers[0].type"]),
    ({"emails": [{"email": f"a{n}@b.org"} for n in range(101)]}, ["emails"]),
]  # fmt: skip


def test_bad_people_name_the_property(nationals: str) -> None:
    for body, properties in BAD:
        error(campaign(nationals, "POST", "people/findOrCreate", body), 400, *properties)
    assert not Contact.objects.exists()


_EMAILS = st.lists(st.fixed_dictionaries({
    "email": st.sampled_from(["a@x.org", "A@X.org", "b@x.org", "c@x.org"]),
    "isPreferred": st.sampled_from([True, False, None]),
}), max_size=4)  # fmt: skip


@settings(max_examples=dear(75))
@given(held=_EMAILS, said=_EMAILS)
def test_lists_come_together_without_doubles(held: Any, said: Any) -> None:
    once = contact_parts.together("emails", [], held)
    both = contact_parts.together("emails", once, said)
    keys = [one["email"].lower() for one in both]
    assert len(set(keys)) == len(keys) and set(keys) == {one["email"].lower() for one in held + said}
    assert keys[: len(once)] == [one["email"].lower() for one in once], "what was there keeps its place"
    assert sum(bool(one.get("isPreferred")) for one in both) <= 1
    again = contact_parts.together("emails", both, said)
    assert [(one["email"], bool(one.get("isPreferred"))) for one in again] == [
        (one["email"], bool(one.get("isPreferred"))) for one in both
    ]
