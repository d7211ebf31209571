"""The vault of a member that left is removed, once its package was taken."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.flow.leaving import vault_files
from commonroll.roll.vault.vault import Vault
from commonroll.server import decoying, journal, matches, member_files, wall
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.actions.packing import alone
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.leaving import contents
from commonroll.server.leaving.kept import Kept, kept
from commonroll.server.models import Journal, Leaving, Member, TurfCut
from commonroll.server.readers import open_reader
from commonroll.transparency import leaves


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
    with alone(home, of) as held:
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
        member_files.forget(home, of)
        for cut in TurfCut.objects.filter(member=of):
            cut.delete()
        for model, column in contents.RECORDS.values():
            rows = model._default_manager.filter(**{column: of})
            for row in rows if model in contents.PATHS else ():
                _forget_file(home, str(getattr(row, contents.PATHS[model])))
            rows.delete()
        for related in ("roles", "invitations", "review_batches"):
            getattr(of, related).all().delete()
        # sealed for the owner alone: nobody here is entitled to it
        Journal.objects.filter(log=of.key, recipient="").update(
            sealed_shared=None, sealed_strategy=None, sealed_dispute=None
        )
        if done.removed_at is None:
            done.removed_at = timezone.now()
            done.save(update_fields=["removed_at"])
            _say_removed(done)
        Leaving.objects.filter(member=of).update(reader=b"", endings=[])
    gone = home.tmp / f"removed-{os.urandom(8).hex()}"
    if held.path.exists():
        held.path.rename(gone)
        shutil.rmtree(gone)
    shutil.rmtree(home.decisions / of.key, ignore_errors=True)
    decoying.forget(home, of.key)
    home.log_key(of.key).unlink(missing_ok=True)
    home.next_log_key(of.key).unlink(missing_ok=True)
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
    member_files.delete(path)
