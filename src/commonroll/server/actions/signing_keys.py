"""A member's signing keys: followed by another, withdrawn, added after a loss; what stands is signed again.

What a retired key signed goes on counting; what a withdrawn key signed counts for nothing until both parties
have signed it again (ADR 66).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from commonroll.agreements import keys as words
from commonroll.errors import Refusal
from commonroll.notes import canonical, generate, save_key, sha256_text
from commonroll.server import journal
from commonroll.server.actions import agreements, negotiations
from commonroll.server.actions.attempts import attempt
from commonroll.server.actions.federation import FEDERATION_LOG, current_key, federation
from commonroll.server.actions.negotiations import terms_in
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import signatures_stand
from commonroll.server.models import Agreement, Member, MemberKey

WAIT = timedelta(days=7)
"""How long a key that no former key vouches for is in every member's sight before it signs anything."""


def rotation_to(*, member: Member, vkey: str) -> dict[str, Any]:
    """The word by which `vkey` follows the key in use, to be signed by both."""
    now = current_key(member)
    before = bytes(now.document) if now.document else None
    return words.rotation(
        member=member.key, key=vkey, former=now.vkey, issued=_now(), after=words.last_word(before, now.vkey)
    )


def rotate(*, home: Home, member: Member, passphrase: str, by: Actor) -> MemberKey:
    """A fresh key kept here, under the same passphrase, follows the one kept here until now."""
    by.require("sign", member)
    with attempt(what="rotation of the key", owner=member, recipient=member, by=by):
        old = agreements.unlock(home, member, passphrase)
    path = home.signing_key(member.key)
    beside = path.with_name(agreements.NEXT_KEY)
    beside.unlink(missing_ok=True)
    new = generate(old.name)
    save_key(beside, new, passphrase)
    word = rotation_to(member=member, vkey=new.vkey)
    made = enter_rotation(
        member=member, document=canonical(word), note=words.sign_word(word, old, new), by=by
    )
    beside.replace(path)
    return made


@transaction.atomic
def enter_rotation(*, member: Member, document: bytes, note: str, by: Actor) -> MemberKey:
    """Enter a key that follows the one in use; both have signed, here or offline."""
    by.require("sign", member)
    Member.objects.select_for_update().get(pk=member.pk)
    said = words.verify_word(document, note, member=member.key, name=federation().key_name(member.key))
    now = current_key(member)
    before = bytes(now.document) if now.document else None
    if (said.kind, said.former, said.after) != ("Rotated", now.vkey, words.last_word(before, now.vkey)):
        raise Refusal(
            "this word does not follow what the register said last",
            next_step="make it anew from the key that is in use",
        )
    if said.issued > timezone.now() or said.issued < now.valid_from:
        raise Refusal("the word's time does not fit the register", next_step="look at the clock, sign anew")
    now.retired_at = said.issued
    now.save(update_fields=["retired_at"])
    _log(member, now.vkey, "retired")
    return _added(member, said.key, said.issued, document, note)


def add(*, home: Home, member: Member, passphrase: str, by: Actor) -> MemberKey:
    """A key kept here after the last one was withdrawn. No former key vouches for it, so it waits a week."""
    by.require("sign", member)
    path = home.signing_key(member.key)
    new = generate(federation().key_name(member.key))
    word = words.addition(member=member.key, key=new.vkey, issued=_now())
    beside = path.with_name(agreements.NEXT_KEY)
    beside.unlink(missing_ok=True)
    save_key(beside, new, passphrase)
    with transaction.atomic():
        Member.objects.select_for_update().get(pk=member.pk)
        if member.keys.filter(withdrawn_at__isnull=True, retired_at__isnull=True).exists():
            raise Refusal(
                f"{member.name} has a key in use",
                next_step="let another key follow it: it vouches for that one",
            )
        signed = words.sign_word(word, new)
        made = _added(member, new.vkey, _now() + WAIT, canonical(word), signed)
    beside.replace(path)
    return made


@transaction.atomic
def withdraw(*, member: Member, vkey: str, by: Actor) -> MemberKey:
    """A key counts for nothing any more, nor does what it signed; needs no key, since one may be lost."""
    by.require("sign", member)
    found = member.keys.select_for_update().filter(vkey=vkey, withdrawn_at__isnull=True).first()
    if found is None:
        raise Unknown("there is no such key", next_step="see `commonroll signing-key list`")
    found.withdrawn_at = _now()
    found.save(update_fields=["withdrawn_at"])
    _log(member, vkey, "withdrawn")
    return found


def sign_again(*, home: Home, member: Member, passphrase: str, by: Actor) -> list[Agreement]:
    """Sign anew every agreement of the member that rests because a key was withdrawn.

    Each gets a text of the same terms that takes its place; where the other party has made one already, that
    one is signed. It binds when both have signed.
    """
    by.require("sign", member)
    done = []
    for old in [one.agreement for one in waiting(member) if one.signed is None]:
        with negotiations.trying("signing again", old, by):  # refused, it leaves no draft behind
            text = _waiting(old, member) or negotiations.amend(agreement=old, terms=terms_in(old), by=by)
            done.append(
                agreements.sign(home=home, agreement=text, member=member, passphrase=passphrase, by=by)
            )
    return done


@dataclass(frozen=True)
class Waits:
    """An agreement that rests, and the text in its place that the member has signed already, if it has."""

    agreement: Agreement
    signed: Agreement | None


def waiting(member: Member) -> list[Waits]:
    """What rests because a key was withdrawn, oldest first."""
    return [Waits(old, _signed_anew(old, member)) for old in _resting(member)]


def _signed_anew(old: Agreement, member: Member) -> Agreement | None:
    """The text in its place that the member signed with a key that counts, and that waits for the other."""
    counts = member.keys.filter(withdrawn_at=None).values("vkey")
    offered = old.amendments.filter(state=Agreement.State.OFFERED)
    mine = offered.filter(signatures__member=member, signatures__vkey__in=counts)
    return mine.order_by("-number").first()


def _resting(member: Member) -> list[Agreement]:
    final = Agreement.objects.filter(state=Agreement.State.FINAL, until__gt=timezone.now())
    mine = (final.filter(owner=member) | final.filter(recipient=member)).select_related("owner", "recipient")
    return [a for a in mine.order_by("number") if not signatures_stand(a, timezone.now())]


def _waiting(old: Agreement, member: Member) -> Agreement | None:
    """The other party's new text of the same terms, made since this member's key is in use."""
    offered = old.amendments.filter(state=Agreement.State.OFFERED).exclude(signatures__member=member)
    since = current_key(member).valid_from
    for text in offered.order_by("-number"):
        new, before = terms_in(text), terms_in(old)
        same = replace(new, id=before.id, timestamp=before.timestamp) == before
        if same and new.timestamp >= since:
            return text
    return None


def _added(member: Member, vkey: str, since: datetime, document: bytes, note: str) -> MemberKey:
    made = MemberKey.objects.create(member=member, vkey=vkey, valid_from=since, document=document, note=note)
    _log(member, vkey, "added", sha256_text(document))
    return made


def _log(member: Member, vkey: str, state: str, statement: str = "") -> None:
    keys = {"member": member.urn, "vkey": vkey, "state": state}
    for log in (FEDERATION_LOG, member.key):
        journal.record(
            log=log,
            type="member.key",
            keys=keys | ({"statement": statement} if statement else {}),
            owner=member.key,
        )


def _now() -> datetime:
    return timezone.now().replace(microsecond=0)
