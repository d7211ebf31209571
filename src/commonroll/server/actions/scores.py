"""Scores: what members' models guess of voters. A load counts once it is approved, until the next one does.

A score is modelled and stays apart from answers: of the own roll it is a fact of the kind guessed, of others'
voters it stays with the member. What was told or seen of a voter goes before it (`views.claims`).
"""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight import scores as files
from commonroll.insight import shared_scores
from commonroll.insight.facts import attribute_code
from commonroll.insight.import_list import imports_of, withdraw
from commonroll.roll.schema import IMPORTS
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal
from commonroll.server.actions.score_places import imported, own, stand
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import FileJob, Member, Score, ScoreUpdate

State = ScoreUpdate.State
MOVES: dict[str, tuple[str, ...]] = {
    State.PENDING: (State.APPROVED, State.DISAPPROVED, State.CANCELED),
    State.APPROVED: (State.DISAPPROVED, State.PENDING, State.CANCELED),
    State.DISAPPROVED: (State.APPROVED, State.PENDING, State.CANCELED),
}
"""State of a load -> those that it may go to. An approved one is completed at once, and stays so."""


@transaction.atomic
def make(
    *, of: Member, name: str, least: float, most: float, short: str = "", description: str = "", by: Actor
) -> Score:
    """A new score, whose values lie from `least` to `most`."""
    by.require("answers", of)
    code = attribute_code(f"score {name}")
    if code in ("", "score") or not least < most:
        raise Refusal("a score has a name and a range", next_step="write a name, and a least below the most")
    if Score.objects.filter(member=of, code=code).exists():
        raise Refusal("there is a score of this name already", next_step="choose another name")
    return Score.objects.create(
        member=of, code=code, name=name.strip()[:120], short_name=(short or name).strip()[:20],
        description=description[:1000], least=least, most=most, by=by.label,
    )  # fmt: skip


# Loaded


def load(*, home: Home, score: Score, job: FileJob, rows: pa.Table, total: int) -> ScoreUpdate:
    """Note a load that waits for approval: `rows` are line, owner, state_voter_id, said; `total` those of the
    file."""
    name = f"{uuid.uuid4().hex}.parquet"
    counts = files.loaded(rows, least=score.least, most=score.most, to=home.scores / name)
    aside = home.tmp / name
    try:
        changes = files.merged(home.scores / name, _file(home, standing(score)), aside)
    finally:
        aside.unlink(missing_ok=True)
    matched = counts["matchedRows"]
    percent = round(100 * matched / total, 2) if total else 0.0
    statistics = {"totalRows": total, "matchPercent": percent} | counts | changes
    return ScoreUpdate.objects.create(score=score, job=job, loaded=name, statistics=statistics)


def standing(score: Score) -> ScoreUpdate | None:
    """The load that counts."""
    return ScoreUpdate.objects.filter(score=score, state=State.COMPLETED).order_by("processed_at").last()


def _file(home: Home, update: ScoreUpdate | None) -> Path | None:
    return home.scores / update.file if update else None


def near(update: ScoreUpdate, average: float | None, tolerance: float | None) -> bool:
    """Whether the mean of a load is as near to what was expected as was said."""
    found = update.statistics["averageValue"]
    if average is None or found is None:
        return False
    allowed = 0.0 if tolerance is None else tolerance
    return bool(abs(found - average) <= allowed * (update.score.most - update.score.least))


# Approved


def move(*, update: ScoreUpdate, to: str, by: str) -> ScoreUpdate:
    """Bring a load into another state; one that is approved is then to be completed."""
    if to not in MOVES.get(update.state, ()):
        allowed = ", ".join(MOVES.get(update.state, ())) or "none: it is over"
        raise Refusal(
            f"a load that is {update.state} does not become {to}", where="loadStatus", next_step=allowed
        )
    update.state, update.said_by = State(to), by[:200]
    update.save()
    return update


def complete(home: Home, update: ScoreUpdate) -> None:
    """Let an approved load count from now on."""
    if update.state != State.APPROVED:
        return
    score, name = update.score, f"{uuid.uuid4().hex}.parquet"
    before = standing(score)
    changes = files.merged(home.scores / update.loaded, _file(home, before), home.scores / name)
    update.statistics |= changes
    update.file, update.state, update.processed_at = name, State.COMPLETED, timezone.now()
    if score.member.state:
        stand(home, update, own(update), own(before).key if before else "")
    with transaction.atomic():
        journal.operator(score.member, "score.loaded", {"score": score.code, "load": str(update.pk)})
        update.save()


def withdraw_load(*, home: Home, of: Member, number: int, reason: str, by: Actor) -> ScoreUpdate:
    """Let a load that counts count no more; the one before counts again. For people, not programs."""
    by.require("load", of)
    update = (
        ScoreUpdate.objects.select_related("score__member", "job").filter(score__member=of, pk=number).first()
    )
    if update is None or standing(update.score) != update:
        raise Refusal("this is no load that counts now", next_step="give the number of the last one")
    if not reason.strip():
        raise Refusal("a load is withdrawn for a reason", next_step="write why")
    update.state, update.said_by = State.DISAPPROVED, by.label[:200]
    update.save()
    before = standing(update.score)
    if of.state:
        vault = Vault(home.vaults, of.key)
        key = own(update).key
        if any(one.import_id == key and one.stands for one in imports_of(vault)):
            withdraw(vault, key, by=by.label, reason=reason, now=timezone.now())
        if before is not None:
            place = own(before)
            rows = files.of_owner(home.scores / before.file, of.key, place.key).num_rows
            vault.append_events(IMPORTS.name, imported(before, rows, place))
        _share_again(home, update.score, before)
    with transaction.atomic():
        journal.operator(of, "score.withdrawn", {"score": update.score.code, "reason": reason.strip()})
    return update


def _share_again(home: Home, score: Score, before: ScoreUpdate | None) -> None:
    """The values of the load before count again, under the versions that they had."""
    vault = Vault(home.vaults, score.member.key)
    known = {} if before is None else {path.stem: path for path in shared_scores.every(vault.path)}
    last = [path for stem, path in known.items() if before and stem.endswith(own(before).key[:12])]
    shared_scores.withdraw(vault, score.code, last[0] if last else None)


def of_voters(home: Home, member: Member, owner: str, voters: list[str]) -> dict[str, list[dict[str, Any]]]:
    """Person.scores of some voters: scoreId, name and value of each score that counts."""
    found: dict[str, list[dict[str, Any]]] = {voter: [] for voter in voters}
    for score in Score.objects.filter(member=member):
        update = standing(score)
        values = files.values_of(home.scores / update.file, owner, voters) if update else {}
        for voter, value in values.items():
            found[voter].append({"scoreId": score.pk, "name": score.name, "value": value})
    return found
