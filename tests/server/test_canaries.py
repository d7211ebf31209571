"""A mailbox of a decoy that gets a letter says whose copies it came from, to the owner's leads alone."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pyarrow.csv
import pytest
from click.testing import CliRunner
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from test_decoys import salted
from world import MACHINE, World, agree, shared_columns

from commonroll.cli import main
from commonroll.errors import Refusal
from commonroll.server import decoying
from commonroll.server.actions import canaries, decoy_reach, questions, webhooks
from commonroll.server.heard import Heard
from commonroll.server.models import Journal
from commonroll.tracing import code, decoys, reach
from commonroll.tracing.keys import MarkKeys
from commonroll.transparency.leaves import check_leaf

pytestmark = [pytest.mark.django_db, pytest.mark.vault]

__all__ = ["salted"]


@pytest.fixture
def boxes(salted: World) -> dict[str, str]:
    """Mailboxes on decoys of Ohio, decoy -> the line; Rivera and National have files, Rivera's with
    mailing addresses."""
    owner, register = salted.member("oh"), decoying.register_path(salted.home.vaults / "oh")
    most = decoy_reach.most(home=salted.home, owner=owner, number=20, by=MACHINE)["mail"]
    near = decoys.read(register)["residence_zip5"].to_pylist()
    lines = "\n".join(f"PO Box {900 + n}, Columbus, OH {near[n]}" for n in range(min(most, 4)))
    decoy_reach.give(home=salted.home, owner=owner, lines=lines, by=MACHINE)
    agree("oh", "rivera", columns=[*shared_columns(), "voters.mail_line1", "voters.mail_zip"])
    return {row["state_voter_id"]: f"{row['value']}, Columbus, OH {row['zip']}"
            for row in reach.standing(register).to_pylist()}  # fmt: skip


def _took(world: World, viewer: str, *columns: str) -> set[str]:
    extract = questions.export(
        home=world.home, viewer=world.member(viewer), purpose="gotv", where="state = 'OH'", format="csv",
        columns=("state_voter_id", *columns), by=MACHINE,
    )  # fmt: skip
    return set(pyarrow.csv.read_csv(world.home.extracts / extract.file)["state_voter_id"].to_pylist())


def _report(world: World, line: str, on: date | None = None) -> Heard:
    return canaries.report(
        home=world.home, owner=world.member("oh"), contacted=line, on=on or timezone.localdate(), by=MACHINE
    )


def test_a_letter_is_traced_to_the_extracts_that_could_address_it(
    salted: World, boxes: dict[str, str]
) -> None:
    theirs, nationals = _took(salted, "rivera", "mail_line1"), _took(salted, "national")
    key = MarkKeys(salted.home.vaults / "oh").every()[0]
    for decoy, line in boxes.items():
        held = {one.recipient: one.extracts for one in _report(salted, line).held}
        assert ("rivera" in held) == (decoy in theirs) == code.bit(key.secret, "rivera", "decoy", decoy)
        assert ("national" in held) == (decoy in nationals)
        assert bool(held.get("rivera")) == (decoy in theirs) and not held.get("national")
        before = _report(salted, line, timezone.localdate() - timedelta(days=5))
        assert not any(one.extracts for one in before.held)
    together = canaries.together(canaries.every(home=salted.home, owner=salted.member("oh"), by=MACHINE))
    assert together.decoys == len(boxes)
    assert set(together.holders) == {
        who for who, copy in (("rivera", theirs), ("national", nationals)) if boxes.keys() <= copy
    }


def test_nobody_but_the_owners_leads_learns_of_it(
    salted: World, boxes: dict[str, str], alice: Client, bob: Client, charlie: Client
) -> None:
    _took(salted, "rivera", "mail_line1")
    decoy, line = next(iter(boxes.items()))
    form = {"contacted": line.lower(), "on": timezone.localdate().isoformat(), "said": "A FLYER OF NOBODY"}
    assert alice.post(reverse("marks_heard"), form).status_code == 302
    assert "A FLYER OF NOBODY" in alice.get(reverse("marks")).content.decode()
    assert "rung up or written to" in alice.get("/").content.decode()
    row = Journal.objects.filter(log="oh", type="operator").latest("pk")
    leaf = check_leaf(bytes(row.leaf))
    assert leaf["action"] == "canary.heard" and webhooks.event_of(leaf) == "alarm"
    said = b"".join(bytes(one) for one in Journal.objects.values_list("leaf", flat=True))
    assert decoy.encode() not in said and b"PO B" not in said.upper()
    for other in (bob, charlie):
        assert other.post(reverse("marks_heard"), form).status_code in (400, 403)
        for page in ("/", "/log/", reverse("extracts")):
            assert "rung up" not in other.get(page).content.decode()
    assert "nobody" not in json.dumps(leaf).lower()


@pytest.mark.parametrize(
    ("contacted", "days", "says"),
    [("PO Box 1, Nowhere, OH 43001", 0, "ever stood"), ("", 1, "has not come"), ("", 0, "")],
)
def test_what_never_stood_on_a_decoy_is_told_apart_from_what_was_taken_back(
    salted: World, boxes: dict[str, str], contacted: str, days: int, says: str
) -> None:
    line, on = contacted or next(iter(boxes.values())), timezone.localdate() + timedelta(days=days)
    decoy_reach.give(home=salted.home, owner=salted.member("oh"), lines="", by=MACHINE)
    if says:
        with pytest.raises(Refusal, match=says) as refused:
            _report(salted, line, on)
        assert line not in str(refused.value)
    else:
        assert _report(salted, line, on).kind == "mail"


def test_the_command_line_says_who_had_it(salted: World, boxes: dict[str, str]) -> None:
    _took(salted, "rivera", "mail_line1")
    asked: list[Any] = ["--as", "oh", "--home", str(salted.home.path)]
    for line in boxes.values():
        told = CliRunner().invoke(main, ["canary", "report", line, *asked], catch_exceptions=False)
        assert "A contact is no proof" in told.stdout
    found = CliRunner().invoke(main, ["canary", "list", *asked], catch_exceptions=False).stdout
    assert f"All {len(boxes)} stand in the copies of" in found
