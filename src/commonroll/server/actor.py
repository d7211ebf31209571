"""Who acts, and what that person may do for which member."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.server import decided, turns
from commonroll.server.models import ApiKey, Member, Role, User

RANK = {Role.Name.VIEWER: 0, Role.Name.ANALYST: 1, Role.Name.OWNER: 2}

LEAST_ROLE: dict[str, Role.Name] = {
    "read": Role.Name.VIEWER,
    "log": Role.Name.VIEWER,
    "count": Role.Name.VIEWER,
    "view": Role.Name.ANALYST,
    "export": Role.Name.ANALYST,
    "answers": Role.Name.ANALYST,
    "stop": Role.Name.ANALYST,
    "draft": Role.Name.OWNER,
    "sign": Role.Name.OWNER,
    "revoke": Role.Name.OWNER,
    "recall": Role.Name.OWNER,
    "load": Role.Name.OWNER,
    "raw": Role.Name.OWNER,
    "protect": Role.Name.OWNER,
    "invite": Role.Name.OWNER,
    "leave": Role.Name.OWNER,
    "keys": Role.Name.OWNER,
}
"""What each kind of act needs at least; an act that is not listed is nobody's."""

LEFT_ACTS = frozenset({"read", "log", "leave", "recall"})
"""What people of a member that left may still do here: look, take the package, remove the vault, and state
that they deleted what they hold of others."""

SCOPES: dict[str, frozenset[str]] = {
    "lists": frozenset({"raw", "load", "stop"}),
    "ask": frozenset({"read", "count", "view", "export"}),
    "answers": frozenset({"answers", "stop"}),
    "stop": frozenset({"stop"}),
    "log": frozenset({"log"}),
}
"""What a program with a member's key may do: bring lists, read and undo what it brought; ask governed
questions; bring answers; copy the member's log. What hears people says who asked to stop, too. Each key has
its own; an act of no scope is a person's alone."""


class Forbidden(Refusal):
    """The person may not do this; HTTP 403."""


class Unknown(Refusal):
    """There is no such thing for this person, whether or not it exists for others; HTTP 404."""


@dataclass(frozen=True)
class Actor:
    """Whoever calls an action: a signed-in person, a program with a key, a walker's device, or the machine's
    command line."""

    label: str
    user: User | None = None
    key: ApiKey | None = None
    device: bool = False

    @classmethod
    def of(cls, user: User) -> Actor:
        return cls(user.email, user)

    @classmethod
    def of_key(cls, key: ApiKey) -> Actor:
        return cls(key.label, key=key)

    @classmethod
    def command_line(cls) -> Actor:
        """The shell of the machine that holds the home folder; its rights are the folder's."""
        return cls("command line")

    def role_for(self, member: Member) -> Role.Name | None:
        if self.device:
            return None
        if self.key is not None:
            # read anew: a key may be revoked while its work waits
            today = every_key().get(self.key.pk)
            opens = today is not None and today.member_id == member.pk and today.opens(timezone.now())
            return Role.Name.OWNER if opens else None
        if self.user is None:
            return Role.Name.OWNER
        role = Role.objects.filter(user=self.user, member=member, user__is_active=True).first()
        return Role.Name(role.name) if role else None

    def may(self, act: str, member: Member) -> bool:
        return not self._why_not(act, member, self.role_for(member))

    def _why_not(self, act: str, member: Member, role: Role.Name | None) -> str:
        """What a log calls the reason; empty for an act that may be done."""
        if role is None:
            return "foreign"
        if member.left_at is not None and act not in LEFT_ACTS:
            return "closed"
        if self.key is not None and not any(act in SCOPES.get(scope, ()) for scope in self.key.scopes):
            return "no-scope"
        return "" if act in LEAST_ROLE and RANK[role] >= RANK[LEAST_ROLE[act]] else "role"

    def require(self, act: str, member: Member) -> None:
        """Raise `Unknown` for a stranger to the member, `Forbidden` for a role that is too small.

        What is decided is recorded either way, before anything is done.
        """
        role = self.role_for(member)
        reason = self._why_not(act, member, role)
        decided.note(member, act, label=self.label, as_=self.capacity(role), reason=reason)
        if reason:
            raise self._refusal(reason, act, member, role)

    def capacity(self, role: Role.Name | None) -> str:
        """As what somebody asks, as decisions have it."""
        if self.key is not None or self.device or self.user is None:
            return "key" if self.key is not None else "device" if self.device else "machine"
        return "stranger" if role is None else role.value

    def _refusal(self, reason: str, act: str, member: Member, role: Role.Name | None) -> Refusal:
        if role is None:
            return Unknown("there is no such page", next_step="check the address, or the member you act for")
        if reason == "closed":
            return Forbidden(f"{member.name} has left", next_step="go on where its package arrived")
        if reason == "no-scope":
            wanted = next((scope for scope, acts in SCOPES.items() if act in acts), "")
            make = f"make a key that may do more: `commonroll key create --may {wanted}`"
            return Forbidden(
                "this key does not do this", next_step=make if wanted else "sign in, and do it yourself"
            )
        return Forbidden(
            f"your role for {member.name} is {role.value}; this needs {LEAST_ROLE[act].value}",
            next_step=f"ask an owner of {member.name} to change your role",
        )

    def require_either(self, act: str, *members: Member) -> Member:
        """The first of `members` for which this person may act; raises as `require` if there is none."""
        for member in members:
            if self.may(act, member):
                self.require(act, member)
                return member
        known = next((member for member in members if self.role_for(member) is not None), members[0])
        self.require(act, known)
        return known


def every_key() -> Mapping[str, ApiKey]:
    """Keys by their id, with their members, as they are now; nobody changes what is found."""
    return turns.kept("keys", lambda: {key.pk: key for key in ApiKey.objects.select_related("member")})
