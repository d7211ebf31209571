"""One person looked for: what is found, what must not be, and what stands in the owners' logs."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

import pyarrow.dataset as ds
import pytest
from click.testing import CliRunner
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from world import MACHINE, World, agree

from commonroll.agreements.law import next_election
from commonroll.cli import main
from commonroll.errors import Refusal
from commonroll.roll.lookup.index import Index, index_of
from commonroll.roll.lookup.texts import SEARCHED, Part, meant, parts
from commonroll.roll.vault.vault import Vault
from commonroll.server import finding, jobs, looked
from commonroll.server.actions import keys, questions, search, stops
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Journal, Stop
from commonroll.server.permits import DatabasePermits
from commonroll.server.van import ids as van_ids
from commonroll.views.question import NothingGranted

pytestmark = pytest.mark.django_db


def rows(world: World, owner: str = "oh", *, shown: bool = True) -> list[dict[str, Any]]:
    """Voters of a vault who are (or are not) in views: the rows themselves."""
    vault = Vault(world.home.vaults, owner)
    snapshot, day = vault.current(), next_election(owner.upper(), timezone.now().date())
    assert snapshot is not None
    found: list[dict[str, Any]] = ds.dataset(list(vault.files(snapshot, "voters"))).to_table().to_pylist()
    return [row for row in found if (row["listed_from"] <= day) == shown]


def find(world: World, member: str, text: str, **more: Any) -> search.Found:
    said = {"purpose": "gotv", "by": MACHINE} | more
    return search.find(home=world.home, viewer=world.member(member), text=text, **said)


def ids(found: search.Found) -> set[str]:
    return {one.seen["state_voter_id"] for one in found.persons}


def whole(row: dict[str, Any]) -> str:
    """A text that means one person: all of a name, and of an id."""
    return f"{row['last_name']} {row['first_name']} {row['state_voter_id']}"


# What is found


def test_an_owner_finds_by_any_part_and_in_any_order(world: World) -> None:
    row = next(row for row in rows(world) if row["residence_line1"] and len(row["last_name"]) > 5)
    voter, last = row["state_voter_id"], row["last_name"]
    house, street = row["residence_line1"].split()[:2]
    for text in (
        f"{last} {row['first_name']}", f"{row['first_name'].lower()} {last[:3]}", f"{last[1:5]} {house}",
        f"{house} {street.lower()} {last[:2]}", f"{row['residence_zip5']} {last}", voter[:-2], voter[-6:],
    ):  # fmt: skip
        assert voter in ids(find(world, "oh", text)), text
    best = find(world, "oh", whole(row)).persons[0]
    assert best.seen["birth_year"] == row["birth_year"] and best.owner.key == "oh"
    assert best.why == {"last_name": [last], "first_name": [row["first_name"]], "state_voter_id": [voter]}


def seen_slowly(world: World, member: str) -> list[dict[str, Any]]:
    """Rows that a member may look at, as the page of rows shows them: owner by owner, all granted columns."""
    told: list[dict[str, Any]] = []
    for owner in ("oh", "wa"):
        try:
            columns = find(world, member, "zzz").searched.get(owner, ())
            shown = questions.rows(
                home=world.home, viewer=world.member(member), purpose="gotv", where=f"member = '{owner}'",
                columns=columns, by=MACHINE,
            ) if columns else None  # fmt: skip
        except NothingGranted:
            continue
        told += shown.rows.select(["member", *columns]).to_pylist() if shown else []
    return told


def worth_of(wanted: Sequence[Part], row: Mapping[str, Any]) -> int:
    return meant(wanted, {name: str(value) for name, value in row.items() if value and name in SEARCHED})[0]


@pytest.mark.parametrize("member", ["oh", "national"])
def test_a_search_finds_what_a_look_at_every_granted_row_finds(world: World, member: str) -> None:
    told = seen_slowly(world, member)
    assert len(told) > 200
    values = sorted({str(v) for row in told for c, v in row.items() if v and c in SEARCHED})
    piece = st.tuples(st.sampled_from(values), st.integers(0, 4), st.integers(2, 9))
    texts = st.lists(piece.map(lambda cut: cut[0][cut[1] : cut[1] + cut[2]]), min_size=1, max_size=3)

    @settings(max_examples=8, suppress_health_check=list(HealthCheck))
    @given(texts.map(" ".join))
    def agrees(text: str) -> None:
        try:
            wanted = parts(text)
        except Refusal:
            assume(False)
        worth = [worth_of(wanted, row) for row in told]
        meant = sorted((one for one in worth if one), reverse=True)
        found = find(world, member, text)
        got = [worth_of(wanted, person.seen) for person in found.persons]
        assert got == meant[: search.SHOWN] and found.more == (len(meant) > search.SHOWN)

    agrees()


# What must not be found


def test_who_has_no_agreement_finds_nobody(world: World, charlie: Client) -> None:
    with pytest.raises(NothingGranted):
        find(world, "rivera", whole(rows(world)[0]))
    page = charlie.post("/people/", {"text": rows(world)[0]["last_name"]})
    assert page.status_code == 200 and "Nobody's voters may be looked for" in page.content.decode()


def test_a_column_that_is_not_granted_is_not_looked_at(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """National has names and ids of Ohio, no addresses: one that is there does as one that is not."""
    row = next(row for row in rows(world) if row["residence_line1"])
    opened: list[int] = []
    read = Index.rows
    monkeypatch.setattr(Index, "rows", lambda self, places: opened.extend(places) or read(self, places))
    for street in (row["residence_line1"], "99999 Nowhere Parkway"):
        found = find(world, "national", street)
        assert not found.persons and not found.more and not opened
        assert Journal.objects.filter(log="oh").latest("pk").rows == 0
    assert found.searched["oh"] == ("first_name", "last_name", "state_voter_id")
    # nor does it tell two of one name apart
    name = f"{row['first_name']} {row['last_name']}"
    assert row["state_voter_id"] in ids(find(world, "national", name))
    assert not find(world, "national", f"{name} {row['residence_line1'].split()[0]}99").persons
    assert not find(world, "national", f"{name} {row['residence_zip5']}").persons


def test_rows_outside_of_the_terms_are_not_found(world: World) -> None:
    counties = sorted({row["county_fips"] for row in rows(world)})
    agree(
        "oh", "rivera", columns=["voters.last_name", "voters.state_voter_id", "voters.county_fips"],
        rows={"county_fips": counties[:1]}, modes=["count", "view"],
    )  # fmt: skip
    for row in rows(world)[:14]:
        found = ids(find(world, "rivera", f"{row['last_name']} {row['state_voter_id']}"))
        assert (row["state_voter_id"] in found) == (row["county_fips"] == counties[0])


def test_who_is_in_no_view_is_not_found(world: World) -> None:
    hidden = [*rows(world, shown=False), rows(world)[0]]
    Vault(world.home.vaults, "oh").suppress([hidden[-1]["state_voter_id"]], reason="protected", channel="")
    for row in hidden[-20:]:
        assert row["state_voter_id"] not in ids(find(world, "oh", row["state_voter_id"]))


def test_who_asked_to_stop_is_found_no_more_and_a_closed_channel_finds_nobody(world: World) -> None:
    one, other = [row for row in rows(world) if row["residence_line1"]][:2]
    owner = world.member("oh")
    assert ids(find(world, "oh", whole(one)))
    stops.hear(
        home=world.home, asked=[stops.of_voter("oh", one["state_voter_id"], "all")],
        source=Stop.Source.API, heard_by=owner, by=MACHINE,
    )  # fmt: skip
    assert one["state_voter_id"] not in ids(find(world, "oh", whole(one)))
    stops.hear(
        home=world.home, asked=[stops.of_voter("oh", other["state_voter_id"], "door")],
        source=Stop.Source.API, heard_by=owner, by=MACHINE,
    )  # fmt: skip
    # on a screen an address says who somebody is; to a program it is a door
    text = f"{other['last_name']} {other['residence_line1']}"
    assert other["state_voter_id"] in ids(find(world, "oh", text))
    assert other["state_voter_id"] not in ids(find(world, "oh", text, mode="export"))
    (left,) = find(world, "oh", whole(other), mode="export").persons[:1]
    assert left.seen["state_voter_id"] == other["state_voter_id"] and "residence_line1" not in left.seen


def test_a_large_roll_without_words_is_looked_through_by_whole_keys_and_the_worker_makes_them(
    world: World, alice: Client, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    row = next(row for row in rows(world) if row["first_name"] and len(row["last_name"]) > 5)
    asked: list[str] = []
    monkeypatch.setattr(finding, "LARGE", 10)
    monkeypatch.setattr(looked, "_asked", {})
    task = jobs.make_lookup
    monkeypatch.setattr(jobs, "make_lookup", SimpleNamespace(enqueue=asked.append))
    owner, by = world.member("oh"), Actor.of(world.user("alice"))
    shutil.rmtree(world.home.vaults / "oh" / "lookup", ignore_errors=True)

    def meant(text: str) -> search.Found:
        return search.find(home=world.home, viewer=owner, purpose="gotv", text=text, by=by)

    with django_capture_on_commit_callbacks(execute=True):
        found = meant(whole(row)), meant(whole(row))
    assert [(one.persons, one.waiting) for one in found] == [((), ("oh",))] * 2 and asked == ["oh"]
    tables = DatabasePermits(world.home).tables(owner)
    index_of(world.home.vaults / "oh", "oh", tables.files["voters"], van_ids.salt(world.home, owner))
    for text in (whole(row), f"{row['first_name']} {row['last_name']}", row["state_voter_id"]):
        assert row["state_voter_id"] in ids(meant(text)), text
    assert not meant(row["last_name"][:5]).persons
    shown = alice.post("/people/", {"text": whole(row)}).content.decode()
    assert "are being made" in shown and row["last_name"] in shown
    task.call("oh")
    found = (meant(row["last_name"][:5]),)
    assert found[0].persons and not found[0].waiting
    assert find(world, "oh", row["last_name"][:5]).persons == found[0].persons


def test_another_purpose_finds_nobody(world: World) -> None:
    with pytest.raises(NothingGranted):
        find(world, "national", whole(rows(world)[0]), purpose="research")


# Receipts


def test_each_search_is_one_receipt_with_each_owner_and_says_nothing_of_the_text(world: World) -> None:
    row = rows(world)[0]
    for text, shown in ((whole(row), 1), ("Zzyzx", 0), ("Zzyzx", 0)):
        before = {log: Journal.objects.filter(log=log).count() for log in ("oh", "wa")}
        find(world, "national", text)
        for log, n in before.items():
            assert Journal.objects.filter(log=log).count() == n + 1
        newest = Journal.objects.filter(log="oh").latest("pk")
        assert (newest.type, newest.recipient, newest.rows) == ("view", "national", shown)
        assert newest.agreement and row["last_name"] not in str(vars(newest))


def test_nothing_is_read_where_the_receipt_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise Refusal("the log is behind")

    monkeypatch.setattr("commonroll.server.receipts.ensure_fresh", broken)
    monkeypatch.setattr(Index, "rows", broken)
    with pytest.raises(Refusal, match="log is behind"):
        find(world, "oh", whole(rows(world)[0]))


# One person


def test_one_person_is_looked_at_by_the_members_own_id(world: World) -> None:
    row = rows(world)[3]
    (person,) = find(world, "national", whole(row)).persons[:1]
    before = Journal.objects.filter(log="oh").count()
    looked = search.look(
        home=world.home, viewer=world.member("national"), purpose="gotv", van_id=person.van_id, by=MACHINE
    )
    assert Journal.objects.filter(log="oh").count() == before + 1
    assert looked.person.seen["last_name"] == row["last_name"] and "birth_date" in looked.withheld
    for member, id in (("rivera", person.van_id), ("oh", person.van_id), ("national", 2147483000)):
        with pytest.raises(Unknown):
            search.look(home=world.home, viewer=world.member(member), purpose="gotv", van_id=id, by=MACHINE)
    assert Journal.objects.filter(log="oh").count() == before + 1


def test_roles_and_strangers(world: World) -> None:
    for person, error in (("violet", Forbidden), ("charlie", Unknown)):
        with pytest.raises(error):
            find(world, "oh", "smith", by=Actor.of(world.user(person)))


# Pages, program, command


def test_the_page_works_as_a_plain_form_and_keeps_the_text_out_of_addresses(
    world: World, alice: Client
) -> None:
    row = rows(world)[0]
    answer = alice.post("/people/", {"text": whole(row)})
    page = answer.content.decode()
    assert answer["Cache-Control"] == "no-store" and row["residence_line1"] in page
    links = [word.split('"')[1] for word in page.split() if word.startswith('href="/people/')]
    assert len(links) == 1 and row["last_name"] not in links[0]
    assert row["last_name"] in alice.get(links[0]).content.decode()
    assert "Nobody is meant" in alice.post("/people/", {"text": "zzyzx"}).content.decode()
    assert "three letters" in alice.post("/people/", {"text": "a"}).content.decode()
    bar = alice.post("/find", {"q": row["last_name"]}).content.decode()
    assert 'name="text"' in bar and alice.get(f"/find?q={row['last_name']}").status_code == 405


def test_a_program_asks_with_a_key_that_asks(world: World) -> None:
    row, client = rows(world)[0], Client()

    def ask(scope: str, body: Any) -> tuple[int, Any]:
        _, secret = keys.create(
            of=world.member("national"), purpose="gotv",
            scopes=[scope], by=MACHINE,
        )  # fmt: skip
        answer = client.post(
            "/api/people", json.dumps(body), "application/json", headers={"Authorization": f"Bearer {secret}"}
        )
        return answer.status_code, answer.json()

    status, told = ask("ask", {"text": whole(row)})
    assert status == 200 and told["people"][0]["seen"]["last_name"] == row["last_name"]
    # Washington lets National look, and what comes over the API leaves
    assert list(told["searched"]) == ["oh"] and [gap["owner"] for gap in told["gaps"]] == ["wa"]
    assert Journal.objects.filter(log="oh", type="export.intent").latest("pk").rows == 1
    assert ask("stop", {"text": whole(row)})[0] == 403
    for body in ({"text": 1}, {"text": "a"}, {}, {"text": "smith", "q": 1}, {"text": "x" * 300}):
        assert ask("ask", body)[0] == 400, body


def test_the_command_takes_the_text_from_standard_input(world: World) -> None:
    row = rows(world)[0]
    told = CliRunner().invoke(
        main, ["person", "find", "--as", "oh", "--purpose", "gotv", "--json"], input=f"{whole(row)}\n"
    )
    assert told.exit_code == 0, told.output
    assert json.loads(told.stdout)["people"][0]["seen"]["state_voter_id"] == row["state_voter_id"]
