"""Run as a program: Washington lends a score to National for persuasion. `made_marks.py HOME`."""

from __future__ import annotations

import random
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from invented_site import PASSPHRASE

from commonroll.console import use
from commonroll.server.home import Home


def build(home: Home) -> None:
    from commonroll.insight import shared_scores
    from commonroll.server.actions import agreements, federation, loads
    from commonroll.server.actions.wishes import Wishes
    from commonroll.server.actor import Actor

    by, parties = Actor.command_line(), [federation.member("wa"), federation.member("national")]
    vault = loads.vault(home, parties[0])
    snapshot = vault.current()
    assert snapshot is not None
    files = vault.files(snapshot, "voters")
    ids = pa.concat_tables([pq.read_table(path, columns=["state_voter_id"]) for path in files])
    draw = random.Random(5)
    values = ids.append_column("value", pa.array([draw.randrange(1001) / 10 for _ in range(ids.num_rows)]))
    shared_scores.share(vault, "turnout", values, on=date(2026, 10, 1), load="ab" * 16)
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    wishes = Wishes(
        purposes=["persuasion"], modes=["count", "view", "export"],
        columns=["voters.state_voter_id", "voters.first_name", "voters.last_name", "voters.birth_year",
                 "registration", "scores.value"],
        start=start, until=start + timedelta(days=100), rows_per_day=50_000,
    )  # fmt: skip
    text = agreements.draft(owner=parties[0], recipient=parties[1], wishes=wishes, by=by)
    for party in parties:
        text = agreements.sign(home=home, agreement=text, member=party, passphrase=PASSPHRASE, by=by)


if __name__ == "__main__":
    build(use(Path(sys.argv[1])))
