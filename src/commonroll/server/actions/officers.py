"""Officers: people who say on pages, for the federation, which newcomers become its members.

The command line of the federation's machine names them and ends their office. An officer decides, as the
command line does, and has no right to any member's data by it.
"""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import journal
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import Officer, User


def name(*, email: str, by: Actor) -> Officer:
    """Make somebody with an account an officer; said in the federation's log, without the name."""
    _machine(by)
    user = _user(email)
    with transaction.atomic():
        if is_officer(user):
            raise Refusal("this person is an officer already", next_step="see `commonroll newcomer officers`")
        made = Officer.objects.create(user=user, since=timezone.now())
        _say(made, "officer")
    return made


def end(*, email: str, by: Actor) -> Officer:
    """End an office; what the officer decided stands."""
    _machine(by)
    with transaction.atomic():
        found = Officer.objects.select_for_update().filter(user=_user(email), until=None).first()
        if found is None:
            raise Unknown("this person is no officer", next_step="see `commonroll newcomer officers`")
        found.until = timezone.now()
        found.save(update_fields=["until"])
        _say(found, "office-end")
    return found


def listed(*, by: Actor) -> list[Officer]:
    """Every officer there was, those in office first."""
    _machine(by)
    every = Officer.objects.select_related("user")
    return sorted(every, key=lambda one: (one.until is not None, one.since))


def is_officer(user: User | None) -> bool:
    """Whether this person is in office now."""
    return user is not None and user.is_active and Officer.objects.filter(user=user, until=None).exists()


def _machine(by: Actor) -> None:
    if by.user is not None or by.key is not None:
        raise Unknown("there is no such page", next_step="ask those who run the federation")


def _user(email: str) -> User:
    found = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if found is None:
        raise Unknown("nobody here has this e-mail", next_step="invite the person to a member first")
    return found


def _say(office: Officer, step: str) -> None:
    journal.record(
        log=FEDERATION_LOG, type="admission", keys={"step": step, "run": office.urn}, owner=FEDERATION_LOG
    )
