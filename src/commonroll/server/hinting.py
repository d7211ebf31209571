"""How an extract is written for its recipient alone: weak hints, under keys in the owner's log."""

from __future__ import annotations

import json
from collections.abc import Mapping

from commonroll.agreements.profile import CARRIERS
from commonroll.server.home import Home
from commonroll.server.marking import ready_key
from commonroll.server.models import Extract, Journal, Lent, Member
from commonroll.tracing import hints
from commonroll.tracing.hints import Sent
from commonroll.views import score_words
from commonroll.views.hints import Hint
from commonroll.views.view import Plan


def of_extract(home: Home, extract: Extract, plan: Plan) -> Mapping[str, Hint]:
    """Of each owner in an extract but its viewer: the order of its rows, the form of its scores."""
    year = f"{extract.started_at or extract.created_at:%Y}"
    scores = _scores(plan.question.columns)
    return {
        owner: hints.given(ready_key(home, owner, year), extract.viewer.key, str(extract.pk), scores)
        for owner in plan.owners
        if owner != extract.viewer.key
    }


def _scores(columns: list[str] | tuple[str, ...]) -> dict[str, str]:
    """Columns that are a score's, as a file has them, and the score's code."""
    return {field.name: field.score for name in columns if (field := score_words.named(name))}


def sent(owner: Member) -> list[Sent]:
    """Extracts with an owner's rows that its log says left: files of rows, no mail and no audience."""
    left = Journal.objects.filter(log=owner.key, type="export.intent").values_list("leaf", flat=True)
    known = {json.loads(bytes(leaf)).get("file") for leaf in left.iterator()}
    lent = Lent.objects.filter(agreement__owner=owner).exclude(purpose__in=CARRIERS)
    rows = lent.values_list("agreement__recipient__key", "extract", "begun", "columns", "file")
    return [
        Sent(recipient, str(extract), f"{begun:%Y-%m-%d}", tuple(sorted(_scores(columns).values())))
        for recipient, extract, begun, columns, file in rows
        if file in known
    ]
