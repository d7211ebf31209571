"""Where the values of a load stand: in the vault of its own member, or come home in the voters' owner's.

There they are facts of the kind guessed, of an import that can be undone, and, from 0 to 100, values that
agreements can grant, each recipient's with marks of its own.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from django.utils import timezone

from commonroll.insight import scores as files
from commonroll.insight import shared_scores
from commonroll.roll.schema import FACTS
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions.handed_over import (
    Place,
    added,
    credited,
    key_of,
    left_out,
    let_fall,
    let_stand,
)
from commonroll.server.home import Home
from commonroll.server.models import ScoreUpdate

SUPERSEDED = "a newer load of the score"


def own(update: ScoreUpdate) -> Place:
    """In the vault of the member whose score it is."""
    return Place(
        update.score.member.key, update.score.code, key_of(f"score {update.file}"),
        f"model: {update.score.name}", "own model", "an estimate of the member's own, nobody's word",
        update.said_by,
    )  # fmt: skip


def at_home(update: ScoreUpdate, owner: str, agreement: int | None) -> Place:
    """In the vault of the owner of the voters, under a name that credits who made it."""
    by = update.score.member
    return Place(
        owner, credited(by.key, update.score.code, update.score.pk),
        key_of(f"score {update.file} for {owner}"), f"model of {by.name}: {update.score.name}",
        f"released under agreement {agreement or ''}".strip(),
        f"an estimate of {by.name}'s, nobody's word", by.name,
    )  # fmt: skip


def imported(update: ScoreUpdate, rows: int, place: Place) -> pa.Table:
    """The event by which a load's values count, for a vault's imports."""
    return added(place, f"v4 job {update.job_id}", update.job.digest or place.key, rows)


def _values(path: Path, vault: Vault) -> pa.Table:
    """Of the voters of a vault, but for who is left out of every read: a redaction took their values away."""
    values = pq.read_table(path, filters=[("owner", "==", vault.member)])
    kept = values.filter(pc.invert(pc.is_in(values["state_voter_id"], value_set=left_out(vault))))
    return kept.select(["state_voter_id", "value"])


def stand(home: Home, update: ScoreUpdate, place: Place, before: str) -> int:
    """Let a load's values stand there, and those of the import `before` no more; how many. Idempotent."""
    vault = Vault(home.vaults, place.owner)
    rows = files.of_owner(home.scores / update.file, place.owner, place.key)
    vault.append_events(FACTS.name, _facts(update, rows, place))
    let_stand(vault, imported(update, rows.num_rows, place), place, before, SUPERSEDED)
    if shared_scores.may_share(update.score.least, update.score.most):
        shared_scores.share(
            vault, place.code, _values(home.scores / update.file, vault),
            on=timezone.localdate(), load=place.key,
        )  # fmt: skip
    return int(rows.num_rows)


def fall(home: Home, place: Place, *, by: str, reason: str) -> None:
    """Let the values of a load count there no more. Idempotent."""
    vault = Vault(home.vaults, place.owner)
    let_fall(vault, place.key, by, reason)
    shared_scores.withdraw(vault, place.code, None)


def _facts(update: ScoreUpdate, rows: pa.Table, place: Place) -> pa.Table:
    same: dict[str, Any] = {
        "owner": place.owner, "attribute": place.code, "kind": "guessed", "source": place.source,
        "licence": place.licence, "basis": place.basis, "import_id": place.key,
        "observed_on": timezone.localdate(), "gathered_by": update.score.member.key,
        "loaded_at": timezone.now(), "source_file": f"v4 job {update.job_id}",
    }  # fmt: skip
    columns = {
        field.name: rows[field.name]
        if field.name in rows.column_names
        else pa.repeat(pa.scalar(same.get(field.name), field.type), rows.num_rows)
        for field in arrow_schema(FACTS)
    }
    return pa.table(columns)
