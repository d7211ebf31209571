"""What a member's own words for how a call ended mean: one closed list of endings for all members.

Kept as what a member means by a question is: in versions, the newest counts. A word that is said here goes
before what words usually mean (`field.calls`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field.calls import ENDINGS, plain
from commonroll.server import journal
from commonroll.server.actions import vocabulary
from commonroll.server.actor import Actor
from commonroll.server.models import Member, VocabularyMap
from commonroll.server.models.vocabulary import RESULTS

MOST, LONGEST = 200, 40

_A_NUMBER = re.compile(r"(\d\D?){6}|@")
"""A telephone number or an e-mail address is nobody's word for how a call ended."""


def own(member: Member) -> dict[str, str]:
    """A member's own words, plain (`field.calls.plain`), and the ending that each means."""
    return _read(vocabulary.mapping(member=member, code=RESULTS))


def _read(row: VocabularyMap | None) -> dict[str, str]:
    return {word: ending for _, word, ending in vocabulary.pairs_of(row) if ending in ENDINGS}


@transaction.atomic
def mean(*, member: Member, given: Mapping[str, str], by: Actor) -> VocabularyMap | None:
    """Say what words mean, beside what is said already; a word whose ending is empty means nothing any more.

    Returns the version that counts, None where nothing was ever said. Raises Refusal for too many words, for
    what is no word, and for an ending that there is none of.
    """
    by.require("answers", member)
    last = vocabulary.mapping(member=member, code=RESULTS)
    held = _read(last)
    for n, (text, ending) in enumerate(given.items(), 1):
        word = _word(text, n)
        if ending and ending not in ENDINGS:
            raise Refusal(
                "There is no such ending.", where=f"word {n}", next_step=f"Endings: {', '.join(ENDINGS)}."
            )
        held[word] = ending
    return _keep(member, {word: ending for word, ending in held.items() if ending}, last, by)


@transaction.atomic
def back_to(*, member: Member, version: int, by: Actor) -> VocabularyMap | None:
    """Let words mean what they did in a version before."""
    by.require("answers", member)
    rows = vocabulary.history(member=member, code=RESULTS)
    found = next((row for row in rows if row.version == version), None)
    if found is None:
        raise Refusal("There is no such version.", next_step="See the page Vocabulary.")
    return _keep(member, _read(found), rows[0], by)


def _keep(
    member: Member, words: Mapping[str, str], last: VocabularyMap | None, by: Actor
) -> VocabularyMap | None:
    if words == _read(last):
        return last
    if len(words) > MOST:
        raise Refusal(f"These are more than {MOST} words.", next_step="Take out those you do not use.")
    made = VocabularyMap.objects.create(
        member=member, standard=RESULTS, version=last.version + 1 if last else 1,
        pairs=[["", word, ending] for word, ending in sorted(words.items())], by=by.label, at=timezone.now(),
    )  # fmt: skip
    said = {"question": RESULTS, "version": str(made.version), "pairs": made.pairs}
    journal.operator(member, "vocabulary.mapped", said)
    return made


def _word(text: str, n: int) -> str:
    found = plain(text)
    if not found or len(found) > LONGEST or not found.isprintable() or _A_NUMBER.search(found):
        raise Refusal(
            f"A word is 1 to {LONGEST} characters, and no number or address of a person.",
            where=f"word {n}", next_step="Choose the column that says how it ended.",
        )  # fmt: skip
    return found
