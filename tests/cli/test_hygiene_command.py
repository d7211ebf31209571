"""What a member learns of other rolls, on the command line: with an agreement and without, and refusals."""

from __future__ import annotations

import pytest
from commands import Shell
from world import agree

from commonroll.agreements.templates import TEMPLATES

pytestmark = pytest.mark.django_db


def sign(owner: str, recipient: str) -> None:
    agree(
        owner, recipient, purposes=["hygiene"], modes=["count", "view"],
        columns=list(TEMPLATES["hygiene"].columns),
    )  # fmt: skip


def test_without_an_agreement_there_is_nothing_to_learn(shell: Shell) -> None:
    assert shell.json("hygiene oh") == []
    assert "No agreement for list hygiene is in force" in shell("hygiene oh").stdout
    assert "owns no state's file" in shell.refused("hygiene national")


def test_one_direction_is_said_to_be_too_little(shell: Shell) -> None:
    sign("wa", "oh")

    [partner] = shell.json("hygiene oh")

    assert partner["registrations"] == []
    assert "Ohio has no agreement with Washington for list hygiene" in partner["refused"]


def test_two_rolls_that_are_not_matched_say_how_to(shell: Shell) -> None:
    sign("oh", "wa")
    sign("wa", "oh")

    [partner] = shell.json("hygiene wa")

    assert "commonroll link --members oh,wa" in partner["refused"]
    assert "not matched" in shell.refused("hygiene wa --with oh --apply later")


def test_what_is_left_out_of_an_order_is_asked_for(shell: Shell) -> None:
    assert "add --with OTHER" in shell.refused("hygiene oh --apply later")
    assert "leaves nobody alone" in shell.refused("hygiene oh --undo")
    assert "there are: later, deceased" in shell.refused("hygiene oh --with wa --apply earlier")
    assert "there are: door" in shell.refused("hygiene oh --with wa --apply later --channels pigeon")
