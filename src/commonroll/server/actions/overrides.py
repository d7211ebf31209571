"""An owner sets a rule of its state's law aside, with a reason that it signs, and takes that back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.agreements import overrides as documents
from commonroll.agreements.law import LawPack, LawRule, packs_for
from commonroll.agreements.overrides import DATASET_URN
from commonroll.errors import Refusal
from commonroll.notes import canonical, parse_canonical, sha256_text
from commonroll.server import journal
from commonroll.server.actions.agreements import unlock
from commonroll.server.actions.federation import current_vkey
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.models import Agreement, LawOverride, Member
from commonroll.server.overriding import verified
from commonroll.server.register import Register
from commonroll.transparency import leaves

MOST_DAYS = 730
"""An override is looked at anew at least every two years."""


@dataclass(frozen=True)
class Standing:
    """One override for people: its row, the agreement that it concerns (None: the file), how it stands."""

    row: LawOverride
    agreement: Agreement | None
    reason: str
    words: str


def rules(owner: Member) -> list[tuple[LawPack, LawRule, str]]:
    """Every rule above the owner's agreements with its pack, and why it stays (empty: it may go)."""
    packs = packs_for(owner.state) if owner.state else ()
    return [(pack, rule, documents.stays(pack, rule)) for pack in packs for rule in pack.rules]


def listed(*, owner: Member, by: Actor) -> list[Standing]:
    """The owner's overrides, the newest first."""
    by.require("read", owner)
    rows = list(LawOverride.objects.filter(owner=owner).select_related("owner"))
    texts = {a.urn: a for a in Agreement.objects.filter(urn__in=[row.concerns for row in rows])}
    keys, now = Register.today(), timezone.now()
    current = {pack.id for pack in packs_for(owner.state)} if owner.state else set()
    return [
        Standing(
            row,
            texts.get(row.concerns),
            documents.read_override(parse_canonical(bytes(row.document))).reason,
            _words(row, keys, current, now),
        )
        for row in rows
    ]


def _words(row: LawOverride, keys: Register, current: set[str], now: datetime) -> str:
    if row.ended_at is not None:
        return "taken back"
    if row.until <= now:
        return "ran out"
    if row.pack not in current:
        return "void: the pack has a new version"
    return "stands" if verified(row, keys) else "void: its signature does not count any more"


def make(
    *,
    home: Home,
    owner: Member,
    rule: str,
    reason: str,
    until: datetime,
    passphrase: str,
    by: Actor,
    agreement: Agreement | None = None,
) -> LawOverride:
    """Sign with the key kept here that `rule` is set aside, for one agreement or for the whole file."""
    by.require("sign", owner)
    document = drafted(owner=owner, rule=rule, reason=reason, until=until, agreement=agreement)
    note = documents.sign(document, unlock(home, owner, passphrase))
    return enter(owner=owner, document=canonical(document), note=note, by=by)


def drafted(
    *, owner: Member, rule: str, reason: str, until: datetime, agreement: Agreement | None = None
) -> dict[str, Any]:
    """The override to be signed here or offline; refused where the rule stays whoever signs."""
    pack = _pack_of(owner, rule)
    now = timezone.now().replace(microsecond=0)
    if (until - now).days > MOST_DAYS:
        raise Refusal(
            "an override lasts two years at most", next_step="name an earlier day; it can be made again"
        )
    if agreement is not None and agreement.owner_id != owner.pk:
        raise Unknown("there is no such agreement", next_step="name an agreement that this member gave")
    return documents.override(
        by=owner.key,
        pack=pack.id,
        rule=rule,
        concerns=DATASET_URN + owner.key if agreement is None else agreement.urn,
        reason=" ".join(reason.split()),
        issued=now,
        until=until,
    )


def _pack_of(owner: Member, rule: str) -> LawPack:
    for pack, known, stays in rules(owner):
        if known.id == rule:
            if stays:
                raise Refusal(
                    f"rule {rule} is overridden by nobody: {stays}", where=pack.id,
                    next_step="keep within the rule, or bring what counsel says to whoever keeps the packs",
                )  # fmt: skip
            return pack
    raise Refusal(f"there is no rule {rule!r} above this file", next_step="see `commonroll agreement law`")


@transaction.atomic
def enter(*, owner: Member, document: bytes, note: str, by: Actor) -> LawOverride:
    """Keep an override that its owner signed, made here or offline, with its leaf in the owner's log."""
    by.require("sign", owner)
    read = documents.verify(document, note, current_vkey(owner))
    pack = _pack_of(owner, read.rule)
    if read.by != owner.key or read.pack != pack.id or not read.stands(timezone.now()):
        raise Refusal(
            "the override names another owner, another version of the pack, or other days",
            next_step="make it anew",
        )
    about = None if read.concerns.startswith(DATASET_URN) else _agreement(owner, read.concerns)
    if LawOverride.objects.filter(document_hash=read.hash).exists():
        raise Refusal("this override was entered before", next_step="see the list of overrides")
    made = LawOverride.objects.create(
        owner=owner,
        pack=read.pack,
        rule=read.rule,
        concerns=read.concerns,
        document=document,
        document_hash=read.hash,
        note=note,
        by=by.label,
        issued=read.issued,
        until=read.until,
    )
    _log(made, about, "made")
    return made


def _agreement(owner: Member, urn: str) -> Agreement:
    found = Agreement.objects.select_related("recipient").filter(owner=owner, urn=urn).first()
    if found is None:
        raise Unknown("there is no such agreement", next_step="name an agreement that this member gave")
    return found


def end(*, home: Home, owner: Member, pk: int, passphrase: str, by: Actor) -> LawOverride:
    """Take an override back; the rule bites with the next question, and no file made under it leaves."""
    by.require("sign", owner)
    row = LawOverride.objects.filter(owner=owner, pk=pk, ended_at=None).first()
    if row is None:
        raise Unknown("no such override stands", next_step="see the list of overrides")
    now = timezone.now().replace(microsecond=0)
    document = documents.ending(parse_canonical(bytes(row.document)), issued=now)
    note = documents.sign(document, unlock(home, owner, passphrase))
    return _end(row, canonical(document), note, by)


@transaction.atomic
def _end(row: LawOverride, document: bytes, note: str, by: Actor) -> LawOverride:
    found = LawOverride.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if found.ended_at is not None:
        raise Unknown("no such override stands", next_step="see the list of overrides")
    found.ended_at = documents.verify_ending(document, note, bytes(found.document), current_vkey(found.owner))
    found.ending, found.ending_note, found.ended_by = document, note, by.label
    found.save()
    dataset = found.concerns.startswith(DATASET_URN)
    _log(found, None if dataset else _agreement(found.owner, found.concerns), "ended")
    return found


def _log(row: LawOverride, about: Agreement | None, state: str) -> None:
    keys = {
        "lawPack": row.pack,
        "rule": row.rule,
        "override": sha256_text(bytes(row.document)),
        "state": state,
        "until": leaves.instant(row.until),
    }
    if about is not None:
        keys |= {"agreement": about.urn, "terms": about.document_hash}
    journal.record(
        log=row.owner.key,
        type="law.override",
        keys=keys,
        owner=row.owner.key,
        recipient=about.recipient.key if about else "",
    )
