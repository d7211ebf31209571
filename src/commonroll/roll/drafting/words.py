"""The dictionary of a draft: what the known layouts call a column, and what their codes mean.

No list of our own: whatever a layout of any state says is a word here, and a draft names the layouts that
say so.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from ..layout.cells import ANY_OTHER, folded_text
from ..layout.layout import Layout
from ..layout.shape import Role
from ..recognition.headers import plain_name

ALIKE = 0.86
"""Least likeness of two names (difflib's ratio) that is worth a guess."""

KNOWN_VERBS = ("column", "join", "call", "pad")
"""Verbs that say enough without a look at the layout they come from."""

BEGINS = 3
"""Letters that an abbreviated word has at least."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_NO_LETTERS = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Use:
    """What a layout does with a column: `field` of the roll, or `district` type and whether its name.

    `at` and `of`: the place among the columns that are read together, from 0, and how many they are.
    """

    field: str = ""
    district: str = ""
    named: bool = False
    verb: str = "column"
    call: str = ""
    at: int = 0
    of: int = 1


@dataclass(frozen=True)
class Said:
    """What layouts do with columns of one name: uses, by the layouts' keys; `ignored`: key to the reason."""

    uses: Mapping[frozenset[Use], tuple[str, ...]]
    ignored: Mapping[str, str]

    @property
    def most(self) -> tuple[frozenset[Use], tuple[str, ...]]:
        """What most layouts that use it do with it, and these."""
        return max(self.uses.items(), key=lambda pair: len(pair[1]), default=(frozenset(), ()))


def letters(name: str) -> str:
    """A name without what does not count: case, blanks, signs."""
    return _NO_LETTERS.sub("", plain_name(name).casefold())


def parts(name: str) -> tuple[str, ...]:
    """The words of a name: "RegZip" and "REG_ZIP" have two."""
    return tuple(word.casefold() for word in _WORDS.findall(name))


def abbreviates(short: Sequence[str], full: Sequence[str]) -> bool:
    """Whether each word begins as the other's: "Cong Dist" and "Congressional District".

    A short word at the end of one of them does not count: "SEX_CD" and "Sex".
    """
    if abs(len(short) - len(full)) == 1:
        longer, shorter = (short, full) if len(short) > len(full) else (full, short)
        return len(longer[-1]) <= BEGINS and longer[-1].isalpha() and abbreviates(longer[:-1], shorter)
    return len(short) == len(full) > 0 and all(
        min(len(one), len(other)) >= BEGINS and (one.startswith(other) or other.startswith(one))
        for one, other in zip(short, full, strict=True)
    )


class Words:
    """The words of some layouts, for files of one role."""

    def __init__(self, layouts: Iterable[Layout], role: Role) -> None:
        self.layouts = [one for one in layouts if one.role == role]
        uses: dict[str, dict[frozenset[Use], list[str]]] = defaultdict(lambda: defaultdict(list))
        ignored: dict[str, dict[str, str]] = defaultdict(dict)
        for one in self.layouts:
            mine = _uses(one)
            for name, column in (*((c, c) for c in one.order), *one.headers.items()):
                if column in mine:
                    uses[letters(name)][frozenset(mine[column])].append(one.key)
                elif column in one.ignore:
                    ignored[letters(name)].setdefault(one.key, one.ignore[column])
        names = {*uses, *ignored} - {""}
        self.said = {
            name: Said({use: tuple(dict.fromkeys(keys)) for use, keys in uses[name].items()}, ignored[name])
            for name in sorted(names)
        }
        self._names = list(self.said)
        spelt = sorted({name for one in self.layouts for name in (*one.order, *one.headers)})
        self._parts = [(parts(name), letters(name)) for name in spelt if letters(name) in self.said]

    def of(self, name: str) -> Said | None:
        """What is said of columns of exactly this name."""
        return self.said.get(letters(name))

    def alike(self, name: str) -> tuple[str, Said] | None:
        """The name that it abbreviates, or else the most alike, where one is alike enough."""
        mine = parts(name)
        short = [known for words, known in self._parts if abbreviates(mine, words)]
        if short:
            found = max(short, key=lambda known: len(self.said[known].most[1]))
            return found, self.said[found]
        close = get_close_matches(letters(name), self._names, n=1, cutoff=ALIKE)
        return (close[0], self.said[close[0]]) if close else None

    def known(self, names: Iterable[str]) -> int:
        """How many of the names some layout has."""
        return sum(letters(name) in self.said for name in names)


def _uses(one: Layout) -> Mapping[str, list[Use]]:
    found: dict[str, list[Use]] = defaultdict(list)
    for field, source in one.columns.items():
        if source.verb in KNOWN_VERBS and source.then is None:
            columns = source.columns[:-1] if source.fallback else source.columns
            for at, column in enumerate(columns):
                verb = "column" if len(columns) == 1 and source.verb == "join" else source.verb
                use = Use(field, verb=verb, call=source.call or "", at=at, of=len(columns))
                found[column].append(use)
    for kind, many in one.districts.items():
        for district in many:
            if district.source.verb == "column":
                found[district.id].append(Use(district=kind))
            if district.name:
                found[district.name].append(Use(district=kind, named=True))
    return found


def meanings(layouts: Iterable[Layout], field: str) -> Mapping[str, Counter[str]]:
    """Code without case and spaces -> the roll's value -> layouts that say so."""
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for one in layouts:
        for code, value in _codes(one, field):
            if code and code != ANY_OTHER:
                found[folded_text(code)][value] += 1
    return found


ELECTION_WORDS = {"type": "election_type", "method": "method", "party": "party_voted"}
"""Attributes of [unpivot] and the fields of history files that are coded alike."""


def _codes(one: Layout, field: str) -> Iterator[tuple[str, str]]:
    yield from one.codes.get(field, {}).items()
    for attribute, alike in ELECTION_WORDS.items():
        if field == alike and one.unpivot is not None:
            yield from one.unpivot.codes.get(attribute, {}).items()


def named_in(keys: Sequence[str]) -> str:
    """Some layouts, as a comment names them."""
    rest = f" and {len(keys) - 2} more" if len(keys) > 2 else ""
    return ", ".join(keys[:2]) + rest
