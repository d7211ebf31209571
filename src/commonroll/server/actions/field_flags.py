"""What screening asks about a member's walks: shown to leads and to whoever walked, answered, settled.

Flags are worked out anew at each look. What was once asked stays, with every word that was said about it;
no number and nobody's right to walk hangs on any of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.field.flags import Flag
from commonroll.field.screening import screened
from commonroll.server import field_facts
from commonroll.server.actor import Actor, Unknown
from commonroll.server.field_facts import OfTurfs
from commonroll.server.models import FieldFlag, FlagWord, HandOut, Member

LONGEST_WORD = 1000
MOST_WORDS = 20
"""Words of a canvasser about one flag."""


def look(*, member: Member, by: Actor) -> QuerySet[FieldFlag]:
    """All flags of a member's walks, those no longer so too; for its leads."""
    by.require("view", member)
    _refresh(member)
    return FieldFlag.objects.filter(member=member).prefetch_related("words")


def own(hand_out: HandOut) -> QuerySet[FieldFlag]:
    """The flags about the work of whoever walks with this hand-out, and no others."""
    _refresh(hand_out.member)
    mine = FieldFlag.objects.filter(member=hand_out.member, canvasser=hand_out.walker).order_by("pk")
    ids = [one.pk for one in mine if hand_out.pk in one.hand_outs]
    return FieldFlag.objects.filter(pk__in=ids).prefetch_related("words")


def reply(*, hand_out: HandOut, flag: int, text: str) -> FieldFlag:
    """What whoever walked says to a flag; it stays beside it, also when it was settled before."""
    found = own(hand_out).filter(pk=flag).first()
    if found is None:
        raise Unknown("there is no such question about your walks", next_step="ask for those there are")
    if found.words.filter(by_walker=True).count() >= MOST_WORDS:
        raise Refusal("this was answered many times already", next_step="speak with your lead")
    _say(found, text, by=hand_out.walker, by_walker=True)
    return FieldFlag.objects.prefetch_related("words").get(pk=found.pk)


def settle(*, member: Member, flag: int, word: str, by: Actor) -> FieldFlag:
    """A lead's word on a flag, which is settled with it. Raises Unknown for another member's."""
    by.require("view", member)
    found = FieldFlag.objects.filter(member=member, pk=flag).first()
    if found is None:
        raise Unknown("There is no such flag.", next_step="See which there are on the page Asked about.")
    with transaction.atomic():
        _say(found, word, by=by.label, by_walker=False)
        found.settled_at = timezone.now()
        found.save(update_fields=["settled_at"])
    return found


def reopen(*, member: Member, flag: int, by: Actor) -> None:
    """A flag that was settled is open again; its words stay."""
    by.require("view", member)
    FieldFlag.objects.filter(member=member, pk=flag).update(settled_at=None)


def _say(flag: FieldFlag, text: str, *, by: str, by_walker: bool) -> None:
    text = " ".join(text.replace("\0", "").split())
    if not text or len(text) > LONGEST_WORD:
        raise Refusal(
            f"A word on this has between 1 and {LONGEST_WORD:,} characters.",
            where="text", next_step="Say in a sentence what happened.",
        )  # fmt: skip
    FlagWord.objects.create(
        flag=flag, by_walker=by_walker, by=by[:200], text=text, about=flag.sentence, at=timezone.now()
    )


def _refresh(member: Member) -> None:
    """Keep what is asked now; what is asked no more keeps its words and says since when."""
    turfs = field_facts.of_member(member)
    flags = screened(
        (one for turf in turfs for one in turf.knocks), (one for turf in turfs for one in turf.said),
        field_facts.zone(member),
    )  # fmt: skip
    held = {one.key: one for one in FieldFlag.objects.filter(member=member)}
    now, walks = timezone.now(), _walks(turfs)
    with transaction.atomic():
        for flag in flags:
            _keep(member, flag, held.pop(flag.key, None), walks[flag.canvasser, flag.of])
        gone = [one.pk for one in held.values() if one.gone_at is None]
        FieldFlag.objects.filter(pk__in=gone).update(gone_at=now)


def _keep(member: Member, flag: Flag, held: FieldFlag | None, hand_outs: set[int]) -> None:
    given: dict[str, Any] = {
        "sentence": flag.sentence[:600], "may_be": flag.may_be, "numbers": dict(flag.numbers),
        "hand_outs": sorted(hand_outs), "gone_at": None,
    }  # fmt: skip
    if held is not None and all(getattr(held, name) == value for name, value in given.items()):
        return
    FieldFlag.objects.update_or_create(
        member=member, key=flag.key[:300], defaults=given,
        create_defaults=given
        | {"rule": flag.rule, "canvasser": flag.canvasser, "of": str(flag.of), "found_at": timezone.now()},
    )  # fmt: skip


def _walks(turfs: Sequence[OfTurfs]) -> dict[tuple[str, date | int], set[int]]:
    """The hand-outs of a canvasser on a day, and in a cut."""
    found: dict[tuple[str, date | int], set[int]] = defaultdict(set)
    for turf in turfs:
        days: dict[str, set[date]] = defaultdict(set)
        for fact in turf.facts:
            days[fact.canvasser].add(fact.day)
        for hand_out, walker in turf.hand_outs:
            found[walker, turf.cut].add(hand_out)
            for day in days[walker]:
                found[walker, day].add(hand_out)
    return found


def as_dict(flag: FieldFlag) -> dict[str, Any]:
    """A flag as whoever walked sees it; `rule` and `numbers` are for sentences in the phone's language."""
    return {
        "id": flag.pk, "on": flag.of if not flag.of.isdecimal() else "", "sentence": flag.sentence,
        "may_be": flag.may_be, "rule": flag.rule, "numbers": flag.numbers,
        "settled": flag.settled_at is not None, "so": flag.gone_at is None,
        "words": words(flag.words.all()),
    }  # fmt: skip


def words(said: Iterable[FlagWord]) -> list[dict[str, Any]]:
    """Each word: by whom (you, your lead), what, when."""
    return [
        {
            "by": "you" if one.by_walker else "your lead", "mine": one.by_walker, "text": one.text,
            "at": one.at.isoformat(),
        }
        for one in said
    ]  # fmt: skip
