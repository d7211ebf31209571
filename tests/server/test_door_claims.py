"""Persons added and names corrected at doors are proposed to the owner, and change no roll by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_tasks_db.models import DBTaskResult
from doorstep import calling, hand, turf_of, voter
from test_folding import rows
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.insight import held
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import door_claims, folding, imports, releasing
from commonroll.server.models import DoorClaim, Journal, ListImport

pytestmark = pytest.mark.django_db
NOW = datetime.now(UTC)


def counting(world: World, who: str) -> dict[str, str | None]:
    """Told facts of one of Ohio's voters that count."""
    found = held.held(Vault(world.home.vaults, "oh"), who, NOW.date() + timedelta(days=1))
    return {one.attribute: one.value for one in found.claims if one.kind == "told" and one.counts}


def test_a_corrected_name_is_a_told_fact_once_the_owner_says_so(
    world: World, alice: Client, bob: Client, charlie: Client, violet: Client
) -> None:
    turf = calling(world)[1]
    ann, rivera = hand(turf, "Ann"), world.member("rivera")
    ann.send(ann.event("correction"))
    folding.run(world.home)
    folding.run(world.home)
    one, page = DoorClaim.objects.get(), reverse("field_waiting")
    to = reverse("field_claim", args=[one.pk])
    assert "Who lives there" not in alice.get(page).content.decode(), "it waits for the day of the terms"
    assert alice.post(to, {"what": "accept"}).status_code == 404
    releasing.release(world.home, rivera, NOW + timedelta(days=400))
    assert Journal.objects.filter(log="oh", type="responses.returned").count() == 1
    body = alice.get(page).content.decode()
    assert "First name: Adah" in body and "a canvasser of Rivera" in body and "Ann" not in body
    for other in (bob, charlie):
        assert "Adah" not in other.get(page).content.decode() and other.post(to).status_code in (403, 404)
    assert violet.post(to, {"what": "accept"}).status_code == 403
    who = voter(turf, "p1")
    assert counting(world, who) == {}
    assert "Accepted by" in alice.post(to, {"what": "accept"}, follow=True).content.decode()
    assert counting(world, who) == {"first_name": "Adah"}
    assert [one["gathered_by"] for one in rows(world, "oh", "facts")] == ["rivera"]
    assert alice.post(to, {"what": "accept"}).status_code == 404
    alice.post(to, {"what": "undo"})
    assert counting(world, who) == {} and len(rows(world, "oh", "facts")) == 2
    alice.post(to, {"what": "refuse"})
    assert "Refused by" in alice.get(page).content.decode() and not rows(world, "rivera", "facts")


def test_an_added_person_is_matched_by_a_worker_as_a_list_of_one_and_taken_back(
    world: World, alice: Client
) -> None:
    oh = world.member("oh")
    turf = turf_of(oh, oh, "Ohio's own")
    olga = hand(turf, "Olga")
    added: dict[str, Any] = {"name": "Ada Invented", "phone": "(614) 555-0123", "consent": "yes"}
    event = olga.event("person_added", person=None, value=added)
    olga.send(event)
    folding.run(world.home)
    (one,) = door_claims.of_owner(oh, MACHINE)  # a walk of the owner's own: at once
    accepted = door_claims.accept(home=world.home, owner=oh, claim=one.pk, by=MACHINE)
    listed = ListImport.objects.get()
    assert accepted.made == listed.pk.hex and (listed.kind, listed.source) == ("other", "the door")
    with pytest.raises(Refusal, match="being matched"):
        door_claims.undo(home=world.home, owner=oh, claim=one.pk, by=MACHINE)
    assert "Accepted by command line: being matched" in alice.get(reverse("field_waiting")).content.decode()
    imports.run(home=world.home, listed=listed, by=MACHINE)
    assert "Accepted by command line: matched" in alice.get(reverse("field_waiting")).content.decode()
    contacts = rows(world, "oh", "contacts")
    assert [(row["first_name"], row["last_name"]) for row in contacts] == [("ADA", "INVENTED")]
    assert contacts[0]["residence_line1"] and contacts[0]["state_voter_id"] is None
    door_claims.undo(home=world.home, owner=oh, claim=one.pk, by=MACHINE)
    withdrawn = [row["action"] for row in rows(world, "oh", "imports")]
    assert sorted(withdrawn) == ["added", "withdrawn"]
    again = alice.post(reverse("field_claim", args=[one.pk]), {"what": "accept"})
    assert again.status_code == 302 and DBTaskResult.objects.filter(task_path__endswith="run_import").exists()
    ListImport.objects.filter(state="waiting").update(state="failed")  # as of a worker that died
    door_claims.undo(home=world.home, owner=oh, claim=one.pk, by=MACHINE)
    assert ListImport.objects.count() == 1, "what came to nothing is forgotten"
    olga.send(olga.event("undo", household=None, replaces=event["id"]))
    folding.run(world.home)
    assert not door_claims.of_owner(oh, MACHINE)
    with pytest.raises(Refusal, match="does not wait"):
        door_claims.accept(home=world.home, owner=oh, claim=one.pk, by=MACHINE)
