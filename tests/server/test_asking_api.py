"""Questions by key: the same answer as on the page, for the key's member and purpose alone."""

from __future__ import annotations

import io
import json
from typing import Any

import jsonschema
import pyarrow.parquet as pq
import pytest
from django.http import HttpResponse
from django.test import Client
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.errors import Refusal
from commonroll.server import jobs
from commonroll.server.actions import agreement_events, keys, questions, vocabulary
from commonroll.server.api import body
from commonroll.server.api.openapi import document
from commonroll.server.models import Agreement, Extract, Journal

pytestmark = pytest.mark.django_db

DOCUMENT = document()
OHIO = {"where": "member = 'oh'", "columns": ["state_voter_id", "last_name"]}


@pytest.fixture
def national(world: World) -> str:
    return key_of(world, "national")


def key_of(world: World, member: str, purpose: str = "gotv") -> str:
    return keys.create(
        of=world.member(member), purpose=purpose, scopes=["ask"], note="a notebook", by=MACHINE
    )[1]


def get(key: str, path: str) -> HttpResponse:
    return Client().get(path, headers={"Authorization": f"Bearer {key}"})  # type: ignore[return-value]


def post(key: str, path: str, asked: Any, **headers: str) -> HttpResponse:
    data = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    return Client().post(  # type: ignore[return-value]
        path, data, content_type="application/json", headers={"Authorization": f"Bearer {key}", **headers}
    )


def told(response: HttpResponse, schema: str) -> dict[str, Any]:
    """The answer, which is as the OpenAPI document says."""
    found: dict[str, Any] = json.loads(response.content)
    whole = {"$ref": f"#/components/schemas/{schema}", "components": DOCUMENT["components"]}
    jsonschema.validate(found, whole)
    return found


def refused(response: HttpResponse) -> dict[str, str]:
    found: dict[str, str] = told(response, "Refused")["refused"]
    return found


def made(key: str, **changes: Any) -> dict[str, Any]:
    """An extract that was asked for and made."""
    asked = post(key, "/api/extracts", OHIO | changes)
    assert asked.status_code == 202, asked.content
    jobs.run_extract.call(told(asked, "Extract")["id"])
    return told(get(key, asked["Location"]), "Extract")


def test_answers_add_up_by_key(world: World, national: str) -> None:
    vocabulary.name(code="governor", title="Governor", kind="support", by=MACHINE)
    assert told(get(national, "/api/vocabulary"), "Standards")["questions"][0]["question"] == "governor"
    found = told(post(national, "/api/results", {"question": "governor", "where": "age > 30"}), "Results")
    assert found["total"] == 0 and found["answers"][0]["by_owner"] == {"oh": None, "wa": None}
    rivera = told(post(key_of(world, "rivera"), "/api/results", {"question": "governor"}), "Results")
    assert rivera["answers"] == [] and {gap["owner"] for gap in rivera["gaps"]} == {"oh", "wa"}
    assert post(national, "/api/results", {"question": "mayor"}).status_code == 404


def test_a_count_is_that_of_the_page(world: World, national: str) -> None:
    found = told(post(national, "/api/count", {"where": "age >= 30", "by": ["status"]}), "Counted")
    page = questions.count(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="age >= 30",
        by_columns=("status",), by=MACHINE,
    )  # fmt: skip
    assert found == json.loads(json.dumps(questions.as_dict(page)))
    assert found["total"] > 0 and set(found["by_owner"]) == {"oh", "wa"}
    assert Journal.objects.filter(log="oh", type="count", recipient="national").exists()


def test_the_names_are_those_that_somebody_grants(world: World, national: str) -> None:
    found = told(get(national, "/api/columns"), "Columns")
    party = next(one for one in found["columns"] if one["name"] == "party")
    assert party["owners"]["count"] >= 1 and party["class"] == "registration" and "DEM" in party["values"]
    nothing = told(get(key_of(world, "rivera"), "/api/columns"), "Columns")
    assert nothing["columns"] == []


def test_an_extract_is_asked_for_made_and_fetched_with_its_receipts(national: str) -> None:
    extract = made(national)
    assert extract["state"] == "done" and extract["rows_by_owner"].keys() == {"oh"}
    file = get(national, extract["file"])
    data = b"".join(file.streaming_content)  # type: ignore[attr-defined]
    table = pq.read_table(io.BytesIO(data))
    assert table.num_rows == extract["rows"] > 0 and {"state_voter_id", "last_name"} <= set(
        table.column_names
    )
    assert int(file["Content-Length"]) == len(data)
    receipts = told(get(national, f"{extract['self']}/receipts"), "Receipts")["receipts"]
    assert receipts.keys() == {"oh"} and "c2sp.org/tlog-proof@v1" in receipts["oh"]
    assert [one["id"] for one in told(get(national, "/api/extracts"), "Extracts")["extracts"]] == [
        extract["id"]
    ]


@pytest.mark.parametrize(
    ("member", "purpose"), [("oh", "gotv"), ("rivera", "gotv"), ("national", "research")]
)
def test_another_key_knows_nothing_of_an_extract(
    world: World, national: str, member: str, purpose: str
) -> None:
    extract, other = made(national), key_of(world, member, purpose)
    for path in (extract["self"], extract["file"], f"{extract['self']}/receipts"):
        assert get(other, path).status_code == 404
    assert told(get(other, "/api/extracts"), "Extracts")["extracts"] == []


def test_charlie_counts_nobody_and_is_told_why(world: World) -> None:
    rivera = key_of(world, "rivera")
    answer = post(rivera, "/api/count", {})
    assert answer.status_code == 400 and "agreement" in refused(answer)["what"].lower()
    asked = post(rivera, "/api/extracts", OHIO)
    assert asked.status_code == 202
    jobs.run_extract.call(json.loads(asked.content)["id"])
    state = told(get(rivera, asked["Location"]), "Extract")
    assert state["state"] == "refused" and state["message"] and state["file"] is None
    assert get(rivera, f"{asked['Location']}/file").status_code == 409


def test_a_file_dies_with_the_agreement(world: World, national: str) -> None:
    extract = made(national)
    agreement_events.revoke(
        home=world.home, agreement=Agreement.objects.get(owner__key="oh", recipient__key="national"),
        member=world.member("oh"), cause="law", passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    assert get(national, extract["file"]).status_code in (400, 409)
    assert told(post(national, "/api/count", {}), "Counted")["by_owner"].keys() == {"wa"}


def test_an_extract_of_which_an_agreement_is_not_known_stays(national: str) -> None:
    extract = made(national)
    held = Extract.objects.get(pk=extract["id"])
    Journal.objects.filter(pk__in=held.receipts).update(agreement="urn:commonroll:agreement:unknown")
    answer = get(national, extract["file"])
    assert answer.status_code == 400 and "not known" in refused(answer)["what"]


def test_a_revoked_key_and_one_of_another_purpose(world: World, national: str) -> None:
    agree("oh", "rivera", purposes=["volunteer"])
    assert post(key_of(world, "rivera", "volunteer"), "/api/count", {}).status_code == 200
    assert post(key_of(world, "rivera", "gotv"), "/api/count", {}).status_code == 400
    keys.revoke(of=world.member("national"), key_id=national.split("_")[1], by=MACHINE)
    assert post(national, "/api/count", {}).status_code == 401


def test_a_key_does_what_it_was_made_for(world: World, national: str) -> None:
    lists = keys.create(of=world.member("national"), purpose="gotv", by=MACHINE)[1]
    for answer in (
        post(lists, "/api/count", {}),
        get(lists, "/api/columns"),
        post(lists, "/api/extracts", OHIO),
    ):
        assert answer.status_code == 403 and "--may ask" in refused(answer)["next"]
    assert post(national, "/api/match", {"kind": "donors"}).status_code in (400, 403)
    with pytest.raises(Refusal, match="may do nothing"):
        keys.create(of=world.member("national"), purpose="gotv", scopes=["sign"], by=MACHINE)


BAD: dict[str, tuple[str, Any, int, str]] = {
    "no JSON": ("/api/count", b"{", 400, "body"),
    "a list": ("/api/count", [], 400, "body"),
    "an unknown name": ("/api/count", {"limit": 5}, 400, "body"),
    "a name twice": ("/api/count", b'{"where": "", "where": ""}', 400, "body"),
    "a number for a text": ("/api/count", {"where": 5}, 400, "where"),
    "null": ("/api/count", {"where": None}, 400, "where"),
    "a text for a list": ("/api/count", {"by": "party"}, 400, "by"),
    "four names": ("/api/count", {"by": ["party", "status", "age", "gender"]}, 400, "by"),
    "a name twice in by": ("/api/count", {"by": ["party", "party"]}, 400, "by"),
    "an unknown column": ("/api/count", {"by": ["shoe_size"]}, 400, ""),
    "a NUL": ("/api/count", {"where": "party = '\0'"}, 400, "where"),
    "a faulty condition": ("/api/count", {"where": "party = 'DEMM"}, 400, ""),
    "a long text": ("/api/count", {"where": " " * (body.TEXT_AT_MOST + 1)}, 400, "where"),
    "too long": ("/api/count", {"where": " " * body.SMALL}, 413, ""),
    "no columns": ("/api/extracts", {"where": ""}, 400, "columns"),
    "an unknown format": ("/api/extracts", OHIO | {"format": "exe"}, 400, ""),
    "a path for a format": ("/api/extracts", OHIO | {"format": "../x"}, 400, ""),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_question_says_what_is_wrong_and_logs_nothing(national: str, name: str) -> None:
    path, asked, status, where = BAD[name]
    before = Journal.objects.count()
    answer = post(national, path, asked)
    assert answer.status_code == status
    said = refused(answer)
    assert said["what"] and said["next"] and where in said["where"]
    assert Journal.objects.count() == before and not Extract.objects.exists()
