"""What secrets are derived from is changed; what the former one made goes on until it is forgotten.

A webhook's secret changes when its owner renews it, and at the latest when the former one is forgotten, so
that no receiver is broken before it was told. The secret of calls to programs changes then, too. Ids of
records from elsewhere are looked for under both.
"""

from __future__ import annotations

import hashlib
import secrets

from commonroll import at_rest
from commonroll.errors import Refusal
from commonroll.server import field_keys, wall
from commonroll.server.home import Home
from commonroll.server.models import Webhook

_NAME = 8
_SALT_BYTES = 11


def name_of(secret: bytes) -> str:
    """Eight hexadecimal digits that tell one of them from another and say nothing of it."""
    return hashlib.sha256(b"commonroll derived name v1\n" + secret).hexdigest()[:_NAME]


def new_salt(home: Home) -> str:
    """A salt that says which of them a secret is derived from: the present one."""
    return f"{name_of(home.derived_secret())}.{secrets.token_hex(_SALT_BYTES)}"


def behind(home: Home, salt: str = "") -> bytes:
    """What a salt's secret is derived from; the oldest that is known for a salt that names none of them."""
    known = home.derived_secrets()
    named = salt.partition(".")[0]
    return next((one for one in known if name_of(one) == named), known[-1])


def change(home: Home) -> None:
    """Derive from another secret; the former one is known until `forget`. Raises Refusal while one is."""
    home.keep_derived()
    known = home.derived_secrets()
    if len(known) > 1:
        raise Refusal(
            "a former secret to derive from is still known",
            next_step="renew the webhooks, then run `commonroll secrets forget-former`",
        )
    at_rest.put(home.secrets / "derived.key", b"\n".join((secrets.token_urlsafe(64).encode(), *known)))
    field_keys.lock_anew(home)


@wall.node()
def waiting(home: Home) -> list[Webhook]:
    """Webhooks whose secret will be another one when the former one is forgotten: not renewed yet."""
    now = home.derived_secret()
    hooks = Webhook.objects.exclude(state=Webhook.State.ENDED).select_related("member")
    return [hook for hook in hooks if behind(home, hook.salt) != now]


def forget(home: Home) -> list[Webhook]:
    """Forget the former one; the webhooks that sign with another secret from now on. None is no error."""
    changed = waiting(home)
    field_keys.lock_anew(home)
    at_rest.put(home.secrets / "derived.key", home.derived_secret())
    return changed
