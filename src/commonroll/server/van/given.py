"""What a request says: its query and its JSON, read by name and type, with the place of what is wrong.

Clients send numbers as text and text as numbers, null for anything left out, and names in any case: all of
that is taken. A value of another kind is refused with its property, and never repeated.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from commonroll.server.van.errors import invalid

MOST = 2**31 - 1
"""The largest id: clients declare a signed 32-bit integer."""

LONGEST = 4000
"""Characters of a text, where no field says otherwise."""

MOST_ITEMS = 1000
"""Objects in one list of a body."""

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,12})?|\.[0-9]{1,12})([eE][+-]?[0-9]{1,2})?")
_WORDS = {"true": True, "false": False, "1": True, "0": False, "y": True, "n": False}


class Given:
    """An object of a body, or the query: values by name, whatever the case of the name."""

    def __init__(self, values: Mapping[str, Any], place: str = "") -> None:
        self._values = {str(name).lower(): value for name, value in values.items()}
        self.place = place

    def at(self, name: str) -> str:
        """The property's place in the whole body."""
        return f"{self.place}.{name}" if self.place else name

    def has(self, name: str) -> bool:
        """Whether there is a value, which null and an empty text are not."""
        return self._found(name) not in (None, "")

    def _found(self, name: str) -> Any:
        return self._values.get(name.lower())

    def integer(self, name: str, *, least: int = 0, most: int = MOST) -> int | None:
        """A whole number, or text that is one; None where it is left out."""
        value = self._found(name)
        if value is None or value == "":
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise invalid(
                f"'{name}' is no whole number that is allowed here.", self.at(name),
                hint=f"a whole number from {least} to {most}",
            )  # fmt: skip
        return value

    def needed(self, name: str, *, least: int = 1, most: int = MOST) -> int:
        """A whole number that must be there."""
        found = self.integer(name, least=least, most=most)
        if found is None:
            raise invalid(f"'{name}' is required.", self.at(name))
        return found

    def number(self, name: str) -> float | None:
        value = self._found(name)
        if value is None or value == "":
            return None
        if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
            value = float(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise invalid(f"'{name}' is no number.", self.at(name), hint="a number")
        return float(value)

    def text(self, name: str, *, most: int = LONGEST) -> str:
        """A text, trimmed; empty where it is left out. A number is the text of its digits."""
        value = self._found(name)
        if value is None:
            return ""
        if isinstance(value, int | float) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str) or re.search("[\x00\ud800-\udfff]", value) or len(value) > most:
            raise invalid(
                f"'{name}' is no text that is allowed here.", self.at(name), hint=f"at most {most} characters"
            )
        return value.strip()

    def text_needed(self, name: str, *, most: int = LONGEST) -> str:
        found = self.text(name, most=most)
        if not found:
            raise invalid(f"'{name}' is required.", self.at(name))
        return found

    def word(self, name: str, allowed: Sequence[str], otherwise: str = "") -> str:
        """One of `allowed`, whatever its case."""
        said = self.text(name, most=200)
        found = {one.lower(): one for one in allowed}.get(said.lower())
        if said and found is None:
            raise invalid(f"'{name}' has no such value.", self.at(name), hint=", ".join(allowed))
        return found or otherwise

    def words(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        """Some of `allowed`: a list, or one text with commas and spaces between them; in order, each once."""
        value = self._found(name)
        parts = value if isinstance(value, list) else [value]
        said = [part.strip() for one in parts for part in self._text(name, one).split(",")]
        known = {one.lower(): one for one in allowed}
        if any(one and one.lower() not in known for one in said):
            raise invalid(f"'{name}' has a value that is not known.", self.at(name), hint=", ".join(allowed))
        return tuple(dict.fromkeys(known[one.lower()] for one in said if one))

    def _text(self, name: str, value: Any) -> str:
        return Given({name: value}, self.place).text(name)

    def flag(self, name: str, otherwise: bool = False) -> bool:
        """Yes or no, also as a text or a number."""
        value = self._found(name)
        if value is None or value == "":
            return otherwise
        if isinstance(value, bool):
            return value
        found = _WORDS.get(str(value).strip().lower()) if isinstance(value, str | int) else None
        if found is None:
            raise invalid(f"'{name}' is neither true nor false.", self.at(name), hint="true or false")
        return found

    def instant(self, name: str) -> datetime | None:
        """A time as ISO 8601 has it; a date alone is its midnight, and one without a zone UTC."""
        said = self.text(name, most=40)
        if not said:
            return None
        try:
            found = datetime.fromisoformat(said)
            return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise invalid(
                f"'{name}' is no date.", self.at(name), hint="ISO 8601: 2016-05-23T18:54:58Z"
            ) from None

    def day(self, name: str) -> date | None:
        """A day as it was written: the time and the zone after it say nothing."""
        said = self.text(name, most=40)
        if not said:
            return None
        try:
            return date.fromisoformat(said[:10])
        except ValueError:
            raise invalid(f"'{name}' is no date.", self.at(name), hint="ISO 8601: 1975-09-18") from None

    def values(self, name: str) -> list[Any]:
        """A list of anything; empty where it is left out."""
        value = self._found(name)
        if value is not None and not isinstance(value, list):
            raise invalid(f"'{name}' is no list.", self.at(name), hint="a list")
        return value or []

    def instant_needed(self, name: str) -> datetime:
        found = self.instant(name)
        if found is None:
            raise invalid(f"'{name}' is required.", self.at(name), hint="ISO 8601: 2016-05-23T18:54:58Z")
        return found

    def object(self, name: str) -> Given | None:
        value = self._found(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise invalid(f"'{name}' is no object.", self.at(name), hint="an object")
        return Given(value, self.at(name))

    def value(self, name: str) -> Any:
        """As it was sent."""
        return self._found(name)

    def integers(self, name: str) -> list[int]:
        """A list of ids; nulls among them count for nothing."""
        value = self._found(name)
        if value is None:
            return []
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise invalid(f"'{name}' is no list.", self.at(name), hint=f"a list of at most {MOST_ITEMS}")
        places = {f"{name}[{at}]": one for at, one in enumerate(value) if one is not None}
        return [Given({place: one}, self.place).needed(place) for place, one in places.items()]

    def objects(self, name: str) -> list[Given]:
        """A list of objects; nulls among them count for nothing."""
        return list(self._objects(name))

    def _objects(self, name: str) -> Iterator[Given]:
        value = self._found(name)
        if value is None:
            return
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise invalid(
                f"'{name}' is no list of objects.", self.at(name), hint=f"a list of at most {MOST_ITEMS}"
            )
        for at, one in enumerate(value):
            if one is None:
                continue
            if not isinstance(one, dict):
                raise invalid(f"'{name}[{at}]' is no object.", f"{self.at(name)}[{at}]", hint="an object")
            yield Given(one, f"{self.at(name)}[{at}]")


class Query(Given):
    """The query of an address: the first of a name's values counts, a list has them all.

    Older clients send all parameters again with each page; so nothing may depend on the last.
    """

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        given: dict[str, list[str]] = {}
        for name, value in pairs:
            given.setdefault(name.lower(), []).append(value)
        super().__init__({name: values[0] for name, values in given.items()})
        self._lists = given

    def words(self, name: str, allowed: Sequence[str]) -> tuple[str, ...]:
        return Given({name: self._lists.get(name.lower())}).words(name, allowed)

    def ids(self, name: str) -> list[int]:
        """Some ids: with commas between them, or the name as often."""
        said = [part for value in self._lists.get(name.lower(), []) for part in value.split(",")]
        found = (Given({name: part}).integer(name, least=1) for part in said)
        return [one for one in dict.fromkeys(found) if one is not None]

    def emptied(self, name: str) -> bool:
        """Whether the name stands there without a value."""
        return self._values.get(name.lower()) == ""


@dataclass(frozen=True)
class Page:
    """A part of a list: at most `top` (None: all) from `skip` on."""

    top: int | None
    skip: int

    def of(self, items: Sequence[Any]) -> Sequence[Any]:
        return items[self.skip :] if self.top is None else items[self.skip : self.skip + self.top]


def page(query: Query, *, default: int | None, most: int | None) -> Page:
    """`$top` and `$skip`; `$top=` with nothing after it is all where there is no `most`."""
    top = query.integer("$top", least=1, most=most or MOST)
    if top is None and not (most is None and query.emptied("$top")):
        top = default
    return Page(top, query.integer("$skip") or 0)
