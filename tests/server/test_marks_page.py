"""Marks and decoys on one page, for the owner's leads alone: made, given phones, never told to anybody."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from test_decoys import salted
from test_traces import exported, scored
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server import decoying
from commonroll.server.actions import decoy_reach
from commonroll.server.models import Journal
from commonroll.tracing import decoys, reach
from commonroll.tracing.reach import Reach
from commonroll.transparency.leaves import check_leaf

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

__all__ = ["salted", "scored"]


def _page(client: Client) -> str:
    return " ".join(client.get(reverse("marks")).content.decode().split())


def test_a_lead_has_voters_invented_and_sees_the_keys(
    scored: World, alice: Client, bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoys, "MOST_SHARE", 0.1)
    assert "No mark key yet" in _page(alice)
    exported(scored)
    commitment = check_leaf(bytes(Journal.objects.get(log="oh", type="mark.key").leaf))["commitment"]
    assert commitment in _page(alice) and ">secret<" in _page(alice)
    refused = alice.post(reverse("marks_make"), {"number": "15000"})
    assert refused.status_code == 400 and "invented voters at most" in refused.content.decode()
    assert alice.post(reverse("marks_make"), {"number": "12"}).status_code == 302
    assert "12 invented voters" in _page(alice) and "Too few to name anybody" in _page(alice)
    assert bob.get(reverse("marks")).status_code == 403


def test_a_key_that_leaked_is_burnt_once_its_name_is_typed(scored: World, alice: Client, bob: Client) -> None:
    exported(scored)
    asked = {"key": "2026", "again": "2062", "why": "a laptop was lost"}
    refused = alice.post(reverse("marks_burn"), asked)
    assert refused.status_code == 400 and 'value="a laptop was lost"' in refused.content.decode()
    assert bob.post(reverse("marks_burn"), asked | {"again": "2026"}).status_code == 403
    assert ">secret<" in _page(alice)
    assert alice.post(reverse("marks_burn"), asked | {"again": "2026"}).status_code == 302
    assert ">burnt<" in _page(alice) and "a laptop" not in _page(alice)


def test_lines_are_read_as_people_write_them() -> None:
    assert decoy_reach.read("(614) 555-0100\n\nAda@Example.org\nPO Box 1, Columbus, OH 43215\n") == [
        Reach("phone", "+16145550100"),
        Reach("email", "ada@example.org"),
        Reach("mail", "PO Box 1", "Columbus", "OH", "43215"),
    ]
    with pytest.raises(Refusal) as refused:
        decoy_reach.read("614 555 0100\nsomewhere in Ohio")
    assert refused.value.where == "line 2" and "somewhere" not in str(refused.value)


def test_a_mailbox_stands_on_a_decoy_and_the_form_keeps_what_was_wrong(salted: World, alice: Client) -> None:
    register = decoying.register_of(salted.home.vaults / "oh")
    assert register is not None
    wrong = alice.post(reverse("marks_reach"), {"lines": "212 555 0100"})
    assert wrong.status_code == 400 and "212 555 0100</textarea>" in wrong.content.decode()
    code = decoys.read(register)["residence_zip5"][0].as_py()
    answer = alice.post(reverse("marks_reach"), {"lines": f"PO Box 4711, Columbus, OH {code}"})
    assert answer.status_code == 302 and reach.standing(register).num_rows == 1
    assert f"PO BOX 4711, COLUMBUS, OH, {code}</textarea>" in _page(alice)
    strange = decoy_reach.most(home=salted.home, owner=salted.member("oh"), number=20, by=MACHINE)
    assert strange["phone"] == 0 and strange["mail"] >= 1
