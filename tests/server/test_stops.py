"""Stop means stop, everywhere: heard by one member, it binds all, in every list and file, until a lead with a
reason takes it back. Alice owns Ohio, Bob and Nadia are National's, Charlie's campaign has no agreement."""

from __future__ import annotations

import csv
import json
import shutil
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from django.test import Client
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.roll.schema import FACTS, PERSONS
from commonroll.roll.vault import persons, stopped
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.suppression import EVERYTHING
from commonroll.roll.vault.vault import Vault
from commonroll.server import cuts
from commonroll.server import stops as vaults
from commonroll.server.actions import answers, keys, loads, questions, stop_lists, stop_looks, stops
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Extract, Federation, Journal, Lent, Recall, Stop

pytestmark = pytest.mark.django_db
NUMBER, WRITTEN = "+16145550142", "(614) 555-0142"


def listed(world: World, viewer: str = "national", member: str = "oh") -> dict[str, str]:
    """A member's voters as a list on the viewer's screen has them: id and last name."""
    shown = questions.rows(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where=f"member = '{member}'",
        columns=("state_voter_id", "last_name"), by=MACHINE,
    )  # fmt: skip
    return {row["state_voter_id"]: row["last_name"] for row in shown.rows.to_pylist()}


def counted(world: World, viewer: str) -> int:
    asked: dict[str, Any] = {"home": world.home, "viewer": world.member(viewer), "purpose": "gotv"}
    return questions.count(**asked, where="member = 'oh'", by=MACHINE).total


def hear(world: World, *asked: stops.Asked, member: str = "national", **more: Any) -> stops.Heard:
    given: dict[str, Any] = {"source": Stop.Source.TEXT, "by": MACHINE} | more
    return stops.hear(home=world.home, asked=asked, heard_by=world.member(member), **given)


def undo(world: World, heard: stops.Heard, member: str = "national", by: Actor = MACHINE) -> stops.Heard:
    return stops.undo(
        home=world.home, act=heard.act, of=world.member(member), reason="they asked us to come back", by=by
    )


def left_alone(world: World, member: str = "oh") -> set[tuple[str, str]]:
    rows = Vault(world.home.vaults, member).suppressed().to_pylist()
    return {(row["state_voter_id"], row["channel"]) for row in rows if row["reason"] in ("stop", "shield")}


def leaves_of(log: str) -> list[dict[str, Any]]:
    rows = Journal.objects.filter(log=log, type="stop").order_by("pk").values_list("leaf", flat=True)
    return [json.loads(bytes(leaf)) for leaf in rows]


def has_number(world: World, voter: str, number: str = "614.555.0142") -> None:
    """A voter of Ohio told the number at the door."""
    fact = dict.fromkeys(FACTS.names) | {
        "event_id": f"told-{voter}", "owner": "oh", "state_voter_id": voter, "attribute": "phone",
        "value": number, "kind": "told", "source": "the door", "licence": "own", "basis": "consent",
        "observed_on": "2026-11-01", "gathered_by": "oh", "loaded_at": "2026-11-01T00:00:00Z",
    }  # fmt: skip
    rows = pa.table({name: [value] for name, value in fact.items()})
    types = {field.name: field.type for field in arrow_schema(FACTS)}
    columns = [pa.array([fact[name]], pa.string()).cast(types[name]) for name in rows.column_names]
    Vault(world.home.vaults, "oh").append_events(FACTS.name, pa.table(columns, names=rows.column_names))


# Heard once


def test_a_voter_who_said_stop_to_one_is_in_nobodys_list(world: World) -> None:
    before, voters = counted(world, "oh"), listed(world)
    voter = next(iter(voters))
    hear(world, stops.of_voter("oh", voter))
    for viewer in ("national", "oh"):
        assert counted(world, viewer) == before - 1
        assert voter not in listed(world, viewer) and len(listed(world, viewer)) == len(voters) - 1


def test_every_member_has_a_receipt_and_only_who_heard_it_is_told_of_whom(world: World) -> None:
    voter = next(iter(listed(world)))
    heard = hear(world, stops.of_voter("oh", voter), stops.read("phone", WRITTEN, "text"))
    for member in ("oh", "wa", "national", "rivera"):
        (leaf,) = leaves_of(member)
        assert (leaf["state"], leaf["count"], leaf["run"]) == ("asked", "2", heard.act.urn)
        assert (
            voter not in json.dumps(leaf)
            and "0142" not in json.dumps(leaf)
            and "national" not in str({key: leaf[key] for key in leaf if member != "national"})
        )
    assert leaves_of("federation") == []


def test_no_number_and_no_id_stands_in_the_database_or_in_anothers_vault(world: World) -> None:
    voter = next(iter(listed(world)))
    hear(
        world,
        stops.of_voter("oh", voter),
        stops.read("phone", WRITTEN),
        stops.read("email", "a@stops.example"),
    )
    kept = repr(list(Stop.objects.values()))
    assert voter not in kept and "5550142" not in kept and "stops.example" not in kept
    for member in ("oh", "wa"):
        held = b"".join(p.read_bytes() for p in (world.home.vaults / member).glob("catalogue*"))
        assert b"5550142" not in held and b"stops.example" not in held
        assert (voter.encode() in held) == (member == "oh")


def test_the_register_counts_without_a_hole(world: World) -> None:
    for text in ("614 555 0142", "614 555 0143"):
        undo(world, hear(world, stops.read("phone", text)))
    assert list(Stop.objects.order_by("seq").values_list("seq", flat=True)) == [1, 2, 3, 4]
    assert Federation.objects.get().stops == 4


def test_a_vault_that_was_told_nothing_catches_up_at_the_next_question(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if the process had been killed between the register and the vaults."""
    voter, other = list(listed(world))[:2]
    with monkeypatch.context() as killed:
        killed.setattr(stops, "settle", lambda *_, **__: None)
        hear(world, stops.of_voter("oh", voter))
    assert left_alone(world) == set()
    assert voter not in listed(world)
    hear(world, stops.of_voter("oh", other))
    assert left_alone(world) == {(voter, EVERYTHING), (other, EVERYTHING)}


def test_a_number_that_is_told_later_is_left_alone_at_once(world: World) -> None:
    hear(world, stops.read("phone", WRITTEN))
    voter = next(iter(listed(world)))
    has_number(world, voter)
    listed(world)  # the next question takes it in
    assert left_alone(world) == {(voter, "phone"), (voter, "text")}


def test_a_new_roll_is_looked_through_before_anybody_reads_it(world: World) -> None:
    voter = next(iter(listed(world)))
    hear(world, stops.of_voter("oh", voter, "door"))
    held = loads.vault(world.home, world.member("oh"))
    head = held.current()
    assert head is not None
    fresh = held.stage("voters")
    shutil.copy(held.files(head, "voters")[0], fresh)
    with held.catalogue.writing() as db:
        db.execute("DELETE FROM stopped")  # as if the voter were new on the roll
    made = held.publish(
        {"voters": [fresh]}, parent=head.number, load="again", state="OH", layouts=head.layouts
    )
    assert set(held.files(made, "voters")) <= set(stopped.known(held.catalogue).files)
    assert left_alone(world) == {(voter, "door")}


def test_both_ways_of_looking_find_the_same_people(world: World) -> None:
    voter = next(iter(listed(world)))
    has_number(world, voter)
    hear(world, stops.read("phone", WRITTEN, "text"), stops.of_voter("oh", voter, "door"))
    by_value = left_alone(world)
    with Vault(world.home.vaults, "oh").catalogue.writing() as db:
        for table in ("stop", "stopped", "suppressed"):
            db.execute(f"DELETE FROM {table}")
        db.execute("DELETE FROM setting WHERE name IN ('stops', 'suppression')")
    vaults.bring(world.home, ["oh"])
    assert left_alone(world) == by_value == {(voter, "text"), (voter, "door")}


def one_person(world: World, **voters: str) -> None:
    """Linking found these registrations, member -> id, to be one person."""
    for member, voter in voters.items():
        held = Vault(world.home.vaults, member)
        row = dict.fromkeys(PERSONS.names) | {
            "member": member, "state_voter_id": voter, "person_id": "P1", "by": "model", "origin_id": voter,
            "since": datetime(2026, 1, 1, tzinfo=UTC), "incarnation": 0, "founded": True,
        }  # fmt: skip
        pq.write_table(pa.Table.from_pylist([row]), held.path / "persons-one.parquet")
        files = {PERSONS.name: "persons-one.parquet"}
        persons.swap(held.catalogue, Linked("one", "2026-01-01", 1, "roll", "model", files), after=None)


def test_one_person_on_two_rolls_is_left_alone_on_both(world: World) -> None:
    voter, other = next(iter(listed(world))), next(iter(listed(world, member="wa")))
    heard = hear(world, stops.of_voter("oh", voter, "phone"))
    assert left_alone(world, "wa") == set()
    one_person(world, oh=voter, wa=other)
    vaults.follow(world.home)  # as a linking does at its end
    assert left_alone(world, "wa") == {(other, "phone")}
    undo(world, heard)
    assert left_alone(world, "wa") == left_alone(world, "oh") == set()
    hear(world, stops.of_voter("wa", other))
    assert left_alone(world, "oh") == {(voter, EVERYTHING)} and voter not in listed(world)


# Taken back


def test_what_one_takes_back_still_stands_where_another_heard_it(world: World) -> None:
    voter = next(iter(listed(world)))
    first = hear(world, stops.of_voter("oh", voter))
    second = hear(world, stops.of_voter("oh", voter), member="oh")
    undo(world, first)
    assert voter not in listed(world)
    undo(world, second, "oh")
    assert voter in listed(world) and left_alone(world) == set()
    assert [leaf["state"] for leaf in leaves_of("wa")] == ["asked", "asked", "undone", "undone"]
    assert (
        Stop.objects.exclude(undoes=None).values_list("reason", flat=True)[0] == "they asked us to come back"
    )


def test_only_a_lead_of_who_heard_it_takes_it_back_and_says_why(world: World) -> None:
    heard = hear(world, stops.read("phone", WRITTEN))
    bob, nadia, alice = (Actor.of(world.user(name)) for name in ("bob", "nadia", "alice"))
    with pytest.raises(Forbidden):
        undo(world, heard, by=bob)
    with pytest.raises(Unknown):
        undo(world, heard, "oh", by=alice)
    with pytest.raises(Unknown):
        undo(world, heard, by=alice)
    with pytest.raises(Refusal, match="why"):
        stops.undo(home=world.home, act=heard.act, of=world.member("national"), reason=" ", by=nadia)
    with pytest.raises(Forbidden):
        stops.undo(home=world.home, act=heard.act, of=None, reason="so", by=nadia)
    undo(world, heard, by=nadia)
    with pytest.raises(Refusal, match="already"):
        undo(world, heard, by=nadia)
    with pytest.raises(Unknown):
        stops.undo(home=world.home, act=uuid.uuid4(), of=world.member("national"), reason="so", by=nadia)


def test_one_request_of_many_is_taken_back_alone(world: World) -> None:
    voter, other = list(listed(world))[:2]
    heard = hear(world, stops.of_voter("oh", voter), stops.of_voter("oh", other))
    given: dict[str, Any] = {"home": world.home, "act": heard.act, "of": world.member("national")}
    stops.undo(**given, reason="not him", by=MACHINE, request=heard.seq)
    assert left_alone(world) == {(voter, EVERYTHING)}
    with pytest.raises(Unknown):
        stops.undo(**given, reason="not him", by=MACHINE, request=99)
    (act,) = stop_looks.acts(of=world.member("national"), by=MACHINE)
    assert (act.count, act.left) == (2, 1)


def test_who_may_hear_what(world: World) -> None:
    violet, charlie = Actor.of(world.user("violet")), Actor.of(world.user("charlie"))
    asked = stops.read("phone", WRITTEN)
    with pytest.raises(Forbidden):
        hear(world, asked, member="oh", by=violet)
    with pytest.raises(Unknown):
        hear(world, asked, member="oh", by=charlie)
    with pytest.raises(Forbidden):
        stops.hear(home=world.home, asked=[asked], source=Stop.Source.TEXT, heard_by=None, by=charlie)
    with pytest.raises(Forbidden):
        hear(world, asked, ground=Stop.Ground.PROTECTED, by=Actor.of(world.user("bob")))
    hear(world, asked, member="rivera", by=charlie)  # who hears it binds all, whatever it shares


# Files that are out, and those that wait


def export(world: World, viewer: str) -> Extract:
    return questions.export(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where="member = 'oh'", format="csv",
        columns=("last_name",), by=MACHINE,
    )  # fmt: skip


@pytest.mark.parametrize("viewer", ["national", "oh"])
def test_a_file_that_waits_is_not_handed_out_any_more(world: World, viewer: str) -> None:
    extract = export(world, viewer)
    cuts.check(extract)
    path = world.home.extracts / extract.file
    with path.open(newline="") as file:
        voter = next(csv.DictReader(file))["state_voter_id"]
    hear(world, stops.read("phone", WRITTEN))  # nobody of the file
    cuts.check(extract)
    hear(world, stops.of_voter("oh", voter))
    with pytest.raises(Refusal):
        cuts.check(extract)
    assert not path.exists()
    if viewer == "national":
        assert Recall.objects.get().about == "people" and Lent.objects.get(extract=extract.pk).touched
    assert voter not in listed(world)


def test_a_stop_told_by_another_process_stops_the_download_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = export(world, "oh")
    voter = next(iter(listed(world, "oh")))
    with monkeypatch.context() as killed:
        killed.setattr(stops, "settle", lambda *_, **__: None)
        hear(world, stops.of_voter("oh", voter))
    with pytest.raises(Refusal, match="asked to stop"):
        cuts.check(extract)


# Ways in


def test_an_answer_at_the_door_binds_whatever_was_agreed(world: World, tmp_path: Path) -> None:
    voter = next(iter(listed(world)))
    sheet = tmp_path / "door.csv"
    sheet.write_text(
        f"owner,state_voter_id,question,answer,date,channel\noh,{voter},optout,door,2026-11-20,door\n"
    )
    answers.load(home=world.home, gathered_by=world.member("national"), file=sheet, by=MACHINE)
    assert left_alone(world) == {(voter, "door")}
    (word,) = stop_looks.of_household(home=world.home, of=world.member("oh"), voter=voter, by=MACHINE)
    assert (word.heard_by, word.channel, word.stands) == ("another member", "at the door", True)
    row = Stop.objects.get()
    assert (row.source, row.heard_by.key, row.line) == ("door", "national", 2)
    undo(world, stops.Heard(row.act, 1, row.seq))
    held = Vault(world.home.vaults, "oh").suppressed().to_pylist()
    assert [one for one in held if one["state_voter_id"] == voter] == []


LIST = (
    "Voter ID,Phone Number,E-Mail,Street Address,Apt,Zip Code,How,Asked on,Note\n"
    "{one},,,,,,,,x\n"
    ",614 555 0142,,,,,text,2026-11-01,\n"
    ",,A@stops.example,,,,,,\n"
    ",,,12 Main Street,2,43215,door,,\n"
    ",614,,,,,,,\n"
    ",,,,,,,,nobody\n"
    ",614 555 0142,,,,,mail,,\n"
    ",614 555 0143,,,,,,2999-01-01,\n"
    ",=cmd|' /C calc'!A0,,,,,,,\n"
)


def test_a_list_is_tried_then_heard_as_one_act_and_undone_as_one(world: World, tmp_path: Path) -> None:
    before = listed(world, "oh")
    voter = next(iter(before))
    has_number(world, list(before)[1])
    path = tmp_path / "old stops.csv"
    path.write_text(LIST.format(one=voter))
    given: dict[str, Any] = {"home": world.home, "of": world.member("oh"), "path": path, "by": MACHINE}
    told = stop_lists.preview(**given)
    assert told["kinds"] == {"address": 1, "email": 1, "person": 1, "phone": 1} and told["ignored"] == [
        "Note"
    ]
    assert told["own_voters"] == 2 and {one["reason"]: one["lines"] for one in told["refused"]} == {
        "nobody is named": [7],
        "nobody is reached there by mail": [8],
        "the date is before 2000 or lies ahead": [9],
        "this is no phone number": [6, 10],
    }
    assert not Stop.objects.exists() and listed(world, "oh") == before
    read, heard = stop_lists.bring(**given)
    assert heard.count == 4 and voter not in listed(world)
    with pytest.raises(Refusal, match="already"):
        stop_lists.bring(**given)
    (act,) = stop_looks.acts(of=world.member("oh"), by=MACHINE)
    assert (act.count, act.left, act.file) == (4, 4, "old stops.csv")
    undo(world, heard, "oh")
    assert listed(world, "oh") == before and read.digest
    (act,) = stop_looks.acts(of=world.member("oh"), by=MACHINE)
    assert (act.left, act.reason) == (0, "they asked us to come back")
    stop_lists.bring(**given)  # undone, it may come again


NO_LISTS = (
    (b"", "empty"), (b"phone\n", "empty"), (b"\xff\xfephone\n1\n", "UTF-8"), (b"phone\n\x00\n", "UTF-8"),
    (b"name,town\nx,y\n", "no column"), (b"address\n12 MAIN ST\n", "ZIP"), (b'phone\n"open\n', "CSV"),
    (b"phone\n=1+1\n", "no line"),
)  # fmt: skip


def test_what_is_no_list_is_refused_as_a_whole(world: World, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    for text, what in NO_LISTS:
        path.write_bytes(text)
        with pytest.raises(Refusal, match=what):
            stop_lists.bring(home=world.home, of=world.member("oh"), path=path, by=MACHINE)
    assert not Stop.objects.exists()


def test_a_list_of_protected_persons_is_in_no_answer_of_anybody(world: World, tmp_path: Path) -> None:
    before, voter = counted(world, "oh"), next(iter(listed(world)))
    path = tmp_path / "programme.csv"
    path.write_text(f"state_voter_id,channel\n{voter},text\n")
    _, heard = stop_lists.bring(
        home=world.home, of=world.member("oh"), path=path, protected=True, by=Actor.of(world.user("alice"))
    )
    assert left_alone(world) == {(voter, EVERYTHING)}
    assert counted(world, "oh") == before - 1 and voter not in listed(world)
    undo(world, heard, "oh")
    assert counted(world, "oh") == before


# Looked up


def test_a_look_up_is_for_leads_is_counted_and_names_no_other_member(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    voter = next(iter(listed(world, "oh")))
    has_number(world, voter)
    heard = hear(world, stops.read("phone", WRITTEN, "text"))
    asked: dict[str, Any] = {"home": world.home, "kind": "phone", "text": "614-555-0142"}
    (word,) = stop_looks.of_value(**asked, of=world.member("oh"), by=Actor.of(world.user("alice")))
    assert (word.heard_by, word.voters, word.act) == ("another member", (voter,), None)
    (theirs,) = stop_looks.of_value(**asked, of=world.member("national"), by=Actor.of(world.user("nadia")))
    assert (theirs.heard_by, theirs.voters, theirs.act) == ("National", (), heard.act)
    (word,) = stop_looks.of_household(home=world.home, of=world.member("oh"), voter=voter, by=MACHINE)
    assert word.voters == (voter,) and word.as_dict()["channel"] == "by text message"
    for person, member in (("violet", "oh"), ("bob", "national")):
        with pytest.raises(Forbidden):
            stop_looks.of_value(**asked, of=world.member(member), by=Actor.of(world.user(person)))
    with pytest.raises(Unknown):
        stop_looks.of_value(**asked, of=world.member("oh"), by=Actor.of(world.user("charlie")))
    assert [leaf["state"] for leaf in leaves_of("oh")] == ["asked", "looked-up", "looked-up"]
    monkeypatch.setattr(stop_looks, "LOOKS_AN_HOUR", 3)
    stop_looks.of_value(**asked, of=world.member("oh"), by=MACHINE)
    with pytest.raises(Refusal, match="within an hour"):
        stop_looks.of_value(**asked, of=world.member("oh"), by=MACHINE)


def test_a_look_up_names_nobody_who_is_protected(world: World) -> None:
    voter, other = list(listed(world, "oh"))[:2]
    for one in (voter, other):
        has_number(world, one)
    hear(world, stops.read("phone", WRITTEN))
    Vault(world.home.vaults, "oh").suppress([voter], "protected")
    asked: dict[str, Any] = {"home": world.home, "of": world.member("oh"), "by": MACHINE}
    (word,) = stop_looks.of_value(**asked, kind="phone", text=WRITTEN)
    assert word.voters == (other,)
    with pytest.raises(Unknown):
        stop_looks.of_household(**asked, voter=voter)


def test_a_sweep_tells_every_vault(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    voter = next(iter(listed(world)))
    with monkeypatch.context() as killed:
        killed.setattr(stops, "settle", lambda *_, **__: None)
        hear(world, stops.of_voter("oh", voter))
    vaults.sweep(world.home)
    assert left_alone(world) == {(voter, EVERYTHING)}


def test_the_status_of_a_number_is_told_by_channel(world: World) -> None:
    heard = hear(world, stops.read("phone", WRITTEN, "text"))
    asked: dict[str, Any] = {
        "home": world.home,
        "kind": "phone",
        "texts": [NUMBER, "614 555 0143", "no phone"],
    }
    assert stops.status_of(**asked, channel="text") == ["O", "U", "U"]
    assert stops.status_of(**asked, channel="call") == ["U", "U", "U"]
    undo(world, heard)
    assert stops.status_of(**asked, channel="text") == ["U", "U", "U"]


# A bare STOP by the API


def posted(key: str, body: Any, **more: Any) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    given = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {key}"}} | more
    return Client().post("/api/stop", data, **given)


@pytest.fixture
def key(world: World) -> str:
    return keys.create(of=world.member("national"), purpose="persuasion", scopes=["stop"], by=MACHINE)[1]


def test_a_channel_that_there_is_not_is_refused_whatever_the_text_says(world: World, key: str) -> None:
    for text in ("STOP", "we have to stop this bill"):
        answer = posted(key, {"phone": "614 555 0142", "text": text, "channel": "pigeon"})
        assert answer.status_code == 400
    assert not Stop.objects.exists()


def test_a_bare_stop_binds_and_a_longer_text_is_read_by_somebody(world: World, key: str) -> None:
    texts = {
        "STOP": True, " stop. ": True, "Stop!": True, "opt  out": True, "UNSUBSCRIBE": True, "alto": True,
        "we have to STOP this bill": False, "don't stop": False, "": False, "stop by my house": False,
    }  # fmt: skip
    body = {"stops": [{"phone": f"614 555 01{at:02}", "text": text} for at, text in enumerate(texts)]}
    answer = posted(key, body)
    assert answer.status_code == 200
    assert [one["stopped"] for one in answer.json()["stops"]] == list(texts.values())
    assert set(Stop.objects.values_list("channel", "source", "by")) == {
        ("text", "text", f"key:{key.split('_')[1]}")
    }
    assert Stop.objects.count() == sum(texts.values())
    undo(world, stops.Heard(uuid.UUID(answer.json()["act"]), 1, 1))


def test_one_wrong_number_among_many_takes_no_other_along(world: World, key: str) -> None:
    answer = posted(key, {"stops": [{"phone": "12"}, {"phone": "614 555 0142"}, {"email": "x"}]})
    assert [one["stopped"] for one in answer.json()["stops"]] == [False, True, False]
    assert answer.json()["stops"][0]["why"] == "this is no phone number" and Stop.objects.count() == 1


NO_STOPS: tuple[tuple[Any, str], ...] = (
    (b" ", "body"), (b"[]", "body"), (b"{", "body"), (b"\xff", "body"), (b"[" * 50_000, "body"),
    ({}, "stops 1"), ({"stops": []}, "stops"), ({"stops": [1]}, "stops"), ({"stops": None}, "stops"),
    ({"phone": 6145550142}, "phone"), ({"phone": None}, "phone"), ({"phone": "x"}, "phone"),
    ({"phone": "6145550142", "email": "a@b.example"}, "stops 1"), ({"dog": "x"}, "stops 1"),
    ({"phone": "6145550142", "channel": "door"}, "phone"), ({"phone": "\ud800"}, "phone"),
    ({"phone": "6145550142", "text": "x" * 3000}, "text"), ({"email": "a\0@b.example"}, "email"),
    ({"stops": [{"phone": "6145550142"}] * 1001}, "stops"),
)  # fmt: skip


def test_what_is_no_stop_is_refused_by_name_and_nothing_is_heard(world: World, key: str) -> None:
    for body, where in NO_STOPS:
        answer = posted(key, body)
        assert answer.status_code == 400 and where in answer.json()["refused"]["where"], where
    assert not Stop.objects.exists()


def test_only_a_key_opens_it_and_a_large_body_is_not_read(world: World, key: str) -> None:
    assert posted("crk_x_y", {"phone": "6145550142"}).status_code == 401
    assert world.client("nadia").post("/api/stop", {"phone": "6145550142"}).status_code == 401
    assert posted(key, b" " * (1 << 20) + b"{}").status_code == 413
    assert posted(key, {"phone": "6145550142"}, content_type="text/plain").status_code == 400
    assert Client().get("/api/stop").status_code == 405
    assert not Stop.objects.exists()
