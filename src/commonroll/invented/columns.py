"""The text of a stretch of a roll: names, addresses, phones, as the states' writers need them."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from commonroll.invented.draw import Bools, Ints, one_of
from commonroll.invented.geography import Geography, streets
from commonroll.invented.habits import USUAL_DIGITS, habits
from commonroll.invented.names import SUFFIXES, names
from commonroll.invented.rolls import (
    HOME,
    OUT_OF_STATE,
    OVERSEAS,
    PO_BOX,
    RURAL_ROUTE,
    Population,
    Roll,
    scattered,
)
from commonroll.invented.write import digits, glued, look_up, pool, words_together

UNITS = ("", "APT", "UNIT", "LOT")
DOMAINS = ("example.org", "example.com", "example.net")
# Towns that do not exist in states that do, for those who take their mail far away.
FAR_TOWNS = (
    ("TEASELBRIDGE", "VA", "23999"),
    ("SORRELMERE", "GA", "30999"),
    ("QUILLHAVEN", "NY", "11099"),
    ("UMBERFORD", "TX", "78999"),
    ("KESTRELWICK", "CA", "92999"),
    ("MARLSTEAD", "PA", "17599"),
)
FAR_LINES = (("PSC 812 BOX", "FPO", "AE", "09627"), ("UNIT 45013 BOX", "APO", "AP", "96338"))


@cache
def spelled(accented: bool) -> tuple[pa.Array, pa.Array]:
    """Surnames and first names, with the accents that some Florida counties keep if asked for."""
    found = names()
    return (found.accented_surnames, found.accented_firsts) if accented else (found.surnames, found.firsts)


@cache
def street_pools() -> dict[str, pa.Array]:
    every = streets()
    parts = {part: pool(getattr(every, part)) for part in ("pre", "name", "type", "post")}
    return parts | {"whole": pool(every.whole())}


class Columns:
    """Text columns for the rows of `roll`, whose doors are in `geo`. Every property is one array of text."""

    def __init__(self, whole: Population, state: str, roll: Roll, *, accented: bool = False) -> None:
        self.geo: Geography = whole.geographies[state]
        self.people, self.roll, self.accented = whole.people, roll, accented
        places = whole.places[state]
        self.precinct: Ints = places.precinct[roll.place]
        self.county: Ints = self.geo.precincts.county[self.precinct]
        self.street: Ints = places.street[roll.place]
        self.house: Ints = places.number[roll.place]
        self.unit_number: Ints = places.unit[roll.place]
        self.unit_kind: Ints = places.unit_kind[roll.place]
        self.half: Bools = places.half[roll.place]
        self.luck = self.people.luck[roll.person]

    def rare(self, salt: int, per_ten_thousand: int) -> Bools:
        """Rows with a quirk, the same in every delivery."""
        return np.asarray(one_of(self.luck, salt, 10_000) < per_ten_thousand)

    def by_precinct(self, texts: list[str], where: Bools | None = None) -> pa.Array:
        return look_up(pool(texts), self.precinct, where)

    def surnames(self, at: Ints) -> pa.Array:
        """Surnames at these positions of the pool, as this file spells them."""
        return look_up(spelled(self.accented)[0], at)

    def firsts(self, at: Ints) -> pa.Array:
        """First names at these positions of the pool, as this file spells them."""
        return look_up(spelled(self.accented)[1], at)

    @cached_property
    def last(self) -> pa.Array:
        first = self.surnames(self.roll.last)
        joint = np.where(self.roll.hyphen, 0, 1)
        second = glued(look_up(pool(("-", " ")), joint), self.surnames(self.roll.second))
        return glued(first, pc.if_else(pa.array(self.roll.second >= 0), second, ""))

    @cached_property
    def first(self) -> pa.Array:
        return self.firsts(self.roll.first)

    def first_quoted(self, quirk: Bools) -> pa.Array:
        """First names, with the nickname in quotes in the rows of `quirk`."""
        nick = names().nick
        first = np.where(quirk, self.roll.first % nick + 2 * nick, self.roll.first)
        return self.firsts(first)

    @cached_property
    def middle(self) -> pa.Array:
        whole = self.firsts(self.roll.middle)
        return pc.if_else(pa.array(self.roll.initial), pc.utf8_slice_codeunits(whole, 0, 1), whole)

    @cached_property
    def suffix(self) -> pa.Array:
        return look_up(pool(SUFFIXES), self.roll.suffix)

    @cached_property
    def number(self) -> pa.Array:
        return digits(self.house)

    @cached_property
    def fraction(self) -> pa.Array:
        return look_up(pool(("1/2",)), np.where(self.half, 0, -1))

    def street_part(self, part: str) -> pa.Array:
        """One part of the street's name: pre, name, type, post, or the whole."""
        return look_up(street_pools()[part], self.street)

    @cached_property
    def line1(self) -> pa.Array:
        """House number and street, without the unit."""
        return words_together(self.number, self.fraction, self.street_part("whole"))

    @cached_property
    def unit(self) -> pa.Array:
        """`APT 12`; null for a house of its own."""
        here = self.unit_number > 0
        return words_together_where(here, look_up(pool(UNITS), self.unit_kind), digits(self.unit_number))

    @cached_property
    def address(self) -> pa.Array:
        """The whole line with its unit."""
        return words_together(self.line1, self.unit)

    @cached_property
    def city(self) -> pa.Array:
        return self.by_precinct([town.name for town in self.towns])

    @cached_property
    def towns(self) -> list[Any]:
        return [self.geo.towns[int(t)] for t in self.geo.precincts.town]

    @cached_property
    def zip5(self) -> pa.Array:
        return self.by_precinct(self.geo.precincts.zip5)

    @cached_property
    def zip4(self) -> Ints:
        """Add-on of the blockface, 0 for streets whose clerk does not know it."""
        known = (self.street * 31 + self.precinct) % 5 < 3
        face = self.street * 13 + self.house // 100 * 7 + self.house % 2
        return np.asarray(np.where(known, 1000 + face % 9000, 0))

    @cached_property
    def state(self) -> pa.Array:
        return pa.repeat(pa.scalar(self.geo.state), len(self.roll))

    @cached_property
    def mail_line(self) -> pa.Array:
        """Mailing line where mail goes elsewhere, else null."""
        number = digits(10 + one_of(self.luck, 21, 3990))
        kind = self.roll.mail
        far = look_up(street_pools()["whole"], one_of(self.luck, 22, len(street_pools()["whole"])))
        abroad = look_up(pool(f[0] for f in FAR_LINES), one_of(self.luck, 23, len(FAR_LINES)))
        route = digits(1 + one_of(self.luck, 24, 7))
        choices = {
            PO_BOX: words_together("PO BOX", number),
            OUT_OF_STATE: words_together(number, far),
            RURAL_ROUTE: words_together("RR", route, "BOX", number),
            OVERSEAS: words_together(abroad, number),
        }
        return case(kind, choices)

    def mail_part(self, part: int, local: pa.Array) -> pa.Array:
        """City (0), state (1) or ZIP (2) of the mailing address; null where mail goes home."""
        far = look_up(pool(t[part] for t in FAR_TOWNS), one_of(self.luck, 25, len(FAR_TOWNS)))
        abroad = look_up(pool(f[part + 1] for f in FAR_LINES), one_of(self.luck, 23, len(FAR_LINES)))
        kinds = {PO_BOX: local, RURAL_ROUTE: local, OUT_OF_STATE: far, OVERSEAS: abroad}
        return case(self.roll.mail, kinds)

    @property
    def mail_town(self) -> list[pa.Array]:
        """City, state and ZIP of the mailing address, null where mail goes home."""
        return [self.mail_part(part, own) for part, own in enumerate((self.city, self.state, self.zip5))]

    @property
    def mails_home(self) -> Bools:
        return np.asarray(self.roll.mail == HOME)

    @cached_property
    def has_phone(self) -> Bools:
        return np.asarray(self.people.phone[self.roll.person] >= 0)

    @cached_property
    def area_code(self) -> pa.Array:
        return digits(self.people.area[self.roll.person], where=self.has_phone)

    @cached_property
    def subscriber(self) -> pa.Array:
        """Seven digits from the range kept for fiction (555-0100 to 555-0199)."""
        return glued("55501", digits(self.people.phone[self.roll.person] % 100, 2))

    @cached_property
    def phone(self) -> pa.Array:
        return pc.if_else(pa.array(self.has_phone), glued(self.area_code, self.subscriber), None)

    @cached_property
    def email(self) -> pa.Array:
        person = self.roll.person
        number = self.people.email[person]
        firsts, lasts = plain()
        first, last = look_up(firsts, self.people.first[person]), look_up(lasts, self.people.last[person])
        user = pc.binary_join_element_wise(first, last, ".", null_handling="skip")
        domain = look_up(pool(DOMAINS), number % len(DOMAINS))
        whole = glued(user, digits(np.maximum(number, 0)), "@", domain)
        return pc.if_else(pa.array(number >= 0), whole, None)


def voter_ids(state: str, roll: Roll) -> pa.Array:
    """The state's own identifier of each row, as its files write it (North Carolina without the padding)."""
    number = scattered(roll.seq)
    if state == "NC":
        pairs = pool(f"{chr(65 + i // 26)}{chr(65 + i % 26)}" for i in range(100))
        return glued(look_up(pairs, roll.seq % 100), digits(number))
    if state == "OH":
        return glued("OH", digits(number, 10))
    if state == "WA":
        return digits(number)
    wide = habits(state).digits
    if state == "FL" or wide == USUAL_DIGITS:
        return digits(100_000_000 + number)
    return digits(number if wide >= 8 else roll.seq + 1, wide)


@cache
def plain() -> tuple[pa.Array, pa.Array]:
    """Lower-case letters of first and last names, for e-mail addresses."""
    found = names()
    firsts, surnames = pc.utf8_lower(found.firsts), pc.utf8_lower(found.surnames)
    return tuple(pc.replace_substring_regex(p, "[^a-z]", "") for p in (firsts, surnames))


def words_together_where(where: Bools, *parts: pa.Array) -> pa.Array:
    return pc.if_else(pa.array(where), words_together(*parts), None)


def case(kind: Ints, choices: dict[int, pa.Array]) -> pa.Array:
    """The text of the matching kind, null for the kinds not listed."""
    text: Any = pa.nulls(len(kind), pa.string())
    for value, choice in choices.items():
        mine = kind == value
        if mine.any():
            text = pc.if_else(pa.array(mine), choice, text)
    return text
