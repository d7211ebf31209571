"""Which snapshots a member keeps: a preview, the removal that the log knows of first, and every load's."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.vault import retention
from commonroll.roll.vault.retention import Rule, Sweep
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal
from commonroll.server.actions.history import own_vault
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.logs import sequencer
from commonroll.server.models import ROWS_LEFT, Agreement, Journal, Member
from commonroll.server.receipts import COVER_SECONDS

log = logging.getLogger(__name__)
WAIT = 5.0
"""Seconds to wait for a load that has just ended."""


def rule(*, home: Home, of: Member, text: str = "") -> Rule:
    """The rule that `text` writes, or the one that the member's vault keeps to."""
    return retention.rule_of(text) if text.strip() else retention.rule_in_force(own_vault(home, of))


def preview(*, home: Home, of: Member, text: str = "", by: Actor) -> Sweep:
    """What a rule would remove now, and why the others stay; removes nothing."""
    by.require("read", of)
    asked = rule(home=home, of=of, text=text)
    return retention.preview(own_vault(home, of), asked, pinned=pinned(of), now=timezone.now())


def remove(*, home: Home, of: Member, text: str, always: bool = False, by: Actor) -> Sweep:
    """Remove what the rule does not keep; `always`: every load does the same from now on."""
    by.require("load", of)
    asked, held = rule(home=home, of=of, text=text), own_vault(home, of)
    if always:
        retention.keep_to(held, asked)
    return _sweep(home, of, held, asked, by.label, WAIT)


def tidy(home: Home, of: Member) -> None:
    """After a load: remove by the member's rule. What is in the way of it is the next load's to do."""
    held = Vault(home.vaults, of.key)
    try:
        _sweep(home, of, held, retention.rule_in_force(held), "the member's rule", 0)
    except Refusal as refusal:
        log.info("snapshots of %s were not swept: %s", of.key, refusal.what)


def _sweep(home: Home, of: Member, held: Vault, asked: Rule, label: str, wait: float) -> Sweep:
    return retention.sweep(
        held,
        asked,
        pinned=lambda: pinned(of),
        say=lambda found: _say(home, of, found, label),
        now=timezone.now(),
        wait=wait,
    )


def _say(home: Home, of: Member, found: Sweep, label: str) -> None:
    """Write the leaf and wait for the checkpoint that covers it: files go only after that."""
    said = {
        "rule": str(found.rule),
        "snapshots": [str(one.number) for one in found.goes],
        "freed": str(found.freed),
        "by": label,
    }
    with transaction.atomic():
        row = journal.operator(of, "snapshot.removed", said)
    sequencer(home).wait(of.key, row.pk, COVER_SECONDS)


def pinned(of: Member) -> Mapping[int, str]:
    """Snapshots that an extract under an agreement which has not ended was cut from, with the agreement."""
    now = timezone.now()
    ended = Agreement.objects.filter(owner=of, events__effective__lte=now)
    open_ = Agreement.objects.filter(owner=of, until__gt=now).exclude(pk__in=ended.values("pk"))
    numbers = {one.urn: one.number for one in open_}
    cut = Journal.objects.filter(log=of.key, type__in=ROWS_LEFT, agreement__in=numbers).order_by("-pk")
    return {
        int(
            json.loads(bytes(row.leaf))["snapshot"]
        ): f"agreement {numbers[row.agreement]} has an extract of it"
        for row in cut.iterator()
    }
