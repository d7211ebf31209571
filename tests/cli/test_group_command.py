"""`group`: named, drafted for, shown, signed in one act."""

from __future__ import annotations

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db


def test_from_name_to_signatures(shell: Shell) -> None:
    shell("group name friends --title Friends --member wa --member rivera")
    assert "very members" in shell.refused("group name friends --member rivera --member wa")
    assert "rivera, wa" in shell("group list").stdout
    shell("group draft friends --as oh --like 1")
    shown = " ".join(shell("group show friends --as oh").stdout.split())
    assert "Ohio lets each of Friends use" in shown and "Washington" in shown
    assert "read the list anew" in shell.refused("group sign friends --as oh --agreement 3 {pass}")
    shell("group sign friends --as oh --agreement 3 --agreement 4 {pass}")
    assert "no such group" in shell.refused("group show foes --as oh")
