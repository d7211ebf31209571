"""Accounts exist by invitation only."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the sign-up page: the way in is an invitation by a member."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
