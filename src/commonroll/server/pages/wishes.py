"""What a draft's form says, as `Wishes`; and the words that the form offers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.http import QueryDict

from commonroll.agreements.compile import mask_fits
from commonroll.agreements.profile import MASKS, MODES, PERSON, PURPOSES, ContactQuota, Mask
from commonroll.agreements.templates import TEMPLATES, Template
from commonroll.agreements.words import label
from commonroll.errors import Refusal
from commonroll.roll.counties import counties_within
from commonroll.roll.schema import CLASSES, COLUMNS, GRANTABLE, PARTIES, STATUSES
from commonroll.server.actions.wishes import DEFAULT_CONTACT, Wishes

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
KEY = "state_voter_id"
"""Joins the tables; only the voters' own can be chosen, the others say nothing more."""
DISTRICTS = ("congressional_district", "state_senate_district", "state_house_district", "precinct")
NUMBERS = {
    "rows_per_day": "rows exported a day",
    "contacts": "contacts",
    "contact_days": "days between contacts",
    "return_within_days": "days until answers come back",
    "delete_within_days": "days until copies are deleted",
    "breach_within_hours": "hours until a breach is reported",
    "notice_days": "days of notice",
}


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
    """Every grantable column that the owner's state publishes, by class."""
    known, ticked = set(published), set(chosen)
    found = []
    for cls, meaning in CLASSES.items():
        columns = [
            ColumnChoice(
                name, label(name), c.meaning, name in ticked, _masks(name), masks.get(name, _default(name))
            )
            for name, c in GRANTABLE.items()
            if c.cls == cls and name in known and (c.table == "voters" or c.name != KEY)
        ]
        if columns:
            found.append(ClassChoice(cls, meaning, columns))
    # by itself: whoever ticks a whole class does not mean that rows of several owners can be put together
    person = ColumnChoice(PERSON, label(PERSON), COLUMNS[PERSON].meaning, PERSON in ticked, (), "plain")
    return [*found, ClassChoice("persons", "who is one person on several rolls", [person])]


def _default(name: str) -> str:
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
    form["rows_per_day"] = str(template.rows_per_day or 300_000)
    contact = template.contact[0] if template.contact else DEFAULT_CONTACT
    form["contacts"], form["contact_per"] = str(contact.count), contact.per
    form["contact_days"] = str(contact.days)
    for name in ("return_within_days", "delete_within_days", "breach_within_hours", "notice_days"):
        form[name] = str(getattr(template, name))
    return form


def wishes(form: QueryDict) -> Wishes:
    """The form's choices; `Refusal` names the field that cannot be read."""
    modes = _chosen(form, "modes", MODES)
    columns = _chosen(form, "columns", GRANTABLE)
    exports = "export" in modes
    template = TEMPLATES.get(form.get("template", ""))
    contact = ContactQuota(
        _number(form, "contacts"), "voter" if form.get("contact_per") == "voter" else "household",
        _number(form, "contact_days"),
    )  # fmt: skip
    return Wishes(
        purposes=_chosen(form, "purposes", PURPOSES),
        modes=modes,
        columns=columns,
        start=_day(form, "start"),
        until=_day(form, "until"),
        masks=_chosen_masks(form, columns),
        rows=_scope(form),
        rows_per_day=_number(form, "rows_per_day") if exports else 0,
        contact=(contact,),
        return_within_days=_number(form, "return_within_days"),
        delete_within_days=_number(form, "delete_within_days"),
        breach_within_hours=_number(form, "breach_within_hours"),
        notice_days=_number(form, "notice_days"),
        **(unshown(template, _number(form, "notice_days")) if template else {}),
    )


def unshown(template: Template, notice_days: int) -> dict[str, Any]:
    """Terms of a template that the form has no field for; the sentences beside it say them."""
    return {
        "approval": template.approval,
        "appeal_days": min(template.appeal_days, notice_days),
        "royalty_percent": template.royalty_percent,
        "credit": template.credit,
        **{f"{kind}_within_days": days for kind, days in template.also_returns.items()},
    }


def _chosen(form: QueryDict, name: str, known: Iterable[str]) -> list[str]:
    found = sorted(set(form.getlist(name)) & set(known))
    if not found:
        raise Refusal(f"no {name} are chosen yet", next_step=f"choose at least one of the {name}")
    return found


def _chosen_masks(form: QueryDict, columns: Iterable[str]) -> dict[str, Mask]:
    given = {name: form.get(f"mask:{name}", _default(name)) for name in columns}
    return {name: mask for name, mask in given.items() if mask in MASKS and mask != _default(name)}


def _scope(form: QueryDict) -> dict[str, list[str]]:
    listed = {name: form.getlist(f"row:{name}") for name in ("county_fips", "party", "status")}
    typed = {
        name: [part.strip().upper() for part in form.get(f"row:{name}", "").split(",") if part.strip()]
        for name in DISTRICTS
    }
    return {name: sorted(set(values)) for name, values in {**listed, **typed}.items() if values}


def _day(form: QueryDict, name: str) -> datetime:
    try:
        return datetime.fromisoformat(form.get(name, "")).replace(tzinfo=UTC)
    except ValueError as error:
        raise Refusal(
            f'the day of "{name}" cannot be read', next_step="write it as year-month-day, 2026-12-01"
        ) from error


def _number(form: QueryDict, name: str) -> int:
    text = form.get(name, "").replace(",", "").strip()
    if not text.isdecimal() or not 0 < int(text) < 10**9:
        raise Refusal(
            f"the number of {NUMBERS[name]} cannot be read", next_step="write a whole number above 0"
        )
    return int(text)


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


def default_until(start: date) -> date:
    """Seven months, a usual term where no election day sets one."""
    return start + timedelta(days=212)
