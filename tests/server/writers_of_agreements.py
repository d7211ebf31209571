"""Several processes sign at the same moment; shared by the tests on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from writers import run, start

from commonroll.server.home import Home

SCRIPT = Path(__file__).with_name("agreement_signer.py")


def signed_at_once(home: Path, database: str = "") -> None:
    """Of two overlapping agreements one binds; both parties' signatures on a third put it in force."""
    Home(home).create()
    run(home, database, "begin", script=SCRIPT)
    acts = [("rivera:1", "oh:3", "rivera:3"), ("rivera:2", "rivera:3")]
    working = [start(home, database, "sign", *some, script=SCRIPT) for some in acts]
    said = []
    for process in working:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        said += out.splitlines()
    found: dict[str, Any] = json.loads(run(home, database, "report", script=SCRIPT))
    assert sorted(found["states"][n] for n in ("1", "2")) == ["final", "offered"], said
    assert found["states"]["3"] == "final", said
    assert sorted(found["signatures"].values()) == [1, 2, 2]
    assert found["final"] == 2
    assert sum(line.startswith("refused") for line in said) == found["denied"] == 2, said
