"""Calls: asked anew before each, one person to one caller, results kept and brought, stops for all."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pyarrow.parquet as pq
import pytest
from django.test import Client
from django.urls import reverse
from test_facts_held import put
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault
from commonroll.server import field_facts
from commonroll.server.actions import (
    call_files,
    call_keeping,
    call_line,
    call_numbers,
    call_records,
    calls,
    result_words,
)
from commonroll.server.actor import Actor, Unknown
from commonroll.server.coded import coded
from commonroll.server.models import CallList, CallRecord, CanvassResponse, Journal, Stop, User

pytestmark = pytest.mark.django_db

SCRIPT = {
    "name": "Reminder", "version": 2, "languages": ["en", "es"], "intro": {"en": "Hello!", "es": "¡Hola!"},
    "consent": False, "shows": ["age"], "start": "q1", "closing": {"en": "Thank you."},
    "questions": [
        {"id": "q1", "code": "gov", "of": "person", "text": {"en": "Whom will you choose?"}, "kind": "one",
         "answers": [{"answer": "1", "text": {"en": "Rivera"}, "next": "q2"},
                     {"answer": "5", "text": {"en": "Somebody else"}, "next": "end"}], "next": "end"},
        {"id": "q2", "code": "sign", "of": "person", "text": {"en": "A sign?"}, "kind": "one",
         "answers": [{"answer": "yes", "text": {"en": "Yes"}, "next": None},
                     {"answer": "no", "text": {"en": "No"}, "next": None}], "next": None},
    ],
}  # fmt: skip
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def calling(world: World) -> CallList:
    """Ohio brought phones of a dozen of its voters, and calls them."""
    held = Vault(world.home.vaults, "oh")
    snapshot = held.current()
    assert snapshot is not None
    voters = pq.read_table(list(held.files(snapshot, "voters"))).to_pylist()
    known = [one for one in voters if one["listed_from"] <= NOW.date() and not one["confidential"]]
    put(held, "facts", *({
        "owner": "oh", "state_voter_id": one["state_voter_id"], "gathered_by": "oh", "loaded_at": NOW,
        "source": "Acme", "licence": "contract 7", "basis": "contract", "event_id": str(at),
        "attribute": "phone", "value": f"+1614555{at:04}", "kind": "bought", "observed_on": NOW.date(),
    } for at, one in enumerate(known[:12])))  # fmt: skip
    return calls.make(
        home=world.home, member=world.member("oh"), name="Reminders", purpose="gotv",
        script=SCRIPT, by=MACHINE,
    )  # fmt: skip


def who(name: str) -> Actor:
    return Actor.of(User.objects.get(email=f"{name}@example.org"))


def one_person_one_caller(world: World, calling: CallList) -> None:
    alice, home = who("alice"), world.home
    before = Journal.objects.filter(log="oh", type="contact").count()
    mine = call_line.next_one(home=home, of=calling, by=alice)
    theirs = call_line.next_one(home=home, of=calling, by=MACHINE)
    assert mine is not None and theirs is not None and mine.person != theirs.person
    assert mine.told.phone and mine.told.name
    assert Journal.objects.filter(log="oh", type="contact").count() == before + 2
    again = call_line.next_one(home=home, of=calling, by=alice)
    assert again is not None and again.person == mine.person
    with pytest.raises(Refusal, match="Somebody else"):
        call_records.record(home=home, of=calling, key=theirs.person.key, ending="busy", by=alice)
    for one in (alice, MACHINE):
        call_line.give_back(of=calling, by=one)


def rows_of(world: World, member: str) -> list[tuple[str, ...]]:
    held = Vault(world.home.vaults, member)
    with engine() as cursor:
        return [
            row
            for file in held.event_files("responses")
            for row in cursor.execute(
                "SELECT question, answer, channel FROM read_parquet(?)", [str(file)]
            ).fetchall()
        ]


def test_one_caller_and_a_record_that_is_taken_back_until_the_next(world: World, calling: CallList) -> None:
    one_person_one_caller(world, calling)
    alice, home = who("alice"), world.home

    def then(ending: str, **given: list[str]) -> CallRecord:
        line = call_line.next_one(home=home, of=calling, by=alice)
        assert line is not None
        return call_records.record(
            home=home, of=calling, key=line.person.key, ending=ending, given=given, by=alice
        )

    first = then("talked", q1=["5"], q2=["yes"])
    assert first.answers == [{"question": "gov", "answer": "5"}]  # the second is not on that way
    assert call_records.undo(of=calling, by=alice) == first.person and not CallRecord.objects.exists()
    said = then("talked", q1=["1"], q2=["no"])
    assert said.person == first.person and said.kept_at is None and not CanvassResponse.objects.exists()
    then("not_home")
    said.refresh_from_db()
    assert said.kept_at is not None
    assert sorted(rows_of(world, "oh")) == [("gov", "1", "phone"), ("sign", "no", "phone")]
    assert CanvassResponse.objects.get().result_code == 14
    assert call_keeping.sweep(home) == 0
    CallRecord.objects.filter(kept_at=None).update(received_at=calling.made_at - call_keeping.UNDO_WITHIN)
    assert call_keeping.sweep(home) == 1 and CanvassResponse.objects.latest("pk").by == alice.label
    then("stop")
    assert Stop.objects.filter(heard_by__key="oh", channel="phone").exists()
    with pytest.raises(Refusal, match="nothing to take back"):
        call_records.undo(of=calling, by=alice)
    assert "On the phone" in alice_page(world)
    left_alone(world, calling)
    total = call_numbers.tables(calling)[0].total
    assert (total.attempts, total.conversations, total.answers, total.people) == (3, 1, 2, 1)


def left_alone(world: World, calling: CallList) -> None:
    """Who asked to stop since the list was made is not called."""
    person = calling.people.filter(state="waiting", tries=0).select_related("owner").order_by("place")[0]
    call_records.stop(home=world.home, of=calling, people=[person], by=MACHINE)
    line = call_line.next_one(home=world.home, of=calling, by=MACHINE)
    assert line is not None and line.person != person
    person.refresh_from_db()
    assert person.state == "gone"


def alice_page(world: World) -> str:
    return world.client("alice").get(reverse("field")).content.decode()


def test_results_of_a_dialer_are_taken_once_and_lines_refused_by_number(
    world: World, calling: CallList
) -> None:
    people = list(calling.people.all()[:4])
    sheet = call_line.sheet(home=world.home, of=calling, many=4, by=MACHINE)
    phones = {one.person.key: one.told.phone for one in sheet}
    today = calling.made_at.astimezone(field_facts.zone(calling.member))
    file = "\n".join([
        "Phone Number,Disposition,Call Time,gov,Agent",
        f"({phones[people[0].key][2:5]}) {phones[people[0].key][5:8]}-{phones[people[0].key][8:]},Completed,"
        f"{today:%Y-%m-%d},Rivera,x",
        f"{phones[people[1].key]},No Answer,,,x",
        f"{phones[people[2].key]},Opted Out,,,x",
        "5550000000,No Answer,,,x",
        f"{phones[people[3].key]},Purple,,,x",
        f"{phones[people[3].key]},Completed,,Nobody,x",
        f"{phones[people[3].key]},Busy,2199-01-01,,x",
    ]).encode()  # fmt: skip
    found = call_files.read(file)
    mapping = call_files.guess(calling, found)
    assert mapping == {
        "Phone Number": "phone", "Disposition": "result", "Call Time": "at", "gov": "question:q1",
    }  # fmt: skip
    assert call_files.words_not_known(calling, found, mapping) == [("Purple", 1)]
    taken = call_files.take(home=world.home, of=calling, sheet=found, mapping=mapping, by=MACHINE)
    assert (taken.new, taken.known) == (3, 0)
    assert [line for line, _ in taken.refused] == [5, 6, 7, 8]
    assert not any("Purple" in reason or "555" in reason or "Nobody" in reason for _, reason in taken.refused)
    assert rows_of(world, "oh") == [("gov", "1", "phone")]
    assert Stop.objects.count() >= 1
    again = call_files.take(home=world.home, of=calling, sheet=found, mapping=mapping, by=MACHINE)
    assert (again.new, again.known) == (0, 3) and CanvassResponse.objects.count() == 3
    assert len(rows_of(world, "oh")) == 1
    result_words.mean(member=calling.member, given={"PURPLE": "busy", "no answer": "refused"}, by=MACHINE)
    later = call_files.take(home=world.home, of=calling, sheet=found, mapping=mapping, by=MACHINE)
    assert (later.new, later.known, later.by_ending) == (1, 3, {"busy": 1}), "what was taken stays as it is"


WORDS_REFUSED = [
    {"": "busy"}, {"x" * 41: "busy"}, {"(614) 555-0100": "busy"}, {"ann@example.org": "busy"},
    {"a": "purple"}, {f"w{n}": "busy" for n in range(201)},
]  # fmt: skip


@pytest.mark.parametrize("given", WORDS_REFUSED)
def test_words_that_are_none_are_refused_and_nothing_kept(world: World, given: dict[str, str]) -> None:
    ohio = world.member("oh")
    with pytest.raises(Refusal) as refusal:
        result_words.mean(member=ohio, given={"fine": "busy"} | given, by=MACHINE)
    assert result_words.own(ohio) == {} and "614" not in str(refusal.value)


def test_a_word_of_ones_own_has_a_history_and_counts_for_nobody_else(world: World) -> None:
    ohio, rivera = world.member("oh"), world.member("rivera")
    result_words.mean(member=ohio, given={"Gate_Keeper": "not_home", "gone": "moved"}, by=MACHINE)
    second = result_words.mean(member=ohio, given={"gone": "", "gate keeper": "busy"}, by=MACHINE)
    assert second is not None and second.version == 2
    assert result_words.mean(member=ohio, given={"GATE-KEEPER": "busy"}, by=MACHINE) == second, "as it was"
    assert (result_words.own(ohio), result_words.own(rivera)) == ({"gate keeper": "busy"}, {})
    result_words.back_to(member=ohio, version=1, by=MACHINE)
    assert result_words.own(ohio) == {"gate keeper": "not_home", "gone": "moved"}
    assert coded() == (), "no question of the federation is meant by it"


@pytest.mark.parametrize(
    "data", [b"", b"phone\n1", b"a,a\n1,2", b"a,b", b"\xff\xfe,b\n1,2", b'a,b\n"1,2', b"a,\n1,2"]
)
def test_a_file_that_is_no_table(data: bytes) -> None:
    with pytest.raises(Refusal):
        call_files.read(data)


def test_the_pages(world: World, calling: CallList, alice: Client, charlie: Client, bob: Client) -> None:
    with pytest.raises(Unknown):
        calls.list_of(member=world.member("rivera"), number=calling.pk, by=MACHINE)
    with pytest.raises(Refusal):
        calls.make(home=world.home, member=world.member("national"), name="x", purpose="gotv", by=MACHINE)

    def at(name: str) -> str:
        return reverse(name, args=[calling.pk])

    for stranger in (charlie, bob):
        assert "Reminders" not in stranger.get(reverse("calls")).content.decode()
        for name in ("call_list", "call_line", "call_sheet", "call_file"):
            ask = stranger.get if name == "call_list" else stranger.post
            assert ask(at(name)).status_code == 404
    assert "Reminders" in alice.get(reverse("calls")).content.decode()
    body = alice.post(at("call_line"), {"language": "es"}).content.decode()
    assert "Whom will you choose?" in body and "tel:+1" in body and "¡Hola!" in body
    (key,) = re.findall(r'name="person" value="(\w+)"', body)
    form = {"person": key, "ending": "talked", "q-q1": "1", "q-q2": "yes"}
    after = alice.post(at("call_record"), form).content.decode()
    assert "Recorded: talked" in after and f'value="{key}"' not in after
    assert alice.post(at("call_record"), form).status_code == 400
    assert f'value="{key}"' in alice.post(at("call_undo")).content.decode()
    alice.post(at("call_leave"))
    sheet = alice.post(at("call_sheet"), {"many": "3"}).content.decode()
    assert sheet.count("tel:") == 0 and sheet.count('<td class="blank">') == 6
    came = alice.post(at("call_file"), {"file": _csv(b"phone,result\n5550000000,busy\n")})
    token = re.findall(r'name="token" value="(\w+)"', came.content.decode())[0]
    chosen = {"token": token, "column-0": "phone", "column-1": "result", "channel": "text"}
    done = alice.post(at("call_file"), chosen).content.decode()
    assert "0 results taken" in done and "Line 2" in done
    assert alice.post(at("call_file"), chosen).status_code == 400
    alice.post(at("call_put_away"))
    assert "put away" in alice.post(at("call_line")).content.decode()


def _csv(data: bytes) -> object:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("results.csv", data, "text/csv")
