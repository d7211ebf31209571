"""Custom fields over the VAN-compatible API: the member's own, of six types, on its own people."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from test_van_bulk import asked, fetched
from test_van_changes import exported, rows_of
from test_van_contact_lists import loaded
from test_van_contacts import campaign, kept
from van_client import ask, error, key_of, told
from van_files import file_of, work
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server.actions import canvassing, custom_fields, custom_values
from commonroll.server.models import CustomField, CustomValue

pytestmark = pytest.mark.django_db

WAYS = ("Bus", "Car, own", "On foot")


@pytest.fixture
def key(world: World) -> str:
    return key_of(world, "national")


@pytest.fixture
def fields(world: World) -> dict[str, CustomField]:
    """One of each type, by its letter."""
    of, by = world.member("national"), MACHINE
    return {
        type: custom_fields.define(
            of=of, group="Volunteering", name=f"Field {type}", type=type, by=by,
            longest=10 if type == "T" else None, choices=WAYS if type in "SM" else (),
        )
        for type in "BSTDNM"
    }  # fmt: skip


def given_to(field: CustomField, value: Any, **more: Any) -> dict[str, Any]:
    one = {"customFieldId": str(field.number), "customFieldGroupId": field.group, "assignedValue": value}
    return {"customFieldValues": [one | more]}


def on(key: str, person: int) -> dict[int, str]:
    found = told(campaign(key, "GET", f"people/{person}?$expand=customFields"))["customFields"]
    return {one["customFieldId"]: one["assignedValue"] for one in found}


GOOD = [
    ("B", True, "true"), ("B", "No", "false"), ("B", 1, "true"), ("S", 2, "2"), ("S", "bus", "1"),
    ("S", "Car, own", "2"), ("T", " L ", "L"), ("T", 38, "38"), ("D", "2026-11-03T09:00:00Z", "2026-11-03"),
    ("N", "007.50", "7.5"), ("N", -2, "-2"), ("N", 0.0, "0"), ("M", [3, "Bus"], "1,3"), ("M", "3,1", "1,3"),
    ("M", "Car, own", "2"), ("M", 2, "2"), ("M", [], ""),
]  # fmt: skip
BAD = [
    ("B", "maybe"), ("B", 2), ("B", []), ("S", 4), ("S", "Boat"), ("S", [1]), ("S", True), ("T", "x" * 11),
    ("T", {}), ("T", True), ("T", "\x00"), ("D", "soon"), ("D", 7), ("D", ["2026-11-03"]), ("N", "many"),
    ("N", True), ("N", "1e30"), ("M", [1, 4]), ("M", {}), ("M", "Bus,Boat"), ("M", [None]),
]  # fmt: skip


def test_what_a_field_takes_is_kept_as_one_text(key: str, fields: dict[str, CustomField]) -> None:
    person = kept(key)
    for type, value, text in GOOD:
        told(campaign(key, "POST", f"people/{person}", given_to(fields[type], value)))
        assert on(key, person).get(fields[type].number, "") == text, (type, value)
        assert custom_values.read(fields[type], text) == text or not text
    for blank in (None, ""):
        told(campaign(key, "POST", f"people/{person}", given_to(fields["N"], blank)))
    assert on(key, person)[fields["N"].number] == "0"
    path = f"people/{person}/customFields/{fields['N'].number}"
    assert campaign(key, "DELETE", path).status_code == 204
    assert fields["N"].number not in on(key, person)


def test_what_it_does_not_take_is_refused_with_its_property(key: str, fields: dict[str, CustomField]) -> None:
    person = kept(key)
    for type, value in BAD:
        answer = campaign(
            key, "POST", "people/findOrCreate", {"lastName": "X"} | given_to(fields[type], value)
        )
        said = error(answer, 400, "customFieldValues[0].assignedValue")
        assert str(value) not in said["text"] and said["hint"]
    for more, at in (
        ({"customFieldId": 99}, "customFieldId"), ({"customFieldId": None}, "customFieldId"),
        ({"customFieldId": "x"}, "customFieldId"), ({"customFieldGroupId": 9}, "customFieldGroupId"),
    ):  # fmt: skip
        body = given_to(fields["T"], "L", **more)
        error(campaign(key, "POST", f"people/{person}", body), 400, f"customFieldValues[0].{at}")
    error(campaign(key, "POST", f"people/{person}", {"customFieldValues": 7}), 400, "customFieldValues")
    error(ask(key, "POST", f"people/{person}", given_to(fields["T"], "L")), 403)
    error(campaign(key, "DELETE", f"people/{person}/customFields/99"), 404)
    assert not CustomValue.objects.exists()


@given(st.integers(-(10**17), 10**17), st.integers(0, 6))
def test_numbers_come_back_as_they_went(whole: int, places: int) -> None:
    text = custom_values.read(CustomField(type="N"), f"{whole}e-{places}")
    assert text is not None and float(text) == float(f"{whole}e-{places}")
    assert custom_values.read(CustomField(type="N"), text) == text


def test_fields_are_told_and_are_each_members_own(
    world: World, key: str, fields: dict[str, CustomField]
) -> None:
    for mode in ("|0", "|1"):
        every = told(ask(key, "GET", "customFields?customFieldsGroupType=Contacts", mode=mode))
        assert [one["customFieldTypeId"] for one in every] == list("BSTDNM")
    assert [one["name"] for one in every[1]["availableValues"]] == list(WAYS)
    assert every[2]["maxTextboxCharacters"] == 10 and every[0]["availableValues"] is None
    assert told(campaign(key, "GET", f"customFields/{fields['S'].number}")) == every[1]
    assert told(campaign(key, "GET", "customFields?customFieldsGroupType=Contributions")) == []
    error(campaign(key, "GET", "customFields?customFieldsGroupType=X"), 400, "customFieldsGroupType")
    person = kept(key)
    told(campaign(key, "POST", f"people/{person}", given_to(fields["T"], "L")))
    for other in (key_of(world, "oh"), key_of(world, "rivera")):
        assert told(campaign(other, "GET", "customFields")) == []
        error(campaign(other, "GET", f"customFields/{fields['T'].number}"), 404)
        mine = kept(other)
        assert on(other, mine) == {} and mine == person
        body = given_to(fields["T"], "L")
        error(campaign(other, "POST", f"people/{mine}", body), 400, "customFieldValues[0].customFieldId")


def test_people_merge_and_are_erased_with_their_values(key: str, fields: dict[str, CustomField]) -> None:
    one, other = kept(key), kept(key, {"lastName": "Other", "email": "o@example.org"})
    told(campaign(key, "POST", f"people/{one}", given_to(fields["T"], "mine")))
    for type, value in (("T", "theirs"), ("D", "2026-11-03")):
        told(campaign(key, "POST", f"people/{other}", given_to(fields[type], value)))
    told(campaign(key, "PUT", f"people/{other}/mergeInto", {"vanId": one}))
    assert on(key, one) == {fields["T"].number: "mine", fields["D"].number: "2026-11-03"}
    campaign(key, "DELETE", f"people/{one}")
    assert not CustomValue.objects.exists()


def test_a_file_brings_values_and_is_undone_as_a_whole(key: str, fields: dict[str, CustomField]) -> None:
    one, other = kept(key), kept(key, {"lastName": "Other", "email": "o@example.org"})
    told(campaign(key, "POST", f"people/{one}", given_to(fields["T"], "before")))
    text, ways, day = (f"CF{fields[type].number}" for type in "TMD")
    mapped = [{"fieldName": "CustomFieldGroupID", "staticValue": fields["T"].group}]
    columns = ("vanid", text, ways.lower(), day)
    rows = [
        (one, "after", "3", ""),
        (other, "new", "Bus", "2026-11-03"),
        (other, "", "", "soon"),
        (99, "x", "", ""),
    ]

    def job_of(group: object = fields["T"].group, names: tuple[str, ...] = columns) -> dict[str, Any]:
        body = asked(file_of(key, names, rows), "Contacts", "ApplyContactCustomFields")
        said = [mapped[0] | {"staticValue": group}]
        body["actions"][0]["mappingTypes"][0]["fieldValueMappings"] = said
        return body

    made = told(campaign(key, "POST", "bulkImportJobs", job_of()), 201)["jobId"]
    work()
    job = told(campaign(key, "GET", f"bulkImportJobs/{made}"))
    assert job["status"] == "CompletedWithErrors", job["errors"]
    assert [row["PrimaryKey"] for row in fetched(job)] == [str(one), str(other)]
    assert [(row["row"], row["code"]) for row in fetched(job, 1)] == [
        ("4", "NOT_FOUND"),
        ("3", "INVALID_PARAMETER"),
    ]
    assert on(key, one) == {fields["T"].number: "after", fields["M"].number: "3"}
    assert on(key, other)[fields["D"].number] == "2026-11-03"
    assert campaign(key, "DELETE", f"bulkImportJobs/{made}").status_code == 204
    assert on(key, one) == {fields["T"].number: "before"} and on(key, other) == {}
    at = "actions[0].mappingTypes[0].fieldValueMappings"
    for body in (job_of(group=9), job_of(names=("vanid", "a", "b", "c"))):
        error(campaign(key, "POST", "bulkImportJobs", body), 400, at)
    error(ask(key, "POST", "bulkImportJobs", job_of()), 403)
    kind = told(campaign(key, "GET", "bulkImportMappingTypes/ApplyContactCustomFields"))
    assert {text, ways, day} < {each["name"] for each in kind["fields"]}
    values = told(campaign(key, "GET", f"bulkImportMappingTypes/{kind['name']}/{ways}/values"))["items"]
    assert [each["name"] for each in values] == list(WAYS)


def test_files_have_a_column_for_each_field_that_is_asked_for(
    key: str, fields: dict[str, CustomField]
) -> None:
    one, other = kept(key), kept(key, {"lastName": "Other", "email": "o@example.org"})
    told(campaign(key, "POST", f"people/{one}", given_to(fields["T"], "=1+1")))
    listed = loaded(key, [one, other])["savedList"]["savedListId"]
    code = canvassing.make_code(of=fields["T"].member, name="Yard sign", by=MACHINE)
    said = {"responses": [{"type": "ActivistCode", "activistCodeId": code.pk}]}
    assert campaign(key, "POST", f"people/{other}/canvassResponses", said).status_code == 204
    wanted = [{"customFieldId": fields["D"].number}, {"customFieldId": str(fields["T"].number)}]
    body = {
        "savedListId": listed,
        "type": 4,
        "customFields": wanted,
        "activistCodes": [{"activistCodeId": code.pk}],
    }
    job = told(campaign(key, "POST", "exportJobs", body), 201)
    answer = Client().get(urlsplit(job["downloadUrl"]).path)
    rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))  # type: ignore[arg-type]
    day, text = (f"CF_{fields[type].number}" for type in "DT")
    assert [row[f"AC_{code.pk}"] for row in rows] == ["", "1"]
    assert list(rows[0])[-2:] == [day, text] and [row[text] for row in rows] == ["'=1+1", ""]
    body = {"savedListId": listed, "type": 4, "customFields": [{"customFieldId": 99}]}
    error(campaign(key, "POST", "exportJobs", body), 400, "customFields[0].customFieldId")
    number = fields["T"].number
    for asks in ({"requestedCustomFieldIds": [number]}, {"requestedFields": ["LastName", text]}):
        changed = rows_of(exported(key, "Contacts", mode="|1", **asks))
        assert [row[text] for row in changed] == ["'=1+1", ""]
    told_of = told(campaign(key, "GET", "changedEntityExportJobs/fields/Contacts"))
    assert text in {each["fieldName"] for each in told_of if not each["isCoreField"]}
    past = {"dateChangedFrom": "2020-01-01", "requestedCustomFieldIds": [number]}
    for mode, resource in (("|0", "Contacts"), ("|1", "ContactHistory")):
        answer = ask(key, "POST", "changedEntityExportJobs", past | {"resourceType": resource}, mode=mode)
        error(answer, 400, "requestedCustomFieldIds")
    past["requestedCustomFieldIds"] = [99]
    answer = campaign(key, "POST", "changedEntityExportJobs", past | {"resourceType": "Contacts"})
    error(answer, 400, "requestedCustomFieldIds[0]")


def test_a_field_is_changed_removed_and_put_back(key: str, fields: dict[str, CustomField]) -> None:
    person, ways, by = kept(key), fields["S"], MACHINE
    told(campaign(key, "POST", f"people/{person}", given_to(ways, "On foot")))
    custom_fields.change(field=ways, name="Comes by", choices=["On foot", "Bike", "Bus"], by=by)
    assert [one["id"] for one in ways.open_choices] == [3, 4, 1] and on(key, person)[ways.number] == "3"
    with pytest.raises(Refusal, match="1 of the values"):
        custom_fields.change(field=ways, name="Comes by", choices=["Bus"], by=by)
    with pytest.raises(Refusal, match="in use"):
        custom_fields.forget(field=ways, by=by)
    custom_fields.remove(field=ways, by=by)
    assert on(key, person) == {}
    error(campaign(key, "GET", f"customFields/{ways.number}"), 404)
    custom_fields.restore(field=ways, by=by)
    assert on(key, person) == {ways.number: "3"}
    custom_fields.remove(field=ways, by=by)
    assert custom_fields.forget(field=ways, by=by) == 1
    for wrong in ({"type": "S"}, {"type": "Q"}, {"type": "T", "name": "field t"}, {"type": "T", "longest": 0},
                  {"type": "T", "name": " "}, {"type": "S", "choices": ["a", "A"]},
                  {"type": "B", "choices": ["a"]}):  # fmt: skip
        with pytest.raises(Refusal):
            said: dict[str, Any] = {"name": "New", "group": "Volunteering"} | wrong
            custom_fields.define(of=ways.member, by=by, **said)
