"""The page of a member's own people: fields made, changed, removed, put back, and for nobody else."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from world import MACHINE, World

from commonroll.server.actions import contacts
from commonroll.server.actions.contacts import Told
from commonroll.server.models import CustomField, CustomValue

pytestmark = pytest.mark.django_db
NEW = {"name": "Comes by", "group": "Help <b>ing", "type": "S", "choices": "Bus\nCar\n\n"}


def test_a_field_is_made_used_removed_put_back_and_forgotten(
    world: World, alice: Client, bob: Client
) -> None:
    page, make = reverse("own_people"), reverse("own_field_make")
    assert "No field of your own yet" in alice.get(page).content.decode()
    assert alice.post(make, NEW).status_code == 302
    field = CustomField.objects.get()
    said = Told(known={"lastName": "Quail"}, custom={field.number: "2"})
    contacts.make(home=world.home, of=field.member, told=said, by=MACHINE)
    shown = alice.get(page).content.decode()
    assert "Help &lt;b&gt;ing" in shown and 'Car <small class="muted">1</small>' in shown
    assert "Quail" not in shown and "Comes by" not in bob.get(page).content.decode()
    change = reverse("own_field", args=[field.number])
    refused = alice.post(change, {"what": "change", "name": "Way", "choices": "Bus"})
    assert refused.status_code == 400 and "1 of the values" in refused.content.decode()
    assert alice.post(change, {"what": "change", "name": "Way", "choices": "Car\nBus"}).status_code == 302
    removed = alice.post(change, {"what": "remove"})
    assert "“Way” is removed" in alice.get(removed["Location"]).content.decode()
    alice.post(change, {"what": "restore"})
    assert CustomField.objects.get().removed_at is None and CustomValue.objects.count() == 1
    assert alice.post(change, {"what": "forget"}).status_code == 400
    alice.post(change, {"what": "remove"})
    alice.post(change, {"what": "forget"})
    assert not CustomValue.objects.exists()
    assert bob.post(change, {"what": "restore"}).status_code == 404


def test_what_is_wrong_with_a_field_is_said_and_nothing_typed_is_lost(world: World, alice: Client) -> None:
    for wrong in ({"name": " "}, {"type": "Q"}, {"choices": ""}, {"choices": "a\nA"}, {"type": "D"}):
        answer = alice.post(reverse("own_field_make"), NEW | wrong)
        assert answer.status_code == 400 and "Help &lt;b&gt;ing" in answer.content.decode()
    assert not CustomField.objects.exists()
