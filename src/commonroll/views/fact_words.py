"""The words by which a universe asks what is claimed of a voter or household: `fact('owns_home')`, its kind.

They are fields without a column of their own: any attribute's code makes one. Only a reader's own rows have
them (docs/adr/0060).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from commonroll.roll.schema import COLUMNS
from commonroll.views import ballot_words, score_words
from commonroll.views.cleaning import cleans
from commonroll.views.derived import VISIBLE, Kind, Visible

Subject = Literal["voter", "household"]


@dataclass(frozen=True)
class FactWord:
    """A word before an attribute in parentheses: whose claim it means, which column of `facts` it shows. A
    number is a value that reads as one."""

    name: str
    column: str
    meaning: str
    of: Subject = "voter"
    kind: Kind = "text"

    @property
    def usage(self) -> str:
        return f"{self.name}('attribute')"

    @property
    def values(self) -> tuple[str, ...] | None:
        return COLUMNS[self.column].values


FACT_WORDS: Mapping[str, FactWord] = {
    word.name: word
    for word in (
        FactWord("fact", "facts.value", "value of the claim that counts; an output has its kind beside it"),
        FactWord(
            "fact_number", "facts.value",
            "that value as a number; none where it is no number. `fact('score') > 50` is read as this",
            kind="number",
        ),
        FactWord("fact_kind", "facts.kind", "how that claim came: told, seen, bought or guessed"),
        FactWord(
            "household_fact", "facts.value",
            "value of the claim that counts about the household that the voter lives in; nobody's own",
            "household",
        ),
        FactWord(
            "household_fact_number", "facts.value", "that value as a number; none where it is no number",
            "household", "number",
        ),
        FactWord("household_fact_kind", "facts.kind", "how that claim came", "household"),
    )
}  # fmt: skip

ATTRIBUTE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_NAME = re.compile(rf"({'|'.join(FACT_WORDS)})\(\s*'({ATTRIBUTE.pattern})'\s*\)")

_REACHING: Mapping[str, tuple[str, ...]] = {
    "phone": ("phone", "text"), "mobile": ("phone", "text"), "cell": ("phone", "text"), "sms": ("text",),
    "tel": ("phone", "text"), "mail": ("mail", "email"), "address": ("door", "mail"),
    "residence": ("door", "mail"),
}  # fmt: skip


@dataclass(frozen=True)
class FactField(Visible):
    """A field of one attribute."""

    word: str
    attribute: str

    @property
    def of(self) -> Subject:
        """Whose claim it is."""
        return FACT_WORDS[self.word].of

    @property
    def is_value(self) -> bool:
        """Whether it shows what was claimed, as text or number; else it is the kind."""
        return FACT_WORDS[self.word].column == "facts.value"

    def as_number(self) -> FactField:
        """The same claim read as a number."""
        return fact_field(_word(self.of, "facts.value", "number"), self.attribute)

    def as_kind(self) -> FactField:
        """How the same claim came."""
        return fact_field(_word(self.of, "facts.kind", "text"), self.attribute)

    @property
    def cleans(self) -> bool:
        """Whether it says who is gone, double or not at home: counts and suppressions alone may ask that."""
        return cleans(self.attribute)

    @property
    def reaches(self) -> frozenset[str]:
        """Channels by which its value may reach a person, by the attribute's name."""
        ways = (ways for part, ways in _REACHING.items() if self.is_value and part in self.attribute)
        return frozenset(channel for way in ways for channel in way)


def fact_field(word: str, attribute: str) -> FactField:
    """The field of an attribute's code; its name is how a universe and a list of columns write it."""
    said = FACT_WORDS[word]
    whose = ("facts.household_id",) if said.of == "household" else ()
    return FactField(
        f"{word}('{attribute}')", said.kind, COLUMNS[said.column].cls,
        (said.column, "facts.attribute", *whose), said.values, said.meaning, word, attribute,
    )  # fmt: skip


def _word(of: Subject, column: str, kind: Kind) -> str:
    return next(w.name for w in FACT_WORDS.values() if (w.of, w.column, w.kind) == (of, column, kind))


def visible(name: str) -> Visible | None:
    """What a bare name means in a view; None where it means nothing."""
    found = _NAME.fullmatch(name)
    if found:
        return fact_field(found[1], found[2])
    return ballot_words.named(name) or score_words.named(name) or VISIBLE.get(name)


def field_of(name: str) -> Visible:
    """The same of a name that was read before; raises KeyError for one that means nothing."""
    found = visible(name)
    if found is None:
        raise KeyError(name)
    return found


def spoken(name: str) -> str:
    """A fact's or ballot's field as people say it, `owns home`; empty for another name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return ballot_words.spoken(name) or score_words.spoken(name)
    word, attribute = FACT_WORDS[found[1]], found[2].replace("_", " ")
    said = f"{attribute} of the household" if word.of == "household" else attribute
    if word.column == "facts.kind":
        return f"kind of {said}"
    return f"{said} (a number)" if word.kind == "number" else said


def shown(field: Visible) -> tuple[Visible, ...]:
    """What stands in an output for a field: a fact never without its kind."""
    if isinstance(field, FactField) and field.is_value:
        return field, field.as_kind()
    return (field,)
