"""What entries owe each other: a form that is known, ids of their own, time that never runs back; and no file
is marked under a key that an entry before it burnt."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any

from commonroll.transparency.leaves import CHECKS, LeafError, check_value

MOST_FORMS = 10_000
# As `canonical`, without its checks: what is compared was read from JSON.
_PLAIN = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Contents:
    """The entries of one log, taken in their order; `problems` say which broke a rule."""

    def __init__(self) -> None:
        self.problems: list[str] = []
        self.unknown = 0
        self.last_at: str | None = None
        self._ids: set[bytes] = set()
        self._forms: set[bytes] = set()
        self._burnt: set[bytes] = set()

    def take(self, index: int, entry: bytes) -> None:
        """The entry at `index`; one whose form this version does not know is counted as `unknown`."""
        at = self._known(entry)
        if at is None:
            self.unknown += 1
            return
        id_ = _ID_BYTES.search(entry)
        assert id_ is not None, "an entry that is known has an id"
        if id_[1] in self._ids:
            self.problems.append(f"Entry {index} repeats the id of an earlier entry.")
        if self.last_at is not None and at < self.last_at:
            self.problems.append(f"Entry {index} is dated before the entry ahead of it.")
        if self._burnt and any(mark in self._burnt for mark in _marks(entry)):
            self.problems.append(f"Entry {index} names a mark key that an earlier entry burnt.")
        self._ids.add(id_[1])
        self.last_at = at

    def _known(self, entry: bytes) -> str | None:
        """When an entry of a form that is known is dated.

        Most differ from one before in values that each have the form of their key, and so need no reading:
        a million entries take a third of the time.
        """
        form, found = _VARYING.sub(_BLANK, entry), _AT.search(entry)
        if found is not None and form in self._forms and _BLANK not in entry and _is_real(found[1]):
            return found[1].decode()
        value = _known(entry)
        if value is None:
            return None
        if value["type"] == "mark.burnt":
            self._burnt.add(str(value["commitment"]).encode())
        if len(self._forms) < MOST_FORMS:
            self._forms.add(form)
        return str(value["at"])


_BLANK = b"\x00"
_AT = re.compile(rb'"at":"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)"')
_ID_BYTES = re.compile(rb'"id":"urn:uuid:([0-9a-f-]{36})"')
_MARKS = re.compile(rb'"marks":\[([^]]*)\]')
_MARK = re.compile(rb"[0-9a-f]{64}")
_VARYING = re.compile(
    rb'":"(?:'
    rb'(?<="at":")[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z'
    rb'|(?<="id":")urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}'
    rb'|(?:(?<="detail":")|(?<="file":")|(?<="strategy":"))sha256:[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]='
    rb'|(?:(?<="rows":")|(?<="count":")|(?<="questions":"))(?:0|[1-9][0-9]{0,14})'
    rb')"'
)
"""Values with all the form that their keys ask for (`leaves.CHECKS`). A quote inside a text has a backslash
before it, so nothing inside a text looks like a key."""


def _marks(entry: bytes) -> list[bytes]:
    found = _MARKS.search(entry)
    return _MARK.findall(found[1]) if found else []


@lru_cache(maxsize=4_096)
def _is_real(at: bytes) -> bool:
    return bool(CHECKS["at"](at.decode()))


def _known(entry: bytes) -> dict[str, Any] | None:
    try:
        text = entry.decode()
        value = json.loads(text)
        return check_value(value) if _PLAIN.encode(value) == text else None
    except (ValueError, RecursionError, LeafError):
        return None
