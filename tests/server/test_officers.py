"""Officers decide on newcomers, and whoever was let in comes in alone by its code.

Bob of National is the federation's officer; Alice owns Ohio; Washington hears appeals.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from test_newcomers import ANSWER, CONTACT, MEMBERSHIP, NAME, PLACE, REASON, ask, decide, publish, text
from world import MACHINE, PASSPHRASE, World

from commonroll.errors import Refusal
from commonroll.server.actions import admissions, askings, membership, newcomers, officers
from commonroll.server.actions.entering import Entry, enter
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Application, Asking, AskingStep, Journal, Member, Role, Signature

pytestmark = pytest.mark.django_db

FORM = {
    "key": "quoll", "email": "q@example.org", "password": "a long password of quolls",
    "passphrase": "marsupials sign",
}  # fmt: skip


@pytest.fixture
def bob_decides(world: World) -> Actor:
    membership.publish(chosen=MEMBERSHIP, by=MACHINE)
    officers.name(email="bob@example.org", by=MACHINE)
    return Actor.of(world.user("bob"))


def page(asking: Asking) -> str:
    return reverse("centre_newcomer", args=[asking.pk])


def overturned(world: World, asking: Asking, code: str) -> Asking:
    newcomers.appeal(code=code, asking=str(asking.pk), reason="It is not so.", place=PLACE)
    asking = askings.every().get(pk=asking.pk)
    return membership.hear(asking=asking, member=world.member("wa"), accept=True, reason=REASON, by=MACHINE)


# Officers


def test_an_officer_decides_on_the_page_beside_the_criteria(
    bob_decides: Actor, bob: Client, alice: Client, charlie: Client, nobody: Client
) -> None:
    assert "Nobody waits for a word" in text(bob.get(reverse("centre")))
    asking, code = ask(None)
    for other, status in ((alice, 404), (charlie, 404), (nobody, 302)):
        assert other.get(reverse("centre")).status_code == status
        assert other.get(page(asking)).status_code == status
    assert NAME in text(bob.get(reverse("centre"))) and "6 days left" in text(bob.get(reverse("centre")))
    assert "newcomer waits for the federation" in text(bob.get("/"))
    shown = text(bob.get(page(asking)))
    assert all(word in shown for word in (CONTACT, ANSWER, MEMBERSHIP["title"], "Do you keep the charter?"))
    decide_at = reverse("centre_decide", args=[asking.pk])
    assert alice.post(decide_at, {"word": "no", "reason": REASON}).status_code == 404
    assert bob.post(decide_at, {"word": "no", "reason": "no"}).status_code == 400, "a reason is needed"
    assert bob.post(decide_at, {"word": "no", "reason": REASON}).status_code == 302
    assert REASON in text(bob.get(reverse("centre"))), "what was decided stands there"
    back = reverse("centre_reopen", args=[asking.pk])
    assert bob.post(back, {"reason": "I took it for another."}).status_code == 302
    again = text(nobody.post(reverse("door_status"), {"code": code}))
    assert "took the word back" in again and "A word is owed by" in again
    assert bob.post(decide_at, {"word": "yes", "reason": REASON}).status_code == 302
    assert "May come in" in text(bob.get(reverse("centre")))
    admit = reverse("centre_admit", args=[asking.pk])
    assert bob.post(admit, {"member": "rivera"}).status_code == 302
    assert Asking.objects.get().newcomer.member == Member.objects.get(key="rivera")


def test_an_office_is_the_machines_to_give_and_to_end(world: World, bob_decides: Actor, bob: Client) -> None:
    for act in (
        lambda: officers.name(email="alice@example.org", by=bob_decides),
        lambda: officers.end(email="bob@example.org", by=bob_decides),
        lambda: officers.name(email="nobody@example.org", by=MACHINE),
        lambda: officers.end(email="alice@example.org", by=MACHINE),
    ):
        with pytest.raises(Unknown):
            act()
    with pytest.raises(Refusal, match="already"):
        officers.name(email="bob@example.org", by=MACHINE)
    Role.objects.filter(user=world.user("bob")).delete()
    assert bob.get(reverse("centre")).status_code == 200, "an officer needs no role at a member"
    assert reverse("centre") in text(bob.get("/"))
    officers.end(email="bob@example.org", by=MACHINE)
    assert bob.get(reverse("centre")).status_code == 404
    said = [bytes(one.leaf) for one in Journal.objects.filter(log="federation")]
    assert sum(b'"officer"' in leaf or b'"office-end"' in leaf for leaf in said) == 2
    assert not any(b"bob" in leaf for leaf in said)


def test_no_officer_hears_an_appeal_against_the_federation(world: World, bob_decides: Actor) -> None:
    officers.name(email="alice@example.org", by=MACHINE)
    alice = Actor.of(world.user("alice"))
    asking, code = ask(None)
    membership.decide(asking=asking, accept=False, reason=REASON, by=bob_decides)
    newcomers.appeal(code=code, asking=str(asking.pk), reason="It is not so.", place=PLACE)
    assert not askings.may_hear(asking=askings.every().get(), member=world.member("oh"), by=alice)
    officers.end(email="alice@example.org", by=MACHINE)
    assert askings.may_hear(asking=askings.every().get(), member=world.member("oh"), by=alice)


def test_a_word_is_taken_back_while_nothing_came_of_it(world: World, bob_decides: Actor) -> None:
    asking, code = ask(None)
    said = {"asking": asking, "reason": "It was the wrong one.", "by": bob_decides}
    decide(asking, True)
    AskingStep.objects.filter(step="accepted").update(at=timezone.now() - timedelta(hours=2))
    with pytest.raises(Refusal, match="stands"):
        membership.reopen(**said)
    AskingStep.objects.filter(step="accepted").update(at=timezone.now())
    membership.reopen(**said)
    decide(asking, False)
    overturned(world, asking, code)
    with pytest.raises(Refusal, match="stands"):
        membership.reopen(**said), "what others decided is not the centre's to take back"


# In by the code


def test_an_appeal_that_is_won_lets_in_without_the_centre(
    world: World, bob_decides: Actor, nobody: Client
) -> None:
    race, code = ask(publish(world))
    decide(race, True)
    asking, _ = ask(None, code=code)
    assert nobody.post(reverse("door_enter"), FORM | {"code": code}).status_code == 400, "no yes yet"
    membership.decide(asking=asking, accept=False, reason=REASON, by=bob_decides)
    overturned(world, asking, code)
    status = text(nobody.post(reverse("door_status"), {"code": code}))
    assert "Washington said yes on appeal" in status and "Become a member" in status
    wrongs: tuple[dict[str, str], ...] = (
        {"key": "oh"}, {"key": "Q!"}, {"email": "alice@example.org"}, {"password": "short"},
        {"passphrase": "short"}, {"passphrase": FORM["password"]}, {"code": "no-such"},
    )  # fmt: skip
    for wrong in wrongs:
        refused = nobody.post(reverse("door_enter"), FORM | {"code": code} | wrong)
        assert refused.status_code == 400 and not Member.objects.filter(key="quoll").exists()
        assert FORM["email"] in text(refused) or "email" in wrong or "code" in wrong
    assert nobody.post(reverse("door_enter"), FORM | {"code": code}).status_code == 302
    assert "/agreements/" in text(nobody.get("/")), "signed in, at its own member"
    made = Member.objects.get(key="quoll")
    assert (made.kind, made.name) == ("campaign", NAME)
    (drafted,) = Application.objects.filter(applicant=made)
    assert drafted.agreement is not None, "what Ohio said yes to is drafted at once"
    steps = [(step.step, step.who) for step in Asking.objects.get(pk=asking.pk).steps.all()]
    assert steps[-2:] == [("overturned", "Washington"), ("admitted", NAME)]
    again = Entry("quoll-two", "r@example.org", FORM["password"], FORM["passphrase"])
    with pytest.raises(Refusal, match="member already"):
        enter(home=world.home, code=code, entry=again, place=PLACE)


def test_an_owner_who_was_overruled_owes_its_signature_in_time(
    world: World, alice: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    criteria = publish(world)
    made = admissions.apply(
        owner=world.member("oh"), applicant=world.member("rivera"), race="house-12", answers=["Yes."],
        papers={}, by=MACHINE,
    )  # fmt: skip
    admissions.decide(application=made, accept=False, reason=REASON, by=MACHINE)
    admissions.appeal(application=made, reason="It is not so.", by=MACHINE)
    done = admissions.hear(
        application=made, member=world.member("wa"), accept=True, reason=REASON, by=MACHINE
    )
    assert admissions.owes_signature(done) and done.due > timezone.now() + timedelta(days=9)
    assert admissions.read(criteria).decide_days == 10
    assert "was overruled and owes its signature" in text(alice.get(reverse("application", args=[made.pk])))
    assert "decided on appeal and waits for your signature" in text(alice.get("/"))
    assert admissions.note_overdue() == 0
    Application.objects.update(due=timezone.now() - timedelta(minutes=1))
    assert admissions.note_overdue() == 1 and admissions.note_overdue() == 0
    assert [step.step for step in made.steps.all()][-2:] == ["overturned", "overdue"]
    Application.objects.update(overdue_at=None)
    Signature.objects.create(agreement=done.agreement, member=world.member("oh"), at=timezone.now())
    with django_assert_num_queries(1):  # what is signed is not looked at again
        assert admissions.note_overdue() == 0


def test_what_an_appeal_decided_of_a_newcomer_is_said_by_whoever_decided(world: World) -> None:
    membership.publish(chosen=MEMBERSHIP, by=MACHINE)
    race, code = ask(publish(world))
    decide(race, False)
    overturned(world, race, code)
    wants, _ = ask(None, code=code)
    decide(wants, True)
    entry = Entry("quoll", "q@example.org", FORM["password"], PASSPHRASE)
    member, user = enter(home=world.home, code=code, entry=entry, place=PLACE)
    made = Application.objects.get(applicant=member)
    step = made.steps.get()
    assert (made.state, step.step, step.member) == ("overturned", "overturned", world.member("wa"))
    assert admissions.owes_signature(made) and Role.objects.get(user=user).name == "owner"
