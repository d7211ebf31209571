"""The site's secret is changed; what the one before it made is known until it is forgotten."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from django.db import transaction

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.server import wall
from commonroll.server.home import Home

FACTORS = ("secret", "seed")
"""Fields of a second factor that are encrypted; `migrated_codes` is a list of such."""


def change(home: Home) -> None:
    """Another secret of the site; what the one before it signed is known until `forget`.

    Processes that run take it up when they start anew. Raises Refusal while a former one is still known.
    """
    if home.former_secrets():
        raise Refusal(
            "a former secret of the site is still known",
            next_step="start `commonroll serve` anew, then run `commonroll secrets forget-former`",
        )
    home.keep_derived()
    lines = (secrets.token_urlsafe(64), home.secret())
    at_rest.put(home.secrets / "django.key", "\n".join(lines).encode())


@wall.node()
def forget(home: Home) -> int:
    """Encrypt second factors under the site's secret alone, then forget the former one; how many factors.

    Everybody who signed in before it was changed signs in again. Raises Refusal where there is no former one.
    """
    if not home.former_secrets():
        raise Refusal(
            "the site has no former secret",
            next_step="`commonroll secrets rotate-site` changes the present one",
        )
    with transaction.atomic():
        factors = list(Authenticator.objects.select_for_update())
        for one in factors:
            one.data = {name: _anew(name, said) for name, said in one.data.items()}
            one.save(update_fields=["data"])
    at_rest.put(home.secrets / "django.key", home.secret().encode())
    return len(factors)


def _anew(name: str, said: Any) -> Any:
    box = get_adapter()
    if name in FACTORS and isinstance(said, str):
        return box.encrypt(box.decrypt(said))
    if name == "migrated_codes" and isinstance(said, list):
        return [box.encrypt(box.decrypt(one)) for one in said]
    return said
