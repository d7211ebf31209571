"""The charter's rule on disputes: read for every question, so kept until it changes (`turns`)."""

from __future__ import annotations

from commonroll.server import turns
from commonroll.server.models import DisputeRule
from commonroll.transparency.escrow import Arbiter, Rule


def in_force() -> Rule | None:
    """The rule; none where the charter has none."""
    return turns.kept("dispute rule", _read)


def _read() -> Rule | None:
    row = DisputeRule.objects.filter(until=None).last()
    return None if row is None else of_row(row)


def of_row(row: DisputeRule) -> Rule:
    return Rule(row.threshold, tuple(Arbiter(**one) for one in row.arbiters))


def by_hash() -> dict[str, Rule]:
    """Every rule that there was."""
    return {row.hash: of_row(row) for row in DisputeRule.objects.all()}
