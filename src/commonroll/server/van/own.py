"""What the API says of itself and of the key: apiKeyProfiles, echoes."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone

from commonroll.server.models import Federation, User
from commonroll.server.van import calls
from commonroll.server.van.asked import Asked, all_paged, one
from commonroll.server.van.routes import serves


@serves("GET", "apiKeyProfiles")
def profile(asked: Asked) -> HttpResponse:
    """Exactly one profile: whose key it is, and what it opens."""
    key, member = asked.key, asked.key.member
    owner = User.objects.filter(email=key.made_by).first()
    federation = Federation.objects.first()
    told: dict[str, Any] = {
        "databaseName": f"{federation.name if federation else 'Commonroll'}: {key.purpose}",
        "hasMyVoters": True,
        "hasMyCampaign": True,
        "committeeName": member.name,
        "committeeId": member.pk,
        "apiKeyTypeName": f"Commonroll, {', '.join(key.scopes)}",
        "keyReference": key.pk,
        "userFirstName": owner.first_name if owner else "",
        "userLastName": owner.last_name if owner else "",
        "username": key.made_by,
        "userId": owner.pk if owner else 0,
        "stateId": member.state,
    }
    if asked.extensions:
        # by it calls about this key's jobs are signed
        told["webhookSecret"] = calls.secret_of(settings.HOME, key.pk)
    return all_paged(asked, [told])


@serves("POST", "echoes")
def echo(asked: Asked) -> HttpResponse:
    """The message, and when it came; `delayInMilliseconds` is answered and not waited for."""
    told = {
        "message": asked.body.text("message"),
        "dateSent": timezone.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
        "delayInMilliseconds": asked.body.integer("delayInMilliseconds"),
    }
    return one(told)
