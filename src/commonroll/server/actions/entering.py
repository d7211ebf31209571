"""A newcomer that was let in comes in: by its code, in one step, with a signing key under its own passphrase.

Nobody else has a part in it. A yes, also that of an appeal against the federation's no, waits for no hand of
the centre, and nobody there ever knows the passphrase.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.actions import federation, membership, newcomers
from commonroll.server.actor import Unknown
from commonroll.server.home import Home
from commonroll.server.models import Member, Newcomer, Role, User

LEAST_PASSPHRASE = 12
"""Characters of a passphrase that a newcomer chooses."""


@dataclass(frozen=True)
class Entry:
    """What a newcomer chooses: the key of its member, the account of its first owner, and its passphrase."""

    key: str
    email: str
    password: str
    passphrase: str


@wall.node()
def enter(*, home: Home, code: str, entry: Entry, place: str | None) -> tuple[Member, User]:
    """Make the newcomer of a code a member, its first person an owner; drafts what owners let it in for.

    Raises TooMany, Unknown for a wrong code, and Refusal where no yes was said or it is a member already.
    """
    newcomers.knock(place)
    newcomer = newcomers.by_code(code)
    _check(newcomer, entry)
    with transaction.atomic():
        found = Newcomer.objects.select_for_update().get(pk=newcomer.pk)
        _check(found, entry)
        member = federation.add_member(
            home=home, key=entry.key.strip(), name=found.name, kind=found.kind, state="",
            passphrase=entry.passphrase, by=newcomers.SENDER,
        )  # fmt: skip
        user = federation.account(federation.read_email(entry.email), entry.password)
        Role.objects.create(user=user, member=member, name=Role.Name.OWNER)
        membership.join(found, member, who=found.name, by=newcomers.SENDER)
    return member, user


def _check(newcomer: Newcomer, entry: Entry) -> None:
    """Everything that can be known before files are written."""
    membership.let_in(newcomer)
    if newcomer.member is not None:
        raise Unknown(f"{newcomer.name} is a member already", next_step="sign in")
    if len(entry.passphrase) < LEAST_PASSPHRASE:
        raise Refusal(
            "the passphrase of the signing key is too short",
            next_step=f"choose {LEAST_PASSPHRASE} characters or more: whoever has it signs for you",
        )
    if entry.passphrase == entry.password:
        raise Refusal(
            "the passphrase is the password",
            next_step="choose two: the site sees the password at each sign-in",
        )
    email = federation.read_email(entry.email)
    if User.objects.filter(email=email).exists():
        raise Refusal(
            "there is an account for this address", next_step="use another address for the first owner"
        )
    federation.check_password(email, entry.password)
