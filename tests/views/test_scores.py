"""Scores in a view: the owner sees its own, a recipient its marked copy, the same on screens, in counts, in
files; without marks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from evaluator import known_scores, mask
from hypothesis import given, settings
from hypothesis import strategies as st
from view_rolls import NAMES, grant, owned, tables, voter

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.tracing import code
from commonroll.views.counts import count
from commonroll.views.export import rows
from commonroll.views.fact_words import spoken
from commonroll.views.marked import Marked
from commonroll.views.universe import parse
from commonroll.views.view import Owned, Question, plan

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
VALUES = {"1": 0.0, "2": 63.2, "3": 63.3, "4": 99.9, "5": 100.0, "6": 50.0}
MARKS = {"1": ("tenth", 1), "2": ("tenth", 1), "3": ("point", 0), "4": ("point", 0), "5": ("tenth", 1)}
SCORE = "score('turnout')"


def _embed(one: str) -> int:
    """What a mark makes of a voter's value, in tenths."""
    layer, bit = MARKS[one]
    embed = code.embed_point if layer == "point" else code.embed_tenth
    return embed(round(VALUES[one] * 10), bit)


@pytest.fixture(scope="module")
def rolls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    folder = tmp_path_factory.mktemp("scores")
    people = [voter(str(n), county_fips="1", residence_line1=f"{n} ELM ST") for n in range(1, 8)]
    held = [{"state_voter_id": one, "score": "turnout", "value": value, "version": "2026-10-01.ab"}
            for one, value in VALUES.items()]  # fmt: skip
    other = {"state_voter_id": "7", "score": "donor", "value": 1.0, "version": "2026-10-01.ab"}
    path = folder / "marks.parquet"
    pq.write_table(
        pa.table(
            {
                "state_voter_id": list(MARKS),
                "shift": pa.array([_embed(one) - round(VALUES[one] * 10) for one in MARKS], pa.int16()),
            }
        ),
        path,
    )
    return path, tables(folder, "ga", people, scores=[*held, other])


def shown(owners: Sequence[Owned], where: str = "", mode: Any = "view", viewer: str = "national") -> Any:
    asked = Question(
        viewer, "gotv", mode, parse(where) if where else None, columns=("residence_line1", SCORE)
    )
    found = rows(plan(ibis_engine(), asked, owners, denied={}, names=NAMES, now=NOW))
    return {row["residence_line1"][0]: row[SCORE] for row in found.to_pylist()}


def test_the_owner_sees_its_own_values(rolls: tuple[Path, Any]) -> None:
    own = shown([owned(rolls[1], None, marked=Marked({"turnout": str(rolls[0])}))], viewer="ga")
    assert own == VALUES | {"7": None}


@pytest.mark.parametrize("mode", ["view", "export"])
@pytest.mark.parametrize("mask", ["plain", "marked"])
def test_a_recipient_sees_its_marked_copy(rolls: tuple[Path, Any], mode: Any, mask: Any) -> None:
    given = grant("ga", masks={"scores.value": mask})
    expected: dict[str, float | None] = {"7": None}
    for one, value in VALUES.items():
        expected[one] = _embed(one) / 10 if one in MARKS else value
    assert expected["2"] == 63.3 and expected["5"] == 99.9 and expected["6"] == 50.0
    assert shown([owned(rolls[1], given, marked=Marked({"turnout": str(rolls[0])}))], mode=mode) == expected


def test_counts_ask_the_marked_copy_too(rolls: tuple[Path, Any]) -> None:
    owner = owned(rolls[1], grant("ga"), marked=Marked({"turnout": str(rolls[0])}))
    for where in (f"{SCORE} >= 63", f"{SCORE} BETWEEN 60 AND 99", f"{SCORE} IS NULL"):
        asked = Question("national", "gotv", "count", parse(where))
        counted = count(plan(ibis_engine(), asked, [owner], denied={}, names=NAMES, now=NOW))
        assert counted.total == len(shown([owner], where)) > 0


def test_without_marks_nothing_leaves(rolls: tuple[Path, Any]) -> None:
    assert set(shown([owned(rolls[1], grant("ga"))]).values()) == {None}


def test_scores_too_coarse_to_carry_marks_need_none(rolls: tuple[Path, Any]) -> None:
    coarse = shown([owned(rolls[1], grant("ga", masks={"scores.value": "bucket10"}))])
    assert coarse == {"1": 0, "2": 60, "3": 60, "4": 90, "5": 100, "6": 50, "7": None}


def test_who_does_not_grant_scores_is_a_gap(rolls: tuple[Path, Any]) -> None:
    with pytest.raises(Refusal, match="shares no value"):
        shown([owned(rolls[1], grant("ga", columns=["voters.residence_line1", "voters.state_voter_id"]))])


CODES = ("turnout", "rivera.turnout", "stone.turnout")

held = st.dictionaries(
    st.tuples(st.sampled_from([*"1234"]), st.sampled_from(CODES)), st.integers(0, 1000).map(lambda n: n / 10)
)


@settings(max_examples=15, deadline=None)
@given(
    held, st.sampled_from(["ga", "national", "rivera"]), st.frozensets(st.sampled_from(["rivera", "stone"]))
)
def test_what_a_gatherer_made_is_read_by_whom_the_slow_reading_says(
    tmp_path_factory: pytest.TempPathFactory, values: Any, viewer: str, told: frozenset[str]
) -> None:
    people = [voter(one, residence_line1=f"{one} ELM ST") for one in "1234"]
    scores = [{"state_voter_id": one, "score": code, "value": value, "version": "2026-10-01.ab"}
              for (one, code), value in values.items()]  # fmt: skip
    coarse = None if viewer == "ga" else grant("ga", masks={"scores.value": "bucket10"}, recipient=viewer)
    owner = owned(tables(tmp_path_factory.mktemp("home"), "ga", people, scores=scores), coarse)
    fields = [f"score('{code}')" for code in CODES]
    asked = Question(viewer, "gotv", "view", None, columns=("residence_line1", *fields), told=told)
    found = rows(plan(ibis_engine(), asked, [owner], denied={}, names=NAMES, now=NOW)).to_pylist()
    expected = {
        (row["state_voter_id"], row["score"]): mask(row["value"], "plain" if viewer == "ga" else "bucket10")
        for row in known_scores("ga", viewer, scores, told)
    }
    assert {(row["residence_line1"][0], code): row[field] for row in found
            for code, field in zip(CODES, fields, strict=True)} == {
        (one, code): expected.get((one, code)) for one in "1234" for code in CODES
    }  # fmt: skip


def test_a_score_is_written_in_one_way() -> None:
    assert spoken(SCORE) == "score turnout"
    for wrong in ("score(turnout) > 5", "score('Turn out') > 5", "score('a', 'b') > 1"):
        with pytest.raises(Refusal):
            parse(wrong)
