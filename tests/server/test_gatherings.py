"""Events with shifts: who of a member's own people comes, and tags; nobody else's eyes, each look logged."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server.actions import gatherings
from commonroll.server.models import CanvassResponse, Coded, Contact, Event, Journal, Signup

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Saturday <canvass>", "kind": "1", "day": "2099-10-03", "place": "Bring water",
    "shifts": "10:00-12:00 Morning\n22:00-01:00 Night",
}  # fmt: skip


@pytest.mark.parametrize("shifts", [[], ["10-12"], ["25:00-26:00"], ["10:00"], ["x"], ["10:00-11:00"] * 25])
def test_shifts_that_cannot_be_read(world: World, shifts: list[str]) -> None:
    with pytest.raises(Refusal):
        gatherings.make(
            member=world.member("rivera"), name="x", kind=1, day=date(2099, 1, 1), shifts=shifts,
            by=MACHINE,
        )  # fmt: skip


def test_from_an_event_to_who_came(world: World, charlie: Client, alice: Client, bob: Client) -> None:
    assert "No event to come" in charlie.get(reverse("events")).content.decode()
    made = charlie.post(reverse("event_make"), FORM, follow=True).content.decode()
    event = Event.objects.get()
    assert "Saturday &lt;canvass&gt;" in made and "10:00 to 12:00" in made and "22:00 to 01:00" in made
    morning, night = event.shifts.order_by("starts_at")

    def sign(**who: str) -> None:
        form = {"shift": morning.pk, "role": "2"} | who
        charlie.post(reverse("event_sign_up", args=[event.pk]), form, follow=True)

    sign(name="Ada Invented", email="ada@example.org", phone="614 555 0101")
    sign(name="Somebody else", email="ADA@example.org")
    sign(phone="(614) 555-0101", shift=str(night.pk))
    sign(name="Bea Invented", phone="614 555 0102")
    assert Contact.objects.count() == 2 and Signup.objects.count() == 3
    refused = charlie.post(
        reverse("event_sign_up", args=[event.pk]), {"shift": morning.pk, "role": "2", "name": "Nobody"}
    )
    assert refused.status_code == 400
    before = Journal.objects.filter(log="rivera").count()
    page = charlie.get(reverse("event", args=[event.pk])).content.decode()
    assert page.count("Ada Invented</th>") == 2 and "Bea Invented" in page
    assert Journal.objects.filter(log="rivera").count() == before + 1
    change, bea = reverse("event_change", args=[event.pk]), Signup.objects.latest("pk")
    charlie.post(change, {"signup": bea.pk, "tag": "Has a car"})
    charlie.post(change, {"signup": bea.pk, "tag": "has a CAR"})
    assert Coded.objects.count() == 1
    assert re.search(
        r'class="tag">Has a car<', charlie.get(reverse("event", args=[event.pk])).content.decode()
    )
    charlie.post(change, {"signup": bea.pk, "untag": Coded.objects.get().code_id})
    assert not Coded.objects.exists()
    charlie.post(change, {"signup": bea.pk, "status": "4"})
    bea.refresh_from_db()
    assert bea.status == 4 and CanvassResponse.objects.filter(person=bea.person).exists()
    (listed,) = gatherings.listed(world.member("rivera"), by=MACHINE)
    assert listed.coming == 1
    for stranger in (alice, bob):
        assert "Saturday &lt;" not in stranger.get(reverse("events")).content.decode()
        assert stranger.get(reverse("event", args=[event.pk])).status_code == 404
        assert stranger.post(change, {"signup": bea.pk, "status": "1"}).status_code == 404
        stranger.post(reverse("event_back", args=[event.pk]))
    gone = charlie.post(reverse("event_remove", args=[event.pk]), follow=True).content.decode()
    assert "is removed" in gone and "No event to come" in gone
    charlie.post(reverse("event_back", args=[event.pk]))
    assert "Saturday" in charlie.get(reverse("events")).content.decode()
