"""One pair in words: both registrations field by field, why it waits, the evidence in steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from commonroll.identity.side_by_side import HOME, Row, Seen
from commonroll.identity.verdicts import USUAL
from commonroll.server.templatetags.pages import moment

WHY: Mapping[str, str] = {
    "band": "What the two share speaks for one person, but not strongly enough to join them unseen.",
    "runner_up": "One of the two fits another registration nearly as well, so the best match is not clear.",
    "father_and_son": "One name at one address, but the births or suffixes differ or one is not known: "
    "it may be a parent and a child of the same name.",
    "twins": "One address and one birth date, but two first names: it may be twins.",
    "year_only_interstate": "The two are in different states and only a year of birth is known: too little "
    "to join them unseen.",
    "no_birth": "One of the two has no date of birth, so nothing tells people of one name apart.",
    "household": "The two live at one address, but it may be two people of one family.",
    "strangers": "A common name and one birth date in two states, and nothing else in common: such strangers "
    "are more frequent than one would think.",
    "crowded_key": "What the two share beyond the name is shared by many others: a dormitory, a switchboard, "
    "a stopgap date.",
    "contradicted": "People judged this pair in different ways. It stays apart until a further person looks.",
}
"""Why a pair waits, for whoever has to decide it."""

MEANS = {
    "same": "One person. From the next linking on, letters, calls and counts take the two for one. Both "
    "registrations stay on the roll.",
    "different": "Two people. They stay apart, and no later model joins them.",
    "unsure": "They stay apart. The pair does not come back to you, but to others.",
}
"""What each decision does."""

SAID = {"same": "one person", "different": "two people", "unsure": "unsure"}
STANDING = {
    "same": "judged one person",
    "different": "judged two people",
    "unsure": "nobody is sure",
    "contradicted": "judgements contradict each other",
    "waits": "waiting for a second person",
}
SIGNS = {"same": "=", "akin": "≈", "differs": "≠", "one": "○"}
ALIKE = {"same": "same", "akin": "in part", "differs": "differs", "one": "only one"}


def joined(row: Row | None, *columns: str) -> str:
    """The values of some columns as one line."""
    return " ".join(str(row[name]) for name in columns if row[name]) if row else ""


def born(row: Row) -> str:
    """What is known of a birth, as exact as it is known."""
    if row["birth_date"]:
        return moment(row["birth_date"])
    if row["birth_year"]:
        return f"in {row['birth_year']}"
    return f"age {row['age']}" if row["age"] is not None else ""


def name(row: Row) -> str:
    return joined(row, "first_name", "middle_name", "last_name", "name_suffix")


def address(seen: Seen) -> str:
    return joined(seen.row, *HOME[:2], "residence_city", "residence_zip5")


def _text(row: Row, column: str) -> str:
    value = row[column]
    return moment(value) if isinstance(value, date) else "" if value is None else str(value)


_SHOWN: Mapping[str, Callable[[Seen], str]] = {
    "First name": lambda seen: _text(seen.row, "first_name"),
    "Middle name": lambda seen: _text(seen.row, "middle_name"),
    "Last name": lambda seen: _text(seen.row, "last_name"),
    "Suffix": lambda seen: _text(seen.row, "name_suffix"),
    "Born": lambda seen: born(seen.row),
    "Sex": lambda seen: _text(seen.row, "sex"),
    "Address": address,
    "Lived before at": lambda seen: joined(seen.before, *HOME),
    "Mail goes to": lambda seen: joined(seen.row, "mail_line1", "mail_city", "mail_state", "mail_zip"),
    "Phone": lambda seen: _text(seen.row, "phone"),
    "E-mail": lambda seen: _text(seen.row, "email"),
    "County": lambda seen: _text(seen.row, "county_name"),
    "Registered": lambda seen: _text(seen.row, "registered_on"),
    "Status": lambda seen: _text(seen.row, "status"),
}
"""What is shown of a registration, in this order."""
_WHOLE = frozenset({"Born", "Registered", "Status", "Phone", "E-mail", "Sex", "County"})
"""Fields of which a part in common is no likeness."""


@dataclass(frozen=True)
class Field:
    """One line of the two records: `alike` is same, akin, differs, or one (known of one alone)."""

    label: str
    left: str
    right: str
    alike: str

    @property
    def sign(self) -> str:
        return SIGNS[self.alike]

    @property
    def word(self) -> str:
        return ALIKE[self.alike]


OF_A_ROLL = frozenset({"Sex", "Lived before at", "Mail goes to", "County", "Registered", "Status"})
"""Fields that a list seldom has."""


def fields(left: Seen, right: Seen, *, of_a_list: bool = False) -> list[Field]:
    """Both records line by line; what neither has is left out, beside a list's row (left) what it lacks."""
    found = []
    for label, text in _SHOWN.items():
        one, other = text(left), text(right)
        if one or (other and not (of_a_list and label in OF_A_ROLL)):
            found.append(Field(label, one, other, _alike(label, one, other)))
    return found


def _alike(label: str, one: str, other: str) -> str:
    if not (one and other):
        return "one"
    if one.upper() == other.upper():
        return "same"
    if label not in _WHOLE and _begins(one.upper(), other.upper()):
        return "akin"
    return "differs"


def _begins(one: str, other: str) -> bool:
    """One is how the other begins, or both share a whole word of three letters or more."""
    words = {word for word in one.replace("-", " ").split() if len(word) > 2 and not word.isdigit()}
    shared = words & set(other.replace("-", " ").split())
    return one.startswith(other) or other.startswith(one) or bool(shared)


@dataclass(frozen=True)
class Neighbour:
    """Somebody else at an address of the pair: name, birth, and at whose address (left, right, both)."""

    name: str
    born: str
    at: str


def neighbours(left: Seen, right: Seen) -> tuple[list[Neighbour], int]:
    """Who else lives at the addresses of the two, and how many more than are shown."""
    pair = {left.row["state_voter_id"], right.row["state_voter_id"]}
    at: dict[str, tuple[Row, list[str]]] = {}
    for side, seen in (("left", left), ("right", right)):
        for row in seen.beside:
            if row["state_voter_id"] not in pair:
                at.setdefault(row["state_voter_id"], (row, []))[1].append(side)
    found = [
        Neighbour(name(row), born(row), "both" if len(sides) > 1 else sides[0]) for row, sides in at.values()
    ]
    together = tuple(left.row[n] for n in HOME) == tuple(right.row[n] for n in HOME)
    return found, left.more if together else left.more + right.more


# Evidence


@dataclass(frozen=True)
class Step:
    """One step of the waterfall: what it speaks of, what was found, bits, and its bar from `x` to `x + width`
    in percent of the drawing."""

    label: str
    found: str
    bits: float
    x: str
    width: str

    @property
    def speaks(self) -> str:
        """How far it speaks, in words."""
        far = abs(self.bits)
        if far < 0.5:
            return "says little"
        much = "strongly" if far >= 6 else "clearly" if far >= 2 else "a little"
        return f"speaks {much} {'for' if self.bits > 0 else 'against'}"


@dataclass(frozen=True)
class Waterfall:
    """Steps from before anything is known to what is known in the end; `even` and `sure` are where the lines
    of an even chance and of a sure match stand, in percent."""

    steps: Sequence[Step]
    total: float
    even: str
    sure: str


def waterfall(told: Iterable[tuple[str, str, float]]) -> Waterfall | None:
    """The drawing of label, finding and bits, in their order; None where there is nothing to tell."""
    held = list(told)
    if not held:
        return None
    runs = list(_runs(bits for _, _, bits in held))
    low = min(0.0, *(min(pair) for pair in runs))
    high = max(USUAL.sure_bits, *(max(pair) for pair in runs))
    wide = (high - low) * 1.04
    steps = [
        Step(*one, _share(min(a, b) - low, wide), _share(max(abs(b - a), wide / 250), wide))
        for one, (a, b) in zip(held, runs, strict=True)
    ]
    return Waterfall(steps, runs[-1][1], _share(-low, wide), _share(USUAL.sure_bits - low, wide))


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.2f}"


def _runs(bits: Iterable[float]) -> Iterator[tuple[float, float]]:
    at = 0.0
    for one in bits:
        yield at, at + one
        at += one


def chance(probability: float | None) -> str:
    """`0.83` as `83 in 100`; never certain."""
    if probability is None:
        return "not scored"
    return f"{min(max(round(100 * probability), 1), 99)} in 100"


def minutes(pairs: int, pace: float | None) -> str:
    """How long so many pairs take at a person's pace, as people say it; nothing where no pace is known."""
    if pace is None or not pairs:
        return ""
    whole = pairs * pace / 60
    if whole < 1:
        return "less than a minute"
    if whole < 90:
        return f"about {round(whole)} minute{'s' if round(whole) != 1 else ''}"
    return f"about {round(whole / 60)} hours"


def minds(said: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Who thinks what of a pair, for the page."""
    return [{**row, "says": SAID.get(row["judgement"], row["judgement"])} for row in said]
