"""Which values of scores count: for each score that an owner shares one file, named by the catalogue.

A load of a score writes a file beside (`FOLDER`), then the setting is swapped. Files of earlier loads stay: a
leaked copy may be of any of them, and only its own load's values tell whose it was.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from commonroll.roll.vault.catalogue import Catalogue

SETTING = "scores"
FOLDER = "score-values"
_FILE = re.compile(r"(?P<score>[a-z0-9][a-z0-9_.-]*)--(?P<load>[0-9-]{10}[.][0-9a-f]+)[.]parquet")


def standing(catalogue: Catalogue) -> Mapping[str, str]:
    """Score -> name of the file whose values count today."""
    said: dict[str, str] = json.loads(catalogue.setting(SETTING) or "{}")
    return said


def swap(catalogue: Catalogue, score: str, name: str | None) -> None:
    """Let a file's values count, None for none of the score. The caller holds the vault's lock."""
    said = {key: file for key, file in standing(catalogue).items() if key != score}
    catalogue.set(SETTING, json.dumps(said | ({score: name} if name else {}), sort_keys=True))


def file_of(folder: Path, score: str, version: str) -> Path:
    """Where the values of a load go; `version`: day and load, `2026-11-03.0a1b`."""
    return folder / FOLDER / f"{score}--{version}.parquet"


def every(folder: Path) -> Mapping[Path, str]:
    """Files of values of all loads, and whose score each is."""
    found = ((path, _FILE.fullmatch(path.name)) for path in sorted((folder / FOLDER).glob("*.parquet")))
    return {path: said["score"] for path, said in found if said}


def loads_of(table: Path) -> list[Path]:
    """The files of all loads of the score whose values are in `table`, itself among them."""
    known = every(table.parent.parent)
    return [path for path, score in known.items() if score == known.get(table)] or [table]
