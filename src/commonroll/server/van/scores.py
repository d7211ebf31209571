"""Scores and their loads: those of the key's member, modelled and never an answer."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponse

from commonroll.server import jobs
from commonroll.server.actions import scores
from commonroll.server.models import Score, ScoreUpdate
from commonroll.server.van.asked import Asked, all_paged, nothing, one
from commonroll.server.van.errors import Declined, not_found
from commonroll.server.van.file_jobs import instant
from commonroll.server.van.routes import serves

AT_ONCE = 100_000
"""Rows of a load that counts before the approval is answered; a larger one is completed by the worker."""

SAID = ("PendingApproval", "Approved", "Disapproved", "Canceled")
STATISTICS = (
    "totalRows", "duplicateRows", "matchedRows", "matchPercent", "increasedBy", "decreasedBy", "nulledOut",
    "added", "outOfRange", "badValues", "maxValue", "minValue", "averageValue", "medianValue",
)  # fmt: skip


def told(score: Score) -> dict[str, Any]:
    """A Score, a range; its origin says that it is modelled."""
    return {
        "scoreId": score.pk,
        "name": score.name,
        "shortName": score.short_name,
        "description": score.description,
        "scoreType": "Range",
        "minValue": score.least,
        "maxValue": score.most,
        "state": score.member.state or None,
        "origin": "modelled",
    }


def told_update(update: ScoreUpdate) -> dict[str, Any]:
    return {
        "scoreUpdateId": update.pk,
        "score": told(update.score),
        "updateStatistics": {name: update.statistics.get(name) for name in STATISTICS},
        "loadStatus": update.state,
        "dateProcessed": instant(update.processed_at),
    }


@serves("GET", "scores", act="count")
def all_scores(asked: Asked) -> HttpResponse:
    return all_paged(asked, [told(each) for each in _of(asked)])


@serves("GET", "scores/{id}", act="count")
def score(asked: Asked) -> HttpResponse:
    found = _of(asked).filter(pk=asked.id()).first()
    if found is None:
        raise not_found("There is no such score.")
    return one(told(found))


@serves("GET", "scores/{id}/committeeAccess", act="count")
def committees(asked: Asked) -> HttpResponse:
    """Whose scores they are: nobody else has them."""
    found = _of(asked).filter(pk=asked.id()).first()
    if found is None:
        raise not_found("There is no such score.")
    committee = {"committeeId": found.member.pk, "committeeName": found.member.name}
    return all_paged(asked, [committee])


def _of(asked: Asked) -> QuerySet[Score]:
    return Score.objects.filter(member=asked.key.member).select_related("member")


def _updates(asked: Asked) -> QuerySet[ScoreUpdate]:
    mine = ScoreUpdate.objects.filter(score__member=asked.key.member, job__purpose=asked.key.purpose)
    return mine.select_related("score__member", "job").order_by("pk")


@serves("GET", "scoreUpdates", act="count")
def updates(asked: Asked) -> HttpResponse:
    """Loads of scores, those of some time or of one score."""
    query, found = asked.query, _updates(asked)
    before, after = query.instant("createdBefore"), query.instant("createdAfter")
    of = query.integer("scoreId", least=1)
    if before is not None:
        found = found.filter(at__lt=before)
    if after is not None:
        found = found.filter(at__gt=after)
    if of is not None:
        found = found.filter(score=of)
    return all_paged(asked, [told_update(each) for each in found])


def _update(asked: Asked) -> ScoreUpdate:
    found = _updates(asked).filter(pk=asked.id()).first()
    if found is None:
        raise not_found("There is no such load of a score.")
    return found


@serves("GET", "scoreUpdates/{id}", act="count")
def update(asked: Asked) -> HttpResponse:
    return one(told_update(_update(asked)))


@serves("PATCH", "scoreUpdates/{id}", act="answers")
def approve(asked: Asked) -> HttpResponse:
    """Approve, disapprove or cancel a load."""
    found = _update(asked)
    to = asked.body.word("loadStatus", SAID)
    if not to:
        raise Declined(400, "'loadStatus' is required.", properties=("loadStatus",), hint=", ".join(SAID))
    scores.move(update=found, to=to, by=asked.by.label)
    if found.statistics["matchedRows"] <= AT_ONCE:
        scores.complete(settings.HOME, found)
    else:
        jobs.complete_score.enqueue(found.pk)
    return nothing()
