"""Numbers of the field: counted by facts, and again slowly and obviously from the events themselves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.field.events import parse
from commonroll.field.fold import DISPUTED_WITHIN, ONE_VISIT, Received
from commonroll.field.numbers import DIMENSIONS, Numbers, Recorded, facts, numbers, percentile, results, table
from commonroll.field.zones import zone_of

START = datetime(2026, 10, 4, 14, 0, tzinfo=UTC)
OHIO = zone_of("OH")


def id_of(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


def recorded(
    number: int, kind: str, value: dict[str, str], *, by: str = "Ann", turf: int = 1, minute: float = 0,
    household: str = "h1", person: str | None = None, replaces: int | None = None, lead: str | None = None,
    script: str = "Doors v1",
) -> Recorded:  # fmt: skip
    event = parse({
        "id": id_of(number), "turf": f"T{turf}", "rev": 1, "seq": number, "mono": number, "kind": kind,
        "stop": 7,
        "at": (START + timedelta(minutes=minute)).isoformat(), "household": household, "person": person,
        "value": value, "replaces": None if replaces is None else id_of(replaces),
    })  # fmt: skip
    received = Received(
        event,
        device=by,
        canvasser=by,
        issued=START,
        received=START + timedelta(days=9),
        order=number,
        lead=lead,
    )
    return Recorded(received, turf, script)


def knock(number: int, result: str = "not_home", **more: Any) -> Recorded:
    return recorded(number, "attempt", {"result": result}, **more)


def says(number: int, answer: str, question: str = "gov", **more: Any) -> Recorded:
    return recorded(number, "answer", {"question": question, "answer": answer}, **({"person": "p1"} | more))


def counted(*records: Recorded) -> Numbers:
    return numbers(facts(records, OHIO))


@pytest.mark.parametrize(
    ("records", "expected"),
    [
        ([], Numbers()),
        ([knock(1)], Numbers(doors=1, attempts=1)),
        ([knock(1), knock(2, minute=59)], Numbers(doors=1, attempts=1)),
        ([knock(1), knock(2, minute=61)], Numbers(doors=1, attempts=2)),
        ([knock(1), knock(2, by="Bob", minute=5)], Numbers(doors=1, attempts=2)),
        ([knock(1), knock(2, "talked", minute=1, person="p1")], Numbers(1, 1, 1, 0, 1)),
        ([knock(1, "talked", person="p1"), knock(2, minute=1)], Numbers(1, 1)),
        (
            [knock(1, "talked"), says(2, "1"), says(3, "2", "tax"), says(4, "1", person="p2")],
            Numbers(1, 1, 1, 3, 2),
        ),
        ([says(1, "1"), says(2, "5", by="Bob", minute=9)], Numbers(disputed=1)),
        ([knock(1, "talked"), recorded(2, "undo", {}, replaces=1)], Numbers()),
        ([knock(1), knock(2, turf=2)], Numbers(doors=2, attempts=2)),
    ],
    ids=[
        "nothing", "a door", "again within the hour", "again later", "two canvassers",
        "somebody came after all",
        "the last result is the visit's", "answers of two people", "heard otherwise by two", "taken back",
        "a key means a door in its turf alone",
    ],
)  # fmt: skip
def test_what_counts(records: list[Recorded], expected: Numbers) -> None:
    assert counted(*records) == expected


def test_a_day_is_the_members_own() -> None:
    late = [knock(1, minute=13 * 60), knock(2, household="h2", minute=15 * 60)]  # 23:00 and 1:00 in Ohio
    assert [row.key for row in table(facts(late, OHIO), "day").rows] == [date(2026, 10, 4), date(2026, 10, 5)]
    assert [row.key for row in table(facts(late, UTC), "day").rows] == [date(2026, 10, 5)]


def test_one_person_in_two_turfs_is_one() -> None:
    twice = [says(1, "1"), says(2, "1", "tax", turf=2, person="q9")]
    assert counted(*twice).people == 2
    same = facts(twice, OHIO, person=lambda turf, key: "a voter", door=lambda turf, key: key)
    assert numbers(same).people == 1 and table(same, "turf").twice_people == 1


def test_percentiles() -> None:
    times = [timedelta(seconds=each) for each in range(1, 101)]
    assert percentile(times, 0.95) == timedelta(seconds=95) and percentile(times, 0.5) == timedelta(
        seconds=50
    )
    assert percentile(times[:1], 0.95) == times[0] and percentile([], 0.5) is None


# The same numbers again, without facts or fold: as somebody would count who has the events on paper


def slowly(records: Sequence[Recorded], keep: tuple[str, Hashable] | None = None) -> Numbers:
    """By the words of the glossary; `keep`: a dimension and the row of it that is counted."""
    once: list[Recorded] = []
    for one in sorted(records, key=lambda one: (one.received.order, one.received.event.seq)):
        if one.received.event.id not in [other.received.event.id for other in once]:
            once.append(one)
    alive = [one for one in once if living(one, once)]
    doors, people = set(), set()
    many: Counter[str] = Counter()
    for visit in visits(alive):
        if keep and row_of(visit[0], keep[0]) != keep[1]:
            continue
        last = visit[-1].received.event
        doors.add((visit[0].turf, last.household))
        many["attempts"] += 1
        if last.value["result"] == "talked":
            many["conversations"] += 1
            for one in visit:
                if one.received.event.value["result"] == "talked" and one.received.event.person:
                    people.add((one.turf, one.received.event.person))
    for asked in {asked_of(one) for one in alive if one.received.event.kind == "answer"}:
        given_ = sorted((one for one in alive if asked_of(one) == asked), key=lambda one: one.received.rank)
        last_one = given_[-1]
        if keep and row_of(last_one, keep[0]) != keep[1]:
            continue
        if heard_otherwise(given_):
            many["disputed"] += 1
        else:
            many["answers"] += 1
            people.add((asked[0], asked[1]))
    return Numbers(
        len(doors), many["attempts"], many["conversations"], many["answers"], len(people), many["disputed"]
    )


def living(one: Recorded, once: Sequence[Recorded]) -> bool:
    target = one.received
    for other in once:
        by = other.received
        if by.event.replaces != target.event.id:
            continue
        if by.lead is not None:
            may = by.order > target.order
        else:
            may = (
                target.lead is None and target.event.kind != "optout"
                and by.device == target.device and by.event.seq > target.event.seq
            )  # fmt: skip
        if may and living(other, once):
            return False
    return True


def visits(alive: Sequence[Recorded]) -> list[list[Recorded]]:
    found: list[list[Recorded]] = []
    for one in sorted(alive, key=lambda one: one.received.rank):
        if one.received.event.kind != "attempt":
            continue
        for visit in reversed(found):
            last = visit[-1]
            if (last.turf, last.received.event.household, last.received.canvasser) == (
                one.turf, one.received.event.household, one.received.canvasser,
            ):  # fmt: skip
                if one.received.effective - last.received.effective <= ONE_VISIT:
                    visit.append(one)
                else:
                    found.append([one])
                break
        else:
            found.append([one])
    return found


def asked_of(one: Recorded) -> tuple[int, str, str]:
    event = one.received.event
    return one.turf, event.person or "", event.value.get("question", "")


def heard_otherwise(given_: Sequence[Recorded]) -> bool:
    last = given_[-1].received
    for canvasser in {one.received.canvasser for one in given_} - {last.canvasser}:
        theirs = [one.received for one in given_ if one.received.canvasser == canvasser][-1]
        if (
            theirs.event.value["answer"] != last.event.value["answer"]
            and last.effective - theirs.effective <= DISPUTED_WITHIN
        ):
            return True
    return False


def row_of(one: Recorded, dimension: str) -> Hashable:
    received = one.received
    return {
        "turf": one.turf, "canvasser": received.canvasser, "script": one.script,
        "day": received.effective.astimezone(OHIO).date(),
    }[dimension]  # fmt: skip


@st.composite
def seasons(draw: st.DrawFn) -> list[Recorded]:
    """Events of three canvassers and a lead on two turfs over three days, with undos of anything."""
    found = []
    for number in range(1, draw(st.integers(1, 16))):
        by, turf = draw(st.sampled_from(["Ann", "Bob", "Cem", "lead"])), draw(st.sampled_from([1, 2]))
        common: dict[str, Any] = {
            "by": by, "turf": turf,
            "minute": draw(st.integers(0, 3 * 24 * 60)) if draw(st.booleans()) else number,
            "household": draw(st.sampled_from(["h1", "h2"])), "lead": "a word" if by == "lead" else None,
            "script": draw(st.sampled_from(["Doors v1", "Doors v2"])),
            "person": draw(st.sampled_from(["p1", "p2"])),
            "replaces": draw(st.none() | st.integers(1, 16).filter(lambda other, me=number: other != me)),
        }  # fmt: skip
        kind = draw(st.sampled_from(["attempt", "attempt", "answer", "undo", "moved"]))
        if kind == "attempt":
            found.append(knock(number, draw(st.sampled_from(["talked", "not_home", "refused"])), **common))
        elif kind == "answer":
            found.append(
                says(number, draw(st.sampled_from("12")), draw(st.sampled_from(["gov", "tax"])), **common)
            )
        else:
            common["replaces"] = common["replaces"] or number + 1
            found.append(recorded(number, kind, {}, **common))
    return found


@settings(max_examples=60, deadline=None)
@given(seasons(), st.randoms(use_true_random=False), st.data())
def test_both_ways_of_counting_agree_in_any_order_and_tables_add_up(
    records: list[Recorded], rng: Any, data: st.DataObject
) -> None:
    came = [*records, *data.draw(st.lists(st.sampled_from(records), max_size=4))] if records else []
    rng.shuffle(came)
    found = facts(came, OHIO)
    assert numbers(found) == slowly(records)
    assert sum(many for _, many in results(found)) == numbers(found).attempts
    for by in DIMENSIONS:
        whole = table(found, by)
        for row in whole.rows:
            assert row.numbers == slowly(records, (by, row.key))
        assert whole.total == numbers(found)
        for name in ("attempts", "conversations", "answers", "disputed"):
            assert sum(getattr(row.numbers, name) for row in whole.rows) == getattr(whole.total, name)
        assert sum(row.numbers.doors for row in whole.rows) - whole.twice_doors == whole.total.doors
        assert sum(row.numbers.people for row in whole.rows) - whole.twice_people == whole.total.people
        assert whole.twice_doors >= 0 and whole.twice_people >= 0


@settings(max_examples=40, deadline=None)
@given(seasons(), st.data())
def test_whatever_turfs_the_doors_were_moved_to_the_totals_are_the_same(
    records: list[Recorded], data: st.DataObject
) -> None:
    """Each event was recorded in whatever turf its door lay in then, under that turf's keys."""
    parted = []
    for one in records:
        turf = data.draw(st.integers(1, 4))
        event = one.received.event
        keys = {
            "household": f"{event.household}-{one.turf}-{turf}", "person": f"{event.person}-{one.turf}-{turf}"
        }  # fmt: skip
        parted.append(replace(one, turf=turf, received=replace(one.received, event=replace(event, **keys))))

    def meant(turf: int, key: str) -> Hashable:
        before, _, _ = key.rpartition("-")
        return before

    def whole(turf: int, key: str) -> Hashable:
        return f"{key}-{turf}"

    moved, stayed = facts(parted, OHIO, meant, meant), facts(records, OHIO, whole, whole)
    assert numbers(moved) == numbers(stayed)
    assert results(moved) == results(stayed)
    for by in ("canvasser", "day", "script"):
        assert table(moved, by) == table(stayed, by)  # type: ignore[arg-type]
    turfs = table(moved, "turf")
    assert sum(row.numbers.answers for row in turfs.rows) == numbers(stayed).answers
    assert sum(row.numbers.attempts for row in turfs.rows) == numbers(stayed).attempts
