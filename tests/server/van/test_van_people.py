"""People over the VAN-compatible API, held against what lies in the vaults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from django.conf import settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from van_client import ask, error, key_of, told
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.agreements.law import next_election
from commonroll.invented import generate
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying
from commonroll.server.actions import federation, loads, questions
from commonroll.server.actions.decoys import make as make_decoys
from commonroll.server.models import Journal, Member, NumberBlock
from commonroll.server.van import ids
from commonroll.server.van.person import KEYS
from commonroll.tracing import decoys, reach

pytestmark = pytest.mark.django_db

ALL = "$expand=addresses, Phones,emails,externalIds,districts,suppressions,scores,notes"


def roll(world: World, owner: str, *, shown: bool = True) -> list[dict[str, Any]]:
    """Voters of a vault who are (or are not) in views: the rows themselves."""
    vault = Vault(world.home.vaults, owner)
    snapshot, day = vault.current(), next_election(owner.upper(), timezone.now().date())
    assert snapshot is not None
    rows: list[dict[str, Any]] = ds.dataset(list(vault.files(snapshot, "voters"))).to_table().to_pylist()
    return [row for row in rows if (row["listed_from"] <= day) == shown]


def by_state_id(key: str, row: dict[str, Any], query: str = "") -> Any:
    return told(ask(key, "GET", f"people/stateFILEid:{row['state_voter_id']}?{query}"))


@pytest.fixture
def ohios(world: World) -> str:
    return key_of(world, "oh")


@pytest.fixture
def nationals(world: World) -> str:
    return key_of(world, "national")


def test_programs_find_the_decoys_of_the_copy_alone(
    world: World, ohios: str, nationals: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoys, "MOST_SHARE", 0.1)
    make_decoys(home=world.home, owner=world.member("oh"), number=20, by=MACHINE)
    register = reach.opened(decoying.register_path(world.home.vaults / "oh")).to_pylist()
    answers = {
        row["state_voter_id"]: ask(
            nationals, "GET", f"people/stateFILEid:{row['state_voter_id']}"
        ).status_code
        for row in register
    }
    copy = questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="state = 'OH'",
        columns=("state_voter_id",), format="parquet", by=MACHINE,
    )  # fmt: skip
    there = set(pq.read_table(world.home.extracts / copy.file)["state_voter_id"].to_pylist())
    assert answers == {one: 200 if one in there else 404 for one in answers}
    for row in register[:3]:
        assert ask(ohios, "GET", f"people/stateFILEid:{row['state_voter_id']}").status_code == 404


def test_an_owner_reads_what_its_vault_has(world: World, ohios: str) -> None:
    for row in roll(world, "oh")[:6]:
        found = by_state_id(ohios, row, ALL)
        assert list(found) == list(KEYS)
        assert (found["firstName"], found["middleName"], found["lastName"]) == (
            row["first_name"], row["middle_name"], row["last_name"],
        )  # fmt: skip
        home = found["addresses"][0]
        assert (home["type"], home["addressLine1"], home["city"]) == (
            "Voting", row["residence_line1"], row["residence_city"],
        )  # fmt: skip
        assert home["zipOrPostalCode"][:5] == row["residence_zip5"]
        assert found["dateOfBirth"] == f"{row['birth_date']}T00:00:00Z"
        assert found["identifiers"] == [{"type": "StateFileID", "externalId": row["state_voter_id"]}]
        districts = {one["name"]: one["districtFieldValues"][0]["id"] for one in found["districts"]}
        assert districts["Congressional District"] == row["congressional_district"]
        assert (found["notes"], found["scores"], found["codes"]) == ([], [], None)
        bare = told(ask(ohios, "GET", f"people/{found['vanId']}"))
        assert bare["vanId"] == found["vanId"] and bare["addresses"] is None and list(bare) == list(KEYS)


def test_another_member_reads_what_is_granted_under_an_id_of_its_own(
    world: World, ohios: str, nationals: str
) -> None:
    for row in roll(world, "oh")[:5]:
        mine, theirs = by_state_id(ohios, row), by_state_id(nationals, row, ALL)
        assert theirs["lastName"] == row["last_name"] and theirs["party"] == mine["party"]
        # neither the birth date nor the address is granted, the districts are
        assert theirs["dateOfBirth"] is None and theirs["addresses"] == [] and theirs["districts"]
        assert theirs["middleName"] is None and theirs["vanId"] != mine["vanId"]
        # the owner's id means nobody, or another, to the other member
        response = ask(nationals, "GET", f"people/{mine['vanId']}")
        assert response.status_code == 404 or told(response)["lastName"] != row["last_name"]


def test_who_has_no_agreement_or_no_exports_reads_nobody(world: World, nationals: str) -> None:
    charlie, row = key_of(world, "rivera"), roll(world, "oh")[0]
    error(ask(charlie, "GET", f"people/StateFileID:{row['state_voter_id']}"), 404)
    error(ask(charlie, "POST", "people/find", {"vanId": 12345}), 404)
    # Washington lets National count and view, and what comes over this API leaves
    error(ask(nationals, "GET", f"people/StateFileID:{roll(world, 'wa')[0]['state_voter_id']}"), 404)
    agree("oh", "rivera", columns=["voters.first_name", "registration"])
    error(ask(charlie, "GET", f"people/StateFileID:{row['state_voter_id']}"), 404)


def test_a_large_rolls_rows_are_limited_as_a_small_ones(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which lines of a large roll are inside the terms is kept as bits: another way to the same answer."""
    rows = roll(world, "oh")
    counties = sorted({row["county_fips"] for row in rows if row["county_fips"]})[::2]
    agree("oh", "rivera", columns=["voters.state_voter_id", "registration"], rows={"county_fips": counties})
    key, asked = key_of(world, "rivera"), rows[:8]

    def statuses() -> list[int]:
        paths = [f"people/StateFileID:{row['state_voter_id']}" for row in asked]
        return [ask(key, "GET", path).status_code for path in paths]

    inside = [200 if row["county_fips"] in counties else 404 for row in asked]
    assert statuses() == inside and set(inside) == {200, 404}
    monkeypatch.setattr("commonroll.views.inside.LEAST", 1)
    assert statuses() == inside


def test_another_purpose_reads_nothing(world: World) -> None:
    error(
        ask(
            key_of(world, "national", "research"),
            "GET",
            f"people/StateFileID:{roll(world, 'oh')[0]['state_voter_id']}",
        ),
        404,
    )


def test_an_answer_has_its_receipt_in_the_owners_log(world: World, nationals: str) -> None:
    before = Journal.objects.filter(log="oh", type="export.intent").count()
    by_state_id(nationals, roll(world, "oh")[0])
    rows = Journal.objects.filter(log="oh", type="export.intent")
    newest = rows.latest("pk")
    assert rows.count() == before + 1
    assert (newest.recipient, newest.rows) == ("national", 1) and newest.agreement
    error(ask(nationals, "GET", "people/2147483646"), 404)
    assert rows.count() == before + 1


def test_rows_a_day_are_kept(world: World) -> None:
    agree("wa", "rivera", rows_per_day=2)
    key, voters = key_of(world, "rivera"), roll(world, "wa")
    assert [
        ask(key, "GET", f"people/StateFileID:{row['state_voter_id']}").status_code for row in voters[:3]
    ] == [200, 200, 400]


def test_who_is_in_no_view_is_not_found(world: World, ohios: str) -> None:
    hidden = [*roll(world, "oh", shown=False), roll(world, "oh")[0]]
    Vault(world.home.vaults, "oh").suppress([hidden[-1]["state_voter_id"]], reason="protected", channel="")
    for row in hidden[-20:]:
        error(ask(ohios, "GET", f"people/StateFileID:{row['state_voter_id']}"), 404)
        error(ask(ohios, "POST", "people/find", _names(row) | _place(row)), 404)


def test_who_stopped_calls_is_shown_without_a_number(world: World, ohios: str) -> None:
    row = next(row for row in roll(world, "wa") if row["residence_line1"])
    key = key_of(world, "wa")
    first = by_state_id(key, row, ALL)
    Vault(world.home.vaults, "wa").suppress([row["state_voter_id"]], reason="opt-out", channel="door")
    found = by_state_id(key, row, ALL)
    assert first["addresses"][0]["type"] == "Voting" and not any(
        one["type"] == "Voting" for one in found["addresses"]
    )
    assert found["suppressions"] == [{"suppressionCode": "NW", "suppressionName": "Do not walk"}]
    Vault(world.home.vaults, "wa").suppress([row["state_voter_id"]], reason="opt-out", channel="")
    error(ask(key, "GET", f"people/{found['vanId']}"), 404)


# Find


def _names(row: dict[str, Any]) -> dict[str, Any]:
    return {"firstName": row["first_name"].lower(), "lastName": row["last_name"].title()}


def _place(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "addresses": [
            {
                "addressLine1": row["residence_line1"].lower(),
                "zipOrPostalCode": row["residence_zip5"] + "-1234",
            }
        ]
    }


COMBINATIONS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "born": lambda row: _names(row) | {
        "dateOfBirth": f"{row['birth_date']}T00:00:00Z",
        "addresses": [{"zipOrPostalCode": int(row["residence_zip5"])}],
    },
    "line": lambda row: _names(row) | _place(row),
    "identifier": lambda row: {"identifiers": [{"type": "statefileid", "externalId": row["state_voter_id"]}]},
}  # fmt: skip


@pytest.mark.parametrize("kind", COMBINATIONS)
def test_each_combination_finds_the_voter_it_means(world: World, ohios: str, kind: str) -> None:
    voters = roll(world, "oh")
    for row in voters[:8]:
        body = COMBINATIONS[kind](row)
        same = [one for one in voters if COMBINATIONS[kind](one) == body]
        response = ask(ohios, "POST", "people/find", body)
        if len(same) > 1:
            assert error(response, 404)["text"] == "more than one record matches"
        else:
            assert told(response)["vanId"] == by_state_id(ohios, row)["vanId"]


@pytest.fixture
def florida(world: World, tmp_path: Path) -> str:
    """A key of a member whose state publishes numbers and e-mails."""
    member = federation.add_member(
        home=world.home, key="fl", name="Florida", kind="state", state="FL", passphrase=PASSPHRASE, by=MACHINE
    )
    generate(["FL"], 80, 7, tmp_path)
    loads.vault(world.home, member).mark_sample()
    loads.from_files(
        home=world.home, to=member, paths=[tmp_path / "FL"], accept="quarantine", layout=None, by=MACHINE
    )
    return key_of(world, "fl")


def test_numbers_and_emails_find_where_the_state_publishes_them(world: World, florida: str) -> None:
    voters = roll(world, "fl")
    phones, emails = ([row for row in voters if row[name]][:5] for name in ("phone", "email"))
    assert phones and emails
    for row in phones:
        holders = [one for one in voters if one["phone"] == row["phone"]]
        asked = {"phoneNumber": row["phone"].removeprefix("+1")}
        response = ask(florida, "POST", "people/findByPhone", asked)
        assert response.status_code == (200 if len(holders) == 1 else 404)
        body = _names(row) | {"phones": [{"phoneNumber": row["phone"], "phoneType": None}]}
        assert told(ask(florida, "POST", "people/find", body))["lastName"] == row["last_name"]
    for row in emails:
        body = {"emails": [{"email": row["email"].upper()}]}
        assert told(ask(florida, "POST", "people/find", body))["firstName"] == row["first_name"]
        error(ask(florida, "POST", "people/find", body | {"firstName": "Nobody", "lastName": "Else"}), 404)


def test_what_is_not_granted_finds_nobody(world: World, nationals: str) -> None:
    for row in roll(world, "oh")[:5]:
        for kind in ("born", "line"):
            error(ask(nationals, "POST", "people/find", COMBINATIONS[kind](row)), 404)


@pytest.mark.parametrize(("body", "status", "properties"), [
    ({}, 400, ["body"]),
    ({"unknown": 1}, 400, ["body"]),
    ({"firstName": "A", "lastName": "B"}, 404, []),
    ({"vanId": "abc"}, 400, ["vanId"]),
    ({"vanId": True}, 400, ["vanId"]),
    ({"vanId": -1}, 400, ["vanId"]),
    ({"vanId": 2**31}, 400, ["vanId"]),
    ({"vanId": [1]}, 400, ["vanId"]),
    ({"firstName": {"a": 1}}, 400, ["firstName"]),
    ({"dateOfBirth": "yesterday"}, 400, ["dateOfBirth"]),
    ({"dateOfBirth": "0001-13-01"}, 400, ["dateOfBirth"]),
    ({"emails": "a@b"}, 400, ["emails"]),
    ({"emails": [7]}, 400, ["emails[0]"]),
    ({"emails": [None, {"email": []}]}, 400, ["emails[1].email"]),
    ({"phones": [{"phoneNumber": {}}]}, 400, ["phones[0].phoneNumber"]),
    ({"addresses": [{"zipOrPostalCode": True}]}, 400, ["addresses[0].zipOrPostalCode"]),
    ({"identifiers": {}}, 400, ["identifiers"]),
    ({"emails": [{}] * 2000}, 400, ["emails"]),
])  # fmt: skip
def test_bad_candidates_name_the_property(ohios: str, body: Any, status: int, properties: list[str]) -> None:
    error(ask(ohios, "POST", "people/find", body), status, *properties)


@pytest.mark.parametrize("word", [
    "0", "-1", "x", "2147483648", "99999999999999999999", "DWID:7", "StateFileID:", ":", "StateFileID:' OR",
    "vanid:x", "%00", "\N{SNOWMAN}",
])  # fmt: skip
def test_an_id_of_nobody_is_not_found(ohios: str, word: str) -> None:
    error(ask(ohios, "GET", f"people/{word}"), 404)


def test_a_section_that_is_not_known_is_refused_with_those_that_are(world: World, ohios: str) -> None:
    van_id = by_state_id(ohios, roll(world, "oh")[0])["vanId"]
    found = error(ask(ohios, "GET", f"people/{van_id}?$expand=phones,no_such_section"), 400, "$expand")
    assert "reportedDemographics" in found["hint"] and "codes" not in found["hint"].split(", ")


@pytest.mark.parametrize(("method", "path"), [
    ("POST", "people/findOrCreate"), ("POST", "people/7"), ("DELETE", "people/7"),
    ("PUT", "people/7/mergeInto"),
])  # fmt: skip
def test_the_states_roll_is_read_only(ohios: str, method: str, path: str) -> None:
    assert error(ask(ohios, method, path, {"firstName": "A"}), 403)["code"] == "FORBIDDEN"


def test_a_key_that_may_not_ask_reads_nobody(world: World) -> None:
    error(ask(key_of(world, "oh", scopes=("answers",)), "GET", "people/7"), 403)


# Ids


@given(st.lists(st.integers(1, 400_000), min_size=1, max_size=30, unique=True))
def test_ids_lead_back_and_differ(numbers: list[int]) -> None:
    national, ohio, washington = (Member.objects.get(key=key) for key in ("national", "oh", "wa"))
    found = ids.van_ids(settings.HOME, national, ohio, np.array(numbers))
    others = ids.van_ids(settings.HOME, national, washington, np.array(numbers))
    assert len({*found.tolist(), *others.tolist()}) == 2 * len(numbers)
    assert ((found > 0) & (found < ids.LIMIT)).all()
    for van_id, number in zip(found.tolist(), numbers, strict=True):
        assert ids.whose(settings.HOME, national, van_id) == (ohio, number)
    assert NumberBlock.objects.values("block").distinct().count() == NumberBlock.objects.count()


# Search


def test_people_are_searched_by_the_beginnings_of_what_is_granted(
    world: World, ohios: str, nationals: str
) -> None:
    voters = roll(world, "oh")
    row = voters[0]
    begins = row["last_name"][:2]
    same = [one for one in voters if one["last_name"].startswith(begins)]
    found, skip = [], 0
    while True:
        page = told(ask(ohios, "GET", f"people?lastName={begins.lower()}&$top=2&$skip={skip}"))
        assert page["count"] == len(same)
        found += page["items"]
        skip += 2
        if page["nextPageLink"] is None:
            break
    assert sorted((one["lastName"], one["firstName"]) for one in found) == sorted(
        (one["last_name"], one["first_name"]) for one in same
    )
    assert [one["vanId"] for one in found] == sorted(one["vanId"] for one in found)
    near = told(ask(ohios, "GET", f"people?lastName={begins}&zipOrPostalCode={row['residence_zip5']}"))
    assert near["count"] == sum(one["residence_zip5"] == row["residence_zip5"] for one in same)
    # the ZIP is not granted to National, the names are
    assert told(ask(nationals, "GET", f"people?lastName={begins}"))["count"] == len(same)
    zip5 = row["residence_zip5"]
    assert told(ask(nationals, "GET", f"people?lastName={begins}&zipOrPostalCode={zip5}"))["count"] == 0
    error(ask(ohios, "GET", "people"), 400, "lastName", "phoneNumber", "email")
    error(ask(ohios, "GET", "people?lastName=a&$top=51"), 400, "$top")
    assert told(ask(key_of(world, "rivera"), "GET", f"people?lastName={begins}"))["items"] == []


def test_a_quick_search_takes_names_in_either_order(world: World, ohios: str) -> None:
    row = roll(world, "oh")[3]
    for name in (
        f"{row['first_name'].lower()} {row['last_name']}",
        f"{row['last_name']}, {row['first_name']}",
    ):
        best = told(ask(ohios, "GET", f"people/quickSearch?name={name}"))["items"][0]
        assert (best["firstName"], best["lastName"]) == (row["first_name"], row["last_name"])
    error(ask(ohios, "GET", "people/quickSearch"), 400, "name")
