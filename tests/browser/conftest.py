"""A served federation for the whole run, a Chromium for all of it, a picture of each failure."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from desk import Desk, MakeDesk, chromium
from invented_site import Site, served
from playwright.sync_api import Browser

import migrated

OUTCOME = pytest.StashKey[bool]()


ENDS = ExitStack()
"""Ends with the last test of this folder: a site that nobody asks still looks for work."""


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    migrated.fill(folder / "home")
    with ENDS:
        yield ENDS.enter_context(served(folder))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    if nextitem is not None and nextitem.path.parent != item.path.parent:
        ENDS.close()


# ends with the site: Playwright's loop would look to Django's other tests like a running one
@pytest.fixture(scope="session")
def browser(site: Site) -> Browser:
    return ENDS.enter_context(chromium())


@pytest.fixture
def make_desk(
    site: Site, browser: Browser, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[MakeDesk]:
    """Makes desks; afterwards no page may have complained, and a failure leaves pictures."""
    desks: list[Desk] = []

    def make() -> Desk:
        desks.append(Desk(site, browser, tmp_path))
        return desks[-1]

    yield make
    failed = request.node.stash.get(OUTCOME, False)
    for number, desk in enumerate(desks):
        if failed:
            picture = tmp_path / f"desk-{number}.png"
            desk.page.screenshot(path=picture, full_page=True)
            print(f"desk {number} at {desk.page.url}: {picture}")  # noqa: T201
        desk.close()
    troubles = [trouble for desk in desks for trouble in desk.troubles]
    assert failed or not troubles, "\n".join(troubles)


@pytest.fixture
def desk(make_desk: MakeDesk) -> Desk:
    return make_desk()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call":
        item.stash[OUTCOME] = report.failed
    return report
