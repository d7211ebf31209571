"""An audience file for ad platforms: e-mails, phones, names with ZIP codes, hashed as the platforms ask.

The rows are those of a question for `ads` over the columns themselves, so opt-outs and law meet what is
hashed; the engine hashes afterwards. No salt: whoever can list the numbers can tell whose they
are, so the file counts as the persons themselves wherever rows do.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from duckdb import DuckDBPyConnection

from commonroll.roll.engine import engine
from commonroll.views.export import ExportFile, Format, discarded_on_error, sha256_of
from commonroll.views.lent import Record
from commonroll.views.made_files import CameTo, by_owner, check_rows, keep, note, put, sql, taken
from commonroll.views.view import Plan

COLUMNS = ("email", "phone", "first_name", "last_name", "residence_zip5")
"""Each is empty where an owner does not give or publish it."""


def preview(plan: Plan) -> CameTo:
    """What a keyed plan would come to; nothing is written."""
    with closing(engine()) as con:
        return _make(plan, con, lambda: None)


def write(
    plan: Plan, path: Path, fmt: Format, still: Callable[[], None], record: Record | None, keys: Path
) -> tuple[ExportFile, CameTo]:
    """Write the hashed lines of a keyed plan to `path`, and whose they are to `keys` (row_no, owner,
    state_voter_id; kept on this machine).

    Raises Refusal where an owner's agreement allows fewer rows in one export; then neither file is left.
    """
    if plan.question.mode != "export" or plan.question.purpose != "ads":
        raise ValueError("the plan is for no audience")
    with closing(engine()) as con, discarded_on_error(path), discarded_on_error(keys):
        came_to = _make(plan, con, still)
        check_rows(plan, came_to.persons)
        still()
        columns = put(con, sql("audience_written"), path, fmt)
        note(plan, con, record)
        keep(con, sql("audience_kept"), keys)
        rows = sum(came_to.persons.values())
        return ExportFile(path, sha256_of(path), rows, came_to.persons, columns), came_to


def _make(plan: Plan, con: DuckDBPyConnection, still: Callable[[], None]) -> CameTo:
    """Tables in the engine: `persons`, those of them that can be matched as `hashed`, `lines`, `stands`."""
    taken(plan, con, still)
    con.execute(f"CREATE TEMP TABLE hashed AS {sql('audience')}")
    con.execute(f"CREATE TEMP TABLE lines AS {sql('audience_lines')}")
    con.execute(f"CREATE TEMP TABLE stands AS {sql('audience_stands')}")
    counted = "SELECT (SELECT count(*) FROM persons), (SELECT count(*) FROM hashed), count(*) FROM lines"
    ((persons, hashed, lines),) = con.execute(counted).fetchall()
    left_out = {"nothing to match by": persons - hashed, "the same line as another": hashed - lines}
    return CameTo(lines, by_owner(plan, con, "hashed"), persons - hashed, left_out)
