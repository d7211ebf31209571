"""A roll's links held against the truth of a generated delivery, or against what people judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from commonroll.errors import Refusal
from commonroll.identity import accuracy as counting
from commonroll.identity import records
from commonroll.identity.accuracy import Accuracy
from commonroll.identity.calibration import Calibration, calibration
from commonroll.identity.fairness import Gap, gaps
from commonroll.identity.slices import Slice, by_slice, sliced
from commonroll.roll.engine import ibis_engine
from commonroll.roll.schema import PERSONS, VOTERS
from commonroll.roll.vault.persons import Linked
from commonroll.roll.vault.vault import Snapshot, Vault

TRUTH = "registrations.parquet"
"""The file of a `truth` folder (`commonroll generate`) that says whose each registration is."""


@dataclass(frozen=True)
class Measured:
    """`links`: pairs of the model; `persons`: pairs of registrants that the ids put together, people's
    judgements included. `registrants` of whom the truth is known."""

    registrants: int
    links: Accuracy
    persons: Accuracy
    calibration: Calibration
    slices: tuple[Slice, ...]
    gaps: tuple[Gap, ...]

    def as_dict(self) -> dict[str, Any]:
        return {
            "registrants": self.registrants,
            "links": self.links.as_dict(),
            "persons": self.persons.as_dict(),
            "calibration": self.calibration.as_dict(),
            "slices": [one.as_dict() for one in self.slices],
            "markedly_worse": [one.as_dict() for one in self.gaps],
        }


@dataclass(frozen=True)
class Looked:
    """What people's judgements say of the model's verdicts. People look at hard pairs: the rates are no rates
    of the roll. `same` and `different` by the verdict that the model gave."""

    same: dict[str, int]
    different: dict[str, int]
    calibration: Calibration

    def as_dict(self) -> dict[str, Any]:
        found = {"same": self.same, "different": self.different}
        return found | {"calibration": self.calibration.as_dict()}


def owners(vault: Vault, snapshot: Snapshot, truth: Path) -> ir.Table:
    """member, record, person of the registrants of a snapshot whom the truth in a folder knows, each once.

    Raises Refusal where the folder has no truth, or that of other files.
    """
    path = truth / TRUTH
    if not path.exists():
        raise Refusal(
            f"The folder has no {TRUTH}.",
            where=str(truth),
            next_step="Name the folder `truth` that `commonroll generate` wrote beside the files.",
        )
    backend = ibis_engine()
    told = backend.read_parquet(path).select("state", "state_voter_id", "person")
    voters = backend.read_parquet(list(vault.files(snapshot, VOTERS.name)))
    found = voters.select("state", "state_voter_id").inner_join(told, ["state", "state_voter_id"])
    known = found.select(
        member=ibis.literal(vault.member), record="state_voter_id", person="person"
    ).distinct()
    if not known.limit(1).count().execute():
        raise Refusal(
            "The truth in the folder tells of none of this roll's registrants.",
            where=f"vault of {vault.member}",
            next_step="Name the truth of the files that were loaded.",
        )
    return known.cache()


def measured(vault: Vault, snapshot: Snapshot, last: Linked, truth: Path) -> Measured:
    """The links and persons of a roll's last linking against the truth in a folder."""
    known = owners(vault, snapshot, truth)
    true = counting.pairs_of(known).cache()
    backend = ibis_engine()
    voters = backend.read_parquet(list(vault.files(snapshot, VOTERS.name)))
    pairs = counting.labelled(_of_known(every_pair(vault, last), known), true).cache()
    beside = sliced(pairs, records.records(voters, vault.member), snapshot.made_at.year).cache()
    found = by_slice(beside)
    ids = backend.read_parquet(vault.path / last.files[PERSONS.name])
    standing = ids.filter(ids["until"].isnull()).rename(record="state_voter_id")
    together = _of_known(counting.pairs_of(standing, "person_id"), known)
    return Measured(
        registrants=int(known.count().execute()),
        links=counting.accuracy(pairs),
        persons=counting.accuracy(counting.labelled(together, true)),
        calibration=calibration(pairs),
        slices=found,
        gaps=gaps(found),
    )


def every_pair(vault: Vault, last: Linked) -> ir.Table:
    """All scored pairs of a linking with verdict and reason; those of no verdict file's row are `no`."""
    backend = ibis_engine()
    scored = backend.read_parquet(vault.path / last.files["pairs"])
    worth = backend.read_parquet(vault.path / last.files["verdicts"])
    named = worth.select(*counting.SIDES, "verdict", "reason")
    both = scored.left_join(named, list(counting.SIDES))
    return both.select(*scored.columns, verdict=both["verdict"].fill_null("no"), reason=both["reason"])


def looked_at(pairs: ir.Table, standing: ir.Table) -> Looked | None:
    """What came of the pairs that people judged; None where there is none. `pairs`: as `every_pair`;
    `standing`: as `judgements.standing`."""
    settled = standing.filter(standing["standing"].isin(["same", "different"]))
    labels = settled.select(*counting.SIDES, right=settled["standing"] == "same")
    named = labels.left_join(pairs, list(counting.SIDES)).select(
        "right", verdict=pairs["verdict"].fill_null("not found"), probability=pairs["match_probability"]
    )
    rows = (
        named.group_by("verdict", "right").agg(n=named.count()).order_by("verdict").to_pyarrow().to_pylist()
    )
    if not rows:
        return None
    return Looked(
        same={row["verdict"]: row["n"] for row in rows if row["right"]},
        different={row["verdict"]: row["n"] for row in rows if not row["right"]},
        calibration=calibration(named),
    )


def _of_known(pairs: ir.Table, known: ir.Table) -> ir.Table:
    """The pairs both of whose records the truth knows."""
    for side in "lr":
        named = known.select(**{f"member_{side}": "member", f"record_{side}": "record"}).distinct()
        pairs = pairs.semi_join(named, [f"member_{side}", f"record_{side}"])
    return pairs
