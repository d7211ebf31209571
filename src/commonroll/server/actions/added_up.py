"""Answers to the federation's questions added up over all members whose answers a reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from commonroll.errors import Refusal
from commonroll.identity.hygiene import SMALLEST
from commonroll.server.actions import questions, vocabulary
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member, StandardQuestion
from commonroll.views.view import Gap, NothingGranted


@dataclass(frozen=True)
class Line:
    """People whose last answer it is, by owner; None where they are fewer than SMALLEST and another's.

    `total` adds up what is shown."""

    answer: str
    name: str
    by_owner: Mapping[str, int | None]

    @property
    def total(self) -> int:
        return sum(n for n in self.by_owner.values() if n is not None)

    @property
    def few(self) -> int:
        """Owners with fewer people than are told."""
        return sum(n is None for n in self.by_owner.values())


@dataclass(frozen=True)
class Added:
    """One question's answers; `owners` are those that were asked, `gaps` who is not in it and why."""

    question: StandardQuestion
    purpose: str
    lines: tuple[Line, ...]
    owners: tuple[str, ...]
    gaps: tuple[Gap, ...]

    @property
    def total(self) -> int:
        return sum(line.total for line in self.lines)


def added_up(*, home: Home, viewer: Member, purpose: str, code: str, where: str = "", by: Actor) -> Added:
    """Count voters by their last answer to a question of the federation; each count has its receipts.

    An owner's own answers and the viewer's are counted, as agreements grant them, never a third member's.
    """
    by.require("count", viewer)
    row = vocabulary.question(code)
    asked = vocabulary.read(row)
    if not asked.answers:
        raise Refusal("The question has no answers.", where=code, next_step="Name them first.")
    lines: list[Line] = []
    owners: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    for word, text in asked.answers:
        condition = f"said('{asked.code}', '{word}')"
        condition = f"({where}) AND {condition}" if where.strip() else condition
        try:
            found = questions.count(home=home, viewer=viewer, purpose=purpose, where=condition, by=by)
        except NothingGranted as nothing:
            return Added(row, purpose, (), (), nothing.gaps)
        told = {key: _told(key, n, viewer) for key, n in sorted(found.by_owner.items())}
        lines.append(Line(word, text, told))
        owners, gaps = tuple(told), found.gaps
    return Added(row, purpose, tuple(lines), owners, gaps)


def _told(owner: str, n: int, viewer: Member) -> int | None:
    return n if n >= SMALLEST or owner == viewer.key else None


def as_dict(added: Added) -> dict[str, Any]:
    """As one JSON document; null is fewer than SMALLEST people of another member."""
    return {
        "question": added.question.code,
        "version": added.question.version,
        "name": added.question.name,
        "purpose": added.purpose,
        "total": added.total,
        "smallest": SMALLEST,
        "answers": [
            {"answer": line.answer, "name": line.name, "total": line.total, "by_owner": dict(line.by_owner)}
            for line in added.lines
        ],
        "gaps": [questions.gap_dict(gap) for gap in added.gaps],
    }
