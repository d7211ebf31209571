"""Two processes act on one home; shared by the tests on SQLite and on PostgreSQL.

Both stay up and are told what to do, so that one start serves every test and acts begin at the same moment.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from writers import start

from commonroll.server.home import Home

SCRIPT = Path(__file__).with_name("agreement_signer.py")


class Other:
    """Another process: told acts, and what it answers."""

    def __init__(self, tells: int, hears: int) -> None:
        self.tells, self.hears = os.fdopen(tells, "w"), os.fdopen(hears)

    def tell(self, *act: str) -> None:
        self.tells.write(f"{' '.join(act)}\n")
        self.tells.flush()

    def hear(self) -> Any:
        line = self.hears.readline()
        assert line, "it has ended"
        return json.loads(line)

    def does(self, *act: str) -> Any:
        self.tell(*act)
        return self.hear()


@contextmanager
def two_processes(home: Path, database: str = "") -> Iterator[tuple[Other, Other]]:
    """Two processes on a new home with three texts between two members."""
    Home(home).create()
    pipes = [(*os.pipe(), *os.pipe()) for _ in range(2)]
    theirs = [end for told, _, _, said in pipes for end in (told, said)]
    started = start(home, database, *map(str, theirs), script=SCRIPT, pass_fds=theirs)
    for end in theirs:
        os.close(end)
    one, two = (Other(tells, hears) for _, tells, hears, _ in pipes)
    assert one.does("begin") == "begun"
    yield one, two
    for other in (one, two):
        other.tells.close()
    assert started.communicate(timeout=60)[1] == "" and started.returncode == 0


def signed_at_once(one: Other, two: Other) -> None:
    """Of two overlapping agreements one binds; both parties' signatures on a third put it in force."""
    one.tell("sign", "rivera:1", "oh:3", "rivera:3")
    two.tell("sign", "rivera:2", "rivera:3")
    said = [*one.hear(), *two.hear()]
    found: dict[str, Any] = one.does("report")
    assert sorted(found["states"][n] for n in ("1", "2")) == ["final", "offered"], said
    assert found["states"]["3"] == "final", said
    assert sorted(found["signatures"].values()) == [1, 2, 2]
    assert found["final"] == 2
    assert sum(line.startswith("refused") for line in said) == found["denied"] == 2, said


def seen_by_the_other(asks: Other, acts: Other) -> None:
    """What one process does to the third agreement, the other sees with its next question."""
    assert asks.does("ask", "persuasion") == [3]
    for what, left in (("suspend", []), ("resume", [3]), ("revoke", [])):
        assert acts.does(what, "3") == "done"
        assert asks.does("ask", "persuasion") == left


def left_out_by_the_other(one: Other, two: Other) -> None:
    """Who is told to one is left out by the other's next question; told to both at once, none is lost."""
    assert one.does("roll", *(f"V{at}" for at in range(12))) == 12
    assert two.does("left") == 12
    assert one.does("stop", "V0") == [1]
    assert two.does("left") == 11
    one.tell("stop", "V1", "V2", "V3", "V4")
    two.tell("stop", "V5", "V6", "V7", "V4")
    assert sorted([*one.hear(), *two.hear()]) == list(range(2, 10))
    assert [one.does("left"), two.does("left")] == [4, 4]
