"""The draft's form shows every term and reads it back; what is wrong is said beside the words it concerns."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from world import MACHINE, World, wishes

from commonroll.agreements.profile import ContactQuota, Price
from commonroll.agreements.universe import AllOf, AnyOf, OneOf, Range, Universe, Voted, write_universe
from commonroll.errors import Refusal
from commonroll.server.actions import agreements, negotiations
from commonroll.server.models import Agreement
from commonroll.server.pages import bargaining, draft_reading, universe_form
from commonroll.server.pages.drafting import default_form

TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
RICH = {
    "modes": ["contact", "count", "export", "view"],
    "masks": {"voters.first_name": "initial"},
    "rows": {"county_fips": ["39049"], "district/council": ["Ward 3"], "party": ["DEM", "NPA"]},
    "universe": AnyOf((Voted(date(2024, 11, 5)), Range("voters.registered_on", date(2020, 1, 1), None))),
    "rows_per_day": 1234,
    "approval": True,
    "contact": [ContactQuota(4, "household", 30), ContactQuota(2, "voter", 14, "phone")],
    "bounces_within_days": 20,
    "addresses_within_days": 25,
    "price": Price(150_050, 10),
    "royalty_percent": 12,
    "credit": True,
    "onward": ["rivera"],
    "notice_days": 21,
    "appeal_days": 5,
    "blackout": (TODAY + timedelta(days=30), TODAY + timedelta(days=60)),
    "governing_law": "WA",
}
DEEP = AllOf((Voted(date(2024, 11, 5)), AnyOf((OneOf("voters.party", ("DEM",)), Voted(date(2022, 11, 8))))))


@pytest.mark.django_db
@pytest.mark.parametrize("changes", [RICH, {"universe": DEEP}, {"export_free": True, "rows_per_day": 0}])
def test_every_term_stands_in_the_form_and_is_read_back(world: World, changes: dict[str, object]) -> None:
    text = agreements.draft(
        owner=world.member("oh"), recipient=world.member("national"), wishes=wishes(**changes), by=MACHINE
    )
    old = negotiations.terms_in(text)
    new = bargaining.changed(text, draft_reading.wishes(bargaining.form_of(text)))
    assert replace(new, id=old.id, timestamp=old.timestamp) == old


# Conditions


def form_with(column: str, says: str) -> QueryDict:
    form = QueryDict(mutable=True)
    form.setlist("universe_column", [column, ""])
    form.setlist("universe_says", [says, ""])
    return form


DAY = date(2024, 1, 31)


@pytest.mark.parametrize(
    ("column", "says", "read"),
    [
        ("voters.party", " DEM, NPA ,DEM", OneOf("voters.party", ("DEM", "NPA"))),
        ("voters.birth_year", "1980 to 1999", Range("voters.birth_year", 1980, 1999)),
        ("voters.birth_year", "from 1980", Range("voters.birth_year", 1980, None)),
        ("voters.birth_year", "to 1999", Range("voters.birth_year", None, 1999)),
        ("voters.birth_year", "1980", Range("voters.birth_year", 1980, 1980)),
        ("voters.registered_on", "from 2024-01-31", Range("voters.registered_on", DAY, None)),
        ("voters.registered_on", "2024-01-31 to 2024-01-31", Range("voters.registered_on", DAY, DAY)),
        ("voted", "2024-01-31", Voted(DAY)),
        ("", "", None),
    ],
)
def test_a_condition_is_read(column: str, says: str, read: Universe | None) -> None:
    assert universe_form.read_universe(form_with(column, says)) == read


@pytest.mark.parametrize(
    ("column", "says"),
    [
        ("", "DEM"), ("voters.last_name", "SMITH"), ("voters.party", " , "), ("voters.birth_year", "young"),
        ("voters.birth_year", "1980 to 1990 to 2000"), ("voters.birth_year", ""), ("voted", "then"),
        ("voters.registered_on", "2024-02-31"), ("voters.birth_year", "from"),
    ],
)  # fmt: skip
def test_a_condition_that_means_nothing_is_refused(column: str, says: str) -> None:
    with pytest.raises(Refusal):
        universe_form.read_universe(form_with(column, says))


leaf: st.SearchStrategy[Universe] = st.one_of(
    st.dates(date(1900, 1, 1)).map(Voted),
    st.lists(st.sampled_from(["DEM", "REP", "NPA"]), min_size=1, unique=True).map(
        lambda v: OneOf("voters.party", tuple(sorted(v)))
    ),
    st.lists(st.sampled_from(["ST. LEO", "A, B", "KING"]), min_size=1, unique=True).map(
        lambda v: OneOf("voters.county_name", tuple(sorted(v)))
    ),
    st.integers(1900, 2020).map(lambda n: Range("voters.birth_year", n, None)),
    st.integers(1900, 2020).map(lambda n: Range("voters.birth_year", n, n + 5)),
)
tree = st.recursive(
    leaf,
    lambda parts: st.lists(parts, min_size=2, max_size=3, unique_by=repr).flatmap(
        lambda found: st.sampled_from([AllOf(tuple(found)), AnyOf(tuple(found))])
    ),
    max_leaves=6,
)


@given(tree)
def test_any_universe_goes_through_the_form_unchanged(universe: Universe) -> None:
    form = QueryDict(mutable=True)
    universe_form.fill(form, universe)
    read = universe_form.read_universe(form)
    assert read is not None and write_universe(read) == write_universe(universe)


# Beside the words


def beside(client: Client, form: QueryDict) -> dict[str, str]:
    """What the live preview says beside each sentence, where it says anything."""
    answer = client.post(reverse("agreement_preview"), dict(form.lists()))
    assert answer.status_code == 200
    found = re.findall(r'id="say-(\w+)"[^>]*>(.*?)</div>', answer.content.decode(), re.DOTALL)
    return {name: html.unescape(re.sub(r"<[^>]+>", "", text)) for name, text in found if text.strip()}


def filled(world: World, owner: str = "oh", **changes: object) -> QueryDict:
    form = default_form(world.member(owner), "national-committee")
    form["owner"], form["recipient"] = owner, "national"
    for name, value in changes.items():
        form.setlist(name, value if isinstance(value, list) else [str(value)])
    return form


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("changes", "sentence", "says"),
    [
        ({"purposes": []}, "purposes", "No purposes are chosen yet"),
        ({"until": "2020-01-01"}, "days", "ends before it begins"),
        ({"columns": ["voters.phone"], "purposes": ["research"]}, "columns", "Research gets no contact data"),
        ({"modes": ["count", "export"], "purposes": ["hygiene"]}, "purposes", "never exported"),
        ({"appeal_days": "30", "notice_days": "7"}, "end", "more time to appeal"),
        ({"blackout_from": "2001-01-01", "blackout_until": "2001-01-02"}, "end", "The blackout does not lie"),
        ({"contacts:phone": "many"}, "contact", "The number of contacts cannot be read"),
        ({"price": "much", "price_days": "3"}, "money", "The price cannot be read"),
        ({"blackout_from": "2026-10-01"}, "end", 'The day of "blackout until" cannot be read'),
        ({"row:county_fips": ["12"]}, "rows", "does not fit county_fips"),
        ({"universe_column": ["voters.status"], "universe_says": ["lively"]}, "rows", "does not fit status"),
    ],
)
def test_what_is_wrong_stands_beside_the_sentence(
    world: World, alice: Client, changes: dict[str, object], sentence: str, says: str
) -> None:
    said = beside(alice, filled(world, **changes))
    assert set(said) == {sentence}
    assert says in said[sentence]


@pytest.mark.django_db
def test_the_law_stands_beside_the_words_it_forbids(world: World) -> None:
    form = filled(world, "wa", purposes=["fundraising", "gotv"])
    said = beside(world.client("nadia"), form)
    assert said["purposes"].startswith("Law. Fundraising: the law forbids it.")


@pytest.mark.django_db
def test_what_was_typed_is_kept_and_nothing_is_made(world: World, alice: Client) -> None:
    before = Agreement.objects.count()
    form = filled(world, notice_days="soon", **{"row:precinct": "A 1"})
    page = alice.post(reverse("agreement_make"), dict(form.lists()))
    text = page.content.decode()
    assert page.status_code == 400
    assert 'value="soon"' in text and 'value="A 1"' in text and 'data-field="notice_days"' in text
    looked = alice.post(reverse("agreement_make"), dict(filled(world, look="1").lists()))
    assert looked.status_code == 200 and "What both sides sign" in looked.content.decode()
    assert Agreement.objects.count() == before


@pytest.mark.django_db
def test_a_draft_is_compared_with_what_stands(world: World, alice: Client) -> None:
    form = filled(world, purposes=["gotv"], columns=["voters.party"])
    page = html.unescape(alice.post(reverse("agreement_preview"), dict(form.lists())).content.decode())
    assert "Compared with" in page and "agreement 1</a>" in page and "Left out: columns" in page
    assert "is in force for one of these purposes" in page
    amending = html.unescape(alice.get(reverse("agreement_draft"), {"amends": "1"}).content.decode())
    assert "Nothing changes but the dates of the text." in amending
    assert "is in force for one of these purposes" not in amending


@pytest.mark.django_db
def test_a_cell_of_the_matrix_begins_a_draft_for_its_purpose(alice: Client) -> None:
    asked = {"owner": "oh", "recipient": "rivera", "for": "volunteer"}
    page = alice.get(reverse("agreement_draft"), asked).content.decode()
    assert re.findall(r'name="purposes" value="([\w-]+)" checked', page) == ["volunteer"]
