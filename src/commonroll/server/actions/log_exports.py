"""A member's log as a folder for an auditor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from commonroll.flow import log_export
from commonroll.server import startup
from commonroll.server.actions import diary, openings, witnesses
from commonroll.server.actions.federation import federation, member
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.logs import folder


def export(
    *,
    home: Home,
    log: str,
    to: Path,
    opened: Sequence[int] = (),
    proofs: Sequence[int] = (),
    of: str = "",
    passphrase: str = "",
    by: Actor,
) -> int:
    """Write the new folder `to`; how many entries are in it.

    `opened` are entries that the member `of` opens, what both parties may read and never a strategy; the log
    says so. `proofs` are older entries of which a proof is wanted, too. Raises as `log_export.write`.
    """
    _, vkey = diary.log_folder(home=home, log=log, by=by)
    shown = {
        index: str(
            openings.open_entry(
                home=home, log=log, index=index, of=member(of), part="detail", passphrase=passphrase, by=by
            )
        )
        for index in opened
    }
    startup.fold(home)
    return log_export.write(
        folder(home, federation().origin, log),
        to,
        vkey=vkey,
        policy=witnesses.policy(home=home, log=log),
        openings=shown,
        proofs=proofs,
    )
