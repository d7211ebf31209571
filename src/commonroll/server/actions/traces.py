"""Traces of leaked files: whose copies they were made of, with a report whose hash stands in the log."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.vault import scores
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying, hinting, journal, members, trace_evidence
from commonroll.server.actions import mark_keys
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
    """What an owner traces with: every load of its scores, decoys, keys, and everybody it ever gave to.

    Keys, and a register of decoys, to which its log did not commit prove nothing and are left out.
    """
    vault = Vault(home.vaults, owner.key)
    snapshot = vault.current()
    if snapshot is None:
        raise Refusal("no roll was loaded, so nothing can be matched", next_step="load a delivery first")
    given = Journal.objects.filter(owner=owner.key).exclude(recipient="").order_by()
    recipients = set(given.values_list("recipient", flat=True).distinct()) & members.every().keys()
    known = committed(owner.key)
    keys = [key for key in MarkKeys(vault.path).every() if key.commitment in known]
    register = decoying.register_of(vault.path)
    texts = Agreement.objects.filter(owner=owner).values_list("urn", flat=True)
    return Held(
        member=owner.key,
        state=owner.state,
        voters=vault.files(snapshot, "voters"),
        as_of=timezone.localdate(),
        keys=keys,
        recipients=sorted(recipients - {owner.key}),
        scored=[Scored(score, path) for path, score in scores.every(vault.path).items()],
        decoys=register if trace_evidence.register_stands(owner, register) else None,
        pseudonyms={urn: agreement_key(home.reference_secret(), urn) for urn in texts},
        sent=hinting.sent(owner),
    )


def _unused(home: Home, owner: Member, held: Held) -> list[str]:
    """In words what was not held against the file, since the log did not commit to it."""
    used = {key.name for key in held.keys}
    keys = [key.name for key in MarkKeys(home.vaults / owner.key).every() if key.name not in used]
    found = [f"Mark key {name} was not used: the log does not commit to it." for name in keys]
    if held.decoys is None and decoying.register_of(home.vaults / owner.key) is not None:
        found.append("Invented voters were not used: the log does not commit to this register of them.")
    return found


def make(
    *,
    home: Home,
    owner: Member,
    file: Path,
    open_keys: bool = False,
    seen_on: date | None = None,
    by: Actor,
) -> Made:
    """Trace a file and note the report's hash in the owner's log; keys that it opens are burnt first.

    `seen_on`: the day on which the file was seen outside. Nobody is accused whom the log does not say to have
    had a copy by then, under marks that it had committed to before. Raises Refusal for a file that is no
    table of rows.
    """
    by.require("raw", owner)
    held = held_of(home, owner)
    with tempfile.TemporaryDirectory(dir=home.tmp, prefix="trace-") as work:
        found = trace(file, held, Path(work))
    document = report.document(
        found, held.keys, owner=owner.key, at=f"{timezone.now():%Y-%m-%dT%H:%M:%SZ}", opened=open_keys,
        standings=trace_evidence.standings(owner, found, held, seen_on), unused=_unused(home, owner, held),
    )  # fmt: skip
    if open_keys:
        _burn(home, owner, [key["name"] for key in document["keys"]], by)
    content = report.as_json(document)
    sha256 = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        journal.operator(owner, "trace.made", {"report": sha256, "file": found.leak.sha256, "by": by.label})
    return Made(document, content, sha256)


def _burn(home: Home, owner: Member, names: list[str], by: Actor) -> None:
    for name in names:
        mark_keys.burn(home=home, owner=owner, name=name, why="shown in a report for a court", by=by)
