"""Two processes look at once for what is due; prints what each has opened, a line each.

Run by tests with `COMMONROLL_HOME` in the environment.
"""

from __future__ import annotations

import os
import uuid
from datetime import timedelta

import django
from forks import ended, forked

os.environ["DJANGO_SETTINGS_MODULE"] = "commonroll.server.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from commonroll.server import duties, startup  # noqa: E402
from commonroll.server.actions import agreements, federation  # noqa: E402
from commonroll.server.actions.wishes import Wishes  # noqa: E402
from commonroll.server.actor import Actor  # noqa: E402
from commonroll.server.models import Agreement, Lent  # noqa: E402

MACHINE = Actor.command_line()


def begin() -> None:
    """Six agreements that ran out, each with an extract that is out."""
    startup.migrate()
    federation.begin(home=settings.HOME, name="At once", origin="test.commonroll.invalid", by=MACHINE)
    for key, kind, state in (("oh", "state", "OH"), ("rivera", "campaign", "")):
        federation.add_member(
            home=settings.HOME, key=key, name=key, kind=kind, state=state, passphrase="only for tests",
            by=MACHINE,
        )  # fmt: skip
    now = timezone.now().replace(microsecond=0)
    for _ in range(6):
        text = agreements.draft(
            owner=federation.member("oh"), recipient=federation.member("rivera"), by=MACHINE,
            wishes=Wishes(["gotv"], ["count"], ["district"], now, now + timedelta(days=1)),
        )  # fmt: skip
        Lent.objects.create(
            agreement=text, extract=uuid.uuid4(), file="sha256:x", rows=1, purpose="gotv", begun=now, at=now
        )
    Agreement.objects.update(state=Agreement.State.FINAL, start=now - timedelta(days=2), until=now)


def sweep(ready: int, go: int) -> None:
    """Look on a signal, so that all look at once."""
    os.write(ready, b"!")
    os.read(go, 1)
    print(duties.sweep(settings.HOME), flush=True)  # noqa: T201


def main() -> None:
    ended(forked(begin))
    (heard, ready), (go, start) = os.pipe(), os.pipe()
    both = [forked(lambda: sweep(ready, go)) for _ in range(2)]
    for _ in both:
        os.read(heard, 1)
    os.write(start, b"!!")
    ended(*both)


if __name__ == "__main__":
    main()
