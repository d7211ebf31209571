"""Keys, modes, routes, errors, paging and limits of the VAN-compatible API."""

from __future__ import annotations

import json
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from van_client import ask, basic, error, key_of, told
from world import MACHINE, World

from commonroll.server import buckets
from commonroll.server.actions import keys
from commonroll.server.models import ApiKey, KeyUse
from commonroll.server.van import asked, limits, routes
from commonroll.server.van.errors import Declined
from commonroll.server.van.given import MOST, Given, Page, Query, page

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(world: World) -> str:
    return key_of(world, "oh")


def test_the_profile_says_whose_the_key_is(world: World, key: str) -> None:
    found = told(ask(key, "GET", "apiKeyProfiles"))
    assert (found["count"], found["nextPageLink"], len(found["items"])) == (1, None, 1)
    profile = found["items"][0]
    assert (profile["committeeName"], profile["stateId"], profile["hasMyVoters"]) == ("Ohio", "OH", True)
    assert profile["committeeId"] == world.member("oh").pk and profile["keyReference"] in key


@pytest.mark.parametrize("path", [
    "apiKeyProfiles", "APIKEYPROFILES", "/apiKeyProfiles", "//apikeyprofiles/", "apiKeyProfiles?&$expand=",
    "apiKeyProfiles?%24top=1", "apiKeyProfiles?$top=50&$top=7",
])  # fmt: skip
def test_paths_are_taken_as_clients_write_them(key: str, path: str) -> None:
    assert told(ask(key, "GET", path))["count"] == 1


def test_an_echo_comes_back(key: str) -> None:
    found = told(ask(key, "POST", "echoes", {"MESSAGE": "hello", "unknown": None}))
    assert found["message"] == "hello" and found["dateSent"].endswith("Z")


@pytest.mark.parametrize("password", ["{}|0", "{}|1", "{}|1|1", "{}|0|0", " {}|0 "])
def test_a_key_stands_in_basic_credentials(key: str, password: str) -> None:
    response = Client().get("/v4/apiKeyProfiles", headers=basic(password.format(key), "default_user"))
    assert response.status_code == 200


@pytest.mark.parametrize("password", ["{}", "{}|2", "{}|", "x{}|0", "|0", "", "{}x|0", "\N{SNOWMAN}"])
def test_wrong_keys_and_modes_are_refused_in_json(key: str, password: str) -> None:
    response = Client().get("/v4/apiKeyProfiles", headers=basic(password.format(key)))
    assert error(response, 401)["code"] == "UNAUTHORIZED" and "Basic" in response["WWW-Authenticate"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "header", ["", "Basic", "Basic !!!", "Bearer x", "Basic " + "A" * 9000, "Basic /w=="]
)
def test_no_credentials_are_refused_in_json(world: World, header: str) -> None:
    assert error(Client().get("/v4/people", headers={"Authorization": header} if header else {}), 401)  # type: ignore[arg-type]


def test_a_revoked_key_opens_nothing_and_uses_are_counted(world: World, key: str) -> None:
    of = ApiKey.objects.get()
    told(ask(key, "GET", "apiKeyProfiles"))
    assert KeyUse.objects.get(key_id=of.pk, status=200).act == "v4.apiKeyProfiles.get"
    keys.revoke(of=world.member("oh"), key_id=of.pk, by=MACHINE)
    error(ask(key, "GET", "apiKeyProfiles"), 401)


def test_a_key_for_lists_alone_is_for_another_door(world: World) -> None:
    assert error(ask(key_of(world, "oh", scopes=("lists",)), "GET", "apiKeyProfiles"), 403)["hint"]


# Routes


@pytest.mark.parametrize(("method", "path", "status", "code"), [
    ("GET", "noSuchEndpoint", 404, "NOT_FOUND"),
    ("GET", "", 404, "NOT_FOUND"),
    ("GET", "people/1/2/3/4/5", 404, "NOT_FOUND"),
    ("DELETE", "apiKeyProfiles", 405, "METHOD_NOT_ALLOWED"),
    ("OPTIONS", "echoes", 405, "METHOD_NOT_ALLOWED"),
    ("BREW", "echoes", 405, "METHOD_NOT_ALLOWED"),
    ("GET", "reportedGenders", 404, "NOT_FOUND"),
    ("GET", "people/1/membership", 404, "NOT_FOUND"),
])  # fmt: skip
def test_paths_that_are_not_served_answer_with_an_error(
    key: str, method: str, path: str, status: int, code: str
) -> None:
    assert error(ask(key, method, path), status)["code"] == code


def test_every_route_of_the_table_answers_in_json(key: str) -> None:
    for route in routes.table():
        path = route.path.replace("{p}", "7").replace("{token}", "x")
        for word in ("{vanId}", "{id}", "{name}", "{field}", "{region}"):
            path = path.replace(word, "7")
        response = ask(key, route.method, path, {} if route.method != "GET" else None)
        assert response.status_code < 500, route
        if response.status_code >= 400:
            assert json.loads(response.content)["errors"][0]["code"], route
        else:
            assert route.served is not None and (response.status_code == 204) == (not response.content), route


def test_a_word_of_the_path_goes_before_a_number() -> None:
    assert routes.find("GET", ("codes", "supportedentities")).route.path == "codes/supportedEntities"
    assert routes.find("GET", ("codes", "7")).words == {"id": "7"}
    with pytest.raises(ValueError, match="not in the table"):
        routes.serves("GET", "nowhere")(lambda asked: asked)  # type: ignore[arg-type,return-value]
    with pytest.raises(ValueError, match="twice"):
        routes.serves("POST", "echoes")(lambda asked: asked)  # type: ignore[arg-type,return-value]


# Bodies


@pytest.mark.parametrize(("body", "status", "properties"), [
    (b"{", 400, ["body"]),
    (b"[]", 400, ["body"]),
    (b"\xff\xfe{}", 400, ["body"]),
    (b'{"message": NaN}', 400, ["body"]),
    (b"[" * 100_000, 400, ["body"]),
    (b'{"message": {"a": 1}}', 400, ["message"]),
    (b'{"message": true}', 400, ["message"]),
    (b'{"message": "\\u0000"}', 400, ["message"]),
    (b'{"delayInMilliseconds": "soon"}', 400, ["delayInMilliseconds"]),
    (b'{"delayInMilliseconds": 1e300}', 400, ["delayInMilliseconds"]),
    (b" " * ((1 << 20) + 1), 413, []),
])  # fmt: skip
def test_bad_bodies_name_what_is_wrong(key: str, body: bytes, status: int, properties: list[str]) -> None:
    error(ask(key, "POST", "echoes", body), status, *properties)


def test_a_body_of_300_mb_is_refused_before_it_is_read(key: str) -> None:
    error(ask(key, "POST", "echoes", b"{}", CONTENT_LENGTH=str(300 << 20)), 413)


def test_a_body_is_json(key: str) -> None:
    error(ask(key, "POST", "echoes", b"a=b", content_type="application/x-www-form-urlencoded"), 415)
    told(ask(key, "POST", "echoes", b"", content_type=""))
    told(ask(key, "GET", "apiKeyProfiles", {}))


@pytest.mark.parametrize(
    "query", ["$top=0", "$top=-1", "$top=x", "$top=100000000", "$top=1.5", "$skip=-1", "$skip=1e3"]
)
def test_bad_pages_are_refused(key: str, query: str) -> None:
    error(ask(key, "GET", f"apiKeyProfiles?{query}"), 400, query.partition("=")[0])


def test_a_failure_of_ours_has_a_reference_that_the_log_has(
    key: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("".join(("QUAGGA", "HORSE")))

    monkeypatch.setattr(limits, "held", broken)
    found = told(ask(key, "GET", "apiKeyProfiles"), 500)["errors"][0]
    assert found["referenceCode"] in caplog.text and "QUAGGAHORSE" not in caplog.text + str(found)


# Values and pages

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda of: st.lists(of, max_size=3) | st.dictionaries(st.text(max_size=5), of, max_size=3),
    max_leaves=6,
)


@given(JSON)
def test_a_value_of_any_kind_is_read_or_refused_by_its_name(value: object) -> None:
    body = Given({"x": value}, "phones[1]")
    for read in (
        body.integer, body.number, body.text, body.flag, body.instant, body.day, body.object, body.objects,
        lambda name: body.word(name, ["a"]), lambda name: body.words(name, ["a"]),
    ):  # fmt: skip
        try:
            read("X")
        except Declined as declined:
            assert declined.status == 400 and declined.properties[0].lower().startswith("phones[1].x")


@given(
    count=st.integers(0, 40), top=st.integers(1, 9), repeat=st.booleans(),
    names=st.lists(st.sampled_from("abc"), max_size=3),
)  # fmt: skip
def test_links_lead_through_all_items_once_and_never_grow(
    count: int, top: int, repeat: bool, names: list[str]
) -> None:
    items = [{"n": n} for n in range(count)]
    first = [("statuses", name) for name in names]
    url: str | None = f"/v4//things?{'&'.join(f'{k}={v}' for k, v in first)}&$top={top}"
    found, longest = [], 0
    while url:
        one = asked.Asked(RequestFactory().get(url), ApiKey(), 0, {}, Given({}))
        answer = json.loads(asked.all_paged(one, items).content)
        found += answer["items"]
        url = answer["nextPageLink"]
        if url:
            assert url.startswith("http://testserver/v4/things?") and f"$top={top}&$skip={len(found)}" in url
            assert parse_qsl(urlsplit(url).query)[:-2] == list(dict.fromkeys(first))
            longest = longest or len(url)
            assert len(url) <= longest + 2
            # Parsons to 6.0.0 sends what it asked first with every page again
            url += f"&statuses=a&$top={top}" if repeat and "a" in names else ""
    assert found == items


def test_an_empty_top_is_all_where_there_is_no_most() -> None:
    query = Query([("$top", ""), ("$SKIP", "2")])
    assert page(query, default=50, most=None) == Page(None, 2)
    assert page(query, default=50, most=200) == Page(50, 2)


def test_numbers_come_as_text_and_text_as_numbers() -> None:
    body = Given({"savedListId": "500", "phoneNumber": 2025550100, "hasHeader": "True", "codeID": 7.0})
    assert (body.integer("savedlistid"), body.text("phoneNumber"), body.flag("hasHeader")) == (
        500,
        "2025550100",
        True,
    )
    assert body.needed("codeId") == 7
    with pytest.raises(Declined):
        Given({"x": MOST + 1}).integer("x")


# Limits


def test_a_bucket_holds_back_then_refuses() -> None:
    held = buckets.Buckets(rate=10, burst=5, wait=2.0)
    assert [held.take("a", 0.0)[0] for _ in range(5)] == [0] * 5
    assert [round(held.take("a", 0.0)[0], 1) for _ in range(20)][-1] == 2.0
    with pytest.raises(buckets.Empty):
        held.take("a", 0.0)
    assert held.take("b", 0.0) == (0, 4)
    assert held.take("a", 60.0) == (0, 4)


def test_a_key_that_asks_too_fast_is_told_when_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_buckets", buckets.Buckets(rate=0.001, burst=1))
    assert limits.held("a", "10.1.2.3").remaining == 0
    with pytest.raises(limits.TooFast) as refused:
        limits.held("a", "10.1.2.3")
    assert int(refused.value.headers["Retry-After"]) >= 1 and refused.value.status == 429


def test_headers_say_what_is_left(key: str) -> None:
    response = ask(key, "GET", "apiKeyProfiles", REMOTE_ADDR="10.1.2.3")
    assert 0 < int(response["RateLimit-Remaining"]) < int(response["RateLimit-Limit"])


def test_vocabularies_are_bare_arrays_with_the_ids_that_clients_know(key: str) -> None:
    kinds = told(ask(key, "GET", "canvassResponses/contactTypes?inputTypeId=11"))
    assert {(kind["contactTypeId"], kind["name"]) for kind in kinds} >= {
        (1, "Phone"),
        (2, "Walk"),
        (37, "SMS Text"),
    }
    assert {code["resultCodeId"] for code in told(ask(key, "GET", "canvassResponses/resultCodes"))} >= {
        1, 14, 18, 19, 20, 25, 130, 205,
    }  # fmt: skip
    assert 11 in {kind["inputTypeId"] for kind in told(ask(key, "GET", "canvassResponses/inputTypes"))}
    assert told(ask(key, "GET", "codeTypes")) == ["Tag", "SourceCode"]
    assert told(ask(key, "GET", "phones/isCellStatuses"))["items"][0] == {
        "statusId": 1,
        "statusName": "Verified Cell",
    }
