"""Scripts of a gatherer on their way to the owners whose voters were asked by them, at doors or by phone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date

import pyarrow as pa
from django.db.models import Min
from django.utils import timezone

from commonroll.roll.schema import SCRIPTS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions.handed_over import (
    Place,
    Thing,
    added,
    key_of,
    let_fall,
    let_stand,
    named,
    place_of,
)
from commonroll.server.home import Home
from commonroll.server.models import CallList, CameHome, HandOut, Member, ScriptVersion

NEWER = "a newer version of the script"


def things(member: Member, owner: str) -> Iterator[Thing]:
    """Every version by which the owner's voters were asked, the oldest first."""
    found = ScriptVersion.objects.filter(script__member=member, taken_back_at=None).select_related("script")
    for version in found.order_by("script", "number"):
        day = _first_use(version, member, owner)
        if day is not None:
            code = named(member.key, version.script.name, version.script_id)
            yield Thing(
                CameHome.Kind.SCRIPTS.value, str(version.script_id), code, version.document["name"],
                str(version.pk), day,
            )  # fmt: skip


def rows(home: Home, thing: Thing, owner: str) -> int:
    """How many questions it asks."""
    return len(_version(thing.version).document["questions"]) or 1


def stand(home: Home, row: CameHome, before: str) -> None:
    """Let the version stand with the owner, and the one `before` no more. Idempotent."""
    vault, place = Vault(home.vaults, row.owner.key), _place(row, row.version)
    text = json.dumps(_version(row.version).document, sort_keys=True, ensure_ascii=False)
    said = {
        "event_id": key_of(f"event {place.key}"), "script": row.code, "name": row.name, "document": text,
        "used_on": row.of_day, "import_id": place.key, "gathered_by": row.member.key,
        "loaded_at": timezone.now(),
    }  # fmt: skip
    vault.append_events(SCRIPTS.name, pa.Table.from_pylist([said], arrow_schema(SCRIPTS)))
    event = added(place, f"script {row.name}"[:200], key_of(text), 1)
    let_stand(vault, event, place, _place(row, before).key if before else "", NEWER)


def fall(home: Home, row: CameHome, by: str, reason: str) -> None:
    """Let the script stand with the owner no more."""
    let_fall(Vault(home.vaults, row.owner.key), _place(row, row.version).key, by, reason)


def gone(row: CameHome) -> bool:
    """Whether the gatherer took the version back."""
    return not ScriptVersion.objects.filter(pk=row.version, taken_back_at=None).exists()


def _first_use(version: ScriptVersion, member: Member, owner: str) -> date | None:
    """The first day on which a turf or a call list of the owner's voters went out with it; None for none."""
    said = {"script__name": version.document["name"], "script__version": version.number}
    given = HandOut.objects.filter(member=member, **said, turf__households__people__owner__key=owner)
    called = CallList.objects.filter(member=member, **said, people__owner__key=owner)
    firsts = (found.aggregate(at=Min("made_at"))["at"] for found in (given, called))
    return min((at.date() for at in firsts if at is not None), default=None)


def _place(row: CameHome, version: str) -> Place:
    return place_of(row, "script", f"script version {version}", f"what {row.member.name} asked")


def _version(number: str) -> ScriptVersion:
    return ScriptVersion.objects.select_related("script").get(pk=int(number))
