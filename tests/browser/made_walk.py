"""Run as a program beside the served site: Washington cuts its own voters' doors and gives two turfs out.

`made_walk.py HOME` prints as one JSON line the codes, and names that stand in the first turf's roll.
`made_walk.py HOME revoke URN` takes a turf from the phone that has it.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from commonroll.console import use
from commonroll.server.home import Home

SCRIPT = {
    "name": "Governor", "version": 1, "languages": ["en", "es"], "consent": False, "shows": ["age"],
    "intro": {"en": "Hello, I am a neighbor.", "es": "Hola, soy del barrio."}, "start": "q1",
    "questions": [
        {"id": "q1", "code": "support_gov", "of": "person", "kind": "one", "next": None,
         "text": {"en": "Whom do you support for governor?", "es": "¿A quién apoya para gobernadora?"},
         "answers": [{"answer": "1", "text": {"en": "Strongly ours", "es": "Muy nuestra"}, "next": None}]}],
    "closing": {"en": "Thank you.", "es": "Gracias."},
}  # fmt: skip


def place(home: Home, member: Any) -> None:
    """Each address has a place along its street."""
    from commonroll.roll.engine import engine
    from commonroll.roll.places import places
    from commonroll.server.actions.loads import vault

    held = vault(home, member)
    places.make_places(held)
    snapshot = held.current()
    assert snapshot is not None
    path = held.path / "places" / f"{snapshot.number:08}.parquet"
    with engine() as cursor:
        cursor.execute(
            """CREATE TEMP TABLE placed AS SELECT * REPLACE (
                47.0 + (hash(street) % 40) / 1000 AS latitude,
                -122.0 + TRY_CAST(number AS INTEGER) / 100000 AS longitude,
                'point' AS method, 0 AS error_m) FROM read_parquet(?)""",
            [str(path)],
        )
        cursor.execute(f"COPY placed TO '{path}' (FORMAT parquet)")


def give(home: Home) -> dict[str, Any]:
    from commonroll.field.divide import Size
    from commonroll.server.actions import federation, hand_outs, turf
    from commonroll.server.actor import Actor

    by, member = Actor.command_line(), federation.member("wa")
    place(home, member)
    cut = turf.cut(
        home=home, member=member, name=f"Walked by phone {os.getpid()}", purpose="gotv",
        where="status = 'active'", size=Size("doors", 30), by=by,
    )  # fmt: skip
    turfs = list(cut.turfs.order_by("-doors")[:2])
    given = [hand_outs.give(home=home, turf=one, walker="Kim", script=SCRIPT, by=by) for one in turfs]
    return {
        "codes": [code for _, code in given], "urns": [str(out.urn) for out, _ in given],
        "doors": [one.doors for one in turfs],
    }  # fmt: skip


def revoke(urn: str) -> None:
    from commonroll.server.actions import hand_out_ends
    from commonroll.server.actor import Actor
    from commonroll.server.models import HandOut

    out = HandOut.objects.get(urn=urn)
    hand_out_ends.revoke(hand_out=out, why="the phone was lost", by=Actor.command_line())


if __name__ == "__main__":
    here = use(Path(sys.argv[1]))
    if sys.argv[2:3] == ["revoke"]:
        revoke(sys.argv[3])
    else:
        sys.stdout.write(json.dumps(give(here)) + "\n")
