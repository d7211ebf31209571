"""One process that signs beside others: `agreement_signer.py begin | sign MEMBER:NUMBER... | ask | happen |
report`.

Run by tests with `COMMONROLL_HOME` (and `DATABASE_URL` for PostgreSQL) in the environment.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime, timedelta

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "commonroll.server.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from commonroll.errors import Refusal  # noqa: E402
from commonroll.server import startup  # noqa: E402
from commonroll.server.actions import agreement_events, agreements, federation  # noqa: E402
from commonroll.server.actions.wishes import Wishes  # noqa: E402
from commonroll.server.actor import Actor  # noqa: E402
from commonroll.server.models import Agreement, Journal  # noqa: E402
from commonroll.server.permits import grants_in_force  # noqa: E402

MACHINE = Actor.command_line()
PASSPHRASE = "only for tests"


def begin() -> None:
    """Agreements 1 and 2 cover one purpose and are signed by the owner; agreement 3 is a draft of another."""
    startup.migrate()
    federation.begin(home=settings.HOME, name="At once", origin="test.commonroll.invalid", by=MACHINE)
    for key, kind, state in (("oh", "state", "OH"), ("rivera", "campaign", "")):
        federation.add_member(
            home=settings.HOME, key=key, name=key, kind=kind, state=state, passphrase=PASSPHRASE, by=MACHINE
        )
    for purpose in ("gotv", "gotv", "persuasion"):
        draft(purpose)
    for number in (1, 2):
        sign("oh", number)
    sign_and_say(*sys.argv[2:])


def draft(purpose: str) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    agreements.draft(
        owner=federation.member("oh"), recipient=federation.member("rivera"), by=MACHINE,
        wishes=Wishes([purpose], ["count"], ["district"], now, now + timedelta(days=9)),
    )  # fmt: skip


def sign(member: str, number: int) -> None:
    text = agreements.visible(number=number, by=MACHINE)
    agreements.sign(
        home=settings.HOME,
        agreement=text,
        member=federation.member(member),
        passphrase=PASSPHRASE,
        by=MACHINE,
    )


def sign_and_say(*acts: str) -> None:
    """Sign one after the other, each `MEMBER:NUMBER`, and say what became of it."""
    for act in acts:
        member, _, number = act.partition(":")
        try:
            sign(member, int(number))
            print("signed")  # noqa: T201
        except Refusal as refusal:
            print(f"refused: {refusal}".replace("\n", " "))  # noqa: T201


def ask() -> None:
    """For each line on stdin: the numbers of the agreements by which the campaign reads Ohio now."""
    for line in sys.stdin:
        viewer = federation.member("rivera")
        found = grants_in_force(viewer, line.strip(), timezone.now())
        print(json.dumps(sorted(grant.number or 0 for grant in found.values())), flush=True)  # noqa: T201


def happen() -> None:
    """For each line on stdin, `revoke NUMBER`, `suspend NUMBER` or `resume NUMBER`: do so as the owner."""
    for line in sys.stdin:
        what, number = line.split()
        _happen(what, int(number))
        print("done", flush=True)  # noqa: T201


def _happen(what: str, number: int) -> None:
    said = {
        "home": settings.HOME, "agreement": agreements.visible(number=number, by=MACHINE),
        "member": federation.member("oh"), "passphrase": PASSPHRASE, "by": MACHINE,
    }  # fmt: skip
    cause = {} if what == "resume" else {"cause": "safety"}
    getattr(agreement_events, what)(**said, **cause)


def report() -> None:
    found = {
        "states": {a.number: a.state for a in Agreement.objects.all()},
        "signatures": {a.number: a.signatures.count() for a in Agreement.objects.all()},
        "final": Journal.objects.filter(type="agreement.finalized").count(),
        "denied": Journal.objects.filter(type="denied").count(),
    }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    command, *words = sys.argv[1:]
    {
        "begin": begin,
        "sign": lambda: sign_and_say(*words),
        "ask": ask,
        "happen": happen,
        "report": report,
    }[command]()
