"""The real Parsons sends files to a served site: scores and a list, held against what lies there."""

from __future__ import annotations

import csv
import importlib.util
import io
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
import requests
from invented_site import Site
from parsons import Table
from parsons.ngpvan import changed_entities
from parsons.utilities import cloud_storage
from requests.exceptions import HTTPError
from test_parsons import answers, command, connected, person, van, voters

__all__ = ["van", "voters"]


def smokeless(site: Site, van: Any, db: str) -> None:
    """The smoke check of the specification, where it is, finds no fault."""
    path = Path(__file__).parents[2] / "../shared/specs/parsons_smoke.py"
    if path.exists():
        spec = importlib.util.spec_from_file_location("parsons_smoke", path)
        assert spec and spec.loader
        smoke = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(smoke)
        assert smoke.run(f"{site.url}/v4/", van.api_key, db) == 0


@pytest.fixture
def posting(site: Site, van: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Parsons puts its files where the guide says: to the site itself, by the script's own key."""

    def post(tbl: Table, type: str, file_path: str, **_: Any) -> str:
        text, packed = io.StringIO(), io.BytesIO()
        csv.writer(text).writerows([tbl.columns, *([row[c] for c in tbl.columns] for row in tbl)])
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(Path(file_path).with_suffix(".csv").name, text.getvalue())
        api = van.connection
        answer = requests.post(
            f"{api.uri}uploads", packed.getvalue(), auth=api.auth, timeout=30,
            headers={"Content-Type": "application/zip"},
        )  # fmt: skip
        url: str = answer.json()["sourceUrl"]
        return url

    monkeypatch.setattr(cloud_storage, "post_file", post)


def ended(
    van: Any, path: str, states: tuple[str, ...] = ("Completed", "CompletedWithErrors", "Failed")
) -> Any:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        job = van.connection.get_request(path)
        if job["status"] in states:
            return job
        time.sleep(0.2)
    raise AssertionError("the job did not end")


@pytest.mark.usefixtures("posting")
def test_scores_are_uploaded_approved_and_read(site: Site, van: Any, voters: list[dict[str, Any]]) -> None:
    command(site, "canvass", "score", "--member", "wa", "Turnout")
    (score,) = van.get_scores()
    assert van.get_score(score["scoreId"])["origin"] == "modelled"
    ids = [person(van, row)["vanId"] for row in voters[:3]]
    table = Table([{"vanid": id, "turnout": 30 + at} for at, id in enumerate(ids)])
    config = [{"score_column": "turnout", "score_id": score["scoreId"]}]
    job = ended(van, f"fileLoadingJobs/{van.upload_scores(table, config, 'S3')}")
    assert job["status"] == "Completed"
    (update,) = van.get_score_updates(score_id=score["scoreId"])
    assert (update["loadStatus"], update["matchedRows"], update["averageValue"]) == ("Completed", 3, 31.0)
    found = van.get_person(ids[1], expand_fields=["scores"])
    assert found["scores"] == [{"scoreId": score["scoreId"], "name": "Turnout", "value": 31.0}]
    told = command(
        site, "count", "--as", "wa", "--purpose", "gotv", "--where", "fact_number('score_turnout') > 30"
    )
    assert told.split()[0] == "2", told
    again = Table([{"vanid": ids[0], "turnout": 99}])
    waits = ended(van, f"fileLoadingJobs/{van.upload_scores(again, config, 'S3', auto_approve=False)}")
    number = waits["scoreUpdates"][0]["scoreUpdateId"]
    assert van.get_score_update(number)["loadStatus"] == "PendingApproval"
    van.update_score_status(number, "approved")
    assert van.get_person(ids[0], expand_fields=["scores"])["scores"][0]["value"] == 99.0


@pytest.mark.usefixtures("posting")
def test_a_list_is_uploaded(site: Site, van: Any, voters: list[dict[str, Any]]) -> None:
    command(site, "list", "folder", "Uploads", "--as", "wa")
    folder = next(row["folderId"] for row in van.get_folders() if row["name"] == "Uploads")
    table = Table([{"vanid": person(van, row)["vanId"], "note": "=1+1"} for row in voters[:4]])
    made = van.upload_saved_list_rest(
        tbl=table, url_type="S3", folder_id=folder, list_name="From a script", description="d",
        callback_url="https://www.example.com", columns=table.columns, id_column="vanid",
    )  # fmt: skip
    job = ended(van, f"fileLoadingJobs/{made['jobId']}")
    (listed,) = van.get_saved_lists(folder_id=folder)
    assert (listed["name"], listed["listCount"]) == ("From a script", 4)
    assert job["savedList"]["savedListId"] == listed["savedListId"]
    smokeless(site, van, "MyVoters")


@pytest.mark.usefixtures("posting")
def test_a_list_of_own_people_is_uploaded_and_fetched(site: Site, van: Any) -> None:
    command(site, "list", "folder", "Ours", "--as", "wa")
    mine = connected(site, van.api_key, "MyCampaign")
    folder = next(row["folderId"] for row in mine.get_folders() if row["name"] == "Ours")
    people = [
        mine.upsert_person_json({
            "firstName": f"Ann{at}", "lastName": f"Archer{at}", "emails": [{"email": f"own{at}@example.org"}],
            "identifiers": [{"type": "CrmId", "externalId": f"C-{at}"}],
        })["vanId"]
        for at in range(3)
    ]  # fmt: skip
    table = Table([{"vanid": person} for person in people])
    made = mine.upload_saved_list_rest(
        tbl=table, url_type="S3", folder_id=folder, list_name="Archers", description="d",
        callback_url="https://www.example.com", columns=table.columns, id_column="vanid",
    )  # fmt: skip
    ended(mine, f"fileLoadingJobs/{made['jobId']}")
    (listed,) = mine.get_saved_lists(folder_id=folder)
    assert (listed["name"], mine.get_saved_list(listed["savedListId"])["listCount"]) == ("Archers", 3)
    job = mine.export_job_create(listed["savedListId"])
    assert mine.get_export_job(job["exportJobId"])["status"] == "Completed"
    rows = list(mine.download_saved_list(listed["savedListId"]))
    assert [(int(row["VanID"]), row["Email"]) for row in rows] == [
        (person, f"own{at}@example.org") for at, person in enumerate(people)
    ]
    smokeless(site, mine, "MyCampaign")


@pytest.mark.usefixtures("posting")
def test_bulk_imports(site: Site, van: Any, voters: list[dict[str, Any]]) -> None:
    assert van.get_bulk_import_resources() == ["Contacts", "ContactsActivistCodes"]
    types = van.get_bulk_import_mapping_types()
    assert "ActivistCode" in types["name"] and van.get_bulk_import_mapping_type("Suppressions")["fields"]
    (made,) = van.get_activist_codes()
    code = made["activistCodeId"]
    values = van.get_bulk_import_mapping_type_fields("ActivistCode", "ActivistCodeID")
    assert {"id": str(code), "name": "Yard sign", "parents": None} in values
    ids = [person(van, row)["vanId"] for row in voters[4:7]]
    job = van.bulk_apply_activist_codes(Table([{"vanid": id, "activistcodeid": code} for id in ids]), "S3")
    assert ended(van, f"bulkImportJobs/{job}")["errors"] == []
    rows = van.get_bulk_import_job_results(job)
    assert sorted(map(int, rows["PrimaryKey"])) == sorted(ids)
    theirs = {row["state_voter_id"] for row in voters[4:7]}
    told = [one for one in answers(site) if one["state_voter_id"] in theirs]
    assert [(one["question"], one["answer"]) for one in told] == [("activist_yard_sign", "yes")] * 3
    results = Table([{"vanid": ids[0], "contacttypeid": 2, "resultid": 1}])
    assert (
        ended(van, f"bulkImportJobs/{van.bulk_apply_canvass_results(results, 'S3')}")["status"] == "Completed"
    )
    refused = Table([{"vanid": ids[0], "suppressionid": "NW"}])
    first = van.bulk_apply_suppressions(refused, "S3")
    assert ended(van, f"bulkImportJobs/{first}")["status"] == "Completed"
    again = van.bulk_apply_suppressions(refused, "S3")
    assert ended(van, f"bulkImportJobs/{again}")["status"] == "Failed"
    assert van.get_bulk_import_job(again)["errors"] and van.get_bulk_import_job_results(again) is None
    for number in (job, first):
        assert van.connection.delete_request(f"bulkImportJobs/{number}") == 204
    with pytest.raises(HTTPError, match="403"):
        van.bulk_upsert_contacts(Table([{"firstname": "A", "lastname": "B"}]), "S3")
    with pytest.raises(HTTPError, match="403"):
        van.bulk_apply_contact_custom_fields(1, Table([{"vanid": ids[0], "CF1": "x"}]), "S3")


@pytest.mark.usefixtures("posting")
def test_custom_fields_of_the_members_own_people(
    site: Site, van: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind, values in (("S", ("--value", "Bus", "--value", "Car")), ("N", ()), ("D", ())):
        command(site, "custom", "add", "--member", "wa", "--group", "Helping", "--type", kind, *values, kind)
    van = connected(site, van.api_key, "MyCampaign")
    way, hours, day = (van.get_custom_field(one["customFieldId"]) for one in van.get_custom_fields())
    assert [one["name"] for one in van.get_custom_fields_values()] == ["Bus", "Car"]
    group = way["customFieldGroupId"]
    said = {"customFieldId": day["customFieldId"], "customFieldGroupId": group, "assignedValue": "2026-11-03"}
    ann = van.upsert_person_json({"firstName": "Ann", "lastName": "Quail", "email": "quail@example.org"})[
        "vanId"
    ]
    van.update_person_json(ann, match_json={"customFieldValues": [said]})
    rows = Table([{"vanid": ann, f"CF{way['customFieldId']}": "Car", f"CF{hours['customFieldId']}": "2.50"}])
    job = ended(van, f"bulkImportJobs/{van.bulk_apply_contact_custom_fields(group, rows, 'S3')}")
    assert job["status"] == "Completed", job
    found = van.get_person(ann, expand_fields=["customFields"])["customFields"]
    assert {one["customFieldName"]: one["assignedValue"] for one in found} == {
        "S": "2", "N": "2.5", "D": "2026-11-03",
    }  # fmt: skip
    monkeypatch.setattr(changed_entities, "RETRY_RATE", 0.3)
    changed = van.get_changed_entities("Contacts", "2020-01-01", custom_fields=[hours["customFieldId"]])
    assert [row[f"CF_{hours['customFieldId']}"] for row in changed if row["VanID"] == str(ann)] == ["2.5"]


def test_changed_entities(van: Any, voters: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changed_entities, "RETRY_RATE", 0.3)
    assert "Contacts" in van.get_changed_entity_resources()
    assert "LastName" in van.get_changed_entity_resource_fields("Contacts")["fieldName"]
    found = {row["VanID"]: row for row in van.get_changed_entities("Contacts", "2020-01-01")}
    for row in voters[:5]:
        assert found[str(person(van, row)["vanId"])]["LastName"] == row["last_name"]
    with pytest.raises(HTTPError, match="dateChangedFrom"):
        van.get_changed_entities("Contacts", "2999-01-01")
