"""The words that a draft's form offers, and what fills it; `draft_reading` reads it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from django.http import QueryDict

from commonroll.agreements.compile import mask_fits
from commonroll.agreements.profile import DISTRICT, FOUND_OUT, MADE, MASKS, PERSON, ContactQuota
from commonroll.agreements.templates import Template
from commonroll.agreements.words import label
from commonroll.roll.counties import counties_within
from commonroll.roll.schema import CLASSES, COLUMNS, DISTRICT_TYPES, GRANTABLE, PARTIES, STATUSES
from commonroll.server.actions.wishes import DEFAULT_CONTACT

MASK_WORDS: Mapping[str, str] = {
    "plain": "as it is",
    "year": "year only",
    "decade": "decade only",
    "zip3": "first 3 digits",
    "last4": "last 4 only",
    "bucket10": "in tens",
    "token": "as a pseudonym",
    "marked": "marked",
    "initial": "first letter only",
}
DEFAULT_MASKS: Mapping[str, str] = {"voters.birth_date": "year"}
"""Masks that the compiler sets where a draft says nothing; every other column is shown as it is."""
GATHERED = ("responses", "optouts", "scores", "listings", "scripts")
"""Tables that members fill: no state publishes them, and owners grant them all the same."""
KEY = "state_voter_id"
"""Joins the tables; only the voters' own can be chosen, the others say nothing more."""
OWN_COLUMNS = ("congressional", "state_senate", "state_house", "precinct_split")
"""District types that a column of `voters` limits rows by already."""
DISTRICTS = ("congressional_district", "state_senate_district", "state_house_district", "precinct")
DEFAULT_ROWS = 300_000
BY_CHANNEL: Mapping[str, str] = {
    "door": "at the door", "phone": "by phone", "text": "by text message", "mail": "by mail",
    "email": "by e-mail",
}  # fmt: skip


@dataclass(frozen=True)
class ColumnChoice:
    """One column that a draft can name, with the masks that fit it and what is chosen now."""

    name: str
    label: str
    meaning: str
    chosen: bool
    masks: tuple[tuple[str, str], ...]
    mask: str


@dataclass(frozen=True)
class ClassChoice:
    """The columns of one class, that may be ticked together."""

    name: str
    meaning: str
    columns: list[ColumnChoice]

    @property
    def chosen(self) -> int:
        return sum(1 for column in self.columns if column.chosen)


def column_choices(
    published: Iterable[str], chosen: Iterable[str], masks: Mapping[str, str]
) -> list[ClassChoice]:
    """Every grantable column that the owner's state publishes, and of what members gather, by class."""
    known, ticked = set(published), set(chosen)
    found = []
    for cls, meaning in CLASSES.items():
        columns = [
            ColumnChoice(
                name,
                label(name),
                c.meaning,
                name in ticked,
                _masks(name),
                masks.get(name, default_mask(name)),
            )
            for name, c in GRANTABLE.items()
            if c.cls == cls
            and (name in known or c.table in GATHERED)
            and (c.table == "voters" or c.name != KEY)
        ]
        if columns:
            found.append(ClassChoice(cls, meaning, columns))
    # by itself: whoever ticks a whole class does not mean that rows of several owners can be put together
    person = ColumnChoice(PERSON, label(PERSON), COLUMNS[PERSON].meaning, PERSON in ticked, (), "plain")
    return [*found, ClassChoice("persons", "who is one person on several rolls", [person])]


def default_mask(name: str) -> str:
    return DEFAULT_MASKS.get(name, "plain")


def _masks(name: str) -> tuple[tuple[str, str], ...]:
    fitting = [m for m in MASKS if m != "null" and mask_fits(m, COLUMNS[name])]
    return tuple((m, MASK_WORDS[m]) for m in fitting) if len(fitting) > 1 else ()


def from_template(template: Template, *, until: date, start: date) -> QueryDict:
    """The form as a template fills it."""
    form = QueryDict(mutable=True)
    form.setlist("purposes", list(template.purposes))
    form.setlist("modes", list(template.modes))
    form.setlist("columns", list(template.columns))
    for name, mask in template.masks.items():
        form[f"mask:{name}"] = mask
    form["start"], form["until"] = start.isoformat(), until.isoformat()
    form["rows_per_day"], form["export_limit"] = str(template.rows_per_day or DEFAULT_ROWS), "quota"
    fill_contacts(form, template.contact or (DEFAULT_CONTACT,))
    for name in ("return_within_days", "delete_within_days", "breach_within_hours", "notice_days"):
        form[name] = str(getattr(template, name))
    fill_optional(form, "appeal_days", min(template.appeal_days, template.notice_days))
    fill_optional(form, "royalty_percent", template.royalty_percent)
    for kind in (*FOUND_OUT, *MADE):
        fill_optional(form, f"{kind}_within_days", template.also_returns.get(kind, 0))
    for name in ("approval", "credit"):
        form[name] = "1" if getattr(template, name) else ""
    return form


def fill_contacts(form: QueryDict, quotas: Iterable[ContactQuota]) -> None:
    """The quotas into the form: that of any channel, then each channel's own."""
    for quota in quotas:
        end = "" if quota.channel == "any" else f":{quota.channel}"
        form[f"contacts{end}"], form[f"contact_per{end}"] = str(quota.count), quota.per
        form[f"contact_days{end}"] = str(quota.days)


def fill_optional(form: QueryDict, name: str, number: int) -> None:
    """Nothing where nothing is agreed."""
    form[name] = str(number) if number else ""


@dataclass(frozen=True)
class Choice:
    """One tick of the form: value, words, ticked or not."""

    value: str
    label: str
    chosen: bool


def ticks(form: QueryDict, name: str, offered: Mapping[str, str]) -> list[Choice]:
    ticked = set(form.getlist(name))
    return [Choice(value, words, value in ticked) for value, words in offered.items()]


def scope_choices(form: QueryDict, state: str) -> dict[str, list[Choice]]:
    """What a draft can limit rows by with ticks: counties of the state, parties, statuses."""
    counties = {c.fips: c.name for c in sorted(counties_within(state), key=lambda c: c.name)}
    return {
        "county_fips": ticks(form, "row:county_fips", counties),
        "party": ticks(form, "row:party", {p: p for p in PARTIES}),
        "status": ticks(form, "row:status", {s: s for s in STATUSES if s != "removed"}),
    }


def channels(form: QueryDict) -> list[tuple[str, str, str, str, str]]:
    """A quota for each channel: key, words, count, per, days, empty where there is none."""
    return [
        (key, words, form.get(f"contacts:{key}", ""), form.get(f"contact_per:{key}", "household"),
         form.get(f"contact_days:{key}", ""))
        for key, words in BY_CHANNEL.items()
    ]  # fmt: skip


def districts(form: QueryDict) -> list[tuple[str, str, str]]:
    """What rows can be limited by with words that are typed: name, words, what stands there."""
    names = (*DISTRICTS, *(DISTRICT + kind for kind in DISTRICT_TYPES if kind not in OWN_COLUMNS), "state")
    return [(name, spoken_limit(name), form.get(f"row:{name}", "")) for name in names]


def spoken_limit(name: str) -> str:
    """`council district`, `precinct`, `states, by two letters`."""
    if name == "state":
        return "states, by two letters"
    kind = name.removeprefix(DISTRICT).replace("_", " ")
    return f"{kind} district" if name.startswith(DISTRICT) else kind


def default_until(start: date) -> date:
    """Seven months, a usual term where no election day sets one."""
    return start + timedelta(days=212)
