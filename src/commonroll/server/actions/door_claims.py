"""Persons added and names corrected at doors: proposed to the owner of the voters, who accepts or not.

A fold keeps them, the owner sees them from the day on which what was gathered goes home (at once on walks of
its own). Nothing goes into the roll. A correction that is accepted is a told fact about the voter; an added
person is matched as a list of one is, so that the exact keys and the queue of doubtful rows decide who it is.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field.fold import Walked
from commonroll.roll.schema import FACTS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server import called, members
from commonroll.server.actions import imports
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import DoorClaim, ListImport, Member

if TYPE_CHECKING:
    from commonroll.server.actions.folding import Doors

Kind, State = DoorClaim.Kind, DoorClaim.State
SOURCE, LICENCE, BASIS = "the door", "the person's own words", "the person said so"
TAKEN_BACK = "taken back by the owner"
MOST_SHOWN = 50
_ADDRESS = ("residence_line1", "residence_city", "residence_state", "residence_zip5")


# From the fold


def keep(member: Member, doors: Doors, known: Walked) -> int:
    """Keep what these doors say, once each; what was taken back at the door is gone until it stands again."""
    said = {str(row.event): row for row in doors.rows if row.kind in Kind.values}
    held = {str(one.event): one for one in DoorClaim.objects.filter(event__in=said)}
    count, now = 0, timezone.now()
    for id_, row in said.items():
        one, stands = held.get(id_), id_ in known.live
        door = doors.doors.get((row.turf_id, row.household), -1)
        who = doors.person(row) or next(iter(sorted(doors.at.get(door, []))), None)
        if one is None and stands and who is not None:
            owner = members.of_key(who[0])
            DoorClaim.objects.create(
                member=member, owner=owner, number=who[1], kind=row.kind, value=row.document["value"],
                event=row.event, by=row.hand_out.walker, said_at=row.effective_at,
                released_at=now if owner == member else None,
            )  # fmt: skip
            count += 1
        elif one is not None and stands != (one.gone_at is None):
            DoorClaim.objects.filter(pk=one.pk).update(gone_at=None if stands else now)
    return count


def release(member: Member, owner: str, until: date) -> int:
    """Let the owner see what was said at doors of this day and before; how much."""
    due = DoorClaim.objects.filter(member=member, owner__key=owner, released_at=None, gone_at=None)
    return due.filter(said_at__date__lte=until).update(released_at=timezone.now())


# The owner's part


def of_owner(owner: Member, by: Actor) -> Sequence[DoorClaim]:
    """What waits and what was decided, the newest first."""
    by.require("raw", owner)
    found = DoorClaim.objects.filter(owner=owner, released_at__isnull=False)
    found = found.exclude(gone_at__isnull=False, state=State.WAITING)
    return list(found.select_related("member").order_by("-pk")[:MOST_SHOWN])


def accept(*, home: Home, owner: Member, claim: int, by: Actor) -> DoorClaim:
    """It is so: a told fact about the voter, or a person who is matched as a list of one is (`made`: the
    import, which the caller queues)."""
    by.require("load", owner)
    with _decided(owner, claim, State.WAITING) as one:
        if one.kind == Kind.CORRECTION:
            one.made = str(uuid.uuid4())
            _tell(
                home, one, {"event_id": one.made, "attribute": one.value["field"], "value": one.value["is"]}
            )
        else:
            one.made = _match(home, one, by)
        _write(one, State.ACCEPTED, by)
    return one


def refuse(*, owner: Member, claim: int, by: Actor) -> DoorClaim:
    """It is not so; the record at the door stays with whoever made it."""
    by.require("load", owner)
    with _decided(owner, claim, State.WAITING) as one:
        _write(one, State.REFUSED, by)
    return one


def undo(*, home: Home, owner: Member, claim: int, by: Actor) -> DoorClaim:
    """It waits again; what was made of it counts no more, and its rows stay."""
    by.require("load", owner)
    with _decided(owner, claim, State.ACCEPTED, State.REFUSED) as one:
        if one.made and one.kind == Kind.CORRECTION:
            back = {"event_id": f"{one.made}.back", "attribute": one.value["field"], "replaces": one.made}
            _tell(home, one, back)
        elif one.made:
            _unmatch(home, one, by)
        one.made = ""
        _write(one, State.WAITING, by)
    return one


class _decided:
    """One claim of the owner, which nobody else decides meanwhile. Raises Unknown for any other."""

    def __init__(self, owner: Member, claim: int, *states: str) -> None:
        self.owner, self.claim, self.states = owner, claim, states
        self.atomic = transaction.atomic()

    def __enter__(self) -> DoorClaim:
        self.atomic.__enter__()
        seen = DoorClaim.objects.select_for_update(of=("self",)).select_related("member", "owner")
        found = seen.filter(
            owner=self.owner, pk=self.claim, released_at__isnull=False, gone_at=None, state__in=self.states
        ).first()
        if found is None:
            refusal = Unknown("This does not wait for you any more.", next_step="See the list.")
            self.atomic.__exit__(type(refusal), refusal, None)
            raise refusal
        return found

    def __exit__(self, *failed: Any) -> None:
        self.atomic.__exit__(*failed)


def _write(one: DoorClaim, state: str, by: Actor) -> None:
    one.state, one.decided_by, one.decided_at = State(state), by.label, timezone.now()
    one.save(update_fields=["state", "made", "decided_by", "decided_at"])


def _row_of(home: Home, one: DoorClaim, columns: Sequence[str]) -> Mapping[str, Any]:
    """The voter's row on the owner's roll, for the owner's own work inside."""
    known = called.index(home, one.owner)
    place = int(known.places_of(np.array([one.number], np.int64))[0])
    if place < 0:
        raise Refusal("This voter is on the roll no more.", next_step="Refuse it.")
    found: Mapping[str, Any] = known.rows([place], list(columns)).to_pylist()[0]
    return found


def _tell(home: Home, one: DoorClaim, said: Mapping[str, Any]) -> None:
    row = dict.fromkeys(FACTS.names) | {
        "owner": one.owner.key, "state_voter_id": _row_of(home, one, ["state_voter_id"])["state_voter_id"],
        "kind": "told", "source": SOURCE, "licence": LICENCE, "basis": BASIS,
        "observed_on": one.said_at.date(), "gathered_by": one.member.key, "loaded_at": timezone.now(),
        "source_file": "walk", "source_line": one.pk,
    } | dict(said)  # fmt: skip
    Vault(home.vaults, one.owner.key).append_events(
        FACTS.name, pa.Table.from_pylist([row], arrow_schema(FACTS))
    )


def _match(home: Home, one: DoorClaim, by: Actor) -> str:
    """The person as a list of one, at the address of the door; the import's id. The whole roll is looked
    through: a worker does that."""
    near, said = _row_of(home, one, _ADDRESS), one.value
    line = " ".join(part for part in (near["residence_line1"], said.get("unit")) if part)
    cells = {
        "Full name": said["name"], "Address": line, "City": near["residence_city"],
        "State": near["residence_state"], "Zip": near["residence_zip5"], "Phone": said.get("phone"),
        "Email": said.get("email"),
    }  # fmt: skip
    filled = {name: cell for name, cell in cells.items() if cell}
    terms = imports.Terms("other", SOURCE, LICENCE, BASIS, one.said_at.date().isoformat())
    name = f"door-{one.pk}.csv"
    return imports.of_one(home=home, to=one.owner, cells=filled, terms=terms, name=name, by=by).pk.hex


def _unmatch(home: Home, one: DoorClaim, by: Actor) -> None:
    """Nothing counts that the matching brought. Raises Refusal while it is under way."""
    listed = ListImport.objects.filter(pk=one.made).first()
    if listed is None or listed.state == ListImport.State.DONE:
        imports.undo(home=home, of=one.owner, import_id=one.made, reason=TAKEN_BACK, by=by)
    elif listed.state in (ListImport.State.WAITING, ListImport.State.RUNNING):
        raise Refusal("The person is being matched.", next_step="Take it back in a moment.")
    else:
        imports.drop(listed=listed, by=by)
