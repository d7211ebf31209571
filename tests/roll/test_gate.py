"""What the gate says of a delivery: a row of a table is a delivery, the verdict, and what a person reads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import ibis
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_rolls import table, voter

from commonroll.roll.canonical.repeats import OTHER_ROW_STAYS, REPEATED
from commonroll.roll.gate import checks, county_checks
from commonroll.roll.gate.figures import CODES, Figures, Past, figures
from commonroll.roll.gate.gate import Delivered, GateReport, judge
from commonroll.roll.layout.layout import all_layouts
from commonroll.roll.layout.shape import Bounds, Expect
from commonroll.roll.schema import VOTERS
from thorough import dear

TUESDAY = datetime(2026, 3, 3, 9, tzinfo=UTC)
SATURDAY = TUESDAY + timedelta(days=4)

HEALTHY = Figures(
    rows={"voters": 100_000},
    filled={"voters.last_name": 99_900, "voters.phone": 40_000, "voters.email": 900},
    codes={
        "voters.status": {"active": 90_000, "inactive": 10_000},
        "voters.party": {"DEM": 40_000, "REP": 35_000, "NPA": 25_000},
        "voters.confidential": {"false": 99_800, "true": 200},
    },
    counties={"37183": 60_000, "37063": 39_960, "37137": 40},
    names={"37183": "Wake", "37063": "Durham", "37137": "Pamlico"},
    elsewhere=300,
)

LAYOUT: Any = SimpleNamespace(
    counties={},
    places=None,
    table=VOTERS,
    expect=Expect(
        rows=Bounds(50_000, 200_000),
        filled={"last_name": 0.97},
        share={"status": {"active": Bounds(0.5, 1.0)}},
    ),
)


def judged(now: Figures = HEALTHY, past: list[Past] | None = None, **changes: Any) -> GateReport:
    named: dict[str, Any] = {"layouts": [LAYOUT], "delivered": Delivered(lines=100_000), "at": SATURDAY}
    return judge(now, [Past(7, TUESDAY, HEALTHY)] if past is None else past, **(named | changes))


def changed(**parts: Any) -> Figures:
    return replace(HEALTHY, **parts)


def scaled(rows: int) -> Figures:
    filled = {column: n * rows // 100_000 for column, n in HEALTHY.filled.items()}
    return changed(rows={"voters": rows}, filled=filled)


def counties(**of: int) -> dict[str, int]:
    return {**HEALTHY.counties, **{fips.removeprefix("c"): n for fips, n in of.items()}}


def codes(column: str, **counted: int) -> Mapping[str, Mapping[str, int]]:
    return {**HEALTHY.codes, f"voters.{column}": counted}


def filled(**of: int) -> Mapping[str, int]:
    return {**HEALTHY.filled, **{f"voters.{column}": n for column, n in of.items()}}


#    the delivery, against a snapshot of Tuesday                    verdict       what it says
AGAINST_THE_LAST: list[tuple[Figures, str, str]] = [
    (HEALTHY, "accept", "All checks passed."),
    (scaled(98_000), "accept", "All checks passed."),
    (scaled(96_000), "accept",
     "4,000 fewer rows of voters since Tuesday (4.0% of snapshot 7)."),
    (scaled(106_000), "accept",
     "6,000 more rows of voters since Tuesday (6.0% of snapshot 7)."),
    (scaled(70_000), "refuse",
     "30,000 fewer rows of voters since Tuesday (30.0% of snapshot 7)."),
    (scaled(160_000), "refuse",
     "60,000 more rows of voters since Tuesday (60.0% of snapshot 7)."),
    (changed(counties=counties(c37183=50_000)), "accept",
     "Wake County lost 10,000 voters since Tuesday. That is 16.7% of its 60,000."),
    (changed(counties=counties(c37063=46_960)), "accept",
     "Durham County gained 7,000 voters since Tuesday. That is 17.5% of its 39,960."),
    (changed(counties=counties(c37063=0)), "refuse",
     "Durham County had 39,960 voters and has none since Tuesday. " + county_checks.IF_A_PIECE),
    (changed(counties=counties(c37137=0)), "accept",
     "Pamlico County had 40 voters and has none since Tuesday."),
    (changed(counties=counties(c37137=0, c37063=0)), "refuse",
     "2 of 3 counties have no row: Durham (39,960 before), Pamlico (40 before). " + county_checks.IF_A_PIECE),
    (changed(counties=counties(c37137=60)), "accept", "All checks passed."),
    (changed(filled=filled(phone=30_000)), "accept",
     "voters.phone was filled in 40.0% of rows and is in 30.0% since Tuesday."),
    (changed(filled=filled(phone=1_000)), "refuse",
     "voters.phone was filled in 40.0% of rows and is in 1.0% since Tuesday."),
    (changed(filled=filled(email=0)), "accept", "All checks passed."),
    (changed(codes=codes("party", DEM=35_000, REP=35_000, NPA=30_000)), "accept",
     "5.0% of rows have another code in voters.party since Tuesday; "
     "most of all DEM: 40.0% then, 35.0% now."),
    (changed(codes=codes("party", DEM=0, REP=35_000, NPA=65_000)), "refuse",
     "40.0% of rows have another code in voters.party since Tuesday; "
     "most of all DEM: 40.0% then, 0.0% now."),
    (changed(codes=codes("confidential", false=100_000)), "refuse",
     "200 voters were protected and 0 are since Tuesday."),
    (changed(codes=codes("confidential", false=99_950, true=50)), "accept",
     "200 voters were protected and 50 are since Tuesday."),
    (changed(elsewhere=12_000), "refuse", "12,000 of 100,000 voters live in another state."),
]  # fmt: skip


@pytest.mark.parametrize(("now", "verdict", "sentence"), AGAINST_THE_LAST)
def test_a_delivery_against_the_last_snapshot(now: Figures, verdict: str, sentence: str) -> None:
    report = judged(now)
    assert report.verdict == verdict
    assert sentence in report.sentences


#    the delivery, against its layout                                verdict    what it says
AGAINST_THE_LAYOUT: list[tuple[Figures, str, str]] = [
    (changed(rows={"voters": 0}), "refuse", "The delivery holds no row of voters that can be loaded."),
    (changed(rows={"voters": 40_000}), "refuse",
     "40,000 rows of voters; the layout expects at least 50,000."),
    (changed(rows={"voters": 300_000}), "refuse",
     "300,000 rows of voters; the layout expects at most 200,000."),
    (changed(filled=filled(last_name=90_000)), "refuse",
     "voters.last_name is filled in 90.0% of rows; expected at least 97.0%."),
    (changed(codes=codes("status", active=10_000, removed=90_000)), "refuse",
     "10.0% of rows have active in voters.status; expected 50.0% to 100.0%."),
]  # fmt: skip


@pytest.mark.parametrize(("now", "verdict", "sentence"), AGAINST_THE_LAYOUT)
def test_a_first_delivery_against_its_layout(now: Figures, verdict: str, sentence: str) -> None:
    report = judged(now, past=[])
    assert report.verdict == verdict
    assert sentence in report.sentences


#    refused lines of 100,000                verdict        what it says
LINES: list[tuple[dict[str, int], str, str]] = [
    ({"too few fields": 3}, "accept", "3 of 100,000 lines did not load."),
    ({"too few fields": 300}, "quarantine", "300 of 100,000 lines did not load."),
    ({"too few fields": 6_000}, "refuse", "6,000 of 100,000 lines did not load."),
    ({"unknown code in party_cd": 1}, "quarantine",
     "1 of 100,000 lines hold a code in party_cd that the layout does not know."),
    ({"unknown code in party_cd": 1_500}, "refuse",
     "1,500 of 100,000 lines hold a code in party_cd that the layout does not know."),
    ({REPEATED: 20}, "accept", "20 of 100,000 lines repeat the id of an earlier line."),
    ({REPEATED: 2_000}, "refuse", "2,000 of 100,000 lines repeat the id of an earlier line."),
    ({OTHER_ROW_STAYS: 30_000}, "accept", "All checks passed."),
]  # fmt: skip


@pytest.mark.parametrize(("refused", "verdict", "sentence"), LINES)
def test_lines_that_did_not_load(refused: dict[str, int], verdict: str, sentence: str) -> None:
    report = judged(delivered=Delivered(lines=100_000, refused=refused))
    assert report.verdict == verdict
    assert sentence in report.sentences
    assert report.accepted == 100_000 - sum(refused.values())


#    dates that became null                           verdict    what it says
LOST: list[tuple[dict[str, int], str, str]] = [
    ({"future": 3}, "accept",
     "3 values of voters.registered_on left empty: a day in the future."),
    ({"future": 5_000}, "refuse",
     "5,000 values of voters.registered_on left empty: a day in the future."),
    ({"placeholder": 5_000}, "accept", "All checks passed."),
]  # fmt: skip


@pytest.mark.parametrize(("lost", "verdict", "sentence"), LOST)
def test_dates_that_cannot_be(lost: dict[str, int], verdict: str, sentence: str) -> None:
    report = judged(delivered=Delivered(lines=100_000, lost={"voters.registered_on": lost}))
    assert report.verdict == verdict
    assert sentence in report.sentences


def test_one_bad_line_of_a_tiny_file_does_not_refuse_it() -> None:
    tiny = Figures(
        rows={"voters": 4},
        filled={"voters.last_name": 3},
        codes={"voters.status": {"active": 1, "removed": 3}},
    )
    report = judged(tiny, past=[], delivered=Delivered(lines=5, refused={"too few fields": 1}), sample=True)
    assert report.verdict == "quarantine"
    assert "1 of 5 lines did not load." in report.sentences


def test_a_sample_is_not_measured_against_the_states_size_but_against_its_own_past() -> None:
    small = scaled(30_000)
    assert judged(small, past=[]).verdict == "refuse"
    report = judged(small, past=[], sample=True)
    assert report.verdict == "accept"
    assert report.as_dict()["sample"] is True
    assert any("since this vault holds a sample" in check.sentence for check in report.checks)
    assert judged(small, sample=True).verdict == "refuse"


def test_the_usual_change_of_a_county_comes_from_earlier_snapshots() -> None:
    sizes = (60_000, 60_370, 60_000, 60_374)
    past = [
        Past(9 - i, TUESDAY - timedelta(days=7 * i), changed(counties=counties(c37183=n)))
        for i, n in enumerate(sizes)
    ]
    report = judged(changed(counties=counties(c37183=60_000 - 4_112)), past)
    assert "Wake County lost 4,112 voters since Tuesday. That is 11 times the usual." in report.sentences
    assert judged(changed(counties=counties(c37183=60_000 - 500)), past).sentences == ("All checks passed.",)


def test_a_history_file_is_not_compared_as_a_registration_file() -> None:
    history = Figures(rows={"history": 500}, filled={}, codes={})
    layout: Any = SimpleNamespace(
        places=None,
        counties={},
        table=SimpleNamespace(name="history"),
        expect=Expect(Bounds(1, 1000), {}, {}),
    )
    report = judged(history, layouts=[layout])
    assert report.verdict == "accept"
    assert report.as_dict()["counties"] == []


def test_the_report_is_json_and_holds_what_small_multiples_need() -> None:
    delivered = Delivered(lines=100_002, refused={"no id": 2}, refused_by_county={"37063": 2})
    document = judged(changed(counties=counties(c37063=39_000)), delivered=delivered).as_dict()
    assert json.loads(json.dumps(document)) == document
    assert document["counties"][0] == {
        "fips": "37063", "name": "Durham", "now": 39_000, "before": 39_960, "refused": 2,
    }  # fmt: skip
    assert document["filled"]["voters.phone"] == {"now": 0.4, "before": 0.4}
    assert document["codes"]["voters.party"]["DEM"] == {"now": 40_000, "before": 40_000}
    assert document["lines"] == {"in": 100_002, "accepted": 100_000, "refused": 2, "left_out": 0}
    assert document["before"] == {"snapshot": 7, "made_at": TUESDAY.isoformat()}
    assert {check["level"] for check in document["checks"]} <= {"ok", "warn", "quarantine", "refuse"}


@pytest.mark.parametrize(
    ("then", "said"),
    [
        (SATURDAY - timedelta(hours=3), "since earlier today"),
        (SATURDAY - timedelta(days=1), "since Friday"),
        (SATURDAY - timedelta(days=6), "since Sunday"),
        (SATURDAY - timedelta(days=7), "since 28 February 2026"),
    ],
)
def test_when(then: datetime, said: str) -> None:
    assert checks.since(then, SATURDAY) == said


@pytest.mark.parametrize("layout", all_layouts(), ids=lambda layout: str(layout.key))
def test_every_bound_of_a_layout_is_on_something_the_gate_counts(layout: Any) -> None:
    assert set(layout.expect.share) <= set(CODES.get(layout.table.name, ()))
    assert set(layout.expect.filled) <= set(layout.table.names)


SOME = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["active", "removed"]),
        "party": st.sampled_from(["DEM", "REP", None]),
        "county_fips": st.sampled_from(["37183", "37063", None]),
        "confidential": st.booleans(),
        "residence_state": st.sampled_from(["NC", "VA", None]),
        "phone": st.sampled_from(["+19195550100", None]),
    }
)


@settings(deadline=None, max_examples=dear(25))
@given(st.lists(st.lists(SOME, max_size=6), min_size=1, max_size=3))
def test_figures_are_what_counting_by_hand_gives(
    tmp_path_factory: pytest.TempPathFactory, parts: list[list[dict[str, Any]]]
) -> None:
    folder = tmp_path_factory.mktemp("staged")
    paths = [folder / f"{i}.parquet" for i in range(len(parts))]
    for path, part in zip(paths, parts, strict=True):
        pq.write_table(table("voters", [voter(i, **row) for i, row in enumerate(part)]), path)
    rows = [row for part in parts for row in part]
    found = figures(ibis.duckdb.connect(), {"voters": paths, "history": []})
    assert found.rows == {"voters": len(rows)}
    assert found.filled["voters.phone"] == sum(row["phone"] is not None for row in rows)
    assert found.filled["voters.state_voter_id"] == len(rows)
    assert found.codes["voters.party"] == Counter(row["party"] or "" for row in rows)
    assert found.counties == Counter(row["county_fips"] or "" for row in rows)
    assert found.confidential == sum(row["confidential"] for row in rows)
    assert found.elsewhere == sum(row["residence_state"] == "VA" for row in rows)
    assert Figures.from_dict(json.loads(json.dumps(found.as_dict()))) == found


def test_a_snapshot_takes_the_figures_of_tables_it_kept_from_its_parent() -> None:
    history = Figures(
        rows={"history": 5}, filled={"history.method": 5}, codes={"history.method": {"mail": 5}}
    )
    both = history.over(HEALTHY)
    assert both.rows == {"voters": 100_000, "history": 5}
    assert both.counties == HEALTHY.counties
    assert both.share("voters.phone") == 0.4 and both.share("history.method") == 1.0
    assert HEALTHY.over(both).rows == both.rows


@st.composite
def some_figures(draw: st.DrawFn) -> Figures:
    rows = draw(st.sampled_from([0, 1, 19, 999, 1000, 50_000]))
    count = st.integers(0, rows)
    return Figures(
        rows={"voters": rows},
        filled={f"voters.{column}": draw(count) for column in ("last_name", "phone")},
        codes={
            "voters.status": draw(st.dictionaries(st.sampled_from(["active", "removed", ""]), count)),
            "voters.confidential": draw(st.dictionaries(st.sampled_from(["true", "false"]), count)),
        },
        counties=draw(st.dictionaries(st.sampled_from(["37183", "37063", ""]), count)),
        elsewhere=draw(count),
    )


REASONS = st.sampled_from(["no id", REPEATED, OTHER_ROW_STAYS, "unknown code in party_cd"])


@settings(deadline=None, max_examples=dear(200))
@given(
    now=some_figures(),
    earlier=st.lists(some_figures(), max_size=4),
    refused=st.dictionaries(REASONS, st.integers(1, 5000)),
    sample=st.booleans(),
)
def test_any_figures_get_a_verdict_as_grave_as_their_gravest_check(
    now: Figures, earlier: list[Figures], refused: dict[str, int], sample: bool
) -> None:
    past = [Past(9 - i, TUESDAY - timedelta(days=7 * i), one) for i, one in enumerate(earlier)]
    delivered = Delivered(lines=now.rows["voters"] + sum(refused.values()), refused=refused)
    report = judged(now, past, delivered=delivered, sample=sample)
    levels = {check.level for check in report.checks}
    gravest = next((one for one in ("refuse", "quarantine") if one in levels), "accept")
    assert report.verdict == gravest
    assert len(report.sentences) == 1 + sum(check.level != "ok" for check in report.checks)
    assert now.rows["voters"] or report.verdict == "refuse"
    assert json.loads(json.dumps(report.as_dict())) == report.as_dict()
    assert len({check.name for check in report.checks}) == len(report.checks)
