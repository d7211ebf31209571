"""What somebody types who looks for one person, taken apart, and how far a voter's value is meant by it.

How words are made of a value is written twice, here for one and in words.sql for all; a test holds them
together.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import permutations

from commonroll.errors import Refusal

NAMES = ("first_name", "middle_name", "last_name")
ADDRESS = ("residence_line1", "residence_unit", "residence_city", "residence_zip5")
ID, PHONE = "state_voter_id", "phone"
BEGUN = ("email", "county_voter_id")
"""Columns whose words are found by their beginnings alone: nearly each is another voter's."""
WORDED = (*NAMES, *ADDRESS, *BEGUN)
"""Columns that are looked through word by word."""

SEARCHED = (*WORDED, PHONE, ID)
"""Columns of voters that a text is looked for in."""

LONGEST, MOST_PARTS = 200, 8
INSIDE = 3
"""Letters and digits from which on a part is looked for inside of words, too; one part has so many."""
GRAM = 4
"""Digits of a number, or signs of an id, that find it."""
ID_LONGEST = 24
DIGITS = 10

EXACT, BEGINS, WITHIN = 5, 3, 1
"""How far a value is meant: a whole word, a word's beginning, a part of it; one more in a name, an id or a
number, so that people called Elm stand before people who live in Elm Street."""

_NUMBER = re.compile(r"(?<![\w+])[+(]?\d(?:[\d().+ -]*\d)?(?!\w)")
_OTHER_LETTERS = str.maketrans(
    {"ß": "ss", "ẞ": "SS", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D"}
)
_SILENT = str.maketrans("", "", "'’`.")


@dataclass(frozen=True)
class Part:
    """One part of a text: letters A to Z and digits; `number`: it was written as a phone number is."""

    text: str
    number: bool = False

    @property
    def digits(self) -> str:
        """As a part of a phone number, empty where it is none."""
        if not self.text.isdecimal() or len(self.text) < GRAM:
            return ""
        bare = self.text[1:] if len(self.text) == DIGITS + 1 and self.text[0] == "1" else self.text
        return bare if len(bare) <= DIGITS else ""

    @property
    def of_id(self) -> bool:
        """Whether ids are looked through for it."""
        known = GRAM <= len(self.text) <= ID_LONGEST
        return known and not self.number and any(sign.isdecimal() for sign in self.text)


def parts(text: str) -> tuple[Part, ...]:
    """The parts of a text, each once; raises Refusal where they would find half a roll, or are too many."""
    if len(text) > LONGEST:
        raise Refusal(
            f"The text is longer than {LONGEST} letters.", where="text", next_step="Leave some out."
        )
    found: list[Part] = []
    at = 0
    for match in _NUMBER.finditer(text):
        digits = re.sub("[^0-9]", "", match[0])
        if not _is_number(match[0].strip("("), digits):
            continue
        found += [*map(Part, words(text[at : match.start()])), Part(digits[-DIGITS:], True)]
        at = match.end()
    found += map(Part, words(text[at:]))
    once = tuple(dict.fromkeys(found))
    if not any(len(part.text) >= INSIDE for part in once):
        raise Refusal(
            "A person is found by three letters or digits and more.", where="text",
            next_step="Type more of a name, an address, a phone number or an id.",
        )  # fmt: skip
    if len(once) > MOST_PARTS:
        raise Refusal(f"More than {MOST_PARTS} words.", where="text", next_step="Leave some out.")
    return once


def keys(text: str, wanted: Iterable[Part]) -> list[tuple[str, dict[str, str]]]:
    """Exact keys (`keys.KEYS`) that a text may be: an id, a number, an e-mail, two names in either order."""
    said = text.replace(",", " ").split()[:MOST_PARTS]
    found = [("id", {ID: form}) for one in said for form in dict.fromkeys((one, one.upper()))]
    found += [("email", {"email": one}) for one in said if "@" in one]
    found += [("phone", {PHONE: one.digits}) for one in wanted if len(one.digits) == DIGITS]
    names = [one.text for one in wanted if not one.number][:4]
    return found + [
        ("name", {"last_name": last, "first_name": first}) for last, first in permutations(names, 2)
    ]


def _is_number(written: str, digits: str) -> bool:
    """Ten digits however they are grouped, or seven as 555-0134."""
    whole = len(digits) == DIGITS or (len(digits) == DIGITS + 1 and digits[0] == "1")
    return whole or re.fullmatch(r"\d{3}[-. ]\d{4}", written) is not None


def words(value: str) -> list[str]:
    """The words of a value: without case, accents and apostrophes; whatever else is no letter or digit parts
    them."""
    if value.isascii():
        return re.findall("[A-Z0-9]+", value.upper().translate(_SILENT))
    apart = unicodedata.normalize("NFD", value.translate(_OTHER_LETTERS))
    bare = "".join(letter for letter in apart if unicodedata.category(letter) not in ("Mn", "Mc", "Me"))
    # a letter whose capital is two letters is none of A to Z for the engine
    upper = "".join(up if len(up := letter.upper()) == 1 else " " for letter in bare)
    return re.findall("[A-Z0-9]+", upper.translate(_SILENT))


def plain_id(value: str) -> str:
    return re.sub("[^A-Z0-9]", "", value.upper())[:ID_LONGEST]


def plain_number(value: str) -> str:
    """The last ten digits; empty where there are fewer."""
    digits = re.sub("[^0-9]", "", value)
    return digits[-DIGITS:] if len(digits) >= DIGITS else ""


def level(part: Part, column: str, value: str) -> int:
    """How far a part means a column's value; 0 not at all."""
    if column == PHONE:
        return level_of_number(part.digits, plain_number(value))
    if column in BEGUN:
        begun = (_of_word(part.text, word) for word in words(value) if word.startswith(part.text))
        return max(begun, default=0)
    if part.number:
        return 0
    if column == ID:
        return level_of_id(part, plain_id(value))
    name = column in NAMES
    return max((_of_word(part.text, word) + name for word in words(value) if part.text in word), default=0)


def _of_word(text: str, word: str) -> int:
    """Of a word that has the text in it; -1 (with a name's one: 0) where it is too short to be looked for."""
    if word == text:
        return EXACT
    if word.startswith(text):
        return BEGINS
    return WITHIN if len(text) >= INSIDE else -1


def level_of_number(digits: str, number: str) -> int:
    if not digits or digits not in number:
        return 0
    if digits == number:
        return EXACT + 1
    return (BEGINS if number.endswith(digits) else WITHIN) + 1


def level_of_id(part: Part, known: str) -> int:
    if not part.of_id:
        return 0
    if part.text == known:
        return EXACT + 1
    if known.startswith(part.text):
        return BEGINS + 1
    return WITHIN + 1 if part.text in known else 0


def meant(wanted: Iterable[Part], values: Mapping[str, str]) -> tuple[int, dict[str, list[str]]]:
    """How far a voter with these `values` (by column) is meant, the best column for each part, and those
    columns with their parts; 0 and none where a part is in no column."""
    total, found = 0, dict[str, list[str]]()
    for part in wanted:
        levels = {column: level(part, column, value) for column, value in values.items()}
        best = max(levels, key=levels.__getitem__, default="")
        if levels.get(best, 0) <= 0:
            return 0, {}
        total += levels[best]
        found.setdefault(best, []).append(part.text)
    return total, found
