"""Contact budgets: who leaves a recipient's next cut because a quota has no contact left for the household.

A contact is a day and a channel on which somebody was asked or tried, or an extract that was handed out. What
was asked and tried is known of what came home and of what the recipient's own vault holds until its day. An
extract is there to be contacted from, so these are not counted beside it: whichever is more counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import closing
from datetime import date, timedelta
from importlib.resources import files

import pyarrow as pa

from commonroll.agreements.profile import ContactQuota
from commonroll.insight import contacts_home
from commonroll.insight.import_facts import lived
from commonroll.roll.engine import engine
from commonroll.roll.places.places import places_file
from commonroll.roll.vault.suppression import SCHEMA
from commonroll.roll.vault.vault import Vault
from commonroll.views.lent import Lent, voters_in

REASON = "contact budget"


def first_day(quota: ContactQuota, today: date) -> date:
    """The first day whose contacts count today."""
    return today - timedelta(days=quota.days - 1)


def spent(
    vault: Vault,
    quotas: Sequence[ContactQuota],
    *,
    gathered_by: str,
    lent: Sequence[Lent],
    channels: frozenset[str],
    today: date,
    own: Vault | None = None,
) -> pa.Table:
    """Voters whom a cut that opens these channels must not have, as the suppression table has them.

    `lent`: extracts of the recipient; `own`: its vault, where the answer is for its eyes alone.
    Columns: state_voter_id, reason (REASON), channel.
    """
    vaults = [vault, *([own] if own is not None else [])]
    found = [_spent(vaults, quota, gathered_by, lent, channels, today) for quota in quotas]
    return pa.concat_tables([SCHEMA.empty_table(), *found])


def _spent(
    vaults: Sequence[Vault], quota: ContactQuota, gathered_by: str, lent: Sequence[Lent],
    channels: frozenset[str], today: date,
) -> pa.Table:  # fmt: skip
    opened = sorted(channels) if quota.channel == "any" else [c for c in channels if c == quota.channel]
    if not opened:
        return SCHEMA.empty_table()
    since = first_day(quota, today)
    handed = [
        one
        for one in lent
        if one.begun.date() >= since
        and (quota.channel == "any" or quota.channel in one.channels)
        and one.channels
    ]
    ids = _ids(vaults, quota, gathered_by, handed if len(handed) >= quota.count else [], since)
    same = [pa.array([text] * len(ids), pa.string()) for text in (REASON, opened[0])]
    return pa.table([ids, *same], schema=SCHEMA)


def _ids(
    vaults: Sequence[Vault], quota: ContactQuota, gathered_by: str, handed: Sequence[Lent], since: date
) -> pa.Array:  # fmt: skip
    vault = vaults[0]
    answers, snapshot = contacts_home.files(*vaults), vault.current()
    if not answers and not handed:
        return pa.array([], pa.string())
    voters = vault.files(snapshot, "voters") if snapshot else ()
    places = places_file(vault, snapshot) if snapshot else None
    drawn = (places, places.stat().st_mtime_ns) if places else None
    there = tuple((one, one.path.exists()) for one in handed)
    key = (vault.path, quota, gathered_by, there, since, tuple(map(tuple, answers.values())), voters, drawn)
    found = _kept.get(key)
    if found is None:
        found = _found(vault, quota, gathered_by, handed, since, answers, voters)
        if len(_kept) >= MOST_KEPT:
            _kept.clear()
        _kept[key] = found
    return found


MOST_KEPT = 32
_kept: dict[Hashable, pa.Array] = {}
"""What was found, by all that it follows from: files do not change, an extract's record least of all."""


def _found(
    vault: Vault, quota: ContactQuota, gathered_by: str, handed: Sequence[Lent], since: date,
    answers: dict[str, list[str]], voters: Sequence[str],
) -> pa.Array:  # fmt: skip
    with closing(engine()) as cursor:
        lived(cursor, vault)
        cursor.register("handed", voters_in(voters, handed))
        contacts_home.held(cursor, answers)
        text = (files("commonroll.insight") / "budget.sql").read_text("utf-8")
        found = cursor.execute(
            text,
            {
                "owner": vault.member, "gathered_by": gathered_by, "since": since, "count": quota.count,
                "channel": None if quota.channel == "any" else quota.channel,
                "household": quota.per == "household",
            },
        ).to_arrow_table()  # fmt: skip
    return found.column(0).combine_chunks().cast(pa.string())
