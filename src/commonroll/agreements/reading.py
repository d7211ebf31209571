"""Single values of an agreement's JSON, read strictly; each refusal names the path and never repairs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any, cast

from commonroll.agreements.profile import MEMBER_KEY, MEMBER_URN
from commonroll.errors import Refusal
from commonroll.roll.schema import CLASSES

COUNT = r"[1-9][0-9]{0,8}"
MOST_CLAUSES = 100
"""Longer lists of clauses are refused before any is read: nobody signs what nobody can read."""

_AMOUNT = r"(0|[1-9][0-9]{0,8})\.[0-9]{2}"

Atoms = Mapping[str, tuple[Any, str]]
"""Right operands with their paths, by left operand."""


class TermsRefused(Refusal):
    """An agreement says something that its profile does not know, or leaves out what it must say."""


def wrong(path: str, what: str, next_step: str = "") -> TermsRefused:
    return TermsRefused(
        what, where=path, next_step=next_step or "Correct the draft; a signed text cannot be."
    )


def unknown(path: str, found: Any, known: Iterable[str], kind: str) -> TermsRefused:
    near = get_close_matches(str(found), list(known), n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}?" if near else f"The profile lists every {kind}."
    return wrong(path, f"There is no {kind} of this name.", hint)


def one_of(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def read_keys(value: Any, path: str, names: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise wrong(path, "Here must stand an object.")
    for name in names:
        if name not in value:
            raise wrong(f"{path}.{name}", "This key is missing.")
    for name in value:
        if name not in names:
            near = get_close_matches(str(name), names, n=1, cutoff=0.6)
            raise wrong(
                f"{path}.{name}", "This key is not known.", f"Did you mean {near[0]}?" if near else ""
            )
    return value


def read_list(value: Any, path: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise wrong(path, "Here must stand a list that is not empty.")
    return value


def optional(atoms: Atoms, name: str, read: Callable[[Any, str], Any], absent: Any) -> Any:
    return read(*atoms[name]) if name in atoms else absent


def read_clauses(value: Any, path: str) -> list[Any]:
    """A list of clauses, of a length that people can read."""
    clauses = read_list(value, path)
    if len(clauses) > MOST_CLAUSES:
        raise wrong(
            path,
            f"There are {len(clauses):,} clauses; an agreement has at most {MOST_CLAUSES} in one place.",
            "Say it more simply, or draft several agreements.",
        )
    return clauses


def read_text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise wrong(path, "Here must stand a text; numbers are written as texts.")
    return value


def require(value: Any, wanted: str, path: str) -> None:
    if value != wanted or not isinstance(value, str):
        raise wrong(path, f"Here must stand {wanted!r}.")


def read_matching(value: Any, pattern: str, path: str, wanted: str) -> str:
    if re.fullmatch(pattern, read_text(value, path)) is None:
        raise wrong(path, f"Here must stand {wanted}.")
    return cast(str, value)


def read_cents(value: Any, path: str) -> int:
    """An amount of dollars and cents, as cents."""
    said = read_matching(value, _AMOUNT, path, "dollars and cents, such as 1200.00")
    return int(said.replace(".", ""))


def read_member(value: Any, path: str) -> str:
    return read_matching(value, MEMBER_URN + MEMBER_KEY.pattern, path, f"{MEMBER_URN}<key>")[
        len(MEMBER_URN) :
    ]


def read_count(value: Any, path: str) -> int:
    return int(read_matching(value, COUNT, path, "a whole number above zero, as a text"))


def read_days(value: Any, path: str) -> int:
    return int(read_matching(value, r"P[1-9][0-9]{0,3}D", path, "days, such as P14D")[1:-1])


def read_instant(value: Any, path: str) -> datetime:
    text = read_matching(
        value,
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z",
        path,
        "an instant in UTC, 2026-12-01T00:00:00Z",
    )
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise wrong(path, "There is no such instant.") from error


def read_sorted(value: Any, path: str) -> list[tuple[str, str]]:
    """The texts of a sorted list without duplicates, each with its path."""
    texts = [
        (read_text(item, f"{path}[{at}]"), f"{path}[{at}]") for at, item in enumerate(read_list(value, path))
    ]
    plain = [text for text, _ in texts]
    if plain != sorted(set(plain)):
        raise wrong(path, "Names must be sorted and stand once.")
    return texts


def read_names(value: Any, path: str, known: Iterable[str], kind: str) -> tuple[str, ...]:
    texts = read_sorted(value, path)
    for text, here in texts:
        if text in CLASSES and kind == "column":
            raise wrong(
                here, "A class of columns cannot be granted, it could grow later.", "Name the columns."
            )
        if text not in known:
            raise unknown(here, text, known, kind)
    return tuple(text for text, _ in texts)


def read_prefixed(value: Any, path: str, prefix: str, known: Iterable[str], kind: str) -> tuple[str, ...]:
    texts = read_names(value, path, {prefix + name: None for name in known}, kind)
    return tuple(text.removeprefix(prefix) for text in texts)
