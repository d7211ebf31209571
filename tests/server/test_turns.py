"""What is kept of the database in a process is never older than the question."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import connection, models, transaction
from world import World, agree

from commonroll.server import members, permits, site, turns
from commonroll.server.models import Agreement, Member, MemberKey, Turn

pytestmark = pytest.mark.django_db


def reading(what: object, read: Callable[[], object]) -> Callable[[], bool]:
    """A question; its answer is whether the database had to be read for it."""

    def ask() -> bool:
        found: list[object] = []
        turns.kept(what, lambda: found.append(read()))
        return bool(found)

    return ask


@pytest.mark.parametrize("name", turns.WATCHED)
def test_each_watched_table_leaves_a_mark(world: World, name: str) -> None:
    """A change that goes past models, as it does in a script or another program."""
    model: type[models.Model] = apps.get_model("server", name)
    table, column = model._meta.db_table, connection.ops.quote_name(model._meta.pk.column)  # type: ignore[union-attr]
    ask = reading(("of", name), lambda: model._default_manager.count())
    assert ask() and not ask()
    before = Turn.objects.count()
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {column} = {column}")
        some = cursor.rowcount
    # PostgreSQL marks a statement, SQLite each row of it
    assert (Turn.objects.count() > before) == (some > 0 or connection.vendor == "postgresql")
    assert ask() == (Turn.objects.count() > before)


def test_what_is_made_and_deleted_is_seen_at_once(world: World) -> None:
    made = Member.objects.create(key="new", name="New", kind="group")
    assert members.of_key("new") == made
    Member.objects.filter(key="new").update(name="Newer")
    assert members.names()["new"] == "Newer"
    made.delete()
    with pytest.raises(Member.DoesNotExist):
        members.of_key("new")


def test_nothing_stays_of_a_transaction_that_was_taken_back(world: World) -> None:
    name = members.names()["oh"]
    for wrong in ("Wrong", "Wrong as well"):
        with transaction.atomic():
            Member.objects.filter(key="oh").update(name=wrong)
            assert members.names()["oh"] == wrong
            transaction.set_rollback(True)
        assert members.names()["oh"] == name


def test_a_signature_that_is_changed_in_the_table_counts_at_once(world: World) -> None:
    agreement, national = agree("oh", "rivera"), world.member("rivera")

    def grants() -> int:
        return len(permits.grants_in_force(national, "gotv", agreement.finalized_at or agreement.drafted_at))

    assert grants() == 1
    Agreement.objects.filter(pk=agreement.pk).update(note=agreement.note.replace("sha256", "sha512"))
    assert grants() == 0
    Agreement.objects.filter(pk=agreement.pk).update(note=agreement.note)
    assert grants() == 1
    MemberKey.objects.filter(member__key="oh").update(withdrawn_at=agreement.drafted_at)
    assert grants() == 0


def test_without_its_triggers_nothing_is_kept(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "_trusted", set())
    monkeypatch.setattr(turns, "missing", lambda: ["commonroll_turn_update__server_member"])
    ask = reading("unwatched", Member.objects.count)
    assert ask() and ask()


def test_marks_do_not_heap_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    ask = reading("all", Member.objects.count)
    for _ in range(5):
        Member.objects.filter(key="oh").update(name="Ohio")
    ask()
    monkeypatch.setattr(turns, "MOST_MARKS", 2)
    site._sweep(world.home, -math.inf)
    assert Turn.objects.count() == 2 and ask() and not ask()
