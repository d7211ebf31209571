"""The command bar: pages, agreements, saved universes, actions, by any part of their names; or a person.

What is typed may be a person's name, so it is sent in a form and stands in no address. Voters are looked for
on Enter alone: a search is a use, and stands in their owners' logs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from commonroll.server.models import Agreement, Member, SavedList, SavedUniverse
from commonroll.server.pages.shell import ActingRequest, member_page
from commonroll.server.templatetags.pages import RAIL

HITS = 12


@dataclass(frozen=True)
class Hit:
    """One line of the command bar: words, kind, address."""

    words: str
    kind: str
    href: str


def hits(request: ActingRequest) -> Iterator[Hit]:
    """Everything that can be gone to, most used first."""
    me = request.acting.member
    for place in RAIL:
        yield Hit(place.label, "page", reverse(place.url))
    yield Hit("Who may use whose voters", "page", reverse("matrix"))
    yield Hit("Who can see what, who has it, what came back", "page", reverse("sharing"))
    yield from _actions(request)
    for a in Agreement.objects.filter(Q(owner=me) | Q(recipient=me)).select_related("owner", "recipient"):
        words = f"Agreement {a.number}: {a.owner.name} to {a.recipient.name}"
        yield Hit(words, a.get_state_display(), reverse("agreement", args=[a.number]))
    for universe in SavedUniverse.objects.filter(member=me, deleted_at=None):
        yield Hit(universe.name, "saved universe", f"{reverse('universe')}?saved={universe.pk}")
    for listed in SavedList.objects.filter(member=me, deleted_at=None):
        yield Hit(listed.name, "list", reverse("list", args=[listed.pk]))
    for member in Member.objects.filter(left_at=None):
        yield Hit(member.name, "member", f"{reverse('federation')}#member-{member.key}")


def _actions(request: ActingRequest) -> Iterator[Hit]:
    may = request.acting.may
    if may("view"):
        yield Hit("Look for one person", "action", reverse("search"))
    if may("load") and request.acting.member.state:
        yield Hit("Load a file", "action", f"{reverse('roll')}#load")
    if may("raw") and request.acting.member.state:
        yield Hit("Review matches", "action", reverse("matches"))
        yield Hit("Persons and linking", "action", reverse("persons"))
    if may("draft"):
        yield Hit("Draft an agreement", "action", reverse("agreement_draft"))
    if may("keys"):
        yield Hit("Programs: keys and webhooks", "action", reverse("programs"))
    if may("leave"):
        yield Hit("Leave with everything you have", "action", reverse("leave"))
    if may("invite"):
        yield Hit("Invite a person", "action", f"{reverse('federation')}#people")
    yield Hit("Verify the log", "action", reverse("diary"))
    if may("answers"):
        yield Hit("Bring answers back", "action", f"{reverse('ledger')}#answers")


@sensitive_post_parameters("q")
@require_POST
@member_page()
def page(request: ActingRequest) -> HttpResponse:
    typed = request.POST.get("q", "").strip()
    words = typed.casefold().split()
    found = [hit for hit in hits(request) if all(w in f"{hit.words} {hit.kind}".casefold() for w in words)]
    person = typed if request.acting.may("view") else ""
    return render(request, "parts/hits.html", {"hits": found[:HITS], "person": person})
