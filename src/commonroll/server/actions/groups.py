"""Named groups of members, and one text offered to each member of a group in one act.

A group is no party: each member gets an agreement of its own, which it signs or not. Who joins the group
later gets nothing by that (ADR 76).
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone

from commonroll.agreements.compile import overlap
from commonroll.agreements.english import sentences
from commonroll.agreements.profile import Terms
from commonroll.errors import Refusal
from commonroll.notes import Signer
from commonroll.server import journal
from commonroll.server.actions import agreements, negotiations
from commonroll.server.actions.attempts import attempt
from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.actions.wishes import Wishes, terms_of
from commonroll.server.actor import Actor, Unknown
from commonroll.server.home import Home
from commonroll.server.meaning import grant_of, standing
from commonroll.server.models import Agreement, Member, MemberGroup
from commonroll.server.models.groups import LONGEST_KEY
from commonroll.transparency import leaves

MOST_MEMBERS = 100


@transaction.atomic
def name(*, key: str, title: str, members: Sequence[Member], by: Actor) -> MemberGroup:
    """Name a group, or its next version; the federation's log has who is in it."""
    if by.user is not None or by.key is not None:
        raise Unknown("there is no such page", next_step="ask those who run the federation")
    if not re.fullmatch(rf"[a-z][a-z0-9-]{{1,{LONGEST_KEY - 1}}}", key):
        raise Refusal(
            f"a group's key has 2 to {LONGEST_KEY} small letters, digits and hyphens",
            next_step="name it anew",
        )
    negotiations.here(*members)
    keys = sorted({member.key for member in members})
    if not keys or len(keys) > MOST_MEMBERS:
        raise Refusal(f"a group has 1 to {MOST_MEMBERS} members", next_step="name its members")
    last = MemberGroup.objects.select_for_update().filter(key=key).first()
    if last is not None and last.members == keys:
        raise Refusal(f"{last.name} has these very members", next_step="name it anew when they change")
    made = MemberGroup.objects.create(
        key=key,
        version=last.version + 1 if last else 1,
        title=" ".join(title.split())[:120] or key,
        members=keys,
        by=by.label,
        at=timezone.now(),
    )
    said, salt = {"group": made.name, "members": keys, "by": by.label}, secrets.token_bytes(leaves.SALT_BYTES)
    journal.record(
        log=FEDERATION_LOG,
        type="operator",
        keys={"action": "group.named", "detail": leaves.commit(said, salt)},
        owner=FEDERATION_LOG,
        sealed_shared=leaves.seal(said, salt, sorted({member.reader for member in members})),
    )
    return made


def listed() -> list[MemberGroup]:
    """The newest version of each group."""
    found: dict[str, MemberGroup] = {}
    for group in MemberGroup.objects.order_by("key", "-version"):
        found.setdefault(group.key, group)
    return list(found.values())


def newest(key: str) -> MemberGroup:
    """The newest version of a group."""
    found = MemberGroup.objects.filter(key=key).order_by("-version").first()
    if found is None:
        raise Unknown("there is no such group", next_step="see `commonroll group list`")
    return found


# One text for all


def draft(*, owner: Member, group: MemberGroup, wishes: Wishes, by: Actor) -> list[Agreement]:
    """One draft for each member of this version but the owner; all of them compile, or none is made."""
    wanted = replace(wishes, group=group.name)
    return _drafted(
        owner, group, [terms_of(owner=owner, recipient=one, wishes=wanted) for one in _of(group, owner)], by
    )


def draft_like(*, owner: Member, group: MemberGroup, text: Agreement, by: Actor) -> list[Agreement]:
    """As `draft`, with the terms of a text that the owner gave to somebody."""
    by.require("draft", owner)
    if text.owner_id != owner.pk:
        raise Unknown("there is no such agreement", next_step="name an agreement that this member gave")
    terms, now = negotiations.terms_in(text), timezone.now().replace(microsecond=0)
    if terms.until <= now:
        raise Refusal(f"agreement {text.number} has run out", next_step="draft new terms for the group")
    like = [
        replace(
            terms,
            id=f"urn:uuid:{uuid.uuid4()}",
            recipient=one.key,
            group=group.name,
            timestamp=now,
            profile=2,
        )
        for one in _of(group, owner)
    ]
    return _drafted(owner, group, like, by)


def _of(group: MemberGroup, owner: Member) -> list[Member]:
    found = Member.objects.filter(key__in=group.members, left_at=None).exclude(pk=owner.pk)
    if not found:
        raise Refusal(f"nobody of {group.name} but the owner is here", next_step="choose another group")
    return list(found.order_by("key"))


def _drafted(owner: Member, group: MemberGroup, texts: Sequence[Terms], by: Actor) -> list[Agreement]:
    by.require("draft", owner)
    negotiations.here(owner)
    if not owner.state:
        raise Refusal(
            f"{owner.name} owns no state's file", next_step="choose the member that owns the voters"
        )
    if waiting(owner=owner, group=group):
        raise Refusal(
            f"drafts for {group.name} wait for your signature already",
            next_step="sign them, or take them back one by one",
        )
    made = []
    with transaction.atomic():
        for terms in texts:
            recipient = Member.objects.get(key=terms.recipient)
            with attempt(what="draft", owner=owner, recipient=recipient, by=by):
                made.append(negotiations.written(terms, None, by, None))
    return made


def waiting(*, owner: Member, group: MemberGroup) -> list[Agreement]:
    """The owner's drafts for this version that it has not signed."""
    drafts = Agreement.objects.filter(owner=owner, state=Agreement.State.DRAFT, signatures=None)
    found = drafts.select_related("owner", "recipient").order_by("number")
    return [text for text in found if negotiations.terms_in(text).group == group.name]


@dataclass(frozen=True)
class Shown:
    """What the owner reads before it signs for a group: the text, and each recipient with what is in the way.

    `says` are the sentences with the group's name for the recipient's.
    """

    group: MemberGroup
    texts: list[tuple[Agreement, str]]
    says: list[str]


def shown(*, owner: Member, group: MemberGroup, by: Actor) -> Shown:
    """The drafts of the owner for this version, as one list."""
    by.require("read", owner)
    texts = waiting(owner=owner, group=group)
    names = dict(Member.objects.values_list("key", "name"))
    says: list[str] = []
    if texts:
        says = sentences(grant_of(texts[0]), names | {texts[0].recipient.key: f"each of {group.title}"})
    return Shown(group, [(text, _in_the_way(text)) for text in texts], says)


def _in_the_way(text: Agreement) -> str:
    mine = negotiations.terms_in(text)
    for grant in standing(owner=text.owner, recipient=text.recipient):
        if overlap(mine, grant):
            return f"agreement {grant.number} covers a purpose of it; it binds once that one has ended"
    return ""


def sign(
    *, home: Home, owner: Member, group: MemberGroup, numbers: Sequence[int], passphrase: str, by: Actor
) -> list[Agreement]:
    """Sign and offer the very drafts that were shown, all or none; each recipient then signs its own."""
    by.require("sign", owner)
    texts = waiting(owner=owner, group=group)
    if not texts or sorted(numbers) != [text.number for text in texts]:
        raise Refusal("these are not the drafts that wait now", next_step="read the list anew, then sign")
    signer = agreements.unlock(home, owner, passphrase)
    at = texts[0]
    try:
        with transaction.atomic():
            for at in texts:
                _sign(at, owner, signer, by)
    except Refusal as refusal:
        with negotiations.trying("signature", at, by):  # the entry of within went with the transaction
            raise refusal
    return texts


def _sign(text: Agreement, owner: Member, signer: Signer, by: Actor) -> None:
    lines = "\n".join(signer.line(said) for said in agreements.texts_to_sign(text))
    agreements.add_line(agreement=text, member=owner, line=lines, by=by)
