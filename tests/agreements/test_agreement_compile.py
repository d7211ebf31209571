"""What an agreement compiles to, as tables a lawyer can read, and against a slow second reading of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from drafts import OHIO, SCOPE_VALUES, compilable, drafts, ohio, ohio_2
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from oracle import HIDDEN, decide

from commonroll.agreements.compile import (
    CLASS_RULES,
    CompileRefused,
    Denial,
    Grant,
    check_overlap,
    compile_terms,
    denials,
    grant_hash,
    in_force,
    mask_fits,
    overlap,
    presence_only,
)
from commonroll.agreements.events import Event
from commonroll.agreements.law import packs_for
from commonroll.agreements.profile import MASKS, MODES, PURPOSES, Terms
from commonroll.agreements.terms import TermsRefused, parse, terms_hash, to_document
from commonroll.errors import Refusal
from commonroll.roll import schema
from commonroll.roll.schema import CLASSES, COLUMNS, GRANTABLE, Column
from thorough import dear

LAW = packs_for("OH")


def compiled(terms: Terms, **options: Any) -> Grant:
    return compile_terms(terms, law=LAW, state="OH", **options)


def alone(column: str, mode: str, purpose: str = "gotv") -> Terms:
    return ohio(purposes=(purpose,), modes=(mode,), columns=(column,), masks={})


# What each term becomes

TERMS: list[tuple[str, str, Any, Any]] = [
    ("owner: oh", "whose rows", lambda g: g.owner, "oh"),
    ("recipient: national", "who may use them", lambda g: g.recipient, "national"),
    ("purposes", "what for, and nothing else", lambda g: g.purposes, {"gotv", "persuasion"}),
    ("modes", "what may be done", lambda g: g.modes, {"count", "view", "contact", "export"}),
    ("columns", "only these exist", lambda g: set(g.columns), set(OHIO.columns)),
    ("a mask", "the birth year as a decade", lambda g: g.columns["voters.birth_year"], "decade"),
    ("no mask", "the party in full", lambda g: g.columns["voters.party"], "plain"),
    ("three counties", "a row must be of one of them", lambda g: g.scope["county_fips"],
     {"39049", "39061", "39113"}),
    ("two statuses", "and active or inactive", lambda g: g.scope["status"], {"active", "inactive"}),
    ("rows limited", "not the whole file", lambda g: g.whole_file, False),
    ("from", "the first instant that counts", lambda g: g.start, datetime(2026, 12, 1, tzinfo=UTC)),
    ("until", "the first that does not", lambda g: g.until, datetime(2027, 6, 30, tzinfo=UTC)),
    ("rows per export", "no larger file", lambda g: g.rows_per_export, 300_000),
    ("exports a day", "no more files, by UTC day", lambda g: g.exports_per_day, 4),
    ("contact quota", "three per household in 30 days", lambda g: (g.contact[0].count, g.contact[0].days),
     (3, 30)),
    ("delete within P7D", "owed by the recipient", lambda g: (g.duties[0].by, g.duties[0].within),
     ("national", timedelta(days=7))),
    ("notice of P14D", "owed by the owner", lambda g: (g.duties[3].by, g.duties[3].within),
     ("oh", timedelta(days=14))),
    ("the number", "what people call it", lambda g: g.number, 3),
    ("the hash", "names these terms", lambda g: g.terms_hash, terms_hash(to_document(OHIO))),
]  # fmt: skip


@pytest.mark.parametrize(("term", "meaning", "read", "value"), TERMS, ids=[row[0] for row in TERMS])
def test_what_a_term_becomes(term: str, meaning: str, read: Any, value: Any) -> None:
    assert read(compiled(OHIO, number=3)) == value


def test_the_whole_file_must_be_said_and_is_a_flag_not_a_wildcard() -> None:
    grant = compiled(ohio(rows={}))
    assert grant.whole_file and grant.scope == {}


def test_without_export_there_is_no_export_quota() -> None:
    grant = compiled(ohio(modes=("count", "view")))
    assert (grant.rows_per_export, grant.exports_per_day) == (0, 0)


# Class by mode, for every column of the schema. The table is the specification's, written out again.

ASK, NEVER, PRESENCE = "granted when named", "refused", "presence only"
BY_CLASS: dict[str, tuple[str, str, str, str]] = {
    #               count     view   contact export
    "identity":     (ASK,      ASK,   ASK,   ASK),
    "contact":      (PRESENCE, ASK,   ASK,   ASK),
    "registration": (ASK,      ASK,   ASK,   ASK),
    "district":     (ASK,      ASK,   ASK,   ASK),
    "demographic":  (ASK,      ASK,   ASK,   ASK),
    "vote_history": (ASK,      ASK,   ASK,   ASK),
    "ballot":       (ASK,      ASK,   ASK,   ASK),
    "response":     (ASK,      ASK,   ASK,   ASK),
    "model":        (ASK,      ASK,   ASK,   ASK),
    "financial":    (ASK,      ASK,   ASK,   NEVER),
    "provenance":   (NEVER,    NEVER, NEVER, NEVER),
}  # fmt: skip
ROW_KEYS = {"voters.member", "voters.state"}
OWNERS_ALONE = {
    *("refused", "facts", "imports", "contacts", "reachables", "found_out"),
    *("judgements", "person_events", "ballot_events", "ballot_files", "attempts"),
}
"""Tables that no agreement names, though some of their columns have the class of a voter's."""


def test_every_class_is_in_the_table() -> None:
    assert BY_CLASS.keys() == CLASSES.keys() == CLASS_RULES.keys()


@pytest.mark.parametrize("mode", ["count", "view", "contact", "export"])
@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_class_by_mode_for_every_column(column: str, mode: str) -> None:
    wanted = BY_CLASS[COLUMNS[column].cls][["count", "view", "contact", "export"].index(mode)]
    terms = alone(column, mode)
    if wanted == NEVER or column in ROW_KEYS or COLUMNS[column].table in OWNERS_ALONE:
        with pytest.raises(CompileRefused) as refusal:
            compiled(terms)
        assert column in refusal.value.where
        return
    assert set(compiled(terms).columns) == {column}
    assert presence_only(column, mode) == (wanted == PRESENCE)


@pytest.mark.parametrize("cls", ["model", "financial"])
@pytest.mark.parametrize("mode", ["count", "view", "contact", "export"])
def test_classes_that_have_no_column_yet(cls: Any, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    column = Column("voters", "score_turnout", "float64", cls, "chance of voting")
    for place in (schema.COLUMNS, schema.GRANTABLE):
        monkeypatch.setitem(place, column.qualified, column)
    terms = alone(column.qualified, mode)
    if BY_CLASS[cls][["count", "view", "contact", "export"].index(mode)] == NEVER:
        with pytest.raises(CompileRefused, match="financial never go into export"):
            compile_terms(terms, law=(), state="OH")
    else:
        assert set(compile_terms(terms, law=(), state="OH").columns) == {column.qualified}


@pytest.mark.parametrize("column", sorted(name for name, c in GRANTABLE.items() if c.cls == "contact"))
def test_research_gets_no_contact_data(column: str) -> None:
    with pytest.raises(CompileRefused, match="no contact data"):
        compiled(alone(column, "count", "research"))


def test_hygiene_never_exports_rows() -> None:
    for mode in ("count", "view", "contact"):
        assert compiled(alone("voters.party", mode, "hygiene")).modes == {mode}
    with pytest.raises(CompileRefused, match="never exported"):
        compiled(alone("voters.party", "export", "hygiene"))


def test_there_is_no_purpose_for_challenging_voters() -> None:
    assert not [name for name in PURPOSES if "challenge" in name]
    with pytest.raises(TermsRefused):
        compiled(ohio(purposes=("challenge",)))


# Masks

FITS: dict[str, str] = {
    #                         plain null year decade zip3 last4 bucket10 marked token initial
    "voters.birth_date":     "yes   yes  yes  yes    no   no    no       no     no     no",
    "voters.birth_year":     "yes   yes  no   yes    no   no    no       no     no     no",
    "voters.age":            "yes   yes  no   no     no   no    yes      no     no     no",
    "voters.registered_on":  "yes   yes  yes  yes    no   no    no       no     no     no",
    "voters.phone":          "yes   yes  no   no     no   yes   no       no     no     no",
    "voters.residence_zip5": "yes   yes  no   no     yes  no    no       no     no     no",
    "voters.state_voter_id": "yes   yes  no   no     no   yes   no       no     yes     no",
    "voters.last_name":      "yes   yes  no   no     no   no    no       no     no     yes",
    "voters.party":          "yes   yes  no   no     no   no    no       no     no     no",
    "voters.permanent_absentee": "yes yes no  no     no   no    no       no     no     no",
    "history.election_date": "yes   yes  yes  yes    no   no    no       no     no     no",
}  # fmt: skip


@pytest.mark.parametrize("column", FITS)
def test_which_mask_fits_which_column(column: str) -> None:
    for mask, fits in zip(MASKS, FITS[column].split(), strict=True):
        terms = ohio_2(columns=(column,), masks={column: mask}, purposes=("gotv",))
        assert mask_fits(mask, COLUMNS[column]) == (fits == "yes")
        if fits == "yes":
            assert compiled(terms).columns == {column: mask}
        else:
            with pytest.raises(CompileRefused, match="does not fit"):
                compiled(terms)


def test_a_birth_date_shows_as_its_year_unless_plain_is_written_out() -> None:
    terms = ohio(columns=("voters.birth_date",), masks={})
    in_full = replace(terms, masks={"voters.birth_date": "plain"})
    assert compiled(terms).columns == {"voters.birth_date": "year"}
    assert compiled(in_full).columns == {"voters.birth_date": "plain"}


# Determinism


def test_a_changed_compiler_shows() -> None:
    """If this fails, a grant that is stored somewhere compiles differently: say why in the changelog."""
    grant = compile_terms(OHIO, law=(), state="OH")
    assert grant_hash(grant) == "sha256:eXTi2pGpTDCr5BfXzarIWva1AcNlbRQLf6NRiVbpi8Q="


@given(drafts().map(compilable))
def test_compiling_is_deterministic_and_the_number_is_no_part_of_it(terms: Terms) -> None:
    assert compiled(terms) == compiled(parse(to_document(terms)))
    assert grant_hash(compiled(terms, number=3)) == grant_hash(compiled(terms))


# In force: the clock, the signatures, the events

START, UNTIL, SECOND = OHIO.start, OHIO.until, timedelta(seconds=1)
MIDDLE = datetime(2027, 2, 1, tzinfo=UTC)


def ended(effective: datetime, agreement: str = OHIO.id) -> Event:
    return Event("Revoked", agreement, "sha256:x", effective, effective, "oh", "breach")


SUSPENDED = Event(
    "Suspended", OHIO.id, "sha256:x", MIDDLE, MIDDLE, "oh", "breach", "sha256:x", hash="sha256:s"
)
RESUMED = replace(
    SUSPENDED, kind="Resumed", issued=MIDDLE + SECOND, effective=MIDDLE + SECOND, after="sha256:s",
    hash="sha256:r",
)  # fmt: skip


IN_FORCE: list[tuple[str, bool, list[Event], datetime, datetime | None, bool]] = [
    ("a second before", True, [], START - SECOND, None, False),
    ("the first instant", True, [], START, None, True),
    ("in the middle", True, [], MIDDLE, None, True),
    ("the last second", True, [], UNTIL - SECOND, None, True),
    ("the end is excluded", True, [], UNTIL, None, False),
    ("a signature does not stand", False, [], MIDDLE, None, False),
    ("revoked, before it takes effect", True, [ended(MIDDLE + SECOND)], MIDDLE, None, True),
    ("revoked, the instant it takes effect", True, [ended(MIDDLE)], MIDDLE, None, False),
    ("revoked long ago", True, [ended(START)], MIDDLE, None, False),
    ("another agreement revoked", True, [ended(START, "urn:uuid:other")], MIDDLE, None, True),
    ("a clock set back after the end", True, [], MIDDLE, UNTIL, False),
    ("a clock set back after a revocation", True, [ended(MIDDLE)], START, MIDDLE, False),
    ("before it was suspended", True, [SUSPENDED], MIDDLE - SECOND, None, True),
    ("suspended", True, [SUSPENDED], MIDDLE, None, False),
    ("suspended, a clock set back", True, [SUSPENDED], START, MIDDLE, False),
    ("resumed", True, [SUSPENDED, RESUMED], MIDDLE + SECOND, None, True),
    ("resumed, told in another order", True, [RESUMED, SUSPENDED], MIDDLE + SECOND, None, True),
    ("resumed and revoked", True, [SUSPENDED, RESUMED, ended(MIDDLE)], MIDDLE + SECOND, None, False),
    ("a floor of the past", True, [], MIDDLE, START, True),
]


@pytest.mark.parametrize(
    ("case", "signed", "events", "now", "floor", "stands"), IN_FORCE, ids=[row[0] for row in IN_FORCE]
)
def test_in_force(
    case: str, signed: bool, events: list[Event], now: datetime, floor: datetime | None, stands: bool
) -> None:
    assert in_force(compiled(OHIO), signed, events, now, floor=floor) is stands


# At most one agreement per owner, recipient and purpose

OVERLAPS: list[tuple[str, Terms, set[str]]] = [
    ("the same again", OHIO, {"gotv", "persuasion"}),
    ("one purpose shared", ohio(purposes=("fundraising", "gotv")), {"gotv"}),
    ("other purposes", ohio(purposes=("fundraising",)), set()),
    ("another recipient", ohio(recipient="rivera"), set()),
    ("another owner", ohio(owner="fl"), set()),
    ("begins where the other ends", ohio(start=UNTIL, until=UNTIL + SECOND), set()),
    ("begins a second earlier", ohio(start=UNTIL - SECOND, until=UNTIL + SECOND), {"gotv", "persuasion"}),
    ("ends where the other begins", ohio(start=START - SECOND, until=START), set()),
    ("inside the other", ohio(start=MIDDLE, until=MIDDLE + SECOND), {"gotv", "persuasion"}),
    ("other rows", ohio(rows={"county_fips": ("39001",)}), {"gotv", "persuasion"}),
]


@pytest.mark.parametrize(("case", "other", "shared"), OVERLAPS, ids=[row[0] for row in OVERLAPS])
def test_overlap(case: str, other: Terms, shared: set[str]) -> None:
    standing = compiled(OHIO, number=3)
    assert overlap(other, standing) == overlap(standing, other) == shared
    if not shared:
        check_overlap(other, [standing])
        return
    with pytest.raises(CompileRefused) as refusal:
        check_overlap(other, [standing])
    assert refusal.value.where == "agreement 3"


def test_a_revoked_agreement_makes_room_when_it_ends() -> None:
    check_overlap(ohio(start=MIDDLE), [replace(compiled(OHIO), until=MIDDLE)])


# Denials

WA_GRANT = compile_terms(ohio(owner="wa"), law=packs_for("WA"), state="WA", number=5)


def test_nothing_is_denied_where_everything_is_granted() -> None:
    assert denials(compiled(OHIO), LAW, "gotv", "view", OHIO.columns) == []


def test_what_is_denied_and_why() -> None:
    grant = compiled(OHIO, number=3)
    no_law: tuple[None, None, None] = (None, None, None)
    assert denials(None, LAW, "gotv", "count", ["voters.party"]) == [Denial("purpose", "gotv", "not granted")]
    assert denials(grant, LAW, "research", "count", ["voters.party"]) == [
        Denial("purpose", "research", "not granted")
    ]
    narrow = compiled(ohio(modes=("count",)), number=3)
    assert denials(narrow, LAW, "gotv", "export", ["voters.party"]) == [
        Denial("mode", "export", "not granted", *no_law, 3)
    ]
    assert denials(grant, LAW, "gotv", "view", ["voters.email", "voters.party", "voters.age"]) == [
        Denial("column", "voters.age", "not granted", *no_law, 3),
        Denial("column", "voters.email", "not granted", *no_law, 3),
    ]


def test_what_the_law_forbids_is_said_before_what_was_not_granted() -> None:
    for grant, number in ((None, None), (WA_GRANT, 5)):
        (denial,) = denials(grant, packs_for("WA"), "fundraising", "count", ["voters.phone"])
        assert (denial.kind, denial.reason, denial.rule, denial.agreement) == (
            "purpose", "law forbids", "WA-1", number,
        )  # fmt: skip
        assert denial.cites and "RCW" in denial.cites


def test_a_column_the_law_keeps_back_is_no_matter_of_the_agreement() -> None:
    law = packs_for("FL")
    grant = compile_terms(ohio(owner="fl", rows={}), law=law, state="FL", recipient_kind="vendor", number=3)
    (denial,) = denials(grant, law, "gotv", "view", ["ballots.sent_on"], recipient_kind="vendor")
    assert (denial.reason, denial.rule) == ("law forbids", "FL-2")
    (denial,) = denials(grant, law, "gotv", "view", ["ballots.sent_on"], recipient_kind="party")
    assert (denial.reason, denial.rule, denial.agreement) == ("not granted", None, 3)


# Against the oracle: compiler and JSON agree, row by row

ROWS = st.fixed_dictionaries(
    {
        "voters.county_fips": st.sampled_from([*SCOPE_VALUES["county_fips"], "39001", "", None]),
        "voters.congressional_district": st.sampled_from(["1", "3", "8", "", None]),
        "voters.state_senate_district": st.sampled_from(["2", "5", "", None]),
        "voters.state_house_district": st.sampled_from(["7", "8", "", None]),
        "voters.precinct": st.sampled_from(["01-A", "9", "", None]),
        "voters.party": st.sampled_from(["DEM", "REP", "UNK", "", None]),
        "voters.status": st.sampled_from(["active", "removed", "", None]),
        "voters.confidential": st.sampled_from([False, True, None]),
        "voters.birth_date": st.sampled_from([date(1987, 6, 5), None]),
        "voters.birth_year": st.sampled_from([1987, None]),
        "voters.phone": st.sampled_from(["+16145550123", None]),
        "voters.residence_zip5": st.sampled_from(["43215", None]),
        "voters.state_voter_id": st.just("OH0001"),
    }
)


SHOWN: dict[str, Callable[[Any], Any]] = {
    "plain": lambda value: value,
    "year": lambda value: value.replace(month=1, day=1),
    "decade": lambda value: value // 10 * 10 if isinstance(value, int) else date(value.year // 10 * 10, 1, 1),
    "zip3": lambda value: value[:3],
    "last4": lambda value: value[-4:] if len(value) > 4 else None,
    "token": lambda value: ("token", value),
}


def from_grant(
    grant: Grant, row: Mapping[str, Any], column: str, purpose: str, mode: str, now: datetime
) -> Any:
    """What a view built from the grant would show, by the rules of the grant's own docstring."""
    if purpose not in grant.purposes or mode not in grant.modes or column not in grant.columns:
        return HIDDEN
    if not in_force(grant, True, [], now):
        return HIDDEN
    if row["voters.confidential"] is not False:
        return HIDDEN
    if not all(row[f"voters.{name}"] in values for name, values in grant.scope.items()):
        return HIDDEN
    value, mask = row[column], grant.columns[column]
    if mask == "null" or value is None:
        return None
    return SHOWN[mask](value)


@settings(max_examples=dear(300), deadline=None)
@given(drafts().map(compilable), ROWS, st.data())
def test_the_grant_and_the_oracle_agree(terms: Terms, row: dict[str, Any], data: st.DataObject) -> None:
    """Mostly rows and uses that fit, with one thing off: else nearly every answer would be HIDDEN."""
    column = data.draw(st.sampled_from(sorted(row)))
    if column in GRANTABLE:
        terms = compilable(replace(terms, columns=tuple(sorted({*terms.columns, column}))))
    fitting = {f"voters.{name}": values[0] for name, values in terms.rows.items()}
    whole = {**row, **fitting, "voters.confidential": False}
    off = data.draw(st.sampled_from([None, "purpose", "mode", "now", *sorted(whole)]))
    purpose = data.draw(st.sampled_from(sorted(PURPOSES) if off == "purpose" else terms.purposes))
    mode = data.draw(st.sampled_from(sorted(MODES) if off == "mode" else terms.modes))
    edges = [terms.start, terms.until - SECOND]
    now = data.draw(st.sampled_from([terms.start - SECOND, terms.until] if off == "now" else edges))
    shown = {**whole, off: row[off]} if off in row else whole
    seen = from_grant(compiled(terms), shown, column, purpose, mode, now)
    assert seen == decide(to_document(terms), shown, column, purpose, mode, now)


FITS_ALL: dict[str, Any] = {
    "voters.county_fips": "39049",
    "voters.status": "active",
    "voters.party": "DEM",
    "voters.birth_year": 1987,
    "voters.confidential": False,
}

ONE_OFF: list[tuple[str, dict[str, Any], dict[str, Any], Any]] = [
    ("everything fits", {}, {}, "DEM"),
    ("a masked column", {}, {"column": "voters.birth_year"}, 1980),
    ("another county", {"voters.county_fips": "39001"}, {}, HIDDEN),
    ("county unknown", {"voters.county_fips": ""}, {}, HIDDEN),
    ("county null", {"voters.county_fips": None}, {}, HIDDEN),
    ("status null", {"voters.status": None}, {}, HIDDEN),
    ("another status", {"voters.status": "removed"}, {}, HIDDEN),
    ("protected", {"voters.confidential": True}, {}, HIDDEN),
    ("protection unknown", {"voters.confidential": None}, {}, HIDDEN),
    ("party null, and no limit by party", {"voters.party": None}, {}, None),
    ("another purpose", {}, {"purpose": "fundraising"}, HIDDEN),
    ("another mode", {}, {"mode": "export"}, HIDDEN),
    ("a column not granted", {}, {"column": "voters.email"}, HIDDEN),
    ("an owner's column", {}, {"column": "voters.confidential"}, HIDDEN),
    ("before", {}, {"now": START - SECOND}, HIDDEN),
    ("after", {}, {"now": UNTIL}, HIDDEN),
]


@pytest.mark.parametrize(("case", "row", "use", "seen"), ONE_OFF, ids=[row[0] for row in ONE_OFF])
def test_one_thing_off(case: str, row: dict[str, Any], use: dict[str, Any], seen: Any) -> None:
    terms = ohio(modes=("contact", "count", "view"))
    asked = {"column": "voters.party", "purpose": "gotv", "mode": "view", "now": MIDDLE, **use}
    place = (asked["column"], asked["purpose"], asked["mode"], asked["now"])
    assert decide(to_document(terms), {**FITS_ALL, **row}, *place) == seen
    assert from_grant(compiled(terms), {**FITS_ALL, **row}, *place) == seen


# Monotonicity

Cell = tuple[str, str, str]


def cells(grant: Grant) -> set[Cell]:
    return {(p, m, c) for p in grant.purposes for m in grant.modes for c in grant.columns}


def no_wider(smaller: Grant, larger: Grant) -> bool:
    """Whether `smaller` shows nobody anything that `larger` does not show."""
    rows = all(
        column in smaller.scope and smaller.scope[column] <= values for column, values in larger.scope.items()
    )
    masks = all(larger.columns.get(name) == mask for name, mask in smaller.columns.items())
    window = larger.start <= smaller.start and smaller.until <= larger.until
    return cells(smaller) <= cells(larger) and rows and masks and window


def granting_lists(document: dict[str, Any]) -> list[list[str]]:
    """The lists of words that grant: purposes, modes, columns, and the values of each row limit."""
    found = []
    for item in document["permission"][0]["constraint"]:
        if item.get("leftOperand") in ("purpose", "cr:mode", "cr:columns"):
            found.append(item["rightOperand"])
        found += [limit["rightOperand"] for limit in item.get("and", [])]
    return found


@settings(max_examples=dear(300), deadline=None)
@given(drafts().map(compilable), st.data())
def test_removing_a_granting_word_never_widens(terms: Terms, data: st.DataObject) -> None:
    document = to_document(terms)
    words = data.draw(st.sampled_from(granting_lists(document)))
    words.pop(data.draw(st.integers(0, len(words) - 1)))
    try:
        smaller = compiled(parse(document))
    except Refusal:
        return
    assert no_wider(smaller, compiled(terms))


def constraint_names(document: dict[str, Any]) -> list[str]:
    return [item.get("leftOperand", "and") for item in document["permission"][0]["constraint"]]


@pytest.mark.parametrize("name", [n for n in constraint_names(to_document(OHIO)) if n != "cr:masks"])
def test_no_limit_can_be_left_out(name: str) -> None:
    document = to_document(OHIO)
    items = document["permission"][0]["constraint"]
    del items[constraint_names(document).index(name)]
    with pytest.raises(TermsRefused):
        parse(document)


@settings(max_examples=dear(200), deadline=None)
@given(drafts())
def test_a_grant_names_nothing_that_its_agreement_does_not(terms: Terms) -> None:
    try:
        grant = compiled(terms)
    except CompileRefused:
        assume(False)
        return
    assert grant.purposes <= set(terms.purposes) and grant.modes <= set(terms.modes)
    assert set(grant.columns) <= set(terms.columns)
    assert {column: set(values) for column, values in grant.scope.items()} == {
        column: set(values) for column, values in terms.rows.items()
    }
    assert all(grant.scope.values())
    assert (grant.start, grant.until) == (terms.start, terms.until)
