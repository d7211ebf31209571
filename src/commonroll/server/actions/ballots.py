"""A day's file of ballots comes in: read and judged like a delivery, told to the owner's log the same way."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.roll.ballots import counties, daily
from commonroll.roll.counties import all_counties
from commonroll.roll.load import Accept, Progress
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import loads, uploads
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
        member=to, by=by.label, accept=accept, piece=piece, files=[path.name for path in paths]
    )
    return run(
        home=home, load=load, paths=paths, day=day, by=by, layout=layout, shorter_is_right=shorter_is_right,
        progress=progress,
    ), load  # fmt: skip


def run(
    *,
    home: Home,
    load: Load,
    paths: Sequence[Path],
    day: daily.Day,
    by: Actor,
    layout: str | None = None,
    shorter_is_right: bool = False,
    progress: Progress | None = None,
) -> daily.Taken:
    """Take the files of a load, in this process; its row shows progress, and what came of it."""
    loads.require_loader(load.member, by)
    load.state, load.started_at = Load.State.RUNNING, timezone.now()
    load.save()
    try:
        taken = daily.take(
            Vault(home.vaults, load.member.key), paths, day, load_id=str(load.pk), layout=layout,
            piece=load.piece, shorter_is_right=shorter_is_right, accept=cast(Accept, load.accept),
            progress=progress or reporter(load), now=timezone.now(),
        )  # fmt: skip
    except Refusal as refusal:
        loads.end(load, Load.State.REFUSED, refusal=refusal)
        raise
    except BaseException:
        loads.end(load, Load.State.FAILED)
        raise
    loads.record(home=home, load=load, result=taken.result)
    loads.drop_upload(load)  # nobody takes it again as a whole roll
    return taken


def upload(
    *,
    home: Home,
    to: Member,
    files: Iterable[UploadedFile[bytes]],
    election: datetime.date,
    as_of: datetime.date,
    piece: bool,
    shorter_is_right: bool,
    by: Actor,
) -> Load:
    """Keep a day's uploaded files below the home and note the load; the caller queues the job."""
    loads.require_loader(to, by)
    daily.Day.of(election, as_of, today=timezone.localdate())
    load = Load(member=to, by=by.label, piece=piece)
    folder = home.uploads / str(load.pk)
    load.files = uploads.keep(folder, files)
    load.folder = str(folder)
    said = {"election": election.isoformat(), "as_of": as_of.isoformat(), "shorter": shorter_is_right}
    load.report = {"ballots": said}
    load.save()
    return load


def run_uploaded(*, home: Home, load: Load, by: Actor) -> daily.Taken:
    """Take files that were uploaded, as the form said."""
    said = load.report["ballots"]
    days = [datetime.date.fromisoformat(said[name]) for name in ("election", "as_of")]
    return run(
        home=home, load=load, paths=[Path(load.folder)], day=daily.Day.of(*days, today=timezone.localdate()),
        shorter_is_right=bool(said["shorter"]), by=by,
    )  # fmt: skip


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
