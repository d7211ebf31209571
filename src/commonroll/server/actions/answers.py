"""The way back: answers come in with their source and, as the terms say, go on to the owners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight.answers import Sheet, read_sheet
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import FOUND_OUT, RESPONSES
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import releasing, stops
from commonroll.server.actions.returning import ALWAYS, BOUNCES, WRONG_PERSON, Returning, receipt, returning
from commonroll.server.actions.sharing import WAIT
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Agreement, AnswerBatch, Member, Stop
from commonroll.views.pseudonyms import agreement_key, resolve

NO_REFERENCES = pa.schema([("voter_ref", pa.string()), ("state_voter_id", pa.string())]).empty_table()


def load(*, home: Home, gathered_by: Member, file: Path, by: Actor) -> AnswerBatch:
    """Load a sheet of answers: all of it into the gatherer's vault; owners get their parts as the terms say.

    Answers wait for the owner's day, whatever way they came (`releasing`); those whose day has come go now.
    Opt-outs bind every member at once, whatever was agreed. What bounced and new addresses go on at once
    where the terms say so, and stay with the gatherer elsewhere. The same file again is refused.
    """
    by.require("answers", gathered_by)
    now = timezone.now()
    grants = returning(gathered_by)
    sheet = read_sheet(
        file,
        gathered_by=gathered_by.key,
        voters=_voters(home, gathered_by),
        resolve=partial(_resolve, home, gathered_by),
        loaded_at=now,
    )
    check_new(gathered_by, sheet, file.name)
    batch = AnswerBatch(member=gathered_by, file=file.name[:200], file_hash=sheet.file_hash, by=by.label)
    take(home=home, sheet=sheet, batch=batch, grants=grants)
    if asked := stops.events_of(sheet.optouts.to_pylist()):
        stops.hear(
            home=home, asked=asked, source=Stop.Source.DOOR, heard_by=gathered_by, by=by, file=file.name,
            file_hash=sheet.file_hash,
        )  # fmt: skip
    return batch


def check_new(gathered_by: Member, sheet: Sheet, name: str) -> None:
    """Raise Refusal for a sheet that was loaded and not undone."""
    if AnswerBatch.objects.filter(member=gathered_by, file_hash=sheet.file_hash, undone_at=None).exists():
        raise Refusal("this sheet was loaded already", where=name, next_step="nothing is left to do")


def take(*, home: Home, sheet: Sheet, batch: AnswerBatch, grants: Mapping[str, Returning]) -> None:
    """A read sheet into the gatherer's vault, each owner's part into the owner's as the terms say, with
    receipts and the batch's row."""
    gathered_by = batch.member
    for table, rows in sheet.tables().items():
        Vault(home.vaults, gathered_by.key).append_events(table, rows)
    returned = {
        owner: _return(home, sheet, owner, grants[owner])
        for owner in sheet.owners()
        if owner in grants and owner != gathered_by.key
    }
    for owner, tables in returned.items():
        if rows := sum(tables.values()):
            with transaction.atomic():
                receipt(
                    gathered_by, grants[owner].grant, sorted(kind for kind in tables if tables[kind]), rows
                )
    due = releasing.of_days(home, gathered_by, releasing.first_days(sheet.responses), timezone.now())
    _record(batch, sheet, {owner: sum(tables.values()) for owner, tables in returned.items()}, due)


def bring(*, home: Home, gathered_by: Member, rows: Sequence[Mapping[str, Any]], by: Actor) -> dict[str, int]:
    """Append answers that came one by one (rows of `responses`); how many went to which owner besides.

    They wait for the owner's day as all answers do (`releasing`); what is due already goes at once.
    """
    by.require("answers", gathered_by)
    table = pa.Table.from_pylist([dict(row) for row in rows], arrow_schema(RESPONSES))
    Vault(home.vaults, gathered_by.key).append_events(RESPONSES.name, table)
    return releasing.of_days(home, gathered_by, releasing.first_days(table), timezone.now())


def _voters(home: Home, gathered_by: Member) -> dict[str, tuple[str, ...]]:
    """Files in which the ids of a sheet may stand: its own roll, and those of owners that deal with it."""
    dealing = Agreement.objects.filter(recipient=gathered_by).exclude(state=Agreement.State.DRAFT)
    owners = {*dealing.values_list("owner__key", flat=True), gathered_by.key}
    found = {}
    for owner in owners:
        vault = Vault(home.vaults, owner)
        snapshot = vault.current()
        if snapshot is not None:
            found[owner] = vault.files(snapshot, "voters")
    return found


def _resolve(home: Home, gathered_by: Member, owner: str, refs: pa.Array) -> pa.Table:
    """The voters behind pseudonyms of any agreement that this owner and the gatherer ever signed."""
    tables = Vault(home.vaults, owner).owner_tables(statement=True)
    signed = Agreement.objects.filter(owner__key=owner, recipient=gathered_by, finalized_at__isnull=False)
    found = [
        resolve(ibis_engine(), tables, agreement_key(home.reference_secret(), urn), refs)
        for urn in signed.values_list("urn", flat=True)
    ]
    return pa.concat_tables(found) if found else NO_REFERENCES


def _return(home: Home, sheet: Sheet, owner: str, under: Returning) -> dict[str, int]:
    """What goes to the owner at once, by kind: all but answers; of what bounced, where the terms do not ask
    for it, that a number is somebody else's."""
    vault, kinds = Vault(home.vaults, owner), sheet.kinds(owner)
    if BOUNCES in kinds and BOUNCES not in under.kinds:
        wrong = pc.equal(kinds[BOUNCES]["value"], WRONG_PERSON)
        kinds = {**kinds, BOUNCES: kinds[BOUNCES].filter(wrong)}
    at_once = (under.kinds | {BOUNCES}) - WAIT
    back = {kind: rows for kind, rows in kinds.items() if kind in at_once and rows.num_rows}
    for kind, rows in back.items():
        vault.append_events(kind if kind in ALWAYS else FOUND_OUT.name, rows)
    return {kind: rows.num_rows for kind, rows in back.items()}


def _record(batch: AnswerBatch, sheet: Sheet, *gone: Mapping[str, int]) -> None:
    """The batch's row: what came, and what of it has gone on."""
    batch.loaded = sum(table.num_rows for table in sheet.tables().values())
    batch.refused = [{"reason": line.reason, "count": line.count} for line in sheet.refused]
    owners = sorted({owner for one in gone for owner in one})
    sums = {owner: sum(one.get(owner, 0) for one in gone) for owner in owners}
    batch.returned = {owner: many for owner, many in sums.items() if many}
    batch.save()


def as_dict(batch: AnswerBatch) -> dict[str, Any]:
    """A batch as one JSON document: loaded, returned by owner, refused by reason."""
    return {
        "id": str(batch.pk),
        "file": batch.file,
        "loaded": batch.loaded,
        "returned": batch.returned,
        "refused": batch.refused,
    }
