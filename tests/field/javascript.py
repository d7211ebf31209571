"""Modules of the phone, run as they are: under node, where there is none in Chromium."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Route, sync_playwright

STATIC = Path(__file__).parents[2] / "src/commonroll/server/static"
SITE = "https://phone.invalid/"
"""A secure context, as a phone's page is one; nothing leaves the browser."""


def found_by(module: str, body: str, given: Any) -> Any:
    """What `body` comes to, an expression over the module's names (`m`) and what was `given`; awaited."""
    told = f"const given = {json.dumps(given)}; const found = await ({body});"
    if node := shutil.which("node"):
        at = json.dumps((STATIC / module).as_uri())
        text = f"import * as m from {at}; {told} console.log(JSON.stringify(found))"
        done = subprocess.run(
            [node, "--input-type=module"], input=text, capture_output=True, text=True, check=True
        )
        return json.loads(done.stdout)
    return _in_chromium(f"const m = await import({json.dumps(SITE + module)}); {told} return found;")


def _in_chromium(script: str) -> Any:
    executable = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = browser.new_page()
        page.route(f"{SITE}**", _answer)
        page.goto(SITE)
        found = page.evaluate(f"async () => {{ {script} }}")
        browser.close()
    return found


def _answer(route: Route) -> None:
    name = route.request.url.removeprefix(SITE)
    if not name:
        route.fulfill(body="<!doctype html>", content_type="text/html")
        return
    route.fulfill(body=(STATIC / name).read_text("utf-8"), content_type="text/javascript")
