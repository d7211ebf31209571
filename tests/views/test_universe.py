"""The universe language: what can be said, what it means to the reader, and how mistakes are answered."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from commonroll.views.derived import FUNCTIONS, VISIBLE
from commonroll.views.universe import Universe, UniverseError, parse
from thorough import dear

# as written                                          its one spelling
SPELLINGS = [
    ("party = 'DEM'",                                  "party = 'DEM'"),
    ("PARTY='DEM' and Age<30",                         "party = 'DEM' AND age < 30"),
    ("30 > age",                                       "age < 30"),
    ("voters.party != 'DEM'",                          "party <> 'DEM'"),
    ("age between 18 and 29",                          "age BETWEEN 18 AND 29"),
    ("party in ('DEM','REP','DEM')",                   "party IN ('DEM', 'REP')"),
    ("not party in ('DEM')",                           "party NOT IN ('DEM')"),
    ("phone is not null",                              "phone IS NOT NULL"),
    ("last_name ilike 'mc%'",                          "last_name ILIKE 'mc%'"),
    ("registered_on >= date '2024-01-01'",             "registered_on >= '2024-01-01'"),
    ("(party='DEM' or party='GRN') and age>60",        "(party = 'DEM' OR party = 'GRN') AND age > 60"),
    ("(party='DEM' and age>60) or sex='female'",       "party = 'DEM' AND age > 60 OR sex = 'female'"),
    ("not (party='DEM' and age>60)",                   "NOT (party = 'DEM' AND age > 60)"),
    ("permanent_absentee",                             "permanent_absentee"),
    ("mail_state <> residence_state",                  "mail_state <> residence_state"),
    ("last_name = 'O''BRIEN'",                         "last_name = 'O''BRIEN'"),
    ("voted('2024-11-05') -- last general",            "voted('2024-11-05')"),
    ("voted('2024-11-05','mail')",                     "voted('2024-11-05', 'mail')"),
    ("not contacted_since('2026-10-01')",              "NOT contacted_since('2026-10-01')"),
    ("district('school','12')",                        "district('school', '12')"),
]  # fmt: skip

# universe                                   place  what it says                       what it offers
MISTAKES = [
    ("parti = 'DEM'",                           1,  "no column parti",                  "party"),
    ("party = 'DEMM'",                          9,  "never has that value",             "DEM"),
    ("party = dem",                             9,  "no column dem",                    ""),
    ('party = "DEM"',                           9,  "Double quotes",                    "single quotes"),
    ("age > 'x'",                               7,  "age is a number",                  "whole number"),
    ("age > 1.5",                               7,  "age is a number",                  "whole number"),
    ("congressional_district = 12",            26,  "is a text",                        "'12'"),
    ("registered_on > 'yesterday'",            17,  "is a date",                        "'2024-11-05'"),
    ("registered_on > '2024-02-30'",           17,  "is a date",                        "'2024-11-05'"),
    ("voted(2024)",                             7,  "is a date",                        "'2024-11-05'"),
    ("voted()",                                 1,  "takes 1 to 2",                     "voted("),
    ("vote('2024-11-05')",                      1,  "no function vote",                 "voted"),
    ("lower(last_name) = 'x'",                  1,  "no function lower",                "voted("),
    ("district('schol', '1')",                 10,  "never has that value",             "school"),
    ("party in (select party)",                11,  "no subqueries",                    "IN"),
    ("party = 'DEM' union select 1",           15,  "not part of",                      "AND"),
    ("age + 1 > 3",                             5,  "not part of",                      "AND"),
    ("age > 3; drop table voters",              8,  "not part of",                      "AND"),
    ("case when age > 3 then true end",         1,  "not part of",                      "AND"),
    ("age::text = '3'",                         4,  "not part of",                      "AND"),
    ("age between symmetric 1 and 2",           1,  "not part of",                      "AND"),
    ("last_name like 'x' escape '!'",          20,  "not part of",                      "AND"),
    ("party = null",                            1,  "Nothing equals NULL",              "IS NULL"),
    ("party in ('DEM', null)",                  1,  "Nothing equals NULL",              "IS NULL"),
    ("party > 'DEM'",                           1,  "has no order",                     "IN"),
    ("age",                                     1,  "alone is no condition",            "age"),
    ("1 = 1",                                   1,  "compares no column",               "party"),
    ("true",                                    1,  "alone is no condition",            "party"),
    ("confidential = true",                     1,  "owner's alone",                    ""),
    ("source_line > 3",                         1,  "owner's alone",                    ""),
    ("history.election_date > '2020-01-01'",    1,  "columns of voters",                "voted("),
    ("a.b.party = 'DEM'",                       1,  "columns of voters",                ""),
    ("party = 'DEM",                            9,  "not closed",                       "quote"),
    ("(age > 3",                                8,  "closing parenthesis",              ""),
    ("age > 3)",                                8,  "cannot be read from here",         ""),
    ("age is true",                             1,  "NULL or NOT NULL",                 ""),
    ("age = party",                             7,  "cannot be compared",               ""),
    ("party = 'DEM' AND ",                      18, "After AND a condition",            "party"),
    ("NOT",                                     4,  "After NOT a condition",            "party"),
    ("age >=",                                  7,  "a value is still to come",         "number"),
    ("party IN",                                9,  "a list is still to come",          "parentheses"),
    ("phone IS",                                9,  "NULL or NOT NULL is still",        "NULL"),
    ("last_name LIKE",                          15, "a pattern is still",               "single quotes"),
    ("age BETWEEN",                             12, "two values are",                   "18 AND 29"),
    ("",                                        1,  "empty",                            ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "spelling"), SPELLINGS, ids=[text for text, _ in SPELLINGS])
def test_what_can_be_said_and_its_one_spelling(text: str, spelling: str) -> None:
    assert parse(text).canonical == spelling
    assert parse(spelling).canonical == spelling


@pytest.mark.parametrize(("text", "column", "what", "offer"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_shown_at_its_place(text: str, column: int, what: str, offer: str) -> None:
    with pytest.raises(UniverseError) as raised:
        parse(text)
    error = raised.value

    assert (error.position.column, what in error.what, offer in error.next_step) == (column, True, True), (
        error
    )
    assert error.excerpt.splitlines()[-1] == "  " + " " * (column - 1) + "^"


def test_the_place_is_found_on_a_later_line_and_beyond_the_first_plane() -> None:
    with pytest.raises(UniverseError) as raised:
        parse("ward = '🎉'\n  AND ag > 3")

    assert raised.value.position == (17, 2, 7)
    assert "Did you mean age?" in str(raised.value)


def test_every_column_of_a_view_can_be_named() -> None:
    for name in VISIBLE:
        assert parse(f"{name} IS NULL").canonical == f"{name} IS NULL"


def test_derived_names_bring_what_they_are_made_of() -> None:
    universe = parse("age < 30 AND voted('2024-11-05') AND party = 'DEM'")

    assert universe.columns == {
        "voters.birth_date", "voters.birth_year", "voters.age", "history.election_date", "voters.party",
    }  # fmt: skip
    assert parse("ballot('sent')").columns == {"ballots.status"}
    assert parse("ballot('sent', '2026-11-03')").columns == {"ballots.status", "ballots.election_date"}


def test_presence_alone_is_told_apart_from_looking_at_a_value() -> None:
    assert parse("phone IS NOT NULL AND party = 'DEM'").compared == {"party"}
    assert parse("phone IS NULL OR phone LIKE '+1%'").compared == {"phone"}


@pytest.mark.parametrize(
    "text",
    [
        "(" * 500 + "age > 3" + ")" * 500,
        "NOT " * 500 + "age > 3",
        "age > " + "-" * 500 + "3",
        " OR ".join(["age > 3"] * 5000),
        "party IN (" + ", ".join(f"'{n}'" for n in range(1500)) + ")",
        "x" * 30_000,
    ],
    ids=["parentheses", "negations", "signs", "length", "values", "characters"],
)
def test_what_is_too_large_or_too_deep_is_refused(text: str) -> None:
    with pytest.raises(UniverseError):
        parse(text)


def test_a_long_chain_is_read() -> None:
    assert parse(" OR ".join(["ward = '1'"] * 900)).fields == {"ward"}


# Whatever is typed

_words = (
    "AND OR NOT IN IS NULL BETWEEN LIKE ( ) , = <> < >= 'DEM' '2024-11-05' 30 -1 TRUE DATE SELECT ' \" -- /*"
)
_strange = "; :: . * CASE INTERVAL [ { $1 ? x'41' @ \\ é 🎉"
_pieces = st.sampled_from([*VISIBLE, *FUNCTIONS, *_words.split(), *_strange.split(), "\n"])


@settings(max_examples=dear(400), deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(_pieces, max_size=14).map(" ".join)))
@example("a IN")
@example("((")
@example("'")
@example("party = 'DEM' AND")
@example("NOT")
@example("age BETWEEN 1")
def test_any_text_is_a_universe_or_points_at_a_place(text: str) -> None:
    try:
        universe = parse(text)
    except UniverseError as error:
        assert 0 <= error.position.offset <= len(text)
        return
    assert parse(universe.canonical).canonical == universe.canonical
    assert parse(universe.canonical).columns == universe.columns


_texts = st.text(st.characters(exclude_categories=["C"]), max_size=8)
_atoms = st.one_of(
    st.tuples(st.sampled_from(["<", "<=", "=", "<>", ">", ">="]), st.integers(-5, 120)).map(
        lambda t: f"age {t[0]} {t[1]}"
    ),
    _texts.map(lambda t: "last_name = '" + t.replace("'", "''") + "'"),
    _texts.map(lambda t: "last_name LIKE '" + t.replace("'", "''") + "'"),
    st.lists(st.sampled_from(["DEM", "REP", "NPA"]), min_size=1).map(lambda v: f"party IN ({str(v)[1:-1]})"),
    st.sampled_from(["phone IS NULL", "permanent_absentee", "voted('2024-11-05')", "age BETWEEN 18 AND 29"]),
)
conditions = st.recursive(
    _atoms,
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda t: f"({t[0]}) AND ({t[1]})"),
        st.tuples(inner, inner).map(lambda t: f"({t[0]}) OR ({t[1]})"),
        inner.map(lambda t: f"NOT ({t})"),
    ),
    max_leaves=6,
)


@settings(max_examples=dear(200), deadline=None)
@given(conditions)
def test_the_spelling_is_read_as_the_same_tree(text: str) -> None:
    universe: Universe = parse(text)

    assert parse(universe.canonical).tree == universe.tree
