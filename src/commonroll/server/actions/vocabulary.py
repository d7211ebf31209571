"""The federation's questions and what each member's own answers are by them.

Those who run the federation name the questions; nobody but a member says what of its own is meant. Neither
changes an answer: only how answers add up.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field.standard import Pair, Standard, follows, pairs, standard
from commonroll.server import journal
from commonroll.server.actions.canvassing import MARKED
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.actions.officers import is_officer
from commonroll.server.actor import Actor, Unknown
from commonroll.server.models import (
    ActivistCode,
    Member,
    StandardQuestion,
    SurveyAnswer,
    SurveyQuestion,
    VocabularyMap,
)
from commonroll.transparency import leaves


def read(row: StandardQuestion) -> Standard:
    """A kept question as `field.standard` has it."""
    answers = tuple((one["answer"], one["name"]) for one in row.answers)
    return Standard(row.code, row.name, row.kind, answers)


def newest(*, retired: bool = False) -> list[StandardQuestion]:
    """The newest version of each question of the federation, by code; those in use alone unless said."""
    found: dict[str, StandardQuestion] = {}
    for row in StandardQuestion.objects.order_by("code", "-version"):
        found.setdefault(row.code, row)
    return [row for row in found.values() if retired or not row.retired]


def question(code: str) -> StandardQuestion:
    """The newest version of one question."""
    found = StandardQuestion.objects.filter(code=code).order_by("-version").first()
    if found is None:
        raise Unknown("there is no such standard question", next_step="see `commonroll vocabulary list`")
    return found


@transaction.atomic
def name(
    *,
    code: str,
    title: str,
    kind: str,
    answers: Sequence[Sequence[str]] = (),
    retired: bool = False,
    by: Actor,
) -> StandardQuestion:
    """Name a question of the federation, or its next version; the federation's log has it."""
    if by.key is not None or (by.user is not None and not is_officer(by.user)):
        raise Unknown("there is no such page", next_step="ask those who run the federation")
    asked = standard(code=code, name=title, kind=kind, answers=answers)
    last = StandardQuestion.objects.select_for_update().filter(code=code).order_by("-version").first()
    if last is not None:
        follows(asked, read(last))
        if read(last) == asked and last.retired == retired:
            raise Refusal(
                "This is how the question stands.",
                where=f"the question {code}",
                next_step="Nothing is to do.",
            )
    made = StandardQuestion.objects.create(
        code=asked.code, version=last.version + 1 if last else 1, name=asked.name, kind=asked.kind,
        answers=[{"answer": word, "name": text} for word, text in asked.answers], retired=retired,
        by=by.label, at=timezone.now(),
    )  # fmt: skip
    said = {name: text for name, text in as_dict(made).items() if name not in ("version", "retired")}
    said |= {"version": str(made.version), "retired": "yes" if retired else "no"}
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    readers = sorted(set(Member.objects.filter(left_at=None).values_list("reader", flat=True)))
    journal.record(
        log=FEDERATION_LOG,
        type="operator",
        keys={"action": "vocabulary.named", "detail": leaves.commit(said, salt)},
        owner=FEDERATION_LOG,
        sealed_shared=leaves.seal(said, salt, readers),
    )
    return made


def as_dict(row: StandardQuestion) -> dict[str, Any]:
    """A version as one JSON document."""
    return {
        "question": row.code,
        "version": row.version,
        "name": row.name,
        "kind": row.kind,
        "answers": row.answers,
        "retired": row.retired,
    }


# A member's own words


@dataclass(frozen=True)
class Own:
    """An answer that a member keeps: its question's code and name, its word and name."""

    question: str
    question_name: str
    answer: str
    answer_name: str


def own(member: Member) -> list[Own]:
    """Every answer of a member's questions and activist codes, by question."""
    rows = SurveyAnswer.objects.filter(question__member=member).select_related("question")
    found = [
        Own(one.question.code, one.question.name, one.answer, one.name)
        for one in rows.order_by("question__name", "pk")
    ]
    codes = ActivistCode.objects.filter(member=member).order_by("name")
    return found + [Own(one.code, one.name, MARKED, "marked") for one in codes]


def mapping(*, member: Member, code: str) -> VocabularyMap | None:
    """What a member means by a question, as it counts now."""
    return VocabularyMap.objects.filter(member=member, standard=code).order_by("-version").first()


@transaction.atomic
def mean(*, member: Member, code: str, given: Iterable[Sequence[str]], by: Actor) -> VocabularyMap:
    """Say which answers of a member's a standard question means; the version before stays in the history."""
    by.require("answers", member)
    meant = pairs([tuple(one) for one in given], read(question(code)))
    known = {(one.question, one.answer) for one in own(member)}
    lost = [(q, a) for q, a, _ in meant if (q, a) not in known]
    if lost:
        raise Refusal(
            f"{len(lost)} of the answers are none that {member.name} asks for.",
            where=f"what is meant by {code}",
            next_step="Name questions and answers as `commonroll vocabulary own` lists them.",
        )
    last = mapping(member=member, code=code)
    if last is not None and [tuple(one) for one in last.pairs] == list(meant):
        return last
    made = VocabularyMap.objects.create(
        member=member, standard=code, version=last.version + 1 if last else 1,
        pairs=[list(one) for one in meant], by=by.label, at=timezone.now(),
    )  # fmt: skip
    journal.operator(
        member, "vocabulary.mapped", {"question": code, "version": str(made.version), "pairs": made.pairs}
    )
    return made


Asked = tuple[str, str, list[tuple[str, str]]]
"""A question of a member: its code, its name, and each answer's word and name."""


def own_question(*, member: Member, code: str) -> Asked:
    """One of the member's questions with the answers that it offers."""
    row = SurveyQuestion.objects.filter(member=member, code=code).first()
    if row is None:
        raise Unknown("there is no such question", next_step="see the page Vocabulary")
    offered = SurveyAnswer.objects.filter(question=row, retired=False).values_list("answer", "name")
    return row.code, row.name, list(offered)


@transaction.atomic
def ours(*, member: Member, row: StandardQuestion, by: Actor) -> Asked:
    """The member's own question that a standard question means; where there is none, it is asked from now on
    as the federation has it, and means just that."""
    by.require("answers", member)
    meant = pairs_of(mapping(member=member, code=row.code))
    known = set(SurveyQuestion.objects.filter(member=member).values_list("code", flat=True))
    own_code = next((question for question, _, _ in meant if question in known), None)
    if own_code is not None:
        return own_question(member=member, code=own_code)
    asked = read(row)
    code = next(
        c for n in range(1, 10_000) if (c := asked.code if n == 1 else f"{asked.code}-{n}") not in known
    )
    made = SurveyQuestion.objects.create(
        member=member, code=code, name=asked.name, type="Script", by=by.label
    )
    SurveyAnswer.objects.bulk_create(
        SurveyAnswer(question=made, answer=word, name=text) for word, text in asked.answers
    )
    mean(
        member=member, code=row.code, by=by,
        given=[*meant, *((code, word, word) for word, _ in asked.answers)],
    )  # fmt: skip
    return code, asked.name, list(asked.answers)


def history(*, member: Member, code: str) -> list[VocabularyMap]:
    """Every version of what a member meant by a question, the newest first."""
    return list(VocabularyMap.objects.filter(member=member, standard=code).order_by("-version"))


def pairs_of(row: VocabularyMap | None) -> tuple[Pair, ...]:
    return tuple((one[0], one[1], one[2]) for one in row.pairs) if row else ()
