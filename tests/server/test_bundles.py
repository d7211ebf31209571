"""What a phone gets of a turf: what is allowed and nothing else, asked anew, with receipts first."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from walked import ADDRESS, cut, place, walked
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.field.divide import Size
from commonroll.roll.engine import engine
from commonroll.server import bundles, cuts
from commonroll.server.actions import agreement_events, hand_outs
from commonroll.server.actions.loads import vault
from commonroll.server.behind import voters
from commonroll.server.models import (
    Agreement,
    FieldEvent,
    HandOut,
    Journal,
    Turf,
    TurfCut,
    TurfHousehold,
    TurfPerson,
)

pytestmark = pytest.mark.django_db

__all__ = ["walked"]

SCRIPT = {"name": "x", "version": 1, "languages": ["en", "es"], "shows": ["age", "language"]}


def out(world: World, turf: Turf, script: dict[str, Any] | None = None) -> tuple[HandOut, str]:
    """A turf on a phone, and the phone's token."""
    _, code = hand_outs.give(home=world.home, turf=turf, walker="Ann", script=script, by=MACHINE)
    got = hand_outs.claim(home=world.home, code=code, address="192.0.2.1")
    return got.hand_out, got.token


def asked(token: str) -> tuple[HttpResponse, dict[str, Any]]:
    came = Client().post(reverse("api_field_bundle"), headers={"Authorization": f"Bearer {token}"})
    text = gzip.decompress(came.content) if came.status_code == 200 else came.content
    return came, json.loads(text)  # type: ignore[return-value]


def biggest(world: World, **more: Any) -> Turf:
    turf = cut(world, **more).turfs.order_by("-people").first()
    assert turf is not None
    return turf


def test_a_bundle_has_what_is_allowed_and_the_owner_was_told_first(walked: World) -> None:
    turf = biggest(walked, size=Size("doors", 60))
    made, token = out(walked, turf, SCRIPT)
    before = Journal.objects.filter(log="oh", type="contact").count()
    came, got = asked(token)
    assert Journal.objects.filter(log="oh", type="contact").count() == before + 1
    receipt = Journal.objects.get(pk=got["receipt"])
    assert receipt.log == "oh" and receipt.index is not None and receipt.purpose == "gotv"
    assert {*ADDRESS, "voters.first_name", "voters.birth_year"} <= set(receipt.columns)
    assert "voters.phone" not in receipt.columns
    assert got.keys() == bundles.BUNDLE and len(came.content) < 20_000
    assert [stop.keys() for stop in got["stops"]] == [bundles.STOP] * len(got["stops"])
    homes = got["households"]
    assert [one.keys() for one in homes] == [bundles.HOUSEHOLD] * turf.doors
    people = [person for one in homes for person in one["people"]]
    assert [one.keys() for one in people] == [bundles.PERSON | {"language"}] * turf.people
    assert sorted(got["order"]) == sorted(stop["id"] for stop in got["stops"])
    assert sorted(key for stop in got["stops"] for key in stop["households"]) == sorted(
        one["id"] for one in homes
    )
    assert len(base64.b64decode(got["walk"])) == len(got["stops"]) * (len(got["stops"]) - 1)
    assert {one["age"] for one in people} <= {
        None, "18-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75+",
    } and len({one["age"] for one in people}) > 3  # fmt: skip
    assert got["turf"] == str(made.urn) and got["script"] == SCRIPT and got["languages"] == ["en", "es"]
    assert (got["rev"], got["drop"], got["walker"], got["member"]) == (1, [], "Ann", "Rivera")
    made.refresh_from_db()
    assert made.told == {
        "doors": turf.doors,
        "people": turf.people,
        "left_out": 0,
        "moved": 0,
        "gaps": [],
        "notes": [],
    }


def test_keys_stay_for_the_turf_and_lead_back_to_voters(walked: World) -> None:
    turf = biggest(walked)
    _, token = out(walked, turf)
    first, (_, again) = asked(token)[1], asked(token)
    other = asked(out(walked, turf)[1])[1]
    assert again["rev"] == 2 and other["rev"] == 1
    assert first["households"] == again["households"] == other["households"]
    assert TurfHousehold.objects.filter(turf=turf).count() == turf.doors
    persons = TurfPerson.objects.filter(household__turf=turf)
    assert persons.count() == turf.people and {one.owner.key for one in persons} == {"oh"}
    assert 0 not in persons.values_list("number", flat=True)
    assert len(set(persons.values_list("number", flat=True))) == turf.people


@pytest.mark.parametrize(
    "member, where", [("rivera", "member = 'oh' AND voted('2024-11-05')"), ("oh", "age >= 40")]
)
def test_the_cuts_question_is_asked_again_of_its_persons(walked: World, member: str, where: str) -> None:
    turf = biggest(walked, member=member, where=where)
    _, token = out(walked, turf, SCRIPT)
    got = asked(token)[1]
    people = [person for one in got["households"] for person in one["people"]]
    assert len(people) == turf.people and {one["language"] for one in people} == {None}
    TurfCut.objects.update(where=f"({where}) AND age < 60")
    fewer = [person for one in asked(token)[1]["households"] for person in one["people"]]
    assert fewer and {one["id"] for one in fewer} < {one["id"] for one in people}
    assert {one["age"] for one in fewer}.isdisjoint({"65-74", "75+"})


LEAKING = {
    "names": ("voters.first_name", "voters.last_name"),
    "age": ("voters.birth_year",),
    "id": ("voters.state_voter_id",),
}
"""What an agreement may let be read beside the address."""


@pytest.mark.parametrize(
    "granted, shows",
    [((), ["age"]), (("age", "id"), ["age"]), (("names", "age", "id"), [])],
    ids=["nothing", "age and id", "all, of which a script shows names"],
)
def test_no_column_leaves_that_an_agreement_does_not_give(
    world: World, granted: tuple[str, ...], shows: list[str]
) -> None:
    given = [column for name in granted for column in LEAKING[name]]
    agree("oh", "rivera", modes=["count", "view", "contact"], columns=[*ADDRESS, *given])
    place(world)
    turf = biggest(world)
    _, token = out(world, turf, SCRIPT | {"shows": shows})
    came, got = asked(token)
    people = [person for one in got["households"] for person in one["people"]]
    assert len(people) == turf.people
    assert all((one["name"] is not None) == ("names" in granted) for one in people)
    assert any(one["age"] is not None for one in people) == ("age" in granted and "age" in shows)
    receipt = Journal.objects.get(pk=got["receipt"])
    read = {column for name in granted if name != "age" or shows for column in LEAKING[name]}
    assert set(receipt.columns) == {*ADDRESS, *read}
    text, allowed = gzip.decompress(came.content).decode(), {"residence_line1"}
    assert not _of_rows(
        world, turf, allowed | ({"first_name", "last_name"} if "names" in granted else set())
    ) & set(json.dumps(got["households"]).replace('"', " ").split())
    assert all(one not in text for one in _column(world, "state_voter_id"))


def _of_rows(world: World, turf: Turf, allowed: set[str]) -> set[str]:
    """Words of what Ohio's roll has of the voters and may not leave."""
    names = ("first_name", "middle_name", "last_name", "birth_date", "phone", "email", "mail_line1", "party")
    found = {word for name in names if name not in allowed for word in _column(world, name)}
    return (
        found
        - {word for name in allowed for value in _column(world, name) for word in value.split()}
        - {word for value in _column(world, "residence_line1") for word in value.split()}
    )


def _column(world: World, name: str) -> set[str]:
    held = vault(world.home, world.member("oh"))
    snapshot = held.current()
    assert snapshot is not None
    with engine() as cursor:
        rows = cursor.execute(
            f"SELECT DISTINCT CAST({name} AS VARCHAR) FROM read_parquet(?) WHERE {name} IS NOT NULL",
            [held.files(snapshot, "voters")],
        ).fetchall()
    return {value for (value,) in rows if len(value) > 2}


def test_who_asked_to_be_left_alone_since_is_not_on_the_phone(walked: World) -> None:
    turf = biggest(walked)
    made, token = out(walked, turf)
    before = asked(token)[1]
    alone = next(one for one in before["households"] if len(one["people"]) == 1)
    pair = next(one for one in before["households"] if len(one["people"]) > 1)
    stop(walked, alone["people"][0]["id"], reason="stop", channel="door")
    stop(walked, pair["people"][0]["id"], reason="protected")
    after = asked(token)[1]
    assert after["drop"] == [alone["id"]]
    assert [one["id"] for one in after["households"]] == [
        one["id"] for one in before["households"] if one != alone
    ]
    left = next(one["people"] for one in after["households"] if one["id"] == pair["id"])
    assert left == pair["people"][1:]
    assert alone["id"] not in json.dumps(after["stops"])
    made.refresh_from_db()
    assert made.told["left_out"] == 2 and made.told["people"] == turf.people - 2


def stop(world: World, key: str, **how: str) -> None:
    """A person is to be left alone."""
    person = TurfPerson.objects.get(key=key)
    (voter,) = voters(world.home, "oh", [person.number]).values()
    vault(world.home, world.member("oh")).suppress([voter], **how)  # type: ignore[arg-type]


def test_an_agreement_that_ends_takes_the_turf_from_the_phone(walked: World) -> None:
    turf = biggest(walked)
    _, token = out(walked, turf)
    text = Agreement.objects.get(urn=turf.cut.agreements[0])
    agreement_events.revoke(
        home=walked.home, agreement=text, member=walked.member("oh"), cause="safety",
        passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    cuts.sweep(walked.home)
    came, got = asked(token)
    assert came.status_code == 410 and got["do"] == ["wipe"]


def test_last_results_and_notes_of_buildings_come_with_the_next_walk(walked: World) -> None:
    turf = biggest(walked)
    made, token = out(walked, turf)
    got = asked(token)[1]
    door, stop = got["households"][0], got["stops"][0]
    record(made, "attempt", door["id"], {"result": "not_home"})
    gone = record(made, "attempt", door["id"], {"result": "talked"})
    record(made, "undo", "", {}, replaces=str(gone))
    record(made, "building_note", "", {"text": "buzzer broken"}, stop=stop["id"])
    again = asked(token)[1]
    today = timezone.now().date().isoformat()
    assert again["households"][0]["last"] == [{"on": today, "result": "not_home"}]
    notes = [note for one in again["stops"] for note in one["notes"]]
    assert [note.keys() for note in notes] == [bundles.NOTE]
    assert (notes[0]["text"], notes[0]["on"]) == ("buzzer broken", today)
    later = asked(out(walked, biggest(walked, name="Second pass"))[1])[1]
    same = [one for one in later["households"] if one["line"] == door["line"] and one["last"]]
    assert same and same[0]["id"] != door["id"]
    hidden = asked(out(walked, turf, SCRIPT | {"shows": []})[1])[1]
    assert not any(one["last"] for one in hidden["households"])


def record(made: HandOut, kind: str, household: str, value: dict[str, str], **more: Any) -> uuid.UUID:
    now, event = timezone.now(), uuid.uuid4()
    FieldEvent.objects.create(
        member=made.member, turf=made.turf, hand_out=made, event=event, kind=kind, household=household,
        document={"value": value, "at": now.isoformat()} | more, received_at=now, effective_at=now, by="x",
    )  # fmt: skip
    return event
