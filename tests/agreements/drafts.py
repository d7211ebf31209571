"""Drafts that the tests share: one of Ohio for the national committee, and any that Hypothesis thinks of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from commonroll.agreements.compile import CLASS_RULES, mask_fits
from commonroll.agreements.profile import (
    CARRIERS,
    CHANNELS,
    MASKS_OF,
    MODES,
    PURPOSES_OF,
    ContactQuota,
    Price,
    Terms,
    answers_within,
)
from commonroll.agreements.universe import AllOf, AnyOf, OneOf, Range, Universe, Voted, write_universe
from commonroll.agreements.universe_reading import read_universe
from commonroll.roll.schema import GRANTABLE, PARTIES, STATUSES

TEN_COLUMNS = (
    "voters.birth_year", "voters.county_fips", "voters.first_name", "voters.last_name", "voters.party",
    "voters.phone", "voters.precinct", "voters.registered_on", "voters.state_voter_id", "voters.status",
)  # fmt: skip
OHIO = Terms(
    profile=1,
    id="urn:uuid:3e6f1d58-92c4-4c0e-8a55-1f7d0b6c9a03",
    owner="oh",
    recipient="national",
    purposes=("gotv", "persuasion"),
    modes=("contact", "count", "export", "view"),
    columns=TEN_COLUMNS,
    masks={"voters.birth_year": "decade"},
    rows={"county_fips": ("39049", "39061", "39113"), "status": ("active", "inactive")},
    start=datetime(2026, 12, 1, tzinfo=UTC),
    until=datetime(2027, 6, 30, tzinfo=UTC),
    timestamp=datetime(2026, 11, 24, 15, tzinfo=UTC),
    rows_per_export=300_000,
    exports_per_day=4,
    contact=(ContactQuota(3, "household", 30),),
    law_packs=("law:default:2026.1", "law:us-oh:2026.1", "law:us:2026.1"),
    returns=answers_within(7),
    delete_within_days=7,
    breach_within_hours=48,
    notice_days=14,
)


def ohio(**changes: Any) -> Terms:
    """Ohio's draft with some terms changed."""
    return replace(OHIO, **changes)


OHIO_2 = replace(
    OHIO, profile=2, rows_per_export=0, exports_per_day=0, rows_per_day=300_000, governing_law="OH"
)
"""The same draft in version 2, without anything that version 1 could not say, but for the law."""


def ohio_2(**changes: Any) -> Terms:
    """Ohio's draft of version 2 with some terms changed."""
    return replace(OHIO_2, **changes)


SCOPE_VALUES: dict[str, tuple[str, ...]] = {
    "county_fips": ("39049", "39061", "39113"),
    "congressional_district": ("1", "3", "15"),
    "state_senate_district": ("2", "16"),
    "state_house_district": ("7", "99"),
    "precinct": ("01-A", "WARD 2 C", "0007"),
    "party": PARTIES,
    "status": STATUSES,
}


def some(names: Any, smallest: int = 1) -> st.SearchStrategy[tuple[str, ...]]:
    """A sorted choice of `names`, at least `smallest`."""
    pool = sorted(names)
    return st.lists(st.sampled_from(pool), min_size=smallest, max_size=8, unique=True).map(
        lambda chosen: tuple(sorted(chosen))
    )


@st.composite
def drafts(draw: st.DrawFn) -> Terms:
    """Any draft that the profile can express; not all of them compile."""
    columns = draw(some(GRANTABLE))
    scoped = draw(some(SCOPE_VALUES, 0))
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 60_000_000)))
    length = draw(st.integers(1, 40_000_000))
    fitting = {name: [m for m in MASKS_OF[1] if mask_fits(m, GRANTABLE[name])] for name in columns}
    masked = draw(some(columns, 0))
    return replace(
        OHIO,
        purposes=draw(some(PURPOSES_OF[1])),
        modes=draw(some(MODES)),
        columns=columns,
        masks={name: draw(st.sampled_from(fitting[name])) for name in masked},
        rows={column: draw(some(SCOPE_VALUES[column])) for column in scoped},
        start=start,
        until=start + timedelta(seconds=length),
        timestamp=start,
        rows_per_export=draw(st.integers(1, 999_999)),
        exports_per_day=draw(st.integers(1, 99)),
        contact=(ContactQuota(draw(st.integers(1, 9)), draw(st.sampled_from(["voter", "household"])), 30),),
    )


def universes() -> st.SearchStrategy[Universe]:
    """Any universe of up to six comparisons, as it is written and read."""
    years = st.integers(1930, 2008)
    days = st.dates(date(2020, 1, 1), date(2026, 11, 3))
    comparisons = st.one_of(
        st.builds(OneOf, st.just("voters.party"), some(PARTIES)),
        st.builds(OneOf, st.just("voters.race"), some(["WHITE", "BLACK OR AFRICAN AMERICAN", "ASIAN"])),
        st.builds(OneOf, st.just("voters.ward"), some(["1", "2", "EAST"])),
        st.builds(lambda year, more: Range("voters.birth_year", year, year + more), years, st.integers(0, 9)),
        st.builds(Range, st.just("voters.registered_on"), days, st.none()),
        st.builds(Range, st.just("voters.age"), st.none(), st.integers(18, 99)),
        st.builds(Voted, days),
    )
    trees = st.recursive(
        comparisons,
        lambda part: st.builds(
            lambda kind, parts: kind(tuple(parts)),
            st.sampled_from([AllOf, AnyOf]),
            st.lists(part, min_size=2, max_size=3),
        ),
        max_leaves=6,
    )
    return trees.map(lambda tree: read_universe(write_universe(tree), "universe"))


@st.composite
def drafts_2(draw: st.DrawFn) -> Terms:
    """Any draft of version 2; not all of them compile."""
    terms = draw(drafts())
    exports = "export" in terms.modes
    free = exports and draw(st.booleans())
    scoped = draw(some(SCOPE_VALUES_2, 0))
    names = [name for name in terms.columns if mask_fits("initial", GRANTABLE[name])]
    quotas = draw(st.dictionaries(st.sampled_from(CHANNELS[1:]), st.integers(1, 9), max_size=3))
    kinds = draw(some(["addresses", "bounces"], 0))
    seconds = int((terms.until - terms.start).total_seconds())
    begins = draw(st.integers(0, seconds - 1))
    ends = draw(st.integers(begins + 1, seconds))
    window = tuple(terms.start + timedelta(seconds=at) for at in (begins, ends))
    return replace(
        terms,
        profile=2,
        purposes=tuple(sorted({*terms.purposes, *draw(some(CARRIERS, 0))})),
        masks={**terms.masks, **dict.fromkeys(draw(some(names, 0) if names else st.just(())), "initial")},
        rows={column: draw(some(SCOPE_VALUES_2[column])) for column in scoped},
        rows_per_export=0,
        exports_per_day=0,
        rows_per_day=draw(st.integers(1, 999_999)) if exports and not free else 0,
        export_free=free,
        approval=exports and draw(st.booleans()),
        contact=tuple(
            sorted((*terms.contact, *(ContactQuota(n, "voter", 7, c) for c, n in quotas.items())), key=_kind)
        ),
        returns={kind: draw(st.integers(1, 30)) for kind in (*kinds, "attempts", "optouts", "responses")},
        universe=draw(st.none() | universes()),
        group=draw(st.sampled_from([None, "great-lakes"])),
        onward=draw(some(["rivera", "wa"], 0)),
        price=draw(st.none() | st.builds(Price, st.integers(1, 10**9), st.integers(1, 90))),
        royalty_percent=draw(st.integers(0, 100)),
        credit=draw(st.booleans()),
        appeal_days=draw(st.integers(0, terms.notice_days)),
        blackout=draw(st.sampled_from([None, window])),
        governing_law=draw(st.sampled_from(["OH", "WA"])),
        release=draw(st.sampled_from([None, date(2026, 11, 4)])),
    )  # fmt: skip


SCOPE_VALUES_2 = {
    **SCOPE_VALUES,
    "state": ("OH", "WA"),
    "district/council": ("1", "2"),
    "district/school": ("CLEVELAND", "7"),
}


def _kind(quota: ContactQuota) -> tuple[str, str, int]:
    return quota.channel, quota.per, quota.days


def compilable(terms: Terms) -> Terms:
    """`terms` without what the class rules never let through, so that Hypothesis seldom draws in vain."""
    research = "research" in terms.purposes
    columns = tuple(name for name in terms.columns if not research or GRANTABLE[name].cls != "contact")
    columns = columns or ("voters.party",)
    modes = tuple(m for m in terms.modes if m != "export" or "hygiene" not in terms.purposes) or ("count",)
    assert all(CLASS_RULES[GRANTABLE[name].cls][mode] != "no" for name in columns for mode in modes)
    if "export" not in modes and terms.profile > 1:
        terms = replace(terms, rows_per_day=0, export_free=False, approval=False)
    return replace(
        terms,
        columns=columns,
        modes=modes,
        masks={name: mask for name, mask in terms.masks.items() if name in columns},
    )
