"""The reader of agreements for views: what is in force now, from the database, at every question."""

from __future__ import annotations

import hashlib
import hmac
import os
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

from django.utils import timezone

from commonroll.agreements.compile import in_force
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawPack, next_election, packs_for
from commonroll.errors import Refusal
from commonroll.roll.vault import OwnerTables, Vault
from commonroll.server.actions.agreements import RECIPIENT_KIND, events_of, grant_of, signatures_stand
from commonroll.server.home import Home
from commonroll.server.models import Agreement, Member, Statement
from commonroll.views.view import Gap, Owned, Permitted, Plan, Question


class DatabasePermits:
    """`flow.Permits` over the signed agreements of this home."""

    def __init__(self, home: Home) -> None:
        self.home = home

    def permitted(self, question: Question, now: datetime) -> Permitted:
        viewer = Member.objects.get(key=question.viewer)
        owners = list(Member.objects.exclude(state=""))
        grants = grants_in_force(viewer, question.purpose, now)
        stated = set(Statement.objects.values_list("member__key", flat=True))
        owned: list[Owned] = []
        absent: list[Gap] = []
        for owner in owners:
            tables = self._tables(owner, statement=owner.key in stated)
            if tables is None:
                absent.append(no_roll(owner))
            else:
                owned.append(Owned(tables=tables, grant=grants.get(owner.key)))
        return Permitted(
            owned=tuple(owned),
            absent=tuple(absent),
            names={m.key: m.name for m in Member.objects.all()},
            law={o.key: _law(o.state) for o in owners},
            recipient_kind=RECIPIENT_KIND[viewer.kind],
            election_days={o.key: _election(o.state, now.date()) for o in owners},
            voter_ref_keys={o.key: self._reference_key(o.key, viewer.key) for o in owners},
        )

    def still(self, plan: Plan, now: datetime) -> None:
        """Raise Refusal if an agreement that the plan uses has ended since it was made."""
        viewer = Member.objects.get(key=plan.question.viewer)
        grants = grants_in_force(viewer, plan.question.purpose, now)
        for used in plan.used:
            if used.agreement and (
                used.owner not in grants or grants[used.owner].terms_hash != used.terms_hash
            ):
                raise Refusal(
                    f"agreement {used.number} ended while the rows were read; nothing leaves",
                    next_step="ask again, without that owner's rows",
                )

    def _tables(self, owner: Member, *, statement: bool) -> OwnerTables | None:
        vault = Vault(self.home.vaults, owner.key)
        return vault.owner_tables(statement=statement) if vault.current() is not None else None

    def _reference_key(self, owner: str, viewer: str) -> bytes:
        """Key of the pseudonyms that this viewer sees of this owner's voters."""
        return hmac.new(
            _secret(self.home.secrets / "references.key"), f"{owner} {viewer}".encode(), hashlib.sha256
        ).digest()


def no_roll(owner: Member) -> Gap:
    return Gap(
        owner=owner.key,
        reason="no roll loaded",
        columns=(),
        agreement=None,
        sentence=f"{owner.name} has loaded no file yet",
    )


def grants_in_force(viewer: Member, purpose: str, now: datetime) -> dict[str, Grant]:
    """The viewer's grants for a purpose by owner: signed by keys in use, inside their days, not ended."""
    signed = (
        Agreement.objects.filter(recipient=viewer, state=Agreement.State.FINAL, start__lte=now, until__gt=now)
        .select_related("owner", "recipient")
        .prefetch_related("signatures", "events")
    )
    found: dict[str, Grant] = {}
    for agreement in signed:
        grant = in_force_grant(agreement, now)
        if grant is not None and purpose in grant.purposes:
            found[grant.owner] = grant
    return found


def in_force_grant(agreement: Agreement, now: datetime | None = None) -> Grant | None:
    """The grant of one agreement if it is in force; None where signatures, dates, events or law say no."""
    moment = now or timezone.now()
    try:
        grant = grant_of(agreement)
        events = events_of(agreement)
    except Refusal:
        return None
    return grant if in_force(grant, signatures_stand(agreement, moment), events, moment) else None


@lru_cache(maxsize=64)
def _law(state: str) -> tuple[LawPack, ...]:
    return packs_for(state)


@lru_cache(maxsize=256)
def _election(state: str, on: date) -> date:
    return next_election(state, on)


@lru_cache(maxsize=8)
def _secret(path: Path) -> bytes:
    """The home's key for pseudonyms, made at first use."""
    if not path.exists():
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        part.touch(mode=0o600)
        part.write_bytes(os.urandom(32))
        try:
            os.link(part, path)
        except FileExistsError:
            pass
        finally:
            part.unlink()
    return path.read_bytes()
