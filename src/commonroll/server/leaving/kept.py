"""What the centre keeps of a member that left, because others are entitled to it; and what it does not."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass

from django.db.models import Q

from commonroll.server.actions.federation import FEDERATION_LOG
from commonroll.server.models import ROWS_LEFT, Agreement, Journal, Member


@dataclass(frozen=True)
class Kept:
    """One kind of thing that stays: what, for whom, why; `count` is None where only its holder knows it."""

    what: str
    whose: str
    why: str
    count: int | None = None

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


def kept(of: Member) -> list[Kept]:
    """What stays here after `of` has left and its vault is removed. Nothing in it is a row of its roll."""
    found = [
        Kept("its name, its key and its public keys", "everybody", "they verify what it signed"),
        Kept(
            "its log, as far as it goes, without the key that signs it",
            "its recipients",
            "their receipts are proven by it",
            Journal.objects.filter(log=of.key).count(),
        ),
        Kept(
            "entries of the federation's log that name it",
            "everybody",
            "the log only grows",
            Journal.objects.filter(log=FEDERATION_LOG, owner=of.key).count(),
        ),
    ]
    return [*found, *_agreements(of), *_with_recipients(of), *_in_others_logs(of)]


def _agreements(of: Member) -> list[Kept]:
    signed = Agreement.objects.filter(Q(owner=of) | Q(recipient=of), finalized_at__isnull=False)
    others = Counter(
        (a.recipient if a.owner_id == of.pk else a.owner).name
        for a in signed.select_related("owner", "recipient")
    )
    return [
        Kept("agreements with their signatures and events", name, "they are its own as much", count)
        for name, count in sorted(others.items())
    ]


def _with_recipients(of: Member) -> list[Kept]:
    taken = Counter(
        Journal.objects.filter(log=of.key, type__in=ROWS_LEFT)
        .exclude(recipient="")
        .values_list("recipient", flat=True)
    )
    names = dict(Member.objects.values_list("key", "name"))
    recipients = Agreement.objects.filter(owner=of, finalized_at__isnull=False).values_list(
        "recipient__key", flat=True
    )
    found = [
        Kept(
            "receipts of extracts",
            names.get(key, key),
            "they took them under an agreement; its duties go on",
            count,
        )
        for key, count in sorted(taken.items())
    ]
    return found + [
        Kept("answers that it gathered itself", names.get(key, key), "a recipient keeps its own answers")
        for key in sorted(set(recipients))
    ]


def _in_others_logs(of: Member) -> list[Kept]:
    uses = Counter(Journal.objects.filter(recipient=of.key).exclude(log=of.key).values_list("log", flat=True))
    names = dict(Member.objects.values_list("key", "name"))
    return [
        Kept("entries of its log about this member's uses", names.get(log, log), "a log only grows", count)
        for log, count in sorted(uses.items())
    ]
