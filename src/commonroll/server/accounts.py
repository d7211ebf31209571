"""Accounts exist by invitation only, and stand under the address that was invited."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NoReturn

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from commonroll.errors import Refusal

TOO_MANY_REQUESTS = 429


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """Closes the sign-up page: the way in is an invitation by a member."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    """Keeps the secrets of second factors unreadable in the database and its backups."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> MultiFernet:
    """Seals under the site's secret, opens under the one before it too."""
    return MultiFernet([_box_of(one) for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _box_of(site: str) -> Fernet:
    secret = b"commonroll second factors v1\n" + site.encode()
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(secret).digest()))


def locked_out(request: HttpRequest, response: HttpResponse | None, credentials: Any) -> HttpResponse:
    """What somebody reads after too many wrong passwords, whether or not there is such an account."""
    refusal = Refusal("too many wrong passwords for this address", next_step="wait a quarter of an hour")
    context = {"refusal": refusal, "status": TOO_MANY_REQUESTS}
    return render(request, "refused.html", context, status=TOO_MANY_REQUESTS)


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
