"""The phone's shell: all that its modules ask for is kept, it is small, and both languages say everything."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from django.test import Client

from commonroll.server.pages import field

SCRIPTS = {path.name: path.read_text() for path in sorted(field.FOLDER.glob("*.js"))}
IMPORT = re.compile(r"""^import\s[^"']*["'](\.{1,2}/|/static/)([^"']+)["']""", re.MULTILINE)
MOST_BYTES = 80_000


def kept() -> list[str]:
    answer = Client().get("/f/sw.js")
    assert answer["Service-Worker-Allowed"] == "/f/"
    found: list[str] = json.loads(answer.content.decode().split("SHELL = ", 1)[1].split(";\n", 1)[0])
    return found


def words(language: str) -> dict[str, str]:
    text = SCRIPTS[f"words.{language}.js"]
    return dict(re.findall(r'\b(\w+): "((?:[^"\\]|\\.)*)"', text))


def test_whatever_a_module_imports_is_kept() -> None:
    shell = set(kept())
    for name, text in SCRIPTS.items():
        for start, path in IMPORT.findall(text):
            wanted = f"/static/phone/{path}" if start.startswith(".") else f"/static/{path}"
            assert wanted in shell, f"{name} imports {wanted}"
    assert {"/f/", "/f/order.js", "/f/app.webmanifest", "/static/phone/phone.css"} <= shell


def test_the_shell_is_small() -> None:
    client, size = Client(), 0
    for path in kept():
        below = path.removeprefix("/static/")
        content = client.get(path).content if below == path else (field.STATIC / below).read_bytes()
        size += len(gzip.compress(content))
    assert size < MOST_BYTES


def test_the_version_follows_the_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "phone.html"
    page.write_text("one")
    monkeypatch.setattr(field, "_PAGE", page)
    first = field.version()
    assert field.version() == first
    page.write_text("two")
    assert field.version() != first


def test_nothing_is_said_in_one_language_alone() -> None:
    english, spanish = words("en"), words("es")
    assert set(english) == set(spanish)
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", spanish[key])), key


def test_every_word_that_a_screen_says_is_there() -> None:
    text = "".join(code for name, code in SCRIPTS.items() if not name.startswith("words."))
    asked = set(re.findall(r'\bt\("(\w+)"', text))
    assert asked and asked <= set(words("en"))
