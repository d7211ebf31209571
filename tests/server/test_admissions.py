"""Who gets in: one version of the criteria, one price, one term for all in a race; a word in time with its
reason, and a second by others.

Alice owns Ohio; Charlie's campaign and a rival apply; Nadia hears appeals.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World

from commonroll.agreements.admission import check_criteria
from commonroll.agreements.reading import TermsRefused
from commonroll.errors import Refusal
from commonroll.notes import parse_canonical
from commonroll.server import startup
from commonroll.server.actions import admissions, agreements, equal_terms, federation, negotiations
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Agreement, Application, Criteria, Journal, Member, Role, User

pytestmark = pytest.mark.django_db

HASH = "sha256:" + "A" * 43 + "="
ANSWERS = ("Yes, since May.", "QUOKKA for House.")
REASON = "All that was asked is there."


def chosen(**changes: Any) -> dict[str, Any]:
    given = {
        "title": "Candidates on the ballot",
        "template": "campaign",
        "races": {"house-12": {"state_house_district": ["12"]}, "house-13": {"state_house_district": ["13"]}},
        "questions": ["Are you on the ballot?", "What do you run for?"],
        "papers": ["petition"],
        "priceCents": "50000",
        "payDays": "30",
        "start": datetime.now(UTC).strftime("%Y-%m-%dT00:00:00Z"),
        "until": (datetime.now(UTC) + timedelta(days=300)).strftime("%Y-%m-%dT00:00:00Z"),
        "decideDays": "10",
        "appealDays": "14",
    }
    return given | changes


def publish(world: World, **changes: Any) -> Criteria:
    return admissions.publish(
        home=world.home, owner=world.member("oh"), chosen=chosen(**changes), passphrase=PASSPHRASE, by=MACHINE
    )


@pytest.fixture
def criteria(world: World) -> Criteria:
    return publish(world)


@pytest.fixture
def rival(world: World) -> Member:
    """Another campaign in the same race, with Rachel as its owner."""
    made = federation.add_member(
        home=world.home,
        key="rachel",
        name="Rachel",
        kind="campaign",
        state="",
        passphrase=PASSPHRASE,
        by=MACHINE,
    )
    Role.objects.create(
        user=User.objects.enrol("rachel@example.org", "a long password for tests"), member=made,
        name=Role.Name.OWNER,
    )  # fmt: skip
    return made


def apply(world: World, applicant: str = "rivera", race: str = "house-12", **changes: Any) -> Application:
    given: dict[str, Any] = {
        "owner": world.member("oh"), "applicant": world.member(applicant), "race": race, "answers": ANSWERS,
        "papers": {"petition": HASH}, "by": MACHINE,
    }  # fmt: skip
    return admissions.apply(**(given | changes))


def decide(application: Application, accept: bool = True, reason: str = REASON) -> Application:
    return admissions.decide(application=application, accept=accept, reason=reason, by=MACHINE)


def sign(world: World, text: Agreement, *members: str) -> Agreement:
    for key in members:
        text = agreements.sign(
            home=world.home, agreement=text, member=world.member(key), passphrase=PASSPHRASE, by=MACHINE
        )
    return text


def steps(log: str = "oh") -> list[str]:
    rows = Journal.objects.filter(log=log, type="admission").order_by("pk").values_list("leaf", flat=True)
    return [json.loads(bytes(leaf))["step"] for leaf in rows]


def test_from_published_criteria_to_an_agreement_in_force(world: World, criteria: Criteria) -> None:
    check_criteria(
        parse_canonical(bytes(criteria.document)), criteria.note, federation.current_vkey(world.member("oh"))
    )
    found = decide(apply(world))
    assert found.state == "accepted" and found.agreement is not None
    terms = negotiations.terms_in(found.agreement)
    assert (terms.recipient, terms.rows) == ("rivera", {"state_house_district": ("12",)})
    assert terms.price is not None and (terms.price.cents, terms.price.days) == (50_000, 30)
    assert sign(world, found.agreement, "oh", "rivera").state == Agreement.State.FINAL
    assert steps() == ["published", "applied", "accepted"]
    startup.fold(world.home)
    logged = b"".join(p.read_bytes() for p in (world.home.logs / "oh").rglob("*") if p.is_file())
    assert b"QUOKKA" not in logged and REASON.encode() not in logged


def test_all_in_a_race_get_the_same(world: World, criteria: Criteria, rival: Member) -> None:
    first = decide(apply(world))
    second = publish(world, priceCents="90000")
    assert second.version == 2
    with pytest.raises(TermsRefused, match="version 1"):
        apply(world, "rachel", version=2)
    other = decide(apply(world, "rachel"))
    assert other.criteria == first.criteria and other.agreement and first.agreement
    mine, theirs = (negotiations.terms_in(one.agreement) for one in (first, other) if one.agreement)
    assert (mine.price, mine.start, mine.until, mine.columns) == (
        theirs.price, theirs.start, theirs.until, theirs.columns,
    )  # fmt: skip
    assert apply(world, "rachel", race="house-13").criteria == second, "a race that nobody is in yet"


@pytest.mark.parametrize("what", ["price", "until", "columns"])
def test_nobody_signs_better_terms_than_the_race(
    world: World, criteria: Criteria, rival: Member, what: str
) -> None:
    first, other = decide(apply(world)), decide(apply(world, "rachel"))
    assert first.agreement and other.agreement
    terms = negotiations.terms_in(other.agreement)
    changed: dict[str, Any] = {
        "price": {"price": None},
        "until": {"until": terms.until + timedelta(days=30)},
        "columns": {"columns": terms.columns[:3], "masks": {}},
    }[what]
    negotiations.offer(text=other.agreement, member=world.member("oh"), by=MACHINE)
    better = negotiations.counter(
        answered=Agreement.objects.get(pk=other.agreement.pk), member=world.member("rachel"),
        terms=replace(terms, **changed), by=MACHINE,
    )  # fmt: skip
    with pytest.raises(TermsRefused, match=what):
        sign(world, better, "rachel", "oh")
    better.refresh_from_db()
    assert better.state != Agreement.State.FINAL
    with pytest.raises(TermsRefused, match=what):
        equal_terms.check_alike(other, replace(terms, **changed))


@pytest.mark.parametrize(
    "changes",
    [
        {"race": "house-99"}, {"answers": ("yes",)}, {"answers": ("", "")}, {"papers": {}},
        {"papers": {"petition": "sha256:short"}}, {"papers": {"petition": HASH, "photo": HASH}},
    ],
)  # fmt: skip
def test_an_application_that_is_not_whole_is_refused_and_noted(
    world: World, criteria: Criteria, changes: dict[str, Any]
) -> None:
    with pytest.raises(Refusal):
        apply(world, **changes)
    assert not Application.objects.exists() and steps() == ["published"]
    assert Journal.objects.filter(log="oh", type="denied").count() == 1


def test_one_applies_once_and_states_do_not(world: World, criteria: Criteria) -> None:
    apply(world)
    with pytest.raises(Refusal, match="already"):
        apply(world)
    with pytest.raises(Refusal, match="no campaign"):
        apply(world, "wa")


@pytest.mark.parametrize(
    "changes",
    [
        {"template": "favours"}, {"races": {}}, {"races": {"house-12": {"last_name": ["QUOKKA"]}}},
        {"races": {"house-12": {"state_house_district": ["13", "12"]}}}, {"priceCents": "-5"},
        {"until": "2020-01-01T00:00:00Z"}, {"decideDays": "400"}, {"questions": ["a", "a"]}, {"free": "yes"},
        {"papers": ["../x"]},
    ],
)  # fmt: skip
def test_criteria_are_closed(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(Refusal):
        publish(world, **changes)
    assert not Criteria.objects.exists() and steps() == []


# Late, declined, appealed


def test_a_word_that_is_late_is_overdue_and_can_be_appealed_against(
    world: World, criteria: Criteria, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = apply(world)
    with pytest.raises(Refusal, match="days for a decision"):
        admissions.appeal(application=waits, reason="Nobody answers us.", by=MACHINE)
    late = timezone.now() + timedelta(days=11)
    monkeypatch.setattr(timezone, "now", lambda: late)
    assert admissions.note_overdue() == 1 and admissions.note_overdue() == 0
    (listed,) = admissions.of_owner(of=world.member("oh"), by=MACHINE)
    assert listed.overdue_at is not None
    appealed = admissions.appeal(application=waits, reason="Nobody answers us.", by=MACHINE)
    assert appealed.state == "appealed" and appealed.due > late
    with pytest.raises(Refusal, match="appealed"):
        decide(waits)


def test_an_appeal_is_heard_by_others(world: World, criteria: Criteria, rival: Member) -> None:
    apply(world, "rachel")
    alice, charlie, nadia, rachel = (Actor.of(world.user(p)) for p in ("alice", "charlie", "nadia", "rachel"))
    mine = apply(world, by=charlie)
    with pytest.raises(Refusal):
        admissions.decide(application=mine, accept=True, reason=REASON, by=charlie)
    no = admissions.decide(application=mine, accept=False, reason="The petition is short.", by=alice)
    with pytest.raises(Refusal):
        admissions.appeal(application=no, reason="It is not short.", by=alice)
    admissions.appeal(application=no, reason="It is not short.", by=charlie)

    def heard(member: str, by: Actor, accept: bool = True) -> Application:
        return admissions.hear(
            application=no, member=world.member(member), accept=accept, reason="We counted anew.", by=by
        )

    for member, by in (("oh", alice), ("rivera", charlie), ("rachel", rachel), ("national", alice)):
        with pytest.raises(Refusal):
            heard(member, by)
    Role.objects.create(user=world.user("alice"), member=world.member("national"), name=Role.Name.OWNER)
    with pytest.raises(Unknown, match="do not decide"):
        heard("national", alice)
    assert [one.pk for one in admissions.to_hear(of=world.member("national"), by=nadia)] == [no.pk]
    assert admissions.to_hear(of=world.member("rachel"), by=rachel) == []

    done = heard("national", nadia)
    assert done.state == "overturned" and done.agreement is not None
    with pytest.raises(Refusal, match="accepted on appeal"):
        heard("national", nadia)
    assert steps() == ["published", "applied", "applied", "declined", "appealed", "overturned"]
    assert steps("federation") == ["appealed", "overturned"]
    told = Journal.objects.filter(log="federation", type="admission").values_list("leaf", flat=True)
    assert not any(b"rivera" in bytes(leaf) for leaf in told)


def test_an_appeal_has_its_days(world: World, criteria: Criteria, monkeypatch: pytest.MonkeyPatch) -> None:
    no = decide(apply(world), accept=False)
    late = timezone.now() + timedelta(days=15)
    monkeypatch.setattr(timezone, "now", lambda: late)
    with pytest.raises(Refusal, match="days for an appeal"):
        admissions.appeal(application=no, reason="It is not short.", by=MACHINE)
    assert apply(world, answers=("Yes.", "House.")).state == "waiting", "and one may apply anew"


def test_rivals_see_nothing_of_each_other(world: World, criteria: Criteria, rival: Member) -> None:
    mine = apply(world)
    for person, member in (("rachel", "rachel"), ("bob", "national")):
        with pytest.raises(Unknown):
            admissions.one(pk=str(mine.pk), of=world.member(member), by=Actor.of(world.user(person)))
    assert admissions.of_applicant(of=world.member("rachel"), by=MACHINE) == []
    assert admissions.one(pk=str(mine.pk), of=world.member("oh"), by=Actor.of(world.user("violet")))
    assert len(admissions.published(by=Actor.of(world.user("charlie")))) == 1
