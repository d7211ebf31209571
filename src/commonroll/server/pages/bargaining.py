"""The drafting form for terms that answer or amend others: filled from the text before, read back over it."""

from __future__ import annotations

from django.http import QueryDict

from commonroll.agreements.profile import FOUND_OUT, MADE, RETURNED_TABLES, Terms
from commonroll.server.actions.negotiations import terms_in
from commonroll.server.actions.wishes import DEFAULT_CONTACT, Wishes, terms_of
from commonroll.server.models import Addressee, Agreement
from commonroll.server.pages import universe_form
from commonroll.server.pages import wishes as forms

LISTED = ("county_fips", "party", "status")
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
        listed = column in LISTED
        form.setlist(f"row:{column}", list(values) if listed else [", ".join(values)])
    form["start"], form["until"] = f"{terms.start:%Y-%m-%d}", f"{terms.until:%Y-%m-%d}"
    form["export_limit"] = "free" if terms.export_free else "quota"
    form["rows_per_day"] = str(
        terms.rows_per_day or terms.rows_per_export * terms.exports_per_day or forms.DEFAULT_ROWS
    )
    form["approval"], form["credit"] = ("1" if on else "" for on in (terms.approval, terms.credit))
    forms.fill_contacts(form, terms.contact or (DEFAULT_CONTACT,))
    answers = [days for kind, days in terms.returns.items() if kind in RETURNED_TABLES]
    form["return_within_days"] = str(min(answers, default=7))
    for kind in (*FOUND_OUT, *MADE):
        forms.fill_optional(form, f"{kind}_within_days", terms.returns.get(kind, 0))
    for name in DAYS:
        form[name] = str(getattr(terms, name))
    forms.fill_optional(form, "appeal_days", terms.appeal_days)
    forms.fill_optional(form, "royalty_percent", terms.royalty_percent)
    if terms.price is not None:
        form["price"] = f"{terms.price.cents // 100}.{terms.price.cents % 100:02}"
        form["price_days"] = str(terms.price.days)
    for name, at in zip(("blackout_from", "blackout_until"), terms.blackout or (), strict=False):
        form[name] = f"{at:%Y-%m-%d}"
    form["release"] = terms.release.isoformat() if terms.release else ""
    form.setlist("onward", list(terms.onward))
    form["group"], form["governing_law"] = terms.group or "", terms.governing_law or before.owner.state
    universe_form.fill(form, terms.universe)
    return form


def changed(before: Agreement | Addressee, wished: Wishes) -> Terms:
    """What the form says, as terms between the parties of the text before: the form shows every term."""
    return terms_of(owner=before.owner, recipient=before.recipient, wishes=wished)
