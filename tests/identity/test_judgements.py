"""Judgements of pairs: what a table of them comes to, in whatever order its rows stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from people_in_pairs import PAIRS

from commonroll.errors import Refusal
from commonroll.identity.judgements import MOST_REASON, PAIR, Pair, event, judged, merged, standing
from thorough import dear

MORNING = datetime(2026, 11, 2, 9, tzinfo=UTC)
OWN = Pair("oh", "1", "oh", "2")
ACROSS = Pair("fl", "1", "oh", "2")


def told(story: str, pair: Pair = OWN) -> pa.Table:
    """`ann same, bob different, ann -1`: one row after the other; -1 takes the first back."""
    rows: list[pa.Table] = []
    for minute, line in enumerate(part.split() for part in story.split(",")):
        by, word = line
        at = MORNING + timedelta(minutes=minute)
        taken = rows[-int(word) - 1]["event_id"][0].as_py() if word.startswith("-") else None
        what: Any = "withdrawn" if taken else word
        rows.append(event(pair, what, by=by, reason="as told", at=at, withdraws=taken))
    return merged(rows)


def comes_to(rows: pa.Table) -> dict[tuple[str, ...], str]:
    found = standing(ibis.memtable(rows)).to_pyarrow().to_pylist()
    return {tuple(row[name] for name in PAIR): row["standing"] for row in found}


@pytest.mark.parametrize(
    ("story", "wanted"),
    [
        ("ann same", "same"),
        ("ann different", "different"),
        ("ann unsure", "unsure"),
        ("ann same, ann different", "different"),
        ("ann same, bob different", "contradicted"),
        ("ann same, bob different, cid same", "same"),
        ("ann same, bob different, cid unsure", "contradicted"),
        ("ann same, bob different, cid same, dee different", "contradicted"),
        ("ann same, bob unsure", "same"),
        ("ann same, bob different, bob -2", "same"),
        ("ann same, ann -1", None),
        ("ann same, ann different, ann -2", "same"),
        ("rule:list same, ann different", "contradicted"),
    ],
)
def test_what_a_story_comes_to(story: str, wanted: str | None) -> None:
    assert comes_to(told(story)).get(("oh", "1", "oh", "2")) == wanted


@pytest.mark.parametrize(
    ("story", "wanted"),
    [
        ("ann same", "waits"),
        ("ann same, ann same", "waits"),
        ("ann same, bob same", "same"),
        ("ann different, bob different", "different"),
        ("ann same, rule:list same", "waits"),
        ("ann same, bob same, bob -2", "waits"),
        ("ann same, bob same, cid different", "same"),
        ("ann same, bob different", "contradicted"),
    ],
)
def test_two_members_records_need_two_people(story: str, wanted: str) -> None:
    assert comes_to(told(story, ACROSS)) == {("fl", "1", "oh", "2"): wanted}


def test_two_at_once_are_both_kept_and_one_click_sent_twice_is_one() -> None:
    ann = event(OWN, "same", by="ann", reason="one birth date", at=MORNING)
    bob = event(OWN, "same", by="bob", reason="one birth date", at=MORNING)
    again = event(OWN, "same", by="ann", reason="one birth date", at=MORNING)
    assert ann["event_id"][0] == again["event_id"][0] != bob["event_id"][0]


def test_a_pair_is_one_pair_from_either_side() -> None:
    assert Pair("oh", "2", "oh", "1") == OWN
    turned = told("ann same").rename_columns(
        [
            dict(zip(PAIR, (*PAIR[2:], *PAIR[:2]), strict=True)).get(n, n)
            for n in told("ann same").column_names
        ]
    )
    assert comes_to(turned) == {("oh", "1", "oh", "2"): "same"}
    with pytest.raises(ValueError, match="itself"):
        Pair("oh", "1", "oh", "1")


@pytest.mark.parametrize(
    "wrong",
    [
        {"judgement": "perhaps"},
        {"judgement": "withdrawn"},
        {"withdraws": "0"},
        {"reason": "x" * (MOST_REASON + 1)},
    ],
)
def test_what_is_no_judgement_is_refused(wrong: dict[str, str]) -> None:
    given: dict[str, Any] = {"judgement": "same", "by": "ann", "reason": "", "at": MORNING, **wrong}
    with pytest.raises(Refusal):
        event(OWN, given.pop("judgement"), **given)


# Any table, in any order

words = st.tuples(st.sampled_from("abc"), st.sampled_from(("same", "different", "unsure")))
acts = st.lists(
    st.one_of(words, st.tuples(st.sampled_from("abc"), st.integers(0, 8))), min_size=1, max_size=9
)


def slowly(rows: list[dict[str, Any]]) -> str | None:
    """What the rows of one pair of one roll come to, said again in plain words."""
    taken = {row["withdraws"] for row in rows}
    minds: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: (row["judged_at"], row["event_id"])):
        if row["judgement"] != "withdrawn" and row["event_id"] not in taken:
            minds[row["by"]] = row["judgement"]
    said = list(minds.values())
    same, different = said.count("same"), said.count("different")
    if not said:
        return None
    if same == different:
        return "contradicted" if same else "unsure"
    return "same" if same > different else "different"


@settings(max_examples=dear(15), deadline=None)
@given(st.lists(acts, min_size=1, max_size=8), st.randoms())
def test_replay_is_a_function_of_the_rows_in_any_order(stories: list[Any], chance: Any) -> None:
    rows: list[dict[str, Any]] = []
    for number, story in enumerate(stories):
        mine: list[dict[str, Any]] = []
        for minute, (by, what) in enumerate(story):
            taken = mine[what]["event_id"] if isinstance(what, int) and what < len(mine) else None
            if isinstance(what, int) and taken is None:
                continue
            pair, at = Pair("oh", f"{number}a", "oh", f"{number}b"), MORNING + timedelta(minutes=minute // 2)
            word = "withdrawn" if taken else what
            mine += event(pair, word, by=by, reason="", at=at, withdraws=taken).to_pylist()
        rows += mine
    if not rows:
        return
    by_pair: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in rows:
        by_pair.setdefault(tuple(row[name] for name in PAIR), []).append(row)
    wanted = {pair: slowly(mine) for pair, mine in by_pair.items()}
    schema = event(OWN, "same", by="ann", reason="", at=MORNING).schema
    shuffled = [*rows, chance.choice(rows)]
    chance.shuffle(shuffled)
    found = comes_to(pa.Table.from_pylist(shuffled, schema))
    assert found == {pair: word for pair, word in wanted.items() if word is not None}


# Over the model's verdicts

VERDICTS = pa.schema([*PAIRS, ("verdict", pa.string()), ("reason", pa.string())])


@pytest.mark.parametrize(
    ("model", "story", "wanted"),
    [
        (("unsure", "twins"), "ann same", ("sure", None, True)),
        (("sure", None), "ann different", ("no", None, True)),
        (("sure", None), "ann unsure", ("unsure", "band", False)),
        (("sure", None), "ann same, bob different", ("unsure", "contradicted", False)),
        (None, "ann same", ("sure", None, True)),
        (("no", None), "ann same, ann -1", ("no", None, False)),
    ],
)
def test_people_outrank_every_model(
    model: tuple[str, str | None] | None, story: str, wanted: tuple[str, str | None, bool]
) -> None:
    scored = dict(zip(PAIR, ("oh", "1", "oh", "2"), strict=True)) | {
        "match_weight": 9.0,
        "match_probability": 0.998,
    }
    rows = [{**scored, "verdict": model[0], "reason": model[1]}] if model else []
    laid = judged(ibis.memtable(pa.Table.from_pylist(rows, VERDICTS)), standing(ibis.memtable(told(story))))
    [row] = laid.to_pyarrow().to_pylist()
    assert (row["verdict"], row["reason"], row["decided"]) == wanted
    assert tuple(row[name] for name in PAIR) == ("oh", "1", "oh", "2")
