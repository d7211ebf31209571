"""Walks of a member for tests: a cut of two turfs on disk, hand-outs, and what was recorded at the doors."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.utils import timezone
from world import World

from commonroll.server.models import FieldEvent, HandOut, Turf, TurfCut, TurfHousehold, TurfPerson

START = datetime(2026, 10, 4, 14, 0, tzinfo=UTC)
DOORS = 6
"""Doors of each turf, one person behind each: keys h1... and p1..., in their order on the street."""


@dataclass
class Walk:
    """A cut of `member` with two turfs, and who walks them."""

    cut: TurfCut
    turfs: Sequence[Turf]
    hand_outs: dict[tuple[str, int], HandOut] = field(default_factory=dict)

    def hand_out(self, walker: str, turf: int = 1, **more: Any) -> HandOut:
        if (walker, turf) not in self.hand_outs:
            self.hand_outs[walker, turf] = HandOut.objects.create(
                member=self.cut.member, turf=self.turfs[turf - 1], walker=walker, by="test", made_at=START,
                ends_at=timezone.now() + timedelta(days=1), claimed_at=START, device=uuid.uuid4(),
                script={"name": "Doors", "version": 1}, **more,
            )  # fmt: skip
        return self.hand_outs[walker, turf]

    def record(
        self, walker: str, kind: str, value: dict[str, str], *, door: int = 1, person: int | None = None,
        turf: int = 1, minute: float = 0, late: float = 5, status: str = "ok", lead: str = "",
    ) -> FieldEvent:  # fmt: skip
        """An event at a door (from 1) so many minutes after START, here `late` seconds later."""
        hand_out, at = self.hand_out(walker, turf), START + timedelta(minutes=minute)
        seq, id_ = FieldEvent.objects.count() + 1, str(uuid.uuid4())
        document = {
            "id": id_, "turf": str(hand_out.urn), "rev": 1, "seq": seq, "at": at.isoformat(), "mono": seq,
            "kind": kind, "stop": door - 1, "household": f"h{door}", "value": value, "replaces": None,
            "person": f"p{person}" if person else None,
        }  # fmt: skip
        return FieldEvent.objects.create(
            member=hand_out.member, turf=hand_out.turf, hand_out=hand_out, event=id_, kind=kind,
            household=f"h{door}", person=f"p{person}" if person else "", document=document,
            received_at=at + timedelta(seconds=late), effective_at=at, status=status, lead=lead, by=walker,
        )  # fmt: skip

    def knock(self, walker: str, door: int = 1, result: str = "not_home", **more: Any) -> FieldEvent:
        return self.record(walker, "attempt", {"result": result}, door=door, **more)

    def says(
        self, walker: str, door: int, answer: str = "1", question: str = "gov", **more: Any
    ) -> FieldEvent:
        return self.record(
            walker, "answer", {"question": question, "answer": answer}, door=door, person=door, **more
        )


def walk(world: World, member: str = "rivera", name: str = "First pass", owner: str = "oh") -> Walk:
    """A cut with its files: two turfs of DOORS doors along one street, 30 m apart."""
    folder, doors = uuid.uuid4().hex, list(range(2 * DOORS))
    place = world.home.turf / folder
    place.mkdir(parents=True)
    pq.write_table(
        pa.table({
            "door": doors, "latitude": [39.0 + 0.0002 * (door % 3) for door in doors],
            "longitude": [-83.0 + 0.00035 * door for door in doors],
        }),
        place / "doors.parquet",
    )  # fmt: skip
    turf_of = pa.array([door // DOORS for door in doors], pa.int32())
    pq.write_table(pa.table({"door": doors, "turf": turf_of}), place / "turfs.parquet")
    cut = TurfCut.objects.create(
        member=world.member(member), name=name, purpose="gotv", size_by="doors", size=10, at_door=2, seed=1,
        doors=2 * DOORS, people=2 * DOORS, folder=folder, by="test", made_at=START, versions={owner: 1},
    )  # fmt: skip
    turfs = [
        Turf.objects.create(
            cut=cut,
            number=number,
            name="LARKSPUR ST",
            doors=DOORS,
            people=DOORS,
            latitude=39.0,
            longitude=-83.0,
        )
        for number in (1, 2)
    ]
    for turf in turfs:
        for at in range(DOORS):
            house = TurfHousehold.objects.create(
                turf=turf, key=f"h{at + 1}", door=(turf.number - 1) * DOORS + at, stop=at
            )
            TurfPerson.objects.create(
                household=house, key=f"p{at + 1}", owner=world.member(owner), number=turf.number * 100 + at
            )
    return Walk(cut, turfs)


def moved(walk: Walk, door: int) -> None:
    """A door of turf 1 (from 1) is one of turf 2 from now on, as a change by hand leaves it: its new keys are
    h7 and p7, and the old turfs stay with what was recorded there under another revision."""
    cut, was = walk.cut, TurfHousehold.objects.get(turf=walk.turfs[0], key=f"h{door}")
    folder = settings.HOME.turf / cut.folder
    held = pq.read_table(folder / "turfs.parquet").to_pylist()
    rows = [row | ({"turf": 1} if row["door"] == was.door else {}) for row in held]
    schema = pa.schema([("door", pa.int64()), ("turf", pa.int32())])
    pq.write_table(pa.Table.from_pylist(rows, schema), folder / "turfs.parquet")
    fresh = []
    for old in walk.turfs:
        Turf.objects.filter(pk=old.pk).update(replaced_at=timezone.now())
        new = Turf.objects.get(pk=old.pk)
        new.pk, new.revision, new.replaced_at = None, 2, None
        new.save()
        fresh.append(new)
        for house in TurfHousehold.objects.filter(turf=old).exclude(pk=was.pk):
            copied(house, new, house.key, house.people.get().key)
    copied(was, fresh[1], "h7", "p7")
    walk.turfs = fresh
    walk.hand_outs.clear()


def copied(house: TurfHousehold, turf: Turf, key: str, person: str) -> None:
    """The same door and its person under the keys of another turf."""
    new = TurfHousehold.objects.create(turf=turf, key=key, door=house.door, stop=house.stop)
    who = house.people.get()
    TurfPerson.objects.create(household=new, key=person, owner=who.owner, number=who.number)
