"""Law over an owner: as its files hold it, and packs that somebody might write."""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from drawn import FIELDS, PURPOSES, Clerk

import commonroll

LAYOUTS = Path(commonroll.__file__).parent / "layouts"


@cache
def law_of(state: str) -> tuple[tuple[dict[str, Any], ...], tuple[date, ...], tuple[dict[str, Any], ...]]:
    """The rules over a state, the days of its elections, and its own rules, as the files hold them."""
    federal, own = (
        tomllib.loads((LAYOUTS / s / "law.toml").read_text("utf-8")) for s in ("us", state.lower())
    )
    rules = list(federal["rule"])
    if not all("checked_by" in rule for rule in own.get("rule", ())):
        rules += federal["default"]
    days = {e["date"] for pack in (federal, own) for e in pack.get("election", ())}
    return tuple(rules), tuple(sorted(days)), tuple(own.get("rule", ()))


def made_law(clerk: Clerk) -> tuple[dict[str, Any], ...]:
    """A pack that somebody might write: one to three rules."""
    return tuple(
        {"id": f"ZZ-{at}", "cites": "Statute", "says": "So.", **_rule(clerk), **_firm(clerk)}
        for at in range(clerk.one((1, 1, 2, 3)))
    )


def _firm(clerk: Clerk) -> dict[str, Any]:
    return {"firm": True} if clerk.chance(0.4) else {}


def _rule(clerk: Clerk) -> dict[str, Any]:
    kind = clerk.random.randrange(6)
    if kind == 0:
        return {"does": "refuse_purpose", "value": clerk.some(PURPOSES, 1, 2)}
    if kind == 1:
        return {"does": "refuse_mode", "value": clerk.some(("contact", "export", "view"), 1, 1)}
    if kind == 2:
        return {"does": "warn", "columns": ["voters.phone"]}
    names = clerk.one(
        (
            {"columns": [f"voters.{name}" for name in clerk.some(FIELDS, 1, 3)]},
            {"columns": ["districts.id"]},
            {"columns": ["voters.confidential", "voters.party"]},
            {"columns": ["voters.confidential", "voters.county_fips"]},
            {"columns": ["history.election_date", "voters.county_fips"]},
            {"classes": clerk.some(("ballot", "demographic", "contact", "registration", "district"), 1, 1)},
        )
    )
    when: dict[str, Any] = {}
    if clerk.chance(0.4):
        when["purposes"] = clerk.some(PURPOSES, 1, 2)
    if clerk.chance(0.4):
        when["modes"] = clerk.some(("contact", "count", "export", "view"), 1, 2)
    if kind == 3:
        return {
            "does": "require_requester",
            "value": clerk.some(("campaign", "committee", "party"), 1, 2),
            **names,
            **when,
        }
    return {"does": "refuse_column", **names, **when}
