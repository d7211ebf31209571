"""Keys, and agreements that give nothing for now: each side reads why, and what to do next."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.server.actions import agreement_events, federation, signing_keys, suspensions
from commonroll.server.models import Agreement, Journal

pytestmark = pytest.mark.django_db
KEYS, CHANGE = "/agreements/keys", "/agreements/keys/change"


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def suspended(world: World) -> Agreement:
    text = agree("oh", "rivera")
    agreement_events.suspend(
        home=world.home, agreement=text, member=world.member("oh"), cause="breach", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    return text


def test_the_recipient_reads_who_suspended_it_and_what_is_next(
    world: World, alice: Client, charlie: Client
) -> None:
    text = suspended(world)
    shown = read(charlie, f"/agreements/{text.number}")
    assert "Ohio has suspended it since" in shown and "(breach)" in shown
    assert f"/agreements/draft?amends={text.number}" in shown
    assert "Rivera reads nothing" in read(alice, f"/agreements/{text.number}")
    assert f"agreement {text.number} (suspended)" in read(charlie, "/")
    assert "data-moment" in shown


def test_a_member_that_the_federation_suspends_reads_so(world: World, charlie: Client, bob: Client) -> None:
    text = agree("oh", "rivera")
    suspensions.suspend_member(member=world.member("rivera"), reason="the dues were not paid", by=MACHINE)
    assert "The federation suspended you" in read(charlie, f"/agreements/{text.number}")
    assert f"agreement {text.number} (suspended)" in read(charlie, "/")
    assert "suspended by the federation since" in read(bob, "/")


def test_a_key_follows_and_a_wrong_passphrase_changes_nothing(
    world: World, alice: Client, violet: Client, charlie: Client
) -> None:
    former = federation.current_vkey(world.member("oh"))
    refused = alice.post(CHANGE, {"what": "rotate", "passphrase": "not this one"})
    assert refused.status_code == 400 and "passphrase is wrong" in refused.content.decode()
    assert federation.current_vkey(world.member("oh")) == former
    assert Journal.objects.filter(log="oh", type="denied").exists()
    assert violet.post(CHANGE, {"what": "rotate", "passphrase": PASSPHRASE}).status_code == 403
    assert alice.post(CHANGE, {"what": "rotate", "passphrase": PASSPHRASE}).status_code == 302
    assert federation.current_vkey(world.member("oh")) != former
    assert "followed by another" in read(violet, KEYS)
    charlie.post(
        CHANGE, {"what": "withdraw", "sure": "1", "vkey": federation.current_vkey(world.member("oh"))}
    )
    assert federation.current_vkey(world.member("oh"))


def test_what_rests_with_a_withdrawn_key_is_signed_again_in_one_step_each(
    world: World, alice: Client, charlie: Client
) -> None:
    text = agree("oh", "rivera")
    former = federation.current_vkey(world.member("oh"))
    signing_keys.rotate(home=world.home, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE)
    assert alice.post(CHANGE, {"what": "withdraw", "vkey": former}).status_code == 400
    alice.post(CHANGE, {"what": "withdraw", "vkey": former, "sure": "1"})
    assert f"agreement {text.number} (rests)" in read(charlie, "/")
    shown = read(charlie, f"/agreements/{text.number}")
    assert "A key that signed it was withdrawn" in shown and KEYS in shown
    assert "waits for you" in read(charlie, KEYS)
    for _ in range(2):  # the second finds nothing to sign
        alice.post(CHANGE, {"what": "again", "passphrase": PASSPHRASE})
    new = Agreement.objects.get(amends=text)
    assert "you have signed, it waits for" in read(alice, KEYS)
    charlie.post(CHANGE, {"what": "again", "passphrase": PASSPHRASE})
    new.refresh_from_db()
    assert new.state == Agreement.State.FINAL
    assert "waits to be signed again" not in read(charlie, KEYS)


def test_a_form_that_stays_is_told_why_not_or_where_it_leads(
    world: World, alice: Client, charlie: Client
) -> None:
    text = agree("oh", "rivera")
    page = f"/agreements/{text.number}"
    given = {"cause": "breach", "passphrase": "not this one"}
    stays = {"X-Stays": "1"}
    refused = alice.post(f"{page}/suspend", given, headers=stays)
    assert refused.status_code == 200 and "passphrase is wrong" in refused.json()["refused"]["what"]
    assert "not this one" not in refused.content.decode()
    forbidden = charlie.post(f"{page}/suspend", given | {"passphrase": PASSPHRASE}, headers=stays)
    assert "refused" in forbidden.json() and text.events.count() == 0
    done = alice.post(f"{page}/suspend", given | {"passphrase": PASSPHRASE}, headers=stays)
    assert done.json() == {"to": reverse("agreement", args=[text.number])}
    assert "Location" not in done and text.events.count() == 1
    assert "gives nothing until you resume it" in read(alice, page)  # the page's message was not used up
