"""`python -m commonroll.cli`, where the script is not on the path."""

from __future__ import annotations

from commonroll.cli import run

run(prog_name="commonroll")
