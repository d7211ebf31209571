"""What an agreement turns down stands in the owner's log: by the minute, without what was asked for."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree

from commonroll.errors import Refusal
from commonroll.server import denied, startup
from commonroll.server.actions import diary, questions
from commonroll.server.models import Agreement, Denied, Journal
from commonroll.server.readers import open_reader
from commonroll.transparency import leaves
from commonroll.views.question import NothingGranted

pytestmark = pytest.mark.django_db
NOT_SHARED = "residence_line1 LIKE 'ELM%'"


def ask(world: World, where: str, *, as_: str = "national", live: bool = False) -> None:
    viewer = world.member(as_)
    questions.count(home=world.home, viewer=viewer, purpose="gotv", where=where, live=live, by=MACHINE)


def folded() -> list[Journal]:
    """The leaves, after the minute is over."""
    begun = timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=2)
    Denied.objects.update(at=begun)
    denied.coalesce()
    assert not Denied.objects.exists()
    return list(Journal.objects.filter(type="denied").order_by("log"))


def test_a_minute_of_refusals_is_one_leaf_that_the_two_can_read(world: World) -> None:
    for live in (False, True, True):
        with pytest.raises(NothingGranted):
            ask(world, NOT_SHARED, live=live)
    assert not Journal.objects.filter(type="denied").exists(), "the minute is not over"
    first, second = folded()
    assert (first.log, second.log) == ("oh", "wa")
    said = leaves.check_leaf(bytes(first.leaf))
    agreement = Agreement.objects.get(owner__key="oh", recipient__key="national")
    assert {key: said[key] for key in ("reason", "count", "agreement", "purpose", "mode")} == {
        "reason": "not-granted", "count": "3", "agreement": agreement.urn, "purpose": "gotv", "mode": "count",
    }  # fmt: skip
    for party in ("oh", "national"):
        secret = open_reader(world.home.reader_key(party), PASSPHRASE)
        details, salt = leaves.open_sealed(bytes(first.sealed_shared or b""), secret)
        assert "voters.residence_line1" in details["columns"] and len(details["at"]) == 3
        assert leaves.commit(details, salt) == said["detail"]
    assert b"ELM" not in bytes(first.leaf) and b"residence" not in bytes(first.leaf)
    startup.fold(world.home)
    assert diary.verify(home=world.home, log="oh", by=MACHINE).ok


def test_an_owner_that_gives_less_is_told_with_the_answer_of_the_others(world: World) -> None:
    agree("oh", "rivera", modes=["count", "view", "export"])
    questions.export(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="", by=MACHINE,
        columns=("last_name",), format="csv",
    )  # fmt: skip
    (leaf,) = folded()
    said = json.loads(bytes(leaf.leaf))
    assert (leaf.log, leaf.recipient, said["reason"], said["mode"]) == (
        "wa",
        "national",
        "not-granted",
        "export",
    )


def test_a_used_up_quota_is_told_though_nothing_else_of_the_export_stays(world: World) -> None:
    agree("oh", "rivera", rows_per_day=1)
    with pytest.raises(Refusal, match="1 rows a day"):
        questions.export(
            home=world.home, viewer=world.member("rivera"), purpose="gotv", where="", by=MACHINE,
            columns=("last_name",), format="csv",
        )  # fmt: skip
    (leaf,) = folded()
    assert (leaf.log, leaf.recipient, json.loads(bytes(leaf.leaf))["reason"]) == ("oh", "rivera", "quota")


def test_whoever_has_no_agreement_leaves_nothing_in_anybodys_log(world: World) -> None:
    with pytest.raises(NothingGranted):
        ask(world, NOT_SHARED, as_="rivera")
    assert folded() == []
