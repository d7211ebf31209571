"""Batches by key: taken once, matched as every list is, read with a receipt, undone; who is turned away."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.db.models import F
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.identity.lists.headers import ROLES
from commonroll.roll.engine import ibis_engine
from commonroll.server import jobs
from commonroll.server.actions import batches, import_rows, imports, keys, loads
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.api import match_body
from commonroll.server.api.openapi import batch_schema, document
from commonroll.server.models import ApiKey, Journal, KeyUse, ListImport

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

TERMS = {
    "kind": "volunteers", "source": "the sign-up form", "licence": "own records",
    "basis": "they signed up and consented", "dated_on": "2026-01-05",
}  # fmt: skip
MATCH = "/api/match"


def key_of(world: World, member: str = "oh", purpose: str = "volunteer") -> tuple[ApiKey, str]:
    return keys.create(of=world.member(member), purpose=purpose, note="sign-up form", by=MACHINE)


@pytest.fixture
def key(world: World) -> tuple[ApiKey, str]:
    return key_of(world)


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def post(text: str, body: Any, address: str = "", **headers: str) -> HttpResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"REMOTE_ADDR": address} if address else {}
    return Client().post(  # type: ignore[return-value]
        MATCH, data, content_type="application/json", headers={**bearer(text), **headers}, **given
    )


def get(text: str, path: str) -> HttpResponse:
    return Client().get(path, headers=bearer(text))  # type: ignore[return-value]


def told(response: HttpResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(response.content)
    return found


@pytest.fixture(scope="session")
def people(django_db_setup: None, template: Path) -> list[dict[str, Any]]:
    """Five voters of Ohio as a form has them, and one whom nobody knows; some fields are called as columns
    of ours are."""
    files = sorted((template / "home" / "vaults" / "oh").rglob("voters/*.parquet"))
    voters = ibis_engine().read_parquet([str(file) for file in files])
    rows = voters.filter(~voters.confidential).order_by("state_voter_id").limit(5).to_pyarrow().to_pylist()
    found = [
        {"First": one["first_name"], "Last": one["last_name"], "Address": one["residence_line1"],
         "Zip": one["residence_zip5"], "Voter ID": one["state_voter_id"], "Shift": "evening"}
        for one in rows
    ]  # fmt: skip
    stranger = {"First": "Zebedee", "Last": "Quxley", "Address": "1 Nowhere Rd", "Zip": "43999"}
    rows = [*found, stranger | {"Voter ID": None, "Shift": "=1+1"}]
    return [row | {"line": "7", "commonroll_match": "x", 'a"; DROP TABLE people; --': "y"} for row in rows]


@pytest.fixture
def body(people: list[dict[str, Any]]) -> dict[str, Any]:
    return {**TERMS, "rows": people}


def work(batch: str) -> ListImport:
    """What the worker does."""
    jobs.run_import.call(batch)
    return ListImport.objects.get(pk=batch)


def doubt(world: World, batch: str, voters: list[str], hidden: str) -> None:
    """Make the last row of a batch one that may be any of these voters, and hide one of them."""
    vault = loads.vault(world.home, world.member("oh"))
    file = vault.path / "lists" / batch.replace("-", "") / "matched.parquet"
    table = pq.read_table(file)
    *rows, last = table.to_pylist()
    offered = [{"voter": one, "weight": 1.0, "probability": 0.5, "gammas": None} for one in voters]
    rows.append(last | {"verdict": "unsure", "reason": "runner_up", "alternatives": offered})
    pq.write_table(pa.Table.from_pylist(rows, table.schema), file)
    vault.suppress([hidden], "protected")


def test_a_batch_is_taken_matched_read_and_undone(
    world: World, key: tuple[ApiKey, str], body: dict[str, Any], people: list[dict[str, Any]]
) -> None:
    answer = post(key[1], body)
    taken = told(answer)
    assert (answer.status_code, taken["state"], taken["sent"], taken["rows"]) == (202, "waiting", 6, None)
    here = answer.headers["Location"]
    assert told(get(key[1], here)) == taken and get(key[1], f"{here}/rows").status_code == 409

    assert work(taken["id"]).by == f"key:{key[0].pk}"
    done = told(get(key[1], here))
    assert (done["state"], done["progress"], done["rows"]) == ("done", 1, f"{here}/rows")
    kept = [one["name"] for one in done["report"]["columns"] if one["means"] == ROLES["fact"]]
    assert (done["report"]["rows"], done["report"]["sure"]) == (6, 5)
    assert done["brought"]["facts"] == 6 * len(kept) and "Shift" in kept, done["report"]["columns"]
    assert not any(one["Last"] in json.dumps(done) for one in people)

    before = Journal.objects.filter(log="oh", type="export.intent").count()
    rows = told(get(key[1], done["rows"]))["rows"]
    assert [row["line"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert [row["voter_id"] for row in rows] == [one["Voter ID"] for one in people]
    assert [row["match"] for row in rows] == ["sure"] * 5 + ["none"]
    assert [row["row"]["Last"] for row in rows] == [one["Last"] for one in people]
    assert rows[5]["row"]["Shift"] == "=1+1" and rows[5]["why"] and rows[5]["alternatives"] == []
    doubt(world, done["id"], [people[0]["Voter ID"], people[1]["Voter ID"]], hidden=people[0]["Voter ID"])
    *_, unsure = told(get(key[1], done["rows"]))["rows"]
    assert unsure["alternatives"] == [{"voter_id": people[1]["Voter ID"], "score": 0.5}]
    leaf = Journal.objects.filter(log="oh", type="export.intent").latest("pk")
    assert Journal.objects.filter(log="oh", type="export.intent").count() == before + 2
    assert (leaf.rows, leaf.purpose, leaf.index is not None) == (5, "volunteer", True)

    assert Client().delete(here, headers=bearer(key[1])).status_code == 204
    assert told(get(key[1], here))["state"] == "undone"
    assert Client().delete(here, headers=bearer(key[1])).status_code == 409
    assert get(key[1], f"{here}/rows").status_code == 400
    (kept,) = imports.standing(home=world.home, of=world.member("oh"), by=MACHINE)
    assert not kept.stands and kept.withdrawn_by == f"key:{key[0].pk}"
    actions = [row.type for row in Journal.objects.filter(log="oh").order_by("pk")][-4:]
    assert actions == ["operator", "export.intent", "export.intent", "operator"]

    again = post(key[1], body)
    assert again.status_code == 202 and told(again)["id"] != taken["id"], "what was undone may come again"


# Sent again


def test_the_same_batch_sent_again_is_the_same_batch(key: tuple[ApiKey, str], body: dict[str, Any]) -> None:
    first, second = post(key[1], body), post(key[1], body)
    assert (first.status_code, second.status_code) == (202, 200)
    assert told(first)["id"] == told(second)["id"] and ListImport.objects.count() == 1


def test_a_name_of_the_senders_tells_batches_apart(key: tuple[ApiKey, str], body: dict[str, Any]) -> None:
    named = {"Idempotency-Key": "monday"}
    first = post(key[1], body, **named)
    assert told(post(key[1], body, **named))["id"] == told(first)["id"]
    other = post(key[1], body | {"source": "another form"}, **named)
    assert other.status_code == 409 and ListImport.objects.count() == 1
    assert post(key[1], body, **{"Idempotency-Key": "x" * 201}).status_code == 400
    assert told(post(key[1], body, **{"Idempotency-Key": "tuesday"}))["id"] != told(first)["id"]


def test_two_that_send_the_same_at_once_get_the_same_batch(
    world: World, key: tuple[ApiKey, str], body: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = told(post(key[1], body))["id"]
    # both looked before either wrote
    monkeypatch.setattr(batches, "_earlier", lambda *_: None)
    second = post(key[1], body)
    assert (second.status_code, told(second)["id"]) == (200, first)
    assert ListImport.objects.count() == 1 and len(list(world.home.uploads.iterdir())) == 1


def test_a_batch_that_came_to_nothing_may_come_again(key: tuple[ApiKey, str], body: dict[str, Any]) -> None:
    first = told(post(key[1], body))["id"]
    ListImport.objects.update(state=ListImport.State.REFUSED)
    second = post(key[1], body)
    assert second.status_code == 202 and told(second)["id"] != first
    assert get(key[1], f"{MATCH}/{first}").status_code == 404


def test_a_batch_under_way_is_not_undone_and_a_refused_one_is_forgotten(
    world: World, key: tuple[ApiKey, str], body: dict[str, Any]
) -> None:
    here = told(post(key[1], body))["self"]
    assert Client().delete(here, headers=bearer(key[1])).status_code == 409
    ListImport.objects.update(state=ListImport.State.REFUSED)
    assert Client().delete(here, headers=bearer(key[1])).status_code == 204
    assert not ListImport.objects.exists() and not list(world.home.uploads.iterdir())


# Whose key


def test_without_a_key_nothing_is_answered(alice: Client, body: dict[str, Any]) -> None:
    for client in (Client(), alice):
        for answer in (
            client.post(MATCH, json.dumps(body), content_type="application/json"),
            client.get(MATCH),
        ):
            assert answer.status_code == 401 and answer.headers["WWW-Authenticate"] == "Bearer"
    assert not ListImport.objects.exists()


def test_a_wrong_an_expired_and_a_revoked_key_read_the_same(
    world: World, key: tuple[ApiKey, str], body: dict[str, Any]
) -> None:
    expired, revoked = key_of(world), key_of(world)
    ApiKey.objects.filter(pk=expired[0].pk).update(
        made_at=timezone.now() - timedelta(days=2), expires_at=timezone.now() - timedelta(seconds=1)
    )
    keys.revoke(of=world.member("oh"), key_id=revoked[0].pk, by=MACHINE)
    prefix, key_id, secret = key[1].split("_", 2)
    wrong = [
        expired[1], revoked[1], key[1][:-1], key[1] + "x", f"{prefix}_{expired[0].pk}_{secret}",
        f"{prefix}_{key_id}_", f"{prefix}_{'0' * 12}_{secret}", secret, "", "crk", "crk__", "ü" * 5,
        "x" * 5_000,
    ]  # fmt: skip
    answers = [post(text, body) for text in wrong]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert not ListImport.objects.exists()
    assert post(key[1], body).status_code == 202


def test_another_key_does_not_see_the_batch(
    world: World, key: tuple[ApiKey, str], body: dict[str, Any]
) -> None:
    here = told(post(key[1], body))["self"]
    for text in (key_of(world)[1], key_of(world, "wa")[1], key_of(world, "rivera")[1]):
        assert get(text, here).status_code == 404 and get(text, f"{here}/rows").status_code == 404
        assert Client().delete(here, headers=bearer(text)).status_code == 404
        assert told(get(text, MATCH)) == {"batches": []}
    assert [one["self"] for one in told(get(key[1], MATCH))["batches"]] == [here]


def test_a_member_without_a_roll_brings_no_batch(world: World, body: dict[str, Any]) -> None:
    answer = post(key_of(world, "rivera")[1], body)
    assert answer.status_code == 400 and "owns no state's file" in told(answer)["refused"]["what"]


def test_work_of_a_key_that_was_revoked_meanwhile_is_refused(
    world: World, key: tuple[ApiKey, str], body: dict[str, Any]
) -> None:
    batch = told(post(key[1], body))["id"]
    keys.revoke(of=world.member("oh"), key_id=key[0].pk, by=MACHINE)
    jobs.run_import.call(batch)
    assert ListImport.objects.get(pk=batch).state == ListImport.State.REFUSED


def test_a_key_does_what_keys_do_and_for_its_member_alone(world: World, key: tuple[ApiKey, str]) -> None:
    by = Actor.of_key(key[0])
    assert by.may("raw", world.member("oh")) and not by.may("raw", world.member("wa"))
    assert not [
        act for act in ("sign", "invite", "keys", "export", "protect") if by.may(act, world.member("oh"))
    ]
    with pytest.raises(Forbidden):
        keys.create(of=world.member("oh"), purpose="gotv", by=by)
    with pytest.raises(Unknown):
        by.require("raw", world.member("wa"))


def test_only_owners_make_and_revoke_keys(world: World, key: tuple[ApiKey, str]) -> None:
    for person, expected in (("violet", Forbidden), ("bob", Unknown), ("charlie", Unknown)):
        by = Actor.of(world.user(person))
        with pytest.raises(expected):
            keys.create(of=world.member("oh"), purpose="gotv", by=by)
        with pytest.raises(expected):
            keys.revoke(of=world.member("oh"), key_id=key[0].pk, by=by)
        with pytest.raises(expected):
            keys.keys_of(of=world.member("oh"), by=by)
    with pytest.raises(Unknown):
        keys.revoke(of=world.member("rivera"), key_id=key[0].pk, by=Actor.of(world.user("charlie")))
    assert keys.revoke(of=world.member("oh"), key_id=key[0].pk, by=Actor.of(world.user("alice"))).revoked_at


def test_no_secret_is_kept_and_each_step_is_in_the_log(world: World) -> None:
    before = Journal.objects.filter(log="oh").count()
    made, text = key_of(world)
    keys.revoke(of=world.member("oh"), key_id=made.pk, by=MACHINE)
    secret = text.split("_", 2)[2]
    assert secret not in json.dumps(keys.keys_of(of=world.member("oh"), by=MACHINE))
    assert secret not in made.secret_hash and len(secret) >= 43
    leaves = Journal.objects.filter(log="oh").order_by("pk")[before:]
    assert [b'"api-key.made"' in bytes(leaves[0].leaf), b'"api-key.revoked"' in bytes(leaves[1].leaf)] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    "given", [{"purpose": "fun"}, {"days": 0}, {"days": 367}, {"note": "x" * 121}, {"note": "a\nb"}]
)
def test_a_key_is_for_a_purpose_and_ends(world: World, given: Mapping[str, Any]) -> None:
    with pytest.raises(Refusal):
        keys.create(of=world.member("oh"), by=MACHINE, **{"purpose": "gotv", **given})
    assert not ApiKey.objects.exists()


# How often


def test_wrong_keys_from_one_place_wait(world: World, key: tuple[ApiKey, str], body: dict[str, Any]) -> None:
    wrong = key[1][:-2] + "zz"
    for _ in range(keys.BAD_AT_MOST):
        assert post(wrong, body, "203.0.113.7").status_code == 401
    answers = [post(text, body, "203.0.113.7") for text in (wrong, key[1])]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].headers["Retry-After"] == "900"
    assert post(key[1], body, "203.0.113.8").status_code == 202, "others go on"
    assert sum(KeyUse.objects.filter(status=401).values_list("times", flat=True)) == keys.BAD_AT_MOST
    (known,) = keys.keys_of(of=world.member("oh"), by=MACHINE)
    assert (known["refused"], known["requests"]) == (keys.BAD_AT_MOST, 1)
    # each moved as far: two minutes' counts put into one minute would be one count too many
    KeyUse.objects.filter(status=401).update(at=F("at") - keys.BAD_FOR - timedelta(minutes=2))
    assert post(key[1], body, "203.0.113.7").status_code == 200


def test_a_key_asks_so_often_a_minute(key: tuple[ApiKey, str]) -> None:
    assert get(key[1], MATCH).status_code == 200
    use, minute = KeyUse.objects.get(), timezone.now().replace(second=0, microsecond=0)
    for at in (minute, minute + timedelta(minutes=1)):  # the minute may end before the next request
        use.at, use.times = at, keys.A_MINUTE
        use.save()
        use.pk = None
    assert get(key[1], MATCH).status_code == 429
    KeyUse.objects.update(at=F("at") - timedelta(minutes=3))
    assert get(key[1], MATCH).status_code == 200


def test_a_members_keys_bring_so_many_batches_an_hour(world: World, body: dict[str, Any]) -> None:
    one, other, washington = key_of(world)[1], key_of(world)[1], key_of(world, "wa")[1]
    assert post(one, body).status_code == 202
    KeyUse.objects.filter(status=202).update(times=batches.AN_HOUR)
    KeyUse.objects.update(at=timezone.now() - timedelta(minutes=2))
    assert post(one, body).status_code == 200, "the same batch is not another"
    assert post(other, body).status_code == 429
    assert post(washington, body).status_code == 202


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("nonsense", ""),
        (None, ""),
    ],
)
def test_an_address_is_counted_as_the_place_behind_it(address: str | None, counted: str) -> None:
    assert keys.network(address) == counted


# Hygiene


def test_a_batch_for_hygiene_gives_counts_and_no_rows(
    world: World, key: tuple[ApiKey, str], body: dict[str, Any]
) -> None:
    dead = body | {"kind": "hygiene", "source": "county health office", "basis": "public record"}
    assert post(key[1], dead).status_code == 400
    text = key_of(world, purpose="hygiene")[1]
    assert post(text, body).status_code == 400
    taken = told(post(text, dead | {"leave_alone": ["mail"]}))
    work(taken["id"])
    done = told(get(text, taken["self"]))
    assert done["report"]["sure"] == 5 and done["brought"]["left_alone"] == 5
    rows = get(text, done["rows"])
    assert rows.status_code == 400 and "no row of it leaves" in told(rows)["refused"]["what"]


def test_rows_do_not_leave_under_the_purpose_of_hygiene(world: World) -> None:
    with pytest.raises(Refusal, match="no row of it leaves"):
        import_rows.release(
            home=world.home, of=world.member("oh"), import_id="0" * 32, purpose="hygiene", to=Path("x.csv"),
            by=MACHINE,
        )  # fmt: skip


# Hostile bodies

ROW = {"First": "Ada", "Last": "Lovelace", "Zip": "43215"}
HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"kind": "\xff"}',
    "a list": b"[]",
    "deep": b"[" * 200_000,
    "deep in a row": json.dumps({**TERMS, "rows": [{"a": "x"}]})
    .replace('"x"', "[" * 5_000 + "]" * 5_000)
    .encode(),
    "twice": json.dumps({**TERMS, "rows": [ROW]}).replace('"kind"', '"kind": "donors", "kind"').encode(),
    "twice in a row": json.dumps({**TERMS, "rows": [ROW]}).replace('"Zip"', '"Zip": "1", "Zip"').encode(),
    "no number": json.dumps({**TERMS, "rows": [{"a": float("nan")}]}).encode(),
    "a long number": json.dumps({**TERMS, "rows": [{"a": "x"}]}).replace('"x"', "9" * 5_000).encode(),
    "half a character": json.dumps({**TERMS, "rows": [{"First": "\ud800"}]}).encode(),
    "a NUL": json.dumps({**TERMS, "rows": [{"First": "a\0b"}]}).encode(),
    "a NUL in the terms": json.dumps({**TERMS, "source": "a\0b", "rows": [ROW]}).encode(),
    "an unknown name": json.dumps({**TERMS, "rows": [ROW], "to": "/etc/passwd"}).encode(),
    "no rows": json.dumps({**TERMS, "rows": []}).encode(),
    "rows that are none": json.dumps({**TERMS, "rows": ["Ada", "Bob"]}).encode(),
    "empty rows": json.dumps({**TERMS, "rows": [{}]}).encode(),
    "a nameless field": json.dumps({**TERMS, "rows": [{" ": "x"}]}).encode(),
    "an object for a value": json.dumps({**TERMS, "rows": [{"a": {"b": "c"}}]}).encode(),
    "alike fields": json.dumps({**TERMS, "rows": [{"Zip": "1", "zip ": "2"}]}).encode(),
    "many fields": json.dumps({**TERMS, "rows": [{f"f{n}": "x"} for n in range(200)]}).encode(),
    "a long value": json.dumps({**TERMS, "rows": [{"a": "x" * 2_001}]}).encode(),
    "too many rows": json.dumps({**TERMS, "rows": [{"a": 1}] * 10_001}).encode(),
    "a number for a text": json.dumps({**TERMS, "source": 7, "rows": [ROW]}).encode(),
    "columns that are none": json.dumps({**TERMS, "columns": ["zip"], "rows": [ROW]}).encode(),
    "again, perhaps": json.dumps({**TERMS, "again": "yes", "rows": [ROW]}).encode(),
    "harvested": json.dumps({**TERMS, "source": "scraped from Facebook", "rows": [ROW]}).encode(),
    "no basis": json.dumps({**TERMS, "basis": "n/a", "rows": [ROW]}).encode(),
    "of no kind": json.dumps({**TERMS, "kind": "challenge", "rows": [ROW]}).encode(),
    "tomorrow's": json.dumps({**TERMS, "dated_on": "2126-01-01", "rows": [ROW]}).encode(),
}


def test_hostile_bodies_are_refused_and_nothing_of_them_is_kept(
    world: World, key: tuple[ApiKey, str]
) -> None:
    answers = {name: post(key[1], data) for name, data in HOSTILE.items()}
    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(HOSTILE, 400)
    assert not any("Lovelace" in answer.content.decode() for answer in answers.values())
    assert not ListImport.objects.exists() and not list(world.home.uploads.iterdir())


@pytest.mark.parametrize(
    ("stated", "status"), [(str(match_body.BYTES_AT_MOST + 1), 413), ("-1", 413), ("many", 413), ("", 400)]
)
def test_a_body_too_large_or_of_no_stated_length_is_not_read(
    key: tuple[ApiKey, str], stated: str, status: int
) -> None:
    answer = Client().post(
        MATCH, b"x", content_type="application/json", headers=bearer(key[1]), CONTENT_LENGTH=stated
    )
    assert answer.status_code == status


def test_a_form_is_not_read(key: tuple[ApiKey, str], body: dict[str, Any]) -> None:
    assert Client().post(MATCH, {"rows": "x"}, headers=bearer(key[1])).status_code == 400


# The document


def test_the_document_describes_what_is_taken(body: dict[str, Any]) -> None:
    schema = batch_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(body, schema)
    for name in (*TERMS, "rows"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({k: v for k, v in body.items() if k != name}, schema)
        with pytest.raises(Refusal):
            match_body.read(json.dumps({k: v for k, v in body.items() if k != name}).encode())
    found = Client().get(reverse("api_openapi")).json()
    one = "00000000-0000-0000-0000-000000000000"
    given: dict[str, dict[str, Any]] = {"listed": {"listed": one}, "extract": {"extract": one}}
    # doors for phones are the site's own page's, not programs'
    served = {
        reverse(f"{pattern.name}", kwargs=given.get(next(iter(pattern.pattern.converters), ""), {}))
        for pattern in get_resolver().url_patterns
        if str(pattern.pattern).startswith("api/")
        and not str(pattern.pattern).startswith("api/field/")
        and pattern.name not in ("api_openapi", "api_unknown")
    }
    assert {path.replace("{id}", one) for path in found["paths"]} == served


def test_what_the_guide_sends_is_taken() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "guide" / "programs.md").read_text("utf-8")
    sent, stops = re.findall(r"--data '(.*?)'\n", guide, re.S)
    schemas = document()["components"]["schemas"]
    jsonschema.validate(json.loads(stops), schemas["Stop"])
    jsonschema.validate(json.loads(sent), batch_schema())
    batch = match_body.read(sent.encode())
    assert batch.terms.checked("batch.json").kind == "volunteers" and len(batch.rows) == 1
    assert f"{match_body.ROWS_AT_MOST:,} rows and {match_body.BYTES_AT_MOST >> 20} MiB" in guide
    assert f"{match_body.FIELDS_AT_MOST} fields, {batches.AN_HOUR} batches" in guide
    assert f"{keys.A_MINUTE} requests a minute" in guide
