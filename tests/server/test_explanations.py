"""Why a member sees a column, for each owner, from the agreements as they are signed."""

from __future__ import annotations

import pytest
from django.utils import timezone
from world import World, agree

from commonroll.errors import Refusal
from commonroll.server.actor import Actor
from commonroll.server.explanations import why

pytestmark = pytest.mark.django_db


def said(world: World, column: str, purpose: str = "gotv", viewer: str = "national") -> dict[str, str]:
    found = why(
        viewer=world.member(viewer), purpose=purpose, column=column, mode="view", now=timezone.now(),
        by=Actor.command_line(),
    )  # fmt: skip
    return {owner.key: one.sentence for owner, one in found.items()}


def test_each_owner_has_its_reason(world: World) -> None:
    number = agree("oh", "rivera", rows={"county_fips": ["39049"]}).number
    assert said(world, "last_name", viewer="rivera")["oh"].startswith(
        "You see last name for Franklin County of Ohio's voters because of clause 2 of agreement "
        f"{number}, until "
    )
    assert said(world, "phone", viewer="rivera")["oh"] == (
        f"You do not see phone of Ohio's voters: it is not among the columns, clause 2 of agreement {number}."
    )
    others = said(world, "phone", "research", viewer="rivera")
    assert others["oh"].endswith("no agreement in force lets you use them for research.")
    assert "because they are your own" in said(world, "phone", viewer="oh")["oh"]


@pytest.mark.parametrize(("column", "purpose"), [("phne", "gotv"), ("phone", "challenge")])
def test_names_that_are_none_are_refused(world: World, column: str, purpose: str) -> None:
    with pytest.raises(Refusal, match="there is no"):
        said(world, column, purpose)
