"""`script` and `vocabulary`: a file becomes a version, own answers get the federation's words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db

SCRIPT = {
    "name": "Doors", "version": 1, "languages": ["en"], "intro": {}, "consent": False, "shows": [],
    "start": "q1", "closing": {},
    "questions": [{
        "id": "q1", "code": "gov", "of": "person", "text": {"en": "Whom?"}, "kind": "one", "next": None,
        "answers": [{"answer": word, "text": {"en": word}, "next": None} for word in ("ours", "theirs")],
    }],
}  # fmt: skip


def test_from_a_file_to_sums(shell: Shell, tmp_path: Path) -> None:
    file, back = tmp_path / "doors.json", tmp_path / "back.json"
    file.write_text(json.dumps(SCRIPT))
    assert "version 1" in shell(f"script add {file} --as oh").stdout
    assert "says the same" in shell.refused(f"script add {file} --as oh")
    shell(f"script export Doors --as oh --to {back}")
    assert json.loads(back.read_text()) == SCRIPT
    assert "1 to 1 questions" in shell("script show Doors --as oh").stdout
    file.write_text(json.dumps(SCRIPT | {"start": "q2"}))
    assert "no such question" in shell.refused(f"script add {file} --as oh")
    assert "no such script" in shell.refused("script show Doors --as rivera")

    shell("vocabulary name governor --title Governor")
    shell("vocabulary map governor --as oh --answer gov:ours=1 --answer gov:theirs=5")
    assert "governor 1" in shell("vocabulary own --as oh").stdout
    assert "no such answer" in shell.refused("vocabulary map governor --as oh --answer gov:ours=9")
    shell("vocabulary words --as oh --word Gatekeeper=not_home --word Gone=moved")
    kept = json.loads(shell("vocabulary words --as oh --word GONE= --json").stdout)
    assert kept == {"gatekeeper": "not_home"}
    assert "Endings: " in shell.refused("vocabulary words --as oh --word Gone=away")
    found = json.loads(shell("vocabulary results governor --as oh --purpose gotv --json").stdout)
    assert found["total"] == 0 and [one["answer"] for one in found["answers"]] == list("12345")
    assert json.loads(shell("script list --as oh --json").stdout)[0]["versions"][0]["usable"]
