"""The words by which a universe asks what is claimed of a voter: `fact('owns_home')` and its kind.

They are fields without a column of their own: any attribute's code makes one. Only a reader's own rows have
them (docs/adr/0060).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from commonroll.roll.schema import COLUMNS
from commonroll.views.derived import VISIBLE, Visible


@dataclass(frozen=True)
class FactWord:
    """A word before an attribute in parentheses, and the column of `facts` that it shows of the best."""

    name: str
    column: str
    meaning: str

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
        FactWord("fact_kind", "facts.kind", "how that claim came: told, seen, bought or guessed"),
    )
}

ATTRIBUTE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_NAME = re.compile(rf"({'|'.join(FACT_WORDS)})\(\s*'({ATTRIBUTE.pattern})'\s*\)")

_CLEANING = re.compile(
    r"(^|[_.-])(moved?|mover|deceased|died|dead|death|duplicates?|dropped|purged?|challenged?|match(ed|es)?|ncoa"
    r"|not[_.-]?home|vacant|undeliverable|returned[_.-]mail|ineligible|non[_.-]?citizen)([_.-]|$)"
)
"""Attributes of list hygiene: who is said to be gone, double or not at home."""

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
    def cleans(self) -> bool:
        """Whether it says who is gone, double or not at home: counts and suppressions alone may ask that."""
        return _CLEANING.search(self.attribute) is not None

    @property
    def reaches(self) -> frozenset[str]:
        """Channels by which its value may reach a person, by the attribute's name."""
        ways = (ways for part, ways in _REACHING.items() if self.word == "fact" and part in self.attribute)
        return frozenset(channel for way in ways for channel in way)


def fact_field(word: str, attribute: str) -> FactField:
    """The field of an attribute's code; its name is how a universe and a list of columns write it."""
    said = FACT_WORDS[word]
    return FactField(
        f"{word}('{attribute}')", "text", COLUMNS[said.column].cls, (said.column, "facts.attribute"),
        said.values, said.meaning, word, attribute,
    )  # fmt: skip


def visible(name: str) -> Visible | None:
    """What a bare name means in a view; None where it means nothing."""
    found = _NAME.fullmatch(name)
    return fact_field(found[1], found[2]) if found else VISIBLE.get(name)


def field_of(name: str) -> Visible:
    """The same of a name that was read before; raises KeyError for one that means nothing."""
    found = visible(name)
    if found is None:
        raise KeyError(name)
    return found


def spoken(name: str) -> str:
    """A fact's field as people say it, `owns home`; empty for another name."""
    found = _NAME.fullmatch(name)
    if found is None:
        return ""
    attribute = found[2].replace("_", " ")
    return attribute if found[1] == "fact" else f"kind of {attribute}"


def shown(field: Visible) -> tuple[Visible, ...]:
    """What stands in an output for a field: a fact never without its kind."""
    if isinstance(field, FactField) and field.word == "fact":
        return field, fact_field("fact_kind", field.attribute)
    return (field,)
