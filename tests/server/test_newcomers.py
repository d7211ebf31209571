"""The public form: a campaign without an account applies, and follows it by a code.

Alice owns Ohio and decides; the command line is the federation's centre; Wanda's Washington hears appeals.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World

from commonroll.agreements.reading import TermsRefused
from commonroll.agreements.terms import read
from commonroll.errors import Refusal
from commonroll.server.actions import admissions, askings, federation, membership, newcomers
from commonroll.server.actions.keys import TooMany
from commonroll.server.actor import Unknown
from commonroll.server.models import Asking, Criteria, Journal, Knock, Newcomer
from commonroll.server.site import _sweep

pytestmark = pytest.mark.django_db

REASON = "All that was asked is there."
NAME, CONTACT, ANSWER = "QUOLL for House", "quoll@example.org", "NUMBAT, since May."
FORM = {"kind": "campaign", "name": NAME, "contact": CONTACT, "answer-1": ANSWER}
PLACE = "203.0.113.7"


def chosen(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    given = {
        "title": "Candidates on the ballot",
        "template": "campaign",
        "races": {"house-12": {"state_house_district": ["12"]}},
        "questions": ["Are you on the ballot?"],
        "papers": [],
        "priceCents": "50000",
        "payDays": "30",
        "start": now.strftime("%Y-%m-%dT00:00:00Z"),
        "until": (now + timedelta(days=300)).strftime("%Y-%m-%dT00:00:00Z"),
        "decideDays": "10",
        "appealDays": "14",
    }
    return given | changes


def publish(world: World, **changes: Any) -> Criteria:
    return admissions.publish(
        home=world.home, owner=world.member("oh"), chosen=chosen(**changes), passphrase=PASSPHRASE, by=MACHINE
    )


MEMBERSHIP = {
    "title": "Who keeps the charter", "questions": ["Do you keep the charter?"], "papers": [],
    "decideDays": "7", "appealDays": "14",
}  # fmt: skip


@pytest.fixture
def criteria(world: World) -> Criteria:
    membership.publish(chosen=MEMBERSHIP, by=MACHINE)
    return publish(world)


def said(**changes: Any) -> newcomers.Said:
    given: dict[str, Any] = {
        "kind": "campaign",
        "name": NAME,
        "contact": CONTACT,
        "answers": [ANSWER],
        "papers": {},
    }
    return newcomers.Said(**(given | changes))


def ask(criteria: Criteria | None, **changes: Any) -> tuple[Asking, str]:
    race = "house-12" if criteria else ""
    return newcomers.ask(said=said(**changes), criteria=criteria, race=race, place=PLACE)


def decide(asking: Asking, accept: bool) -> Asking:
    return membership.decide(asking=asking, accept=accept, reason=REASON, by=MACHINE)


def text(response: HttpResponse) -> str:
    return response.content.decode()


def logs_of(step: str) -> list[str]:
    found = Journal.objects.filter(type="admission")
    return sorted(one.log for one in found if f'"step":"{step}"'.encode() in bytes(one.leaf))


def code_on(response: HttpResponse) -> str:
    found = re.search(r'id="code">([\w-]+)<', text(response))
    assert found, text(response)
    return found[1]


# The form


def test_where_nothing_is_published_the_form_says_so(nobody: Client) -> None:
    page = text(nobody.get(reverse("door")))
    assert (
        "has published no criteria for members" in page and "No owner of a voter file has published" in page
    )
    assert nobody.get(reverse("door_member")).status_code == 404
    with pytest.raises(Unknown):
        ask(None)


def test_a_stranger_applies_and_follows_it_by_a_code(
    criteria: Criteria, nobody: Client, alice: Client
) -> None:
    assert "Read and apply" in text(nobody.get(reverse("door")))
    form, before = reverse("door_owner", args=[criteria.pk]), Journal.objects.count()
    sent = nobody.post(form, FORM | {"race": "house-12"})
    code = code_on(sent)
    made = Asking.objects.get()
    assert reverse("door_status") + "#" + code in text(sent), "a link whose secret no address holds"
    leaves = b"".join(bytes(one.leaf) for one in Journal.objects.order_by("pk")[before:])
    assert made.urn.encode() in leaves and b"QUOLL" not in leaves and code.encode() not in leaves
    assert code not in str(list(Newcomer.objects.values())), "its hash alone is kept"

    listed = text(alice.get(reverse("admissions")))
    assert NAME in listed
    page = text(alice.get(reverse("newcomer", args=[made.pk])))
    assert CONTACT in page and ANSWER in page
    word = {"word": "no", "reason": "The petition is not there."}
    assert alice.post(reverse("newcomer_decide", args=[made.pk]), word).status_code == 302

    status = nobody.post(reverse("door_status"), {"code": f" {code} "})
    assert "The petition is not there." in text(status) and "Appeal: why" in text(status)
    appealed = nobody.post(
        reverse("door_status"), {"code": code, "asking": str(made.pk), "reason": "It was handed over in May."}
    )
    assert "appealed" in text(appealed) and "It was handed over in May." in text(appealed)
    assert logs_of("appealed") == ["federation", "oh"]


def test_what_is_refused_stands_in_the_form_again(criteria: Criteria, nobody: Client) -> None:
    form = reverse("door_owner", args=[criteria.pk])
    for wrong in (
        {"name": ""},
        {"contact": "x" * 201},
        {"kind": "state"},
        {"answer-1": ""},
        {"race": "house-99"},
    ):
        refused = nobody.post(form, FORM | {"race": "house-12"} | wrong)
        assert refused.status_code in (400, 404)
        assert "answer-1" in wrong or ANSWER in text(refused) or refused.status_code == 404
    assert not Asking.objects.exists() and not Newcomer.objects.exists()
    assert nobody.post(reverse("door_status"), {"code": "no-such-code"}).status_code == 400


def test_no_other_site_sends_the_form(world: World, criteria: Criteria) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(reverse("door_owner", args=[criteria.pk]), FORM).status_code == 403
    assert strict.post(reverse("door_status"), {"code": "x"}).status_code == 403


def test_one_place_sends_so_often_an_hour(criteria: Criteria, nobody: Client) -> None:
    ask(criteria)
    for hour in (0, 1):  # the hour may end before the next request
        at = timezone.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=hour)
        Knock.objects.update_or_create(
            place=Knock.objects.values_list("place", flat=True)[0],
            hour=at,
            defaults={"times": newcomers.AN_HOUR},
        )
    with pytest.raises(TooMany):
        ask(criteria)
    with pytest.raises(TooMany):
        newcomers.status(code="x", place=PLACE)
    assert PLACE not in str(list(Knock.objects.values()))
    made, _ = newcomers.ask(said=said(), criteria=criteria, race="house-12", place="203.0.113.8")
    assert made.state == "waiting", "others go on"
    Newcomer.objects.update(at=timezone.now())
    newcomers.A_DAY, kept = Newcomer.objects.count(), newcomers.A_DAY
    try:
        with pytest.raises(TooMany, match="today"):
            newcomers.ask(said=said(), criteria=criteria, race="house-12", place="203.0.113.9")
    finally:
        newcomers.A_DAY = kept


# One race, one version


def test_newcomers_and_members_of_a_race_are_measured_by_one_version(
    world: World, criteria: Criteria
) -> None:
    ask(criteria)
    newer = publish(world, priceCents="90000", races={"house-12": {}, "house-13": {}})
    with pytest.raises(TermsRefused, match="version 1"):
        ask(newer)
    assert admissions.of_race(world.member("oh"), "house-12") == criteria
    assert [(one.criteria.version, one.races) for one in newcomers.open_criteria()] == [
        (2, ("house-13",)),
        (1, ("house-12",)),
    ]


# In


def test_who_is_let_in_becomes_a_member_and_gets_the_races_terms(world: World, criteria: Criteria) -> None:
    asking, code = ask(criteria)
    with pytest.raises(Refusal, match="for this already"):
        ask(criteria, code=code)
    decide(asking, True)
    member = federation.add_member(
        home=world.home,
        key="quoll",
        name="Quoll",
        kind="campaign",
        state="",
        passphrase=PASSPHRASE,
        by=MACHINE,
    )
    newcomer = Newcomer.objects.get()
    with pytest.raises(Refusal, match="nobody said yes"):
        membership.admit(newcomer=newcomer, member=member, by=MACHINE)
    wants, nothing = ask(None, code=code)
    assert nothing == "" and wants.newcomer == newcomer
    decide(wants, True)
    with pytest.raises(Refusal, match="another kind"):
        membership.admit(newcomer=newcomer, member=world.member("wa"), by=MACHINE)
    (made,) = membership.admit(newcomer=newcomer, member=member, by=MACHINE)
    assert made.agreement is not None and (made.applicant, made.state) == (member, "accepted")
    terms = read(bytes(made.agreement.document))
    assert terms.price is not None and (terms.recipient, terms.price.cents) == ("quoll", 50_000)
    steps = [step.step for step in wants.steps.all()]
    assert steps == ["applied", "accepted", "admitted"]
    assert logs_of("admitted") == ["federation"]
    with pytest.raises(Refusal):
        membership.admit(newcomer=newcomer, member=member, by=MACHINE)


def test_a_member_by_then_gets_its_agreement_with_the_yes(world: World, criteria: Criteria) -> None:
    asking, code = ask(criteria)
    decide(ask(None, code=code)[0], True)
    membership.admit(newcomer=asking.newcomer, member=world.member("rivera"), by=MACHINE)
    done = decide(asking, True)
    assert done.application is not None and done.application.agreement is not None


# Late, and heard by others


def test_a_word_that_is_late_is_noted_and_appealed_against(world: World, criteria: Criteria) -> None:
    asking, code = ask(None)
    assert not newcomers.may_appeal(asking)
    Asking.objects.update(due=timezone.now() - timedelta(minutes=1))
    _sweep(world.home, -1e9)
    assert [step.step for step in asking.steps.all()] == ["applied", "overdue"]
    newcomers.appeal(code=code, asking=str(asking.pk), reason="Seven days are over.", place=PLACE)
    for member in ("national", "rivera"):
        assert not askings.may_hear(asking=asking, member=world.member(member), by=MACHINE), (
            "owners of rolls hear"
        )
    heard = membership.hear(
        asking=asking, member=world.member("wa"), accept=False, reason="The charter is not kept.", by=MACHINE
    )
    assert heard.state == "upheld"
    with pytest.raises(Refusal):
        newcomers.appeal(code=code, asking=str(asking.pk), reason="And once more, please.", place=PLACE)


def test_the_days_of_an_appeal_end(criteria: Criteria) -> None:
    asking, code = ask(criteria)
    decide(asking, False)
    asking.steps.filter(step="declined").update(at=timezone.now() - timedelta(days=15))
    with pytest.raises(Refusal, match="within its days"):
        newcomers.appeal(code=code, asking=str(asking.pk), reason="Fifteen days later.", place=PLACE)


def test_others_read_nothing_of_it(criteria: Criteria, world: World, bob: Client, charlie: Client) -> None:
    asking, code = ask(criteria)
    page = reverse("newcomer", args=[asking.pk])
    assert [client.get(page).status_code for client in (bob, charlie)] == [404, 404]
    decide(asking, False)
    newcomers.appeal(code=code, asking=str(asking.pk), reason="Others may hear it.", place=PLACE)
    assert not askings.may_hear(asking=asking, member=world.member("oh"), by=MACHINE)
    assert asking in askings.to_hear(of=world.member("wa"), by=MACHINE)
    with pytest.raises(Unknown):
        askings.one(pk=str(asking.pk), by=MACHINE), "the centre reads what is asked of it alone"


def test_only_the_centre_says_who_is_a_member(world: World, criteria: Criteria) -> None:
    from commonroll.server.actor import Actor

    alice = Actor.of(world.user("alice"))
    wants, _ = ask(None)
    for act in (
        lambda: membership.publish(chosen=MEMBERSHIP, by=alice),
        lambda: membership.decide(asking=wants, accept=True, reason=REASON, by=alice),
        lambda: membership.admit(newcomer=wants.newcomer, member=world.member("rivera"), by=alice),
        lambda: askings.of_centre(by=alice),
    ):
        with pytest.raises(Unknown):
            act()
