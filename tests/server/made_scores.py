"""A score of a member's model, and loads of it as programs bring them."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
from world import MACHINE, World

from commonroll.server.actions import scores
from commonroll.server.models import FileJob, Member, Score, ScoreUpdate

State = ScoreUpdate.State


def score_of(member: Member, name: str = "Turnout") -> Score:
    return scores.make(of=member, name=name, least=0, most=100, by=MACHINE)


def loaded(world: World, score: Score, owner: str, values: Mapping[str, float]) -> ScoreUpdate:
    """A load of an owner's voters that counts."""
    job = FileJob.objects.create(member=score.member, purpose="gotv", kind="load", base="x", by="a program")
    said = [{"line": n, "owner": owner, "state_voter_id": voter, "said": str(value)}
            for n, (voter, value) in enumerate(values.items(), 2)]  # fmt: skip
    update = scores.load(
        home=world.home, score=score, job=job, rows=pa.Table.from_pylist(said), total=len(said)
    )
    scores.complete(world.home, scores.move(update=update, to=State.APPROVED, by="a person"))
    return update
