"""Accounts exist by invitation only, and stand under the address that was invited."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from django.http import Http404, HttpRequest


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the sign-up page: the way in is an invitation by a member."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


def attempted(request: HttpRequest, credentials: Mapping[str, str | None] | None) -> str:
    """The address that somebody tries to sign in with: lock-outs count by it."""
    known = (credentials or {}).get("email") or request.POST.get("login", "")
    return known.strip().lower()


def came_from(request: HttpRequest) -> str | None:
    """The network address of whoever signs in, as allauth's own limits see it; None without a network."""
    if "REMOTE_ADDR" not in request.META:
        return None
    return str(Accounts(request).get_client_ip(request))


def address_page(request: HttpRequest) -> NoReturn:
    """Receipts and roles name people by their address, so nobody changes it for themselves."""
    raise Http404
