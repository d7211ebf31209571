"""Runs command lines one after the other in one process: a JSON list of word lists in, one of results out.

Used on a home of its own, since Django takes its home once a process. A line that begins with `sample` marks
the member's vault as holding invented people.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

from commonroll.cli import main
from commonroll.roll.vault.vault import Vault


def run(words: list[str]) -> dict[str, object]:
    out, err = StringIO(), StringIO()
    code: object = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main(words, standalone_mode=True)
        except SystemExit as end:
            code = end.code
    return {"words": words, "code": code, "stdout": out.getvalue(), "stderr": err.getvalue()}


def mark_sample(home: str, member: str) -> dict[str, object]:
    Vault(Path(home) / "vaults", member).mark_sample()
    return {"words": ["sample", home, member], "code": 0, "stdout": "", "stderr": ""}


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    lines = json.load(sys.stdin)
    json.dump([mark_sample(*line[1:]) if line[0] == "sample" else run(line) for line in lines], sys.stdout)
