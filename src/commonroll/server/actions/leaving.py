"""A member leaves with everything it has: what will happen, how it begins, where its package lies."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.flow.leaving import age, vault_files
from commonroll.flow.leaving.age import Lock
from commonroll.notes import NoteError
from commonroll.roll.vault.vault import Vault, VaultBusy
from commonroll.server import journal
from commonroll.server.actions import agreements as agreement_actions
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.leaving import contents
from commonroll.server.leaving.endings import Ending, endings, last_day
from commonroll.server.leaving.kept import Kept, kept
from commonroll.server.models import Agreement, Leaving, Member
from commonroll.server.readers import open_reader
from commonroll.transparency import leaves

OPEN = (Agreement.State.DRAFT, Agreement.State.OFFERED)
"""States of texts that are taken back when the member leaves."""
UNDER_WAY = (Leaving.State.WAITING, Leaving.State.RUNNING)
STOPPED = (
    "the package was not finished; nothing of it stands anywhere, and every file is where it was. Ask again"
)


@dataclass(frozen=True)
class Prospect:
    """What leaving would do now; nothing is done yet."""

    endings: Sequence[Ending]
    drafts: Sequence[Agreement]
    until: datetime | None
    kept: Sequence[Kept]
    files: int
    bytes: int
    snapshots: int
    voters: int
    events: Mapping[str, int]


def prospect(*, home: Home, of: Member, at_once: bool = False, by: Actor) -> Prospect:
    """What would be packed, end, and stay; `until`: what the member gives holds it until then."""
    by.require("leave", of)
    held, now = Vault(home.vaults, of.key), timezone.now().replace(microsecond=0)
    found = endings(of, at_once=at_once, now=now)
    paths = vault_files.files(held) if held.path.exists() else []
    current = held.current()
    return Prospect(
        endings=found,
        drafts=[a for a in contents.agreements_of(of) if a.state in OPEN],
        until=last_day(found, of, now),
        kept=kept(of),
        files=len(paths),
        bytes=sum((held.path / path).stat().st_size for path in paths),
        snapshots=len(held.snapshots()),
        voters=current.rows.get("voters", 0) if current else 0,
        events={table: part.rows for table, part in held.catalogue.appended().items() if part.rows},
    )


# It begins


def begin(
    *,
    home: Home,
    of: Member,
    recipients: Sequence[str],
    passphrase: str,
    package_passphrase: str = "",
    at_once: bool = False,
    by: Actor,
) -> Leaving:
    """Sign what ends, note the package that is to be made; `run` makes it. Nothing has ended yet.

    `passphrase` opens the member's keys for this one moment, and is not kept. A member that left may have its
    package made again while its vault is here.
    """
    by.require("leave", of)
    lock = Lock(age.check_recipients(recipients), package_passphrase)
    if bool(lock.recipients) == bool(lock.passphrase):
        raise Refusal(
            "a package is encrypted to the member's own age recipients, or under a passphrase of its own",
            next_step="name one of the two; `age-keygen -o KEYFILE` makes a key and prints its recipient",
        )
    _close_dead(home, of)
    if Leaving.objects.filter(member=of, state__in=UNDER_WAY).exists():
        raise Refusal("a package is being made already", next_step="wait until it is done")
    if of.left_at is not None and not Vault(home.vaults, of.key).path.exists():
        raise Refusal(
            f"{of.name} has left, and its vault was removed", next_step="use the package that was made"
        )
    now = timezone.now().replace(microsecond=0)
    with _by_its_people(of, by):
        reader = open_reader(home.reader_key(of.key), passphrase)
        signer = agreement_actions.unlock(home, of, passphrase) if of.left_at is None else None
    found = endings(of, at_once=at_once, now=now) if signer else []
    until = last_day(found, of, now)
    given = [one for one in found if one.agreement.owner_id == of.pk or until is None]
    return Leaving.objects.create(
        member=of,
        by=by.label,
        recipients=list(lock.recipients),
        reader=age.sealed(f"{reader}\n".encode(), lock),
        endings=[one.signed(signer) for one in given if one.document is not None] if signer else [],
        at_once=at_once,
        final=until is None,
        until=until,
    )


def _close_dead(home: Home, of: Member) -> None:
    """Packages that a killed command was making: nobody holds the vault, and no worker has them to come."""
    dead = Leaving.objects.filter(member=of, state=Leaving.State.RUNNING)
    dead |= Leaving.objects.filter(member=of, state=Leaving.State.WAITING, by=Actor.command_line().label)
    with suppress(VaultBusy), Vault(home.vaults, of.key).lock(doing="looking who packs"):
        for leaving in dead:
            ended(leaving, Leaving.State.FAILED, STOPPED)


@contextmanager
def _by_its_people(of: Member, by: Actor) -> Iterator[None]:
    """Whoever cannot open the member's keys is none of its people: refused, and in its log."""
    try:
        yield
    except (NoteError, Refusal):
        if of.left_at is None:
            with transaction.atomic():
                _denied(of, by)
        raise


def _denied(of: Member, by: Actor) -> None:
    said, salt = {"action": "leave", "by": by.label}, os.urandom(leaves.SALT_BYTES)
    journal.record(
        log=of.key,
        type="denied",
        keys={"reason": "sign-in", "count": "1", "detail": leaves.commit(said, salt)},
        owner=of.key,
        sealed_shared=leaves.seal(said, salt, [of.reader]),
    )


# What may be taken and removed


def newest(*, of: Member, by: Actor) -> Leaving | None:
    """The package that was asked for last."""
    by.require("leave", of)
    return Leaving.objects.filter(member=of).order_by("-created_at").first()


def take(*, of: Member, by: Actor) -> Leaving:
    """The newest finished package, to be downloaded; that it was taken is noted."""
    by.require("leave", of)
    found = Leaving.objects.filter(member=of, state=Leaving.State.DONE).order_by("-created_at").first()
    if found is None or not found.file or not Path(found.file).is_file():
        raise Unknown("there is no package", next_step="have one made first")
    found.taken_at = timezone.now()
    found.save(update_fields=["taken_at"])
    return found


def close_interrupted(home: Home) -> int:
    """Packages that a killed process left half made are noted as stopped; their pieces below the home go."""
    for piece in home.extracts.glob("*.tar.age.part"):
        piece.unlink(missing_ok=True)
    running = list(Leaving.objects.filter(state=Leaving.State.RUNNING))
    for leaving in running:
        ended(leaving, Leaving.State.FAILED, STOPPED)
    return len(running)


def ended(leaving: Leaving, state: str, message: str) -> None:
    """Note how the work of a leaving came out."""
    leaving.state, leaving.message, leaving.ended_at = Leaving.State(state), message, timezone.now()
    leaving.fraction, leaving.stage = (
        (1.0, "done") if state == Leaving.State.DONE else (leaving.fraction, leaving.stage)
    )
    leaving.save()
