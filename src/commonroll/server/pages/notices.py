"""What waits for the member acted for, how much and where: on the first page, and a number in the rail."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.urls import reverse

from commonroll.server.actions import admissions, alarms, approvals, askings, canaries, witnesses
from commonroll.server.actions.officers import is_officer
from commonroll.server.middleware import Acting


@dataclass(frozen=True)
class Notice:
    """One kind of thing that waits for a word, and the page that says it."""

    count: int
    one: str
    many: str
    href: str
    action: str

    @property
    def words(self) -> str:
        return f"{self.count} {self.one if self.count == 1 else self.many}"


def exports_waiting(acting: Acting) -> int:
    """Exports of others that wait for this member's word; none is asked of a member without a roll."""
    if not acting.member.state or not acting.actor.may("read", acting.member):
        return 0
    return len(approvals.waiting(owner=acting.member, by=acting.actor))


def _newcomers(acting: Acting) -> Notice:
    """Newcomers that an officer owes the federation's word."""
    waits = [one for one in askings.of_centre(by=acting.actor) if one.state == "waiting"]
    return Notice(
        len(waits), "newcomer waits for the federation's word", "newcomers wait for the federation's word",
        reverse("centre"), "Decide",
    )  # fmt: skip


def notices(acting: Acting) -> list[Notice]:
    """What waits for this member, the most pressing first; kinds of which nothing waits are left out."""
    me, by = acting.member, acting.actor
    found = [_newcomers(acting)] if is_officer(acting.user) else []
    found.append(
        Notice(
            witnesses.red(), "log has a witness that refuses, contradicts or no longer sees it",
            "logs have a witness that refuses, contradicts or no longer sees them", reverse("witnesses"),
            "Look",
        )
    )  # fmt: skip
    spoke = canaries.recent(home=settings.HOME, owner=me, by=by)
    found.append(
        Notice(
            spoke, "invented voter was rung up or written to in the last 30 days",
            "contacts of invented voters were reported in the last 30 days", reverse("marks"),
            "See who had it",
        )
    )  # fmt: skip
    if not by.may("read", me):
        return [one for one in found if one.count]
    applied = admissions.of_owner(of=me, by=by)
    states = [one.state for one in applied]
    states += [one.state for one in askings.of_owner(of=me, by=by)]
    owed = [one for one in applied if admissions.owes_signature(one)]
    found += (
        Notice(
            alarms.waiting(of=me, by=by), "use of your rows looks unusual", "uses of your rows look unusual",
            reverse("alarms"), "Look",
        ),
        Notice(
            exports_waiting(acting), "export waits for your word; nothing of it has left",
            "exports wait for your word; nothing of them has left", reverse("approvals"), "Decide",
        ),
        Notice(
            states.count("waiting"), "application waits for your word",
            "applications wait for your word", reverse("admissions"), "Decide",
        ),
        Notice(
            len(owed), "agreement was decided on appeal and waits for your signature",
            "agreements were decided on appeal and wait for your signature", reverse("admissions"), "Look",
        ),
    )  # fmt: skip
    return [one for one in found if one.count]
