"""Tokens, routes, names, pages, hints, links and ranges: what is let in, and how the rest is told."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from world import MACHINE, World, agree

from commonroll.errors import Refusal
from commonroll.roll.vault.vault import Vault
from commonroll.server import receipts
from commonroll.server.actions import keys, share_profiles
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.delta import files, links
from commonroll.server.models import Agreement, Cut, Journal, KeyUse, ShareProfile

pytestmark = pytest.mark.django_db

ENDPOINT = "https://node.example.org/sharing"
SHARE = "/sharing/shares/oh_to_national"
TABLE = f"{SHARE}/schemas/gotv/tables/voters"


def ohios() -> Agreement:
    return Agreement.objects.get(owner__key="oh", recipient__key="national")


def token_of(member: str, agreement: Agreement, **more: Any) -> str:
    of = agreement.recipient if member == agreement.recipient.key else agreement.owner
    _, file = share_profiles.create(of=of, number=agreement.number, endpoint=ENDPOINT, by=MACHINE, **more)
    assert set(file) == {"shareCredentialsVersion", "endpoint", "bearerToken", "expirationTime"}
    return str(file["bearerToken"])


@pytest.fixture
def token(world: World) -> str:
    return token_of("national", ohios())


def get(token: str, path: str, **more: Any) -> Any:
    return Client().get(path, headers={"Authorization": f"Bearer {token}", **more.pop("headers", {})}, **more)


def post(token: str, path: str, body: Any = None, **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    return Client().post(
        path, data, content_type="application/json", headers={"Authorization": f"Bearer {token}", **headers}
    )


def told(response: Any, status: int) -> str:
    assert response.status_code == status, response.content
    said = json.loads(response.content)
    assert set(said) == {"errorCode", "message"} and response["Cache-Control"] == "no-store"
    return str(said["message"])


def link_of(token: str) -> str:
    found = post(token, f"{TABLE}/query")
    assert found.status_code == 200, found.content
    url = json.loads(found.content.splitlines()[2])["file"]["url"]
    return str(url).removeprefix("http://testserver")


def test_whoever_has_no_token_in_force_is_told_one_sentence(world: World, token: str) -> None:
    wrong = ["", "crs_", "crs_x", token[:-1], token + "x", "crs_" + "x" * 300, "crs_\u00e4", "crk_a_b"]
    expired = token_of("national", ohios())
    newest = ShareProfile.objects.order_by("-made_at").first()
    assert newest is not None
    ShareProfile.objects.filter(pk=newest.pk).update(
        made_at=timezone.now() - timedelta(2), expires_at=timezone.now() - timedelta(1)
    )
    said = {told(get(one, "/sharing/shares"), 401) for one in [*wrong, expired]}
    assert len(said) == 1 and KeyUse.objects.filter(act="share", status=401).exists()
    assert get(token, "/sharing/shares").status_code == 200
    cookies = world.client("nadia")
    assert cookies.get("/sharing/shares").status_code == 401, "a cookie opens nothing here"
    for _ in range(keys.BAD_AT_MOST):
        get("crs_guess", "/sharing/shares")
    assert get(token, "/sharing/shares").status_code == 401, "an address that guesses waits"


def test_charlie_sees_nothing_of_others_and_either_side_revokes(world: World, token: str) -> None:
    his = token_of("rivera", agree("oh", "rivera", purposes=["research"], columns=["voters.party"]))
    listed = json.loads(get(his, "/sharing/shares").content)["items"]
    assert [one["name"] for one in listed] == ["oh_to_rivera"]
    theirs = {told(get(his, f"{path}"), 404) for path in (SHARE, f"{SHARE}/schemas", f"{TABLE}/version")}
    none = {told(get(his, "/sharing/shares/none_at_all"), 404)}
    assert theirs == none, "what one may not see is as what does not exist"
    told(get(his, "/sharing/shares/oh_to_rivera/schemas/gotv/tables"), 404)

    member, profile = world.member("rivera"), ShareProfile.objects.get(agreement__recipient__key="rivera")
    with pytest.raises(Unknown):
        share_profiles.revoke(of=world.member("national"), profile=profile.pk, by=MACHINE)
    share_profiles.revoke(of=world.member("oh"), profile=profile.pk, by=MACHINE)
    told(get(his, "/sharing/shares"), 401)
    listed = share_profiles.profiles_of(of=member, by=MACHINE)
    assert [one["state"] for one in listed] == ["revoked"] and "crs_" not in json.dumps(listed)
    said = [bytes(row.leaf) for row in Journal.objects.filter(type="operator", log="oh")]
    assert any(b"share-profile.made" in leaf for leaf in said)
    assert any(b"share-profile.revoked" in leaf for leaf in said)


def test_who_reads_makes_the_profile(world: World) -> None:
    bob, nadia = Actor.of(world.user("bob")), Actor.of(world.user("nadia"))
    asked = {"of": world.member("national"), "number": ohios().number, "endpoint": ENDPOINT}
    with pytest.raises(Forbidden):
        share_profiles.create(**asked, by=bob)
    with pytest.raises(Unknown):
        share_profiles.create(**asked | {"of": world.member("rivera")}, by=MACHINE)
    with pytest.raises(Refusal, match="who reads makes"):
        share_profiles.create(**asked | {"of": world.member("oh")}, by=MACHINE)
    for endpoint in ("http://node.example.org/sharing", "ftp://x/", "https:///x", "https://a@b/", "sharing"):
        with pytest.raises(Refusal):
            share_profiles.create(**asked | {"endpoint": endpoint}, by=nadia)
    views_alone = Agreement.objects.get(owner__key="wa", recipient__key="national")
    with pytest.raises(Refusal, match="no row leaves"):
        share_profiles.create(**asked | {"number": views_alone.number}, by=nadia)
    made, _ = share_profiles.create(**asked, by=nadia)
    assert made.expires_at == ohios().until, "it ends with the agreement at the latest"


def test_names_pages_and_formats(token: str) -> None:
    upper = SHARE.replace("oh_to_national", "OH_TO_National")
    assert json.loads(get(token, upper).content)["share"]["name"] == "oh_to_national"
    (table,) = json.loads(get(token, f"{SHARE}/all-tables").content)["items"]
    assert (table["schema"], table["name"], table["share"]) == ("gotv", "voters", "oh_to_national")
    empty = json.loads(get(token, "/sharing/shares?maxResults=0").content)
    assert empty["items"] == []
    rest = json.loads(get(token, f"/sharing/shares?pageToken={empty['nextPageToken']}").content)
    assert len(rest["items"]) == 1 and "nextPageToken" not in rest
    told(get(token, f"{SHARE}/schemas?pageToken={empty['nextPageToken']}"), 400)

    version = get(token, f"{TABLE}/version")
    assert (version.content, version["Delta-Table-Version"]) == (b"", "1")
    head = Client().head(TABLE, headers={"Authorization": f"Bearer {token}"})
    assert head["Delta-Table-Version"] == "1"
    for asked, answered in (
        ("", "parquet"), ("responseformat=delta,parquet", "parquet"), ("responseFormat=DELTA", "delta"),
        ("responseformat=avro", "parquet"), (";;=;x", "parquet"),
    ):  # fmt: skip
        found = get(token, f"{TABLE}/metadata", headers={"Delta-Sharing-Capabilities": asked})
        lines = [json.loads(line) for line in found.content.decode("ascii").splitlines()]
        assert found["Delta-Sharing-Capabilities"] == f"responseformat={answered}" and len(lines) == 2
        assert ("deltaMetadata" in lines[1]["metaData"]) == (answered == "delta")
    ends = post(token, f"{TABLE}/query", **{"Delta-Sharing-Capabilities": "includeEndStreamAction=true"})
    assert "endStreamAction" in json.loads(ends.content.splitlines()[-1])
    assert "endstreamaction" in ends["Delta-Sharing-Capabilities"]
    assert post(token, f"{TABLE}/query", fileidhash="Delta")["fileidhash"] == "delta"
    told(post(token, f"{TABLE}/query", fileidhash="md5"), 400)


BAD_BODIES = (
    b"{", b"[]", b'"x"', b"\xff", b"[" * 5000, {"limitHint": -1}, {"limitHint": "x"}, {"limitHint": True},
    {"limitHint": 1.5}, {"predicateHints": "x"}, {"predicateHints": [1]}, {"jsonPredicateHints": {}},
    {"version": 7}, {"version": 1, "timestamp": "2027-01-01T00:00:00Z"}, {"timestamp": "yesterday"},
    {"timestamp": "2020-01-01T00:00:00Z"}, {"timestamp": 5}, {"startingVersion": 1},
)  # fmt: skip
BAD_PATHS = (
    ("/changes", 400), ("/changes?startingVersion=x", 400), ("/changes?startingVersion=9", 400),
    ("/changes?startingVersion=1&startingTimestamp=2020-01-01T00:00:00Z", 400),
    ("/changes?startingTimestamp=2999-01-01T00:00:00Z", 400), ("/changes?startingVersion=-1", 400),
    ("/changes?startingVersion=1&endingVersion=0", 400), ("/changes?startingVersion=1&endingVersion=5", 400),
    ("/version?startingTimestamp=no", 400), ("/version?startingTimestamp=2999-01-01", 400),
    ("/metadata/", 404), ("//metadata", 404), ("/nothing", 404), ("/query", 405), ("", 405),
)  # fmt: skip


def test_what_is_malformed_is_told_so(token: str) -> None:
    for body in BAD_BODIES:
        assert told(post(token, f"{TABLE}/query", body), 400), body
    for path, status in BAD_PATHS:
        assert told(get(token, TABLE + path), status), path
    for name in ("x" * 300, "%2e%2e", "oh_to_national%00", "oh to national", "%FF"):
        told(get(token, f"/sharing/shares/{name}"), 404)
    told(post(token, f"{TABLE}/temporary-table-credentials"), 404)
    told(post(token, f"{TABLE}/query", b"x" * (1 << 21)), 413)
    told(get(token, "/sharing"), 404)
    fine = {"predicateHints": ["party = 'DEM'"], "jsonPredicateHints": "{", "limitHint": 3, "whatever": [1]}
    assert post(token, f"{TABLE}/query", fine).status_code == 200
    assert len(post(token, f"{TABLE}/query", {"limitHint": 0}).content.splitlines()) == 2


def test_an_altered_link_opens_nothing(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    link = link_of(token)
    assert Client().get(link).status_code == 200
    path, _, query = link.partition("?")
    parts = dict(pair.split("=") for pair in query.split("&"))
    other = ShareProfile.objects.create(
        id="another", agreement=ohios(), token_hash="x", made_by="x", made_at=timezone.now(),
        expires_at=timezone.now() + timedelta(9),
    )  # fmt: skip
    changed = [
        {"a": "0" * 36}, {"e": str(int(parts["e"]) + 1)}, {"r": other.pk}, {"X-Amz-Signature": "0" * 64},
        {"X-Amz-Signature": "\u00e4"}, {"e": "x"}, {"a": ""},
    ]  # fmt: skip
    for change in changed:
        told(Client().get(path, parts | change), 404)
    told(Client().get("/sharing/files/" + "0" * 32 + ".parquet", parts), 404)
    told(Client().get(path), 404)
    told(Client().post(link), 405)
    name = path.rpartition("/")[2].removesuffix(".parquet")
    old = links.link(
        "/sharing", name=name, agreement=parts["a"], profile=parts["r"], expires=int(time.time()) - 1
    )
    assert "too old" in told(Client().get(old), 403)
    monkeypatch.setattr(files, "ASK_EVERY", 0.0)
    Vault(files.settings.HOME.vaults, "oh").suppress(["OH0000000000"], reason="opt-out")
    assert "changed since" in told(Client().get(link), 403)


RANGES = (
    ("bytes=0-3", 206, 0, 4), ("bytes=4-", 206, 4, None), ("bytes=-4", 206, -4, None),
    ("bytes=0-99999999", 206, 0, None), ("bytes=0-1,3-4", 200, 0, None), ("", 200, 0, None),
)  # fmt: skip


def test_ranges_are_the_bytes_of_the_file(token: str) -> None:
    link = link_of(token)
    whole = b"".join(Client().get(link).streaming_content)  # type: ignore[attr-defined]
    head = Client().head(link)
    assert (head["Content-Length"], head["Accept-Ranges"]) == (str(len(whole)), "bytes")
    for asked, status, first, last in RANGES:
        found = Client().get(link, headers={"Range": asked, "Accept-Encoding": "gzip"})
        piece = b"".join(found.streaming_content)  # type: ignore[attr-defined]
        assert (found.status_code, piece) == (status, whole[first:last] if status == 206 else whole)
        assert found["Content-Length"] == str(len(piece)) and "Content-Encoding" not in found
        assert (found["Content-Type"], found["Cache-Control"]) == ("application/octet-stream", "no-store")
    for asked in (f"bytes={len(whole)}-", "bytes=5-4", "bytes=-0", "bytes=-", "lines=1-2", "bytes=a-b"):
        found = Client().get(link, headers={"Range": asked})
        assert (found.status_code, found["Content-Range"]) == (416, f"bytes */{len(whole)}")


def test_no_link_leaves_where_no_receipt_can_be_written(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def behind(home: object) -> None:
        raise receipts.LogBehind("the log is behind", next_step="ask again in a moment")

    monkeypatch.setattr(receipts, "ensure_fresh", behind)
    response = post(token, f"{TABLE}/query")
    assert response.status_code == 503 and b"files/" not in response.content
    assert not Cut.objects.exclude(lent_at=None).exists()


def test_the_days_rows_are_counted_for_each_query(world: World) -> None:
    token = token_of("rivera", agree("oh", "rivera", columns=["voters.party"], rows_per_day=500))
    path = TABLE.replace("oh_to_national", "oh_to_rivera")
    assert post(token, f"{path}/query").status_code == 200
    assert "rows a day" in told(post(token, f"{path}/query"), 403)
    few = agree("wa", "rivera", columns=["voters.status"], rows_per_day=10)
    said = told(post(token_of("rivera", few), f"{path.replace('oh_to', 'wa_to')}/query"), 403)
    assert "allows 10 rows" in said and not list(world.home.extracts.glob(".*"))


@given(st.integers(0, 70), st.integers(0, 70), st.integers(1, 60))
def test_a_range_is_inside_the_file(first: int, last: int, size: int) -> None:
    try:
        span = files._span(f"bytes={first}-{last}", size)
    except files._Unsatisfiable:
        assert first > last or first >= size
        return
    assert span is not None and 0 <= span[0] <= span[1] < size and span[0] == first


def test_the_page_gives_a_profile_once_and_revokes_it(world: World) -> None:
    nadia, host = world.client("nadia"), {"Host": "127.0.0.1"}
    asked = {"agreement": str(ohios().number), "days": "30", "note": "<b>dashboard</b>"}
    made = nadia.post("/extracts/profiles/make", asked, headers=host)
    file = json.loads(made.content)
    assert file["endpoint"] == "http://127.0.0.1/sharing" and "no-store" in made["Cache-Control"]
    assert "attachment" in made["Content-Disposition"]
    assert get(file["bearerToken"], "/sharing/shares").status_code == 200
    assert nadia.post("/extracts/profiles/make", asked).status_code == 400, "plain http leads elsewhere"
    for person in ("nadia", "alice"):
        page = world.client(person).get("/extracts/profiles").content.decode()
        assert "oh_to_national" in page and "&lt;b&gt;dashboard" in page and "crs_" not in page
    assert "oh_to_national" not in world.client("charlie").get("/extracts/profiles").content.decode()
    profile = ShareProfile.objects.get(note="<b>dashboard</b>")
    assert world.client("charlie").post(f"/extracts/profiles/{profile.pk}/revoke").status_code == 404
    assert world.client("alice").post(f"/extracts/profiles/{profile.pk}/revoke").status_code == 302
    told(get(file["bearerToken"], "/sharing/shares"), 401)


def test_mail_and_ads_leave_as_files_of_their_own_and_are_no_schema(world: World) -> None:
    text = agree("oh", "rivera", purposes=["ads", "gotv", "mail"])
    listed = json.loads(get(token_of("rivera", text), "/sharing/shares/oh_to_rivera/schemas").content)[
        "items"
    ]
    assert [one["name"] for one in listed] == ["gotv"]
