"""What was answered by a script's version: people by answer, straight from what was recorded at doors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from commonroll.field import script as documents
from commonroll.field.fold import fold
from commonroll.server import field_facts
from commonroll.server.models import FieldEvent, HandOut, ScriptVersion


@dataclass(frozen=True)
class Answered:
    """One question: how many people answered it, and each answer (word, text, people, per cent of them)."""

    id: str
    text: str
    people: int
    disputed: int
    answers: tuple[tuple[str, str, int, int], ...]


def of_version(version: ScriptVersion) -> tuple[Answered, ...]:
    """Each question in order; a person's last answer counts, and nobody's where it is disputed."""
    script = documents.parse(version.document)
    language = script.languages[0]
    counts: dict[str, Counter[str]] = {one.code: Counter() for one in script.questions}
    people, disputed = Counter[str](), Counter[str]()
    for code, answer in _counting(version):
        if code not in counts:
            continue
        if answer is None:
            disputed[code] += 1
            continue
        people[code] += 1
        counts[code].update(documents.taken_apart(answer))
    return tuple(
        Answered(
            one.id, script.said(one.text, language), people[one.code], disputed[one.code],
            tuple(
                (each.answer, script.said(each.text, language), counts[one.code][each.answer],
                 round(100 * counts[one.code][each.answer] / people[one.code]) if people[one.code] else 0)
                for each in one.answers
            ),
        )
        for one in script.questions
    )  # fmt: skip


def _counting(version: ScriptVersion) -> Iterator[tuple[str, str | None]]:
    """Question and answer of each person that answered by this version; None where two heard otherwise.

    A turf is folded as a whole: a later answer by another script takes the earlier one away.
    """
    name = field_facts.script_of(version.document)
    given = HandOut.objects.filter(
        member=version.script.member, script__name=version.document["name"], script__version=version.number
    )
    for turf in given.order_by().values_list("turf", flat=True).distinct():
        rows = FieldEvent.objects.filter(turf=turf, status=FieldEvent.Status.OK).select_related("hand_out")
        by = {str(row.event): field_facts.script_of(row.hand_out.script) for row in rows}
        for (_, question), answered in fold(field_facts.received(row) for row in rows).answers.items():
            if by[answered.event] == name:
                yield question, answered.answer
