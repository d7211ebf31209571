"""Criteria published from a form, an application with its papers, a no, an appeal and a second word."""

from __future__ import annotations

import html
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from world import PASSPHRASE, World

from commonroll.server.models import Application, Criteria

pytestmark = pytest.mark.django_db

FORM = {
    "title": "Candidates on the ballot", "template": "campaign", "races": "house-12: state_house_district=12",
    "questions": "Are you on the ballot?\n\nWhat for?", "papers": "petition", "price": "1,500.50",
    "pay_days": "30", "decide_days": "10", "appeal_days": "14", "passphrase": PASSPHRASE,
}  # fmt: skip


def text(client: Client, address: str) -> str:
    return html.unescape(client.get(address).content.decode())


def published(alice: Client) -> Criteria:
    now = datetime.now(UTC)
    days = {"start": f"{now:%Y-%m-%d}", "until": f"{now + timedelta(days=200):%Y-%m-%d}"}
    assert alice.post(reverse("admission_publish"), FORM | days).status_code == 302
    return Criteria.objects.get()


def applied(charlie: Client, criteria: Criteria) -> Application:
    form = {
        "race": "house-12", "answer-1": "Yes.", "answer-2": "House.",
        "paper-petition": SimpleUploadedFile("petition.pdf", b"signed by many"),
    }  # fmt: skip
    assert charlie.post(reverse("admission_apply", args=[criteria.pk]), form).status_code == 302
    return Application.objects.get()


def test_a_no_is_appealed_and_others_say_yes(
    world: World, alice: Client, charlie: Client, nadia: Client, violet: Client
) -> None:
    criteria = published(alice)
    read = text(charlie, reverse("admission", args=[criteria.pk]))
    assert "$1,500.50" in read and "Are you on the ballot?" in read and "Send to Ohio" in read
    assert "Send to Ohio" not in text(nadia, reverse("admission", args=[criteria.pk]))
    one = reverse("application", args=[applied(charlie, criteria).pk])
    assert "sha256:" in text(alice, one) and "Your word" in text(alice, one)
    assert "Your word" not in text(violet, one) and nadia.get(one).status_code == 404

    word = {"word": "no", "reason": "The petition is short."}
    assert alice.post(f"{one}/decide", word | {"word": ""}).status_code == 400
    assert charlie.post(f"{one}/decide", word).status_code in (403, 404)
    assert alice.post(f"{one}/decide", word).status_code == 302
    assert "The petition is short." in text(charlie, one)
    assert charlie.post(f"{one}/appeal", {"reason": "It has 900 names."}).status_code == 302

    assert "Appeals for you to decide" in text(nadia, reverse("admissions"))
    assert "The second decision" in text(nadia, one) and "The second decision" not in text(alice, one)
    assert alice.post(f"{one}/hear", {"word": "no", "reason": "As I said before."}).status_code == 404
    assert nadia.post(f"{one}/hear", {"word": "yes", "reason": "We counted 900."}).status_code == 302
    assert "accepted on appeal" in text(charlie, one) and "It ends in" in text(alice, one)


@pytest.mark.parametrize(
    "spoilt",
    [{"price": "cheap"}, {"start": "soon"}, {"races": "house-12: last_name=QUOKKA"}, {"passphrase": "wrong"},
     {"template": "favours"}],
)  # fmt: skip
def test_a_form_that_says_no_criteria_is_refused(alice: Client, spoilt: dict[str, str]) -> None:
    days = {"start": "2026-12-01", "until": "2027-06-01"}
    assert alice.post(reverse("admission_publish"), FORM | days | spoilt).status_code == 400
    assert not Criteria.objects.exists()
