"""A member leaves with everything it has: what will happen, the package, the end, the removal."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.flow.leaving import age, package, vault_files
from commonroll.flow.leaving.age import Key, Lock
from commonroll.flow.leaving.package import Writer
from commonroll.notes import NoteError
from commonroll.roll.vault import bulk, persons
from commonroll.roll.vault.vault import Vault, VaultBusy
from commonroll.server import journal, matches, wall
from commonroll.server.actions import agreement_events, lists
from commonroll.server.actions import agreements as agreement_actions
from commonroll.server.actions.federation import FEDERATION_LOG, current_vkey, federation
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.leaving import contents
from commonroll.server.leaving.endings import Ending, endings, last_day
from commonroll.server.leaving.kept import Kept, kept
from commonroll.server.live import coalesce
from commonroll.server.logs import sequencer
from commonroll.server.models import Agreement, Journal, Leaving, Member
from commonroll.server.readers import open_reader
from commonroll.server.reporting import reporter
from commonroll.transparency import leaves

Progress = Callable[[str, float], None]
UNDER_WAY = (Leaving.State.WAITING, Leaving.State.RUNNING)
STOPPED = (
    "the package was not finished; nothing of it stands anywhere, and every file is where it was. Ask again"
)
LOCK_SECONDS = 5.0
WORK = 0.6
"""Share of the work that is packing; the rest reads the package back."""
COUNTS_LATE = timedelta(minutes=2)
"""Live counts that were answered before the end fold into the log with it, also those of this minute."""


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
        drafts=[a for a in contents.agreements_of(of) if a.state in _OPEN],
        until=last_day(found, of, now),
        kept=kept(of),
        files=len(paths),
        bytes=sum((held.path / path).stat().st_size for path in paths),
        snapshots=len(held.snapshots()),
        voters=current.rows.get("voters", 0) if current else 0,
        events={table: part.rows for table, part in held.catalogue.appended().items() if part.rows},
    )


_OPEN = (Agreement.State.DRAFT, Agreement.State.OFFERED)


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
            _end(leaving, Leaving.State.FAILED, STOPPED)


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


# The package


def run(
    *,
    home: Home,
    leaving: Leaving,
    to: Path,
    package_passphrase: str = "",
    by: Actor,
    progress: Progress | None = None,
) -> Leaving:
    """Make the package in `to`, end what ends, and read the package back; in this process.

    Whatever stops this before the vault is packed leaves the member as it was; after that it has left, with
    its vault in place, and `begin` and `run` again make the package. No half package has the name `to`.
    """
    of = leaving.member
    by.require("leave", of)
    leaving.state, leaving.started_at = Leaving.State.RUNNING, timezone.now()
    leaving.save()
    part = to.with_name(f"{to.name}.part")
    try:
        if to.exists():
            raise Refusal("there is a file of this name already", where=to.name, next_step="name another")
        with bulk.room_on_disk("the package"), _alone(home, of) as held:
            _make(home, held, leaving, part, package_passphrase, by, progress or reporter(leaving))
            part.replace(to)
            bulk.sync(to.parent)
            leaving.vault = vault_files.standing(held) if held.path.exists() else ""
    except Refusal as refusal:
        part.unlink(missing_ok=True)
        _end(leaving, Leaving.State.REFUSED, str(refusal))
        raise
    except BaseException:
        part.unlink(missing_ok=True)
        _end(leaving, Leaving.State.FAILED, STOPPED)
        raise
    leaving.file = str(to)
    _end(leaving, Leaving.State.DONE, "")
    return leaving


@contextmanager
def _alone(home: Home, of: Member) -> Iterator[Vault]:
    """The member's vault, in which nobody loads or links meanwhile."""
    held = Vault(home.vaults, of.key)
    with ExitStack() as locks:
        if held.path.exists():
            locks.enter_context(held.lock(wait=LOCK_SECONDS, doing="leaving"))
            if (held.path / persons.LINKS).exists():
                locks.enter_context(persons.alone(held.path, of.key))
        yield held


def _make(
    home: Home, held: Vault, leaving: Leaving, part: Path, word: str, by: Actor, progress: Progress
) -> None:
    """Write the package beside its name and read it back by a key that nobody keeps."""
    identity, recipient = age.new_identity()
    lock = Lock(passphrase=word) if word else Lock((*leaving.recipients, recipient))
    key = Key(passphrase=word) if word else Key((identity,))
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as out:
        with age.sealing(out, lock) as sink:
            writer = Writer(sink)
            _put_everything(home, held, leaving, writer, by, progress)
            writer.close()
        out.flush()
        os.fsync(out.fileno())
    leaving.bytes = part.stat().st_size
    leaving.sha256 = _check_read(part, key, writer.sums, progress)


def _check_read(part: Path, key: Key, sums: Mapping[str, str], progress: Progress) -> str:
    """Read the package to its end and compare every checksum; the SHA-256 of the file."""
    size = part.stat().st_size
    with part.open("rb") as whole:
        source = _Hashing(whole)
        with age.opening(cast(BinaryIO, source), key) as plain:
            watched = _Watched(plain, lambda read: _back(progress, read, size))
            found = package.read(cast(BinaryIO, watched), most=size)
    if found != {name: digest for name, digest in sums.items() if name != package.SUMS}:
        raise Refusal(
            "the package does not read back as it was written", next_step="look at the disk; ask again"
        )
    return source.digest.hexdigest()


def _back(progress: Progress, read: int, size: int) -> None:
    progress("reading the package back", min(WORK + (1 - WORK) * read / size, 1.0))


class _Hashing:
    """A file that hashes what is read of it."""

    def __init__(self, source: BinaryIO) -> None:
        self.digest = hashlib.sha256()
        self._source = source

    def read(self, size: int = -1) -> bytes:
        return self._hashed(self._source.read(size))

    def readline(self, size: int = -1) -> bytes:
        return self._hashed(self._source.readline(size))

    def _hashed(self, data: bytes) -> bytes:
        self.digest.update(data)
        return data


class _Watched:
    """A file that tells how much was read of it."""

    def __init__(self, source: BinaryIO, tell: Callable[[int], None]) -> None:
        self._source, self._tell, self._read = source, tell, 0

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self._read += len(data)
        self._tell(self._read)
        return data


def _put_everything(
    home: Home, held: Vault, leaving: Leaving, into: Writer, by: Actor, progress: Progress
) -> None:
    of, fed = leaving.member, federation()
    into.put("verify.py", Path(package.__file__).with_name("verify.py").read_bytes())
    into.put("schema.json", contents.as_json(vault_files.schema()))
    _put_vault(home, held, into, progress)
    close(home=home, leaving=leaving, by=by)
    progress("agreements, log and receipts", WORK)
    stays = kept(of)
    contents.put_agreements(into, of)
    counts = contents.put_records(into, of)
    contents.put_log(into, home, of)
    counts |= {f"receipts_{name}": n for name, n in contents.put_receipts(into, home, fed, of).items()}
    contents.put_keys(into, home, fed, of, leaving)
    into.put("package.json", contents.as_json(contents.standing_page(of, fed, leaving, timezone.now())))
    into.put("README.md", contents.readme(of, fed, leaving, stays, timezone.now()))
    leaving.kept = [one.as_dict() for one in stays]
    leaving.counts = counts | {"agreements": len(contents.agreements_of(of)), "files": len(into.sums) + 1}


def _put_vault(home: Home, held: Vault, into: Writer, progress: Progress) -> None:
    if not held.path.exists():
        return
    paths = vault_files.files(held)
    sizes = {path: (held.path / path).stat().st_size for path in paths}
    whole, done = max(sum(sizes.values()), 1), 0
    copy = home.tmp / f"catalogue-{os.urandom(8).hex()}"
    try:
        if vault_files.copy_catalogue(held, copy):
            into.put_file(f"vault/{vault_files.CATALOGUE}", copy)
    finally:
        copy.unlink(missing_ok=True)
    into.put("snapshots.json", contents.as_json(vault_files.snapshots(held)))
    for path in paths:
        progress("packing the vault", WORK * done / whole)
        done += into.put_file(f"vault/{path.as_posix()}", held.path / path)


# The end


def close(*, home: Home, leaving: Leaving, by: Actor) -> None:
    """Enter the signed ends; where nothing holds the member any more, it has left from here on.

    Its log is folded to its last entry, and takes no further one here.
    """
    if leaving.member.left_at is None:
        _close(leaving.member, leaving, by)
        leaving.member.refresh_from_db()
    if leaving.member.left_at is not None:
        matches.forget(home, leaving.member.key)
        coalesce(now=timezone.now() + COUNTS_LATE)
    for log in (leaving.member.key, FEDERATION_LOG):
        sequencer(home).fold(log)


@transaction.atomic
def _close(of: Member, leaving: Leaving, by: Actor) -> None:
    of = Member.objects.select_for_update().get(pk=of.pk)
    for said in leaving.endings:
        agreement = Agreement.objects.get(urn=said["agreement"])
        agreement_events.enter(
            agreement=agreement, document=said["document"].encode(), note=said["note"], by=by
        )
    if not leaving.final:
        return
    if endings(of, at_once=True, now=timezone.now()):
        raise Refusal(
            "an agreement was signed while the package was made", next_step="nothing has ended; leave again"
        )
    for agreement in contents.agreements_of(of):
        if agreement.state in _OPEN:
            agreement_actions.withdraw(agreement=agreement, by=by)
    now = timezone.now()
    key = of.keys.get(vkey=current_vkey(of))
    key.retired_at = now
    key.save(update_fields=["retired_at"])
    for log in (FEDERATION_LOG, of.key):
        said = {"member": of.urn, "vkey": key.vkey, "state": "retired"}
        journal.record(log=log, type="member.key", keys=said, owner=of.key)
    journal.operator(of, "member.left", {"by": by.label, "leaving": str(leaving.pk)})
    of.left_at = now
    of.save(update_fields=["left_at"])


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


def remove(*, home: Home, of: Member, passphrase: str, file: Path | None = None, by: Actor) -> list[Kept]:
    """Remove the member's vault and rows from this home, on its explicit word; what stays is returned.

    Only after the member left, the package was read back, and was taken: downloaded, or `file` is it.
    Raises Refusal where something was written since it was packed.
    """
    by.require("leave", of)
    done = (
        Leaving.objects.filter(member=of, state=Leaving.State.DONE, final=True)
        .order_by("-created_at")
        .first()
    )
    if of.left_at is None or done is None:
        raise Refusal(f"{of.name} has not left", next_step="have the last package made first")
    if done.removed_at is None:
        open_reader(home.reader_key(of.key), passphrase)
        _check_taken(done, file)
    with _alone(home, of) as held:
        if done.removed_at is None and held.path.exists() and vault_files.standing(held) != done.vault:
            raise Refusal(
                "the vault is not as it was when it was packed", next_step="have the package made again"
            )
        _remove(home, held, done)
    return kept(of)


def _check_taken(done: Leaving, file: Path | None) -> None:
    if file is None:
        if done.taken_at is None:
            raise Refusal("the package was not taken yet", next_step="download it and open it first")
        return
    digest = hashlib.sha256()
    with file.open("rb") as source:
        for data in iter(lambda: source.read(1 << 20), b""):
            digest.update(data)
    if digest.hexdigest() != done.sha256:
        raise Refusal(
            "this is not the package that was read back",
            where=file.name,
            next_step="name that file, or pack again",
        )


@wall.node()
def _remove(home: Home, held: Vault, done: Leaving) -> None:
    of = done.member
    with transaction.atomic():
        lists.forget_files(home, of)
        for model, column in contents.RECORDS.values():
            rows = model._default_manager.filter(**{column: of})
            for row in rows if model in contents.PATHS else ():
                _forget_file(home, str(getattr(row, contents.PATHS[model])))
            rows.delete()
        for related in ("roles", "invitations", "review_batches"):
            getattr(of, related).all().delete()
        # sealed for the owner alone: nobody here is entitled to it
        Journal.objects.filter(log=of.key, recipient="").update(sealed_shared=None, sealed_strategy=None)
        if done.removed_at is None:
            done.removed_at = timezone.now()
            done.save(update_fields=["removed_at"])
            _say_removed(done)
        Leaving.objects.filter(member=of).update(reader=b"", endings=[])
    gone = home.tmp / f"removed-{os.urandom(8).hex()}"
    if held.path.exists():
        held.path.rename(gone)
        shutil.rmtree(gone)
    home.log_key(of.key).unlink(missing_ok=True)
    _forget_file(home, done.file)
    matches.forget(home, of.key)


def _say_removed(done: Leaving) -> None:
    """The member's own log is closed, so the federation's says it; whose it was is sealed for the member."""
    said = {"member": done.member.urn, "package": done.sha256, "leaving": str(done.pk)}
    salt = os.urandom(leaves.SALT_BYTES)
    journal.record(
        log=FEDERATION_LOG,
        type="operator",
        keys={"action": "data.removed", "detail": leaves.commit(said, salt)},
        owner=FEDERATION_LOG,
        sealed_shared=leaves.seal(said, salt, [done.member.reader]),
    )


def _forget_file(home: Home, name: str) -> None:
    """Delete what lies below the home's uploads or extracts, and nothing else."""
    path = home.extracts / name  # whole paths stay as they are
    if not name or not any(path.is_relative_to(place) for place in (home.uploads, home.extracts)):
        return
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def close_interrupted(home: Home) -> int:
    """Packages that a killed process left half made are noted as stopped; their pieces below the home go."""
    for piece in home.extracts.glob("*.tar.age.part"):
        piece.unlink(missing_ok=True)
    running = list(Leaving.objects.filter(state=Leaving.State.RUNNING))
    for leaving in running:
        _end(leaving, Leaving.State.FAILED, STOPPED)
    return len(running)


def _end(leaving: Leaving, state: str, message: str) -> None:
    leaving.state, leaving.message, leaving.ended_at = Leaving.State(state), message, timezone.now()
    leaving.fraction, leaving.stage = (
        (1.0, "done") if state == Leaving.State.DONE else (leaving.fraction, leaving.stage)
    )
    leaving.save()
