"""What was gathered goes on to its owners on the day that the terms name, credited to who gathered it.

Answers and attempts go so, and what gatherers made where terms name it (`handing_over`).

Until then they stay with the gatherer: no rival learns whom it called on or how it went. Where the terms name
no day it is the day after the next election, and never later than the days within which answers come back
(docs/adr/0093). It is the same whatever way they came: doors, calls, sheets, programs (docs/adr/0097).
Opt-outs and words that concern everybody do not wait (`folding`, `call_words`).
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commonroll.agreements.grant import Grant
from commonroll.agreements.law import last_election, next_election
from commonroll.agreements.profile import MADE
from commonroll.errors import Refusal
from commonroll.roll.engine import engine
from commonroll.roll.schema import ATTEMPTS, EVENT_TABLES, RESPONSES, WITHDRAWN_ANSWER
from commonroll.roll.sql_files import text_of
from commonroll.roll.vault.bulk import arrow_schema
from commonroll.roll.vault.vault import Vault
from commonroll.server import members, wall
from commonroll.server.actions import door_claims, handing_over
from commonroll.server.actions.returning import receipt
from commonroll.server.actions.sharing import release_of, returns
from commonroll.server.home import Home
from commonroll.server.meaning import grant_of
from commonroll.server.models import Agreement, Member
from commonroll.server.permits import in_force_grant

GATHERED = (
    Q(field_events__isnull=False)
    | Q(call_lists__isnull=False)
    | Q(canvass_responses__isnull=False)
    | Q(answer_batches__isnull=False)
    | Q(scores__isnull=False)
    | Q(saved_lists__isnull=False)
    | Q(scripts__isnull=False)
)

TABLES = {RESPONSES.name: "returned_answers", ATTEMPTS.name: "returned_attempts"}
"""Event tables whose rows wait, and what finds those that are due."""

DOOR_CLAIMS = "attempts"
"""What receipts call persons added and names corrected, as other words of doors: their names are few."""

_looked: dict[tuple[str, str], date] = {}
"""The day on which this process looked last, by home and gatherer: nothing falls due within a day."""


@wall.node()
def run(home: Home, now: datetime | None = None) -> dict[str, int]:
    """Let go what is due of every gatherer, once a day; rows by owner."""
    now = now or timezone.now()
    gone: dict[str, int] = {}
    for member in Member.objects.filter(GATHERED, left_at=None).distinct():
        place = str(home.path), member.key
        if _looked.get(place) == now.date():
            continue
        for owner, rows in release(home, member, now).items():
            gone[owner] = gone.get(owner, 0) + rows
        _looked[place] = now.date()
    return gone


@wall.node()
def release(home: Home, member: Member, now: datetime) -> dict[str, int]:
    """Let go what is due of one gatherer's; rows by owner. The same again changes nothing."""
    gone: dict[str, int] = {}
    for owner, grant in owed(member).items():
        if said := door_claims.release(member, owner, until(grant, now.date())):
            gone[owner] = said
            with transaction.atomic():
                receipt(member, grant, [DOOR_CLAIMS], said)
        for table in TABLES:
            if table != RESPONSES.name and table not in returns(grant):
                continue
            rows = _due(home, member, owner, table, until(grant, now.date(), table), now)
            if rows.num_rows:
                Vault(home.vaults, owner).append_events(table, rows)
                gone[owner] = gone.get(owner, 0) + rows.num_rows
                with transaction.atomic():
                    receipt(member, grant, [table], rows.num_rows)
        last = {kind: until(grant, now.date(), kind) for kind in MADE}
        if made := handing_over.release(home, member, grant, last, now):
            gone[owner] = gone.get(owner, 0) + made
    return gone


@wall.node()
def of_days(home: Home, member: Member, first: Mapping[str, date], now: datetime) -> dict[str, int]:
    """Let go at once what came in late: `first` is the first day of what came, by owner. Rows by owner."""
    due = [
        owner
        for owner, grant in (owed(member) if first else {}).items()
        if owner in first and first[owner] <= until(grant, now.date())
    ]
    return release(home, member, now) if due else {}


def first_days(answers: pa.Table) -> dict[str, date]:
    """The first day of answers (rows of `responses`), by owner."""
    found = answers.group_by("owner").aggregate([("answered_on", "min")])
    return dict(zip(found["owner"].to_pylist(), found["answered_on_min"].to_pylist(), strict=True))


def until(grant: Grant, today: date, table: str = RESPONSES.name) -> date:
    """What is of this day and before goes on today: that the terms name, or of the last election; at the
    latest when the days are over within which it comes back, which count from the day of the terms."""
    waits = release_of(grant)
    if waits is not None:
        return today if today >= waits else date.min
    within = timedelta(days=returns(grant).get(table, 0))
    voted = last_election(members.of_key(grant.owner).state, today)
    return max(today - within, voted or date.min)


def goes_on(grant: Grant, of_day: date, table: str) -> date:
    """The day on which what is of a day goes home: the first on which `until` lets it."""
    waits = release_of(grant)
    if waits is not None:
        return max(waits, of_day)
    within = of_day + timedelta(days=returns(grant).get(table, 0))
    try:
        voted = next_election(members.of_key(grant.owner).state, of_day) + timedelta(days=1)
    except Refusal:  # no later election is on file
        return within
    return min(within, voted)


def owed(member: Member) -> dict[str, Grant]:
    """Grants that oblige to return answers, by owner: of one in force first, else of the last that was; what
    was gathered under an agreement is owed after its end. While one of the two is suspended nothing goes."""
    found: dict[str, tuple[bool, Grant]] = {}
    signed = Agreement.objects.filter(recipient=member, state=Agreement.State.FINAL, owner__left_at=None)
    resting = Q(owner__suspended_at__isnull=False) | Q(recipient__suspended_at__isnull=False)
    for one in signed.exclude(resting).select_related("owner", "recipient").order_by("number"):
        counts = in_force_grant(one)
        grant = counts or grant_of(one)
        owes = any(duty.action == "return_responses" for duty in grant.duties)
        if owes and (counts is not None or not found.get(grant.owner, (False,))[0]):
            found[grant.owner] = counts is not None, grant
    return {owner: grant for owner, (_, grant) in found.items() if owner != member.key}


def _due(home: Home, member: Member, owner: str, table: str, last: date, now: datetime) -> pa.Table:
    mine, theirs = Vault(home.vaults, member.key), Vault(home.vaults, owner)
    files, schema = list(mine.event_files(table)), arrow_schema(EVENT_TABLES[table])
    if not files:
        return schema.empty_table()
    with closing(engine()) as con:
        con.execute("CREATE TEMP TABLE there (event_id VARCHAR)")
        if there := list(theirs.event_files(table)):
            query = "INSERT INTO there SELECT event_id FROM read_parquet($files) WHERE gathered_by = $by"
            con.execute(query, {"files": there, "by": member.key})
        given = {
            "files": files, "owner": owner, "gathered_by": member.key, "until": last,
            "now": now.astimezone(UTC).replace(tzinfo=None), "withdrawn": WITHDRAWN_ANSWER,
        }  # fmt: skip
        found = con.execute(text_of(__package__, TABLES[table]), given).to_arrow_table()
    return found.select(schema.names).cast(schema)
