"""No secret of a home is forgotten: each stands in the guide, and lies on the disk as the guide says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.apps import apps
from world import World

from commonroll import at_rest
from commonroll.server import field_keys
from commonroll.tracing.keys import MarkKeys

pytestmark = pytest.mark.django_db
GUIDE = Path(__file__).parents[2] / "docs/guide/secrets.md"
ROW = re.compile(r"^\| [^|]+ \| `([^`]+)` \| ([^|]+) \| [^|]+ \|$", re.M)
NAMED = dict(ROW.findall(GUIDE.read_text()))
FILES = {where: kept for where, kept in NAMED.items() if "/" in where}
NEW = "a new secret: name it in docs/guide/secrets.md"


def test_every_key_file_of_a_home_is_named_and_kept_so(world: World) -> None:
    home = world.home
    field_keys.sealing_key(home)
    MarkKeys(home.vaults / "oh").make("2026")
    kept = {path: how for where, how in FILES.items() for path in home.path.glob(where)}
    there = {*home.secrets.iterdir(), *home.path.rglob("*.key")}
    assert there - kept.keys() == set(), NEW
    for path, how in kept.items():
        assert at_rest.is_sealed(path) == (how == "sealed"), path.name
        assert path.stat().st_mode & 0o077 == 0 and b"BEGIN PRIVATE KEY" not in path.read_bytes()
    sealed = {path for path, how in kept.items() if how == "sealed"}
    assert sealed - {home.secrets / at_rest.DATA} == set(at_rest.every(home.path))


def test_every_column_that_sounds_like_a_secret_is_named() -> None:
    columns = {
        f"{model._meta.db_table}.{one.name}"
        for model in apps.get_models() if model._meta.app_label in {"server", "mfa"}
        for one in model._meta.fields
    }  # fmt: skip
    tell = re.compile(r"secret|password|passphrase|token_hash|code_hash")
    assert {name for name in columns if tell.search(name)} - NAMED.keys() == set(), NEW
    assert {where for where in NAMED if "/" not in where} <= columns
