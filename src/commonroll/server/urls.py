"""Addresses: accounts, pages, the log's tiles, our API."""

from __future__ import annotations

from django.urls import include, path, re_path

from commonroll.server.accounts import address_page
from commonroll.server.api import access, asking, field_events, field_flags, field_turf, match, stop
from commonroll.server.api.tiles import serve_log
from commonroll.server.delta.door import door as delta
from commonroll.server.van.door import door

urlpatterns = [
    path("accounts/email/", address_page, name="account_email"),
    path("accounts/", include("allauth.urls")),
    path("log/<slug:log>/<path:file>", serve_log, name="log_file"),
    path("api/openapi.json", match.openapi, name="api_openapi"),
    path("api/match", match.match, name="api_match"),
    path("api/match/<uuid:listed>", match.one, name="api_match_one"),
    path("api/match/<uuid:listed>/rows", match.rows, name="api_match_rows"),
    path("api/columns", asking.columns, name="api_columns"),
    path("api/count", asking.count, name="api_count"),
    path("api/vocabulary", asking.standards, name="api_vocabulary"),
    path("api/results", asking.results, name="api_results"),
    path("api/people", asking.people, name="api_people"),
    path("api/extracts", asking.extracts, name="api_extracts"),
    path("api/extracts/<uuid:extract>", asking.extract, name="api_extract"),
    path("api/extracts/<uuid:extract>/file", asking.file, name="api_extract_file"),
    path("api/extracts/<uuid:extract>/received", asking.received, name="api_extract_received"),
    path("api/extracts/<uuid:extract>/receipts", asking.receipts, name="api_extract_receipts"),
    path("api/stop", stop.stop, name="api_stop"),
    path("api/field/flags", field_flags.flags, name="api_field_flags"),
    path("api/field/reply", field_flags.reply, name="api_field_reply"),
    path("api/field/claim", field_turf.claim, name="api_field_claim"),
    path("api/field/events", field_events.events, name="api_field_events"),
    path("api/field/bundle", field_turf.bundle, name="api_field_bundle"),
    path("api/field/return", field_turf.hand_back, name="api_field_return"),
    path("api/field/wiped", field_turf.wiped, name="api_field_wiped"),
    re_path(r"^api/(?P<rest>[\s\S]*)$", access.unknown, name="api_unknown"),
    re_path(r"^/*[vV]4(?:/(?P<path>[\s\S]*))?$", door, name="van"),
    re_path(r"^sharing(?:/(?P<path>[\s\S]*))?$", delta, name="delta"),
    path("", include("commonroll.server.pages.urls")),
]
