"""Processes that act beside each other: `agreement_signer.py IN OUT IN OUT ...`, two pipes for each. Each
line that comes in is an act, answered by a line of JSON: `begin`, `sign MEMBER:NUMBER...`, `ask PURPOSE`,
`revoke|suspend|resume NUMBER`, `report`, `roll VOTER...`, `stop VOTER...`, `left`.

Run by tests with `COMMONROLL_HOME` (and `DATABASE_URL` for PostgreSQL) in the environment.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django
from forks import ended, forked

os.environ["DJANGO_SETTINGS_MODULE"] = "commonroll.server.settings"
django.setup()

from django.conf import settings  # noqa: E402
from django.utils import timezone  # noqa: E402

from commonroll.errors import Refusal  # noqa: E402
from commonroll.server import startup  # noqa: E402
from commonroll.server.actions import (  # noqa: E402
    agreement_events,
    agreements,
    federation,
    questions,
    stops,
)
from commonroll.server.actions.wishes import Wishes  # noqa: E402
from commonroll.server.actor import Actor  # noqa: E402
from commonroll.server.models import Agreement, Journal, Stop  # noqa: E402
from commonroll.server.permits import grants_in_force  # noqa: E402

sys.path.append(str(Path(__file__).parents[1] / "insight"))
from list_vault import oh_vault  # noqa: E402

MACHINE = Actor.command_line()
PASSPHRASE = "only for tests"


def begin() -> str:
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
    return "begun"


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


def sign_each(*acts: str) -> list[str]:
    """Sign one after the other, each `MEMBER:NUMBER`: what became of it."""
    said = []
    for act in acts:
        member, _, number = act.partition(":")
        try:
            sign(member, int(number))
            said.append("signed")
        except Refusal as refusal:
            said.append(f"refused: {refusal}")
    return said


def ask(purpose: str) -> list[int]:
    """The numbers of the agreements by which the campaign reads Ohio now."""
    found = grants_in_force(federation.member("rivera"), purpose, timezone.now())
    return sorted(grant.number or 0 for grant in found.values())


def happen(what: str, number: str) -> str:
    """Revoke, suspend or resume as the owner."""
    said = {
        "home": settings.HOME, "agreement": agreements.visible(number=int(number), by=MACHINE),
        "member": federation.member("oh"), "passphrase": PASSPHRASE, "by": MACHINE,
    }  # fmt: skip
    cause = {} if what == "resume" else {"cause": "safety"}
    getattr(agreement_events, what)(**said, **cause)
    return "done"


def report() -> dict[str, Any]:
    return {
        "states": {a.number: a.state for a in Agreement.objects.all()},
        "signatures": {a.number: a.signatures.count() for a in Agreement.objects.all()},
        "final": Journal.objects.filter(type="agreement.finalized").count(),
        "denied": Journal.objects.filter(type="denied").count(),
    }


def roll(*voters: str) -> int:
    """A roll of Ohio with these voters."""
    rows = [
        {"member": "oh", "state": "OH", "state_voter_id": voter, "status": "active", "confidential": False,
         "birth_date": date(1980, 5, 17), "birth_year": 1980}
        for voter in voters
    ]  # fmt: skip
    oh_vault(settings.HOME.vaults, rows)
    return left()


def stop(*voters: str) -> list[int]:
    """Hear each of them by itself, for the campaign: the register's numbers."""
    said = {
        "home": settings.HOME, "source": Stop.Source.TEXT, "heard_by": federation.member("rivera"),
        "by": MACHINE,
    }  # fmt: skip
    return [stops.hear(asked=[stops.of_voter("oh", voter)], **said).seq for voter in voters]  # type: ignore[arg-type]


def left() -> int:
    """How many voters Ohio counts now."""
    ohio = federation.member("oh")
    return questions.count(home=settings.HOME, viewer=ohio, purpose="gotv", by=MACHINE).total


def answer(command: str, *words: str) -> Any:
    if command in ("revoke", "suspend", "resume"):
        return happen(command, *words)
    acts: dict[str, Callable[..., Any]] = {
        "begin": begin, "sign": sign_each, "ask": ask, "report": report, "roll": roll, "stop": stop,
        "left": left,
    }  # fmt: skip
    return acts[command](*words)


def serve(mine: tuple[int, int], others: list[int]) -> None:
    for end in others:
        os.close(end)
    with os.fdopen(mine[0]) as told, os.fdopen(mine[1], "w") as said:
        for line in told:
            print(json.dumps(answer(*line.split())), file=said, flush=True)


def main(ends: list[int]) -> None:
    pairs = list(zip(ends[::2], ends[1::2], strict=True))
    started = [forked(partial(serve, pair, [e for e in ends if e not in pair])) for pair in pairs]
    for end in ends:
        os.close(end)
    ended(*started)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]])
