"""`commonroll link`: counts for people and for programs, no names."""

from __future__ import annotations

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db


def test_a_roll_is_linked_and_the_next_time_compares_nobody(shell: Shell) -> None:
    found = shell.json("link --members oh")
    [first] = found["members"]
    assert (first["member"], first["registrants"], first["changed"], first["new"]) == ("oh", 300, 300, 300)
    assert 0 < first["persons"] <= 300 and found["across"] == []
    [second] = shell.json("link --members oh")["members"]
    assert (second["changed"], second["new"], second["persons"]) == (0, 0, first["persons"])
    said = shell("link --members oh").stdout
    assert "registrants" in said and "300" in said


def test_a_member_without_a_roll_is_refused(shell: Shell) -> None:
    assert "owns no state's file" in shell.refused("link --members national")
