"""How a call ends: the words, and what each is in the API's vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType

TALKED, STOP = "talked", "stop"


@dataclass(frozen=True)
class Ending:
    """`words` for people, `code` the result code of programs (`van.vocabularies`); `again` after how long the
    person is called once more, None for never; `synonyms`: what files of dialers call it."""

    words: str
    code: int
    again: timedelta | None = None
    synonyms: frozenset[str] = frozenset()


ENDINGS: Mapping[str, Ending] = {
    TALKED: Ending("Talked", 14, synonyms=frozenset({"canvassed", "contacted", "contact", "answered",
                                                     "replied",
                                                     "complete", "completed", "success", "responded"})),
    "not_home": Ending("No answer", 1, timedelta(hours=3), frozenset({"no answer", "not home", "na",
                       "noanswer",
                       "no contact", "not answered", "sent", "delivered", "no reply"})),
    "busy": Ending("Busy", 18, timedelta(minutes=20), frozenset({"busy signal", "call back", "callback"})),
    "left_message": Ending("Left a message", 19, timedelta(days=1), frozenset({"voicemail", "left message",
                           "answering machine", "machine", "vm", "lm"})),
    "refused": Ending("Refused", 205, synonyms=frozenset({"refusal", "hung up", "hangup", "not interested"})),
    "language": Ending("Another language", 205, synonyms=frozenset({"language barrier", "other language"})),
    "wrong_number": Ending("Wrong number", 20, synonyms=frozenset({"wrong number", "wn", "wrong person"})),
    "disconnected": Ending("Disconnected", 25, synonyms=frozenset({"bad number", "invalid", "out of service",
                           "failed", "undelivered", "undeliverable"})),
    "moved": Ending("Moved away", 205, synonyms=frozenset({"moved", "relocated"})),
    "deceased": Ending("Deceased", 205, synonyms=frozenset({"died"})),
    STOP: Ending("Do not call again", 205, synonyms=frozenset({"do not call", "dnc", "stop", "opted out",
                 "opt out", "optout", "unsubscribe", "unsubscribed", "do not contact", "remove"})),
}  # fmt: skip

MOST_TRIES = 4
"""Calls to one person of a list that nobody answered."""


def plain(text: str) -> str:
    """A word of a file without capitals, underscores, hyphens and double spaces."""
    return " ".join(text.lower().replace("_", " ").replace("-", " ").split())


def ending_of(text: str, own: Mapping[str, str] = MappingProxyType({})) -> str | None:
    """The ending that a word of a file means, by a member's `own` words (plain) first; None where it means
    none."""
    word = plain(text)
    if word in own:
        return own[word]
    for name, ending in ENDINGS.items():
        known = {name.replace("_", " "), ending.words.lower(), *ending.synonyms}
        if word in known or word.replace(" ", "") in {one.replace(" ", "") for one in known}:
            return name
    return None
