"""Files below the home: who may read them, and which no row of the database names any more."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from uuid import UUID

from django.apps import apps
from django.db import models

from commonroll import at_rest
from commonroll.server.doctor.findings import Finding, Patient, Weight
from commonroll.server.home import Home

FOUND = "found"
"""Where orphans are put: HOME/found, for the operator to look through and delete."""
GRACE = 24 * 3600.0
"""Seconds that a file no row names is left alone: work under way writes it before its row."""
NAMES = ("file", "folder", "loaded", "files")
"""Columns that name files."""
OTHERS = stat.S_IRWXG | stat.S_IRWXO


# Rights


def rights(patient: Patient) -> Iterator[Finding]:
    """Folders of the home and secrets that others of the machine may open."""
    home = patient.home
    folders = (home.path, home.secrets, home.vaults, home.uploads, home.extracts, home.lists, home.mailings,
               home.turf, home.scores, home.decisions, home.copies, home.tmp)  # fmt: skip
    for path in (*folders, *_secrets(patient)):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & OTHERS:
            yield _open(home, path)


def _secrets(patient: Patient) -> list[Path]:
    home = patient.home
    keys = [path for path in home.vaults.glob("*/*.key") if patient.wants(path.parent.name)]
    keys += [path for path in home.vaults.glob("*/marks/keys/*.key") if patient.wants(path.parents[2].name)]
    shared = [] if patient.member else [*home.secrets.glob("*"), home.database]
    return sorted(keys) + sorted(shared)


def _open(home: Home, path: Path) -> Finding:
    mode = 0o700 if path.is_dir() else 0o600
    return Finding(
        "rights", _where(home, path),
        f"others of this machine may open it ({stat.S_IMODE(path.stat().st_mode):04o})",
        f"give it the rights {mode:04o}; if strangers have accounts here, change what it protects",
        mends=f"set the rights {mode:04o}", mend=partial(path.chmod, mode),
    )  # fmt: skip


def unsealed(patient: Patient) -> Iterator[Finding]:
    """Secrets that anybody can use who has a copy of the file."""
    home = patient.home
    for path in at_rest.every(home.path):
        place = path.relative_to(home.path).parts
        mine = patient.wants(place[1]) if place[0] == "vaults" else not patient.member
        if mine and not at_rest.is_sealed(path):
            yield Finding(
                "unsealed", _where(home, path), "this secret is not sealed: whoever has a copy can use it",
                "seal it", mends="seal it under the home's keys", mend=partial(_seal, path),
            )  # fmt: skip


def _seal(path: Path) -> None:
    at_rest.make(next(folder for folder in path.parents if (folder / at_rest.FOLDER).is_dir()))
    at_rest.put(path, at_rest.read(path))


# Orphans


def orphans(patient: Patient) -> Iterator[Finding]:
    """Files that no row names. Where one member alone is asked for, nobody can say whose an orphan is."""
    if patient.member:
        return
    home, named = patient.home, _named()
    places = (home.extracts, home.uploads, home.lists, home.mailings, home.scores, home.turf)
    for place in places:
        for path in sorted(place.iterdir()) if place.is_dir() else ():
            if not _known(path.name, named) and path.stat().st_mtime < time.time() - GRACE:
                yield Finding(
                    "orphan", _where(home, path), "no row of the database names it",
                    f"look at it in {FOUND} and delete it: it may hold people",
                    mends=f"move it to {FOUND}", mend=partial(_put_aside, home, path),
                )  # fmt: skip
    if (home.path / FOUND).is_dir() and any((home.path / FOUND).iterdir()):
        yield Finding(
            "orphan", FOUND, "orphans that were put aside are still here",
            "look through them and delete the folder: it may hold people", Weight.NOTE,
        )  # fmt: skip


def _known(name: str, named: frozenset[str]) -> bool:
    """By the whole name, or by its id: `back-ID.parquet`, `ID.csv` and the folder `ID` are of row ID."""
    stem = name.split(".")[0]
    return name in named or stem in named or stem.rsplit("-", 1)[-1] in named


def _named() -> frozenset[str]:
    """Every id of a row (both ways to write it), and every name in a column that names files."""
    found: set[str] = set()
    for model in apps.get_app_config("server").get_models():
        if isinstance(model._meta.pk, models.UUIDField):
            for pk in model._default_manager.values_list("pk", flat=True).iterator():
                found |= {str(pk), UUID(str(pk)).hex}
        for column in (field.name for field in model._meta.fields if field.name in NAMES):
            for value in model._default_manager.values_list(column, flat=True).iterator():
                found |= set(_parts(value))
    return frozenset(found)


def _parts(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str):
            yield from Path(one).parts


def _put_aside(home: Home, path: Path) -> None:
    to = home.path / FOUND / path.parent.name / path.name
    to.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.replace(to)


def _where(home: Home, path: Path) -> str:
    return "." if path == home.path else path.relative_to(home.path).as_posix()


SITE = ("django.key", "references.key", "derived.key")


def missing(patient: Patient, named: Sequence[str] = SITE) -> Iterator[Finding]:
    """Secrets of the home that are gone."""
    for name in () if patient.member else named:
        if not (patient.home.secrets / name).exists():
            yield Finding(
                "secret", f"secrets/{name}", "this secret is missing",
                "put the folder secrets back from the newest backup before the site makes a new one",
            )  # fmt: skip
