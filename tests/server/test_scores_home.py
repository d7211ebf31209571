"""Rivera's scores of Ohio's voters: its own until the day, then Ohio's and whose terms give scores, credited;
never a rival's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow.dataset as ds
import pytest
from made_scores import loaded, score_of
from test_release_day import DAY, NAMED
from world import MACHINE, PASSPHRASE, World, agree, shared_columns

from commonroll.errors import Refusal
from commonroll.insight.import_list import imports_of
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import (
    federation,
    handed_over,
    handing_over,
    offered,
    questions,
    releasing,
    score_places,
    scores,
)
from commonroll.server.models import CameHome, Journal, Member, Score
from commonroll.views.view import NothingGranted

pytestmark = pytest.mark.django_db

COLUMNS = [*shared_columns(), "scores.value"]
HIGH = "score('rivera.score_turnout') > 50"
READERS = ("oh", "rivera", "stone", "national")


@pytest.fixture
def model(world: World) -> Score:
    """Stone is Rivera's rival on the same terms; National has scores by its terms. Rivera's model guessed of
    four of Ohio's voters."""
    federation.add_member(
        home=world.home, key="stone", name="Stone", kind="campaign", state="", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    for campaign in ("rivera", "stone"):
        agree("oh", campaign, columns=COLUMNS, release=NAMED.date(), scores_within_days=7)
    agree("oh", "national", columns=COLUMNS, purposes=["persuasion"])
    score = score_of(world.member("rivera"))
    loaded(world, score, "oh", dict(zip(voters(world), (90, 80, 20, 70.5), strict=True)))
    return score


def voters(world: World) -> list[str]:
    """Four of Ohio's voters of whom a view may show something."""
    held = Vault(world.home.vaults, "oh")
    head = held.current()
    assert head is not None
    rows = ds.dataset(list(held.files(head, "voters"))).to_table(
        columns=["state_voter_id", "status", "confidential", "shown_from"]
    )
    return [
        row["state_voter_id"] for row in rows.sort_by("state_voter_id").to_pylist()
        if row["status"] == "active" and not row["confidential"]
        and row["shown_from"] <= datetime.now(UTC).date()
    ][:4]  # fmt: skip


def found_by(world: World, where: str = HIGH) -> dict[str, int]:
    """How many of Ohio's voters each reader is told of; those to whom nothing is granted are left out."""
    told = {}
    for reader in READERS:
        try:
            counted = questions.count(
                home=world.home, viewer=world.member(reader), by=MACHINE,
                purpose="persuasion" if reader == "national" else "gotv",
                where=f"member = 'oh' AND {where}",
            )  # fmt: skip
        except NothingGranted:
            continue
        told[reader] = counted.total or 0
    return told


def offers_of(world: World, reader: str) -> set[str]:
    found = offered.scores(
        home=world.home, viewer=world.member(reader), mode="view", by=MACHINE,
        purpose="persuasion" if reader == "national" else "gotv",
    )  # fmt: skip
    return {one.score for one in found}


NOBODY = dict.fromkeys(READERS, 0)
THREE = {"oh": 3, "rivera": 3, "stone": 0, "national": 3}


def test_before_the_day_nobody_is_told(world: World, model: Score) -> None:
    for now in (datetime.now(UTC), NAMED - timedelta(seconds=1)):
        assert releasing.run(world.home, now) == {}
    assert found_by(world) == NOBODY and not CameHome.objects.exists()
    assert not Journal.objects.filter(type="responses.returned").exists()


def test_on_the_day_it_is_the_owners_and_whose_terms_give_scores_and_no_rivals(
    world: World, model: Score
) -> None:
    assert releasing.run(world.home, NAMED) == {"oh": 4} and releasing.run(world.home, NAMED + DAY) == {}
    assert found_by(world) == THREE
    assert offers_of(world, "oh") == offers_of(world, "national") == {"rivera.score_turnout"}
    assert offers_of(world, "stone") == set()
    receipt = Journal.objects.get(log="oh", type="responses.returned")
    assert (receipt.recipient, receipt.rows) == ("rivera", 4)
    assert questions.count(
        home=world.home, viewer=world.member("oh"), purpose="gotv", by=MACHINE,
        where="fact_kind('rivera.score_turnout') = 'guessed'",
    ).total == 4, "a guess, and credited"  # fmt: skip
    (came,) = [one for one in imports_of(Vault(world.home.vaults, "oh")) if "Turnout" in one.source]
    assert came.source == "model of Rivera: Turnout"


def test_nothing_crosses_the_line_of_conduct(world: World, model: Score) -> None:
    releasing.release(world.home, world.member("rivera"), NAMED)
    Member.objects.filter(key="national").update(conduct=Member.Conduct.INDEPENDENT)
    assert found_by(world) == THREE | {"national": 0} and offers_of(world, "national") == set()


def test_a_newer_load_takes_its_place_and_one_that_is_taken_back_gives_it_back(
    world: World, model: Score
) -> None:
    rivera = world.member("rivera")
    releasing.release(world.home, rivera, NAMED)
    first = voters(world)[0]
    update = loaded(world, model, "oh", {first: 10})
    assert releasing.release(world.home, rivera, NAMED) == {"oh": 4}
    assert found_by(world) == {"oh": 2, "rivera": 2, "stone": 0, "national": 2}
    take_back(world, update.pk)
    releasing.release(world.home, rivera, NAMED)
    assert found_by(world) == THREE
    take_back(world, update.pk - 1)
    assert releasing.release(world.home, rivera, NAMED) == {}
    assert found_by(world) == NOBODY and not CameHome.objects.get().stands


def take_back(world: World, number: int) -> None:
    scores.withdraw_load(
        home=world.home, of=world.member("rivera"), number=number, reason="a wrong model", by=MACHINE
    )


def test_the_owner_keeps_it_out_and_lets_it_in(world: World, model: Score) -> None:
    rivera, ohio = world.member("rivera"), world.member("oh")
    releasing.release(world.home, rivera, NAMED)
    (row,) = handing_over.came(of=ohio, by=MACHINE)
    handing_over.keep_out(home=world.home, of=ohio, number=row.pk, by=MACHINE)
    loaded(world, model, "oh", {voters(world)[2]: 99})
    assert releasing.release(world.home, rivera, NAMED) == {} and found_by(world) == NOBODY
    handing_over.let_in(home=world.home, of=ohio, number=row.pk, by=MACHINE)
    assert found_by(world) == THREE
    releasing.release(world.home, rivera, NAMED)
    assert found_by(world)["oh"] == 4
    with pytest.raises(Refusal):
        handing_over.keep_out(home=world.home, of=rivera, number=row.pk, by=MACHINE)


def test_terms_that_do_not_name_scores_bring_none(world: World) -> None:
    agree("oh", "rivera", columns=COLUMNS, release=NAMED.date())
    loaded(world, score_of(world.member("rivera")), "oh", {voters(world)[0]: 90})
    assert releasing.run(world.home, NAMED + 400 * DAY) == {} and not CameHome.objects.exists()


@pytest.mark.parametrize("step", ["append_events", "withdraw", "share", "receipt"])
def test_a_crash_on_the_way_is_made_good_with_one_receipt(
    world: World, model: Score, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rivera = world.member("rivera")
    releasing.release(world.home, rivera, NAMED)
    loaded(world, model, "oh", {voters(world)[0]: 10})
    places = {
        "append_events": Vault, "withdraw": handed_over, "share": score_places.shared_scores,
        "receipt": handing_over,
    }  # fmt: skip

    def dies(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(places[step], step, dies)
        releasing.release(world.home, rivera, NAMED)
    releasing.release(world.home, rivera, NAMED)
    assert releasing.release(world.home, rivera, NAMED) == {}
    assert found_by(world)["oh"] == 2
    assert Journal.objects.filter(log="oh", type="responses.returned").count() == 2
