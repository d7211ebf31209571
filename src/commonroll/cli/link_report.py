"""`link report`: what a linking found, what changed since the last one, how right it is by the truth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from commonroll.console import home_option, json_option, refusing, say_json, say_table, stdout, use
from commonroll.errors import Refusal

if TYPE_CHECKING:
    from commonroll.identity.accuracy import Accuracy
    from commonroll.identity.measured import Looked, Measured
    from commonroll.identity.report import Across, Report
    from commonroll.server.home import Home
    from commonroll.server.models import Member


@click.command()
@click.option(
    "--members", "keys", default="", metavar="MEMBER,...", help="These alone, not all that were linked."
)
@click.option("--truth", type=click.Path(path_type=Path, exists=True, file_okay=False), metavar="FOLDER",
              help="The folder `truth` that `generate` wrote beside the files.")  # fmt: skip
@home_option
@json_option
@refusing
def report(keys: str, truth: Path | None, home: Path | None, as_json: bool) -> None:
    """Report on each member's last linking: rates, drift since the one before, and what judgements say.

    With the truth of invented people also precision, recall and calibration by slice, the persons of each
    roll, and the pairs of members that were matched. Every report stays in the member's vault.
    """
    found = use(home)
    from commonroll.server.actions import link_reports
    from commonroll.server.actor import Actor

    by, members = Actor.command_line(), _members(found, keys)
    made = [link_reports.make(home=found, of=member, by=by, truth=truth) for member in members]
    across = link_reports.across(home=found, members=members, by=by, truth=truth) if truth else ()
    if as_json:
        say_json({"members": [one.as_dict() for one in made], "across": [one.as_dict() for one in across]})
        return
    for one in made:
        _say(one)
    if across:
        _say_across(across)


def _members(home: Home, keys: str) -> list[Member]:
    """The members named, or all whose roll was ever linked."""
    from commonroll.server.actions import federation, link_reports

    named = [key.strip() for key in keys.split(",") if key.strip()]
    members = [federation.member(key) for key in named] or link_reports.linked_members(home)
    if not members:
        raise Refusal("No roll was ever linked.", next_step="Link them first: commonroll link.")
    return members


def _say(made: Report) -> None:
    counts = made.counts
    stdout.print(
        f"{made.member}: {counts.get('registrants', 0):,} registrants, {counts.get('persons', 0):,} persons; "
        f"snapshot {made.snapshot}, linked {made.linked_at[:16]}, model {made.found.model}",
        style="bold", markup=False,
    )  # fmt: skip
    found, before = made.found, made.drift.per_thousand if made.drift else {}
    rows = []
    for name, n in found.verdicts.items():
        was = before[name][0] if name in before else None
        rows.append([name, n, _rate(1000 * n / max(1, found.records)), _rate(was)])
    say_table("", ["verdict", "pairs", "in a thousand", "before"], rows, right=1)
    for sentence in made.drift.sentences if made.drift else ():
        stdout.print(f"  {sentence}", markup=False)
    if made.looked:
        _say_looked(made.looked)
    if made.truth:
        _say_truth(made.truth)


def _rate(per_thousand: float | None) -> str:
    return "" if per_thousand is None else f"{per_thousand:.2f}"


def _say_looked(looked: Looked) -> None:
    names = sorted({*looked.same, *looked.different})
    rows = [[name, looked.same.get(name, 0), looked.different.get(name, 0)] for name in names]
    say_table("what people judged", ["the model said", "same", "different"], rows, right=1)


def _say_truth(truth: Measured) -> None:
    rows = [["links", "", *_figures(truth.links)], ["persons", "", *_figures(truth.persons)]]
    rows += [
        [one.name, one.value + ("" if one.judged else " *"), *_figures(one.accuracy)] for one in truth.slices
    ]
    say_table(
        "against the truth", ["slice", "value", "true pairs", "precision", "recall", "waiting"], rows, right=2
    )
    stdout.print("  * too few pairs to hold to a bar", markup=False)
    if truth.calibration.error is not None:
        stdout.print(
            f"  Calibration error {truth.calibration.error:.3f} of {truth.calibration.pairs:,} pairs; "
            f"{truth.calibration.chance:.3f} would be chance.",
            markup=False,
        )
    for gap in truth.gaps:
        stdout.print(
            f"  {gap.name} {gap.value}: {gap.measure} {gap.rate:.4f}, everybody else {gap.others:.4f}.",
            markup=False,
        )


def _say_across(across: tuple[Across, ...]) -> None:
    rows = [[" and ".join(one.members), *_figures(one.pairs)] for one in across]
    say_table("across members", ["members", "true pairs", "precision", "recall", "waiting"], rows, right=1)


def _figures(of: Accuracy) -> list[int | str]:
    rates = (of.precision, of.recall, of.waiting)
    return [of.true, *("" if rate is None else f"{rate:.4f}" for rate in rates)]
