"""Addresses: accounts, pages, the log's tiles, our API."""

from __future__ import annotations

from django.urls import include, path

from commonroll.server.accounts import address_page
from commonroll.server.api.tiles import serve_log

urlpatterns = [
    path("accounts/email/", address_page, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("log/<slug:log>/<path:file>", serve_log, name="log_file"),
    path("", include("commonroll.server.pages.urls")),
]
