"""Looks at pairs and persons in the owner's log: one leaf for a batch, before a row is shown.

A review is no look-up by name: its batches have a limit of their own, and the log learns how many
registrations were shown, neither whose nor to whom.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.identity import side_by_side
from commonroll.identity.judgements import Pair
from commonroll.identity.side_by_side import Seen
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal
from commonroll.server.actions.history import LOOKS_AN_HOUR
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member, ReviewBatch
from commonroll.transparency import leaves

PURPOSE = "hygiene"
BATCH = 25
"""Pairs under one leaf of the log."""
BATCHES_AN_HOUR = 60
"""Batches of a member's people in an hour: 1,500 pairs, more than two people read with care."""
COVERS = timedelta(hours=8)
"""How long a batch may be looked at again under its leaf."""
AWAY = timedelta(minutes=10)
"""Pairs of a batch younger than this are before somebody just now, and come later for others."""


def digest(home: Home, of: Member, pair: Pair) -> str:
    """What the operational database keeps of a pair: nobody reads an id out of it."""
    text = f"commonroll review v1\n{of.key}\n{pair.member_l}\n{pair.record_l}\n{pair.record_r}"
    return hmac.new(home.reference_secret(), text.encode(), sha256).hexdigest()[:24]


def covered(home: Home, of: Member, pair: Pair, by: Actor) -> bool:
    """Whether a batch that the person was shown holds the pair."""
    mine = ReviewBatch.objects.filter(member=of, by=by.label, at__gt=timezone.now() - COVERS)
    asked = digest(home, of, pair)
    return any(asked in batch.pairs for batch in mine)


def before_others(of: Member, by: Actor) -> tuple[set[str], int]:
    """Digests of the pairs that others have before them just now, and how many batches those are."""
    since = timezone.now() - AWAY
    others = ReviewBatch.objects.filter(member=of, at__gt=since, named=False).exclude(by=by.label)
    return {one for batch in others for one in batch.pairs}, len(others)


def rows_of(seen: Mapping[str, Seen]) -> int:
    """Registrations that a look shows: those asked for and those beside them, each once."""
    return len({*seen, *(row["state_voter_id"] for one in seen.values() for row in one.beside)})


def note_look(
    *, home: Home, of: Member, held: Vault, pairs: Sequence[Pair], rows: int, named: bool, by: Actor
) -> None:
    """The look's row in the owner's log, and the batch by digests.

    `named`: asked for by a voter's id. Raises Refusal beyond the looks of an hour.
    """
    snapshot = held.current()
    assert snapshot is not None
    seen = {"columns": sorted(side_by_side.COLUMNS), "snapshots": [str(snapshot.number)]}
    asked = {"pairs": [[pair.record_l, pair.record_r] for pair in pairs], "asked_by": by.label}
    salts = [secrets.token_bytes(leaves.SALT_BYTES) for _ in (seen, asked)]
    keys: dict[str, Any] = {
        "purpose": PURPOSE,
        "mode": "view",
        "columns": list(side_by_side.COLUMNS),
        "snapshot": str(snapshot.number),
        "rows": str(rows),
        "detail": leaves.commit(seen, salts[0]),
        "strategy": leaves.commit(asked, salts[1]),
    }
    with transaction.atomic():
        _limit(of, named)
        row = journal.record(
            log=of.key,
            type="view",
            keys=keys,
            owner=of.key,
            rows=rows,
            sealed_shared=leaves.seal(seen, salts[0], [of.reader]),
            sealed_strategy=leaves.seal(asked, salts[1], [of.reader]),
        )
        ReviewBatch.objects.create(
            member=of, by=by.label, pairs=[digest(home, of, pair) for pair in pairs], named=named,
            rows=rows, leaf_id=row.leaf_id, at=timezone.now(),
        )  # fmt: skip


def _limit(of: Member, named: bool) -> None:
    since = timezone.now() - timedelta(hours=1)
    most = LOOKS_AN_HOUR if named else BATCHES_AN_HOUR
    if ReviewBatch.objects.filter(member=of, named=named, at__gt=since).count() < most:
        return
    what = f"looked up {most} persons" if named else f"opened {most * BATCH:,} pairs"
    raise Refusal(
        f"{of.name} has {what} within an hour", next_step="wait a while; nothing that was judged is lost"
    )
