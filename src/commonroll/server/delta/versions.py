"""Versions of a table: a number that grows whenever what its rows follow from is not what it was.

That is the snapshot, what the agreement gives under today's law, who is left out today and who is of age on
the next election day. Nobody watches for changes: whoever asks finds them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from commonroll.agreements.compile import grant_hash
from commonroll.agreements.law import next_election
from commonroll.agreements.profile import PERSON
from commonroll.roll.schema import PERSONS, ROLL_TABLES
from commonroll.roll.vault import scores, suppression
from commonroll.roll.vault.vault import OwnerTables, Vault
from commonroll.server import decoying, members, stops, wall
from commonroll.server.delta.declined import Declined
from commonroll.server.delta.shares import Share
from commonroll.server.home import Home
from commonroll.server.marking import marked
from commonroll.server.models import ShareVersion, Statement
from commonroll.views.cut import columns_of
from commonroll.views.pseudonyms import epoch_of
from commonroll.views.score_words import named as score_named
from commonroll.views.score_words import score_field


@dataclass(frozen=True)
class Present:
    """What a table is now: columns that a question for it names, a hash of all that it follows from."""

    tables: OwnerTables
    columns: tuple[str, ...]
    content: str


@wall.node()
def present(home: Home, share: Share) -> Present:
    """Look at the owner's vault and the grant; declines where there is nothing to read."""
    grant, owner = share.need(), share.owner
    stops.bring(home, [owner.key])
    vault = Vault(home.vaults, owner.key)
    if vault.current() is None:
        raise Declined(404, f"{owner.name} has loaded no roll yet.")
    tables = vault.owner_tables(statement=Statement.objects.filter(member=owner).exists())
    told = members.told_to(share.recipient)
    scored = {
        code: name for code, name in scores.standing(vault.catalogue).items()
        if score_field(code).known_to(share.recipient.key, told)
    }  # fmt: skip
    columns = columns_of(grant, tables, scored)
    if not columns:
        raise Declined(
            403, f"Agreement {share.agreement.number} with {owner.name} gives no column by export."
        )
    today = timezone.now().date()
    follows = {
        "snapshot": tables.snapshot,
        "files": [[name, *tables.files.get(name, ())] for name in sorted({*ROLL_TABLES, PERSONS.name})],
        "grant": grant_hash(grant),
        "decoys": decoying.changed_at(vault.path),
        "columns": columns,
        "scores": scored if any(map(score_named, columns)) else {},
        "marks": _marks(home, share, columns),
        "left out": vault.catalogue.setting(suppression.VERSION) or "",
        "protected": [tables.protected, tables.statement],
        "election": next_election(owner.state, today).isoformat(),
        "epoch": epoch_of(today) if PERSON in grant.columns else "",
    }
    text = json.dumps(follows, sort_keys=True).encode()
    return Present(tables, columns, hashlib.sha256(text).hexdigest())


def _marks(home: Home, share: Share, columns: Iterable[str]) -> Sequence[str]:
    """Commitments to the keys that mark the recipient's scores; with a new key every mark is another."""
    fields = [field for name in columns if (field := score_named(name))]
    return marked(home, share.owner.key, share.recipient.key, fields).commitments


def version_of(share: Share, purpose: str, now: Present) -> ShareVersion:
    """The version of what there is now; a new one where it differs from the last."""
    known = ShareVersion.objects.filter(agreement=share.agreement, purpose=purpose)
    last = known.last()
    if last is not None and last.content == now.content:
        return last
    try:
        with transaction.atomic():
            return ShareVersion.objects.create(
                agreement=share.agreement, purpose=purpose, number=last.number + 1 if last else 1,
                content=now.content, at=timezone.now(),
            )  # fmt: skip
    except IntegrityError:  # somebody else was first
        found = known.last()
        assert found is not None
        return found


def at_or_after(share: Share, purpose: str, moment: datetime) -> ShareVersion:
    """The first version that was there at `moment` or later; declines a time after the last."""
    known = ShareVersion.objects.filter(agreement=share.agreement, purpose=purpose, at__gte=moment)
    found = known.first()
    if found is None:
        raise Declined(400, "The time is after the last version.")
    return found


def moment_of(text: str, name: str) -> datetime:
    """A time in ISO 8601; without a zone it is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise Declined(400, f"{name} is no time in ISO 8601, as 2027-01-31T00:00:00Z is.") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
