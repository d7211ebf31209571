"""What pairs of registrations say to each member, how small numbers are told, and how long pairs are kept."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linked_rolls import FIRST, LAST

from commonroll.identity import across, hygiene
from commonroll.identity.across import KEPT, Run
from commonroll.identity.hygiene import KINDS, SMALLEST, withheld
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import JUDGEMENTS, VOTERS
from commonroll.roll.vault.bulk import arrow_schema

EARLY, LATE = date(2015, 3, 1), date(2024, 9, 1)
STANDING = pa.schema(
    [("state_voter_id", pa.string()), ("status", pa.string()), ("status_reason", pa.string()),
     ("registered_on", pa.date32())]
)  # fmt: skip

# mine                       theirs                                     I learn       they learn
SAID: list[tuple[tuple[Any, ...], tuple[Any, ...], str | None, str | None]] = [
    (("active", None, EARLY), ("active", None, LATE), "later", "earlier"),
    (("inactive", None, EARLY), ("active", None, LATE), "later", "earlier"),
    (("active", None, EARLY), ("inactive", None, LATE), "unclear", "earlier"),
    (("active", None, EARLY), ("pending", None, LATE), "unclear", "earlier"),
    (("active", None, EARLY), ("active", None, EARLY), "unclear", "unclear"),
    (("active", None, EARLY), ("active", None, None), "unclear", "unclear"),
    (("active", None, EARLY), ("removed", "DECEASED", LATE), "deceased", None),
    (("active", None, EARLY), ("removed", "REMOVED - DEATH OF VOTER", EARLY), "deceased", None),
    (("active", None, EARLY), ("removed", "Deceased per SSA", EARLY), "deceased", None),
    (("active", None, EARLY), ("removed", "MOVED OUT OF STATE", LATE), None, None),
    (("active", None, EARLY), ("removed", None, LATE), None, None),
    (("active", None, EARLY), ("active", "DECEASED", LATE), "later", "earlier"),
    (("active", None, EARLY), ("removed", "DEADLINE MISSED", LATE), None, None),
    (("removed", "DECEASED", EARLY), ("active", None, LATE), None, "deceased"),
    (("removed", "DECEASED", EARLY), ("removed", "DECEASED", LATE), None, None),
    ((None, None, EARLY), (None, None, LATE), "unclear", "unclear"),
    ((None, None, None), (None, None, None), "unclear", "unclear"),
]  # fmt: skip


def standing(rows: list[tuple[Any, ...]]) -> Any:
    named = [dict(zip(STANDING.names, (str(n), *row), strict=True)) for n, row in enumerate(rows)]
    return ibis.memtable(pa.Table.from_pylist(named, schema=STANDING))


def test_a_registration_elsewhere_is_said_in_one_of_four_ways() -> None:
    ids = [str(n) for n in range(len(SAID))]
    pairs = ibis.memtable(pa.table({"record_l": ids, "record_r": ids}))

    told = hygiene.kinds(pairs, standing([row[0] for row in SAID]), standing([row[1] for row in SAID]))

    found = {row["record_l"]: row for row in ibis_engine().to_pyarrow(told).to_pylist()}
    for number, (mine, theirs, left, right) in enumerate(SAID):
        row = found[str(number)]
        assert (row["kind_l"], row["kind_r"]) == (left, right), (mine, theirs)


def pair(
    left: str, right: str, kind_l: str | None = "later", kind_r: str | None = "earlier"
) -> dict[str, Any]:
    return {
        "member_l": "oh", "record_l": left, "member_r": "wa", "record_r": right, "match_weight": 12.0,
        "match_probability": 0.999, "verdict": "sure", "reason": None, "kind_l": kind_l, "kind_r": kind_r,
    }  # fmt: skip


PAIR_TYPES = pa.schema([(name, pa.float64() if name.startswith("match") else pa.string()) for name in KEPT])


def test_counts_are_of_todays_own_rows_by_their_county_and_of_who_still_takes_part() -> None:
    rows = [pair("1", "a"), pair("2", "b"), pair("3", "c"), pair("4", "d", None), pair("5", "e")]
    pairs = ibis.memtable(pa.Table.from_pylist(rows, schema=PAIR_TYPES))
    counties = {"1": "39001", "2": "39001", "3": "39003", "4": "39001"}  # 5 left the roll
    own = ibis.memtable(
        pa.table(
            {
                "state_voter_id": list(counties),
                "county_fips": list(counties.values()),
                "county_name": ["A"] * 4,
            }
        )
    )
    gone = ibis.memtable(pa.table({"state_voter_id": ["b"]}))

    cells = ibis_engine().to_pyarrow(hygiene.cells(pairs, "l", own, gone)).to_pylist()

    assert sorted((cell["kind"], cell["county_fips"], cell["n"]) for cell in cells) == [
        ("later", "39001", 1), ("later", "39003", 1)
    ]  # fmt: skip
    ids = ibis_engine().to_pyarrow(hygiene.told(pairs, "l", "later", own, gone))
    assert sorted(ids["state_voter_id"].to_pylist()) == ["1", "3"]


def cell(county: str, n: int, kind: str = "later") -> dict[str, Any]:
    return {"kind": kind, "county_fips": county, "county_name": county, "n": n}


# counted                              all    shown                      in small numbers
NUMBERS: list[tuple[dict[str, int], int | None, dict[str, int], int]] = [
    ({}, None, {}, 0),
    ({"A": 9}, None, {}, 0),
    ({"A": 4, "B": 5}, None, {}, 0),
    ({"A": 10}, 10, {"A": 10}, 0),
    ({"A": 30, "B": 12}, 42, {"A": 30, "B": 12}, 0),
    ({"A": 30, "B": 3}, 33, {}, 33),
    ({"A": 30, "B": 12, "C": 3}, 45, {"A": 30}, 15),
    ({"A": 30, "B": 6, "C": 6}, 42, {"A": 30}, 12),
    ({"A": 3, "B": 4, "C": 5}, 12, {}, 12),
]


@pytest.mark.parametrize(("counted", "total", "shown", "rest"), NUMBERS)
def test_small_numbers_are_withheld(
    counted: dict[str, int], total: int | None, shown: dict[str, int], rest: int
) -> None:
    told = withheld(cell(county, n) for county, n in counted.items())[0]

    assert (told.n, {name: n for _, name, n in told.counties}, told.others) == (total, shown, rest)


@given(st.lists(st.tuples(st.sampled_from(list(KINDS)), st.integers(1, 40)), max_size=40))
def test_no_small_number_follows_from_what_is_told(counts: list[tuple[str, int]]) -> None:
    sums: Counter[str] = Counter()
    for kind, n in counts:
        sums[kind] += n
    for told in withheld(cell(str(at), n, kind) for at, (kind, n) in enumerate(counts)):
        numbers = [n for _, _, n in told.counties] + [told.others] * bool(told.others)
        assert all(n >= SMALLEST for n in numbers)
        assert told.n is None or (told.n == sums[told.kind] == sum(numbers) and told.n >= SMALLEST)
        assert (told.n is None) == (sums[told.kind] < SMALLEST)


# Finding


def registrant(member: str, number: int, **values: Any) -> dict[str, Any]:
    """A voter as a view reads it for a match; nobody shares anything with another unless told to."""
    first, last = FIRST[number % len(FIRST)], LAST[number // len(FIRST) % len(LAST)] + "SON" * (number % 2)
    return {
        **dict.fromkeys(VOTERS.names), "member": member, "state": member.upper(), "status": "active",
        "state_voter_id": f"{member}{number}", "first_name": first, "last_name": last,
        "middle_name": FIRST[number * 5 % len(FIRST)], "registered_on": EARLY,
        "birth_date": date(1950, 1, 1) + timedelta(days=number * 61 % 19_997), "sex": "female",
        "residence_line1": f"{number + 1} {'ELM' if member == 'oh' else 'OAK'} ST",
        "residence_zip5": f"{'430' if member == 'oh' else '980'}{number % 50:02}", **values,
    }  # fmt: skip


def elsewhere(row: dict[str, Any], number: int, **values: Any) -> dict[str, Any]:
    """The same names and birth on Washington's roll, a year later, but for `values`."""
    other = registrant("wa", number, registered_on=LATE)
    same = {
        name: row[name] for name in ("first_name", "middle_name", "last_name", "name_suffix", "birth_date")
    }
    return {**other, **same, **values}


def found(tmp_path: Path, ohio: list[dict[str, Any]], washington: list[dict[str, Any]]) -> dict[str, str]:
    """Registrant of Ohio -> verdict of its best pair."""
    schema = arrow_schema(VOTERS)
    schema = pa.schema([field.with_nullable(True) for field in schema])
    rolls = {"oh": ohio, "wa": washington}
    voters = {key: ibis.memtable(pa.Table.from_pylist(rows, schema=schema)) for key, rows in rolls.items()}
    nobody = arrow_schema(JUDGEMENTS).empty_table()
    made = across.find(ibis_engine(), voters, nobody, work=tmp_path)
    assert not list(tmp_path.iterdir())
    assert made.rows == {"oh": len(ohio), "wa": len(washington)}
    return {row["record_l"]: row["verdict"] for row in made.pairs.to_pylist()}


def test_who_only_looks_like_one_person_is_never_sure(tmp_path: Path) -> None:
    """linkage.md, 10.4: father and son with one missing, twins, strangers, a year alone, no date."""
    strangers = [registrant("oh", n) for n in range(400)]
    others = [registrant("wa", n) for n in range(1000, 1400)]
    moved = [registrant("oh", 2000 + n, last_name=f"{LAST[n % 15]}OVITCH") for n in range(20)]
    father = registrant(
        "oh", 3000, first_name="JOHN", middle_name="LEE", last_name="COLEMAN", name_suffix="SR"
    )
    twin = registrant("oh", 3001, first_name="MIA", last_name="DUNNE")
    namesake = registrant("oh", 3002, first_name="JAMES", middle_name=None, last_name="SMITH")
    year = registrant("oh", 3003, first_name="MARY", last_name="JOHNSON")
    dateless = registrant("oh", 3004, first_name="ANNA", last_name="MILLER")
    ohio = [*strangers, *moved, father, twin, namesake, year, dateless]
    washington = [
        *others,
        *(elsewhere(row, 4000 + n) for n, row in enumerate(moved)),
        elsewhere(father, 5000, name_suffix="JR", birth_date=date(1985, 4, 4)),
        elsewhere(twin, 5001, first_name="ZOE", middle_name="EVE"),
        elsewhere(namesake, 5002),
        elsewhere(year, 5003, birth_date=None, birth_year=year["birth_date"].year, middle_name=None),
        elsewhere(dateless, 5004, birth_date=None, middle_name=None),
    ]

    said = found(tmp_path, ohio, washington)

    assert [said.get(row["state_voter_id"]) for row in moved] == ["sure"] * len(moved)
    for row in (father, twin, namesake, year, dateless):
        assert said.get(row["state_voter_id"]) in ("unsure", None), row["last_name"]
    assert not {row["state_voter_id"] for row in strangers} & {k for k, v in said.items() if v == "sure"}


# What is kept

RUN = Run(
    members=("oh", "wa"),
    snapshots={"oh": 3, "wa": 5},
    terms={"oh": "sha256:one", "wa": "sha256:two"},
    agreements={"oh": 7, "wa": 8},
    columns=("voters.first_name",),
    birth="year",
    persons=False,
    gaps=("Ohio shares no phone numbers",),
    matched_at=across.stamp(datetime(2026, 11, 24, 12, tzinfo=UTC)),
)


def test_a_match_is_kept_by_ids_and_scores_and_says_what_it_was_made_of(tmp_path: Path) -> None:
    named = pa.Table.from_pylist([pair("1", "a")], schema=PAIR_TYPES).append_column(
        "first_name", pa.array(["ANN"])
    )
    across.keep(tmp_path, RUN, named)

    [file] = tmp_path.rglob("*.parquet")
    assert file == across.path(tmp_path, "wa", "oh") == tmp_path / "oh+wa" / "pairs.parquet"
    assert tuple(pq.read_schema(file).names) == KEPT
    assert b"ANN" not in file.read_bytes()
    assert across.kept(tmp_path, "wa", "oh") == RUN
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("snapshots", "terms", "of_use"),
    [
        (RUN.snapshots, RUN.terms, True),
        ({"oh": 4, "wa": 5}, RUN.terms, False),
        (RUN.snapshots, {"oh": "sha256:one", "wa": "sha256:new"}, False),
        (RUN.snapshots, {"oh": "sha256:one"}, False),
    ],
)
def test_a_match_is_of_use_for_its_snapshots_and_terms_alone(
    snapshots: dict[str, int], terms: dict[str, str], of_use: bool
) -> None:
    assert RUN.of(snapshots, terms) is of_use


def test_a_member_that_leaves_takes_its_matches_and_no_others(tmp_path: Path) -> None:
    empty = PAIR_TYPES.empty_table()
    for members in (("oh", "wa"), ("nc", "oh"), ("nc", "wa")):
        across.keep(tmp_path, Run(**{**RUN.__dict__, "members": members}), empty)

    assert across.forget_member(tmp_path, "oh") == [("nc", "oh"), ("oh", "wa")]
    assert list(across.matched(tmp_path)) == [("nc", "wa")]
    assert across.kept(tmp_path, "oh", "wa") is None


def test_a_match_that_dies_half_way_leaves_the_earlier_one(tmp_path: Path) -> None:
    across.keep(tmp_path, RUN, pa.Table.from_pylist([pair("1", "a")], schema=PAIR_TYPES))
    with pytest.raises(KeyError):
        across.keep(tmp_path, RUN, PAIR_TYPES.empty_table().drop_columns("verdict"))

    assert pq.read_table(across.path(tmp_path, "oh", "wa")).num_rows == 1
    assert [file.name for file in (tmp_path / "oh+wa").iterdir()] == ["pairs.parquet"]
