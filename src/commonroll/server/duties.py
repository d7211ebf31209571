"""Duties to delete: opened when an agreement ends or a voter must leave, overdue when their days are over.

Whatever opens one looks again under the owner's lock, so that two processes at once open it once.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from commonroll.agreements.events import TERMINAL
from commonroll.agreements.recall import About, Out, Row, extracts_in, recall, recall_text
from commonroll.agreements.terms import read
from commonroll.notes import canonical, digest_text, load_plain_key, parse_canonical, sha256_text
from commonroll.roll.vault import suppression
from commonroll.roll.vault.vault import Vault
from commonroll.server import journal, wall
from commonroll.server.actions.federation import federation
from commonroll.server.home import Home
from commonroll.server.models import Agreement, Cut, Extract, Lent, Member, Recall, ended
from commonroll.transparency import leaves
from commonroll.views import lent
from commonroll.views.export import ExportFile
from commonroll.views.pseudonyms import agreement_key

LEAVING = ("protected", "flagged", "opt-out", "stop", "shield", "erased")
"""Reasons for which people leave what is out; list hygiene can be taken back and recalls nothing."""

CLOCKS = timedelta(days=1)
"""Who was left out this long before an extract was begun is looked for too: files take their time."""


# What is out


def lend(
    extract: Extract | Cut,
    file: ExportFile,
    agreements: Iterable[str],
    channels: Iterable[str],
    begun: datetime,
) -> None:
    """Note whose rows an extract or a cut took out, inside the transaction that finishes it."""
    out = Agreement.objects.select_related("owner").filter(urn__in=agreements)
    for agreement in out:
        Lent.objects.create(
            agreement=agreement,
            extract=extract.pk,
            file=digest_text(bytes.fromhex(file.sha256)),
            rows=file.rows_by_owner.get(agreement.owner.key, 0),
            purpose=extract.purpose,
            columns=list(extract.columns),
            channels=sorted(channels),
            begun=begun,
            at=timezone.now(),
        )


def clear_parts(home: Home) -> None:
    """Remove records that a killed export left half written, once nobody can be writing them any more."""
    before = (timezone.now() - CLOCKS).timestamp()
    for part in home.vaults.glob(f"*/{lent.FOLDER}/.*.part"):
        if part.stat().st_mtime < before:
            part.unlink(missing_ok=True)


@wall.node()
def sweep(home: Home) -> int:
    """Open what is due to be opened and say what is overdue; how many duties changed.

    Safe to repeat and to run in several processes at once.
    """
    now = timezone.now()
    out = Lent.objects.filter(recall=None, agreement__owner__left_at=None)
    over = Agreement.objects.filter(Q(until__lte=now) | ended(now), pk__in=out.values("agreement"))
    done = sum(open_ended(agreement) for agreement in over)
    lenders = Member.objects.filter(pk__in=out.values("agreement__owner"))
    done += sum(recall_people(home, owner) for owner in lenders)
    late = Recall.objects.filter(met_at=None, overdue_at=None, due__lte=now, agreement__owner__left_at=None)
    return done + sum(_overdue(found) for found in late.select_related("agreement"))


# An agreement has ended


@transaction.atomic
def open_ended(agreement: Agreement) -> bool:
    """Recall every extract that came under an agreement that is over, once; whether there was any."""
    agreement = _locked(agreement)
    out = list(Lent.objects.filter(agreement=agreement, recall=None))
    if not out:
        return False
    within = timedelta(days=read(bytes(agreement.document)).delete_within_days)
    found = [Out(one.urn, one.file) for one in out]
    made = _open(agreement, "agreement", found, _end(agreement) + within)
    Lent.objects.filter(pk__in=[one.pk for one in out]).update(recall=made.pk, touched=True)
    return True


def _end(agreement: Agreement) -> datetime:
    said = [one.effective for one in agreement.events.all() if one.event in TERMINAL]
    return min([agreement.until, *said])


# A voter must leave


@wall.node()
def recall_people(home: Home, owner: Member) -> int:
    """Recall the rows of voters who were left out of every read since an extract was made; how many recalls.

    Looks only where the owner's list of those changed since it looked last.
    """
    held = Vault(home.vaults, owner.key)
    version = held.catalogue.setting(suppression.VERSION) or ""
    todo = list(
        Lent.objects.filter(agreement__owner=owner, recall=None)
        .exclude(looked=version)
        .select_related("agreement__owner")
    )
    if not todo:
        return 0
    records = {lent.record_of(home.vaults, owner.key, str(one.extract)): one for one in todo}
    leavers = suppression.leavers(held.catalogue, LEAVING, held.path / "reports")
    found = lent.look_up(leavers, [record(home, one) for one in todo])
    rows: dict[int, list[Row]] = {}
    for one in found:
        rows.setdefault(records[one.path].pk, []).append(Row(one.row, one.voter_ref))
    done = _recall_rows(owner, [(one, rows.get(one.pk, [])) for one in todo], version)
    _withhold(home, [one for one in todo if one.pk in rows])
    return done


def record(home: Home, one: Lent) -> lent.Lent:
    """What is looked through to learn who stands in an extract."""
    key = agreement_key(home.reference_secret(), one.agreement.urn)
    where = lent.record_of(home.vaults, one.agreement.owner.key, str(one.extract))
    return lent.Lent(where, one.begun - CLOCKS, frozenset(one.channels), key)


@transaction.atomic
def _recall_rows(owner: Member, found: Sequence[tuple[Lent, list[Row]]], version: str) -> int:
    Member.objects.select_for_update().get(pk=owner.pk)
    known = _recalled(owner)
    out: dict[Agreement, list[Out]] = {}
    for one, rows in found:
        news = tuple(row for row in rows if (one.urn, row.number) not in known)
        if news:
            out.setdefault(one.agreement, []).append(Out(one.urn, one.file, news))
    now = timezone.now()
    for agreement, extracts in out.items():
        within = timedelta(days=read(bytes(agreement.document)).delete_within_days)
        _open(_locked(agreement), "people", extracts, now + within)
    named = {one.extract for extracts in out.values() for one in extracts}
    for one, _ in found:
        Lent.objects.filter(pk=one.pk).update(looked=version, touched=one.touched or one.urn in named)
    return len(out)


def _recalled(owner: Member) -> set[tuple[str, int]]:
    """Rows that were recalled for some people before."""
    texts = Recall.objects.filter(agreement__owner=owner, about=Recall.About.PEOPLE)
    return {
        (one.extract, row.number)
        for text in texts.values_list("document", flat=True)
        for one in extracts_in(parse_canonical(bytes(text)))
        for row in one.rows
    }


def _withhold(home: Home, out: Iterable[Lent]) -> None:
    """The files that still lie here to be downloaded go; they are made again without these people."""
    for one in out:
        for path in home.extracts.glob(f"{one.extract}.*"):
            path.unlink(missing_ok=True)


# Opened, overdue


def _locked(agreement: Agreement) -> Agreement:
    """As it stands, with its owner's row locked: one duty at a time."""
    Member.objects.select_for_update().get(pk=agreement.owner_id)
    return Agreement.objects.select_related("owner", "recipient").get(pk=agreement.pk)


def _open(agreement: Agreement, about: About, extracts: Sequence[Out], due: datetime) -> Recall:
    owner, recipient = agreement.owner, agreement.recipient
    made = Recall(id=uuid.uuid4(), agreement=agreement, about=about)
    made.opened_at, made.due = timezone.now().replace(microsecond=0), due.replace(microsecond=0)
    document = recall(
        id=made.urn,
        owner=owner.key,
        recipient=recipient.key,
        agreement=agreement.urn,
        agreement_hash=agreement.document_hash,
        about=about,
        extracts=extracts,
        opened=made.opened_at,
        due=made.due,
    )
    node = load_plain_key(settings.HOME.log_key(owner.key), federation().log_origin(owner.key))
    text = recall_text(document)
    made.document, made.note = canonical(document), f"{text}\n{node.line(text)}\n"
    made.document_hash = sha256_text(made.document)
    made.save()
    salt = secrets.token_bytes(leaves.SALT_BYTES)
    note_duty(
        made,
        "opened",
        {"detail": leaves.commit(document, salt)},
        leaves.seal(document, salt, sorted({owner.reader, recipient.reader})),
    )
    return made


@transaction.atomic
def _overdue(found: Recall) -> bool:
    _locked(found.agreement)
    late = Recall.objects.select_related("agreement__owner", "agreement__recipient").get(pk=found.pk)
    if late.met_at is not None or late.overdue_at is not None:
        return False
    late.overdue_at = timezone.now()
    late.save(update_fields=["overdue_at"])
    note_duty(late, "overdue", {})
    return True


def note_duty(of: Recall, state: str, said: dict[str, str], sealed: bytes | None = None) -> None:
    """The leaf of a duty in the owner's log, inside the caller's transaction."""
    agreement = of.agreement
    journal.record(
        log=agreement.owner.key,
        type="duty",
        keys={
            "agreement": agreement.urn,
            "terms": agreement.document_hash,
            "duty": "delete",
            "state": state,
            "run": of.urn,
            "due": leaves.instant(of.due),
            **said,
        },
        owner=agreement.owner.key,
        recipient=agreement.recipient.key,
        sealed_shared=sealed,
    )
