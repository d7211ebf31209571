"""A home with a turf in hand, for a site that is killed; and its fold, killed at ever later steps.

Run as a program: `killed_walk.py begin HOME` makes it and prints the code of the turf. `killed_walk.py fold
HOME` folds what was recorded, in processes that are killed at each of STEPS, and once by one that is not.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis  # noqa: F401 - imported once, before any child is forked
from dying_leave import Killer, in_child
from made_rolls import publish, voter

import migrated
from commonroll.roll.vault.vault import Vault

DOORS = 150
STEPS = (("append_events", 1), ("write", 1), ("keep", 1), ("_tell", 1), ("_words", 1))
"""A function and which of its calls is not survived, one run after the other on one home: before the vault
is told and within that, between answers and attempts, before records are marked."""
SCRIPT: dict[str, Any] = {"questions": [{"code": "gov", "answers": [{"answer": "1"}, {"answer": "2"}]}]}


def begin(path: Path) -> None:
    import numpy as np

    from commonroll.roll.lookup.index import index_of
    from commonroll.server import startup
    from commonroll.server.actions import federation, hand_outs
    from commonroll.server.actor import Actor
    from commonroll.server.home import Home
    from commonroll.server.models import HandOut, Turf, TurfCut, TurfHousehold, TurfPerson
    from commonroll.server.salts import salt

    by, home = Actor.command_line(), Home(path)
    migrated.fill(path)
    startup.migrate()
    federation.begin(home=home, name="One", origin="test.commonroll.invalid", by=by)
    nc = federation.add_member(
        home=home, key="nc", name="nc", kind="state", state="NC", passphrase="only for tests", by=by
    )
    held = Vault(home.vaults, "nc")
    files = held.files(publish(held, [voter(one) for one in range(DOORS)]), "voters")
    numbers = index_of(held.path, "nc", files, salt(home, nc)).numbers(np.arange(DOORS))
    cut = TurfCut.objects.create(
        member=nc, name="Main Street", purpose="gotv", size_by="doors", size=50, at_door=2, seed=1,
        doors=DOORS, people=DOORS, by="x", made_at=datetime.now(UTC), folder="none",
    )  # fmt: skip
    turf = Turf.objects.create(
        cut=cut, number=1, name="MAIN ST", doors=DOORS, people=DOORS, latitude=0, longitude=0
    )
    for at in range(DOORS):
        house = TurfHousehold.objects.create(turf=turf, key=f"h{at}", door=at, stop=at)
        TurfPerson.objects.create(household=house, key=f"p{at}", owner=nc, number=int(numbers[at]))
    given, code = hand_outs.give(home=home, turf=turf, walker="Ann", by=by)
    HandOut.objects.filter(pk=given.pk).update(script=SCRIPT)
    sys.stdout.write(json.dumps({"code": code, "turf": str(given.urn)}))
    sys.stdout.flush()


def fold(home: Path, killer: Killer | None) -> None:
    from commonroll.server.actions import folding
    from commonroll.server.home import Home

    sys.setprofile(killer)
    folding.run(Home(home))


def main(what: str, home: Path) -> None:
    if what == "begin":
        assert in_child(home, lambda: begin(home)) == 0
        return
    for name, nth in STEPS:
        killer = Killer(name, nth)
        assert os.WIFSIGNALED(in_child(home, lambda: fold(home, killer))), f"{name} was not called"  # noqa: B023
    assert in_child(home, lambda: fold(home, None)) == 0


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
