"""A household whose contacts are used up leaves the next cut of that channel, and it is said how many."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from test_answers import sheet
from world import MACHINE, World, agree, shared_columns

from commonroll.agreements.profile import ContactQuota
from commonroll.insight import budget
from commonroll.roll.vault.vault import Vault
from commonroll.server import explanations
from commonroll.server.actions import answers, places, questions
from commonroll.server.models import Agreement, Extract

pytestmark = pytest.mark.django_db
COLUMNS = [*shared_columns(), "contact", "voters.residence_city"]


def give(*quotas: ContactQuota, **changes: Any) -> Agreement:
    return agree("oh", "rivera", columns=COLUMNS, contact=quotas, **changes)


def cut(world: World, *columns: str, where: str = "") -> Extract:
    return questions.export(
        home=world.home, viewer=world.member("rivera"), purpose="gotv", where=where, columns=columns,
        format="csv", by=MACHINE,
    )  # fmt: skip


def voters(world: World, extract: Extract) -> list[str]:
    rows = csv.DictReader((world.home.extracts / extract.file).open())
    return sorted(row["state_voter_id"] for row in rows)


def why(world: World, mode: str = "export") -> str:
    found = explanations.why(
        viewer=world.member("rivera"), purpose="gotv", column="residence_line1", mode=mode,
        now=timezone.now(), by=MACHINE,
    )  # fmt: skip
    return found[world.member("oh")].sentence


class Emptied(dict[Any, Any]):
    """As where another question makes room in between."""

    def __setitem__(self, key: Any, value: Any) -> None:
        pass


def test_what_another_question_forgets_meanwhile_is_found_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(ContactQuota(1, "voter", 30))
    monkeypatch.setattr(budget, "_kept", Emptied())
    assert cut(world, "residence_line1", where="last_name LIKE 'S%'").rows
    assert "leave the next cut" in why(world)


def test_extracts_that_were_handed_out_use_a_budget_up(world: World) -> None:
    text = give(ContactQuota(2, "voter", 30))
    first = cut(world, "last_name", "residence_line1")
    assert "contact budget" not in str(first.gaps) and "next cut" not in why(world)
    narrow = cut(world, "residence_line1", where="last_name LIKE 'S%'")
    assert narrow.rows and first.rows, "the second contact of some"
    assert f"{narrow.rows:,} voters leave the next cut" in why(world) and "clause" in why(world)
    third = cut(world, "last_name", "residence_line1")
    assert third.rows == first.rows - narrow.rows
    gap = third.gaps[-1]
    assert (gap["owner"], gap["reason"], gap["agreement"]) == ("oh", "contact budget", text.number)
    assert gap["sentence"].startswith(f"{narrow.rows:,} row")
    assert not set(voters(world, third)) & set(voters(world, narrow))
    assert "next cut" not in why(world, "view"), "a screen hands nobody out"
    assert cut(world, "last_name").rows == first.rows, "names alone reach nobody"


def test_answers_use_a_households_budget_up_on_their_channel(world: World, tmp_path: Path) -> None:
    give(ContactQuota(40, "household", 30), ContactQuota(2, "household", 30, "door"))
    places.make(home=world.home, of=world.member("oh"), by=MACHINE)
    first = cut(world, "residence_line1")
    today = timezone.now().date()
    whole = voters(world, first)
    days = list(enumerate((today, today - timedelta(days=8)), 1))
    lines = [f"oh,{whole[0]},support,{n},{day},door" for n, day in days]
    lines += [f"oh,{whole[-1]},support,{n},{day},phone" for n, day in days]
    answers.load(home=world.home, gathered_by=world.member("rivera"), file=sheet(tmp_path, lines), by=MACHINE)
    second = cut(world, "residence_line1")
    left = set(whole) - set(voters(world, second))
    assert set(whole[:2]) <= left, "two of one household"
    assert whole[-1] not in left
    assert f"{len(left):,} row" in second.gaps[-1]["sentence"]
    assert Vault(world.home.vaults, "oh").suppressed().num_rows == 0, "an owner reads its own as before"
