"""What somebody records at a door: immutable events, each with the id that the phone gave it.

The vocabulary is closed. An event is parsed once, when it arrives; what it means follows from all events of
its turf together (`fold.py`). Nothing that a voter said stands in a refusal: it names the field alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, get_args

from commonroll.errors import Refusal

Kind = Literal[
    "attempt", "answer", "note", "building_note", "person_added", "moved", "deceased", "optout",
    "correction", "undo",
]  # fmt: skip

Result = Literal[
    "not_home", "talked", "refused", "busy", "moved", "deceased", "language", "inaccessible", "vacant",
    "dangerous",
]  # fmt: skip

KINDS: frozenset[str] = frozenset(get_args(Kind))
RESULTS: frozenset[str] = frozenset(get_args(Result))

CHANNELS = frozenset({"all", "door", "phone", "text", "mail", "email"})
CORRECTED = frozenset(
    {
        "first_name", "middle_name", "last_name", "suffix", "preferred_name", "unit", "language", "phone",
        "email",
    }
)  # fmt: skip
"""What somebody says is otherwise; a phone or an e-mail only with consent. It is told, and no roll is changed
by it."""

MOST_TEXT = 500
"""Characters of a note, a name or an answer."""

_FIELDS = {
    "id",
    "turf",
    "rev",
    "seq",
    "at",
    "mono",
    "kind",
    "stop",
    "household",
    "person",
    "value",
    "replaces",
}
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@]+")
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")
"""What no database stores: NUL, half of a surrogate pair."""
_MOST_NUMBER = 2**53

# what the value of a kind holds: text under each name, required first; and whom the event is about
_VALUES: Mapping[
    str, tuple[tuple[str, ...], tuple[str, ...], Literal["person", "household", "stop", "event"]]
] = {
    "attempt": (("result",), (), "household"),
    "answer": (("question", "answer"), (), "person"),
    "note": (("text",), (), "household"),
    "building_note": (("text",), (), "stop"),
    "person_added": (("name",), ("unit", "phone", "email", "consent"), "household"),
    "moved": ((), (), "person"),
    "deceased": ((), (), "person"),
    "optout": (("channel",), (), "person"),
    "correction": (("field", "is"), ("consent",), "person"),
    "undo": ((), (), "event"),
}


@dataclass(frozen=True)
class Event:
    """`at` is the phone's own time; `mono` its milliseconds since it started, which no clock change moves.
    `seq` counts a device's events. `replaces` names the event that this one takes back or corrects."""

    id: str
    turf: str
    rev: int
    seq: int
    at: datetime
    mono: int
    kind: Kind
    stop: int | None
    household: str | None
    person: str | None
    value: Mapping[str, str]
    replaces: str | None


def parse(document: Any) -> Event:
    """An event as a phone sends it. Raises Refusal with the field that is wrong, never with what it holds."""
    if not isinstance(document, dict):
        raise _refused("the event")
    if strange := set(document) - _FIELDS:
        raise _refused("a field that no event has", more=f"{len(strange)} of them")
    kind = document.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise _refused("kind")
    event = Event(
        id=_matched(document, "id", _ID),
        turf=_matched(document, "turf", _NAME),
        rev=_number(document, "rev"),
        seq=_number(document, "seq"),
        at=_time(document.get("at")),
        mono=_number(document, "mono"),
        kind=kind,  # type: ignore[arg-type]
        stop=None if document.get("stop") is None else _number(document, "stop"),
        household=_optional(document, "household", _NAME),
        person=_optional(document, "person", _NAME),
        value=_value(kind, document.get("value")),
        replaces=_optional(document, "replaces", _ID),
    )
    return _about_somebody(event)


def _about_somebody(event: Event) -> Event:
    about = _VALUES[event.kind][2]
    given = {
        "person": event.person,
        "household": event.household,
        "stop": event.stop,
        "event": event.replaces,
    }
    if given[about] is None:
        raise _refused("replaces" if about == "event" else about)
    if event.replaces == event.id:
        raise _refused("replaces")
    return event


def _value(kind: str, given: Any) -> Mapping[str, str]:
    needed, allowed, _ = _VALUES[kind]
    value = {} if given is None else given
    if not isinstance(value, dict) or not set(needed) <= set(value) <= {*needed, *allowed}:
        raise _refused("value")
    for name, text in value.items():
        if not isinstance(text, str) or not text.strip() or len(text) > MOST_TEXT or _NO_TEXT.search(text):
            raise _refused(f"value.{name}")
    closed = {"result": RESULTS, "channel": CHANNELS, "field": CORRECTED, "consent": frozenset({"yes"})}
    for name, words in closed.items():
        if name in value and value[name] not in words:
            raise _refused(f"value.{name}")
    if kind == "person_added" and ({"phone", "email"} & set(value)) and "consent" not in value:
        raise _refused("value.consent", more="a phone or an e-mail needs it")
    if kind == "correction" and value["field"] in ("phone", "email") and "consent" not in value:
        raise _refused("value.consent", more="a phone or an e-mail needs it")
    if kind == "correction" and value["field"] == "email" and not _EMAIL.fullmatch(value["is"].strip()):
        raise _refused("value.is", more="an e-mail has an @ and no spaces")
    if kind == "correction" and value["field"] == "language" and not _LANGUAGE.fullmatch(value["is"]):
        raise _refused("value.is", more="a language is a code as en or es")
    return dict(value)


def _matched(document: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str:
    given = document.get(name)
    if not isinstance(given, str) or not pattern.fullmatch(given):
        raise _refused(name)
    return given


def _optional(document: Mapping[str, Any], name: str, pattern: re.Pattern[str]) -> str | None:
    return None if document.get(name) is None else _matched(document, name, pattern)


def _number(document: Mapping[str, Any], name: str) -> int:
    given = document.get(name)
    if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < _MOST_NUMBER:
        raise _refused(name)
    return given


def _time(given: Any) -> datetime:
    """With a zone: a phone's wall clock alone does not say when."""
    try:
        found = datetime.fromisoformat(given)
        if found.utcoffset() is None:
            raise _refused("at", more="it needs a time zone")
        return found.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as wrong:
        if isinstance(wrong, Refusal):
            raise
        raise _refused("at") from None


def _refused(field: str, more: str = "") -> Refusal:
    return Refusal(
        "An event from a phone cannot be read.",
        where=f"{field}{f': {more}' if more else ''}",
        next_step="It stays on the phone, from where it can be exported; nothing else waits for it.",
    )
