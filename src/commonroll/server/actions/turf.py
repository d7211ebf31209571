"""Turf: doors of people whom a member may call on, cut for walking; put away and taken back."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from commonroll import flow
from commonroll.errors import Refusal
from commonroll.field import net
from commonroll.field.capacity import Capacities
from commonroll.field.divide import EVERYBODY, LEAST, MOST, Size, divide
from commonroll.field.divide import Turf as Cut
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import questions
from commonroll.server.actions.hand_places import file_of
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Member, Turf, TurfCut
from commonroll.server.permits import DatabasePermits
from commonroll.server.receipts import DatabaseReceipts
from commonroll.views.doors import BORDERS, NEEDED, OPTIONAL

MOST_DOORS = 300_000
"""Doors of one cut: more is cut by county or district, in a minute each."""


def cut(
    *,
    home: Home,
    member: Member,
    name: str,
    purpose: str,
    where: str = "",
    size: Size | None = None,
    walkers: int | None = None,
    capacities: Capacities = EVERYBODY,
    within: str = "",
    seed: int = 1,
    by: Actor,
) -> TurfCut:
    """Cut the doors of everybody whom a WHERE finds and the member may call on now.

    `walkers`: as many turfs as there are people, whatever that makes of their size; `capacities`: who of them
    cannot walk far or comes on a bike, and gets smaller or longer turfs as far as there are such; `within`:
    one of views.doors.BORDERS, which no turf crosses. Receipts go to the doors' owners first. Raises Refusal
    where nobody's door can be walked to.
    """
    by.require("view", member)
    name, size = _name(member, name), size or Size()
    if within and within not in BORDERS:
        raise Refusal(f"There is no border {within[:40]!r}.", next_step=f"Borders: {', '.join(BORDERS)}.")
    asked = replace(
        questions.question(
            viewer=member,
            purpose=purpose,
            mode="contact",
            where=where,
            columns=(*NEEDED, *OPTIONAL, *BORDERS.get(within, ())),
        ),
        optional=frozenset(OPTIONAL),
    )
    folder = home.turf / uuid.uuid4().hex
    folder.mkdir(parents=True, mode=0o700)
    try:
        receipts = DatabaseReceipts(home=home, viewer=member, by=by)
        walk = flow.walk(
            asked, DatabasePermits(home), receipts, to=folder, within=within, by_hand=file_of(home, member)
        )
        _check(walk)
        if walkers is not None:
            size = replace(size, by="doors", target=_each(walk.found.doors, walkers, capacities.short))
        along = net.put(folder, Vault(home.vaults, member.key))
        turfs = divide(folder, size, seed=seed, capacities=capacities)
        with transaction.atomic():
            made = TurfCut.objects.create(
                member=member, name=name, purpose=purpose, where=where, size_by=size.by, size=size.target,
                at_door=size.at_door, seed=seed, doors=walk.found.doors, people=walk.found.people,
                unplaced=dict(walk.found.unplaced), folder=folder.name, by=by.label, made_at=timezone.now(),
                versions={owner: used.snapshot for owner, used in walk.used.items()},
                agreements=[used.agreement for used in walk.used.values() if used.agreement],
                gaps=[asdict(gap) for gap in walk.gaps], within=within, streets=dict(along),
            )  # fmt: skip
            Turf.objects.bulk_create(_row(made, one) for one in turfs)
        return made
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check(walk: flow.Walk) -> None:
    if not walk.found.doors:
        why = "; ".join(f"{reason}: {count:,}" for reason, count in walk.found.unplaced.items())
        raise Refusal(
            "Nobody whom this finds has a door that can be walked to.",
            where=why or "nobody was found",
            next_step="Ask less narrowly, or have the owner bring address points (`commonroll geocode`).",
        )
    if walk.found.doors > MOST_DOORS:
        raise Refusal(
            f"These are more than {MOST_DOORS:,} doors.",
            where=f"{walk.found.doors:,} doors",
            next_step="Cut by county or district.",
        )


def _each(doors: int, walkers: int, short: int = 0) -> int:
    """Doors of a turf where there are so many people, of whom `short` walk half of one."""
    if not 1 <= walkers <= doors:
        raise Refusal("There are as many turfs as people, and more doors.", where=f"{walkers:,} people")
    each = round(doors / (walkers - min(short, walkers) / 2))
    if not LEAST["doors"] <= each <= MOST["doors"]:
        raise Refusal(
            f"{doors:,} doors for {walkers:,} people are {each:,} for each.",
            where=f"a turf has between {LEAST['doors']} and {MOST['doors']}",
            next_step="Ask more or fewer people, or say the size.",
        )
    return each


def _row(made: TurfCut, one: Cut) -> Turf:
    return Turf(
        cut=made, number=one.number, name=one.name[:200], doors=one.doors, people=one.people, units=one.units,
        metres=one.metres, minutes=one.minutes, car=one.car, latitude=one.latitude, longitude=one.longitude,
    )  # fmt: skip


def _name(member: Member, name: str) -> str:
    name = name.strip()[:120]
    if not name:
        raise Refusal("A cut needs a name.", next_step="Say what is walked: Oakwood, first pass.")
    if TurfCut.objects.filter(member=member, name=name, put_away_at=None).exists():
        raise Refusal("There is a cut of that name.", next_step="Take another name, or put that one away.")
    return name


def cuts(member: Member) -> list[tuple[TurfCut, int]]:
    """The member's cuts that are not put away, the newest first, each with how many turfs it has."""
    found = TurfCut.objects.filter(member=member, put_away_at=None).annotate(turf_count=Count("turfs"))
    return [(one, one.turf_count) for one in found]


def cut_of(*, member: Member, number: int, by: Actor) -> TurfCut:
    """One of the member's cuts, put away or not; Unknown for whoever is none of its people."""
    by.require("read", member)
    found = TurfCut.objects.filter(member=member, pk=number).first()
    if found is None:
        raise Unknown("There is no such cut.", next_step="See which there are: `commonroll turf list`.")
    return found


def put_away(*, cut: TurfCut, by: Actor) -> TurfCut:
    """Put a cut away; its doors stay for its undoing (`take_back`) until its agreements end."""
    by.require("view", cut.member)
    return _put(cut, timezone.now())


def take_back(*, cut: TurfCut, by: Actor) -> TurfCut:
    """Have a cut again that was put away."""
    by.require("view", cut.member)
    if cut.put_away_at is not None:
        _name(cut.member, cut.name)
    return _put(cut, None)


def _put(cut: TurfCut, at: datetime | None) -> TurfCut:
    cut.put_away_at = at
    cut.save(update_fields=["put_away_at"])
    return cut


# Documents


def as_dict(cut: TurfCut, count: int, turfs: Sequence[Turf] = ()) -> dict[str, Any]:
    """A cut as one JSON document, with how many turfs it has; of them those given."""
    return {
        "id": cut.pk, "name": cut.name, "purpose": cut.purpose, "where": cut.where,
        "size": {"by": cut.size_by, "target": cut.size, "minutes_at_door": cut.at_door}, "within": cut.within,
        "doors": cut.doors, "people": cut.people, "turf": count, "not_placed": cut.unplaced,
        "made_at": cut.made_at.isoformat(), "by": cut.by, "gone": cut.gone or None,
        "put_away_at": cut.put_away_at.isoformat() if cut.put_away_at else None,
        "gaps": cut.gaps, "streets": cut.streets or None, "turfs": [turf_dict(each) for each in turfs],
    }  # fmt: skip


def turf_dict(turf: Turf) -> dict[str, Any]:
    """A turf as one JSON document; no door and nobody is in it."""
    return {
        "number": turf.number, "name": turf.name, "doors": turf.doors, "people": turf.people,
        "units": turf.units, "metres": turf.metres, "minutes": turf.minutes, "car": turf.car,
        "latitude": turf.latitude, "longitude": turf.longitude,
    }  # fmt: skip
