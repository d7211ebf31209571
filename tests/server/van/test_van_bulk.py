"""Bulk imports over the VAN-compatible API, held against the vaults, and undone as a whole."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import urlsplit

import pyarrow.dataset as ds
import pytest
from django.test import Client
from test_van_loads import ohio, van_id
from van_client import ask, error, key_of, told
from van_files import described, done, file_of, work
from world import MACHINE, World

from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import canvassing
from commonroll.server.models import (
    ActivistCode,
    CanvassResponse,
    Contact,
    FileJob,
    Journal,
    Marked,
    Stop,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(world: World) -> str:
    return key_of(world, "national")


@pytest.fixture
def code(world: World) -> ActivistCode:
    return canvassing.make_code(of=world.member("national"), name="Yard sign", by=MACHINE)


def asked(file: dict[str, Any], resource: str, mapping: str, **more: Any) -> dict[str, Any]:
    action = {
        "resultFileSizeKbLimit": 5000, "resourceType": resource, "actionType": "loadMappedFile",
        "mappingTypes": [{"name": mapping}],
    } | more  # fmt: skip
    return {"description": "Activist Code Upload", "file": file, "actions": [action]}


def fetched(job: dict[str, Any], at: int = 0) -> list[dict[str, str]]:
    answer = Client().get(urlsplit(job["resultFiles"][at]["url"]).path)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(b"".join(answer).decode())))  # type: ignore[arg-type]


def said(world: World) -> list[tuple[str, str, str]]:
    """Question, answer and voter of what national's vault was told."""
    rows: list[dict[str, Any]] = []
    for path in Vault(world.home.vaults, "national").event_files("responses"):
        rows += ds.dataset(path).to_table().to_pylist()
    return sorted((row["question"], row["answer"], row["state_voter_id"]) for row in rows)


def test_activist_codes_come_in_once_and_are_undone_as_a_whole(
    world: World, key: str, code: ActivistCode
) -> None:
    first, second, third = ohio(world)[:3]
    one, two, three = (van_id(key, row) for row in (first, second, third))
    rows = [
        (one, code.pk, "2026-11-01", "=cmd|' /C calc'!A0"), (two, "yard SIGN", "", ""),
        (999, code.pk, "", ""),
        (three, 999, "", ""), (three, code.pk, "2126-01-01", ""), ("", code.pk, "", ""),
    ]  # fmt: skip
    columns = ("vanid", "activistcodeid", "datecanvassed", "note")
    wanted = asked(
        file_of(key, columns, rows), "ContactsActivistCodes", "ActivistCode",
        columnsToIncludeInResultsFile=[{"name": "note"}],
    )  # fmt: skip
    job = done(key, "bulkImportJobs", wanted)
    assert (job["status"], job["resourceType"], job["errors"]) == (
        "CompletedWithErrors", "ContactsActivistCodes", [],
    )  # fmt: skip
    marked = told(ask(key, "GET", f"people/{one}/activistCodes"))["items"]
    assert [each["activistCodeId"] for each in marked] == [code.pk]
    kept = {(row["BulkUploadDataID"], row["PrimaryKey"], row["note"]) for row in fetched(job)}
    assert kept == {("1", str(one), "'=cmd|' /C calc'!A0"), ("2", str(two), "")}
    assert {row["row"]: row["code"] for row in fetched(job, 1)} == {
        "3": "NOT_FOUND", "4": "INVALID_PARAMETER", "5": "INVALID_PARAMETER", "6": "INVALID_PARAMETER",
    }  # fmt: skip
    yes = [("activist_yard_sign", "yes", row["state_voter_id"]) for row in (first, second)]
    assert said(world) == sorted(yes)
    assert CanvassResponse.objects.filter(contact=True).count() == 1
    again = done(key, "bulkImportJobs", asked(
        file_of(key, columns, rows), "ContactsActivistCodes", "ActivistCode",
        columnsToIncludeInResultsFile=[{"name": "note"}],
    ))  # fmt: skip
    assert again["status"] == "Failed" and f"by job {job['id']}" in again["errors"][0]["text"]
    assert Marked.objects.count() == 2 and len(said(world)) == 2
    path = f"bulkImportJobs/{job['id']}"
    error(ask(key_of(world, "rivera"), "DELETE", path), 404)
    assert ask(key, "DELETE", path).status_code == 204
    assert not Marked.objects.exists() and not CanvassResponse.objects.filter(removed_at=None).exists()
    off = [("activist_yard_sign", "removed", row["state_voter_id"]) for row in (first, second)]
    assert said(world) == sorted([*yes, *off])
    assert (
        told(ask(key, "GET", path))["status"] == "Failed" and not told(ask(key, "GET", path))["resultFiles"]
    )
    error(ask(key, "DELETE", path), 409)
    assert Journal.objects.filter(log="national").count() >= 2
    third_time = done(key, "bulkImportJobs", wanted | {"description": "again"})
    assert third_time["status"] == "CompletedWithErrors" and Marked.objects.count() == 2


def test_results_and_opt_outs_bind_and_are_taken_back(world: World, key: str) -> None:
    rows = ohio(world)[:3]
    one, two, three = (van_id(key, row) for row in rows)
    results = done(key, "bulkImportJobs", asked(
        file_of(
            key, ("VanID", "ResultID", "ContactTypeID"),
            [(one, 1, 2), (two, "Do Not Text", 37), (three, 14, "x")],
        ),
        "Contacts", "CanvassResults",
    ))  # fmt: skip
    assert results["status"] == "CompletedWithErrors"
    assert sorted(CanvassResponse.objects.values_list("result_code", "contact_type")) == [(1, 2), (130, 37)]
    assert Stop.objects.filter(undone=None).count() == 1
    stopped = done(key, "bulkImportJobs", asked(
        file_of(key, ("vanid", "suppressionid"), [(one, "NC"), (three, "nw"), (three, "XX")]),
        "Contacts", "Suppressions",
    ))  # fmt: skip
    assert [row["code"] for row in fetched(stopped, 1)] == ["INVALID_PARAMETER"]
    assert sorted(Stop.objects.filter(undone=None).values_list("channel", flat=True)) == [
        "door",
        "phone",
        "text",
    ]
    for job in (results, stopped):
        assert ask(key, "DELETE", f"bulkImportJobs/{job['id']}").status_code == 204
    assert not Stop.objects.filter(undoes=None, undone=None).exists()


def test_own_people_are_made_changed_and_marked_in_my_campaign(
    world: World, key: str, code: ActivistCode
) -> None:
    columns = ("FirstName", "LastName", "Email", "CellPhone", "ZipOrPostal", "AddressLine1")
    rows = [
        ("Ada", "Byte", "ada@example.us", "614-555-0100", "43004", "1 Main St"),
        ("Ada", "Byte", "ADA@example.us", "", "", ""),
        ("", "", "no mail", "", "", ""), ("", "", "", "", "", ""),
    ]  # fmt: skip
    wanted = asked(file_of(key, columns, rows), "Contacts", "CreateOrUpdateContact")
    error(ask(key, "POST", "bulkImportJobs", wanted), 403)
    number = told(ask(key, "POST", "bulkImportJobs", wanted, mode="|1"), 201)["jobId"]
    work()
    job = told(ask(key, "GET", f"bulkImportJobs/{number}"))
    assert [row["PrimaryKey"] for row in fetched(job)] == ["1", "1"] and len(fetched(job, 1)) == 2
    person = Contact.objects.get()
    assert (person.known["firstName"], len(person.emails), len(person.phones)) == ("Ada", 1, 1)
    marks = asked(file_of(key, ("vanid", "activistcodeid"), [(person.number, code.pk)]),
                  "ContactsActivistCodes", "ActivistCode")  # fmt: skip
    told(ask(key, "POST", "bulkImportJobs", marks, mode="|1"), 201)
    work()
    assert Marked.objects.get().person == person and not said(world)
    assert ask(key, "DELETE", f"bulkImportJobs/{number}").status_code == 204
    assert not Contact.objects.filter(erased_at=None).exists()


def test_the_catalogue_describes_what_is_taken(world: World, key: str, code: ActivistCode) -> None:
    assert told(ask(key, "GET", "bulkImportJobs/resources")) == ["Contacts", "ContactsActivistCodes"]
    types = told(ask(key, "GET", "bulkImportMappingTypes"))["items"]
    assert [each["name"] for each in types] == [
        "ActivistCode", "CanvassResults", "Suppressions", "CreateOrUpdateContact", "ApplyContactCustomFields",
    ]  # fmt: skip
    assert told(ask(key, "GET", "bulkImportMappingTypes/activistcode")) == types[0]
    values = told(ask(key, "GET", "bulkImportMappingTypes/ActivistCode/ActivistCodeID/values"))["items"]
    assert values == [{"id": str(code.pk), "name": "Yard sign", "parents": None}]
    codes = told(ask(key, "GET", "bulkImportMappingTypes/Suppressions/SuppressionID/values"))["items"]
    assert [each["id"] for each in codes] == ["NC", "NE", "NM", "NW"]
    for path in (
        "bulkImportMappingTypes/x",
        "bulkImportMappingTypes/ActivistCode/VanID/values",
        "bulkImportJobs/7",
    ):
        error(ask(key, "GET", path), 404)
    error(ask(key, "DELETE", "bulkImportJobs/7"), 404)


BAD: list[tuple[str, Any, str]] = [
    ("file", [], "file"), ("file", {"sourceUrl": "https://10.1.1.1/"}, "file.columns"),
    ("description", "<script>", "description"), ("description", "x" * 256, "description"),
    ("description", 0, "ok"), ("webhookUrl", "https://192.168.0.1/", "webhookUrl"),
    ("webhookUrl", {}, "webhookUrl"),
    ("actions", None, "actions"), ("actions", "x", "actions"), ("actions", [{}, {}], "actions"),
    ("actions", [{}], "actions[0].actionType"),
    ("actions.actionType", "x", "actions[0].actionType"),
    ("actions.resourceType", "Events", "actions[0].resourceType"),
    ("actions.resourceType", None, "actions[0].resourceType"),
    ("actions.resultFileSizeKbLimit", "many", "actions[0].resultFileSizeKbLimit"),
    ("actions.columnsToIncludeInResultsFile", [{"name": "x"}],
     "actions[0].columnsToIncludeInResultsFile[0].name"),
    ("actions.columnsToIncludeInResultsFile", ["x"], "actions[0].columnsToIncludeInResultsFile[0]"),
    ("actions.mappingTypes", None, "actions[0].mappingTypes"),
    ("actions.mappingTypes", 5, "actions[0].mappingTypes"),
    ("actions.mappingTypes", [{}], "actions[0].mappingTypes[0].name"),
    ("actions.mappingTypes", [{"name": "CanvassResults"}], "actions[0].mappingTypes[0].name"),
    ("actions.mappingTypes", [{"name": "ActivistCode", "fieldValueMappings": [{"fieldName": "x"}]}],
     "actions[0].mappingTypes[0].fieldValueMappings[0].fieldName"),
    ("actions.mappingTypes", [{"name": "ActivistCode", "fieldValueMappings": [{"fieldName": "VanID"}]}],
     "actions[0].mappingTypes[0].fieldValueMappings[0].columnName"),
    ("actions.mappingTypes",
     [{"name": "ActivistCode", "fieldValueMappings": [{"fieldName": "VanID", "columnName": "vanid"}]}],
     "actions[0].mappingTypes[0].fieldValueMappings"),
    ("actions.mappingTypes",
     [{"name": "ActivistCode", "fieldValueMappings": [
         {"fieldName": "VanID", "columnName": "vanid", "values": [7]}]}],
     "actions[0].mappingTypes[0].fieldValueMappings[0].values[0]"),
]  # fmt: skip


def test_a_bad_import_is_refused_with_the_property_at_fault(world: World, key: str) -> None:
    for place, value, named in BAD:
        file = described(("vanid", "activistcodeid"), "https://files.commonroll.net/rows.zip")
        wanted = asked(file, "ContactsActivistCodes", "ActivistCode")
        outer, _, inner = place.partition(".")
        if inner:
            wanted[outer][0][inner] = value
        else:
            wanted[outer] = value
        answer = ask(key, "POST", "bulkImportJobs//", wanted)
        if named == "ok":
            assert answer.status_code == 201
            FileJob.objects.all().delete()
            continue
        assert answer.status_code == 400, (place, value)
        error(answer, 400, named)
    assert not FileJob.objects.exists()
    error(ask(key, "POST", "bulkImportJobs", b"\xff"), 400, "body")
    error(ask(key, "GET", "bulkImportJobs?$top=100000000"), 400, "$top")
    error(ask(key_of(world, "national", scopes=("ask",)), "POST", "bulkImportJobs", {}), 403)


def test_values_are_static_or_by_words(world: World, key: str, code: ActivistCode) -> None:
    one = van_id(key, ohio(world)[0])
    fields = [
        {"fieldName": "vanid", "columnName": "Person"},
        {"fieldName": "activistCodeId", "columnName": "sign",
         "values": [{"sourceValue": "x", "targetValue": str(code.pk)}]},
        {"fieldName": "ContactTypeID", "staticValue": "Walk"},
    ]  # fmt: skip
    mapping = {"name": "ActivistCode", "fieldValueMappings": fields, "resultFileColumnName": "made"}
    file = file_of(key, ("person", "sign"), [(one, "x"), (one, "y")])
    job = done(key, "bulkImportJobs", asked(file, "ContactsActivistCodes", "", mappingTypes=[mapping]))
    assert [row["ActivistCode_made"] for row in fetched(job)] == [str(CanvassResponse.objects.get().pk)]
    assert CanvassResponse.objects.get().contact_type == 2
