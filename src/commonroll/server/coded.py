"""Every member's answers in the federation's words, for the engine that adds them up."""

from __future__ import annotations

from commonroll.server import wall
from commonroll.server.models import StandardQuestion, VocabularyMap
from commonroll.server.models.vocabulary import RESULTS
from commonroll.views.codes import Coded


@wall.node()
def coded() -> tuple[Coded, ...]:
    """What each member's newest mappings say. No reader is shown another member's codes."""
    several = set(StandardQuestion.objects.filter(kind="issue").values_list("code", flat=True))
    found: dict[tuple[int, str], VocabularyMap] = {}
    kept = VocabularyMap.objects.exclude(standard=RESULTS).select_related("member")
    rows = kept.order_by("member__key", "standard", "-version")
    for row in rows:
        found.setdefault((row.member_id, row.standard), row)
    return tuple(
        Coded(row.member.key, question, answer, row.standard, meant, row.standard in several)
        for row in found.values()
        for question, answer, meant in row.pairs
    )
