"""Changing the key that signs a log: the next one is named in the log, both sign, the former is withdrawn.

Each step may be done again after a crash. Whoever holds the former key follows it to the next (`handover`);
witnesses and members are told the new one while both sign, as long as that takes.
"""

from __future__ import annotations

from django.db import transaction

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.notes import generate, kept_lines, load_plain_key, save_plain_key
from commonroll.server import journal, startup, wall
from commonroll.server.actions.federation import FEDERATION_LOG, federation, member
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.logs import folder, sequencer
from commonroll.server.models import Journal, Member
from commonroll.server.receipts import COVER_SECONDS
from commonroll.transparency.handover import Handover, put_handover, read_handovers


@wall.node()
def begin(*, home: Home, log: str, by: Actor) -> str:
    """Name the next key of a log, which signs beside the one in use from now on; its verifier key."""
    _require(log, by)
    path, origin = home.next_log_key(log), federation().log_origin(log)
    if not path.exists():
        # the file before the entry that names it: a crash between leaves a key that the next try finds
        save_plain_key(path, generate(origin))
    vkey = load_plain_key(path, origin).vkey
    _say(log, vkey, "added")
    startup.fold(home)
    return vkey


@wall.node()
def finish(*, home: Home, log: str, by: Actor) -> str:
    """Withdraw the key in use; from now on the next one signs alone. Its verifier key."""
    _require(log, by)
    path, origin = home.next_log_key(log), federation().log_origin(log)
    if not path.exists():
        raise Refusal(
            "this log's key is not being changed",
            where=log,
            next_step=f"begin with `commonroll log change-key {log}`",
        )
    old, new = load_plain_key(home.log_key(log), origin).vkey, load_plain_key(path, origin).vkey
    if old != new:
        added, withdrawn = _say(log, new, "added"), _say(log, old, "withdrawn")
        sequencer(home).wait(log, withdrawn.pk, COVER_SECONDS)
        _keep(home, log, old, new, added)
        Member.objects.filter(key=log).update(log_vkey=new)
        at_rest.put(home.log_key(log), at_rest.read(path))
    path.unlink()
    startup.fold(home)
    return new


def _require(log: str, by: Actor) -> None:
    if by != Actor.command_line():
        raise Refusal(
            "the key of a log belongs to whoever runs the machine", next_step="ask the operator to change it"
        )
    if log != FEDERATION_LOG and member(log).left_at is not None:
        raise Refusal("this member has left; its log is closed here", next_step="ask where it went")


def _said(log: str, vkey: str, state: str) -> Journal | None:
    mark = f'"state":"{state}"'.encode(), f'"vkey":"{vkey}"'.encode()
    rows = Journal.objects.filter(log=log, type="log.key").order_by("-pk")
    return next((row for row in rows if all(one in bytes(row.leaf) for one in mark)), None)


@transaction.atomic
def _say(log: str, vkey: str, state: str) -> Journal:
    """The entry in the log itself, once; the federation's log has it as well."""
    if (said := _said(log, vkey, state)) is not None:
        return said
    keys = {"member": log, "vkey": vkey, "state": state}
    logs = [log] if log == FEDERATION_LOG else [log, FEDERATION_LOG]
    return journal.record_all([journal.Entry(log=one, type="log.key", keys=keys, owner=log) for one in logs])[
        0
    ]


def _keep(home: Home, log: str, old: str, new: str, added: Journal) -> None:
    """Put the checkpoint that both signed beside the tiles, unless an earlier try did."""
    opened = folder(home, federation().origin, log)
    if any(one.new == new for one in read_handovers(opened.path)):
        return
    added.refresh_from_db()
    if added.index is None:
        raise Refusal("the log is behind", where=log, next_step="try again in a moment")
    # cosignatures of witnesses are left out: keys that nobody here looks at could be any bytes
    note = kept_lines(opened.checkpoint().note, [old, new])
    put_handover(opened, Handover(old, new, added.index, note))
