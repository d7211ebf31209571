"""The real Parsons client against the running site, held against what lies in the vaults."""

from __future__ import annotations

import json
import subprocess
import sys
import warnings
from typing import Any

import pyarrow.dataset as ds
import pytest
from invented_site import Site, environment
from requests.exceptions import HTTPError

from commonroll.roll.vault.vault import Vault

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from parsons import VAN


def command(site: Site, *words: str) -> str:
    told = subprocess.run(
        [sys.executable, "-m", "commonroll.cli", *words],
        env=environment(site.home), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return told.stdout.strip()


def connected(site: Site, key: str, db: str = "MyVoters") -> Any:
    """As the guide has it: an existing script, and two lines."""
    van = VAN(api_key=key, db=db)
    van.connection.uri = f"{site.url.rstrip('/')}/v4/"
    van.connection.api.uri = van.connection.uri
    return van


_made: dict[str, Any] = {}


@pytest.fixture(scope="module")
def van(site: Site) -> Any:
    """One client, question and code for every module that uses them."""
    if site.url not in _made:
        _made[site.url] = _client(site)
    return _made[site.url]


def _client(site: Site) -> Any:
    key = command(
        site, "key", "create", "--member", "wa", "--purpose", "gotv", "--may", "ask", "--may", "answers"
    )
    command(site, "canvass", "question", "--member", "wa", "Support", "--answer", "Yes", "--answer", "No")
    command(site, "canvass", "code", "--member", "wa", "Yard sign")
    return connected(site, key)


@pytest.fixture(scope="module")
def voters(site: Site) -> list[dict[str, Any]]:
    vault = Vault(site.home / "vaults", "wa")
    snapshot = vault.current()
    assert snapshot is not None
    rows = ds.dataset(list(vault.files(snapshot, "voters"))).to_table().slice(0, 40).to_pylist()
    return [
        row for row in rows if row["status"] == "active" and row["birth_year"] and row["birth_year"] < 2000
    ]


def answers(site: Site) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in Vault(site.home / "vaults", "wa").event_files("responses"):
        found += ds.dataset(path).to_table().to_pylist()
    return found


def person(van: Any, row: dict[str, Any]) -> Any:
    return van.get_person(row["state_voter_id"], id_type="StateFileID")


def test_the_profile(van: Any) -> None:
    profile = van.get_apikeyprofiles()
    assert (profile["committeeName"], profile["hasMyVoters"]) == ("Washington", True)
    assert van.connection.api_key_profile["databaseName"] == profile["databaseName"]


def test_get_person_is_the_vaults_voter(van: Any, voters: list[dict[str, Any]]) -> None:
    for row in voters[:8]:
        found = person(van, row)
        assert (found["firstName"], found["lastName"]) == (row["first_name"], row["last_name"])
        assert found["addresses"][0]["addressLine1"] == row["residence_line1"]
        assert found["identifiers"][0]["externalId"] == row["state_voter_id"]
        narrow = van.get_person(found["vanId"], expand_fields=["phones"])
        assert (
            narrow["vanId"] == found["vanId"]
            and narrow["emails"] is None
            and narrow["phones"] == found["phones"]
        )


def test_find_person_by_what_is_known(van: Any, voters: list[dict[str, Any]]) -> None:
    for row in voters[:8]:
        me = person(van, row)["vanId"]
        number, _, street = row["residence_line1"].partition(" ")
        found = van.find_person(
            first_name=row["first_name"].title(), last_name=row["last_name"].lower(),
            street_number=number, street_name=street, zip=row["residence_zip5"],
        )  # fmt: skip
        assert found["vanId"] == me
        assert van.find_person_json({"vanId": me})["vanId"] == me
        if row["birth_date"]:
            body = {"firstName": row["first_name"], "lastName": row["last_name"]}
            body |= {"dateOfBirth": str(row["birth_date"])}
            body |= {"addresses": [{"zipOrPostalCode": row["residence_zip5"]}]}
            assert van.find_person_json(body)["vanId"] == me
    with pytest.raises(HTTPError, match="404"):
        van.find_person(email="nobody@example.org")


@pytest.mark.parametrize("call", [
    lambda van: van.upsert_person(first_name="A", last_name="B", email="a@example.org"),
    lambda van: van.update_person_json(7, match_json={"firstName": "A"}),
    lambda van: van.delete_person(7),
    lambda van: van.merge_contacts(7, 8),
])  # fmt: skip
def test_a_voter_file_is_read_only(van: Any, call: Any) -> None:
    with pytest.raises(HTTPError, match="403"):
        call(van)


def test_questions_codes_and_vocabularies(van: Any) -> None:
    (question,) = van.get_survey_questions()
    assert question["name"] == "Support" and [one["name"] for one in question["responses"]] == ["Yes", "No"]
    assert van.get_survey_question(question["surveyQuestionId"])["name"] == "Support"
    (code,) = van.get_activist_codes()
    assert van.get_activist_code(code["activistCodeId"])["name"] == "Yard sign"
    assert 2 in van.get_canvass_responses_contact_types()["contactTypeId"]
    assert 11 in van.get_canvass_responses_input_types()["inputTypeId"]
    assert 14 in van.get_canvass_responses_result_codes()["resultCodeId"]
    assert van.get_code_types() == ["Tag", "SourceCode"]
    assert "Contacts" in van.get_code_supported_entities()
    assert van.get_custom_fields("contributions").num_rows == 0


def test_what_is_written_lies_in_the_vault(site: Site, van: Any, voters: list[dict[str, Any]]) -> None:
    row = voters[0]
    me = person(van, row)["vanId"]
    (question,), (code,) = van.get_survey_questions(), van.get_activist_codes()
    van.apply_survey_response(me, question["surveyQuestionId"], question["responses"][0]["surveyResponseId"])
    van.apply_canvass_result(me, 1, contact_type_id=2)
    assert van.apply_activist_code(me, code["activistCodeId"]) == 204
    assert (
        van.remove_activist_code(row["state_voter_id"], code["activistCodeId"], id_type="StateFileID") == 204
    )
    van.toggle_activist_code(me, code["activistCodeId"], "apply")
    mine = [
        (one["question"], one["answer"])
        for one in answers(site)
        if one["state_voter_id"] == row["state_voter_id"]
    ]
    assert {("support", "yes"), ("activist_yard_sign", "yes"), ("activist_yard_sign", "removed")} <= set(mine)
    marked = van.connection.get_request(f"people/{me}/activistCodes")
    assert [one["activistCodeId"] for one in marked] == [code["activistCodeId"]]
    with pytest.raises(HTTPError, match="surveyResponseId"):
        van.apply_survey_response(me, question["surveyQuestionId"], 2**31 - 1)
    with pytest.raises(HTTPError, match="400"):
        van.apply_response(me, None)


def test_notes(van: Any, voters: list[dict[str, Any]]) -> None:
    me = person(van, voters[1])["vanId"]
    assert van.create_contact_note(me, "speaks Spanish", False, note_category_id=4, contact_type_id=2) == 204
    (found,) = van.get_contact_notes(me)
    assert found["text"] == "speaks Spanish" and found["category"]["name"] == "Language"


def test_a_member_without_an_agreement_sees_nobody(
    site: Site, van: Any, voters: list[dict[str, Any]]
) -> None:
    key = command(site, "key", "create", "--member", "rivera", "--purpose", "gotv", "--may", "ask")
    charlie = connected(site, key)
    for look in (
        lambda: person(charlie, voters[0]),
        lambda: charlie.get_person(person(van, voters[0])["vanId"]),
    ):
        with pytest.raises(HTTPError, match="404"):
            look()
    with pytest.raises(HTTPError, match="401"):
        connected(site, key + "x").get_folders()


def test_an_unknown_path_is_an_error_in_json(van: Any) -> None:
    with pytest.raises(HTTPError) as refused:
        van.connection.get_request("noSuchEndpoint")
    said = str(refused.value).partition("JSON: ")[2]
    assert "NOT_FOUND" in said or json.loads(said)["errors"]
