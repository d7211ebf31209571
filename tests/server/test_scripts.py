"""Scripts and the federation's vocabulary: drafts, versions, mappings, and answers that add up."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server.actions import added_up, answers, questions, script_results, scripts, vocabulary
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import (
    FieldEvent,
    HandOut,
    Journal,
    Script,
    ScriptVersion,
    SurveyAnswer,
    SurveyQuestion,
    Turf,
    TurfCut,
)

pytestmark = pytest.mark.django_db

DRAFT: dict[str, Any] = {
    "languages": ["en"], "intro": {"en": "Hello."}, "consent": True, "shows": ["age"], "start": "q1",
    "closing": {"en": "Thank you."},
    "questions": [{
        "id": "q1", "code": "governor", "of": "person", "text": {"en": "Whom for governor?"}, "kind": "one",
        "answers": [{"answer": "ours", "text": {"en": "Ours"}, "next": None},
                    {"answer": "theirs", "text": {"en": "Theirs"}, "next": None}], "next": None,
    }],
}  # fmt: skip


@pytest.fixture
def doors(world: World) -> Script:
    return scripts.make(member=world.member("oh"), name="Doors", draft=DRAFT, by=MACHINE)


def said(script: Script, text: str) -> dict[str, Any]:
    return {**script.draft, "intro": {"en": text}}


def test_a_draft_is_changed_undone_and_done_again(doors: Script) -> None:
    now = scripts.save(script=doors, draft=said(doors, "Hi."), by=MACHINE)
    assert scripts.undo(script=now, by=MACHINE).draft["intro"] == {"en": "Hello."}
    now = scripts.redo(script=now, by=MACHINE)
    assert now.draft["intro"] == {"en": "Hi."} and not now.later
    with pytest.raises(Refusal, match="Somebody else changed"):
        scripts.save(script=now, draft=said(now, "Ho."), edits=0, by=MACHINE)
    for n in range(scripts.MOST_STEPS + 3):
        now = scripts.save(script=now, draft=said(now, f"Hi {n}."), by=MACHINE)
    assert len(now.earlier) == scripts.MOST_STEPS


def test_a_version_never_changes_and_is_taken_back_and_given_again(doors: Script) -> None:
    first = scripts.publish(script=doors, by=MACHINE)
    with pytest.raises(Refusal, match="says the same"):
        scripts.publish(script=doors, by=MACHINE)
    now = scripts.save(script=doors, draft=said(doors, "Hi."), by=MACHINE)
    second = scripts.publish(script=now, by=MACHINE)
    assert scripts.document(first)["intro"] == {"en": "Hello."} and second.number == 2
    assert [one.number for one in scripts.usable(doors.member)] == [2]
    back = scripts.take_back(version=second, by=MACHINE)
    with pytest.raises(Refusal, match="taken back"):
        scripts.document(back)
    assert [one.number for one in scripts.usable(doors.member)] == [1]
    assert scripts.document(scripts.give_again(version=back, by=MACHINE))["version"] == 2
    told = Journal.objects.filter(log="oh", type="operator").order_by("-pk")[:3]
    assert {json.loads(bytes(one.leaf))["action"] for one in told} == {
        "script.published",
        "script.taken-back",
    }


def test_a_version_s_questions_are_asked_from_then_on(world: World, doors: Script) -> None:
    SurveyQuestion.objects.create(member=world.member("oh"), code="governor", name="As it was", by="x")
    scripts.publish(script=doors, by=MACHINE)
    question = SurveyQuestion.objects.get(member__key="oh", code="governor")
    assert question.name == "As it was"
    assert set(SurveyAnswer.objects.filter(question=question).values_list("answer", flat=True)) == {
        "ours", "theirs",
    }  # fmt: skip


def test_what_cannot_be_walked_is_a_draft_alone(world: World, doors: Script) -> None:
    now = scripts.save(script=doors, draft={**doors.draft, "start": "q9"}, by=MACHINE)
    assert [one.where for one in scripts.faults(now)] == ["the start"]
    with pytest.raises(Refusal, match="cannot be walked"):
        scripts.publish(script=now, by=MACHINE)
    with pytest.raises(Refusal, match="of this name"):
        scripts.copy(script=now, name="Doors", by=MACHINE)
    assert scripts.copy(script=now, name="Doors 2", by=MACHINE).draft["start"] == "q9"


def test_how_to_vote_needs_an_official_link_and_somebody_else_s_word(world: World, doors: Script) -> None:
    alice = Actor.of(world.user("alice"))
    now = scripts.save(script=doors, draft=said(doors, "Election day is 3 November."), by=alice)
    with pytest.raises(Refusal, match="no link to a public office"):
        scripts.publish(script=now, by=alice)
    now = scripts.save(script=now, draft=said(now, "Vote early: see vote.example.gov."), by=alice)
    version = scripts.publish(script=now, by=alice)
    with pytest.raises(Refusal, match="nobody but its writer"):
        scripts.document(version)
    with pytest.raises(Refusal, match="cannot approve"):
        scripts.approve(version=version, by=alice)
    assert scripts.document(scripts.approve(version=version, by=MACHINE))


def walked(version: ScriptVersion, *given: tuple[str, str, str]) -> None:
    """A turf with a version in hand, and answers (person, answer, walker), each a minute after the other."""
    script, now = version.script, datetime(2026, 10, 4, 10, tzinfo=UTC)
    cut = TurfCut.objects.create(
        member=script.member, name="x", purpose="gotv", size_by="doors", size=50, at_door=2, seed=1, doors=1,
        people=1, by="x", made_at=now,
    )  # fmt: skip
    turf = Turf.objects.create(cut=cut, number=1, name="x", doors=1, people=1, latitude=0, longitude=0)
    hands = {
        walker: HandOut.objects.create(
            member=script.member, turf=turf, walker=walker, by="x", made_at=now, ends_at=now, device=uuid4(),
            script=scripts.document(version) if walker != "Other" else {"name": "Other", "version": 1},
        )
        for walker in {walker for _, _, walker in given}
    }  # fmt: skip
    for n, (person, answer, walker) in enumerate(given):
        id_, at = uuid4(), now + timedelta(minutes=n)
        event = {
            "id": str(id_), "turf": "t", "rev": 1, "seq": n, "at": at.isoformat(), "mono": n,
            "kind": "answer", "stop": 1, "household": "h1", "person": person, "replaces": None,
            "value": {"question": "governor", "answer": answer},
        }  # fmt: skip
        FieldEvent.objects.create(
            member=script.member, turf=turf, hand_out=hands[walker], event=id_, kind="answer",
            household="h1", person=person, document=event, received_at=at, effective_at=at, by=walker,
        )  # fmt: skip


def test_what_was_answered_by_a_version(doors: Script) -> None:
    version = scripts.publish(script=doors, by=MACHINE)
    walked(
        version,
        ("p1", "ours", "Ann"),
        ("p2", "theirs", "Ann"),
        ("p2", "ours", "Ann"),
        ("p3", "ours", "Ann"),
        ("p3", "theirs", "Ben"),
        ("p4", "theirs", "Ann"),
        ("p5", "ours", "Ann"),
        ("p5", "ours", "Other"),
    )
    (found,) = script_results.of_version(version)
    assert (found.people, found.disputed) == (3, 1), "p3 was heard otherwise; p5 answered another script last"
    assert [(word, people, share) for word, _, people, share in found.answers] == [
        ("ours", 2, 67), ("theirs", 1, 33),
    ]  # fmt: skip
    (where,) = scripts.walked_at(version)
    assert (where["name"], where["turfs"]) == ("x", 1)
    (row,) = scripts.used(doors)
    assert (row["version"], row["turfs"], row["open"]) == (1, 1, 0)


def test_who_may(world: World, doors: Script) -> None:
    violet, charlie = Actor.of(world.user("violet")), Actor.of(world.user("charlie"))
    assert scripts.script_of(member=doors.member, number=doors.pk, by=violet) == doors
    with pytest.raises(Forbidden):
        scripts.publish(script=doors, by=violet)
    with pytest.raises(Unknown):
        scripts.script_of(member=doors.member, number=doors.pk, by=charlie)
    with pytest.raises(Unknown):
        scripts.script_of(member=world.member("rivera"), number=doors.pk, by=charlie)
    with pytest.raises(Unknown):
        vocabulary.name(code="governor", title="Governor", kind="support", by=Actor.of(world.user("alice")))


# The federation's words


def voters(world: World, owner: str, n: int) -> list[str]:
    shown = questions.rows(
        home=world.home, viewer=world.member(owner), purpose="gotv", where="", columns=["state_voter_id"],
        by=MACHINE,
    )  # fmt: skip
    return sorted(shown.rows["state_voter_id"].to_pylist())[:n]


def tell(world: World, owner: str, question: str, given: list[tuple[str, str]], day: int = 1) -> None:
    """Answers of an owner's voters to its own question."""
    rows = [
        {
            "event_id": hashlib.sha256(f"{owner} {question} {voter} {day}".encode()).hexdigest(),
            "owner": owner, "state_voter_id": voter, "question": question, "answer": answer, "kind": "told",
            "answered_on": date(2026, 10, day), "channel": "door", "gathered_by": owner,
            "loaded_at": datetime(2026, 11, 1, tzinfo=UTC), "source_file": "x", "source_line": 1,
        }
        for voter, answer in given
    ]  # fmt: skip
    answers.bring(home=world.home, gathered_by=world.member(owner), rows=rows, by=MACHINE)


def maps(world: World, owner: str, question: str, words: dict[str, str]) -> None:
    member = world.member(owner)
    row, _ = SurveyQuestion.objects.get_or_create(member=member, code=question, name=question, by="x")
    for word in words:
        SurveyAnswer.objects.get_or_create(question=row, answer=word, name=word)
    given = [(question, word, meant) for word, meant in words.items()]
    vocabulary.mean(member=member, code="governor", given=given, by=MACHINE)


@pytest.fixture
def governor(world: World) -> None:
    """Ohio and Washington ask the same in words of their own; a dozen and a few people answered."""
    vocabulary.name(code="governor", title="Governor", kind="support", by=MACHINE)
    maps(world, "oh", "gov", {"strong": "1", "weak": "2"})
    maps(world, "wa", "q7", {"A": "1", "E": "5"})
    some = voters(world, "oh", 14)
    tell(world, "oh", "gov", [(voter, "strong") for voter in some])
    tell(world, "oh", "gov", [(voter, "weak") for voter in some[:2]], day=2)
    tell(world, "wa", "q7", [(voter, "A") for voter in voters(world, "wa", 3)])


def counted(
    world: World, viewer: str = "national", code: str = "governor"
) -> dict[str, dict[str, int | None]]:
    found = added_up.added_up(
        home=world.home, viewer=world.member(viewer), purpose="gotv", code=code, by=MACHINE
    )
    return {line.answer: {k: n for k, n in line.by_owner.items() if n != 0} for line in found.lines}


def test_answers_add_up_over_members(world: World, governor: None) -> None:
    before = Journal.objects.filter(log="oh", type="count").count()
    found = counted(world)
    assert found["1"] == {"oh": 12, "wa": None}, "few people of another are not told"
    assert found["2"] == {"oh": None, "wa": None}
    assert Journal.objects.filter(log="oh", type="count").count() > before
    assert counted(world, "oh")["2"] == {"oh": 2}, "an owner is told of its own"
    assert counted(world, "rivera") == {}, "without an agreement nothing adds up"


def test_a_new_mapping_changes_sums_and_no_answer(world: World, governor: None) -> None:
    maps(world, "oh", "gov", {"strong": "5", "weak": "2"})
    assert counted(world)["5"]["oh"] == 12
    rows = vocabulary.history(member=world.member("oh"), code="governor")
    assert [one.version for one in rows] == [2, 1]
    vocabulary.mean(member=world.member("oh"), code="governor", given=[], by=MACHINE)
    assert counted(world, "oh")["5"] == {} or counted(world, "oh")["5"] == {"oh": 0}
    same = questions.count(
        home=world.home,
        viewer=world.member("oh"),
        purpose="gotv",
        where="answered('gov', 'strong')",
        by=MACHINE,
    )
    assert same.total == 14


def test_a_question_keeps_what_it_means(world: World, governor: None) -> None:
    with pytest.raises(Refusal, match="how the question stands"):
        vocabulary.name(code="governor", title="Governor", kind="support", by=MACHINE)
    vocabulary.name(code="issues", title="Issues", kind="issue", answers=[("roads", "Roads")], by=MACHINE)
    with pytest.raises(Refusal, match="roads would be gone"):
        vocabulary.name(code="issues", title="Issues", kind="issue", answers=[("rail", "Rail")], by=MACHINE)
    with pytest.raises(Refusal, match="of its kind"):
        vocabulary.name(code="issues", title="Issues", kind="support", by=MACHINE)
    retired = vocabulary.name(code="governor", title="Governor", kind="support", retired=True, by=MACHINE)
    assert retired.version == 2 and [one.code for one in vocabulary.newest()] == ["issues"]
    assert counted(world)["1"]["oh"] == 12


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ([("gov", "strong", "7")], "no such answer"),
        ([("gov", "strong", "1"), ("gov", "strong", "2")], "cannot be two"),
        ([("gov", "never", "1")], "none that Ohio asks for"),
        ([("gov", "strong")], "a question, an answer"),
    ],
)
def test_a_mapping_that_means_nothing_is_refused(
    world: World, governor: None, given: list[Any], what: str
) -> None:
    with pytest.raises(Refusal, match=what):
        vocabulary.mean(member=world.member("oh"), code="governor", given=given, by=MACHINE)
