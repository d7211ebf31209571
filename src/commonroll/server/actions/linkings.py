"""A member's roll is linked with itself: a row with progress, work that may be left, the last state of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.identity import linking
from commonroll.identity import report as reports
from commonroll.identity.linking import Outcome
from commonroll.server import stops
from commonroll.server.actions.history import own_vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Linking, Member
from commonroll.server.reporting import reporter

UNDER_WAY = (Linking.State.WAITING, Linking.State.RUNNING)
STOPPED = "the linking stopped; who is one person is as it was, and the next linking takes up what was done"


def begin(*, home: Home, of: Member, anew: bool = False, by: Actor) -> Linking:
    """Note that the roll is to be linked; the caller queues the job. One that is under way is that one."""
    by.require("load", of)
    if own_vault(home, of).current() is None:
        raise Refusal("there is no roll yet", next_step="load the state's file first")
    waiting = Linking.objects.filter(member=of, state__in=UNDER_WAY).first()
    return waiting or Linking.objects.create(member=of, by=by.label, anew=anew)


def run(*, home: Home, linking: Linking, by: Actor) -> Outcome:
    """Link the roll in this process; the row shows progress and what came of it."""
    by.require("load", linking.member)
    linking.state, linking.started_at = Linking.State.RUNNING, timezone.now()
    linking.save()
    try:
        outcome = link(home=home, of=linking.member, anew=linking.anew, by=by, progress=reporter(linking))
    except Refusal as refusal:
        _end(linking, Linking.State.REFUSED, str(refusal))
        raise
    except BaseException:
        _end(linking, Linking.State.FAILED, STOPPED)
        raise
    linking.counts, linking.fraction, linking.stage = _numbers(outcome), 1.0, "done"
    _end(linking, Linking.State.DONE, "")
    return outcome


def link(
    *,
    home: Home,
    of: Member,
    anew: bool = False,
    progress: Callable[[str, float], None] | None = None,
    by: Actor,
) -> Outcome:
    """Link a member's current snapshot with itself, in this process."""
    by.require("load", of)
    held, now = own_vault(home, of), timezone.now()
    outcome = linking.run(held, secret=home.reference_secret(), now=now, anew=anew, progress=progress)
    stops.follow(home)
    reports.keep(held, reports.report(held))
    return outcome


def newest(*, of: Member, by: Actor) -> Linking | None:
    """The last linking that was asked for on the site."""
    by.require("read", of)
    return Linking.objects.filter(member=of).first()


def close_interrupted() -> int:
    """Linkings that a killed process left running are noted as stopped."""
    return Linking.objects.filter(state=Linking.State.RUNNING).update(
        state=Linking.State.FAILED, message=STOPPED, ended_at=timezone.now()
    )


def _numbers(outcome: Outcome) -> dict[str, Any]:
    return {name: value for name, value in outcome.as_dict().items() if isinstance(value, int)}


def _end(linking: Linking, state: Linking.State, message: str) -> None:
    linking.state, linking.message, linking.ended_at = state, message, timezone.now()
    linking.save()
