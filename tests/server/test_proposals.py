"""One text to many owners: told, commented, adopted, countered, declined, voted on."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, wishes

from commonroll.agreements.negotiation import OutOfTurn
from commonroll.errors import Refusal
from commonroll.server import startup
from commonroll.server.actions import agreements, negotiations, proposals
from commonroll.server.actions.votes import tally
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Addressee, Agreement, Federation, Journal, Member, Proposal
from commonroll.server.permits import grants_in_force

pytestmark = pytest.mark.django_db


def proposed(world: World, rule: str = "majority", **changes: object) -> Proposal:
    """National asks Ohio and Washington for the same terms."""
    Federation.objects.update(vote_rule=rule)
    asked = {"purposes": ["gotv", "persuasion"], "modes": ["count"], "columns": ["district"]}
    return proposals.propose(
        author=world.member("national"), recipient=world.member("national"),
        owners=[world.member("oh"), world.member("wa")], wishes=wishes(**(asked | changes)),
        deadline=timezone.now() + timedelta(days=9), by=MACHINE,
    )  # fmt: skip


def asked(proposal: Proposal, owner: str) -> Addressee:
    return proposal.addressees.select_related("owner", "proposal").get(owner__key=owner)


def adopted(world: World, proposal: Proposal, owner: str) -> Agreement:
    return proposals.adopt(
        home=world.home, addressee=asked(proposal, owner), passphrase=PASSPHRASE, by=MACHINE
    )


def signed_by_national(world: World, text: Agreement) -> Agreement:
    return agreements.sign(
        home=world.home, agreement=text, member=world.member("national"), passphrase=PASSPHRASE, by=MACHINE
    )


def test_adopted_by_enough_it_binds_those_who_adopted(world: World) -> None:
    put = proposed(world)
    texts = [adopted(world, put, "oh")]
    assert tally(put).adopted == 1
    with pytest.raises(OutOfTurn, match="1 of 2"):
        signed_by_national(world, texts[0])
    texts.append(adopted(world, put, "wa"))
    put.refresh_from_db()
    assert put.state == Proposal.State.RATIFIED
    for text in texts:
        signed_by_national(world, text)
    found = grants_in_force(world.member("national"), "persuasion", timezone.now())
    assert set(found) == {"oh", "wa"}


def test_adopting_amends_what_stands(world: World) -> None:
    put = proposed(world)
    shown = proposals.shown(asked(put, "oh"))
    assert shown.before is not None
    assert any("persuasion" in line for line in shown.changes or [])
    adopted(world, put, "wa")
    text = adopted(world, put, "oh")
    assert text.amends == shown.before
    signed_by_national(world, text)
    shown.before.refresh_from_db()
    assert shown.before.state == Agreement.State.ENDED


def test_nobody_is_bound_who_did_not_sign(world: World) -> None:
    put = proposed(world, rule="majority", purposes=["persuasion"])
    adopted(world, put, "oh")
    proposals.decline(addressee=asked(put, "wa"), by=MACHINE)
    assert not tally(put).carried
    assert grants_in_force(world.member("national"), "persuasion", timezone.now()) == {}


def test_a_counter_offer_is_no_vote_and_goes_its_own_way(world: World) -> None:
    put = proposed(world, purposes=["persuasion"])
    terms = negotiations.Changes(notice_days=60).of(negotiations.read(bytes(asked(put, "oh").document)))
    text = proposals.counter(addressee=asked(put, "oh"), terms=terms, by=MACHINE)
    assert (tally(put).adopted, asked(put, "oh").answer) == (0, "countered")
    agreements.sign(
        home=world.home, agreement=text, member=world.member("oh"), passphrase=PASSPHRASE, by=MACHINE
    )
    assert signed_by_national(world, text).state == Agreement.State.FINAL


def test_who_has_left_is_not_counted(world: World) -> None:
    """Ohio's one adoption of two is not enough; of those who are here it is all there are."""
    put = proposed(world, purposes=["persuasion"])
    text = adopted(world, put, "oh")
    with pytest.raises(OutOfTurn, match="1 of 2"):
        signed_by_national(world, text)
    Member.objects.filter(key="wa").update(left_at=timezone.now())
    assert (tally(put).asked, tally(put).adopted) == (1, 1)
    assert signed_by_national(world, text).state == Agreement.State.FINAL
    put.refresh_from_db()
    assert put.state == Proposal.State.RATIFIED


def test_past_the_deadline_what_was_not_carried_is_taken_back(world: World) -> None:
    put = proposed(world, rule="all", purposes=["persuasion"])
    text = adopted(world, put, "oh")
    Proposal.objects.filter(pk=put.pk).update(deadline=timezone.now())
    with pytest.raises(OutOfTurn, match="deadline"):
        adopted(world, put, "wa")
    assert proposals.close_overdue(MACHINE) == 1
    text.refresh_from_db()
    put.refresh_from_db()
    assert (text.state, put.state) == (Agreement.State.WITHDRAWN, Proposal.State.FAILED)


def test_who_was_told_stands_in_the_owners_log(world: World, alice: Client, violet: Client) -> None:
    put = proposed(world)
    assert not asked(put, "oh").told.exists()
    for _ in range(2):
        assert alice.get(f"/proposals/{put.pk}").status_code == 200
    violet.get(f"/proposals/{put.pk}")
    assert [told.person for told in asked(put, "oh").told.all()] == [
        "alice@example.org",
        "violet@example.org",
    ]
    told = [json.loads(bytes(r.leaf))["action"] for r in Journal.objects.filter(log="oh", type="operator")]
    assert told.count("proposal.told") == 2
    startup.fold(world.home)


def test_the_page_takes_an_answer_and_a_comment(world: World, alice: Client, charlie: Client) -> None:
    put = proposed(world, purposes=["persuasion"])
    alice.post(f"/proposals/{put.pk}/comment", {"text": "The notice is short."})
    page = alice.get(f"/proposals/{put.pk}").content.decode()
    assert "The notice is short." in page
    assert (
        alice.post(f"/proposals/{put.pk}/answer", {"answer": "adopt", "passphrase": "no"}).status_code == 400
    )
    assert not Agreement.objects.filter(owner__key="oh", addressee__isnull=False).exists()
    alice.post(f"/proposals/{put.pk}/answer", {"answer": "adopt", "passphrase": PASSPHRASE})
    assert asked(put, "oh").answer == "adopted"
    assert "Adopt and sign" not in alice.get(f"/proposals/{put.pk}").content.decode()
    assert charlie.get(f"/proposals/{put.pk}").status_code == 404
    assert f"/proposals/{put.pk}" not in charlie.get("/proposals/").content.decode()


def test_a_text_that_one_owners_law_forbids_is_put_to_nobody(world: World) -> None:
    with pytest.raises(Refusal, match="RCW"):
        proposed(world, purposes=["fundraising"])
    assert not Proposal.objects.exists()


def test_a_stranger_proposes_nothing(world: World) -> None:
    with pytest.raises(Unknown):
        proposals.propose(
            author=world.member("rivera"), recipient=world.member("national"), owners=[world.member("oh")],
            wishes=wishes(), deadline=timezone.now() + timedelta(days=1), by=MACHINE,
        )  # fmt: skip
    with pytest.raises(Unknown):
        proposals.set_rule(rule="all", by=Actor.of(world.user("alice")))


def form(**changes: object) -> dict[str, object]:
    start = timezone.now().date()
    return {
        "recipient": "national", "template": "research", "owners": ["oh", "wa"], "purposes": ["persuasion"],
        "modes": ["count"], "start": start.isoformat(), "until": (start + timedelta(days=90)).isoformat(),
        "notice_days": "14", "deadline": (start + timedelta(days=9)).isoformat(), "association": "",
    } | changes  # fmt: skip


def test_a_proposal_is_made_on_its_page_with_what_changes_for_each(
    world: World, nadia: Client, alice: Client, bob: Client
) -> None:
    assert "Make a proposal" in nadia.get("/proposals/").content.decode()
    assert nadia.get("/proposals/make").status_code == 200
    shown = nadia.post("/proposals/make/preview", form(purposes=["gotv"])).content.decode()
    assert shown.count("In place of") == 2
    assert "All of it is new" in nadia.post("/proposals/make/preview", form()).content.decode()
    refused = nadia.post("/proposals/make/put", form(purposes=["fundraising"]))
    assert refused.status_code == 400 and "RCW" in refused.content.decode()
    assert not Proposal.objects.exists()
    assert bob.post("/proposals/make/put", form()).status_code == 403
    made = nadia.post("/proposals/make/put", form())
    put = Proposal.objects.get()
    assert made["Location"] == f"/proposals/{put.pk}"
    assert {one.owner.key for one in put.addressees.all()} == {"oh", "wa"}
    assert "Washington" in nadia.get(made["Location"]).content.decode()
    assert "waits for you" in alice.get("/proposals/").content.decode()


def test_an_owner_that_proposes_does_not_learn_what_others_have(world: World, alice: Client) -> None:
    """Washington's agreement with the national committee is not Ohio's to see."""
    shown = alice.post("/proposals/make/preview", form(purposes=["gotv"])).content.decode()
    assert shown.count("In place of") == 1
    assert "its own people see" in shown
    none = alice.post("/proposals/make/preview", form(owners=[])).content.decode()
    assert "No owner is asked yet" in none


def test_other_terms_are_put_from_the_page(world: World, alice: Client, charlie: Client) -> None:
    put = proposed(world, purposes=["persuasion"])
    address = f"/agreements/draft?proposal={put.pk}"
    assert f'name="proposal" value="{put.pk}"' in alice.get(address).content.decode()
    assert charlie.get(address).status_code == 404
    given = {
        "owner": "oh", "recipient": "national", "proposal": put.pk, "purposes": ["persuasion"],
        "modes": ["count"], "columns": ["voters.party"], "start": f"{timezone.now():%Y-%m-%d}",
        "until": f"{timezone.now() + timedelta(days=40):%Y-%m-%d}", "contacts": "3", "contact_days": "30",
        "return_within_days": "7", "delete_within_days": "7", "breach_within_hours": "48",
        "notice_days": "60",
    }  # fmt: skip
    made = alice.post("/agreements/draft/make", given)
    answered = asked(put, "oh")
    assert answered.answer == "countered" and answered.agreement is not None
    assert made["Location"] == f"/agreements/{answered.agreement.number}"
    assert answered.agreement.state == Agreement.State.OFFERED
    assert negotiations.terms_in(answered.agreement).notice_days == 60
