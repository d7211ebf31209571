"""The drafting form for terms that answer or amend others: filled from the text before, read back over it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import QueryDict

from commonroll.agreements.profile import Terms
from commonroll.server.actions.negotiations import terms_in
from commonroll.server.actions.wishes import Wishes, terms_of
from commonroll.server.models import Addressee, Agreement

DAYS = ("delete_within_days", "breach_within_hours", "notice_days")
LISTS = ("purposes", "modes", "columns")


def form_of(before: Agreement | Addressee) -> QueryDict:
    """The form as the text before fills it."""
    terms = terms_in(before)
    form = QueryDict(mutable=True)
    for name in LISTS:
        form.setlist(name, list(getattr(terms, name)))
    for column, mask in terms.masks.items():
        form[f"mask:{column}"] = mask
    for column, values in terms.rows.items():
        listed = column in ("county_fips", "party", "status")
        form.setlist(f"row:{column}", list(values) if listed else [", ".join(values)])
    form["start"], form["until"] = f"{terms.start:%Y-%m-%d}", f"{terms.until:%Y-%m-%d}"
    form["rows_per_day"] = str(terms.rows_per_day or terms.rows_per_export * terms.exports_per_day or 300_000)
    quota = terms.contact[0] if terms.contact else None
    form["contacts"], form["contact_days"] = (
        str(quota.count if quota else 3),
        str(quota.days if quota else 30),
    )
    form["contact_per"] = quota.per if quota else "household"
    form["return_within_days"] = str(min(terms.returns.values(), default=7))
    for name in DAYS:
        form[name] = str(getattr(terms, name))
    return form


def changed(before: Agreement | Addressee, wished: Wishes) -> Terms:
    """The text's terms with what the form says; terms that the form cannot show stay as they are."""
    old = terms_in(before)
    new = terms_of(owner=before.owner, recipient=before.recipient, wishes=wished)
    if old.profile == 1:
        return new
    shown = {name: getattr(new, name) for name in (*LISTS, "masks", "start", "until", *DAYS)}
    unseen = {column: values for column, values in old.rows.items() if column not in FORM_ROWS}
    return replace(old, rows={**new.rows, **unseen}, **shown, **_quotas(old, new))


def _quotas(old: Terms, new: Terms) -> dict[str, Any]:
    """Quotas of the uses that the form asks for, as the text before had them where it had any."""
    exports = "export" in new.modes
    free = exports and old.export_free
    others = tuple(quota for quota in old.contact if quota.channel != "any")
    return {
        "export_free": free,
        "rows_per_day": 0 if free else new.rows_per_day,
        "approval": exports and old.approval,
        "contact": (*new.contact, *others) if new.contact else (),
    }


FORM_ROWS = frozenset(
    {
        "county_fips", "party", "status", "congressional_district", "state_senate_district",
        "state_house_district", "precinct",
    }
)  # fmt: skip
"""Limits of rows that the form shows."""
