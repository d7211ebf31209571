"""Rows of an import that come back with voter ids: written aside, logged with their hash, then handed on."""

from __future__ import annotations

import secrets
from pathlib import Path

from django.db import transaction

from commonroll.agreements.profile import PURPOSES
from commonroll.errors import Refusal
from commonroll.insight import import_output
from commonroll.insight.import_output import Form, RowsFile, no_rows
from commonroll.insight.imports import HYGIENE
from commonroll.notes import digest_text
from commonroll.server import journal
from commonroll.server.actions.imports import import_key
from commonroll.server.actions.loads import vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member
from commonroll.server.receipts import DatabaseReceipts, ensure_fresh
from commonroll.transparency import leaves

COLUMNS = ("voters.state_voter_id",)
"""What of the roll leaves with a list's rows."""


def release(
    *, home: Home, of: Member, import_id: str, purpose: str, to: Path, form: Form = "csv", by: Actor
) -> RowsFile:
    """The list's own rows with voter ids, at `to`: written aside, logged with its hash, then put in place."""
    by.require("raw", of)
    if purpose not in PURPOSES:
        raise Refusal("there is no such purpose", next_step=f"purposes: {', '.join(sorted(PURPOSES))}")
    if purpose == HYGIENE:
        raise no_rows(f"import {import_key(import_id)}")
    aside = to.with_name(f".{to.name}.part")
    try:
        file = import_output.write_rows(vault(home, of), import_key(import_id), aside, form)
        _receipt(home, of, import_key(import_id), purpose, file, by)
        aside.replace(to)
    finally:
        aside.unlink(missing_ok=True)
    return file


def _receipt(home: Home, of: Member, import_id: str, purpose: str, file: RowsFile, by: Actor) -> None:
    ensure_fresh(home)
    seen = {"columns": list(COLUMNS), "snapshot": str(file.snapshot), "rows": str(file.rows)}
    asked = {"import": import_id, "asked_by": by.label}
    salts = [secrets.token_bytes(leaves.SALT_BYTES) for _ in (seen, asked)]
    with transaction.atomic():
        row = journal.record(
            log=of.key,
            type="export.intent",
            keys={
                "purpose": purpose,
                "mode": "export",
                "columns": list(COLUMNS),
                "snapshot": str(file.snapshot),
                "dataset": f"urn:commonroll:dataset:{of.key}",
                "rows": str(file.rows),
                "file": digest_text(bytes.fromhex(file.sha256)),
                "detail": leaves.commit(seen, salts[0]),
                "strategy": leaves.commit(asked, salts[1]),
            },
            owner=of.key,
            rows=file.rows,
            sealed_shared=leaves.seal(seen, salts[0], [of.reader]),
            sealed_strategy=leaves.seal(asked, salts[1], [of.reader]),
        )
    DatabaseReceipts(home=home, viewer=of, by=by).cover([row.pk])
