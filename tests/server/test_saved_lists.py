"""Saved lists: who is in them, what today's agreements, law and opt-outs take away, and their history."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from django.utils import timezone
from world import MACHINE, PASSPHRASE, World, agree

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.invented import generate
from commonroll.roll.engine import engine
from commonroll.roll.lookup.index import index_of
from commonroll.server import looked
from commonroll.server.actions import (
    agreement_events,
    list_folders,
    list_history,
    list_reading,
    lists,
    loads,
    universes,
)
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Agreement, Journal, ListStep, SavedList
from commonroll.server.permits import DatabasePermits
from commonroll.server.van import ids
from commonroll.views.question import NothingGranted

pytestmark = pytest.mark.django_db

ACTIVE = "member = 'oh' AND status = 'active'"
COLUMNS = ("state_voter_id", "first_name", "last_name")


def made(world: World, name: str = "Active", where: str = ACTIVE, member: str = "national") -> SavedList:
    return lists.make(
        home=world.home, member=world.member(member), name=name, purpose="gotv", where=where, by=MACHINE
    )


def persons(world: World, listed: SavedList) -> set[str]:
    """The slow and obvious look into the file."""
    with engine() as cursor:
        path = str(world.home.lists / listed.file)
        found = cursor.execute("SELECT owner, state_voter_id FROM read_parquet(?)", [path]).fetchall()
    assert len(found) == len(set(found)) == listed.rows
    return {f"{owner} {voter}" for owner, voter in found}


def seen(world: World, listed: SavedList) -> list[str]:
    """Ids on all pages of the list."""
    return [
        str(voter)
        for number in range(1, list_reading.pages(listed) + 1)
        for voter in list_reading.page(
            home=world.home, listed=listed, columns=COLUMNS, number=number, by=MACHINE
        ).rows.column("state_voter_id").to_pylist()
    ]  # fmt: skip


def where(listed: SavedList, condition: str) -> str:
    return f"({listed.definition['where']}) AND {condition}"


def test_a_list_keeps_whom_its_question_finds_and_shows_each_once(world: World) -> None:
    listed = made(world)
    ids = seen(world, listed)
    assert listed.rows == len(ids) == len(set(ids)) > list_reading.PAGE
    assert {f"oh {voter}" for voter in ids} == persons(world, listed)
    assert listed.versions == {"oh": 1} and "voters.status" in listed.read["oh"]
    found = list_reading.standing(home=world.home, listed=listed, by=MACHINE)
    assert (found.shown, found.suppressed, found.left_out) == (listed.rows, 0, 0)


def test_the_owner_has_a_receipt_of_the_choice_and_of_each_page_and_never_of_the_name(world: World) -> None:
    listed = made(world, name="OKAPIDEER")
    list_reading.page(home=world.home, listed=listed, columns=COLUMNS, by=MACHINE)
    rows = Journal.objects.filter(log="oh", type="view", recipient="national")
    assert rows.count() == 2
    assert Journal.objects.filter(log="wa", type="view").count() == 1, "a page asks its persons' owners alone"
    assert all("voters.status" in row.columns for row in rows)
    assert not any(b"OKAPIDEER" in bytes(row.leaf) for row in rows)


def test_a_page_is_asked_of_the_owners_of_its_places_alone(world: World) -> None:
    listed = made(world, where="status = 'active'")
    assert 200 < listed.rows_by_owner["oh"] < 400 and listed.rows_by_owner["wa"] > 200
    for number, owners in ((1, {"oh"}), (2, {"oh", "wa"}), (3, {"wa"})):
        last = Journal.objects.order_by("-pk").values_list("pk", flat=True)[0]
        shown = list_reading.page(home=world.home, listed=listed, columns=COLUMNS, number=number, by=MACHINE)
        told = Journal.objects.filter(pk__gt=last, type="view").values_list("log", flat=True)
        assert set(told) == owners == set(shown.rows.column("member").to_pylist())


def looks(world: World, listed: SavedList, *columns: str) -> list[pa.Table | tuple[object, ...]]:
    """Every page, or who is missing where it is refused."""
    found: list[pa.Table | tuple[object, ...]] = []
    for number in range(1, list_reading.pages(listed) + 1):
        try:
            shown = list_reading.page(
                home=world.home, listed=listed, columns=columns, number=number, by=MACHINE
            )
            found += [shown.rows, shown.gaps]
        except NothingGranted as nothing:
            found.append(nothing.gaps)
    return found


def test_a_page_by_places_is_the_page_of_a_scan(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    agree("oh", "rivera", rows={"county_fips": ["39049", "39061", "39035"]})
    agree("wa", "rivera")
    listed = made(world, where="status = 'active'", member="rivera")
    for key, gone in (("oh", 3), ("wa", 1)):
        theirs = sorted(one.split()[1] for one in persons(world, listed) if one.startswith(key))
        loads.vault(world.home, world.member(key)).suppress(theirs[5:][:gone])
    asked = (COLUMNS, ("party", "birth_year"), ("email", "first_name"), ("age",), ("status", "sex"))
    monkeypatch.setattr(looked, "index", lambda *_: None)
    scanned = [looks(world, listed, *columns) for columns in asked]
    monkeypatch.undo()
    for key in ("oh", "wa"):
        tables = DatabasePermits(world.home).tables(world.member(key))
        salt = ids.salt(world.home, world.member(key))
        index_of(world.home.vaults / key, key, tables.files["voters"], salt)
        assert looked.index(world.home, tables) is not None
    monkeypatch.setattr(flow.questions, "show", lambda *_: pytest.fail("scanned"))
    assert [looks(world, listed, *columns) for columns in asked] == scanned
    rows = sum(one.num_rows for one in scanned[0] if isinstance(one, pa.Table))
    assert rows == listed.rows - 4


def test_an_opt_out_counts_at_the_next_read_and_is_shown_as_a_number(world: World) -> None:
    listed = made(world)
    one = seen(world, listed)[0]
    loads.vault(world.home, world.member("oh")).suppress([one])
    assert one not in seen(world, listed)
    found = list_reading.standing(home=world.home, listed=listed, by=MACHINE)
    assert (found.shown, found.suppressed) == (listed.rows - 1, 1)
    extract = list_reading.export(home=world.home, listed=listed, columns=COLUMNS, format="csv", by=MACHINE)
    assert extract.rows == listed.rows - 1
    assert one not in (world.home.extracts / extract.file).read_text()


def test_when_an_agreement_ends_its_owners_persons_are_seen_no_more(world: World) -> None:
    listed = made(world, where="status = 'active'")
    both = dict(listed.rows_by_owner)
    agreement_events.revoke(
        home=world.home, agreement=Agreement.objects.get(owner__key="oh", recipient__key="national"),
        member=world.member("oh"), cause="law", passphrase=PASSPHRASE, by=MACHINE,
    )  # fmt: skip
    found = list_reading.standing(home=world.home, listed=listed, by=MACHINE)
    assert (found.shown, found.left_out, found.suppressed) == (both["wa"], both["oh"], 0)
    assert [gap.owner for gap in found.gaps] == ["oh"]
    shown = list_reading.page(home=world.home, listed=listed, columns=COLUMNS, number=3, by=MACHINE)
    assert set(shown.rows.column("member").to_pylist()) <= {"wa"}
    alone = made(world, "Washington", "member = 'wa'")
    with pytest.raises(NothingGranted):
        list_reading.page(home=world.home, listed=alone, columns=("party",), by=MACHINE)


def test_whom_a_column_chose_that_is_granted_no_more_nobody_sees(world: World) -> None:
    listed = made(world)
    listed.read = {"oh": [*listed.read["oh"], "voters.birth_date"]}
    listed.save()
    with pytest.raises(NothingGranted, match="birth date"):
        list_reading.page(home=world.home, listed=listed, columns=COLUMNS, by=MACHINE)
    assert list_reading.standing(home=world.home, listed=listed, by=MACHINE).left_out == listed.rows


def test_nobody_else_finds_a_list_and_a_viewer_makes_none(world: World) -> None:
    listed = made(world)
    with pytest.raises(Unknown):
        lists.list_of(member=world.member("oh"), pk=listed.pk, by=MACHINE)
    with pytest.raises(Unknown):
        lists.list_of(member=world.member("national"), pk=listed.pk, by=Actor.of(world.user("charlie")))
    with pytest.raises(Refusal, match="role"):
        lists.make(
            home=world.home, member=world.member("oh"), name="x", purpose="gotv", where="",
            by=Actor.of(world.user("violet")),
        )  # fmt: skip


# Lists of lists


def test_set_operations_are_those_of_sets_without_whom_nobody_may_see(world: World) -> None:
    one, other = made(world, "A", "member = 'oh'"), made(world, "B", where="birth_year < 1980")
    gone = next(iter(sorted(persons(world, one) & persons(world, other))))
    loads.vault(world.home, world.member("oh")).suppress([gone.partition(" ")[2]])
    sides = persons(world, one) - {gone}, persons(world, other) - {gone}
    for operation, wanted in (
        ("union", sides[0] | sides[1]),
        ("intersection", sides[0] & sides[1]),
        ("difference", sides[0] - sides[1]),
    ):
        found = lists.combine(
            home=world.home, operation=operation, one=one, other=other, name=operation, by=MACHINE
        )
        assert persons(world, found) == wanted and wanted
        assert [each["name"] for each in found.definition["of"]] == ["A", "B"]
        assert "voters.birth_year" in found.read["oh"]
    kept = {listed.file for listed in SavedList.objects.all()}
    assert {path.name for path in world.home.lists.iterdir()} == kept, "files that passed are gone"


def test_lists_of_two_purposes_are_not_combined(world: World) -> None:
    one, other = made(world), made(world, "B")
    other.purpose = "fundraising"
    with pytest.raises(Refusal, match="fundraising"):
        lists.combine(home=world.home, operation="union", one=one, other=other, name="C", by=MACHINE)


def test_a_sample_is_the_same_for_the_same_seed_and_parts_have_nobody_in_common(world: World) -> None:
    listed = made(world)
    whole = persons(world, listed)
    drawn = [
        lists.sample(home=world.home, of=listed, size=20, seed=seed, name=name, by=MACHINE)
        for name, seed in (("one", "x"), ("two", "x"), ("three", "y"))
    ]
    assert drawn[0].digest == drawn[1].digest != drawn[2].digest
    assert persons(world, drawn[0]) < whole and drawn[0].rows == 20
    parts = lists.split(home=world.home, of=listed, names=["control", "mail", "phone"], seed="x", by=MACHINE)
    members = [persons(world, each) for each in parts]
    assert set.union(*members) == whole and sum(map(len, members)) == len(whole)
    assert max(map(len, members)) - min(map(len, members)) <= 1
    with pytest.raises(Refusal, match="name of its own"):
        lists.split(home=world.home, of=listed, names=["a", "a"], seed="x", by=MACHINE)


# History


def loaded_again(world: World, folder: Path) -> None:
    generate(["OH"], 280, 8, folder)
    loads.from_files(
        home=world.home, to=world.member("oh"), paths=[folder / "OH"], accept="overrule",
        reason="a test of lists", layout=None, by=MACHINE,
    )  # fmt: skip


def test_last_months_list_is_rebuilt_exactly_from_the_rolls_of_then(world: World, tmp_path: Path) -> None:
    listed = made(world)
    saved = universes.save(
        member=world.member("national"), name="U", purpose="gotv", where=ACTIVE, by=MACHINE
    )
    before, first = persons(world, listed), listed.digest
    last_month = timezone.now() - timedelta(days=30)
    ListStep.objects.update(at=last_month)
    loaded_again(world, tmp_path)
    lists.refill(home=world.home, listed=listed, by=MACHINE)
    assert persons(world, listed) != before and listed.versions == {"oh": 2}
    filled, then = list_history.history(listed)
    assert (filled.step, then.step, then.digest, then.versions) == ("filled", "made", first, {"oh": 1})
    again = lists.rebuild(home=world.home, step=then, name="As it was", by=MACHINE)
    assert again.digest == first and persons(world, again) == before
    universes.save(
        member=world.member("national"), name="U", purpose="gotv", where="birth_year > 1990", by=MACHINE
    )
    with pytest.raises(Refusal, match="no roll of that day"):
        lists.rebuild_universe(
            home=world.home, universe=saved, on=last_month.date(), name="U then", by=MACHINE
        )
    today = timezone.now().date()
    now = lists.rebuild_universe(home=world.home, universe=saved, on=today, name="U now", by=MACHINE)
    assert now.definition["where"] == "birth_year > 1990" and now.versions == {"oh": 2, "wa": 1}
    with pytest.raises(Refusal, match="not saved"):
        lists.rebuild_universe(
            home=world.home, universe=saved, on=date(2020, 1, 1), name="U then", by=MACHINE
        )


def test_what_is_deleted_is_taken_back_with_its_history(world: World) -> None:
    listed = made(world)
    folder = list_folders.make(member=listed.member, name="Ohio", by=MACHINE)
    list_history.move(of=listed, folder=folder, by=MACHINE)
    list_history.delete(of=listed, by=MACHINE)
    with pytest.raises(Unknown):
        lists.list_of(member=listed.member, pk=listed.pk, by=MACHINE)
    other = made(world)
    with pytest.raises(Refusal, match="another of this name"):
        list_history.restore(member=listed.member, pk=listed.pk, by=MACHINE)
    lists.rename(listed=other, name="Other", by=MACHINE)
    back = list_history.restore(member=listed.member, pk=listed.pk, by=MACHINE)
    assert back.folder == folder
    assert [step.step for step in list_history.history(back)] == ["restored", "deleted", "moved", "made"]


def test_a_deleted_folder_leaves_its_lists_and_has_them_again(world: World) -> None:
    listed = made(world)
    folder = list_folders.make(member=listed.member, name="Ohio", by=MACHINE)
    list_history.move(of=listed, folder=folder, by=MACHINE)
    list_folders.delete(folder=folder, by=MACHINE)
    assert lists.as_dict(listed)["folder"] is None
    list_folders.restore(member=listed.member, pk=folder.pk, by=MACHINE)
    listed.refresh_from_db()
    assert lists.as_dict(listed)["folder"] == "Ohio"
