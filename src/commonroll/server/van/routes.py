"""Every path of the API in one table (`table.txt`), and which of them are served by what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib.resources import files as resources
from typing import TYPE_CHECKING

from django.http import HttpResponse, StreamingHttpResponse

from commonroll.server.van.errors import Declined, not_found

if TYPE_CHECKING:
    from commonroll.server.van.asked import Asked

Answer = HttpResponse | StreamingHttpResponse
Serve = Callable[["Asked"], Answer]

SMALL = 1 << 20
"""Bytes of a body, where a route does not say otherwise."""


@dataclass(frozen=True)
class Served:
    """What answers a route: `act` is what the key must be allowed (`actor.LEAST_ROLE`; empty: nothing),
    `open` whether it is answered without a key, `most` the largest body in bytes, `array` whether the body is
    an array, which stands as `body` then, `raw` whether it is left for it to read."""

    by: Serve
    act: str = ""
    open: bool = False
    most: int = SMALL
    array: bool = False
    raw: bool = False


@dataclass(frozen=True)
class Route:
    """One method of one path. `methods` are those of Parsons that use it."""

    tier: int
    method: str
    path: str
    parsons: tuple[str, ...]

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @property
    def served(self) -> Served | None:
        return self.served_in(None)

    def served_in(self, mode: int | None) -> Served | None:
        """What answers it in a mode: its own function for that mode, or the one for all."""
        own = _served.get((self.method, self.path, mode))
        return own or _served.get((self.method, self.path, None))


@dataclass(frozen=True)
class Found:
    """A route, and the words that stand in the places of its path."""

    route: Route
    words: Mapping[str, str] = field(default_factory=dict)


_served: dict[tuple[str, str, int | None], Served] = {}


@cache
def table() -> tuple[Route, ...]:
    """The routes, in the table's order."""
    text = (resources(__package__) / "table.txt").read_text(encoding="utf-8")
    lines = [line.split() for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(Route(int(tier), method, path, tuple(rest)) for tier, method, path, *rest in lines)


def serves(
    method: str, path: str, *, act: str = "", open: bool = False, most: int = SMALL, mode: int | None = None,
    array: bool = False, raw: bool = False,
) -> Callable[[Serve], Serve]:  # fmt: skip
    """Say that a function answers a route of the table, `mode`: in this mode alone; raises ValueError for one
    that is not in it."""

    def of(serve: Serve) -> Serve:
        if not any((route.method, route.path) == (method, path) for route in table()):
            raise ValueError(f"{method} {path} is not in the table of routes")
        if (method, path, mode) in _served:
            raise ValueError(f"{method} {path} is served twice")
        _served[method, path, mode] = Served(serve, act, open, most, array, raw)
        return serve

    return of


def find(method: str, parts: tuple[str, ...]) -> Found:
    """The route of a request; a word of the path goes before a place for any. Raises 404 and 405."""
    wanted = "GET" if method == "HEAD" else method
    fitting = sorted(
        (found for route in _near(parts) if (found := _fits(route, parts)) is not None),
        key=lambda found: len(found.words),
    )
    if not fitting:
        raise not_found("This path is not part of the API.", hint="see the compatibility page")
    least = len(fitting[0].words)
    here = [found for found in fitting if len(found.words) == least]
    for found in here:
        if found.route.method == wanted:
            return found
    raise WrongMethod(tuple(found.route.method for found in here))


def _near(parts: tuple[str, ...]) -> Sequence[Route]:
    """Routes as long as a path that begin as it does."""
    known = _by_beginning()
    return [*known.get((len(parts), parts[0].lower() if parts else ""), ()), *known.get((len(parts), ""), ())]


@cache
def _by_beginning() -> Mapping[tuple[int, str], Sequence[Route]]:
    """The routes by the number of their parts and the first one, which is empty where it may be anything."""
    found: dict[tuple[int, str], list[Route]] = {}
    for route in table():
        first = route.parts[0].lower()
        found.setdefault((len(route.parts), "" if first.startswith("{") else first), []).append(route)
    return found


class WrongMethod(Declined):
    """HTTP 405: `allowed` are the methods of the path."""

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(405, "This path has no such method.", hint=", ".join(sorted(set(allowed))))


def _fits(route: Route, parts: tuple[str, ...]) -> Found | None:
    if len(parts) != len(route.parts):
        return None
    words: dict[str, str] = {}
    for said, part in zip(parts, route.parts, strict=True):
        if part.startswith("{"):
            words[part.strip("{}")] = said
        elif part.lower() != said.lower():
            return None
    return Found(route, words)
