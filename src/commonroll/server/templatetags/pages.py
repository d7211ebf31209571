"""Words and numbers as people write them, and the icons of the pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from commonroll.agreements.profile import PURPOSES
from commonroll.server.actions.officers import is_officer
from commonroll.server.pages import street_words
from commonroll.server.pages.notices import exports_waiting
from commonroll.views.fact_words import spoken

register = template.Library()

SPRITE = "vendor/tabler-icons-3.51.0/sprite.svg"


@dataclass(frozen=True)
class RailItem:
    """One place of the left rail: the name of its address, and the pattern of the paths that belong to it."""

    url: str
    label: str
    icon: str
    under: str

    def holds(self, path: str) -> bool:
        return re.match(self.under, path) is not None


RAIL = (
    RailItem("federation", "Federation", "affiliate", r"/$|/federation/"),
    RailItem("roll", "Roll", "users", "/roll"),
    RailItem("agreements", "Agreements", "certificate", "/agreements|/proposals"),
    RailItem("universe", "Universe", "filter", "/universe"),
    RailItem("lists", "Lists", "list-details", r"/lists/"),
    RailItem("turf", "Turf", "building-community", "/turf/"),
    RailItem("scripts", "Scripts", "copy", "/scripts/|/vocabulary/"),
    RailItem("field", "Field", "table", "/field/"),
    RailItem("ballots", "Ballots", "circle-check", "/ballots/"),
    RailItem("extracts", "Extracts", "package-export", "/extracts"),
    RailItem("ledger", "Give and get", "arrows-exchange", "/give-and-get/"),
    RailItem("diary", "Log", "list-details", "/log/|/diary/|/witnesses|/traces|/marks"),
)

PARTY_WORDS = {
    "DEM": "Democratic", "REP": "Republican", "LIB": "Libertarian", "GRN": "Green", "CON": "Constitution",
    "WFP": "Working Families", "NPA": "No party", "OTH": "Other party", "UNK": "Unknown party",
}  # fmt: skip


@register.simple_tag
def icon(name: str, kind: str = "") -> SafeString:
    """One icon of the sprite; decoration only, so the words beside it must stand alone."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', kind, static(SPRITE), name
    )


@register.simple_tag(takes_context=True)
def rail(context: template.Context) -> list[dict[str, Any]]:
    """The places of the rail: which of them the page belongs to, and how much waits there for a word."""
    path = context["request"].path
    acting = getattr(context["request"], "acting", None)
    waits = {"extracts": exports_waiting(acting)} if acting else {}
    return [{"item": place, "current": place.holds(path), "waits": waits.get(place.url, 0)} for place in RAIL]


@register.simple_tag(takes_context=True)
def officer(context: template.Context) -> bool:
    """Whether whoever looks decides on newcomers for the federation."""
    user = context["request"].user
    return user.is_authenticated and is_officer(user)


@register.simple_tag
def demo() -> bool:
    return bool(settings.DEMO)


@register.filter
def count(number: float | None) -> str:
    """`7204118` as `7,204,118`; nothing as a dash."""
    return "–" if number is None else f"{number:,.0f}"


@register.filter
def signed(number: float | None) -> str:
    return "–" if number is None else f"{number:+,.0f}".replace("-", "−")


@register.filter
def percent(fraction: float | None) -> str:
    """`0.9734` as `97.3%`; whole percents from ten on would hide what fill rates are read for."""
    return "–" if fraction is None else f"{100 * fraction:.1f}%".replace(".0%", "%")


@register.filter
def whole_percent(fraction: float | None) -> str:
    return f"{min(max(100 * (fraction or 0), 0), 100):.0f}"


@register.filter
def street(text: str) -> str:
    """`FOX HOLLOW RD SE` as `Fox Hollow Rd SE`."""
    return street_words.street(text)


@register.filter
def purpose(key: str) -> str:
    """`gotv` as `Get out the vote`."""
    name = PURPOSES.get(key, key)
    return name[:1].upper() + name[1:]


@register.filter
def party(code: str | None) -> str:
    return "No party published" if not code else PARTY_WORDS.get(code, code)


@register.filter
def words(name: str) -> str:
    """`voters.birth_year` as `birth year`; a column's name in the user's language."""
    if fact := spoken(name):
        return fact
    return name.rpartition(".")[2].replace("_", " ")


@register.filter
def item(mapping: Mapping[str, Any], key: str) -> Any:
    return mapping.get(key)


@register.filter
def as_json(value: Any) -> str:
    """A value for a `data-` attribute, where a script of the page reads it; the template escapes it."""
    return json.dumps(value, separators=(",", ":"))


@register.filter(name="sorted")
def in_order(values: Iterable[str]) -> list[str]:
    return sorted(values)


@register.filter
def dollars(cents: int) -> str:
    """`500000` as `5,000.00`."""
    return f"{cents // 100:,}.{cents % 100:02}"


@register.filter
def nth(values: Sequence[Any], at: int) -> Any:
    return values[at]


@register.filter
def moment(when: datetime | date | str | None) -> str:
    """`24 Nov 2026, 06:41 UTC`, or the day alone where only a day is known."""
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    if when is None:
        return "–"
    if isinstance(when, datetime):
        local = timezone.localtime(when) if timezone.is_aware(when) else when
        return f"{local.day} {local:%b %Y, %H:%M} UTC"
    return f"{when.day} {when:%b %Y}"


@register.filter
def day(when: datetime | date | str | None) -> str:
    """`24 Nov 2026`."""
    if isinstance(when, str):
        when = datetime.fromisoformat(when)
    return "–" if when is None else f"{when.day} {when:%b %Y}"


@register.filter
def ago(when: datetime | None) -> str:
    """`3 days ago`, from minutes up to months, as people say it."""
    if when is None:
        return "never"
    seconds = (timezone.now() - when).total_seconds()
    for size, one in ((86400 * 60, "month"), (86400 * 2, "day"), (7200, "hour"), (120, "minute")):
        if seconds >= size:
            number = int(seconds // {"month": 86400 * 30, "day": 86400, "hour": 3600, "minute": 60}[one])
            return f"{number} {one}s ago"
    return "just now"
