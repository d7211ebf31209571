"""The members of the federation: how fresh each roll is, which agreements bind us, who works for us."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from commonroll.errors import Refusal
from commonroll.roll.counties import state_of
from commonroll.server.actions import federation as actions
from commonroll.server.actions.loads import vault
from commonroll.server.actor import Unknown
from commonroll.server.models import Agreement, Member, Role, User, ended
from commonroll.server.pages.held import Held, held
from commonroll.server.pages.notices import notices
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.permits import floors_of_logs
from commonroll.server.register import Register
from commonroll.server.templatetags.pages import ago, count

FRESH_DAYS = ((7, 5), (30, 4), (90, 3), (365, 2))
"""Days since the last load, and the step of the map's scale up to there; older is 1, no roll is 0."""
FRESHNESS_KEY = (
    (5, "under a week"), (4, "under a month"), (3, "under three months"), (2, "under a year"), (1, "older"),
    (0, "no roll, or no member"),
)  # fmt: skip


def state_fips(state: str) -> str:
    """The two digits that every county of the state begins with."""
    return state_of(state).fips


@dataclass(frozen=True)
class Neighbour:
    """A member as another member may see it: freshness and agreements; its size where it gives."""

    member: Member
    made_at: datetime | None
    voters: int | None
    gives: list[Agreement]
    gets: list[Agreement]
    holds: Mapping[int, Held]

    @property
    def step(self) -> int:
        if self.made_at is None:
            return 0
        days = (timezone.now() - self.made_at).days
        return next((step for limit, step in FRESH_DAYS if days < limit), 1)

    @property
    def sentence(self) -> str:
        if self.made_at is None:
            return f"{self.member.name}: no roll loaded yet"
        bound = ", ".join(f"agreement {a.number}{self._held(a)}" for a in (*self.gives, *self.gets))
        size = f"{count(self.voters)} voters, " if self.voters is not None else ""
        return f"{self.member.name}: {size}loaded {ago(self.made_at)}" + (
            f"; {bound}" if bound else "; no agreement with you"
        )

    @property
    def bound(self) -> list[tuple[str, Agreement, str]]:
        """Each agreement with its direction, and the word for what holds it up."""
        both = [("gives you", a) for a in self.gives] + [("gets from you under", a) for a in self.gets]
        return [(way, a, self._held(a)) for way, a in both]

    def _held(self, agreement: Agreement) -> str:
        found = self.holds.get(agreement.pk)
        return f" ({found.word})" if found else ""


def neighbours(of: Member) -> list[Neighbour]:
    """Every member, with what binds it to `of`."""
    now = timezone.now()
    mine = Agreement.objects.filter(state=Agreement.State.FINAL, start__lte=now, until__gt=now)
    mine = mine.exclude(ended(now)).select_related("owner", "recipient").prefetch_related("events")
    given = list(mine.filter(recipient=of).order_by("number"))
    taken = list(mine.filter(owner=of).order_by("number"))
    register, floors = Register.today(), floors_of_logs()
    holds = {
        a.pk: why for a in (*given, *taken) if (why := held(a, of, now, register=register, floors=floors))
    }
    found = []
    for member in Member.objects.filter(left_at=None) | Member.objects.filter(pk=of.pk):
        newest = vault(settings.HOME, member).current() if member.state else None
        gives = [a for a in given if a.owner_id == member.pk]
        gets = [a for a in taken if a.recipient_id == member.pk]
        shared = newest is not None and (any(a.pk not in holds for a in gives) or member.pk == of.pk)
        found.append(
            Neighbour(
                member,
                newest.made_at if newest else None,
                newest.rows.get("voters") if newest and shared else None,
                gives,
                gets,
                holds,
            )
        )
    return found


def map_values(found: list[Neighbour]) -> dict[str, Any]:
    """State FIPS to step, sentence and address, for the map."""
    return {
        state_fips(n.member.state): {
            "step": n.step,
            "bound": bool(n.gives or n.gets),
            "label": n.sentence,
            "href": f"{reverse('federation')}#member-{n.member.key}",
        }
        for n in found
        if n.member.state
    }


@member_page()
def page(request: ActingRequest) -> HttpResponse:
    me = request.acting.member
    found = neighbours(me)
    context = {
        "notices": notices(request.acting),
        "federation": actions.federation(),
        "neighbours": found,
        "loaded": sum(1 for n in found if n.made_at),
        "owners": sum(1 for n in found if n.member.state),
        "voters": sum(n.voters or 0 for n in found),
        "map": map_values(found),
        "freshness_key": FRESHNESS_KEY,
        "people": Role.objects.filter(member=me).select_related("user").order_by("user__email"),
        "open_invitations": me.invitations.filter(accepted_at__isnull=True, expires_at__gt=timezone.now()),
        "may_invite": request.acting.may("invite"),
        "may_draft": request.acting.may("draft"),
        "may_leave": request.acting.may("leave"),
        "roles": Role.Name.choices,
        "invitation_link": request.session.pop("invitation_link", None),
    }
    return render(request, "pages/federation.html", context)


@require_POST
@member_page("invite")
def invite(request: ActingRequest) -> HttpResponse:
    offer, secret = actions.invite(
        to=request.acting.member,
        email=request.POST.get("email", ""),
        role=request.POST.get("role", ""),
        by=request.acting.actor,
    )
    link = request.build_absolute_uri(reverse("invitation_opened", args=[secret]))
    request.session["invitation_link"] = {"link": link, "email": offer.email}
    return redirect("federation")


@require_POST
@member_page("invite")
def set_role(request: ActingRequest, user: int) -> HttpResponse:
    person = User.objects.filter(pk=user).first()
    if person is None:
        raise Unknown("this person has no role here")
    role = request.POST.get("role")
    if role is None or role not in ("", *Role.Name.values):
        raise Refusal("no role was chosen", next_step="choose one of the list, or take the role away")
    actions.set_role(of=person, member=request.acting.member, role=role, by=request.acting.actor)
    messages.success(request, f"{person} is {role} now." if role else f"{person} has no role here any more.")
    return redirect(reverse("federation") + "#people")
