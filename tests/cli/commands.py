"""Command lines as a person types them, in this process."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from commonroll.cli import main


@dataclass(frozen=True)
class Shell:
    """Runs commands on one home."""

    home: Path
    passphrases: Path

    def __call__(self, line: str, *more: str | Path, code: int = 0) -> Result:
        """Run a line; `{pass}` stands for the option that names the passphrase, `more` for further words."""
        words = shlex.split(line.replace("{pass}", f"--passphrase-file {self.passphrases}"))
        found = CliRunner().invoke(main, [*words, *map(str, more), "--home", str(self.home)])
        assert found.exit_code == code, f"{line}: {found.exit_code}\n{found.output}\n{found.exception!r}"
        return found

    def json(self, line: str, *more: str | Path, code: int = 0) -> Any:
        """The one JSON document that a command prints."""
        return json.loads(self(line, *more, "--json", code=code).stdout)

    def refused(self, line: str, *more: str | Path) -> str:
        """What a refused command says on stderr; it says what to do next."""
        found = self(line, *more, code=1)
        assert found.stderr.startswith("Refused: ") and "\nNext: " in found.stderr, found.stderr
        assert "Traceback" not in found.stderr
        return found.stderr
