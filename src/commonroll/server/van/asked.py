"""One request to the API, read; and the shapes of what is answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse

from commonroll.server.actor import Actor
from commonroll.server.models import ApiKey
from commonroll.server.van.errors import invalid, not_found
from commonroll.server.van.given import MOST, Given, Page, Query, page

EXTENSIONS = "X-Commonroll-Extensions"
"""The header of clients that take keys beyond the standard's in standard objects."""

MY_VOTERS, MY_CAMPAIGN = 0, 1


@dataclass(frozen=True)
class Asked:
    """A request whose key was let in: `mode` is MY_VOTERS or MY_CAMPAIGN, `words` are those of its path."""

    request: HttpRequest
    key: ApiKey
    mode: int
    words: Mapping[str, str]
    body: Given

    @property
    def by(self) -> Actor:
        return Actor.of_key(self.key)

    @cached_property
    def query(self) -> Query:
        return Query(pairs(self.request))

    @property
    def extensions(self) -> bool:
        return self.request.headers.get(EXTENSIONS, "") == "1"

    @cached_property
    def base(self) -> str:
        """Address of the API as the client sees it, with a slash at its end."""
        return self.request.build_absolute_uri("/v4/")

    def id(self, name: str = "id") -> int:
        """The number in the path; nothing has an id that is none."""
        said = self.words[name]
        if not (said.isascii() and said.isdecimal()) or not 0 < int(said[:12]) <= MOST:
            raise not_found()
        return int(said)

    def page(self, *, default: int | None = 50, most: int | None = 200) -> Page:
        return page(self.query, default=default, most=most)

    def expand(self, allowed: Sequence[str], rejected: Sequence[str] = ()) -> frozenset[str]:
        """Sections of `$expand`, in lower case; raises 400 with the accepted values for any other."""
        taken = [one for one in allowed if one not in rejected]
        return frozenset(one.lower() for one in self.query.words("$expand", taken))


def pairs(request: HttpRequest) -> list[tuple[str, str]]:
    """The query as it was sent, each name as often as it stands there."""
    try:
        return parse_qsl(
            request.META.get("QUERY_STRING", ""), keep_blank_values=True, max_num_fields=200, errors="strict"
        )
    except ValueError:
        raise invalid("The query is no UTF-8 text of at most 200 parameters.", "query") from None


# Answers


def one(value: Any, status: int = 200) -> HttpResponse:
    """An object, or a bare array."""
    return JsonResponse(value, status=status, safe=False)


def nothing() -> HttpResponse:
    """HTTP 204, with no body at all."""
    response = HttpResponse(status=204)
    del response["Content-Type"]
    return response


def created(asked: Asked, body: Any, path: str) -> HttpResponse:
    """HTTP 201 with the address of what was made (below the API's)."""
    response = one(body, 201)
    response["Location"] = asked.base + path
    return response


def paged(asked: Asked, shown: Page, items: Sequence[Mapping[str, Any]], count: int) -> HttpResponse:
    """One page that is read already: `count` is the number of all."""
    return one(
        {"items": list(items), "nextPageLink": next_link(asked, shown, len(items), count), "count": count}
    )


def all_paged(
    asked: Asked, items: Sequence[Mapping[str, Any]], *, default: int | None = 50, most: int | None = 200
) -> HttpResponse:
    """The page that was asked for of a list that is whole."""
    shown = asked.page(default=default, most=most)
    return paged(asked, shown, shown.of(items), len(items))


def next_link(asked: Asked, shown: Page, given: int, count: int) -> str | None:
    """The same query for the next page; null at the end. Each of its pairs stands once, so it never grows."""
    if not given or shown.skip + given >= count:
        return None
    known = {"$top", "$skip"}
    kept = dict.fromkeys(pair for pair in pairs(asked.request) if pair[0].lower() not in known)
    top = [("$top", str(shown.top))] if shown.top is not None else []
    query = urlencode([*kept, *top, ("$skip", str(shown.skip + given))], safe="$,:")
    return f"{asked.base}{_path(asked)}?{query}"


def _path(asked: Asked) -> str:
    """The path below the API's, as it was asked for, without its doubled slashes."""
    return "/".join(part for part in asked.request.path_info.split("/") if part)[3:]
