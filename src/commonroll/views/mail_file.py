"""A mail file: one piece for each household of a governed question, with a code that comes back.

The rows are those of a question for `mail`, so who stopped mail, whose agreement or law gives nothing, and
whose household's contacts are used up are not among them. Carrier routes and delivery points stand in no roll
and so in no file: whoever presorts finds them from the address.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from commonroll.roll.engine import engine
from commonroll.roll.places.address import prepare
from commonroll.roll.places.address_key import with_key
from commonroll.views import return_codes
from commonroll.views.export import ExportFile, Format, discarded_on_error, sha256_of
from commonroll.views.lent import Record
from commonroll.views.made_files import CameTo, by_owner, check_rows, keep, note, put, sql, taken
from commonroll.views.view import Plan

NEEDED = ("first_name", "last_name")
OPTIONAL = (
    "name_suffix", "residence_line1", "residence_unit", "residence_city", "residence_state", "residence_zip5",
    "residence_zip4", "mail_line1", "mail_line2", "mail_line3", "mail_city", "mail_state", "mail_zip",
    "mail_country",
)  # fmt: skip
"""Columns that are empty where an owner does not give or publish them."""

COLUMNS = (*NEEDED, *OPTIONAL)


@dataclass(frozen=True)
class Back:
    """Mail that came back: files of whose pieces they were (as `write` keeps them), and files of codes."""

    keys: Sequence[Path] = ()
    codes: Sequence[Path] = ()


NONE = Back()


def preview(plan: Plan, back: Back = NONE) -> CameTo:
    """What a keyed plan would come to; nothing is written."""
    with closing(engine()) as con:
        return _make(plan, con, lambda: None, back)


def write(
    plan: Plan, path: Path, fmt: Format, still: Callable[[], None], record: Record | None, keys: Path,
    file: str, back: Back = NONE,
) -> tuple[ExportFile, CameTo]:  # fmt: skip
    """Write the pieces of a keyed plan to `path`, and whose they are to `keys` (code, row_no, owner,
    state_voter_id, household; kept on this machine, sorted by code). `file`: the first characters of its
    codes. A person whose piece came `back` is left out while its mail goes to the same address.

    Raises Refusal where an owner's agreement allows fewer rows in one export; then neither file is left.
    """
    if plan.question.mode != "export" or plan.question.purpose != "mail":
        raise ValueError("the plan is for no mail file")
    with closing(engine()) as con, discarded_on_error(path), discarded_on_error(keys):
        came_to = _make(plan, con, still, back)
        check_rows(plan, came_to.persons)
        return_codes.draw(con, file)
        still()
        columns = put(con, sql("mail_written"), path, fmt)
        note(plan, con, record)
        keep(con, sql("mail_kept"), keys)
        rows = sum(came_to.persons.values())
        return ExportFile(path, sha256_of(path), rows, came_to.persons, columns), came_to


def _make(plan: Plan, con: DuckDBPyConnection, still: Callable[[], None], back: Back) -> CameTo:
    """Tables in the engine: those of `persons` with an address as `at_home`, `pieces`, and `stands`."""
    taken(plan, con, still)
    prepare(con)
    con.execute(sql("mail_names"))
    con.execute(f"CREATE TEMP TABLE addressed AS {sql('mail_addressed')}")
    con.execute(f"CREATE TEMP TABLE keyed AS {with_key('addressed')}")
    con.execute(f"CREATE TEMP TABLE at_home AS {sql('mail_at_home')}")
    came_back = _without(con, back)
    con.execute(f"CREATE TEMP TABLE pieces AS {sql('mail_pieces')}")
    con.execute(
        "CREATE TEMP VIEW stands AS "
        "SELECT owner_no, voter_key, piece AS row_no FROM at_home JOIN pieces USING (household)"
    )
    ((persons, addressed, pieces, people, unnamed),) = con.execute(sql("mail_counted")).fetchall()
    left_out = {"no address": persons - addressed - came_back}
    left_out["twice at one address"] = addressed - unnamed - people
    if came_back:
        left_out["came back"] = came_back
    return CameTo(pieces, by_owner(plan, con, "at_home"), persons - addressed, left_out)


def _without(con: DuckDBPyConnection, back: Back) -> int:
    """Take those out of `at_home` whose piece came back from there; how many. Files of pieces from before
    households were kept say nothing of where a piece went."""
    keys = [str(path) for path in back.keys if "household" in pq.read_schema(path).names]
    if not keys or not back.codes:
        return 0
    given = {"keys": keys, "codes": [str(path) for path in back.codes]}
    con.execute(f"CREATE TEMP TABLE came_back AS {sql('mail_came_back')}", given)
    gone = con.execute(
        "DELETE FROM at_home USING owners, came_back WHERE owners.owner_no = at_home.owner_no "
        "AND came_back.owner = owners.owner AND came_back.voter_key = at_home.voter_key "
        "AND came_back.household = left(md5(at_home.household), 16)"
    ).fetchall()
    return int(gone[0][0])
