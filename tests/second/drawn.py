"""What worlds are drawn from: small pools, so that values and moments meet often, and one seed."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

RECIPIENT, KINDS = "national", ("committee", "campaign", "civic", "vendor", "party", "")
SECOND = timedelta(seconds=1)
STATES = ("OH", "NC", "FL", "WA", "VA", "TX")
PURPOSES = ("gotv", "persuasion", "fundraising", "volunteer", "research", "hygiene", "list-building")
FIELDS = (
    "state_voter_id",
    "county_voter_id",
    "status",
    "first_name",
    "middle_name",
    "birth_date",
    "birth_year",
    "age",
    "sex",
    "race",
    "party",
    "registered_on",
    "residence_line1",
    "residence_zip5",
    "mail_line1",
    "mail_zip",
    "phone",
    "email",
    "county_fips",
    "precinct",
    "ward",
    "congressional_district",
    "permanent_absentee",
)
SPLIT = (
    "status",
    "birth_year",
    "age",
    "sex",
    "race",
    "party",
    "registered_on",
    "county_fips",
    "precinct",
    "permanent_absentee",
)
MASKS = {
    "birth_date": ("plain", "plain", "decade", "year", "null"),
    "birth_year": ("decade", "null"),
    "age": ("bucket10",),
    "residence_zip5": ("zip3",),
    "mail_zip": ("zip3",),
    "phone": ("last4", "null"),
    "first_name": ("initial", "plain"),
    "middle_name": ("initial",),
    "county_voter_id": ("last4", "token"),
    "state_voter_id": ("last4", "token", "null"),
    "party": ("null",),
    "registered_on": ("year", "decade"),
}
VOTED = (date(2024, 11, 5), date(2022, 11, 8))
REGISTERED = (date(2024, 1, 1), date(2023, 12, 31), date(2010, 6, 1))
SCOPES = {
    "county_fips": ("39001", "39003", "39005"),
    "precinct": ("1", "2"),
    "party": ("DEM", "NPA", "REP"),
    "status": ("active", "inactive", "removed"),
    "congressional_district": ("1", "12"),
    "state": STATES,
    "district/council": ("1", "2", "3"),
    "district/school": ("1", "EAST"),
}


class Clerk:
    """Draws from one seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = random.Random(seed)

    def one(self, of: Sequence[Any]) -> Any:
        return self.random.choice(of)

    def chance(self, p: float) -> bool:
        return self.random.random() < p

    def some(self, of: Sequence[Any], least: int = 1, most: int | None = None) -> list[Any]:
        n = self.random.randint(least, min(most or len(of), len(of)))
        return sorted(self.random.sample(list(of), n))

    def near(self, moments: Sequence[datetime]) -> datetime:
        """One of the moments, or a second before or after."""
        return self.one(moments) + self.one((-SECOND, timedelta(0), timedelta(0), SECOND))
