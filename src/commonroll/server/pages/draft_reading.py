"""What a draft's form says, as `Wishes`; what cannot be read is kept by field, and the rest is read on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, TypeVar, cast

from django.http import QueryDict

from commonroll.agreements.profile import (
    DISTRICT,
    FOUND_OUT,
    MADE,
    MASKS,
    MODES,
    PURPOSES,
    ContactQuota,
    Mask,
    Price,
)
from commonroll.errors import Refusal
from commonroll.roll.schema import GRANTABLE
from commonroll.server.actions.wishes import Wishes
from commonroll.server.pages.universe_form import read_universe
from commonroll.server.pages.wishes import BY_CHANNEL, default_mask, districts

Found = TypeVar("Found")
NUMBERS = {
    "rows_per_day": "rows exported a day",
    "contacts": "contacts",
    "contact_days": "days between contacts",
    "return_within_days": "days until answers come back",
    "bounces_within_days": "days until bounces come back",
    "addresses_within_days": "days until new addresses come back",
    "lists_within_days": "days until lists come back",
    "scores_within_days": "days until scores come back",
    "scripts_within_days": "days until scripts come back",
    "delete_within_days": "days until copies are deleted",
    "breach_within_hours": "hours until a breach is reported",
    "notice_days": "days of notice",
    "appeal_days": "days to appeal",
    "price_days": "days to pay in",
    "royalty_percent": "percent of a licence",
}
ALSO = tuple(f"{kind}_within_days" for kind in (*FOUND_OUT, *MADE))
"""Days of what comes back only where they are given."""
LISTS = ("county_fips", "party", "status")
SECTIONS = {
    "purposes": "purposes", "start": "days", "until": "days", "modes": "modes", "columns": "columns",
    "rows_per_day": "exports", "price": "money", "price_days": "money", "royalty_percent": "money",
    "universe": "rows", "notice_days": "end", "appeal_days": "end", "blackout": "end",
    **dict.fromkeys(ALSO, "returns"), "return_within_days": "returns",
    "release": "returns", "delete_within_days": "returns", "breach_within_hours": "returns",
}  # fmt: skip
"""The sentence in which each field stands."""


@dataclass
class Reading:
    """A form as it was read: `problems` by field; `wishes` is None while there are any."""

    form: QueryDict
    problems: dict[str, Refusal] = field(default_factory=dict)
    wishes: Wishes | None = None

    def of(self, name: str, read: Callable[[], Found], otherwise: Found) -> Found:
        try:
            return read()
        except Refusal as refusal:
            self.problems.setdefault(name, refusal)
            return otherwise

    def number(self, name: str, *, optional: bool = False) -> int:
        """A field's whole number; 0 where it may be left empty and is."""
        text = self.form.get(name, "").replace(",", "").strip()
        if optional and text in ("", "0"):
            return 0
        return self.of(name, lambda: number(text, NUMBERS[name.partition(":")[0]]), 0)


def section_of(name: str) -> str:
    return SECTIONS.get(name) or ("contact" if name.startswith("contact") else "rows")


def wishes(form: QueryDict) -> Wishes:
    """The form's choices; `Refusal` names the first field that cannot be read."""
    reading = read_form(form)
    if reading.wishes is None:
        raise next(iter(reading.problems.values()))
    return reading.wishes


def read_form(form: QueryDict) -> Reading:
    """Every field, in the order of the sentences."""
    r = Reading(form)
    far = datetime.max.replace(tzinfo=UTC)
    nothing: list[str] = []
    modes = r.of("modes", lambda: _chosen(form, "modes", MODES), nothing)
    columns = r.of("columns", lambda: _chosen(form, "columns", GRANTABLE), nothing)
    free = form.get("export_limit") == "free"
    found: dict[str, Any] = {
        "purposes": r.of("purposes", lambda: _chosen(form, "purposes", PURPOSES), nothing),
        "modes": modes,
        "columns": columns,
        "start": r.of("start", lambda: _day(form, "start"), far),
        "until": r.of("until", lambda: _day(form, "until"), far),
        "masks": _chosen_masks(form, columns),
        "rows": _scope(form),
        "universe": r.of("universe", lambda: read_universe(form), None),
        "export_free": free and "export" in modes,
        "rows_per_day": r.number("rows_per_day") if "export" in modes and not free else 0,
        "approval": form.get("approval") == "1",
        "contact": _quotas(r),
        "return_within_days": r.number("return_within_days"),
        **{name: r.number(name, optional=True) for name in ALSO},
        "delete_within_days": r.number("delete_within_days"),
        "breach_within_hours": r.number("breach_within_hours"),
        "notice_days": r.number("notice_days"),
        "appeal_days": r.number("appeal_days", optional=True),
        "price": _price(r),
        "royalty_percent": r.number("royalty_percent", optional=True),
        "credit": form.get("credit") == "1",
        "onward": sorted(set(form.getlist("onward"))),
        "group": form.get("group", "").strip() or None,
        "blackout": r.of("blackout", lambda: _blackout(form), None),
        "governing_law": form.get("governing_law", ""),
        "release": r.of("release", lambda: _release(form), None),
    }
    if not r.problems:
        r.wishes = Wishes(**found)
    return r


def number(text: str, what: str) -> int:
    if not text.isdecimal() or not text.isascii() or not 0 < int(text) < 10**9:
        raise Refusal(f"the number of {what} cannot be read", next_step="write a whole number above 0")
    return int(text)


def _chosen(form: QueryDict, name: str, known: Iterable[str]) -> list[str]:
    found = sorted(set(form.getlist(name)) & set(known))
    if not found:
        raise Refusal(f"no {name} are chosen yet", next_step=f"choose at least one of the {name}")
    return found


def _chosen_masks(form: QueryDict, columns: Iterable[str]) -> dict[str, Mask]:
    given = {name: form.get(f"mask:{name}", default_mask(name)) for name in columns}
    return {name: mask for name, mask in given.items() if mask in MASKS and mask != default_mask(name)}


def _scope(form: QueryDict) -> dict[str, list[str]]:
    found = {name: form.getlist(f"row:{name}") for name in LISTS}
    for name, _, text in districts(form):
        parts = [part.strip() for part in text.split(",") if part.strip()]
        # names of districts stand as their owner publishes them; what the roll numbers is in capitals
        found[name] = parts if name.startswith(DISTRICT) else [part.upper() for part in parts]
    return {name: sorted(set(values)) for name, values in found.items() if values}


def _day(form: QueryDict, name: str) -> datetime:
    try:
        return datetime.fromisoformat(form.get(name, "")).replace(tzinfo=UTC)
    except ValueError as error:
        raise Refusal(
            f'the day of "{name.replace("_", " ")}" cannot be read',
            next_step="write it as year-month-day, 2026-12-01",
        ) from error


def _quotas(r: Reading) -> list[ContactQuota]:
    found = [ContactQuota(r.number("contacts"), _per(r.form, ""), r.number("contact_days"))]
    for channel in BY_CHANNEL:
        if r.form.get(f"contacts:{channel}", "").strip():
            most, days = r.number(f"contacts:{channel}"), r.number(f"contact_days:{channel}")
            found.append(ContactQuota(most, _per(r.form, f":{channel}"), days, cast(Any, channel)))
    return found


def _per(form: QueryDict, end: str) -> Any:
    return "voter" if form.get(f"contact_per{end}") == "voter" else "household"


def _price(r: Reading) -> Price | None:
    text = r.form.get("price", "").replace(",", "").removeprefix("$").strip()
    if not text:
        return None
    days = r.number("price_days")
    return Price(r.of("price", lambda: cents(text), 0), days)


def cents(text: str) -> int:
    """`1500` or `1500.50` dollars."""
    found = re.fullmatch(r"([0-9]{1,9})(?:\.([0-9]{2}))?", text)
    if found is None or not int(found[1] + (found[2] or "00")):
        raise Refusal("the price cannot be read", next_step="write dollars, 1500 or 1500.50")
    return int(found[1] + (found[2] or "00"))


def _release(form: QueryDict) -> date | None:
    return _day(form, "release").date() if form.get("release") else None


def _blackout(form: QueryDict) -> tuple[datetime, datetime] | None:
    if not (form.get("blackout_from") or form.get("blackout_until")):
        return None
    return _day(form, "blackout_from"), _day(form, "blackout_until")
