"""The time zone in which a state's days are counted: where most of its people live."""

from __future__ import annotations

from zoneinfo import ZoneInfo

_ZONES = {
    "America/New_York": "CT DC DE FL GA IN KY MA MD ME MI NC NH NJ NY OH PA RI SC VA VT WV",
    "America/Chicago": "AL AR IA IL KS LA MN MO MS ND NE OK SD TN TX WI",
    "America/Denver": "CO ID MT NM UT WY",
    "America/Phoenix": "AZ",
    "America/Los_Angeles": "CA NV OR WA",
    "America/Anchorage": "AK",
    "Pacific/Honolulu": "HI",
    "America/Puerto_Rico": "PR VI",
    "Pacific/Guam": "GU MP",
    "Pacific/Pago_Pago": "AS",
}
_OF_STATE = {state: zone for zone, states in _ZONES.items() for state in states.split()}

NATIONAL = ZoneInfo("America/New_York")
"""Of whoever is in no state: elections are told in it."""


def zone_of(state: str | None) -> ZoneInfo:
    """Of a state by its two letters; NATIONAL where it is none of them."""
    return ZoneInfo(_OF_STATE[state]) if state in _OF_STATE else NATIONAL
