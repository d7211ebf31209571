"""Phones and e-mails of people: read from every source, in one form, and how far each is to be trusted.

The rule is in `views/reach.py`, since lists read by it, too. A number that an import brings is written as a
row of `reachables` with the kind by which the list came to it. A dialer's result is a further row of the same
number with what became of it, of kind seen: that a phone rings makes no guess a thing that was told.
"""

from __future__ import annotations

from commonroll.roll.layout.cells import email
from commonroll.views.reach import BAD, MOST_SHARING, phone_of, reachable

__all__ = ["BAD", "MOST_SHARING", "email_of", "phone_of", "reachable"]

email_of = email
"""An e-mail in lower case; null unless a sign `@` stands between two parts."""
