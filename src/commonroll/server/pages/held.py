"""Why a signed agreement gives nothing now, and what each side can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from commonroll.agreements.events import TERMINAL
from commonroll.server.models import Agreement, Member
from commonroll.server.permits import floors_of_logs, in_force_grant
from commonroll.server.register import Register
from commonroll.server.templatetags.pages import day

KEEPS = "Copies need not be deleted, and answers that were gathered still go back."


@dataclass(frozen=True)
class Held:
    """A word for lists, the reason, and the next step with its address where there is one."""

    word: str
    why: str
    next_step: str
    href: str = ""
    action: str = ""


def held(
    agreement: Agreement,
    me: Member,
    now: datetime,
    *,
    register: Register | None = None,
    floors: Mapping[str, datetime] | None = None,
) -> Held | None:
    """What holds up an agreement that both signed and whose days have come; None where it is in force."""
    ends = [e.effective for e in agreement.events.all() if e.event in TERMINAL]
    if agreement.state != Agreement.State.FINAL or min([agreement.until, *ends]) <= now:
        return None
    found = _suspended(agreement, me) or _by_the_federation(agreement, me)
    if found or agreement.start > now:
        return found
    keys = register or Register.today()
    known = floors_of_logs() if floors is None else floors
    if in_force_grant(agreement, now, register=keys, floors=known) is not None:
        return None
    return _keys(agreement, me, keys) or Held(
        "rests",
        "The law as it is today, or a change in what is stored, leaves nothing of it.",
        "Read the sentences below, and draft what still holds.",
    )


def _suspended(agreement: Agreement, me: Member) -> Held | None:
    said = [e for e in agreement.events.all() if e.event in ("Suspended", "Resumed")]
    if not said or said[-1].event != "Suspended":
        return None
    owner, recipient, last = agreement.owner, agreement.recipient, said[-1]
    since = f"since {day(last.effective)} ({last.cause})"
    if me.pk == owner.pk:
        return Held(
            "suspended",
            f"You have suspended it {since}. {recipient.name} reads nothing. {KEEPS}",
            "Resume it, amend it or revoke it: the buttons are above.",
        )
    return Held(
        "suspended",
        f"{owner.name} has suspended it {since}. You read nothing under it. {KEEPS}",
        f"Ask {owner.name} what is to be mended; it alone can resume it. You can offer an amendment, "
        "or give it up.",
        f"{reverse('agreement_draft')}?amends={agreement.number}",
        "Offer an amendment",
    )


def _by_the_federation(agreement: Agreement, me: Member) -> Held | None:
    party = next((m for m in (agreement.owner, agreement.recipient) if m.suspended_at), None)
    if party is None:
        return None
    own = party.pk == me.pk
    return Held(
        "suspended",
        f"The federation suspended {'you' if own else party.name} on {day(party.suspended_at)}. "
        "Nothing is read under it by either side; your own rows and tools are as before.",
        "Ask those who run the federation for the reason; the agreement gives again when they lift it."
        if own
        else f"Wait until the federation reinstates {party.name}; nothing has to be signed anew.",
    )


def _keys(agreement: Agreement, me: Member, keys: Register) -> Held | None:
    gone = [s for s in agreement.signatures.all() if keys.withdrawn(s.vkey)]
    if not gone:
        return None
    whose = ", ".join("you" if s.member_id == me.pk else s.member.name for s in gone)
    return Held(
        "rests",
        f"A key that signed it was withdrawn ({whose}).",
        "Both sides sign the same terms again; then it gives again what it says.",
        reverse("signing_keys"),
        "Sign again",
    )
