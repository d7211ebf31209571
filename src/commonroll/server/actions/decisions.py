"""What an owner decides of a delivery that the gate did not take: accept it, refuse it, overrule the gate."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server.actions.loads import drop_upload, may_overrule
from commonroll.server.actor import Actor
from commonroll.server.models import Load

SHORTEST_REASON, LONGEST_REASON = 10, 500


@transaction.atomic
def accept_held(*, load: Load, by: Actor) -> Load:
    """Take a held delivery after all: good rows in, the others kept aside; the caller queues the new load."""
    by.require("load", load.member)
    load = _held(load)
    again = _again(load, by, accept=Load.Accept.QUARANTINE)
    _decided(load, f"accepted with quarantine by {by.label}")
    return again


@transaction.atomic
def refuse_held(*, load: Load, by: Actor) -> None:
    """Turn a held delivery down; the roll stays as it is."""
    by.require("load", load.member)
    load = _held(load)
    transaction.on_commit(lambda: drop_upload(load))
    _decided(load, f"refused by {by.label}")


@transaction.atomic
def overrule(*, load: Load, reason: str, by: Actor) -> Load:
    """Take a delivery against the gate's refusal, for a reason that the log keeps; the caller queues it."""
    by.require("load", load.member)
    said = reason_of(reason)
    found = Load.objects.select_for_update().get(pk=load.pk)
    if not may_overrule(found):
        final = " ".join(found.report.get("final", ()))
        raise Refusal(
            f"this delivery cannot be overruled: {final}" if final else "this delivery is not here any more",
            next_step="get the delivery again from the state and load it",
        )
    again = _again(found, by, accept=Load.Accept.OVERRULE, reason=said)
    _decided(found, f"overruled by {by.label}: {said}")
    return again


def reason_of(text: str) -> str:
    """A reason as it is kept: one line. Raises Refusal where it says nothing, or tells a story."""
    said = " ".join(text.split())
    if not SHORTEST_REASON <= len(said) <= LONGEST_REASON or not said.isprintable():
        raise Refusal(
            f"a reason has {SHORTEST_REASON} to {LONGEST_REASON} characters and stays in report and log",
            next_step="say why this delivery is right although the gate refuses it; name no voter",
        )
    return said


def _again(load: Load, by: Actor, **how: str) -> Load:
    """A new load of the same files, which are its own from here on."""
    made = Load.objects.create(
        member=load.member, by=by.label, files=load.files, folder=load.folder, piece=load.piece,
        mends=load.mends, **how,
    )  # fmt: skip
    load.folder = ""
    return made


def _held(load: Load) -> Load:
    found = Load.objects.select_for_update().get(pk=load.pk)
    if found.state != Load.State.HELD:
        raise Refusal("this delivery does not wait for a decision", next_step="see the list of loads")
    return found


def _decided(load: Load, message: str) -> None:
    load.state, load.message, load.ended_at = Load.State.REFUSED, message, timezone.now()
    load.save()
