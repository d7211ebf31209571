"""A TOML table that is read by taking its keys out; what is left at the end is refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NoReturn

from commonroll.errors import Refusal


class TomlTable:
    """One table of a strict TOML file: `take_*` a key of the expected type, then `done()`.

    `where` is the file, `path` the table inside it. Every failure is a Refusal naming both.
    """

    def __init__(self, where: str, values: Mapping[str, Any], path: str = "") -> None:
        self.where = where
        self.path = path
        self._left = dict(values)

    def refuse(self, what: str, key: str = "", next_step: str = "correct the file") -> NoReturn:
        """Raises the Refusal for this table, or for one key of it."""
        name = ".".join(part for part in (self.path, key) if part)
        raise Refusal(f"[{name}] {what}" if name else what, where=self.where, next_step=next_step)

    def done(self) -> None:
        """Refuses whatever nobody took: an unknown key or a typing error."""
        if self._left:
            unknown = ", ".join(sorted(self._left))
            self.refuse(f"unknown: {unknown}", next_step="remove the key or correct its spelling")

    def has(self, key: str) -> bool:
        return key in self._left

    def names(self) -> tuple[str, ...]:
        return tuple(self._left)

    def _take(self, key: str, kind: type, word: str) -> Any:
        if key not in self._left:
            self.refuse(f"{key!r} is missing", next_step=f"add {key} = {word}")
        value = self._left.pop(key)
        # bool is an int and datetime a date; neither is meant where the other is asked for
        if type(value) is not kind:
            self.refuse(f"is not {word}", key)
        return value

    def text(self, key: str) -> str:
        return str(self._take(key, str, "a string"))

    def choice(self, key: str, allowed: tuple[str, ...]) -> str:
        """A string that is one of `allowed`."""
        value = self.text(key)
        if value not in allowed:
            self.refuse(f"{value!r} is not one of: {', '.join(allowed)}", key)
        return value

    def flag(self, key: str) -> bool:
        return bool(self._take(key, bool, "true or false"))

    def day(self, key: str) -> date:
        value = self._take(key, date, "a date")
        assert isinstance(value, date)
        return value

    def number(self, key: str) -> float:
        value = self._left.get(key)
        return float(self._take(key, type(value) if type(value) in (int, float) else float, "a number"))

    def numbers(self, key: str, count: int) -> tuple[int, ...]:
        """A list of `count` whole numbers."""
        values = self._take(key, list, "a list of whole numbers")
        if len(values) != count or not all(type(value) is int for value in values):
            self.refuse(f"is not a list of {count} whole numbers", key)
        return tuple(values)

    def whole(self, key: str) -> int:
        return int(self._take(key, int, "a whole number"))

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of strings, each once, at least one."""
        values = self._take(key, list, "a list of strings")
        if not values or not all(isinstance(value, str) for value in values):
            self.refuse("is not a list of strings", key)
        if len(set(values)) < len(values):
            self.refuse("names something twice", key)
        return tuple(values)

    def table(self, key: str) -> TomlTable:
        """The table under `key`; an empty one where it is absent."""
        values = self._take(key, dict, "a table") if key in self._left else {}
        return TomlTable(self.where, values, f"{self.path}.{key}".strip("."))

    def tables(self, key: str) -> tuple[TomlTable, ...]:
        """A list of tables, at least one."""
        values = self._take(key, list, "a list of tables")
        if not values or not all(isinstance(value, dict) for value in values):
            self.refuse("is not a list of tables", key)
        path = f"{self.path}.{key}".strip(".")
        return tuple(TomlTable(self.where, value, f"{path}[{at}]") for at, value in enumerate(values))

    def filled(self, mark: str, text: str) -> TomlTable:
        """A copy in which `mark` is replaced by `text` in every string."""
        return TomlTable(self.where, _filled(self._left, mark, text), self.path)

    def value_of(self, key: str) -> object:
        """The value under `key`, left in the table, to see which form a key has."""
        return self._left.get(key)

    def all_texts(self) -> Mapping[str, str]:
        """Every key left, each of which must hold a string."""
        return MappingProxyType({key: self.text(key) for key in self.names()})


def _filled(value: Any, mark: str, text: str) -> Any:
    if isinstance(value, str):
        return value.replace(mark, text)
    if isinstance(value, dict):
        return {key: _filled(one, mark, text) for key, one in value.items()}
    return [_filled(one, mark, text) for one in value] if isinstance(value, list) else value
