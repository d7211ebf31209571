"""Pages keep to the content security policy, and each file they name is there."""

from __future__ import annotations

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse

from commonroll.server import settings

STATIC = Path(settings.__file__).parent / "static"
TEMPLATES = Path(settings.__file__).parent / "templates"
PAGES = (
    "federation",
    "roll",
    "agreements",
    "agreement_draft",
    "matrix",
    "sharing",
    "universe",
    "rows",
    "extracts",
    "ledger",
    "diary",
)


class Inspector(HTMLParser):
    """Collects what a strict policy would block, and the names of static files."""

    def __init__(self) -> None:
        super().__init__()
        self.blocked: list[str] = []
        self.ids: list[str] = []
        self.labels_for: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or "style" in given or any(name.startswith(("on", "hx-on")) for name in given):
            self.blocked.append(self.get_starttag_text() or tag)
        if tag == "script" and "src" not in given and given.get("type") != "application/json":
            self.blocked.append(self.get_starttag_text() or tag)
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "label" and given.get("for"):
            self.labels_for.append(given["for"] or "")


def inspected(text: str) -> Inspector:
    found = Inspector()
    found.feed(text)
    return found


@pytest.mark.django_db
def test_no_inline_script_or_style_ids_once_and_labels_that_point_at_one(alice: Client) -> None:
    for name in PAGES:
        page = inspected(alice.get(reverse(name)).content.decode())
        assert page.blocked == [], name
        assert len(page.ids) == len(set(page.ids)), name
        assert set(page.labels_for) <= set(page.ids), name


@pytest.mark.django_db
def test_the_way_in_keeps_to_it_too(nobody: Client) -> None:
    answer = nobody.get(reverse("account_login"))
    assert inspected(answer.content.decode()).blocked == []
    assert "script-src 'self'" in answer["Content-Security-Policy"]
    assert "unsafe" not in answer["Content-Security-Policy"]


def test_every_static_file_that_a_template_names_is_there() -> None:
    named = {
        (template.name, path)
        for template in TEMPLATES.rglob("*.html")
        for path in re.findall(r"{% static '([^']+)' %}", template.read_text())
    }
    assert named
    assert [pair for pair in named if finders.find(pair[1]) is None] == []


def test_passkeys_have_their_scripts() -> None:
    assert finders.find("mfa/js/webauthn.js")


def test_vendored_files_are_the_listed_ones() -> None:
    lines = (STATIC / "vendor" / "VENDOR.md").read_text().splitlines()
    sums = [line.split("  ", 1) for line in lines if re.match(r"[0-9a-f]{64}  ", line)]
    listed = {name: digest for digest, name in sums}
    files = [f for f in (STATIC / "vendor").rglob("*") if f.is_file() and f.name != "VENDOR.md"]
    found = {str(f.relative_to(STATIC / "vendor")): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
    assert found == listed


def test_every_vendored_package_brings_its_licence() -> None:
    folders = [f for f in (STATIC / "vendor").iterdir() if f.is_dir()]
    assert [f.name for f in folders if not any(f.glob("LICENSE*"))] == []


def test_the_pages_load_nothing_from_elsewhere() -> None:
    ours = [*TEMPLATES.rglob("*.html"), *(STATIC / "js").glob("*.js"), *(STATIC / "css").glob("*.css")]
    outside = re.compile(r"(src|href|url|fetch)\W{1,3}https?://")
    assert [f.name for f in ours if outside.search(f.read_text())] == []


def test_every_icon_that_a_template_names_is_in_the_sprite() -> None:
    sprite = (STATIC / "vendor/tabler-icons-3.51.0/sprite.svg").read_text()
    named = {
        name
        for template in TEMPLATES.rglob("*.html")
        for name in re.findall(r'{% icon "([^"]+)"|icon="([^"]+)"', template.read_text())
        for name in name
        if name
    }
    assert {name for name in named if f'id="{name}"' not in sprite} == set()
