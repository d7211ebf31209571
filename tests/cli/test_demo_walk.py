"""The demo's walk: its script has no fault."""

from __future__ import annotations

from commonroll import demo_walk
from commonroll.field import script_check


def test_the_demos_script_has_no_fault() -> None:
    assert not script_check.problems({**demo_walk.SCRIPT, "name": "At the door", "version": 1})
