"""Law packs: strict data with closed verbs, and a ceiling that can only narrow."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from drafts import OHIO, compilable, drafts, ohio
from hypothesis import given, settings
from hypothesis import strategies as st

from commonroll.agreements.ceiling import apply_law
from commonroll.agreements.compile import CompileRefused, Grant, compile_terms
from commonroll.agreements.law import (
    REQUESTERS,
    VERBS,
    LawPack,
    LawRule,
    cure_of,
    election_days,
    load_pack,
    next_election,
    packs_for,
    parse_pack,
)
from commonroll.agreements.profile import MODES, PURPOSES
from commonroll.errors import Refusal
from commonroll.roll.schema import CLASSES, GRANTABLE

STATES = ("NC", "OH", "FL", "WA")
HEAD = 'state = "ZZ"\nversion = "2026.1"\n'
RULE = HEAD + '[[rule]]\nid = "ZZ-1"\ncites = "Code 1"\nsays = "A sentence."\n'


def rule(does: str, value: tuple[str, ...] = (), **conditions: tuple[str, ...]) -> LawRule:
    bare = LawRule("ZZ-1", "warn", value, (), (), (), (), "Code 1", "A sentence.", None, None)
    return replace(bare, does=does, **conditions)  # type: ignore[arg-type]


def pack(*rules: LawRule) -> tuple[LawPack, ...]:
    return (LawPack("OH", "2026.9", rules, ()),)


# The packs themselves


@pytest.mark.parametrize("state", ["US", *STATES])
def test_every_rule_cites_and_says(state: str) -> None:
    found = load_pack(state)
    assert found is not None and found.state == state
    assert found.rules and all(r.cites and r.says.endswith(".") for r in found.rules)
    version = "2026.2" if state in ("ID", "TX", "WA") else "2026.1"
    assert found.id == f"law:us{'' if state == 'US' else '-' + state.lower()}:{version}"


def test_packs_nobody_reviewed_stand_under_the_default() -> None:
    for state in STATES:
        assert [p.state for p in packs_for(state)] == ["US", "DEFAULT", state]
        assert not packs_for(state)[-1].reviewed
    assert [p.state for p in packs_for("IL")] == ["US", "DEFAULT"]


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("no version", 'state = "ZZ"'),
        ("an unknown key", HEAD + "penalty = 3"),
        ("an unknown verb", RULE + 'does = "permit"'),
        ("an unknown key of a rule", RULE + 'does = "warn"\npenalty = "jail"'),
        ("an unknown purpose", RULE + 'does = "refuse_purpose"\nvalue = "challenge"'),
        ("a verb without its value", RULE + 'does = "refuse_mode"'),
        ("a value without its verb", RULE + 'does = "warn"\nvalue = "gotv"'),
        ("an unknown class", RULE + 'does = "refuse_column"\nclasses = ["phones"]'),
        ("an unknown column", RULE + 'does = "refuse_column"\ncolumns = ["party"]'),
        ("no column", RULE + 'does = "refuse_column"'),
        ("a condition nobody looks at", RULE + 'does = "refuse_purpose"\nvalue = "gotv"\nmodes = ["view"]'),
        ("an empty list", RULE + 'does = "refuse_column"\ncolumns = []'),
        ("an unknown requester", RULE + 'does = "require_requester"\nvalue = "friend"'),
        ("another country", RULE + 'does = "require_spatial"\nvalue = "CA"'),
        ("checked on no day", RULE + 'does = "warn"\nchecked_by = "counsel"'),
        ("one id twice", RULE + 'does = "warn"\n' + RULE.removeprefix(HEAD) + 'does = "warn"'),
        ("no citation", HEAD + '[[rule]]\nid = "ZZ-1"\nsays = "x"\ndoes = "warn"'),
        ("an election on no day", HEAD + '[[election]]\ndate = "soon"\nname = "x"\ncites = "y"'),
        ("elections out of order", HEAD + '[[election]]\ndate = 2028-11-07\nname = "x"\ncites = "y"\n'
         '[[election]]\ndate = 2026-11-03\nname = "x"\ncites = "y"'),
        ("no TOML", "state: ZZ"),
    ],
)  # fmt: skip
def test_a_faulty_pack_does_not_load(what: str, text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        parse_pack(text, "zz/law.toml")
    assert refusal.value.where.startswith("zz/law.toml")


def test_states_are_two_letters() -> None:
    with pytest.raises(Refusal):
        load_pack("../us")


# Election days


@pytest.mark.parametrize(
    ("state", "on", "next_day"),
    [
        ("NC", date(2026, 11, 24), date(2027, 11, 2)),
        ("OH", date(2026, 11, 24), date(2027, 11, 2)),
        ("WA", date(2026, 11, 24), date(2027, 11, 2)),
        ("FL", date(2026, 11, 24), date(2028, 3, 21)),
        ("FL", date(2026, 11, 3), date(2026, 11, 3)),
        ("FL", date(2026, 11, 4), date(2028, 3, 21)),
        ("NC", date(2027, 11, 3), date(2028, 3, 7)),
        ("OH", date(2027, 11, 3), date(2028, 3, 21)),
        ("WA", date(2027, 11, 3), date(2028, 3, 14)),
        ("IL", date(2026, 11, 24), date(2028, 11, 7)),
    ],
)
def test_the_next_election(state: str, on: date, next_day: date) -> None:
    assert next_election(state, on) == next_day
    assert next_day in election_days(state, date(2026, 1, 1))
    assert next_day not in election_days(state, next_day)


@pytest.mark.parametrize("state", STATES)
def test_elections_are_on_tuesdays_and_in_order(state: str) -> None:
    days = election_days(state, date(2000, 1, 1))
    assert list(days) == sorted(set(days))
    assert all(day.weekday() == 1 for day in days)


def test_a_day_nobody_entered_is_a_refusal_not_a_guess() -> None:
    with pytest.raises(Refusal, match="No election day"):
        next_election("OH", date(2040, 1, 1))


# The ceiling: a conflict in a draft is refused, a rule that tightens later narrows


def test_washington_refuses_fundraising_with_rule_and_citation() -> None:
    terms = ohio(owner="wa", purposes=("fundraising", "gotv"))
    with pytest.raises(CompileRefused) as refusal:
        compile_terms(terms, law=packs_for("WA"), state="WA")
    assert "WA-1" in refusal.value.where and "RCW 29A.08.720" in refusal.value.what
    grant = compile_terms(terms, law=packs_for("WA"), state="WA", signed=True)
    assert grant.purposes == {"gotv"}
    assert [(cut.rule.id, cut.kind, cut.names) for cut in grant.narrowed] == [
        ("WA-1", "purpose", ("fundraising",))
    ]


def test_florida_gives_ballots_to_those_its_statute_names() -> None:
    terms = ohio(owner="fl", columns=("ballots.sent_on", "voters.party"), masks={}, rows={})
    for kind in ("party", "committee", "campaign"):
        granted = compile_terms(terms, law=packs_for("FL"), state="FL", recipient_kind=kind)
        assert "ballots.sent_on" in granted.columns
    for other in ("vendor", "civic", None):
        with pytest.raises(CompileRefused, match=r"101\.62"):
            compile_terms(terms, law=packs_for("FL"), state="FL", recipient_kind=other)
    grant = compile_terms(terms, law=packs_for("FL"), state="FL", recipient_kind="vendor", signed=True)
    assert set(grant.columns) == {"voters.party"}


@pytest.mark.parametrize(
    ("tightened", "left"),
    [
        (rule("refuse_mode", ("export",)), "modes"),
        (rule("refuse_purpose", ("persuasion",)), "purposes"),
        (rule("refuse_column", columns=("voters.phone",)), "columns"),
        (rule("refuse_column", classes=("contact",), purposes=("gotv",)), "columns"),
        (rule("refuse_column", classes=("contact",), modes=("export",)), "columns"),
    ],
    ids=["a mode", "a purpose", "a column", "a class for one purpose", "a class for one mode"],
)
def test_a_rule_that_tightens_narrows_a_signed_agreement_and_says_so(tightened: LawRule, left: str) -> None:
    before = compile_terms(OHIO, law=(), state="OH")
    with pytest.raises(CompileRefused, match="Code 1"):
        compile_terms(OHIO, law=pack(tightened), state="OH")
    after = compile_terms(OHIO, law=pack(tightened), state="OH", signed=True)
    assert set(getattr(after, left)) < set(getattr(before, left))
    assert [cut.rule for cut in after.narrowed] == [tightened] == list(after.law)


@pytest.mark.parametrize(
    "elsewhere",
    [
        rule("refuse_column", classes=("contact",), purposes=("fundraising",)),
        rule("refuse_column", classes=("contact",), modes=("export",)),
        rule("refuse_column", classes=("contact",), purposes=("gotv",), modes=("export",)),
        rule("refuse_column", columns=("voters.email",)),
        rule("warn", classes=("ballot",)),
        rule("warn", modes=("export",)),
    ],
    ids=["another purpose", "another mode", "this purpose, another mode", "another column", "class", "mode"],
)
def test_a_rule_about_something_else_leaves_the_agreement_alone(elsewhere: LawRule) -> None:
    grant = compile_terms(ohio(modes=("contact", "count", "view")), law=pack(elsewhere), state="OH")
    assert grant.narrowed == () and grant.law == ()


def test_law_that_leaves_nothing_suspends() -> None:
    everything = rule("refuse_purpose", ("gotv", "persuasion"))
    with pytest.raises(CompileRefused, match="suspended") as refusal:
        compile_terms(OHIO, law=pack(everything), state="OH", signed=True)
    assert refusal.value.where == "ZZ-1"


def test_a_duty_of_the_law_is_added() -> None:
    grant = compile_terms(OHIO, law=pack(rule("require_duty")), state="OH")
    assert (grant.duties[-1].action, grant.duties[-1].by, grant.duties[-1].says) == (
        "statute", "national", "A sentence.",
    )  # fmt: skip


def test_the_law_of_another_state_is_not_applied() -> None:
    with pytest.raises(CompileRefused, match="not the owner's"):
        compile_terms(OHIO, law=packs_for("WA"), state="OH")


def rules() -> st.SearchStrategy[LawRule]:
    def names(pool: object) -> st.SearchStrategy[tuple[str, ...]]:
        return st.lists(st.sampled_from(sorted(pool)), max_size=2, unique=True).map(tuple)  # type: ignore[call-overload]

    return st.builds(
        rule,
        st.sampled_from(VERBS),
        names({*PURPOSES, *MODES, *REQUESTERS}),
        classes=names(CLASSES),
        columns=names(GRANTABLE),
        purposes=names(PURPOSES),
        modes=names(MODES),
    )


def within(smaller: Grant, larger: Grant) -> bool:
    """Whether everything `smaller` permits is permitted by `larger`."""
    return (
        smaller.purposes <= larger.purposes
        and smaller.modes <= larger.modes
        and smaller.columns.items() <= larger.columns.items()
        and (smaller.scope, smaller.start, smaller.until) == (larger.scope, larger.start, larger.until)
    )


@settings(deadline=None)
@given(drafts().map(compilable), st.lists(rules(), max_size=5), st.sampled_from([None, *REQUESTERS]))
def test_no_law_ever_widens(terms: object, found: list[LawRule], kind: str | None) -> None:
    grant = compile_terms(terms, law=(), state="OH")  # type: ignore[arg-type]
    law = pack(*(replace(r, id=f"ZZ-{at}") for at, r in enumerate(found)))
    narrowed = apply_law(grant, law, kind)
    assert within(narrowed, grant)
    assert apply_law(narrowed, law, kind).narrowed == narrowed.narrowed, "applying the law twice is once"


CURE = 'state = "ZZ"\nversion = "1"\n[[cure]]\nsince = 2026-01-01\n'


def test_a_cure_is_a_dated_fact_with_its_source() -> None:
    election = date(2026, 11, 3)
    held = cure_of("GA", election)
    assert held is not None and held.until(election) == date(2026, 11, 6) and "21-2-386" in held.cites
    assert (none := cure_of("AK", election)) is not None and none.until(election) is None
    assert cure_of("OH", election) is None  # nobody here knows: ask the county
    assert cure_of("GA", date(2018, 11, 6)) is None


@pytest.mark.parametrize(
    "text",
    [
        CURE + "days_after = 3\nsays = 'x'\n",
        CURE + "cites = 'x'\nsays = 'x'\n",
        CURE + "exists = false\ndays_after = 3\ncites = 'x'\nsays = 'x'\n",
        CURE + "days_after = 3\ncites = 'x'\nsays = 'x'\nfee = 1\n",
        CURE.replace("2026-01-01", "'soon'") + "days_after = 3\ncites = 'x'\nsays = 'x'\n",
        CURE
        + "days_after = 3\ncites = 'x'\nsays = 'x'\n"
        + "[[cure]]\nsince = 2025-01-01\ndays_after = 3\ncites = 'x'\nsays = 'x'\n",
    ],
)
def test_a_cure_without_what_it_needs_is_faulty(text: str) -> None:
    with pytest.raises(Refusal):
        parse_pack(text, "zz/law.toml")
