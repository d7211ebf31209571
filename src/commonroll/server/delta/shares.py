"""What a token may see: one share, a schema for each purpose of its agreement, one table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from django.utils import timezone

from commonroll.agreements.grant import Grant
from commonroll.agreements.profile import CARRIERS
from commonroll.server import wall
from commonroll.server.delta.declined import Declined, unknown
from commonroll.server.models import Agreement, Member, ShareProfile
from commonroll.server.permits import in_force_grant, why_over

TABLE = "voters"
PREFIX = "crs_"
LONGEST = 200
NO_ROWS = frozenset(("hygiene", *CARRIERS))
"""Purposes for which no row leaves, or as a file of its own kind alone, whatever was agreed."""


def hashed(token: str) -> str:
    # 256 random bits need no slow hash: nobody tries them all
    return hashlib.sha256(token.encode()).hexdigest()


@wall.node()
def profile_of(authorization: str) -> ShareProfile | None:
    """The profile whose token a header holds, revoked or expired ones too; its hash is the way to it."""
    scheme, _, token = authorization.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token.startswith(PREFIX) or len(token) > LONGEST:
        return None
    if not token.isascii():
        return None
    found = ShareProfile.objects.select_related("agreement__owner", "agreement__recipient")
    return found.filter(token_hash=hashed(token)).first()


@dataclass(frozen=True)
class Share:
    """One agreement as a client of the protocol sees it."""

    profile: ShareProfile

    @property
    def agreement(self) -> Agreement:
        return self.profile.agreement

    @property
    def owner(self) -> Member:
        return self.agreement.owner

    @property
    def recipient(self) -> Member:
        return self.agreement.recipient

    @property
    def name(self) -> str:
        return f"{self.owner.key}_to_{self.recipient.key}"

    @property
    def id(self) -> str:
        return self.agreement.urn.rpartition(":")[2]

    @cached_property
    def grant(self) -> Grant | None:
        """What is granted now; None where nothing is."""
        if self.recipient.left_at is not None:
            return None
        return in_force_grant(self.agreement)

    @property
    def schemas(self) -> tuple[str, ...]:
        """Purposes for which rows leave."""
        if self.grant is None or "export" not in self.grant.modes:
            return ()
        return tuple(sorted(self.grant.purposes - NO_ROWS))

    def need(self) -> Grant:
        """The grant in force; declines with what ended it, and when."""
        if self.grant is not None:
            return self.grant
        about = f"Agreement {self.agreement.number} with {self.owner.name}"
        why = why_over(self.agreement, timezone.now())
        raise Declined(403, f"{about} {why}." if why else f"{about} is not in force.")

    def check(self, share: str, schema: str | None = None, table: str | None = None) -> None:
        """Decline names that this profile does not see, then an agreement that is over."""
        if share.lower() != self.name:
            raise unknown()
        self.need()
        if schema is not None and schema.lower() not in self.schemas:
            raise unknown()
        if table is not None and table.lower() != TABLE:
            raise unknown()


def table_id(share: Share, schema: str) -> str:
    """The same for as long as the agreement is: what clients know a table by."""
    return hashlib.sha256(f"{share.agreement.urn}\n{schema}\n{TABLE}".encode()).hexdigest()[:32]
