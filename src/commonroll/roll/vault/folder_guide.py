"""The page in each vault that says what its files are and how public tools read them."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from uuid import uuid4

NAME = "FOLDER.md"


def guide(member: str) -> str:
    """The page's text for a member."""
    return resources.files(__package__).joinpath("folder.md").read_text("utf-8").replace("MEMBER", member)


def write(vault: Path, member: str) -> None:
    """Put the page into a vault's folder, whole or not at all; one that says the same stays as it is."""
    path, text = vault / NAME, guide(member)
    if path.exists() and path.read_text("utf-8") == text:
        return
    part = vault / f".{NAME}.{uuid4().hex}.part"
    part.touch(mode=0o600)
    part.write_text(text, "utf-8")
    part.replace(path)
