"""A member's own people who need not be on a roll: volunteers, donors, write-ins, unmatched rows."""

from __future__ import annotations

from commonroll.views.people import contacts, of_voters

__all__ = ["contacts", "of_voters"]
