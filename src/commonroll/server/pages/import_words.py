"""Words of the pages on lists: kinds, and what came of rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

KINDS: Mapping[str, str] = {
    "purchased": "bought from a seller",
    "donors": "people who gave",
    "volunteers": "people who help",
    "petition": "people who signed",
    "dialer": "results of calls or texts",
    "event": "people who came to an event",
    "hygiene": "who died, moved or was challenged: counts alone",
    "other": "something else",
}
"""Kinds of lists as a form says them."""


def outcomes(report: Mapping[str, Any]) -> list[tuple[str, int]]:
    """What came of a list's rows, in words, with how many; what did not happen is left out."""
    found = [
        ("One of your voters, by the state's id", report["by_id"]),
        ("One of your voters, by what the row says", report["sure"] - report["by_id"]),
        ("Unsure: worth a look", report["unsure"]),
        ("Somebody of a household on your roll", report["household"]),
        ("Nobody on your roll", report["none"]),
        ("Left out of every use: nothing was kept", report["left_out"]),
        ("Rows that could not be read", sum(report["refused"].values())),
    ]
    return [(words, rows) for words, rows in found if rows]
