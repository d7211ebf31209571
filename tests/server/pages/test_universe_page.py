"""The universe page: chips and text say the same, a typo is pointed at, what is missing is said."""

from __future__ import annotations

import html
import re

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from world import World

from commonroll.server.models import LiveCount, SavedUniverse
from commonroll.server.pages.answer import Asked, split
from commonroll.server.pages.chips import chips
from commonroll.server.pages.figures import STEPS, step_of, steps
from commonroll.views.counts import NOT_PUBLISHED, UNKNOWN, Answer, Row
from commonroll.views.universe import parse

WORDS = [
    # text                                                   what people read
    ("party = 'DEM'", ["party is Democratic"]),
    ("age < 30 AND status <> 'removed'", ["age below 30", "status is not removed"]),
    ("age BETWEEN 18 AND 29", ["age from 18 to 29"]),
    ("party IN ('DEM', 'GRN') AND phone IS NOT NULL", ["party is Democratic or Green", "has a phone"]),
    ("registered_on >= '2026-01-01'", ["registered on or after 1 Jan 2026"]),
    ("voted('2024-11-05') AND NOT voted('2022-11-08')", ["voted 5 Nov 2024", "not: voted 8 Nov 2022"]),
    ("party = 'DEM' OR age < 20", ["party is Democratic or age below 20"]),
    ("email IS NULL", ["no email"]),
    ("last_name LIKE 'MC%'", ["last name like MC%"]),
]
ATOMS = [text for text, _ in WORDS] + ["NOT (party = 'REP' AND age > 65)", "permanent_absentee"]


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_conditions_read_as_people_say_them(text: str, words: list[str]) -> None:
    assert [chip.words for chip in chips(parse(text))] == words


@settings(deadline=None)
@given(st.lists(st.sampled_from(ATOMS), min_size=1, max_size=5))
def test_the_chips_joined_again_mean_the_same(atoms: list[str]) -> None:
    text = " AND ".join(f"({atom})" for atom in atoms)
    again = " AND ".join(chip.text for chip in chips(parse(text)))
    assert parse(again).canonical == parse(text).canonical


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**7), max_size=300))
def test_steps_of_a_map_keep_the_order_and_show_nothing_as_nothing(values: list[int]) -> None:
    ends = steps(values)
    shown = [(value, step_of(value, ends)) for value in sorted(values)]
    assert all((value == 0) == (step == 0) and 0 <= step < STEPS for value, step in shown)
    assert [step for _, step in shown] == sorted(step for _, step in shown)


NARROWED = [
    # asked                         value that is chosen         the question behind the door
    ("", ("party", "DEM"), "party = 'DEM'"),
    ("age < 30", ("member", "oh"), "age < 30 AND member = 'oh'"),
    ("age < 30 OR age > 80", ("birth_year", 1999), "(age < 30 OR age > 80) AND birth_year = 1999"),
    ("", ("municipality", "COEUR D'ALENE"), "municipality = 'COEUR D''ALENE'"),
]


@pytest.mark.parametrize(("where", "chosen", "text"), NARROWED)
def test_a_number_is_a_door_to_the_question_about_its_voters(
    where: str, chosen: tuple[str, str | int], text: str
) -> None:
    href = Asked(where, "", "").narrowed(*chosen)
    found = QueryDict(href.partition("?")[2])["where"]
    assert found == text
    assert parse(found).canonical == parse(text).canonical


def test_what_nobody_knows_is_no_door() -> None:
    assert Asked("", "party", "").narrowed("party", UNKNOWN) == ""
    assert Asked("", "party", "").narrowed("party", NOT_PUBLISHED) == ""


def test_counties_of_one_name_in_two_states_stay_apart() -> None:
    rows = (
        Row(("12095", "ORANGE"), "fl", 5),
        Row(("37135", "ORANGE"), "nc", 3),
        Row((UNKNOWN, UNKNOWN), "nc", 1),
    )
    answer = Answer(9, ("county_fips", "county_name"), rows, {"fl": 5, "nc": 4}, {}, ())
    found = split(answer, Asked("", "county", ""), {"12": "FL", "37": "NC"})
    assert [(bar.label, bar.value) for bar in found["split_bars"]] == [
        ("Orange, FL", 5),
        ("Orange, NC", 3),
        ("(unknown)", 1),
    ]
    assert set(found["map"]) == {"12095", "37135"}


def asked(client: Client, **form: str) -> str:
    return html.unescape(client.post(reverse("universe_live"), form).content.decode())


def total(page: str) -> int:
    found = re.search(r'id="total">([\d,]+)<', page)
    assert found, page[:400]
    return int(found[1].replace(",", ""))


@pytest.mark.django_db
def test_a_count_names_its_owners_and_the_agreement(bob: Client) -> None:
    page = asked(bob, where="status = 'active'")
    assert total(page) > 0
    assert "2 owners" in page
    assert reverse("agreement", args=[1]) in page


@pytest.mark.django_db
def test_an_owner_that_publishes_no_party_is_hatched_and_explained(bob: Client) -> None:
    page = asked(bob, where="party = 'DEM'")
    assert "Washington does not publish parties" in page
    assert "hatched" in page


@pytest.mark.django_db
def test_a_typo_is_pointed_at_and_the_chips_stay(bob: Client) -> None:
    page = asked(bob, where="partty = 'DEM'")
    assert "There is no column partty" in page
    assert "Did you mean party?" in page
    assert "^" in page
    assert 'id="chips"' not in page


@pytest.mark.django_db
@pytest.mark.parametrize("where", ["party = (SELECT 1)", "age <", "'", "pg_sleep(5)", "party = 'DEM';"])
def test_what_is_no_universe_gets_an_answer(bob: Client, where: str) -> None:
    page = asked(bob, where=where)
    assert "problem" in page
    assert 'id="total"' not in page


@pytest.mark.django_db
def test_a_crosstab_adds_up_to_the_count(bob: Client) -> None:
    page = asked(bob, where="status = 'active'", down="status", across="congressional_district")
    foot = page[page.index("<tfoot>") :]
    sums = [int(n.replace(",", "")) for n in re.findall(r'<td class="n">([\d,]+)</td>', foot)]
    assert sum(sums[:-1]) == sums[-1] == total(page)


@pytest.mark.django_db
def test_counties_come_with_a_map(bob: Client) -> None:
    page = asked(bob, down="county")
    assert 'data-level="counties"' in page
    assert '"39' in page


@pytest.mark.django_db
def test_every_live_count_leaves_its_row_before_the_answer(world: World, bob: Client) -> None:
    before = LiveCount.objects.count()
    asked(bob, where="age < 40")
    assert LiveCount.objects.count() == before + 2


@pytest.mark.django_db
def test_a_saved_universe_is_its_members_alone(world: World, bob: Client, alice: Client) -> None:
    bob.post(reverse("universe_save"), {"name": "First voters", "where": "age < 30"})
    saved = SavedUniverse.objects.get()
    assert "Universe: First voters" in bob.get(reverse("universe"), {"saved": saved.pk}).content.decode()
    assert "First voters" not in alice.get(reverse("universe"), {"saved": saved.pk}).content.decode()
    assert alice.post(reverse("universe_forget", args=[saved.pk])).status_code == 404
    bob.post(reverse("universe_forget", args=[saved.pk]))
    assert not SavedUniverse.objects.filter(deleted_at=None).exists()


@pytest.mark.django_db
def test_the_purpose_in_force_is_changed_by_one_post_and_rules_the_answer(bob: Client) -> None:
    assert bob.post(reverse("purpose"), {"purpose": "fundraising", "next": "/universe/"}).status_code == 302
    page = bob.get(reverse("universe")).content.decode()
    assert 'value="fundraising" data-purpose="fundraising" aria-pressed="true"' in page
    assert "no agreement with National for fundraising" in html.unescape(page)


@pytest.mark.django_db
def test_a_way_back_leads_to_our_pages_alone(bob: Client) -> None:
    answer = bob.post(reverse("purpose"), {"purpose": "gotv", "next": "https://elsewhere.example/"})
    assert answer["Location"] == reverse("universe")
