"""Files below the home that a member's rows name: they go when the member goes."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import models

from commonroll.server import carried
from commonroll.server.home import Home
from commonroll.server.models import Extract, ListStep, Member, ScoreUpdate, TurfCut

Paths = Callable[[Home, Any], Iterable[Path]]

FILES: tuple[tuple[type[models.Model], str, Paths], ...] = (
    (ListStep, "member", lambda home, step: _below(home.lists, step.file)),
    (ScoreUpdate, "score__member", lambda home, update: _below(home.scores, update.loaded, update.file)),
    (Extract, "viewer", lambda home, extract: [carried.keys_of(home, extract)]),
    (TurfCut, "member", lambda home, cut: _below(home.turf, cut.folder)),
)
"""Whose rows they are, by the column that names the member, and the files or folders of a row."""


def forget(home: Home, member: Member) -> None:
    """Delete them: members of lists, values of scores, whose rows mail files were made of, doors of cuts,
    where it put buildings by hand."""
    for model, whose, paths in FILES:
        for row in model._default_manager.filter(**{whose: member}):
            for path in paths(home, row):
                delete(path)
    delete(home.hand_places / f"{member.key}.parquet")


def delete(path: Path) -> None:
    """A file, or a folder with all that is in it; nothing where it is gone."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _below(folder: Path, *names: str) -> list[Path]:
    return [folder / name for name in names if name]
