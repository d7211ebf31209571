"""Taking up an invitation: a password of one's own, then in."""

from __future__ import annotations

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from commonroll.errors import Refusal
from commonroll.server.actions import federation as actions
from commonroll.server.models import User

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


KEPT = "invitation"
"""Where the session keeps the secret, so that the form's own address tells nobody anything."""


@require_safe
def opened(request: HttpRequest, secret: str) -> HttpResponse:
    """The link of an invitation: the secret moves from the address into the session."""
    actions.invitation(secret)
    request.session[KEPT] = secret
    return redirect("invitation")


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    secret = request.session.get(KEPT, "")
    offer = actions.invitation(secret)
    known = User.objects.filter(email=offer.email).exists()
    context = {
        "offer": offer,
        "known": known,
        "same": request.user.is_authenticated and request.user.email == offer.email,
    }
    if request.method != "POST":
        return render(request, "pages/invitation.html", context)
    signed_in = request.user if isinstance(request.user, User) else None
    try:
        user = actions.accept(secret=secret, password=request.POST.get("password", ""), user=signed_in)
    except Refusal as refusal:
        return render(request, "pages/invitation.html", {**context, "refusal": refusal}, status=400)
    del request.session[KEPT]
    if signed_in is None:
        login(request, user, backend=BACKEND)
    request.session["member"] = offer.member.key
    return redirect("federation")
