"""A mark key that is no secret any more marks nothing new; what left under it is traced by it for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.csv
import pytest
from test_decoys import salted
from test_traces import exported, scored
from world import MACHINE, World

from commonroll.errors import Refusal
from commonroll.server import decoying, marking, startup
from commonroll.server.actions import mark_keys, traces
from commonroll.server.models import Journal
from commonroll.tracing.keys import MarkKeys
from commonroll.transparency.verify import verify_folder

pytestmark = [pytest.mark.django_db, pytest.mark.vault]
__all__ = ["salted", "scored"]


def burn(world: World, name: str = "2026") -> str:
    return mark_keys.burn(home=world.home, owner=world.member("oh"), name=name, why="lost", by=MACHINE)


def _said(kind: str) -> list[dict[str, Any]]:
    return [json.loads(bytes(row.leaf)) for row in Journal.objects.filter(log="oh", type=kind).order_by("pk")]


def test_what_leaves_after_is_marked_anew_and_what_left_before_is_traced(
    scored: World, tmp_path: Path
) -> None:
    _, before = exported(scored)
    commitment = burn(scored)
    assert burn(scored) == commitment
    said = _said("mark.burnt")
    assert [one["commitment"] for one in said] == [commitment] and "lost" not in json.dumps(said)
    _, after = exported(scored)
    named = [one["marks"] for one in _said("export.intent")]
    assert named[0] == [commitment] and commitment not in named[1] and not after.equals(before)
    for copy in (before, after):
        pyarrow.csv.write_csv(copy, tmp_path / "leak.csv")
        made = traces.make(
            home=scored.home, owner=scored.member("oh"), file=tmp_path / "leak.csv", by=MACHINE
        )
        assert [one["recipient"] for one in made.document["accused"]] == ["rivera"]


def test_a_file_that_was_being_made_is_refused_and_a_vault_of_before_learns_of_it(scored: World) -> None:
    exported(scored)
    burn(scored)
    keys = MarkKeys(scored.home.vaults / "oh")
    keys.burnt_at("2026").unlink()  # as in a backup, or in a question that began before
    count = len(_said("export.intent"))
    with pytest.raises(Refusal, match="changed while it was made"):
        exported(scored)
    assert len(_said("export.intent")) == count and keys.is_burnt("2026")
    exported(scored)


def test_no_log_verifies_in_which_a_later_file_names_it(
    scored: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    exported(scored)
    burn(scored)
    startup.fold(scored.home)
    folder, vkey = scored.home.logs / "oh", scored.member("oh").log_vkey
    assert verify_folder(folder, vkey).ok
    MarkKeys(scored.home.vaults / "oh").burnt_at("2026").unlink()
    monkeypatch.setattr(marking, "refuse_burnt", lambda *_: None)
    exported(scored)
    startup.fold(scored.home)
    verdict = verify_folder(folder, vkey)
    assert not verdict.ok and "names a mark key that an earlier entry burnt" in " ".join(verdict.sentences)


def test_decoys_made_with_it_leave_every_copy(salted: World) -> None:
    vault = salted.home.vaults / "oh"
    key = decoying.key_of(vault)
    assert key is not None
    before = decoying.changed_at(vault)
    burn(salted, key.name)
    assert decoying.key_of(vault) is None and decoying.changed_at(vault) != before, "shares are cut anew"
    with pytest.raises(Refusal, match="no mark key of this name"):
        burn(salted, "1999")
