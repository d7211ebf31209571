"""Mail that came back: what it says of addresses goes to the owners, and is undone as a whole."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.insight import returned_mail
from commonroll.roll.schema import FOUND_OUT
from commonroll.roll.vault.vault import Vault
from commonroll.server import carried
from commonroll.server.actions import answers, returning
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import AnswerBatch, Member

Kind = AnswerBatch.Kind


def load(*, home: Home, gathered_by: Member, file: Path, by: Actor) -> AnswerBatch:
    """Load a sheet of return codes with reasons; each owner's part goes to its vault where the terms say so.

    Lines that do not count are counted by reason. The same sheet again, while it stands, is refused.
    """
    by.require("answers", gathered_by)
    batch = AnswerBatch(member=gathered_by, kind=Kind.MAIL, file=file.name[:200], by=by.label)
    back = carried.back_of(home, batch)
    files = carried.mailed(home, gathered_by)
    mailed = [returned_mail.Mailed(keys, made.created_at.date()) for keys, made in files]
    back.parent.mkdir(exist_ok=True, mode=0o700)
    try:
        sheet = returned_mail.read_returned(
            file, gathered_by=gathered_by.key, batch=batch.pk.hex, mailed=mailed,
            before=carried.came_back(home, gathered_by).codes, back=back, loaded_at=timezone.now(),
        )  # fmt: skip
        answers.check_new(gathered_by, sheet, file.name)
        batch.file_hash = sheet.file_hash
        answers.take(home=home, sheet=sheet, batch=batch, grants=returning.returning(gathered_by))
    except BaseException:
        back.unlink(missing_ok=True)
        raise
    return batch


def undo(*, home: Home, batch: AnswerBatch, by: Actor) -> None:
    """Take back all that a sheet of returned mail said, here and where it went; its codes may come anew."""
    by.require("answers", batch.member)
    with transaction.atomic():
        still = AnswerBatch.objects.select_for_update().filter(pk=batch.pk, undone_at=None)
        if not still.update(undone_at=timezone.now(), undone_by=by.label):
            raise Refusal(
                "this sheet was undone already", where=batch.file, next_step="nothing is left to do"
            )
        _withdraw(home, batch.member.key, batch)
        grants = returning.returning(batch.member)
        for owner in batch.returned:
            # an owner that has what is taken back gets the word too, whatever was agreed since
            kinds, rows = _withdraw(home, owner, batch)
            if rows and owner in grants:
                returning.receipt(batch.member, grants[owner].grant, kinds, rows)
    carried.back_of(home, batch).unlink(missing_ok=True)
    batch.refresh_from_db()


def _withdraw(home: Home, member: str, batch: AnswerBatch) -> tuple[list[str], int]:
    """Take back in one vault what a sheet brought there: of which kinds, and how much."""
    vault = Vault(home.vaults, member)
    rows = returned_mail.taken_back(
        vault.event_files(FOUND_OUT.name), gathered_by=batch.member.key, batch=batch.pk.hex,
        loaded_at=timezone.now(),
    )  # fmt: skip
    vault.append_events(FOUND_OUT.name, rows)
    return sorted(set(rows["what"].to_pylist())), rows.num_rows


def batch_of(*, member: Member, pk: str, by: Actor) -> AnswerBatch:
    """A sheet of returned mail of the member one acts for; nobody else's exists."""
    by.require("answers", member)
    found = AnswerBatch.objects.filter(pk=pk, member=member, kind=Kind.MAIL).first()
    if found is None:
        raise Unknown("there is no such sheet of returned mail", next_step="see the list of your sheets")
    return found


def batches(*, member: Member, by: Actor) -> list[AnswerBatch]:
    """The member's sheets of returned mail, the newest first."""
    by.require("read", member)
    return list(AnswerBatch.objects.filter(member=member, kind=Kind.MAIL))
