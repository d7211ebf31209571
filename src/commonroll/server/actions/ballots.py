"""A day's file of ballots comes in: read and judged like a delivery, told to the owner's log the same way."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.ballots import counties, daily
from commonroll.roll.counties import all_counties
from commonroll.roll.load import Accept, Progress
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import loads
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Load, Member
from commonroll.server.reporting import reporter


def take(
    *,
    home: Home,
    to: Member,
    paths: Sequence[Path],
    election: datetime.date,
    as_of: datetime.date,
    by: Actor,
    opened: datetime.date | None = None,
    printed: datetime.date | None = None,
    layout: str | None = None,
    piece: bool = False,
    shorter_is_right: bool = False,
    accept: str = Load.Accept.GATE,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> tuple[daily.Taken, Load | None]:
    """Take a day's file into the member's vault, in this process; its row keeps what came of it.

    A dry run writes nothing. Raises Refusal as `roll.ballots.daily.take` does.
    """
    loads.require_loader(to, by)
    today = timezone.localdate()
    day = daily.Day.of(election, as_of, opened=opened, printed=printed, today=today)
    vault = Vault(home.vaults, to.key)  # voters stay: nothing is to be looked through or made anew
    if dry_run:
        return daily.take(
            vault, paths, day, layout=layout, piece=piece, shorter_is_right=shorter_is_right, dry_run=True,
            now=timezone.now(),
        ), None  # fmt: skip
    load = Load.objects.create(
        member=to, by=by.label, accept=accept, piece=piece, files=[path.name for path in paths],
        state=Load.State.RUNNING, started_at=timezone.now(),
    )  # fmt: skip
    try:
        taken = daily.take(
            vault, paths, day, load_id=str(load.pk), layout=layout, piece=piece,
            shorter_is_right=shorter_is_right, accept=cast(Accept, accept),
            progress=progress or reporter(load), now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        loads.end(load, Load.State.REFUSED, refusal=refusal)
        raise
    except BaseException:
        loads.end(load, Load.State.FAILED)
        raise
    loads.record(home=home, load=load, result=taken.result)
    return taken, load


def days_of(vault: Vault) -> list[datetime.date]:
    """The elections that daily files came in for, the latest first."""
    return sorted({one.election for one in counties.files_of(vault)}, reverse=True)


def status(
    *, home: Home, of: Member, election: datetime.date | None, by: Actor
) -> tuple[datetime.date, list[dict[str, Any]]]:
    """What each county is known to say of an election, the latest where none is named: the owner's own.

    Raises Refusal where no daily file came in for it.
    """
    by.require("read", of)
    files = counties.files_of(Vault(home.vaults, of.key), election)
    if not files:
        raise Refusal(
            f"{of.name} has no daily file of ballots{f' for {election}' if election else ''}.",
            next_step="Load one: `commonroll ballots load`.",
        )
    election = election or max(one.election for one in files)
    words = counties.words_of([one for one in files if one.election == election])
    today, names = timezone.localdate(), all_counties()
    return election, [
        counties.as_dict(word, names.get(fips, "not on the roll"), today)
        for fips, word in sorted(words.items(), key=lambda item: names.get(item[0], "~"))
    ]
