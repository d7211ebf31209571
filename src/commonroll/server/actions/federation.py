"""A federation begins, gains members, keys and people."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.notes import Signer, generate, load_key, save_key
from commonroll.roll.layout.layout import layouts_in
from commonroll.server import journal, wall
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.logs import open_log
from commonroll.server.models import Federation, Invitation, Member, MemberKey, Role, User
from commonroll.server.readers import reader

INVITATION_DAYS = 14
FEDERATION_LOG = "federation"


def federation() -> Federation:
    """The one federation of this home; refused where none was made."""
    found = Federation.objects.first()
    if found is None:
        raise Refusal(
            "there is no federation here yet",
            next_step="make one with `commonroll init --home DIR --name NAME`",
        )
    return found


def member(key: str) -> Member:
    """A member by its key; `Unknown` for any other word."""
    found = Member.objects.filter(key=key).first()
    if found is None:
        known = ", ".join(Member.objects.order_by("key").values_list("key", flat=True)[:20]) or "none yet"
        raise Unknown("there is no such member", next_step=f"members here: {known}")
    return found


@transaction.atomic
def begin(*, home: Home, name: str, origin: str, by: Actor) -> Federation:
    """Create the federation's row and its own log. The origin can never change."""
    if Federation.objects.exists():
        raise Refusal("this home holds a federation already", next_step="name another folder with --home")
    if not origin or any(c.isspace() or c == "+" for c in origin) or "/" in origin:
        raise Refusal(
            "an origin is a host name that stays yours for good: no scheme, path, space or plus sign",
            next_step="name one, for example --origin voters.example.org",
        )
    made = Federation.objects.create(name=name, origin=origin)
    log_key = open_log(home, made, FEDERATION_LOG, create=True)
    journal.record(
        log=FEDERATION_LOG,
        type="log.key",
        keys={"member": FEDERATION_LOG, "vkey": log_key, "state": "added"},
        owner=FEDERATION_LOG,
    )
    return made


def add_member(
    *, home: Home, key: str, name: str, kind: str, state: str, passphrase: str, by: Actor, conduct: str = ""
) -> Member:
    """A new member with its vault folder, its log, and a signing key under `passphrase`.

    Key files are written before the rows that name them: a crash between leaves files that the next
    try finds and uses (the passphrase must be the same).
    """
    fed = federation()
    row = Member(key=key, name=name, kind=kind, state=state, conduct=conduct or Member.Conduct.COORDINATED)
    states = sorted({layout.state for layout in layouts_in([home.layouts])})
    if state and state not in states:
        raise Refusal(
            f"there is no layout for the state {state} yet", next_step=f"states here: {', '.join(states)}"
        )
    if kind == Member.Kind.STATE and not state:
        raise Refusal(
            "a state party owns a state's file, and no state was named",
            next_step=f"name one of {', '.join(states)}",
        )
    if key == FEDERATION_LOG or Member.objects.filter(key=key).exists():
        raise Refusal(f"the key {key} is taken", next_step="choose another key for the member")
    try:
        row.clean_fields(exclude=["log_vkey", "reader"])
    except ValidationError as error:
        fields = ", ".join(sorted(error.message_dict))
        raise Refusal(
            f"these words do not describe a member: {fields}",
            next_step="a key is 2 to 31 lower-case letters, digits or dashes and begins with a letter",
        ) from error
    signer = _signing_key(home, fed, key, passphrase)
    row.log_vkey = open_log(home, fed, key, create=True)
    row.reader = reader(home.reader_key(key), passphrase)
    return _enter(row, signer, by)


def _signing_key(home: Home, fed: Federation, key: str, passphrase: str) -> Signer:
    path = home.signing_key(key)
    name = fed.key_name(key)
    if path.exists():
        return load_key(path, name, passphrase)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    signer = generate(name)
    save_key(path, signer, passphrase)
    return signer


@transaction.atomic
def _enter(row: Member, signer: Signer, by: Actor) -> Member:
    row.save()
    MemberKey.objects.create(member=row, vkey=signer.vkey, valid_from=timezone.now().replace(microsecond=0))
    for log in (FEDERATION_LOG, row.key):
        journal.record(
            log=log,
            type="member.key",
            keys={"member": row.urn, "vkey": signer.vkey, "state": "added"},
            owner=row.key,
        )
    return row


def current_vkey(of: Member) -> str:
    """The public half of the key the member signs with now."""
    return current_key(of).vkey


def current_key(of: Member) -> MemberKey:
    """The member's entry in the register that it signs with now; refused while there is none."""
    key = of.keys.filter(withdrawn_at__isnull=True, retired_at__isnull=True).first()
    if key is None:
        raise Refusal(f"{of.name} has no signing key in use", next_step="add a key for the member first")
    if key.valid_from > timezone.now():
        raise Refusal(
            f"the new key of {of.name} signs from {key.valid_from:%Y-%m-%d %H:%M} UTC on",
            next_step="no former key vouches for it: every member sees it first",
        )
    return key


def read_email(text: str) -> str:
    """The address as it is kept; raises Refusal for what is none."""
    email = text.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refusal("this is not an e-mail address", next_step="write it as name@example.org") from error
    return email


@transaction.atomic
def invite(*, to: Member, email: str, role: str, by: Actor) -> tuple[Invitation, str]:
    """An invitation and its secret, which is shown once and stored only as a hash."""
    by.require("invite", to)
    if role not in Role.Name.values:
        raise Refusal("there is no such role", next_step=f"roles: {', '.join(Role.Name.values)}")
    secret = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        member=to,
        email=read_email(email),
        role=role,
        token_hash=hashlib.sha256(secret.encode()).hexdigest(),
        invited_by=by.label,
        expires_at=timezone.now() + timedelta(days=INVITATION_DAYS),
    )
    return made, secret


@wall.node()
def invitation(secret: str, *, now: datetime | None = None) -> Invitation:
    """The open invitation that this secret belongs to; `Unknown` once used, expired or made up."""
    found = Invitation.objects.filter(
        token_hash=hashlib.sha256(secret.encode()).hexdigest(),
        accepted_at__isnull=True,
        expires_at__gt=now or timezone.now(),
    ).first()
    if found is None:
        raise Unknown("this invitation is used or no longer valid", next_step="ask for a new one")
    return found


@wall.node()
@transaction.atomic
def accept(*, secret: str, password: str, user: User | None = None) -> User:
    """Take an invitation up: a new account, or the signed-in `user` when the address is the same."""
    offer = invitation(secret)
    known = User.objects.filter(email=offer.email).first()
    if known is not None and known != user:
        raise Refusal("there is an account for this address", next_step="sign in first, then open the link")
    if known is None:
        known = account(offer.email, password)
    Role.objects.update_or_create(user=known, member=offer.member, defaults={"name": offer.role})
    offer.accepted_at = timezone.now()
    offer.save(update_fields=["accepted_at"])
    return known


def check_password(email: str, password: str) -> None:
    """Raise Refusal for a password that an account cannot have."""
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise Refusal(
            " ".join(error.messages), next_step="choose a longer or less common password"
        ) from error


def account(email: str, password: str) -> User:
    """A new account for an address that has none."""
    check_password(email, password)
    return User.objects.enrol(email, password)


@transaction.atomic
def set_role(*, of: User, member: Member, role: str, by: Actor) -> None:
    """Change or (with an empty `role`) take away what a person may do; the last owner stays."""
    by.require("invite", member)
    held = Role.objects.filter(user=of, member=member).first()
    if held is None:
        raise Unknown("this person has no role here", next_step="invite the person first")
    owners = Role.objects.filter(member=member, name=Role.Name.OWNER).count()
    if held.name == Role.Name.OWNER and role != Role.Name.OWNER and owners == 1:
        raise Refusal("the last owner of a member stays owner", next_step="make somebody else owner first")
    if role:
        held.name = Role.Name(role)
        held.save(update_fields=["name"])
    else:
        held.delete()
