"""What calls come to, by caller and by day."""

from __future__ import annotations

from collections.abc import Iterable

from commonroll.field.calls import TALKED
from commonroll.field.numbers import Fact, Numbers, Table, numbers, table
from commonroll.server import field_facts
from commonroll.server.actor import Actor
from commonroll.server.models import CallList, CallRecord, Member


def facts(records: Iterable[CallRecord], member: Member) -> list[Fact]:
    """Calls as facts of `field.numbers`: an attempt each; of answers to one question of a person the last."""
    days, found, last = field_facts.zone(member), [], {}
    for one in records:
        who = (one.person.owner_id, one.person.number)
        day = one.at.astimezone(days).date()
        script = field_facts.script_of(one.call_list.script)
        base = (one.call_list_id, one.caller, day, script)
        found.append(Fact("attempt", *base, door=who, result=one.ending))
        if one.ending == TALKED:
            found.append(Fact("met", *base, person=who))
        for said in one.answers:
            last[who, said["question"]] = Fact("answer", *base, person=who)
    return [*found, *last.values()]


def tables(of: CallList) -> tuple[Table, Table]:
    """The calls of a list by caller and by day; their doors are people who were called."""
    records = of.records.select_related("person", "call_list").order_by("at", "pk")
    found = facts(records, of.member)
    return table(found, "canvasser"), table(found, "day")


def by_phone(member: Member, *, by: Actor) -> Numbers:
    """All calls of a member's lists together; their doors are people who were called."""
    by.require("read", member)
    records = CallRecord.objects.filter(call_list__member=member).select_related("person", "call_list")
    return numbers(facts(records.order_by("at", "pk"), member))
