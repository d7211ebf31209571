"""The inverse of a pattern: texts that it matches, in which its named groups say what they are told to."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, product
from re import _parser  # type: ignore[attr-defined]  # the library's own reading of a pattern, 3.11 to 3.13
from typing import Any

Said = Mapping[str, Sequence[str]]
"""For each group the texts that it may say, the best first. A group that is not there may say anything, one
with no text only what the groups within it say."""

MOST_TRIED = 2_000


def written(pattern: str, said: Said) -> str | None:
    """The first text that `pattern` matches whole, with the groups of `said` saying one of their texts."""
    tree, names = parsed(pattern)
    known = re.compile(pattern)
    for text in islice(texts(tree, said, names), MOST_TRIED):
        found = known.fullmatch(text)
        if found and all((found[name] or "") in said[name] for name in names.values() if said.get(name)):
            return text
    return None


@cache
def parsed(pattern: str) -> tuple[Any, Mapping[int, str]]:
    tree = _parser.parse(pattern)
    return tree, {number: name for name, number in tree.state.groupdict.items()}


def texts(tree: Any, said: Said, names: Mapping[int, str]) -> Iterator[str]:
    """Texts that the tree may match: each of its parts in turn, the likelier first."""
    parts = [list(islice(part(op, value, said, names), 60)) for op, value in tree]
    return ("".join(one) for one in product(*parts))


def part(op: Any, value: Any, said: Said, names: Mapping[int, str]) -> Iterator[str]:
    kind = str(op)
    if kind == "LITERAL":
        yield chr(value)
    elif kind == "IN":
        yield one_of(value)
    elif kind in ("ANY", "NOT_LITERAL"):
        yield "X" if value != ord("X") else "Y"
    elif kind == "BRANCH":
        for branch in value[1]:
            yield from texts(branch, said, names)
    elif kind == "SUBPATTERN":
        yield from group(value, said, names)
    elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
        yield from repeated(value, said, names)
    else:
        yield ""


def group(value: Any, said: Said, names: Mapping[int, str]) -> Iterator[str]:
    name = names.get(value[0], "")
    if said.get(name):
        yield from said[name]
    elif name not in said or next(groups(value[3], names), ""):
        yield from texts(value[3], said, names)


def repeated(value: Any, said: Said, names: Mapping[int, str]) -> Iterator[str]:
    """As seldom as it may be, but once where it holds a group that has something to say."""
    least, most, inner = value
    speaks = most and any(said.get(name, ("",))[0] for name in groups(inner, names))
    for times in (1, least) if speaks and least == 0 else (least, 1) if most else (least,):
        one = next(texts(inner, said, names), "")
        yield from texts(inner, said, names) if times == 1 else (one * times,)


def groups(tree: Any, names: Mapping[int, str]) -> Iterator[str]:
    """Names of the groups inside."""
    for op, value in tree:
        kind = str(op)
        if kind == "SUBPATTERN":
            yield from [names[value[0]]] if value[0] in names else []
            yield from groups(value[3], names)
        elif kind == "BRANCH":
            for branch in value[1]:
                yield from groups(branch, names)
        elif kind in ("MAX_REPEAT", "MIN_REPEAT"):
            yield from groups(value[2], names)


def one_of(allowed: Any) -> str:
    """A character that the set allows."""
    for op, value in allowed:
        kind = str(op)
        if kind == "LITERAL":
            return chr(value)
        if kind == "RANGE":
            return chr(value[0])
        if kind == "CATEGORY":
            return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(value), "X")
        if kind == "NEGATE":
            return "X"
    return ""
