"""The demo's walk: its script has no fault."""

from __future__ import annotations

import pytest
from world import MACHINE, World

from commonroll import demo_walk
from commonroll.field import script_check
from commonroll.server.actions import scripts
from commonroll.server.coded import coded


def test_the_demos_script_has_no_fault() -> None:
    assert not script_check.problems({**demo_walk.SCRIPT, "name": "At the door", "version": 1})


@pytest.mark.django_db
def test_what_the_demos_members_ask_adds_up(world: World) -> None:
    script = scripts.make(
        member=world.member("rivera"), name="At the door", draft=demo_walk.SCRIPT, by=MACHINE
    )
    scripts.publish(script=script, by=MACHINE)
    demo_walk.name_questions()
    meant = {(one.by, one.question, one.answer): (one.standard, one.meant, one.several) for one in coded()}
    assert meant["rivera", "support_rivera", "5"] == ("support-rivera", "5", False)
    assert meant["national", "support", "1"] == ("support-rivera", "1", False)
    assert meant["rivera", "issue", "roads"] == ("issues", "roads", True)
