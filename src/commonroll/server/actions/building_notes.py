"""Notes that walkers left on buildings: a lead takes one out, and puts it back.

Nothing is erased: a note that is taken out counts no more (`field_decisions`), so that no phone and no later
walk has it.
"""

from __future__ import annotations

from commonroll.server.actions import field_decisions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import FieldDecision, FieldEvent, Member

OUT = "not a note about the place"
"""The reason where a lead gives none."""


def take_out(*, member: Member, note: int, reason: str = "", by: Actor) -> FieldEvent:
    """Phones drop it at their next contact. Raises Unknown for what is no note of the member's walks."""
    by.require("answers", member)
    found = _of(member, note)
    field_decisions.decide(member=member, record=found.pk, counts=False, reason=reason.strip() or OUT, by=by)
    found.refresh_from_db()
    return found


def put_back(*, member: Member, note: int, by: Actor) -> FieldEvent:
    """It stands again, as it was before the last word on it."""
    by.require("answers", member)
    standing = FieldDecision.objects.filter(event=_of(member, note), undoes=None, undone=None).order_by("-pk")
    last = standing.first()
    if last is None:
        raise Unknown("Nobody took this note out.", next_step="See the notes.")
    return field_decisions.undo(member=member, decision=last.pk, by=by)


def _of(member: Member, note: int) -> FieldEvent:
    found = FieldEvent.objects.filter(member=member, pk=note, kind="building_note").first()
    if found is None:
        raise Unknown("There is no such note.", next_step="See the notes.")
    return found
