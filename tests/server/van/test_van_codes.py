"""Codes over the VAN-compatible API: made, changed, put on voters and on one's own people, taken off."""

from __future__ import annotations

from typing import Any

import pytest
from test_van_canvass import a_voter
from van_client import ask, error, key_of, told
from world import World

from commonroll.server.models import Code, Coded

pytestmark = pytest.mark.django_db

FOR_PEOPLE = {"name": "contacts", "isSearchable": True, "isApplicable": "true"}
HOST = {"name": "Host", "description": "opens the door", "codeType": "tag", "supportedEntities": [FOR_PEOPLE]}


@pytest.fixture
def nationals(world: World) -> str:
    return key_of(world, "national")


def made(key: str, body: Any = HOST) -> int:
    response = ask(key, "POST", "codes", body)
    pk = told(response, 201)
    assert response["Location"].endswith(f"/v4/codes/{pk}")
    return int(pk)


def done(response: Any) -> None:
    assert (response.status_code, response.content) == (204, b"")


def test_codes_are_made_listed_and_changed(nationals: str) -> None:
    host = made(nationals)
    under = made(nationals, {"name": "Host, Ohio", "parentCodeId": str(host), "codeType": "SourceCode"})
    row = Code.objects.get(pk=under)
    assert (row.member.key, row.parent_id, row.type, row.entities) == ("national", host, "SourceCode", [])
    found = told(ask(nationals, "GET", f"codes/{host}"))
    assert found["supportedEntities"] == [FOR_PEOPLE | {"name": "Contacts", "isApplicable": True}]
    assert told(ask(nationals, "GET", f"codes/{under}"))["codePath"] == "Host > Host, Ohio"
    for query, ids in (
        ("", [host, under]), ("name=host,", [under]), (f"parentCodeId={host}", [under]),
        ("codeType=tag", [host]),
        ("supportedEntities=contacts", [host]), ("$orderby=dateModified desc", [under, host]),
    ):  # fmt: skip
        items = told(ask(nationals, "GET", f"codes?{query}"))["items"]
        assert [one["codeId"] for one in items] == ids and items[0]["supportedEntities"] is None
    assert (
        told(ask(nationals, "GET", "codes?$expand=supportedEntities"))["items"][1]["supportedEntities"] == []
    )
    steps = [
        {"op": "replace", "path": "/Name", "value": "Hosts"},
        {"op": "remove", "path": "/description"},
        {"op": "add", "path": "/supportedEntities", "value": [{"name": "Events", "isApplicable": True}]},
    ]
    done(ask(nationals, "PATCH", f"codes/{host}", steps))
    row = Code.objects.get(pk=host)
    assert (row.name, row.description, row.entities[0]["name"]) == ("Hosts", "", "Events")
    done(ask(nationals, "PUT", f"codes/{under}", {"name": "alone", "parentCodeId": None}))
    row = Code.objects.get(pk=under)
    assert (row.name, row.parent_id, row.type) == ("alone", None, "Tag")
    done(ask(nationals, "DELETE", f"codes/{under}"))
    error(ask(nationals, "GET", f"codes/{under}"), 404)


def test_a_code_stands_on_voters_and_people_once(world: World, nationals: str) -> None:
    host, (van_id, state_id) = made(nationals), a_voter(world, nationals)
    for _ in range(2):
        done(ask(nationals, "POST", f"people/{van_id}/codes", {"codeId": str(host)}))
    row = Coded.objects.get()
    assert (row.member.key, row.owner.key, row.person) == ("national", "oh", None)
    listed = told(ask(nationals, "GET", f"people/StateFileID:{state_id}/codes"))["items"]
    assert [one["codeId"] for one in listed] == [host]
    error(ask(nationals, "DELETE", f"codes/{host}"), 403)
    error(ask(key_of(world, "rivera"), "POST", f"people/{van_id}/codes", {"codeId": host}), 400, "codeId")
    ohios = key_of(world, "oh")
    mine = told(ask(ohios, "GET", f"people/StateFileID:{state_id}"))["vanId"]
    assert told(ask(ohios, "GET", f"people/{mine}/codes"))["items"] == []
    error(ask(nationals, "POST", "people/2147483647/codes", {"codeId": host}), 404)
    done(ask(nationals, "DELETE", f"people/{van_id}/codes/{host}"))
    error(ask(nationals, "DELETE", f"people/{van_id}/codes/{host}"), 404)
    done(ask(nationals, "DELETE", f"codes/{host}"))
    events = made(nationals, {"name": "e", "supportedEntities": [{"name": "Events", "isApplicable": True}]})
    error(ask(nationals, "POST", f"people/{van_id}/codes", {"codeId": events}), 400, "codeId")


def test_codes_are_each_members_own(world: World, nationals: str) -> None:
    host = made(nationals)
    for member in ("oh", "rivera"):
        other = key_of(world, member)
        assert told(ask(other, "GET", "codes"))["count"] == 0
        for method, body in (("GET", None), ("PUT", HOST), ("PATCH", [{}]), ("DELETE", None)):
            error(ask(other, method, f"codes/{host}", body), 404)
        error(ask(other, "POST", "codes", HOST | {"parentCodeId": host}), 400, "parentCodeId")
    error(ask(key_of(world, "national", scopes=("ask",)), "POST", "codes", HOST), 403)


def test_many_at_once_say_what_became_of_each(nationals: str) -> None:
    answers = told(
        ask(nationals, "POST", "codes/batch", {"codes": [{"name": "a"}, {"name": ""}, {"name": "b"}]})
    )
    assert [one["message"] for one in answers] == ["OK", "'name' is required.", "OK"]
    a, b = answers[0]["codeId"], answers[2]["codeId"]
    answers = told(ask(nationals, "PUT", "codes", {"codes": [{"codeId": a, "name": "A"}, {"codeId": 99999}]}))
    assert [one["message"] for one in answers] == ["OK", "There is no such code."]
    assert Code.objects.get(pk=a).name == "A"
    answers = told(ask(nationals, "DELETE", "codes", {"codeIds": [a, str(b), None, 99999]}))
    assert [one["codeId"] for one in answers] == [a, b, 99999] and not Code.objects.exists()


BAD: list[tuple[str, str, Any, list[str]]] = [
    ("POST", "codes", {}, ["name"]),
    ("POST", "codes", {"name": "x" * 201}, ["name"]),
    ("POST", "codes", {"name": {}}, ["name"]),
    ("POST", "codes", {"name": "x", "description": "x" * 201}, ["description"]),
    ("POST", "codes", {"name": "x", "codeType": "Flag"}, ["codeType"]),
    ("POST", "codes", {"name": "x", "codeType": []}, ["codeType"]),
    ("POST", "codes", {"name": "x", "parentCodeId": "up"}, ["parentCodeId"]),
    ("POST", "codes", {"name": "x", "parentCodeId": 99999}, ["parentCodeId"]),
    ("POST", "codes", {"name": "x", "supportedEntities": "all"}, ["supportedEntities"]),
    ("POST", "codes", {"name": "x", "supportedEntities": [{"name": "Moon"}]}, ["supportedEntities[0].name"]),
    ("POST", "codes", {"name": "x", "supportedEntities": [{"name": "Events", "isSearchable": 7}]},
     ["supportedEntities[0].isSearchable"]),
    ("PUT", "codes/{host}", {"name": "x", "parentCodeId": "{host}"}, ["parentCodeId"]),
    ("PATCH", "codes/{host}", {}, ["body"]),
    ("PATCH", "codes/{host}", [7], ["body[0]"]),
    ("PATCH", "codes/{host}", [{"op": "move", "path": "/name"}], ["body[0].op"]),
    ("PATCH", "codes/{host}", [{"op": "replace", "path": "/codeId", "value": 1}], ["body[0].path"]),
    ("PATCH", "codes/{host}", [{"op": "remove", "path": "/name"}], ["name"]),
    ("POST", "codes/batch", {}, ["codes"]),
    ("DELETE", "codes", {"codeIds": "all"}, ["codeIds"]),
    ("DELETE", "codes", {"codeIds": [1, "x"]}, ["codeIds[1]"]),
    ("POST", "people/7/codes", {"codeId": None}, ["codeId"]),
    ("POST", "people/7/codes", {"codeId": True}, ["codeId"]),
    ("GET", "codes?$top=100000000", None, ["$top"]),
    ("GET", "codes?$orderby=name", None, ["$orderby"]),
    ("GET", "codes?$expand=everything", None, ["$expand"]),
    ("GET", "codes?supportedEntities=Moon", None, ["supportedEntities"]),
    ("GET", "codes?parentCodeId=x", None, ["parentCodeId"]),
]  # fmt: skip


def test_bad_codes_name_the_property(nationals: str) -> None:
    host = made(nationals)
    for method, path, body, properties in BAD:
        if isinstance(body, dict) and body.get("parentCodeId") == "{host}":
            body = body | {"parentCodeId": host}
        error(ask(nationals, method, path.replace("{host}", str(host)), body), 400, *properties)
