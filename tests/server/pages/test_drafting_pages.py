"""Drafting, signing and ending agreements in the browser's forms."""

from __future__ import annotations

import html
import json
from datetime import date

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from world import PASSPHRASE, World

from commonroll.agreements.profile import MASKS, PURPOSES
from commonroll.agreements.templates import TEMPLATES
from commonroll.errors import Refusal
from commonroll.roll.layout.layout import published
from commonroll.roll.schema import GRANTABLE
from commonroll.server.models import Agreement, Statement
from commonroll.server.pages.draft_reading import wishes
from commonroll.server.pages.lookalikes import PEOPLE, lookalikes
from commonroll.server.pages.wishes import from_template


def filled(template: str, **changes: object) -> QueryDict:
    form = from_template(TEMPLATES[template], start=date(2026, 12, 1), until=date(2027, 6, 1))
    form["owner"], form["recipient"], form["template"] = "oh", "rivera", template
    form.setlist("columns", [c for c in form.getlist("columns") if c in published("OH")])
    for name, value in changes.items():
        form.setlist(name, value if isinstance(value, list) else [str(value)])
    return form


def sent(template: str, **changes: object) -> dict[str, list[str]]:
    return dict(filled(template, **changes).lists())


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_templates_form_gives_back_the_template(name: str) -> None:
    template = TEMPLATES[name]
    found = wishes(from_template(template, start=date(2026, 12, 1), until=date(2027, 6, 1)))
    assert set(found.purposes) == set(template.purposes)
    assert set(found.modes) == set(template.modes)
    assert set(found.columns) == set(template.columns)
    assert dict(found.masks) == dict(template.masks)


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("until", "soon", 'the day of "until" cannot be read'),
        ("notice_days", "-3", "the number of days of notice cannot be read"),
        ("rows_per_day", "many", "the number of rows exported a day cannot be read"),
        ("purposes", [], "no purposes are chosen yet"),
        ("columns", ["voters.source_file"], "no columns are chosen yet"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(field: str, value: object, what: str) -> None:
    with pytest.raises(Refusal) as refused:
        wishes(filled("national-committee", **{field: value}))
    assert refused.value.what == what


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(GRANTABLE)), st.sampled_from(MASKS)))
def test_invented_people_fill_every_column_under_every_mask(columns: dict[str, str]) -> None:
    look = lookalikes(columns, "OH")  # type: ignore[arg-type]
    assert set(look.columns) == set(columns)
    assert all(len(row) == len(columns) for row in look.rows)
    assert len(look.rows) == (PEOPLE if columns else 0)


def page_of(client: Client, form: QueryDict) -> str:
    return html.unescape(client.post(reverse("agreement_preview"), dict(form.lists())).content.decode())


@pytest.mark.django_db
def test_the_owner_sees_what_a_draft_would_reach(alice: Client) -> None:
    whole = page_of(alice, filled("campaign"))
    assert "Voters it would reach" in whole
    assert "Ohio lets Rivera use" in whole
    assert "1980" in whole
    assert page_of(alice, filled("campaign", **{"row:county_fips": ["39049"]})) != whole


@pytest.mark.django_db
def test_the_other_side_is_not_told_how_many(charlie: Client) -> None:
    assert "<dd>–<small>Ohio sees how many before it signs" in page_of(charlie, filled("campaign"))


@pytest.mark.django_db
def test_a_draft_against_a_rule_says_which(alice: Client) -> None:
    page = page_of(alice, filled("hygiene", modes=["count", "export"]))
    assert "List hygiene yields counts and suppressions" in page
    assert "Next: " in page


@pytest.mark.django_db
def test_nobody_drafts_for_two_others(alice: Client) -> None:
    assert (
        "you draft for a member that is no party here"
        in page_of(alice, filled("campaign", owner="wa")).lower()
    )


@pytest.mark.django_db
def test_from_draft_to_force_to_end(world: World, alice: Client, charlie: Client) -> None:
    made = alice.post(reverse("agreement_make"), sent("campaign", until="2099-01-01"))
    agreement = Agreement.objects.latest("number")
    page = reverse("agreement", args=[agreement.number])
    assert made["Location"] == page

    wrong = alice.post(page + "/sign", {"passphrase": "not this one"})
    assert (wrong.status_code, agreement.signatures.count()) == (400, 0)
    assert "passphrase" in wrong.content.decode()

    alice.post(page + "/sign", {"passphrase": PASSPHRASE})
    assert "waits for your signature" in charlie.get(reverse("agreements")).content.decode()
    charlie.post(page + "/sign", {"passphrase": PASSPHRASE})
    agreement.refresh_from_db()
    assert agreement.state == Agreement.State.FINAL

    assert alice.post(page + "/revoke", {"cause": "renounced", "passphrase": PASSPHRASE}).status_code == 400
    alice.post(page + "/revoke", {"cause": "breach", "passphrase": PASSPHRASE})
    assert "ended" in charlie.get(page).content.decode()


@pytest.mark.django_db
def test_a_draft_is_taken_back(alice: Client) -> None:
    alice.post(reverse("agreement_make"), sent("campaign", until="2099-01-01"))
    agreement = Agreement.objects.latest("number")
    alice.post(reverse("agreement_withdraw", args=[agreement.number]))
    agreement.refresh_from_db()
    assert agreement.state == Agreement.State.WITHDRAWN


@pytest.mark.django_db
def test_the_document_is_the_signed_message(bob: Client) -> None:
    answer = bob.get(reverse("agreement_document", args=[1]))
    message = json.loads(answer.content)
    assert message["@type"] == "ContractAgreementMessage"
    assert "commonroll agreement v1" in message["cr:note"]
    assert "attachment" in answer["Content-Disposition"]


def test_there_is_no_purpose_for_challenging_voters() -> None:
    assert not [name for name in PURPOSES if "challeng" in name]


def test_another_recipient_brings_its_own_starting_point(alice: Client) -> None:
    url = reverse("agreement_draft")
    asked = {"owner": "oh", "recipient": "national", "template": "campaign"}
    chosen = 'value="campaign" selected'
    assert chosen in alice.get(url, asked | {"was": "national"}).content.decode()
    assert chosen not in alice.get(url, asked | {"was": "rivera"}).content.decode()


def test_both_parties_read_that_nothing_is_seen_before_the_owners_statement(world: World) -> None:
    shared = Agreement.objects.get(owner__key="wa", recipient__key="national")
    page = reverse("agreement", args=[shared.number])
    assert "signs the statement" not in world.client("bob").get(page).content.decode()

    Statement.objects.filter(member__key="wa").delete()

    said = world.client("bob").get(page).content.decode()
    assert "Nothing is seen before Washington signs the statement on protected voters" in said
