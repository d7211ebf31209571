"""One person, one id in the generator's world of four states: each roll with itself, and every two of them.

North Carolina publishes an age, Washington a year, Ohio and Florida a date; some people stand twice on a
roll, some on the roll of a state that they left. Files are invented, loaded and linked as a member would;
what is found is held against the truth beside the files. Two JSON lines: within rolls and across them, with
precision, recall and what waits for a look; `--slices` adds the slices across. Precision has a bar, recall is
reported: how much can be found depends on what the states publish.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
from bench_identity import SLICE, THREADS, Figure, clocked
from voter_synth import DATA

from commonroll.identity import link, linking, models, records, report
from commonroll.identity.accuracy import Accuracy, accuracy, labelled, pairs_of
from commonroll.identity.calibration import calibration
from commonroll.identity.measured import owners
from commonroll.identity.slices import by_slice, sliced
from commonroll.identity.verdicts import verdicts
from commonroll.invented.generate import generate
from commonroll.roll import engine
from commonroll.roll.load import load
from commonroll.roll.schema import VOTERS
from commonroll.roll.vault.vault import Vault

STATES, VOTERS_EACH, SEED = ("FL", "NC", "OH", "WA"), 100_000, 7
NOT_ROLLS = ("_H_", "ncvhis", "absentee", "VotingHistory")
SECRET = b"a secret of the benchmark alone."


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--voters", type=int, default=int(os.environ.get("BENCH_VOTERS", VOTERS_EACH)))
    asked.add_argument("--slices", action="store_true", help="every slice across rolls")
    options = asked.parse_args()
    files = DATA / f"world_{options.voters}"
    if not (files / "truth").exists():
        generate(list(STATES), options.voters, SEED, files)
    with tempfile.TemporaryDirectory(dir=DATA) as made:
        engine.configure(threads=THREADS, temp=Path(made) / "tmp")
        vaults = [rolled(Path(made) / "vaults", state, files / state) for state in STATES]
        print(json.dumps(within(vaults, files / "truth")), flush=True)
        for figure in across(vaults, files / "truth", Path(made), every=options.slices):
            print(json.dumps(figure), flush=True)


def rolled(root: Path, state: str, folder: Path) -> Vault:
    """A vault with the state's roll."""
    vault = Vault(root, state.lower())
    vault.mark_sample()
    files = [path for path in sorted(folder.iterdir()) if not any(word in path.name for word in NOT_ROLLS)]
    done = load(vault, files, state=state, now=datetime.now(UTC))
    if done.snapshot is None:
        raise SystemExit(f"not loaded: {done.report.sentences}")
    return vault


def within(vaults: list[Vault], truth: Path) -> Figure:
    """Persons of each roll by itself: who stands twice on it."""
    stages: Figure = {}
    with clocked(stages, "linking"):
        for vault in vaults:
            linking.run(vault, secret=SECRET, now=datetime.now(UTC))
    found = {vault.member: report.report(vault, truth).truth for vault in vaults}
    known = [one for one in found.values() if one is not None]
    whole = total([one.persons for one in known])
    waiting = total([one.links for one in known])
    each = {member: rates(one.persons, one.links) for member, one in found.items() if one is not None}
    return figure("persons within rolls", whole, stages) | {"waiting": waiting.waiting, "by_member": each}


def across(vaults: list[Vault], truth: Path, folder: Path, *, every: bool) -> Iterator[Figure]:
    """People on two rolls, each two rolls by themselves."""
    stages: Figure = {}
    backend = engine.ibis_engine()
    known = {vault.member: owners(vault, vault.snapshots()[0], truth) for vault in vaults}
    files = {vault.member: recorded(vault, folder) for vault in vaults}
    labels, each, scored = [], {}, []
    for one, other in itertools.combinations(sorted(files), 2):
        to = folder / f"{one}_{other}.parquet"
        with clocked(stages, "link"):
            links = link.link(files[one], files[other], models.shipped(), folder / "pairs.parquet")
            rolls = backend.read_parquet([files[one], files[other]])
            verdicts(links.table(), rolls, "rolls").to_parquet(to)
        true = crossing(known[one].union(known[other]))
        pairs = labelled(backend.read_parquet(to), true).cache()
        each[f"{one}+{other}"] = rates(accuracy(pairs), accuracy(pairs))
        labels.append(pairs)
        scored.append(accuracy(pairs))
    pairs = ibis.union(*labels)
    meant = calibration(pairs)
    yield figure("people on two rolls", total(scored), stages) | {
        "calibration": meant.error, "band": meant.pairs, "by_pair": each
    }  # fmt: skip
    if every:
        rolls = backend.read_parquet(list(files.values()))
        for one in by_slice(sliced(pairs, rolls, datetime.now(UTC).year)):
            yield one.as_dict() | {"name": f"slice {one.name}: {one.value}", "ok": True}


def recorded(vault: Vault, folder: Path) -> Path:
    path = folder / f"{vault.member}.records.parquet"
    voters = engine.ibis_engine().read_parquet(list(vault.files(vault.snapshots()[0], VOTERS.name)))
    records.write(records.records(voters, vault.member), path)
    return path


def crossing(known: ir.Table) -> ir.Table:
    pairs = pairs_of(known)
    return pairs.filter(pairs["member_l"] != pairs["member_r"])


def total(parts: list[Accuracy]) -> Accuracy:
    names = ("linked", "right", "true", "reached", "unsure", "unsure_right")
    return Accuracy(**{name: sum(getattr(part, name) for part in parts) for name in names})


def rates(of: Accuracy, waiting: Accuracy) -> dict[str, Any]:
    shown = {name: of.as_dict()[name] for name in ("true", "linked", "precision", "recall")}
    return shown | {"waiting": waiting.as_dict()["waiting"], "reach": waiting.as_dict()["reach"]}


def figure(name: str, of: Accuracy, stages: Figure) -> Figure:
    good = of.precision is not None and of.precision >= SLICE
    return {"name": name, **stages, "bar": f"precision >= {SLICE}", "ok": good, **of.as_dict()}


if __name__ == "__main__":
    main()
