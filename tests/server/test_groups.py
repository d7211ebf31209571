"""One text for a group of members: an agreement for each, signed by the owner in one act."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from world import MACHINE, PASSPHRASE, World, agree, wishes

from commonroll.agreements.compile import CompileRefused
from commonroll.errors import Refusal
from commonroll.server.actions import agreements, groups, negotiations
from commonroll.server.actor import Actor, Forbidden, Unknown
from commonroll.server.models import Agreement, Journal, MemberGroup
from commonroll.server.permits import in_force_grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def friends(world: World) -> MemberGroup:
    """Washington and Rivera's campaign."""
    return groups.name(
        key="friends", title="Our friends", members=[world.member("wa"), world.member("rivera")], by=MACHINE
    )


def signed(world: World, group: MemberGroup, **changes: Any) -> list[Agreement]:
    told = groups.shown(owner=world.member("oh"), group=group, by=MACHINE)
    given = {
        "home": world.home, "owner": world.member("oh"), "group": group, "passphrase": PASSPHRASE,
        "numbers": [text.number for text, _ in told.texts], "by": MACHINE,
    }  # fmt: skip
    return groups.sign(**(given | changes))


def test_each_gets_an_agreement_of_its_own(world: World, friends: MemberGroup) -> None:
    made = groups.draft(owner=world.member("oh"), group=friends, wishes=wishes(), by=MACHINE)
    told = groups.shown(owner=world.member("oh"), group=friends, by=MACHINE)
    assert [text.recipient.key for text, _ in told.texts] == ["rivera", "wa"]
    assert "Ohio lets each of Our friends use" in told.says[0]
    assert any("friends-v1" in sentence for sentence in told.says)

    assert signed(world, friends) == made
    assert {text.state for text in Agreement.objects.filter(pk__in=[t.pk for t in made])} == {"offered"}
    rivera = Agreement.objects.get(recipient__key="rivera", pk__in=[t.pk for t in made])
    agreements.sign(
        home=world.home, agreement=rivera, member=world.member("rivera"), passphrase=PASSPHRASE, by=MACHINE
    )
    grants = {
        t.recipient.key: in_force_grant(t) for t in Agreement.objects.filter(pk__in=[t.pk for t in made])
    }
    assert grants["rivera"] is not None and grants["rivera"].group == "friends-v1"
    assert grants["wa"] is None, "who has not signed has nothing"


def test_who_joins_later_gets_nothing(world: World, friends: MemberGroup) -> None:
    groups.draft(owner=world.member("oh"), group=friends, wishes=wishes(), by=MACHINE)
    signed(world, friends)
    members = [world.member(key) for key in ("wa", "rivera", "national")]
    second = groups.name(key="friends", title="Our friends", members=members, by=MACHINE)
    assert (second.version, groups.newest("friends")) == (2, second)
    assert not Agreement.objects.filter(recipient__key="national", drafted_by=MACHINE.label, number__gt=2)
    assert not groups.waiting(owner=world.member("oh"), group=second)
    assert Journal.objects.filter(log="federation", type="operator").count() >= 2
    with pytest.raises(Refusal, match="not in the group friends-v1"):
        agreements.draft(
            owner=world.member("oh"), recipient=world.member("national"), by=MACHINE,
            wishes=wishes(purposes=["research"], group="friends-v1"),
        )  # fmt: skip


def test_all_or_none(world: World, friends: MemberGroup) -> None:
    ohio = world.member("oh")
    made = groups.draft(owner=ohio, group=friends, wishes=wishes(), by=MACHINE)
    with pytest.raises(Refusal, match="not the drafts that wait"):
        signed(world, friends, numbers=[made[0].number])
    with pytest.raises(Refusal):
        signed(world, friends, passphrase="wrong")
    with pytest.raises(Refusal, match="wait for your signature already"):
        groups.draft(owner=ohio, group=friends, wishes=wishes(), by=MACHINE)
    assert {text.state for text in Agreement.objects.filter(pk__in=[t.pk for t in made])} == {"draft"}


def test_one_that_fails_takes_all_back(
    world: World, friends: MemberGroup, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = groups.draft(owner=world.member("oh"), group=friends, wishes=wishes(), by=MACHINE)
    before = Journal.objects.filter(log="oh", type="denied").count()
    whole = groups._sign

    def failing(text: Agreement, *rest: Any) -> None:
        if text == made[1]:
            raise Refusal("the second does not go")
        whole(text, *rest)

    monkeypatch.setattr(groups, "_sign", failing)
    with pytest.raises(Refusal, match="the second does not go"):
        signed(world, friends)
    assert not any(text.signatures.exists() for text in made)
    assert Journal.objects.filter(log="oh", type="denied").count() == before + 1


def test_law_for_one_stops_all(world: World, friends: MemberGroup) -> None:
    everybody = groups.name(
        key="all", title="All", members=[world.member("oh"), world.member("rivera")], by=MACHINE
    )
    count = Agreement.objects.count()
    with pytest.raises(CompileRefused):
        groups.draft(
            owner=world.member("wa"), group=everybody, wishes=wishes(purposes=["fundraising"]), by=MACHINE
        )
    assert Agreement.objects.count() == count


def test_who_may(world: World, friends: MemberGroup) -> None:
    alice, violet = Actor.of(world.user("alice")), Actor.of(world.user("violet"))
    with pytest.raises(Unknown):
        groups.name(key="mine", title="", members=[world.member("wa")], by=alice)
    with pytest.raises(Forbidden):
        groups.draft(owner=world.member("oh"), group=friends, wishes=wishes(), by=violet)
    with pytest.raises(Refusal, match="very members"):
        groups.name(key="friends", title="", members=[world.member("rivera"), world.member("wa")], by=MACHINE)
    with pytest.raises(Refusal):
        groups.name(key="Friends!", title="", members=[world.member("wa")], by=MACHINE)


def test_the_page_drafts_and_signs(world: World, friends: MemberGroup, alice: Client) -> None:
    like = agree("oh", "wa", purposes=["research"], modes=["count"])
    assert (
        alice.post("/agreements/groups/draft", {"group": "friends", "like": like.number}).status_code == 302
    )
    shown = alice.get("/agreements/groups").content.decode()
    told = groups.shown(owner=world.member("oh"), group=friends, by=MACHINE)
    assert f"agreement {like.number} covers a purpose of it" in shown
    numbers = [text.number for text, _ in told.texts]
    form = {"group": "friends", "agreement": numbers, "passphrase": PASSPHRASE}
    assert alice.post("/agreements/groups/sign", form).status_code == 302
    assert [negotiations.terms_in(text).group for text, _ in told.texts] == ["friends-v1"] * 2
    assert Agreement.objects.filter(number__in=numbers, state=Agreement.State.OFFERED).count() == 2
