"""Traces of leaked files: whose copies they were made of, with a report whose hash stands in the log."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.vault import scores
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying, journal, members
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.marking import committed
from commonroll.server.models import Agreement, Journal, Member
from commonroll.tracing import report
from commonroll.tracing.held import Held, Scored
from commonroll.tracing.keys import MarkKeys
from commonroll.tracing.trace import trace
from commonroll.views.pseudonyms import agreement_key


@dataclass(frozen=True)
class Made:
    """A report as a document, its bytes, and their SHA-256 as the log has it."""

    document: dict[str, Any]
    content: bytes
    sha256: str


def held_of(home: Home, owner: Member) -> Held:
    """What an owner traces with: every load of its scores, decoys, keys, and everybody it ever gave to."""
    vault = Vault(home.vaults, owner.key)
    snapshot = vault.current()
    if snapshot is None:
        raise Refusal("no roll was loaded, so nothing can be matched", next_step="load a delivery first")
    given = Journal.objects.filter(owner=owner.key).exclude(recipient="").order_by()
    recipients = set(given.values_list("recipient", flat=True).distinct()) & members.every().keys()
    keys = [key for key in MarkKeys(vault.path).every() if key.commitment in committed(owner.key)]
    texts = Agreement.objects.filter(owner=owner).values_list("urn", flat=True)
    return Held(
        member=owner.key,
        state=owner.state,
        voters=vault.files(snapshot, "voters"),
        as_of=timezone.localdate(),
        keys=keys,
        recipients=sorted(recipients - {owner.key}),
        scored=[Scored(score, path) for path, score in scores.every(vault.path).items()],
        decoys=decoying.register_of(vault.path),
        pseudonyms={urn: agreement_key(home.reference_secret(), urn) for urn in texts},
    )


def make(*, home: Home, owner: Member, file: Path, open_keys: bool = False, by: Actor) -> Made:
    """Trace a file and note the report's hash in the owner's log; keys that it opens are burnt first.

    A key that the log did not commit to proves nothing and is not used. Raises Refusal for a file that is no
    table of rows.
    """
    by.require("raw", owner)
    held = held_of(home, owner)
    with tempfile.TemporaryDirectory(dir=home.tmp, prefix="trace-") as work:
        found = trace(file, held, Path(work))
    document = report.document(
        found, held.keys, owner=owner.key, at=f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}", opened=open_keys
    )
    if open_keys:
        _burn(home, owner, [key["name"] for key in document["keys"]])
    content = report.as_json(document)
    sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        journal.operator(owner, "trace.made", {"report": sha256, "file": found.leak.sha256, "by": by.label})
    return Made(document, content, sha256)


def _burn(home: Home, owner: Member, names: list[str]) -> None:
    keys = MarkKeys(home.vaults / owner.key)
    for name in names:
        keys.burn(name)
        with transaction.atomic():
            journal.operator(owner, "mark-key.opened", {"key": name})
