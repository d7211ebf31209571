"""The report on a roll's last linking, kept beside it so that the next one can be compared: counts alone.

Without truth it tells rates, drift and what people's judgements say; with the truth of invented people it
tells precision, recall and calibration by slice. No name, id or date of a person is in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from commonroll.errors import Refusal
from commonroll.identity import accuracy as counting
from commonroll.identity import across, drift, measured
from commonroll.identity.accuracy import Accuracy
from commonroll.identity.judged import own_standing
from commonroll.identity.measured import Looked, Measured
from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault.persons import Linked, linked
from commonroll.roll.vault.vault import Vault

FOLDER = "reports"
_NAMED = "links-*.json"


@dataclass(frozen=True)
class Report:
    """`found`: what the linking found; `compared_with` the run before, if one is kept, and `drift` since;
    `looked`: what people's judgements say; `truth`: the figures, where truth was given."""

    member: str
    run: str
    linked_at: str
    snapshot: int
    counts: Mapping[str, int]
    found: drift.Run
    compared_with: str | None
    drift: drift.Drift | None
    looked: Looked | None
    truth: Measured | None

    def as_dict(self) -> dict[str, Any]:
        """What is kept, and what `--json` says."""
        named = {
            "member": self.member,
            "run": self.run,
            "linked_at": self.linked_at,
            "snapshot": self.snapshot,
        }
        return named | {
            "counts": dict(self.counts),
            "found": self.found.as_dict(),
            "compared_with": self.compared_with,
            "drift": self.drift.as_dict() if self.drift else None,
            "judged": self.looked.as_dict() if self.looked else None,
            "truth": self.truth.as_dict() if self.truth else None,
        }


@dataclass(frozen=True)
class Across:
    """Pairs of two members' registrations that their agreements let be found, against the truth."""

    members: tuple[str, str]
    matched_at: str
    pairs: Accuracy

    def as_dict(self) -> dict[str, Any]:
        return {"members": list(self.members), "matched_at": self.matched_at, "pairs": self.pairs.as_dict()}


def report(vault: Vault, truth: Path | None = None) -> Report:
    """The report on the last linking of a vault. Raises Refusal where the roll was never linked, or where the
    truth is not that of this roll."""
    last = _last(vault)
    pairs = measured.every_pair(vault, last)
    found = drift.run(pairs, last.counts.get("registrants", 0), last.model)
    before = _before(vault, last)
    return Report(
        member=vault.member,
        run=last.run,
        linked_at=last.at,
        snapshot=last.snapshot,
        counts=last.counts,
        found=found,
        compared_with=before["run"] if before else None,
        drift=drift.drift(drift.Run.of(before["found"]), found) if before else None,
        looked=measured.looked_at(pairs, own_standing(vault)),
        truth=_against(vault, last, truth) if truth else None,
    )


def _against(vault: Vault, last: Linked, truth: Path) -> Measured:
    snapshot = vault.snapshot(last.snapshot)
    with vault.lease(snapshot):
        return measured.measured(vault, snapshot, last, truth)


def _last(vault: Vault) -> Linked:
    last = linked(vault.catalogue)
    if last is None:
        raise Refusal(
            "The roll was never linked.",
            where=f"vault of {vault.member}",
            next_step="Link it first: commonroll link.",
        )
    return last


def keep(vault: Vault, made: Report) -> Path:
    """Write a report to the vault, in the place of one on the same linking, whole or not at all.

    A report without truth does not replace the figures that an earlier one on the same linking has.
    """
    path = vault.path / FOLDER / f"links-{made.run}.json"
    told = made.as_dict()
    if path.exists() and told["truth"] is None:
        told["truth"] = json.loads(path.read_text("utf-8"))["truth"]
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{uuid4().hex}.part")
    try:
        part.touch(mode=0o600)
        part.write_text(json.dumps(told, indent=1) + "\n", "utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return path


def kept(vault: Vault) -> Iterator[dict[str, Any]]:
    """The reports of a vault as they were kept, the newest linking first."""
    told = [json.loads(path.read_text("utf-8")) for path in (vault.path / FOLDER).glob(_NAMED)]
    yield from sorted(told, key=lambda one: str(one["linked_at"]), reverse=True)


def _before(vault: Vault, last: Linked) -> dict[str, Any] | None:
    at = datetime.fromisoformat(last.at)
    earlier = (one for one in kept(vault) if one["run"] != last.run)
    return next((one for one in earlier if datetime.fromisoformat(one["linked_at"]) <= at), None)


def across_members(root: Path, vaults: Sequence[Vault], truth: Path) -> tuple[Across, ...]:
    """What is kept of pairs of these members (HOME/identity), against the truth in a folder."""
    of = {vault.member: vault for vault in vaults}
    return tuple(
        _across(root, of[one], of[other], truth)
        for one, other in across.matched(root)
        if one in of and other in of
    )


def _across(root: Path, one: Vault, other: Vault, truth: Path) -> Across:
    run = across.kept(root, one.member, other.member)
    assert run is not None
    snapshots = [(vault, vault.snapshot(run.snapshots[vault.member])) for vault in (one, other)]
    known = [measured.owners(vault, snapshot, truth) for vault, snapshot in snapshots]
    every = known[0].union(known[1])
    pairs = counting.pairs_of(every)
    true = pairs.filter(pairs["member_l"] != pairs["member_r"])
    found = ibis_engine().read_parquet(across.path(root, one.member, other.member))
    return Across(run.members, run.matched_at, counting.accuracy(counting.labelled(found, true)))
