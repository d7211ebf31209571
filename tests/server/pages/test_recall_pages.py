"""What an owner and a holder see of a recall, and the holder's signature on the page."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from world import MACHINE, PASSPHRASE, World

from commonroll.server.actions import agreement_events, questions
from commonroll.server.models import Agreement, Recall
from commonroll.server.pages.recalls import days_left

pytestmark = pytest.mark.django_db


@pytest.fixture
def recall(world: World) -> Recall:
    questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="member = 'oh'",
        columns=("last_name",), format="csv", by=MACHINE,
    )  # fmt: skip
    agreement_events.revoke(
        home=world.home, agreement=Agreement.objects.get(owner__key="oh"), member=world.member("oh"),
        cause="law", passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    return Recall.objects.get()


def test_the_holder_signs_and_both_see_it(
    alice: Client, nadia: Client, charlie: Client, recall: Recall
) -> None:
    listed = alice.get(reverse("recalls")).content.decode()
    assert "Recalled by you" in listed and "Who has what of yours" in listed and "6 days left" in listed
    assert "UTC" in listed and "For you to delete" not in listed
    todo = nadia.get(reverse("recalls")).content.decode()
    assert "For you to delete" in todo and "1 for you to answer" in todo and "Recalled by you" not in todo
    assert "Nothing is out" in charlie.get(reverse("recalls")).content.decode()

    one, sign = reverse("recall", args=[recall.pk]), reverse("recall_sign", args=[recall.pk])
    assert sign in nadia.get(one).content.decode() and sign not in alice.get(one).content.decode()
    assert nadia.post(sign, {"passphrase": PASSPHRASE}).status_code == 400
    assert nadia.post(sign, {"passphrase": "wrong", "sure": "1"}).status_code == 400
    assert alice.post(sign, {"passphrase": PASSPHRASE, "sure": "1"}).status_code == 404
    assert nadia.post(sign, {"passphrase": PASSPHRASE, "sure": "1"}).status_code == 302
    said = alice.get(one).content.decode()
    assert "signed on" in said and "commonroll deletion v1" in said
    assert nadia.post(sign, {"passphrase": PASSPHRASE, "sure": "1"}).status_code == 400


@pytest.mark.parametrize(
    ("days", "words"),
    [(6, "6 days left"), (1, "1 day left"), (0, "less than a day left"), (-1, "less than a day over"),
     (-2, "1 day over"), (-9, "8 days over")],
)  # fmt: skip
def test_days_are_said_as_people_say_them(days: int, words: str) -> None:
    assert days_left(days) == words
