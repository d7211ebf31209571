"""Rivera's lists of Ohio's voters: its own until the day, then Ohio's, and of whoever may read what they were
chosen by; never a rival's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from test_release_day import DAY, NAMED
from world import MACHINE, PASSPHRASE, World, agree, shared_columns

from commonroll.errors import Refusal
from commonroll.server.actions import (
    federation,
    handing_over,
    list_history,
    lists,
    questions,
    releasing,
)
from commonroll.server.models import CameHome, Journal, Member, SavedList

pytestmark = pytest.mark.django_db

COLUMNS = [*shared_columns(), "listings.list"]
READERS = ("oh", "rivera", "stone", "national")
NOBODY = dict.fromkeys(READERS, 0)


@pytest.fixture
def women(world: World) -> SavedList:
    """Stone is Rivera's rival on the same terms; National has lists by its terms. Rivera chose by age."""
    federation.add_member(
        home=world.home, key="stone", name="Stone", kind="campaign", state="", passphrase=PASSPHRASE,
        by=MACHINE,
    )  # fmt: skip
    for campaign in ("rivera", "stone"):
        agree("oh", campaign, columns=COLUMNS, release=NAMED.date(), lists_within_days=7)
    agree("oh", "national", columns=COLUMNS, purposes=["persuasion"])
    return lists.make(
        home=world.home, member=world.member("rivera"), name="Young ones", purpose="gotv",
        where="birth_year > 1985", by=MACHINE,
    )  # fmt: skip


def found_by(world: World, where: str) -> dict[str, int]:
    """How many of Ohio's voters each reader is told of."""
    told = {}
    for reader in READERS:
        counted = questions.count(
            home=world.home, viewer=world.member(reader), by=MACHINE,
            purpose="persuasion" if reader == "national" else "gotv", where=f"member = 'oh' AND {where}",
        )  # fmt: skip
        told[reader] = counted.total or 0
    return told


def asked(listed: SavedList) -> str:
    return f"on_list('rivera.young_ones_{listed.pk}')"


def everybody(world: World, listed: SavedList) -> dict[str, int]:
    young = found_by(world, "birth_year > 1985")
    assert young["oh"] == young["national"] == listed.rows > 0
    return dict.fromkeys(READERS, listed.rows) | {"stone": 0}


def test_before_the_day_nobody_is_told(world: World, women: SavedList) -> None:
    assert releasing.run(world.home, NAMED - timedelta(seconds=1)) == {}
    assert found_by(world, asked(women)) == NOBODY and not CameHome.objects.exists()


def test_on_the_day_it_is_the_owners_and_whose_terms_give_lists_and_no_rivals(
    world: World, women: SavedList
) -> None:
    assert releasing.run(world.home, NAMED) == {"oh": women.rows}
    assert releasing.run(world.home, NAMED + DAY) == {}
    assert found_by(world, asked(women)) == everybody(world, women)
    receipt = Journal.objects.get(log="oh", type="responses.returned")
    assert (receipt.recipient, receipt.rows) == ("rivera", women.rows)
    Member.objects.filter(key="national").update(conduct=Member.Conduct.INDEPENDENT)
    assert found_by(world, asked(women))["national"] == 0


def test_who_may_not_read_what_it_was_chosen_by_reads_no_list(world: World, women: SavedList) -> None:
    releasing.release(world.home, world.member("rivera"), NAMED)
    fewer = [name for name in COLUMNS if name != "voters.birth_year"]
    agree("oh", "national", columns=fewer, purposes=["volunteer"])
    with pytest.raises(Refusal, match="birth"):
        questions.count(
            home=world.home, viewer=world.member("national"), purpose="volunteer", by=MACHINE,
            where=f"member = 'oh' AND {asked(women)}",
        )  # fmt: skip


def test_a_list_that_is_filled_anew_comes_under_its_first_code_and_goes_when_deleted(
    world: World, women: SavedList
) -> None:
    rivera = world.member("rivera")
    releasing.release(world.home, rivera, NAMED)
    lists.rename(listed=women, name="Other ones", by=MACHINE)
    lists.refill(home=world.home, listed=women, by=MACHINE)
    assert releasing.release(world.home, rivera, NAMED) == {"oh": women.rows}
    assert CameHome.objects.get().name == "Other ones" and found_by(world, asked(women))["oh"] == women.rows
    list_history.delete(of=women, by=MACHINE)
    assert releasing.release(world.home, rivera, NAMED) == {}
    assert found_by(world, asked(women)) == NOBODY and not CameHome.objects.get().stands


def test_the_owner_keeps_it_out_and_lets_it_in(world: World, women: SavedList) -> None:
    ohio = world.member("oh")
    releasing.release(world.home, world.member("rivera"), NAMED)
    (row,) = handing_over.came(of=ohio, by=MACHINE)
    handing_over.keep_out(home=world.home, of=ohio, number=row.pk, by=MACHINE)
    assert found_by(world, asked(women)) == NOBODY
    handing_over.let_in(home=world.home, of=ohio, number=row.pk, by=MACHINE)
    assert found_by(world, asked(women)) == everybody(world, women)


def test_terms_that_do_not_name_lists_bring_none_nor_do_names_of_hygiene(world: World) -> None:
    agree("oh", "rivera", columns=COLUMNS, release=NAMED.date(), scores_within_days=7)
    rivera = world.member("rivera")
    for name in ("Young ones", "Not home"):
        lists.make(home=world.home, member=rivera, name=name, purpose="gotv", where="", by=MACHINE)
    assert releasing.run(world.home, NAMED + 400 * DAY) == {}
    agree("oh", "rivera", columns=COLUMNS, purposes=["persuasion"], lists_within_days=7)
    releasing.release(world.home, rivera, datetime.now(UTC) + 8 * DAY)
    assert {row.name for row in CameHome.objects.all()} == {"Young ones"}
