"""Told before seen before bought before guessed: which claim counts, as tables of examples."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
import pytest
from claimed import NOON, TODAY, added, arrow, at, fact, table
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.insight.facts import attribute_code
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import FACT_KINDS, FACTS, RESPONSES
from commonroll.views.claims import best, claims, published, standings

Row = dict[str, Any]


def winners(facts: list[Row], imports: list[Row] | None = None) -> list[Row]:
    found = best(table("facts", facts), table("imports", imports or []), TODAY)
    return ibis_engine().to_pyarrow(found).sort_by("event_id").to_pylist()


def standing(facts: list[Row], imports: list[Row] | None = None) -> dict[str, str]:
    found = standings(table("facts", facts), table("imports", imports or []), TODAY)
    return {row["event_id"]: row["standing"] for row in ibis_engine().to_pyarrow(found).to_pylist()}


# The rule. Each case: claims that differ from a bought one of 1 January in what is named, and what becomes of
# each: the first that `counts` is what a page and a list say.
SPRING, SUMMER = date(2026, 3, 1), date(2026, 7, 1)
EARLIER = at(1)
CASES: dict[str, list[tuple[Row, str]]] = {
    "one claim": [({}, "counts")],
    "told before seen before bought before guessed": [
        ({"kind": "guessed"}, "weaker"), ({"kind": "bought"}, "weaker"), ({"kind": "told"}, "counts"),
        ({"kind": "seen"}, "weaker"),
    ],
    "seen before bought": [({"kind": "bought"}, "weaker"), ({"kind": "seen"}, "counts")],
    "bought before guessed": [({"kind": "guessed"}, "weaker"), ({"kind": "bought"}, "counts")],
    "told long ago beats bought yesterday": [
        ({"kind": "told", "observed_on": date(2019, 1, 1)}, "counts"),
        ({"observed_on": date(2026, 11, 23)}, "weaker"),
    ],
    "of one kind the later day": [({"observed_on": SUMMER}, "counts"), ({"observed_on": SPRING}, "older")],
    "of one day the later load": [({"loaded_at": EARLIER}, "older"), ({}, "counts")],
    "else the greater event id": [({}, "older"), ({}, "counts")],
    "expired yesterday": [
        ({"kind": "told", "expires_on": date(2026, 11, 23)}, "expired"), ({"kind": "guessed"}, "counts"),
    ],
    "expires today, which counts": [({"expires_on": TODAY}, "counts"), ({"kind": "guessed"}, "weaker")],
    "a day ahead counts not yet": [({"observed_on": date(2062, 1, 1)}, "ahead"), ({}, "counts")],
    "all expired": [({"expires_on": SPRING}, "expired"), ({"expires_on": SUMMER}, "expired")],
    "a correction": [
        ({"kind": "told"}, "corrected"), ({"kind": "told", "replaces": "0", "observed_on": SPRING}, "counts"),
    ],
    "a correction of an earlier day": [
        ({"kind": "told", "observed_on": SUMMER}, "corrected"), ({"kind": "told", "replaces": "0"}, "counts"),
    ],
    "a guess corrects nothing that was told": [
        ({"kind": "told"}, "counts"), ({"kind": "guessed", "replaces": "0"}, "weaker"),
    ],
    "what was told corrects a guess": [
        ({"kind": "guessed"}, "corrected"), ({"kind": "told", "replaces": "0"}, "counts"),
    ],
    "taken back, the next one counts": [
        ({"kind": "told"}, "corrected"), ({"kind": "told", "replaces": "0", "value": None}, "takes_back"),
        ({"kind": "guessed"}, "counts"),
    ],
    "a correction of a correction": [
        ({}, "corrected"), ({"replaces": "0", "observed_on": SPRING}, "corrected"),
        ({"replaces": "1", "observed_on": SUMMER}, "counts"),
    ],
    "a correction that expires does not bring the error back": [
        ({}, "corrected"), ({"replaces": "0", "expires_on": SUMMER}, "expired"),
    ],
    "a correction from a withdrawn import corrects nothing": [
        ({}, "counts"), ({"replaces": "0", "import_id": "gone", "observed_on": SUMMER}, "withdrawn"),
    ],
    "a correction about another voter corrects nothing": [
        ({}, "counts"), ({"replaces": "0", "state_voter_id": "OH2"}, "counts"),
    ],
    "a correction about another attribute corrects nothing": [
        ({}, "counts"), ({"replaces": "0", "attribute": "has_dog"}, "counts"),
    ],
    "a withdrawn import counts nowhere": [
        ({"kind": "told", "import_id": "gone"}, "withdrawn"), ({"kind": "guessed"}, "counts"),
    ],
    "an import that was never finished counts nowhere": [
        ({"kind": "told", "import_id": "lost"}, "unfinished"), ({"kind": "guessed"}, "counts"),
    ],
    "an import that stands": [({"import_id": "kept"}, "counts"), ({"kind": "guessed"}, "weaker")],
    "an import that was added again": [({"import_id": "again"}, "counts")],
    "attributes apart": [({}, "counts"), ({"attribute": "has_dog", "kind": "guessed"}, "counts")],
    "voters apart": [({}, "counts"), ({"state_voter_id": "OH2"}, "counts")],
    "owners apart": [({}, "counts"), ({"owner": "wa"}, "counts")],
    "a household's is nobody's own": [
        ({"kind": "guessed"}, "counts"), ({"state_voter_id": None, "household_id": "OH1"}, "counts"),
    ],
    "a contact is no voter": [({}, "counts"), ({"state_voter_id": None, "contact_id": "OH1"}, "counts")],
}  # fmt: skip
IMPORTS = [
    added("kept"),
    added("gone"), added("gone", "withdrawn", at(25)),
    added("again"), added("again", "withdrawn", at(25)),
    added("again", when=at(26)),
]  # fmt: skip


@pytest.fixture(scope="module")
def judged() -> tuple[dict[str, str], set[str]]:
    """All cases in one table, each with owners and event ids of its own: standings, and who wins."""
    facts = []
    for case, rows in CASES.items():
        for number, (said, _) in enumerate(rows):
            own = {"owner": f"{case}: {said.get('owner', 'oh')}"}
            replaced = {"replaces": f"{case} {said['replaces']}"} if "replaces" in said else {}
            facts.append(fact(f"{case} {number}", **{**said, **own, **replaced}))
    return standing(facts, IMPORTS), {row["event_id"] for row in winners(facts, IMPORTS)}


@pytest.mark.parametrize("case", CASES)
def test_which_claim_counts(case: str, judged: tuple[dict[str, str], set[str]]) -> None:
    stood, won = judged
    for number, (_, said) in enumerate(CASES[case]):
        event = f"{case} {number}"
        assert (event, stood[event], event in won) == (event, said, said == "counts")


def test_a_winner_says_how_many_claims_count_and_whether_they_agree() -> None:
    facts = [fact("1"), fact("2", kind="guessed"), fact("3", kind="guessed", expires_on=SPRING, value="no")]
    (row,) = winners(facts)
    assert (row["event_id"], row["kind"], row["claims"], row["disputed"]) == ("1", "bought", 2, False)
    (row,) = winners([*facts, fact("4", kind="guessed", value="no")])
    assert (row["event_id"], row["value"], row["claims"], row["disputed"]) == ("1", "yes", 3, True)


def test_raw_claims_stay_as_they_came() -> None:
    facts = [fact("1"), fact("2", kind="told", value="no"), fact("3", value=None, replaces="1")]
    found = standings(table("facts", facts), table("imports", []), TODAY).select(*FACTS.names)
    assert ibis_engine().to_pyarrow(found).sort_by("event_id").equals(arrow("facts", facts))


def test_no_claim_no_row() -> None:
    assert winners([]) == [] and standing([]) == {}


# Claims that stand elsewhere


def test_an_answer_at_a_door_is_a_claim_and_counts_before_what_was_bought() -> None:
    answer = dict.fromkeys(RESPONSES.names) | {
        "event_id": "a", "owner": "oh", "state_voter_id": "OH1", "question": "owns_home", "answer": "no",
        "kind": "told", "answered_on": date(2025, 5, 1), "channel": "door", "gathered_by": "national",
        "loaded_at": NOON, "source_file": "night.csv", "source_line": 3,
    }  # fmt: skip
    later = answer | {"event_id": "b", "answer": "yes", "answered_on": TODAY, "channel": None}
    all_of = claims(table("responses", [answer]), table("facts", [fact("1")]))
    assert tuple(all_of.columns) == FACTS.names
    (row,) = ibis_engine().to_pyarrow(best(all_of, table("imports", []), TODAY)).to_pylist()
    assert (row["event_id"], row["value"], row["kind"], row["source"]) == (
        "a", "no", "told", "answer at the door",
    )  # fmt: skip
    assert (row["gathered_by"], row["source_file"], row["source_line"]) == ("national", "night.csv", 3)
    all_of = claims(table("responses", [answer, later]), table("facts", [fact("1")]))
    (row,) = ibis_engine().to_pyarrow(best(all_of, table("imports", []), TODAY)).to_pylist()
    assert (row["event_id"], row["value"], row["source"], row["disputed"]) == ("b", "yes", "answer", True)


def test_what_the_roll_publishes_is_seen_as_of_its_day() -> None:
    voters = ibis.memtable(
        {
            "state_voter_id": ["OH1", "OH2"],
            "phone": ["+16145550101", None],
            "email": ["ann@example.org", None],
            "source_file": ["oh.csv", "oh.csv"],
            "source_line": [2, 3],
        },
        schema={"state_voter_id": "string", "phone": "string", "email": "string",
                "source_file": "string", "source_line": "int64"},
    )  # fmt: skip
    rolled = published(voters, "oh", date(2026, 6, 1))
    assert tuple(rolled.columns) == FACTS.names
    bought = fact("1", attribute="phone", value="+16145550999", observed_on=SUMMER)
    all_of = claims(table("responses", []), table("facts", [bought]), rolled)
    rows = (
        ibis_engine().to_pyarrow(best(all_of, table("imports", []), TODAY)).sort_by("attribute").to_pylist()
    )
    said = [(r["state_voter_id"], r["attribute"], r["value"], r["kind"], r["disputed"]) for r in rows]
    assert said == [
        ("OH1", "email", "ann@example.org", "seen", False),
        ("OH1", "phone", "+16145550101", "seen", True),
    ]


@pytest.mark.parametrize(
    ("heading", "code"),
    {"Owns Home?": "owns_home", "  % Grün ": "grun", "phone": "phone", "Età": "eta", "???": "",
     "a" * 80: "a" * 64}.items(),
)  # fmt: skip
def test_a_heading_becomes_a_code(heading: str, code: str) -> None:
    assert attribute_code(heading) == code and attribute_code(code) == code


# The engine's answer and a slow, obvious one


DAYS = st.dates(date(2026, 11, 20), date(2026, 11, 27))
WHO = st.tuples(st.sampled_from(["state_voter_id", "contact_id", "household_id"]), st.sampled_from("AB"))
CLAIM = st.fixed_dictionaries(
    {
        "owner": st.sampled_from(["oh", "wa"]),
        "attribute": st.sampled_from(["dog", "home"]),
        "value": st.sampled_from(["yes", "no", None]),
        "kind": st.sampled_from(FACT_KINDS),
        "import_id": st.sampled_from([None, None, "i", "j", "k"]),
        "replaces": st.none() | st.integers(0, 60).map(str),
        "observed_on": DAYS,
        "expires_on": st.none() | DAYS,
        "loaded_at": st.sampled_from([NOON, EARLIER]),
    }
)
EVENTS = st.lists(
    st.tuples(st.sampled_from("ij"), st.sampled_from(["added", "withdrawn"]), st.integers(1, 4)), max_size=4
)


@settings(max_examples=15)
@given(st.lists(st.tuples(WHO, CLAIM), max_size=60), EVENTS)
def test_best_is_what_a_slow_reader_finds(
    drawn: list[tuple[tuple[str, str], Row]], events: list[tuple[str, str, int]]
) -> None:
    facts = [
        fact(str(n), **{"state_voter_id": None, who[0]: who[1]}, **claim)
        for n, (who, claim) in enumerate(drawn)
    ]
    imports = [added(i, action, at(day), event_id=str(n)) for n, (i, action, day) in enumerate(events)]
    wanted = slow_best(facts, imports)
    assert {row["event_id"]: row["disputed"] for row in winners(facts, imports)} == wanted
    said = standing(facts, imports)
    assert sorted(event for event, word in said.items() if word == "counts") == sorted(wanted)
    assert len(said) == len(facts)


def slow_best(facts: list[Row], imports: list[Row]) -> dict[str, bool]:
    """event_id of the claims that count, and whether another of the subject and attribute says otherwise."""

    def import_stands(row: Row) -> bool:
        of = [e for e in imports if e["import_id"] == row["import_id"]]
        return row["import_id"] is None or (
            of != [] and max(of, key=lambda e: (e["at"], e["event_id"]))["action"] == "added"
        )

    def subject(row: Row) -> tuple[Any, ...]:
        return tuple(
            row[name] for name in ("owner", "state_voter_id", "contact_id", "household_id", "attribute")
        )

    def corrected(row: Row) -> bool:
        return any(
            other["replaces"] == row["event_id"]
            and subject(other) == subject(row)
            and import_stands(other)
            and other["observed_on"] <= TODAY
            and FACT_KINDS.index(other["kind"]) <= FACT_KINDS.index(row["kind"])
            for other in facts
        )

    def counts(row: Row) -> bool:
        over = row["expires_on"] is not None and row["expires_on"] < TODAY
        late = row["observed_on"] > TODAY
        return row["value"] is not None and import_stands(row) and not (over or late or corrected(row))

    found: dict[str, bool] = {}
    counting = [row for row in facts if counts(row)]
    for of in {subject(row) for row in counting}:
        mine = [row for row in counting if subject(row) == of]
        newest = sorted(mine, key=lambda r: (r["observed_on"], r["loaded_at"], r["event_id"]), reverse=True)
        first = min(newest, key=lambda r: FACT_KINDS.index(r["kind"]))
        found[first["event_id"]] = len({row["value"] for row in mine}) > 1
    return found
