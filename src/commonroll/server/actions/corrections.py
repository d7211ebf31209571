"""A member corrects a field of one of its own voters, or takes that back; from the next load on."""

from __future__ import annotations

from datetime import date

import ibis
from django.db import transaction

from commonroll.errors import Refusal
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault import corrections
from commonroll.roll.vault.corrections import VOTER, Correction
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal
from commonroll.server.actions.decisions import reason_of
from commonroll.server.actions.loads import vault
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Member

WAIT = 20.0
SOURCE = "the member's own knowledge"


def correct(
    *, home: Home, of: Member, voter: str, field: str, new: str, reason: str, on: date, until: date, by: Actor
) -> Correction:
    """Keep a correction of one voter's field in the member's vault, in place of an earlier one of the field.

    The value that stands in the roll today is noted with it: once the state writes another one, the state's
    counts again. Raises Refusal for a field that cannot be corrected, or no value of it.
    """
    by.require("raw", of)
    held = vault(home, of)
    if field not in corrections.OF_A_VOTER:
        fields = ", ".join(sorted(corrections.OF_A_VOTER))
        raise Refusal("this field cannot be corrected", where=field, next_step=f"name one of: {fields}")
    with held.lock(wait=WAIT, doing="correcting"):
        lines = corrections.read(held.own_corrections, personal=True)
        match = f"{VOTER}={voter}"
        others = [one for one in lines if (one.match, one.field) != (match, field)]
        earlier = next((one for one in lines if (one.match, one.field) == (match, field)), None)
        old = _published(held, voter, field, earlier)
        said = reason_of(reason)
        made = Correction(match, field, old, _as_kept(field, new), said, SOURCE, by.label, on, until)
        if fault := corrections.fault_of(made, personal=True):
            raise Refusal(fault, where=field, next_step="correct the value, the reason or the day")
        with transaction.atomic():
            _log(of, field, "correction.made")
            corrections.keep(held.own_corrections, [*others, made])
    return made


def withdraw(*, home: Home, of: Member, voter: str, field: str, by: Actor) -> Correction:
    """Take a correction of one voter's field back: the next load has what the state says. Returns the line.

    Raises Unknown where there is none.
    """
    by.require("raw", of)
    held = vault(home, of)
    with held.lock(wait=WAIT, doing="correcting"):
        lines = corrections.read(held.own_corrections, personal=True)
        meant = [one for one in lines if (one.match, one.field) == (f"{VOTER}={voter}", field)]
        if not meant:
            raise Unknown("no correction of this field stands", next_step="list them: correct MEMBER --list")
        with transaction.atomic():
            _log(of, field, "correction.withdrawn")
            corrections.keep(held.own_corrections, [one for one in lines if one not in meant])
    return meant[0]


def standing(*, home: Home, of: Member, by: Actor) -> tuple[Correction, ...]:
    """The member's corrections of single voters, in force or past their last day."""
    by.require("raw", of)
    return corrections.read(vault(home, of).own_corrections, personal=True)


def _published(held: Vault, voter: str, field: str, earlier: Correction | None) -> str:
    """What the state's file says; where the roll has an earlier correction, what stood there before."""
    snapshot = held.current()
    if snapshot is None:
        raise Refusal("no roll was loaded", next_step="load a delivery first")
    with held.lease(snapshot):
        backend = ibis_engine()
        rows = backend.read_parquet(list(held.files(snapshot, "voters")))
        mine = rows.filter(rows[VOTER] == ibis.literal(voter))
        found = backend.to_pyarrow(mine.select(value=mine[field].cast("string"))).to_pylist()
    if not found:
        raise Unknown("there is no voter of this id on the roll", next_step="check the id, zeros included")
    stands = found[0]["value"] or ""
    return earlier.old if earlier is not None and stands == earlier.new else stands


def _as_kept(field: str, text: str) -> str:
    """The value as the roll writes it: names, addresses and places in capitals, with single spaces."""
    single = " ".join(text.split())
    if VOTERS[field].values or VOTERS[field].type != "string" or field in ("race", "ethnicity", "phone"):
        return single
    return single.lower() if field == "email" else single.upper()


def _log(of: Member, field: str, action: str) -> None:
    """The log says that something was corrected, and commits to which field; never whose, nor to what."""
    journal.operator(of, action, {"field": field})
