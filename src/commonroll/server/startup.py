"""What a process does before it answers, and after it has asked: migrate, tidy up, fold the journal."""

from __future__ import annotations

from django.conf import settings
from django.core.management import call_command

from commonroll.server import ahead, decided, denied, policies, wall, witnessing
from commonroll.server.database import as_owner
from commonroll.server.home import Home
from commonroll.server.live import coalesce
from commonroll.server.logs import folder, log_vkeys, sequencer
from commonroll.server.models import Federation


def migrate() -> None:
    """Bring the operational database to this version's tables, by the role that owns them; the serving role
    gets its rights on them."""
    with wall.node(), as_owner(settings.OWNER_DATABASE):
        call_command("migrate", verbosity=0, interactive=False)
        if settings.OWNER_DATABASE is not None:
            policies.grant(settings.DATABASES["default"]["USER"])
    if settings.HOME.database.exists():
        settings.HOME.database.chmod(0o600)
    if settings.HOME.exists():
        settings.HOME.keep_derived()


def fold(home: Home) -> None:
    """Fold every waiting journal row into its log and sign; for commands and for the sequencer's loop."""
    coalesce()
    denied.coalesce()
    decided.close(home)
    sequencer(home).fold_all()


@wall.node()
def look(home: Home) -> None:
    """Before anything is signed, ask the witnesses of every log whether it is an old copy."""
    fed = Federation.objects.first()
    if fed is None:
        return
    for log in witnessing.logs():
        ahead.look(folder(home, fed.origin, log), log, log_vkeys(home, log))


@wall.node()
def tidy(home: Home) -> None:
    """After a crash or Ctrl-C: close what was left running, empty the temporary folder."""
    from commonroll.server import decoying, duties, matches
    from commonroll.server.actions.agreement_events import record_expired
    from commonroll.server.actions.imports import close_interrupted as close_interrupted_imports
    from commonroll.server.actions.leaving import close_interrupted as close_interrupted_leavings
    from commonroll.server.actions.linkings import close_interrupted as close_interrupted_linkings
    from commonroll.server.actions.loads import close_interrupted
    from commonroll.server.actions.questions import close_interrupted_extracts
    from commonroll.server.van.file_jobs import close_interrupted as close_interrupted_files

    home.clear_tmp()
    matches.sweep(home)
    decoying.tidy(home)
    record_expired(home)
    duties.sweep(home)
    close_interrupted(home)
    close_interrupted_extracts()
    duties.clear_parts(home)
    close_interrupted_imports()
    close_interrupted_linkings()
    close_interrupted_files()
    close_interrupted_leavings(home)
