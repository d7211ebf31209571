"""The command line: a thin shell over the same actions as the site.

Answers go to stdout (one JSON document with `--json`), progress and messages to stderr. Exit 0 done,
1 refused, 2 wrong usage.
"""

from __future__ import annotations

import gc
from typing import Any

import click

from commonroll import __version__
from commonroll.cli import (
    admission,
    agreement_life,
    agreements,
    alarms,
    backup,
    ballots,
    calls,
    canary,
    canvassing,
    corrections,
    custom,
    decisions,
    decoys,
    dispute,
    doctor,
    extracts,
    facts,
    federation,
    field,
    gate,
    groups,
    history,
    hygiene,
    identity,
    key,
    layouts,
    leave,
    lists,
    log,
    log_export,
    log_keys,
    log_verify,
    mail,
    marks,
    match,
    newcomers,
    onward,
    opening,
    overrides,
    person,
    places,
    proposals,
    questions,
    recall,
    roll,
    scripts,
    secrets,
    share,
    signing_keys,
    site,
    stop,
    streets,
    suspensions,
    trace,
    turf,
    vocabulary,
    webhook,
    why,
    witness,
)
from commonroll.roomy import roomy


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="commonroll")
def main() -> None:
    """The voter roll held in common: members keep their files, signed agreements make the common picture."""


for command in (
    site.demo,
    site.serve,
    federation.init,
    federation.upgrade,
    doctor.doctor,
    secrets.secrets,
    backup.backup,
    backup.restore,
    federation.member,
    federation.invite,
    key.key,
    canvassing.canvass,
    webhook.webhook,
    witness.witness,
    roll.generate,
    roll.load,
    ballots.ballots,
    history.snapshots,
    history.diff,
    history.changes,
    history.voter,
    facts.facts,
    facts.imports,
    history.retain,
    roll.protect,
    places.places,
    places.geocode,
    streets.streets,
    layouts.layout,
    corrections.correct,
    custom.custom,
    gate.report,
    gate.refused,
    gate.redact,
    agreements.agreement,
    agreements.statement,
    admission.admission,
    newcomers.newcomer,
    share.share,
    signing_keys.signing_key,
    proposals.proposal,
    questions.count,
    person.person,
    why.why,
    questions.export,
    extracts.extract,
    lists.saved,
    mail.mail,
    mail.ads,
    questions.answers,
    questions.ledger,
    identity.link,
    hygiene.hygiene,
    match.match,
    match.unmatch,
    trace.trace,
    decoys.decoys,
    canary.canary,
    marks.marks,
    log.log,
    alarms.alarms,
    recall.recall,
    stop.stop,
    turf.turf,
    field.field,
    calls.calls,
    scripts.script,
    vocabulary.vocabulary,
    leave.leave,
    leave.arrive,
):
    main.add_command(command)
main.add_command(groups.group)
for command in (
    log_verify.verify,
    log_export.export,
    opening.open_,
    opening.check,
    log_keys.change_key,
    decisions.list_decisions,
    decisions.decision,
    *dispute.COMMANDS,
):
    log.log.add_command(command)
agreements.agreement.add_command(overrides.override)
agreements.agreement.add_command(extracts.of_agreements)
for command in (*agreement_life.COMMANDS, *onward.COMMANDS):
    agreements.agreement.add_command(command)
federation.member.add_command(suspensions.suspend)
federation.member.add_command(suspensions.reinstate)


@roomy
def run(*args: Any, **given: Any) -> Any:
    """The command line as the script starts it."""
    # expressions are many small objects and few cycles: looking for those less often saves a tenth
    gc.set_threshold(100_000, 50, 100)
    return main(*args, **given)
