"""Stop on the command line: one, a list tried and brought, who asked, taken back; refusals say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db


def test_one_is_left_alone_looked_up_and_taken_back(shell: Shell) -> None:
    assert "Taken back with" in shell("stop add --as national --phone 6145550142 --channel call").stdout
    [word] = shell.json("stop who --as national --phone 1-614-555-0142")
    assert (word["channel"], word["heard_by"], word["stands"]) == ("by phone", "National", True)
    [theirs] = shell.json("stop who --as oh --phone 6145550142")
    assert (theirs["heard_by"], theirs["act"]) == ("another member", None)
    assert "another member" in shell("stop who --as oh --phone 6145550142").stdout
    undone = f"stop undo {word['act']} --as national --request {word['request']} --reason mistaken"
    assert "1 request taken back" in shell(undone).stdout
    [word] = shell.json("stop who --as national --phone 6145550142")
    assert (word["stands"], word["reason"]) == (False, "mistaken")
    assert "already" in shell.refused(undone)


def test_a_list_is_tried_then_brought(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "stops.csv"
    path.write_text("phone,email\n614 555 0142,\n,a@stops.example\n12,\n")
    told = shell.json(f"stop import {path} --as oh --dry-run")
    assert (told["requests"], told["silent"], told["act"]) == (2, 1, None)
    assert "no phone number (line 4)" in shell(f"stop import {path} --as oh").stdout
    assert "heard already" in shell.refused(f"stop import {path} --as oh")
    [act] = shell.json("stop list --as oh")
    assert (act["count"], act["stands"], act["file"]) == (2, 2, "stops.csv")
    assert "2 of 2" in shell("stop list --as oh").stdout and shell.json("stop list") == []


def test_what_is_left_out_of_an_order_is_asked_for(shell: Shell) -> None:
    assert "name one: --voter" in shell.refused("stop add --as oh")
    assert "name one: --voter" in shell.refused("stop add --as oh --phone 6145550142 --email a@b.example")
    assert "ZIP code" in shell.refused("stop add --as oh --address Elm")
    assert "by phone or by text message" in shell.refused(
        "stop add --as oh --phone 6145550142 --channel mail"
    )
    assert "no such voter" in shell.refused("stop who --as oh --voter 12")
