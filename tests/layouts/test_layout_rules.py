"""A layout's TOML is read strictly: what nobody understands is refused, with the file and the key named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from commonroll.errors import Refusal
from commonroll.roll import schema
from commonroll.roll.counties import LAYOUTS, all_counties, counties_of
from commonroll.roll.layout.layout import all_layouts, layout, layouts_for, load_layout, published

NC = "nc/2022-02.registration"

# what is written / instead of / what the refusal says
REFUSED = [
    ('title = "', 'titel = "', "'title' is missing"),
    ("[format]", 'colour = "red"\n\n[format]', "unknown: colour"),
    ('party = "party_cd"', 'faction = "party_cd"', "[columns.faction] is not a field of the roll"),
    ('party = "party_cd"', 'party = "party_code"', "used, but not in columns_order: party_code"),
    ('state_voter_id = "ncid"\n', "", "'state_voter_id' is missing"),
    ('first_name = "first_name"\n', "", "neither mapped nor ignored: first_name"),
    ('county_desc = "the county\'s name follows from county_id"\n', "", "neither mapped nor ignored"),
    (
        "the county's name follows from county_id",
        "TODO look into it",
        "ignored without a reason: county_desc",
    ),
    ("the county's name follows from county_id", "unused", "ignored without a reason: county_desc"),
    ("[ignore]\n", '[ignore]\nncid = "the id is of no use"\n', "both mapped and ignored: ncid"),
    ('UNA = "NPA"', 'UNA = "IND"', "[codes.party] code 'UNA' means 'IND'"),
    ('A = "active"', 'A = "voting"', "[codes.status] code 'A' means 'voting'"),
    ('A = "active"', 'A = "active"\nA = "inactive"', "not a TOML file"),
    ('A = "active"', "A = 1", "[codes.status.A] is not a string"),
    ("[codes.sex]", "[codes.gender]", "[codes.gender] is not a coded field"),
    ('call = "zip5"', 'call = "zip_five"', "'zip_five' is not one of"),
    ('ward = [{ id = "ward_abbrv"', 'borough = [{ id = "ward_abbrv"', "is not a district type"),
    (', label = "DISTRICT" }', ', label = "SUPERIOR" }', "give each its own label"),
    ('encoding = "latin-1"', 'encoding = "cp037"', "'cp037' is not one of"),
    ('confidential = "confidential_ind"\n', "", "[codes.confidential] is not a coded field"),
    ('protected = "flagged"', 'protected = "unstated"', "only there"),
    ('protected = "flagged"', 'protected = "maybe"', "'maybe' is not one of"),
    ("since = 2022-02-11", 'since = "2022"', "[since] is not a date"),
    ('state = "NC"', 'state = "OH"', "do not say its state and role"),
    ("max = 12_000_000", "max = 0", "a least above its most"),
    ("filled = { last_name", "filled = { surname", "[expect.surname] is not a column"),
    (
        '"##/##/####" = ["registered_on"]',
        '"##/##/####" = ["registered"]',
        "is not a field that [columns] maps",
    ),
]


def altered(tmp_path: Path, old: str, new: str) -> Path:
    text = (LAYOUTS / f"{NC}.toml").read_text(encoding="utf-8")
    assert old in text
    folder = tmp_path / "nc"
    folder.mkdir()
    shutil.copy(LAYOUTS / "nc" / "counties.csv", folder)
    path = folder / Path(f"{NC}.toml").name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "said"), REFUSED, ids=[new.strip()[:40] or old for old, new, _ in REFUSED]
)
def test_a_layout_with_a_mistake_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    with pytest.raises(Refusal) as refusal:
        load_layout(altered(tmp_path, old, new))
    assert said in str(refusal.value)
    assert refusal.value.where == f"{NC}.toml"
    assert refusal.value.next_step


def test_the_unaltered_copy_loads(tmp_path: Path) -> None:
    copy = load_layout(altered(tmp_path, 'title = "', 'title = "'))
    assert (copy.key, copy.columns) == (NC, layout(NC).columns)


def test_no_two_layouts_of_a_role_begin_on_one_day() -> None:
    periods = [(known.state, known.role, known.variant, known.since) for known in all_layouts()]
    assert len(set(periods)) == len(periods)


def test_layouts_of_a_state_come_newest_first() -> None:
    keys = [known.key for known in layouts_for("wa") if known.role == "registration"]
    assert keys == ["wa/2023-08.registration", "wa/2020-01.registration", "wa/2015-04.registration"]


def test_an_unknown_key_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Refusal, match=NC):
        layout("nc/1999-01.registration")


@pytest.mark.parametrize(
    ("state", "qualified", "is_published"),
    [
        ("NC", "voters.phone", True),
        ("NC", "voters.birth_date", False),
        ("NC", "voters.birth_year", True),
        ("NC", "districts.name", True),
        ("NC", "ballots.status", True),
        ("OH", "voters.phone", False),
        ("OH", "voters.birth_year", True),
        ("OH", "voters.sex", False),
        ("OH", "history.party_voted", True),
        ("OH", "ballots.status", False),
        ("FL", "voters.email", True),
        ("FL", "voters.race", True),
        ("FL", "history.method", True),
        ("WA", "voters.party", False),
        ("WA", "voters.birth_date", False),
        ("WA", "history.election_name", False),
    ],
)
def test_what_a_state_publishes(state: str, qualified: str, is_published: bool) -> None:
    assert (qualified in published(state)) is is_published


def test_published_columns_are_columns_of_the_schema() -> None:
    for known in all_layouts():
        assert known.published <= set(schema.COLUMNS), known.key


@pytest.mark.parametrize("state", ["NC", "OH", "FL", "WA"])
def test_every_county_of_a_state_has_a_code(state: str) -> None:
    fips = {"NC": "37", "OH": "39", "FL": "12", "WA": "53"}[state]
    wanted = {code: name for code, name in all_counties().items() if code.startswith(fips)}
    assert {county.fips: county.name for county in counties_of(state).values()} == wanted


@pytest.mark.parametrize(
    ("state", "code", "fips", "name"),
    [
        ("NC", "59", "37111", "McDowell"),
        ("NC", "65", "37129", "New Hanover"),
        ("NC", "100", "37199", "Yancey"),
        ("NC", "0", "37199", "Yancey"),
        ("NC", "1", "37001", "Alamance"),
        ("OH", "01", "39001", "Adams"),
        ("OH", "81", "39161", "Van Wert"),
        ("FL", "DAD", "12086", "Miami-Dade"),
        ("FL", "DES", "12027", "DeSoto"),
        ("FL", "STJ", "12109", "St. Johns"),
        ("WA", "PE", "53051", "Pend Oreille"),
    ],
)
def test_county_codes(state: str, code: str, fips: str, name: str) -> None:
    county = counties_of(state)[code]
    assert (county.fips, county.name) == (fips, name)


def test_a_county_that_the_atlas_does_not_know_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nc").mkdir()
    (tmp_path / "nc" / "counties.csv").write_text("code,fips,name\n1,37001,Allamance\n", encoding="utf-8")
    with pytest.raises(Refusal, match="us-atlas"):
        counties_of("NC", tmp_path)
