"""A first look at a list: its rows read, its columns told, nothing matched yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ...roll.engine import engine
from .columns import ListColumn, recognise
from .file import ListFile, read
from .headers import known_words
from .name_use import name_use
from .profile import profiles


@dataclass(frozen=True)
class Look:
    """A list that was read, and what its columns were taken for. `last_first`: last names come first."""

    listed: ListFile
    columns: tuple[ListColumn, ...]
    last_first: bool


def look(
    path: Path,
    work: Path,
    *,
    voters: Sequence[str],
    given: Mapping[str, str],
    sheet: str | None = None,
    name: str | None = None,
) -> Look:
    """Read a list into `work` and tell its columns. `voters`: files of the roll; `given`: stated roles.

    Raises Refusal as `file.read` and `columns.recognise` do.
    """
    listed = read(path, work, known_words=known_words(), sheet=sheet, name=name)
    with closing(engine()) as con:
        found = profiles(con, listed.path, listed.columns)
        use = name_use(con, voters)
    columns = recognise(listed.columns, found, given=given, use=use)
    whole = [column.name for column in columns if column.role == "full_name"]
    return Look(listed, columns, bool(whole) and use.last_name_first(whole[0]))
