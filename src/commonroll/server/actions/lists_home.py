"""Saved lists of a gatherer on their way to the owners of the voters on them: who stands on which list."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pyarrow as pa
import pyarrow.dataset as ds
from django.utils import timezone

from commonroll.insight.facts import attribute_code
from commonroll.roll.engine import engine
from commonroll.roll.schema import LISTINGS
from commonroll.roll.sql_files import text_of
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions.handed_over import (
    Place,
    Thing,
    added,
    left_out,
    let_fall,
    let_stand,
    named,
    place_of,
)
from commonroll.server.home import Home
from commonroll.server.models import CameHome, ListStep, Member, SavedList
from commonroll.views.cleaning import cleans

UNKNOWN = "*"
"""Stands for columns that are not known any more: the owner alone reads the list (`server.handed`)."""
NEWER = "a newer state of the list"


def things(member: Member, owner: str) -> Iterator[Thing]:
    """Every state of the lists that stand, the oldest first.

    A list whose name says who is gone, double or not at home stays: rows are never selected by that.
    """
    filled = (ListStep.Step.MADE, ListStep.Step.FILLED, ListStep.Step.CHANGED)
    steps = ListStep.objects.filter(listed__member=member, listed__deleted_at=None, step__in=filled)
    for step in steps.exclude(file="").select_related("listed").order_by("at", "pk"):
        listed = step.listed
        if listed is not None and not cleans(attribute_code(listed.name)):
            code = named(member.key, listed.name, listed.pk)
            yield Thing(
                CameHome.Kind.LISTS.value, str(listed.pk), code, listed.name, str(step.pk), step.at.date()
            )


def rows(home: Home, thing: Thing, owner: str) -> int:
    """How many of the owner's voters stood on the list."""
    path = home.lists / _step(thing.version).file
    return int(ds.dataset(path).count_rows(filter=ds.field("owner") == owner))


def read(thing: Thing, owner: str) -> list[str]:
    """The columns by which they were chosen; UNKNOWN where the list is chosen otherwise by now."""
    step = _step(thing.version)
    listed = step.listed
    assert listed is not None
    same = step.digest == listed.digest or step.definition == listed.definition
    return sorted(listed.read.get(owner, [])) if same else [UNKNOWN]


def stand(home: Home, row: CameHome, before: str) -> None:
    """Let the list count with the owner as it was then, and not as it was `before`. Idempotent."""
    vault, step, place = Vault(home.vaults, row.owner.key), _step(row.version), _place(row, row.version)
    people = _people(home, row, step, place, vault)
    vault.append_events(LISTINGS.name, people)
    event = added(place, f"list {row.name}"[:200], step.digest or place.key, people.num_rows)
    let_stand(vault, event, place, _place(row, before).key if before else "", NEWER)


def fall(home: Home, row: CameHome, by: str, reason: str) -> None:
    """Let the list count with the owner no more."""
    let_fall(Vault(home.vaults, row.owner.key), _place(row, row.version).key, by, reason)


def gone(row: CameHome) -> bool:
    """Whether the gatherer deleted the list."""
    return not SavedList.objects.filter(pk=row.source, deleted_at=None).exists()


def _people(home: Home, row: CameHome, step: ListStep, place: Place, vault: Vault) -> pa.Table:
    """Rows of `listings`, but for who is left out of every read."""
    with closing(engine()) as con:
        con.register("left_out", pa.table({"state_voter_id": left_out(vault)}))
        given = {
            "file": str(home.lists / step.file), "key": place.key, "owner": row.owner.key, "list": row.code,
            "name": row.name, "day": row.of_day, "by": row.member.key,
            "now": timezone.now().replace(tzinfo=None),
        }  # fmt: skip
        found = con.execute(text_of(__package__, "lists_home"), given).to_arrow_table()
    schema = arrow_schema(LISTINGS)
    return found.select(schema.names).cast(schema)


def _place(row: CameHome, version: str) -> Place:
    basis = f"a choice of {row.member.name}'s, nobody's word"
    return place_of(row, "list", f"list {row.source} as of {version}", basis)


def _step(number: str) -> ListStep:
    return ListStep.objects.select_related("listed").get(pk=int(number))
