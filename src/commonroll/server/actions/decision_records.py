"""Decisions on who might do what for a member: listed, and one of them shown so that anybody can check it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from commonroll.errors import Refusal
from commonroll.server import decided
from commonroll.server.actions import diary
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Journal, Member
from commonroll.transparency import decisions
from commonroll.transparency.merkle import leaf_hash

ID_CHARS = 16
SHORTEST_ID = 8


def recent(*, home: Home, of: Member, last: int, person: str = "", by: Actor) -> list[dict[str, Any]]:
    """The last decisions, the newest first, JSON-ready; of one person or key alone where it is named.

    `id` names a decision, `entry` is the log's that has it (None until its hour is over), `place` in it.
    """
    by.require("log", of)
    wanted = decided.token(home, of.key, person) if person else ""
    found: list[dict[str, Any]] = []
    for entry, records in _files(home, of):
        for at in range(len(records) - 1, -1, -1):
            said = decisions.read_record(records[at])
            if said is not None and wanted in ("", said["actor"]):
                found.append({"id": _id(records[at]), **said, "entry": entry, "place": at})
            if len(found) == last:
                return found
    return found


def shown(*, home: Home, of: Member, id: str, by: Actor) -> decisions.Shown:
    """One decision with the proof that an entry of the log has it. Raises Refusal until its hour is over."""
    by.require("log", of)
    if len(id) < SHORTEST_ID:
        raise Refusal(
            f"an id has {SHORTEST_ID} characters at least", next_step="see `commonroll log decisions`"
        )
    for entry, records in _files(home, of):
        for at, line in enumerate(records):
            if leaf_hash(line).hex().startswith(id):
                if entry is None:
                    raise Refusal(
                        "the hour of this decision is not over, so no entry of the log has it yet",
                        next_step="ask again after the full hour",
                    )
                receipt = diary.receipt(home=home, log=of.key, index=entry, by=by)
                return decisions.show(records, at, receipt)
    raise Unknown("there is no such decision", next_step=f"see `commonroll log decisions {of.key}`")


def _files(home: Home, of: Member) -> Iterator[tuple[int | None, list[bytes]]]:
    """What is open, then closed hours, the newest first: the entry that names each, and its lines."""
    folder = home.decisions / of.key
    yield None, decisions.lines(folder / decisions.OPEN)
    yield None, decisions.lines(folder / decisions.CLOSING)
    for row in Journal.objects.filter(log=of.key, type="decisions").order_by("-pk").iterator():
        yield row.index, decisions.lines(decided.file_of(home, row))


def _id(line: bytes) -> str:
    return leaf_hash(line).hex()[:ID_CHARS]
