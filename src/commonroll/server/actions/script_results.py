"""What was answered by a script's version: people by answer, straight from what was recorded at doors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from commonroll.field import script as documents
from commonroll.server import field_facts
from commonroll.server.models import HandOut, ScriptVersion, Turf


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

    Turfs that share doors are folded as a whole: a later answer by another script takes the earlier one away.
    """
    name, member = field_facts.script_of(version.document), version.script.member
    given = HandOut.objects.filter(
        member=member, script__name=version.document["name"], script__version=version.number
    )
    asked = set(given.values_list("turf", flat=True))
    cuts = dict(Turf.objects.filter(cut__turfs__in=asked).values_list("pk", "cut"))
    for turfs in field_facts.sharing_doors(member, cuts):
        if asked.isdisjoint(turfs):
            continue
        for script, question, answered in field_facts.answers(turfs, cuts[turfs[0]]):
            if script == name:
                yield question, answered.answer
