"""Records of doors become answers in the gatherer's vault, once each; the owner's on the day of the terms."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from doorstep import Phone, calling, hand, turf_of, voter
from tests.thorough import dear
from world import MACHINE, World, agree

from commonroll.agreements.english import sentences
from commonroll.field.fold import fold
from commonroll.roll.engine import engine
from commonroll.roll.vault.vault import Vault
from commonroll.server import door_words, field_facts
from commonroll.server.actions import folding, questions, releasing, sharing, stops
from commonroll.server.meaning import grant_of
from commonroll.server.models import DoorWord, FieldEvent, Journal, Stop, Turf

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def turf(world: World) -> Turf:
    return calling(world)[1]


@pytest.fixture
def ann(turf: Turf) -> Phone:
    return hand(turf, "Ann")


@pytest.fixture
def bea(turf: Turf) -> Phone:
    return hand(turf, "Bea")


def rows(world: World, member: str, table: str = "responses") -> list[dict[str, Any]]:
    files = list(Vault(world.home.vaults, member).event_files(table))
    with engine() as con:
        return con.execute("FROM read_parquet(?)", [files]).to_arrow_table().to_pylist() if files else []


def said(world: World, member: str) -> set[tuple[str, str, str]]:
    """Answers that stand in a vault."""
    found = rows(world, member)
    back = {one["answer"] for one in found if one["question"] == "withdrawn"}
    return {
        (one["state_voter_id"], one["question"], one["answer"])
        for one in found
        if one["question"] != "withdrawn" and one["event_id"] not in back
    }


def answer(phone: Phone, value: str, person: str = "p1", **more: Any) -> dict[str, Any]:
    return phone.event("answer", person=person, value={"question": "support_gov", "answer": value}, **more)


def test_answers_go_to_the_gatherer_once_and_to_no_rival(world: World, ann: Phone, turf: Turf) -> None:
    many = ann.event(
        "answer", person="p3", household="h2", value={"question": "issues", "answer": "roads;schools"}
    )
    ann.send(answer(ann, "2"), many, ann.event("attempt"))
    done = folding.run(world.home)
    assert (done.records, done.put, done.withdrawn) == (3, 3, 0)
    first, second = voter(turf, "p1"), voter(turf, "p3")
    stands = {(first, "support_gov", "2"), (second, "issues", "roads"), (second, "issues", "schools")}
    assert said(world, "rivera") == stands
    assert folding.run(world.home) == folding.Folded()
    FieldEvent.objects.update(folded_at=None)  # killed before the last step
    assert folding.run(world.home).put == 0 and len(rows(world, "rivera")) == 3
    assert {one["gathered_by"] for one in rows(world, "rivera")} == {"rivera"}
    assert not rows(world, "oh") and not rows(world, "national")

    def counted(viewer: str) -> int:
        return questions.count(
            home=world.home, viewer=world.member(viewer), purpose="gotv",
            where="member = 'oh' AND answered('support_gov', '2')", by=MACHINE,
        ).total  # fmt: skip

    assert (counted("rivera"), counted("national"), counted("oh")) == (1, 0, 0)


def test_what_counts_no_more_is_taken_back_and_comes_again(
    world: World, ann: Phone, bea: Phone, turf: Turf
) -> None:
    one, who = answer(ann, "2", at=NOW - HOUR / 2), voter(turf, "p1")
    ann.send(one)
    folding.run(world.home)
    undo = ann.event("undo", household=None, replaces=one["id"])
    ann.send(undo)
    folding.run(world.home)
    assert said(world, "rivera") == set()
    ann.send(ann.event("undo", household=None, replaces=undo["id"]))
    folding.run(world.home)
    assert said(world, "rivera") == {(who, "support_gov", "2")}
    bea.send(answer(bea, "4", at=NOW - HOUR / 4))  # two canvassers disagree: neither counts
    folding.run(world.home)
    assert said(world, "rivera") == set()
    bea.send(answer(bea, "2", at=NOW - HOUR / 8))
    folding.run(world.home)
    assert said(world, "rivera") == {(who, "support_gov", "2")}
    early = ann.event("undo", household=None, replaces="01923e5a-7b1c-7000-8000-000000000009")
    ann.send(early)
    folding.run(world.home)
    ann.send(answer(ann, "5", person="p2", id="01923e5a-7b1c-7000-8000-000000000009", seq=1))
    folding.run(world.home)  # taken back before it came
    assert said(world, "rivera") == {(who, "support_gov", "2")}


def test_an_optout_binds_all_at_once_and_nobody_twice(world: World, ann: Phone, turf: Turf) -> None:
    ann.send(ann.event("optout", value={"channel": "door"}), ann.event("optout", value={"channel": "door"}))
    before = Stop.objects.count()
    assert folding.run(world.home).stops == 2
    stop = Stop.objects.latest("pk")
    assert (stop.source, stop.heard_by, stop.channel) == (Stop.Source.DOOR, world.member("rivera"), "door")
    assert len(rows(world, "oh", "optouts")) == len(rows(world, "rivera", "optouts")) == 2
    assert Journal.objects.filter(log="oh", type="stop").exists()
    assert Journal.objects.filter(log="oh", type="responses.returned").exists()
    assert ann.send().leave == {"h1": ["p1"]} and ann.send().drop == ()
    stops.undo(home=world.home, act=stop.act, of=world.member("rivera"), reason="misheard", by=MACHINE)
    FieldEvent.objects.update(folded_at=None)
    assert folding.run(world.home).stops == 0  # what a lead took back stays so
    assert Stop.objects.count() == before + 3


def test_two_sources_or_the_owner_bind_others_until_it_ends_or_is_taken_back(
    world: World, ann: Phone, bea: Phone, turf: Turf
) -> None:
    oh = world.member("oh")
    ann.send(ann.event("deceased"), ann.event("moved", person="p3", household="h2"))
    assert folding.run(world.home).words == 2
    assert ann.send().leave == {}  # one source binds nobody
    assert {(one.word, one.by) for one in door_words.of_owner(oh, MACHINE)} == {
        ("deceased", "Ann"), ("moved", "Ann")
    }  # fmt: skip
    bea.send(bea.event("deceased"), bea.event("attempt", household="h3", value={"result": "dangerous"}))
    folding.run(world.home)
    assert ann.send().leave == {"h1": ["p1"]}
    moved = DoorWord.objects.get(word="moved")
    door_words.confirm(home=world.home, owner=oh, word=moved.pk, by=MACHINE)
    assert ann.send().leave == {"h1": ["p1"], "h2": ["p3"]} and ann.send().drop == ()
    door_words.take_back(home=world.home, owner=oh, word=moved.pk, reason="still there", by=MACHINE)
    assert ann.send().leave == {"h1": ["p1"]} and DoorWord.objects.filter(word="moved").count() == 2
    # nothing but the mark is kept of a door at which nobody should ring
    walk = DoorWord.objects.filter(word="do_not_walk")
    assert walk.count() == 2 and all("dangerous" not in str(vars(one)) for one in walk)
    later = NOW + timedelta(days=731)
    DoorWord.objects.filter(word="deceased").update(ends_at=later - HOUR)
    door_words.sweep(world.home, later)
    assert ann.send().leave == {}


def test_the_owner_gets_answers_on_the_day_of_the_terms_and_rivals_never(
    world: World, ann: Phone, turf: Turf
) -> None:
    rivera = world.member("rivera")
    gone = answer(ann, "5", person="p2")
    ann.send(answer(ann, "2"), gone)
    folding.run(world.home)
    ann.send(ann.event("undo", household=None, replaces=gone["id"]))
    folding.run(world.home)
    grant = releasing.owed(rivera)["oh"]
    today = date(2026, 11, 4)
    assert releasing.until(grant, today) == date(2026, 11, 3)  # the day after the election: all before
    assert releasing.until(grant, date(2026, 11, 3)) < date(2026, 11, 3)
    assert releasing.run(world.home, NOW) == {} and not rows(world, "oh")
    after = NOW + timedelta(days=400)
    assert releasing.release(world.home, rivera, after) == {"oh": 1}
    assert releasing.release(world.home, rivera, after) == {}
    brought = rows(world, "oh")
    assert [(one["gathered_by"], one["answer"]) for one in brought] == [("rivera", "2")]
    receipt = Journal.objects.filter(log="oh", type="responses.returned").latest("pk")
    assert receipt.recipient == "rivera" and receipt.rows == 1
    assert said(world, "oh") == said(world, "rivera") and not rows(world, "national")
    row = FieldEvent.objects.get(document__value__answer="2")
    FieldEvent.objects.filter(pk=row.pk).update(status="rejected", folded_at=None)
    folding.run(world.home)
    assert releasing.release(world.home, rivera, after) == {"oh": 1} and said(world, "oh") == set()


def test_a_day_in_the_terms_goes_before_the_election(world: World) -> None:
    """Answers wait for it, are not late before, and all go from then on."""
    named = datetime(2031, 5, 1, tzinfo=UTC)
    text = agree("oh", "rivera", modes=["count", "view", "contact"], release=named.date())
    ann = hand(turf_of(world.member("rivera"), world.member("oh")), "Ann")
    ann.send(answer(ann, "2"))
    folding.run(world.home)
    grant = grant_of(text)
    said_so = " ".join(sentences(grant, {"oh": "Ohio", "rivera": "Rivera"}))
    assert "Answers from doors wait until 1 May 2031, from which day their time counts." in said_so
    terms, day = sharing.returns(grant), timedelta(days=1)

    def late(now: datetime) -> int:
        waits = sharing.waiting(world.home, "oh", "rivera", terms, now, sharing.release_of(grant))
        assert waits["responses"].missing == 1
        return waits["responses"].overdue

    assert (late(named - day), late(named + 6 * day), late(named + 8 * day)) == (0, 0, 1)
    rivera = world.member("rivera")
    assert releasing.release(world.home, rivera, named - day) == {}
    assert releasing.release(world.home, rivera, named) == {"oh": 1}


@pytest.mark.parametrize("seed", range(dear(6)))
def test_any_order_any_batch_any_repetition_comes_to_the_pure_fold(
    world: World, ann: Phone, bea: Phone, turf: Turf, seed: int
) -> None:
    """Two phones, everything sent at least once, cut into batches and folded in between at random."""
    chance = random.Random(seed)
    made: list[tuple[Phone, dict[str, Any]]] = []
    for _ in range(24):
        phone = chance.choice((ann, bea))
        at = NOW - chance.randrange(1, 50) * MINUTE
        mine = [event for one, event in made if one is phone]
        kind = chance.choice(("answer", "answer", "attempt", "undo" if mine else "answer"))
        if kind == "undo":
            event = phone.event("undo", household=None, at=at, replaces=chance.choice(mine)["id"])
        elif kind == "attempt":
            event = phone.event("attempt", at=at, household=chance.choice(("h1", "h2")))
        else:
            event = answer(phone, chance.choice("12"), chance.choice(("p1", "p2")), at=at)
        made.append((phone, event))
    sent = [*made, *chance.choices(made, k=12)]
    chance.shuffle(sent)
    while sent:
        phone, batch = sent[0][0], []
        while sent and sent[0][0] is phone and len(batch) < 5:
            batch.append(sent.pop(0)[1])
        assert {one for one, _ in phone.said(*batch)} <= {"ok", "dup"}
        if chance.random() < 0.4:
            folding.run(world.home)
    folding.run(world.home)
    kept = FieldEvent.objects.select_related("hand_out")
    assert kept.count() == len(made)
    pure = fold(field_facts.received(row) for row in kept)
    wanted = {(voter(turf, who), code, one.answer) for (who, code), one in pure.answers.items() if one.answer}
    assert said(world, "rivera") == wanted


def test_whoever_dies_between_the_steps_does_it_again(
    world: World, ann: Phone, turf: Turf, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = answer(ann, "2")
    ann.send(one, ann.event("optout"), ann.event("deceased", person="p2"))

    class Died(Exception):
        pass

    def dies(*_: Any, **__: Any) -> None:
        raise Died

    for step in ("_Rows.tell", "_stops", "_words"):
        with monkeypatch.context() as patched:
            patched.setattr(f"commonroll.server.actions.folding.{step}", dies)
            with pytest.raises(Died), transaction.atomic():
                folding.run(world.home)
        assert FieldEvent.objects.filter(folded_at=None).count() == 3
    # between the two: the answer was meant to be put, and is taken back before it was
    FieldEvent.objects.filter(event=one["id"]).update(kept_at=NOW, puts=1)
    ann.send(ann.event("undo", household=None, replaces=one["id"]))
    done = folding.run(world.home)
    assert (done.stops, done.words) == (1, 1) and said(world, "rivera") == set()
    assert folding.run(world.home) == folding.Folded()


def test_a_server_that_comes_back_from_a_backup_gets_all_again(world: World, ann: Phone, turf: Turf) -> None:
    """The database is an hour old, the vault is not: phones without a reply send again, nothing doubles."""
    events = [
        answer(ann, "2"),
        answer(ann, "3", person="p3", household="h2"),
        ann.event("optout", person="p4", household="h2"),
    ]
    ann.send(events[0])
    with pytest.raises(RuntimeError), transaction.atomic():
        ann.send(*events[1:])
        folding.run(world.home)
        raise RuntimeError("the machine dies; the backup knows of the first record alone")
    assert FieldEvent.objects.count() == 1
    assert [one for one, _ in ann.said(*events)] == ["dup", "ok", "ok"]
    folding.run(world.home)
    found = rows(world, "rivera")
    assert len(found) == len({one["event_id"] for one in found}) == 2 and len(said(world, "rivera")) == 2
    assert len(rows(world, "oh", "optouts")) == 1 and ann.send().leave == {"h2": ["p4"]}


def test_a_turf_of_ones_own_is_folded_too(world: World) -> None:
    own = hand(turf_of(world.member("oh"), world.member("oh"), "Ohio's own"), "Olga")
    own.send(answer(own, "1"), own.event("optout", person="p3", household="h2"))
    done = folding.run(world.home, of=world.member("oh"))
    assert (done.put, done.stops) == (1, 1) and len(said(world, "oh")) == 1
    assert own.send().leave == {"h2": ["p3"]}
