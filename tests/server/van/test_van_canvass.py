"""What programs write about voters over the VAN-compatible API, held against the vaults' answers."""

from __future__ import annotations

from typing import Any

import pyarrow.dataset as ds
import pytest
from django.http import HttpResponse
from van_client import ask, error, key_of, told
from world import MACHINE, World

from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import canvassing
from commonroll.server.models import ActivistCode, CanvassResponse, Journal, Stop, SurveyQuestion

pytestmark = pytest.mark.django_db


@pytest.fixture
def nationals(world: World) -> str:
    return key_of(world, "national")


@pytest.fixture
def question(world: World) -> SurveyQuestion:
    return canvassing.ask(
        of=world.member("national"), name="Favored candidate", options=["Rivera", "Other!"], by=MACHINE
    )


@pytest.fixture
def code(world: World) -> ActivistCode:
    return canvassing.make_code(of=world.member("national"), name="Yard sign", by=MACHINE)


def rows(world: World, owner: str, table: str) -> list[dict[str, Any]]:
    files = Vault(world.home.vaults, owner).event_files(table)
    found: list[dict[str, Any]] = ds.dataset(list(files)).to_table().to_pylist() if files else []
    return found


def a_voter(world: World, key: str, at: int = 0) -> tuple[int, str]:
    """The VAN id of one of Ohio's voters for the key, and the state's id."""
    vault = Vault(world.home.vaults, "oh")
    snapshot = vault.current()
    assert snapshot is not None
    ids = ds.dataset(list(vault.files(snapshot, "voters"))).to_table(columns=["state_voter_id"])
    state_id = ids["state_voter_id"][at].as_py()
    return told(ask(key, "GET", f"people/StateFileID:{state_id}"))["vanId"], state_id


def respond(key: str, person: object, body: Any) -> HttpResponse:
    return ask(key, "POST", f"people/{person}/canvassResponses", body)


def survey(question: SurveyQuestion, at: int = 0) -> dict[str, Any]:
    answer = question.answers.all()[at]
    return {"type": "surveyResponse", "surveyQuestionId": str(question.pk), "surveyResponseId": answer.pk}


def test_an_answer_lies_in_both_vaults_with_a_receipt(
    world: World, nationals: str, question: SurveyQuestion
) -> None:
    van_id, state_id = a_voter(world, nationals)
    before = Journal.objects.filter(log="oh", type="responses.returned").count()
    body = {"canvassContext": {"contactTypeId": 2, "dateCanvassed": "2026-10-01T12:00:00Z", "phone": None},
            "resultCodeId": None, "responses": [survey(question)]}  # fmt: skip
    response = respond(nationals, van_id, body)
    assert (response.status_code, response.content) == (204, b"")
    (kept,) = rows(world, "national", "responses")
    assert (kept["owner"], kept["state_voter_id"], kept["question"], kept["answer"]) == (
        "oh", state_id, "favored_candidate", "rivera",
    )  # fmt: skip
    assert (str(kept["answered_on"]), kept["channel"], kept["gathered_by"]) == (
        "2026-10-01",
        "door",
        "national",
    )
    (brought,) = rows(world, "oh", "responses")  # it was given before the days of the terms: due at once
    assert brought | {"loaded_at": None} == kept | {"loaded_at": None}
    assert Journal.objects.filter(log="oh", type="responses.returned").count() == before + 1
    assert respond(nationals, f"StateFileID:{state_id}", body).status_code == 204
    assert len(rows(world, "national", "responses")) == 1, "the same again within the hour"


def test_an_owners_answers_of_its_own_voters_go_nowhere_else(world: World) -> None:
    own = canvassing.ask(of=world.member("oh"), name="Issue", options=["Roads"], by=MACHINE)
    key = key_of(world, "oh")
    assert respond(key, a_voter(world, key)[0], {"responses": [survey(own)]}).status_code == 204
    assert [row["answer"] for row in rows(world, "oh", "responses")] == ["roads"]
    assert rows(world, "national", "responses") == []


def test_a_code_is_put_on_and_taken_off(world: World, nationals: str, code: ActivistCode) -> None:
    van_id, _ = a_voter(world, nationals)
    put = {"type": "activistCode", "activistCodeId": code.pk, "action": None}
    context = {"canvassContext": {"omitActivistCodeContactHistory": True}}
    assert respond(nationals, van_id, context | {"responses": [put]}).status_code == 204
    (found,) = told(ask(nationals, "GET", f"people/{van_id}/activistCodes"))["items"]
    assert (found["activistCodeId"], found["activistCodeName"]) == (code.pk, "Yard sign")
    assert told(ask(nationals, "GET", f"people/{van_id}/canvassResponses"))["count"] == 0
    assert (
        respond(nationals, van_id, context | {"responses": [put | {"action": "remove"}]}).status_code == 204
    )
    assert told(ask(nationals, "GET", f"people/{van_id}/activistCodes"))["items"] == []
    answers = [(row["question"], row["answer"]) for row in rows(world, "national", "responses")]
    assert sorted(answers) == [("activist_yard_sign", "removed"), ("activist_yard_sign", "yes")]


def test_a_result_is_kept_and_merged_within_the_hour(world: World, nationals: str) -> None:
    van_id, _ = a_voter(world, nationals)
    for result in (1, "19"):
        assert (
            respond(
                nationals, van_id, {"canvassContext": {"contactTypeId": 2}, "resultCodeId": result}
            ).status_code
            == 204
        )
    skip = {
        "canvassContext": {"contactTypeId": 2, "skipMatching": True},
        "resultCodeId": 18,
        "includeReferenceIdInResponse": True,
    }
    reference = told(respond(nationals, van_id, skip))["canvassResponseId"]
    found = told(ask(nationals, "GET", f"people/{van_id}/canvassResponses"))["items"]
    assert [one["resultCodeId"] for one in found] == [19, 18] and found[1]["canvassResponseId"] == reference
    assert rows(world, "national", "responses") == [], "how a contact ended is nobody's answer"


def test_a_contact_is_taken_back_but_no_answer(
    world: World, nationals: str, question: SurveyQuestion, code: ActivistCode
) -> None:
    van_id, _ = a_voter(world, nationals)
    put = {
        "responses": [{"type": "activistCode", "activistCodeId": code.pk}],
        "includeReferenceIdInResponse": 1,
    }
    kept = told(respond(nationals, van_id, put))["canvassResponseId"]
    error(ask(key_of(world, "rivera"), "DELETE", f"people/{van_id}/canvassResponses/{kept}"), 404)
    assert ask(nationals, "DELETE", f"people/{van_id}/canvassResponses/{kept}").status_code == 204
    assert told(ask(nationals, "GET", f"people/{van_id}/canvassResponses"))["count"] == 0
    assert told(ask(nationals, "GET", f"people/{van_id}/activistCodes"))["count"] == 0
    assert sorted(row["answer"] for row in rows(world, "national", "responses")) == ["removed", "yes"]
    error(ask(nationals, "DELETE", f"people/{van_id}/canvassResponses/{kept}"), 404)
    answered = {"responses": [survey(question)], "includeReferenceIdInResponse": True}
    kept = told(respond(nationals, van_id, answered))["canvassResponseId"]
    error(ask(nationals, "DELETE", f"people/{van_id}/canvassResponses/{kept}"), 409)


def test_do_not_text_stops_texts_for_every_member(world: World, nationals: str) -> None:
    van_id, _ = a_voter(world, nationals)
    assert respond(nationals, van_id, {"resultCodeId": 130}).status_code == 204
    assert Stop.objects.filter(channel="text", heard_by__key="national").exists()


@pytest.mark.parametrize(("body", "properties"), [
    ({}, ["resultCodeId", "responses"]),
    ({"resultCodeId": 14, "responses": [{"type": "surveyResponse"}]}, ["resultCodeId", "responses"]),
    ({"resultCodeId": 99}, ["resultCodeId"]),
    ({"resultCodeId": "x"}, ["resultCodeId"]),
    ({"resultCodeId": {}}, ["resultCodeId"]),
    ({"responses": "all"}, ["responses"]),
    ({"responses": [7]}, ["responses[0]"]),
    ({"responses": [{}]}, ["responses[0].type"]),
    ({"responses": [{"type": "VolunteerActivity", "volunteerActivityId": 1}]}, ["responses[0].type"]),
    ({"responses": [{"type": "activistCode"}]}, ["responses[0].activistCodeId"]),
    ({"responses": [{"type": "activistCode", "activistCodeId": 999999}]}, ["responses[0].activistCodeId"]),
    ({"responses": [{"type": "surveyResponse", "surveyQuestionId": 999999, "surveyResponseId": 1}]},
     ["responses[0].surveyQuestionId"]),
    ({"canvassContext": [], "resultCodeId": 1}, ["canvassContext"]),
    ({"canvassContext": {"contactTypeId": 1}, "resultCodeId": 1}, ["canvassContext"]),
    ({"canvassContext": {"contactTypeId": 37, "phone": {"phoneNumber": None}}, "resultCodeId": 1},
     ["canvassContext"]),
    ({"canvassContext": {"contactTypeId": 3}, "resultCodeId": 1}, ["canvassContext.contactTypeId"]),
    ({"canvassContext": {"inputTypeId": 3}, "resultCodeId": 1}, ["canvassContext.inputTypeId"]),
    *(({"canvassContext": {"dateCanvassed": said}, "resultCodeId": 1}, ["canvassContext.dateCanvassed"])
      for said in ("soon", "2999-01-01", "0001-01-01T00:00:00Z", {})),
    ({"canvassContext": {"phone": 7}, "resultCodeId": 1}, ["canvassContext.phone"]),
])  # fmt: skip
def test_bad_responses_name_the_property(nationals: str, body: Any, properties: list[str]) -> None:
    error(respond(nationals, 7, body), 400, *properties)
    assert not CanvassResponse.objects.exists()


def test_an_answer_of_another_question_is_refused(
    world: World, nationals: str, question: SurveyQuestion
) -> None:
    other = canvassing.ask(of=world.member("national"), name="Issue", options=["Roads"], by=MACHINE)
    wrong = survey(question) | {"surveyResponseId": other.answers.get().pk}
    error(
        respond(nationals, 7, {"responses": [survey(question), wrong]}), 400, "responses[1].surveyResponseId"
    )


def test_questions_are_each_members_own(
    world: World, nationals: str, question: SurveyQuestion, code: ActivistCode
) -> None:
    ohios, van_id = key_of(world, "oh"), a_voter(world, nationals)[0]
    assert told(ask(ohios, "GET", "surveyQuestions"))["count"] == 0
    error(ask(ohios, "GET", f"surveyQuestions/{question.pk}"), 404)
    error(ask(ohios, "GET", f"activistCodes/{code.pk}"), 404)
    error(respond(key_of(world, "rivera"), van_id, {"resultCodeId": 1}), 404)
    error(respond(key_of(world, "oh", scopes=("ask",)), 7, {"resultCodeId": 1}), 403)


def test_questions_are_made_listed_and_archived(nationals: str) -> None:
    body = {
        "name": "Support?",
        "responses": [{"name": "Yes"}, {"name": "No"}],
        "cycle": "2026",
        "scriptQuestion": "Do you?",
    }
    response = ask(nationals, "POST", "surveyQuestions", body)
    made = told(response, 201)
    assert response["Location"].endswith(f"/v4/surveyQuestions/{made}")
    found = told(ask(nationals, "GET", f"surveyQuestions/{made}"))
    assert [one["name"] for one in found["responses"]] == ["Yes", "No"]
    for query, count in (("name=supp", 1), ("question=DO", 1), ("cycle=2024", 0), ("type=candidate", 1)):
        assert told(ask(nationals, "GET", f"surveyQuestions?{query}"))["count"] == count, query
    ask(nationals, "PUT", f"surveyQuestions/{made}", {"status": "archived"})
    assert told(ask(nationals, "GET", "surveyQuestions?statuses=Active&statuses=Inactive"))["count"] == 0
    assert told(ask(nationals, "GET", "surveyQuestions?statuses=archived, active"))["count"] == 1
    error(ask(nationals, "GET", "surveyQuestions?statuses=Gone"), 400, "statuses")
    error(ask(nationals, "POST", "surveyQuestions", {"name": "x", "responses": []}), 400)
    error(
        ask(nationals, "POST", "surveyQuestions", {"name": "x", "responses": [{"name": None}]}),
        400,
        "responses[0].name",
    )


def test_notes_are_the_members_own(world: World, nationals: str) -> None:
    van_id, state_id = a_voter(world, nationals)
    note = {"text": "has a dog", "isViewRestricted": "false", "category": {"noteCategoryId": 2},
            "contactHistory": {"contact_type_id": 2, "input_type_id": 11, "result_code_id": 14}}  # fmt: skip
    response = ask(nationals, "POST", f"people/{van_id}/notes", note)
    assert (response.status_code, response.content) == (204, b"")
    (found,) = told(ask(nationals, "GET", f"people/{van_id}/notes"))["items"]
    assert (found["text"], found["isViewRestricted"], found["category"]["name"]) == (
        "has a dog",
        False,
        "Follow up",
    )
    expanded = told(ask(nationals, "GET", f"people/{van_id}?$expand=notes"))["notes"]
    assert expanded == [found]
    ask(nationals, "PUT", f"people/{van_id}/notes/{found['noteId']}", {"text": "has two dogs"})
    assert told(ask(nationals, "GET", f"people/{van_id}/notes"))["items"][0]["text"] == "has two dogs"
    assert told(ask(nationals, "GET", f"people/{van_id}/canvassResponses"))["count"] == 1
    ohios = key_of(world, "oh")
    mine = told(ask(ohios, "GET", f"people/StateFileID:{state_id}"))["vanId"]
    assert told(ask(ohios, "GET", f"people/{mine}/notes"))["items"] == []
    error(ask(nationals, "POST", f"people/{van_id}/notes", {"text": None}), 400, "text")
    strange = {"text": "x", "category": {"noteCategoryId": 99}}
    error(ask(nationals, "POST", f"people/{van_id}/notes", strange), 400, "category.noteCategoryId")
    error(ask(nationals, "PUT", f"people/{van_id}/notes/999999", {"text": "x"}), 404)
