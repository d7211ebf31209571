"""A lead's word on records of doors that wait, do not count or contradict each other; each can be undone.

What was recorded is never changed: a decision says whether it counts, with a reason, and the next fold
follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field.fold import fold
from commonroll.server.actions.folding import Doors
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import FieldDecision, FieldEvent, Member, TurfCut, TurfHousehold

Status = FieldEvent.Status

MOST_SHOWN = 200
MOST_REASON = 200


@dataclass(frozen=True)
class Dispute:
    """One question of one person to which canvassers have different answers, the last of each."""

    question: str
    records: tuple[FieldEvent, ...]


@dataclass(frozen=True)
class Waiting:
    """`held` and `rejected`, the newest first, at most MOST_SHOWN of each; `counts` of all by status;
    `decided`: decisions that stand, the newest first."""

    held: Sequence[FieldEvent]
    rejected: Sequence[FieldEvent]
    disputes: Sequence[Dispute]
    decided: Sequence[FieldDecision]
    counts: dict[str, int]


def waiting(*, member: Member, by: Actor) -> Waiting:
    """What a lead of the member has to look at."""
    by.require("answers", member)
    found = FieldEvent.objects.filter(member=member)
    by_status = found.order_by().values_list("status").annotate(n=Count("pk"))
    decided = FieldDecision.objects.filter(event__member=member, undoes=None, undone=None)
    return Waiting(
        _newest(member, Status.HELD), _newest(member, Status.REJECTED), _disputes(member),
        list(decided.select_related("event__turf", "event__hand_out").order_by("-pk")[:MOST_SHOWN]),
        {str(status): n for status, n in by_status},
    )  # fmt: skip


def _newest(member: Member, status: str) -> list[FieldEvent]:
    found = FieldEvent.objects.filter(member=member, status=status).select_related("turf", "hand_out")
    return list(found.order_by("-pk")[:MOST_SHOWN])


def _disputes(member: Member) -> list[Dispute]:
    """Answers that count and do not stand are taken back, replaced by later ones, or disputed."""
    fallen = FieldEvent.objects.filter(
        member=member, kind="answer", status=Status.OK, kept_at=None, folded_at__isnull=False
    )
    rows = list(fallen.select_related("turf").order_by("-pk")[: 5 * MOST_SHOWN])
    found: list[Dispute] = []
    for cut in TurfCut.objects.filter(pk__in={row.turf.cut_id for row in rows}):
        doors = Doors(cut, [row for row in rows if row.turf.cut_id == cut.pk])
        known = fold(doors.received)
        for (person, question), one in known.answers.items():
            if one.disputed:
                latest = {
                    each.canvasser: each.event.id
                    for each in sorted(doors.received, key=lambda each: each.rank)
                    if each.event.kind == "answer" and each.event.id in known.live
                    and (each.event.person, each.event.value["question"]) == (person, question)
                }  # fmt: skip
                found.append(Dispute(question, tuple(doors.by_event[id_] for id_ in latest.values())))
    return found[:MOST_SHOWN]


def decide(*, member: Member, record: int, counts: bool, reason: str, by: Actor) -> FieldDecision:
    """Let a record count, or not, with a reason. Raises Refusal where nothing of the turf is meant by it."""
    by.require("answers", member)
    reason = reason.strip()
    if not reason or len(reason) > MOST_REASON or not reason.isprintable():
        raise Refusal(f"Say why, in one line of at most {MOST_REASON} characters.", next_step="Add a reason.")
    became = Status.OK if counts else Status.REJECTED
    with transaction.atomic():
        row = FieldEvent.objects.select_for_update().filter(member=member, pk=record).first()
        if row is None:
            raise Unknown("There is no such record.", next_step="See the list.")
        if row.status == became:
            raise Refusal("That is so already.", next_step="Nothing is left to do.")
        if counts:
            _placed(row)
        made = FieldDecision.objects.create(
            event=row, was=row.status, became=became, was_reason=row.reason, reason=reason, by=by.label,
            at=timezone.now(),
        )  # fmt: skip
        _turn(row, became, "" if counts else reason)
    return made


def _placed(row: FieldEvent) -> None:
    there = TurfHousehold.objects.filter(turf=row.turf_id, key=row.household).exists()
    if not there and row.kind not in ("undo", "building_note"):
        raise Refusal(
            "This was recorded at no door of the turf, so it cannot count.",
            next_step="Have it recorded again at the right door, or type it in.",
        )


def undo(*, member: Member, decision: int, by: Actor) -> FieldEvent:
    """Take a decision back: the record is what it was. The last one of a record first."""
    by.require("answers", member)
    with transaction.atomic():
        found = FieldDecision.objects.filter(event__member=member, pk=decision, undoes=None, undone=None)
        made = found.select_related("event").first()
        if made is None:
            raise Unknown("There is no such decision.", next_step="See the list.")
        last = FieldDecision.objects.filter(event=made.event, undoes=None, undone=None).latest("pk")
        if last.pk != made.pk:
            raise Refusal("A later decision on this record stands.", next_step="Take that one back first.")
        FieldDecision.objects.create(
            event=made.event, was=made.became, became=made.was, reason=made.reason, undoes=made, by=by.label,
            at=timezone.now(),
        )  # fmt: skip
        _turn(made.event, made.was, made.was_reason)
    return made.event


def _turn(row: FieldEvent, status: str, reason: str) -> None:
    row.status, row.reason = status, reason
    row.folded_at = None  # the fold looks at the door again
    row.save(update_fields=["status", "reason", "folded_at"])
