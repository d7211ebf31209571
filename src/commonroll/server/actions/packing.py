"""The package of a member that leaves: everything put into it, read back, and the end that comes with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO, cast

from django.db import transaction
from django.utils import timezone

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.flow.leaving import age, package, vault_files
from commonroll.flow.leaving.age import Key, Lock
from commonroll.flow.leaving.package import Writer
from commonroll.roll.vault import bulk, persons
from commonroll.roll.vault.vault import Vault
from commonroll.server import decided, journal, matches
from commonroll.server.actions import agreement_events
from commonroll.server.actions import agreements as agreement_actions
from commonroll.server.actions.federation import FEDERATION_LOG, current_vkey, federation
from commonroll.server.actions.leaving import OPEN, STOPPED, ended
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.leaving import contents, stated
from commonroll.server.leaving.endings import endings
from commonroll.server.leaving.kept import kept
from commonroll.server.live import coalesce
from commonroll.server.logs import sequencer
from commonroll.server.models import Agreement, Leaving, Member
from commonroll.server.reporting import reporter

Progress = Callable[[str, float], None]
LOCK_SECONDS = 5.0
WORK = 0.6
"""Share of the work that is packing; the rest reads the package back."""
COUNTS_LATE = timedelta(minutes=2)
"""Live counts that were answered before the end fold into the log with it, also those of this minute."""


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
        with bulk.room_on_disk("the package"), alone(home, of) as held:
            _make(home, held, leaving, part, package_passphrase, by, progress or reporter(leaving))
            part.replace(to)
            bulk.sync(to.parent)
            leaving.vault = vault_files.standing(held) if held.path.exists() else ""
    except Refusal as refusal:
        part.unlink(missing_ok=True)
        ended(leaving, Leaving.State.REFUSED, str(refusal))
        raise
    except BaseException:
        part.unlink(missing_ok=True)
        ended(leaving, Leaving.State.FAILED, STOPPED)
        raise
    leaving.file = str(to)
    ended(leaving, Leaving.State.DONE, "")
    return leaving


@contextmanager
def alone(home: Home, of: Member) -> Iterator[Vault]:
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
    stated.put_stated(into, of)
    counts = contents.put_records(into, of)
    contents.put_log(into, home, of)
    contents.put_decisions(into, home, of)
    counts |= {f"receipts_{name}": n for name, n in contents.put_receipts(into, home, fed, of).items()}
    contents.put_keys(into, home, fed, of, leaving, stated.signers(of))
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
        done += _put_from_vault(into, held.path, path)


def _put_from_vault(into: Writer, vault: Path, path: Path) -> int:
    """A file of the vault; what is sealed here is opened, since the package has a lock of its own."""
    name, file = f"vault/{path.as_posix()}", vault / path
    if at_rest.is_sealed(file):
        secret = at_rest.read(file)
        into.put(name, secret)
        return len(secret)
    return into.put_file(name, file)


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
        decided.close_of(home, leaving.member.key)
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
        if agreement.state in OPEN:
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
