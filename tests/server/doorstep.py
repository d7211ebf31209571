"""A turf in somebody's hands, without a cut of doors: three households of Ohio's voters, what is recorded.

Rivera may call on Ohio's voters; Ann has the turf on her phone.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from django.conf import settings
from world import World, agree

from commonroll.field import sealing
from commonroll.roll.lookup.index import Index, index_of
from commonroll.server.actions import walked
from commonroll.server.actions.loads import vault
from commonroll.server.actions.walked import Taken
from commonroll.server.models import Agreement, HandOut, Member, Turf, TurfCut, TurfHousehold, TurfPerson
from commonroll.server.salts import salt

KEY = sealing.made()
SCRIPT: dict[str, Any] = {
    "questions": [
        {"code": "support_gov", "answers": [{"answer": str(one)} for one in range(1, 6)]},
        {"code": "issues", "answers": [{"answer": "schools"}, {"answer": "roads"}]},
    ]
}


def index_of_owner(owner: Member) -> Index:
    held = vault(settings.HOME, owner)
    head = held.current()
    assert head is not None
    return index_of(held.path, owner.key, held.files(head, "voters"), salt(settings.HOME, owner))


def opened(envelope: Any) -> Any:
    return sealing.open_(sealing.read(envelope), KEY)


def sealed(document: dict[str, Any]) -> dict[str, str]:
    return sealing.seal(document, KEY.public_key()).as_dict()


@dataclass
class Phone:
    """A device with a turf: it numbers what is recorded, as a phone does."""

    given: HandOut
    seq: int = 0

    def event(self, kind: str, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
        self.seq += 1
        values: dict[str, dict[str, str]] = {
            "attempt": {"result": "not_home"}, "answer": {"question": "support_gov", "answer": "1"},
            "note": {"text": "ring twice"}, "building_note": {"text": "lift out"},
            "person_added": {"name": "Ada Invented"}, "optout": {"channel": "door"},
            "correction": {"field": "first_name", "is": "Adah"},
        }  # fmt: skip
        return {
            "id": str(uuid.uuid4()), "turf": str(self.given.urn), "rev": 1, "seq": self.seq,
            "at": (at or datetime.now(UTC)).isoformat(), "mono": self.seq, "kind": kind, "stop": 0,
            "household": "h1", "person": None if kind in ("attempt", "undo") else "p1",
            "value": values.get(kind, {}), "replaces": None,
        } | more  # fmt: skip

    def send(self, *events: dict[str, Any], now: datetime | None = None, **more: Any) -> Taken:
        self.given.refresh_from_db()
        return walked.take(
            home=settings.HOME, hand_out=self.given, envelopes=[sealed(one) for one in events], opened=opened,
            now=now or datetime.now(UTC), **more,
        )  # fmt: skip

    def said(self, *events: dict[str, Any], **more: Any) -> list[tuple[str, str]]:
        return [(one.status, one.reason) for one in self.send(*events, **more).acks]


def hand(turf: Turf, walker: str, *, hours: float = 1) -> Phone:
    now = datetime.now(UTC)
    return Phone(
        HandOut.objects.create(
            member=turf.cut.member,
            turf=turf,
            walker=walker,
            by="x",
            made_at=now - timedelta(hours=hours),
            claimed_at=now - timedelta(hours=hours),
            ends_at=now + timedelta(hours=8),
            device=uuid.uuid4(),
            script=SCRIPT,
        )
    )


def turf_of(member: Member, owner: Member, name: str = "Oakwood", doors: int = 3, first: int = 0) -> Turf:
    """A turf of the owner's voters, two behind each door, by the keys h1 p1 p2, h2 p3 p4, ..."""
    cut = TurfCut.objects.create(
        member=member, name=name, purpose="gotv", size_by="doors", size=50, at_door=2, seed=1, doors=doors,
        people=2 * doors, by="x", made_at=datetime.now(UTC), folder="none",
    )  # fmt: skip
    turf = Turf.objects.create(
        cut=cut, number=1, name=name, doors=doors, people=2 * doors, latitude=0, longitude=0
    )
    numbers = index_of_owner(owner).numbers(np.arange(2 * first, 2 * (first + doors)))
    for at in range(doors):
        home = TurfHousehold.objects.create(turf=turf, key=f"h{at + 1}", door=at + 1, stop=at)
        for one in (2 * at, 2 * at + 1):
            TurfPerson.objects.create(household=home, key=f"p{one + 1}", owner=owner, number=numbers[one])
    return turf


def voter(turf: Turf, key: str) -> str:
    """The owner's own id of somebody behind a key."""
    person = TurfPerson.objects.get(household__turf=turf, key=key)
    index = index_of_owner(person.owner)
    found: str = index.rows([int(index.places_of(np.array([person.number]))[0])])["state_voter_id"][0].as_py()
    return found


def calling(world: World) -> tuple[Agreement, Turf]:
    """Ohio lets Rivera call on its voters, and Rivera has a turf of them."""
    text = agree("oh", "rivera", modes=["count", "view", "contact"])
    return text, turf_of(world.member("rivera"), world.member("oh"))
