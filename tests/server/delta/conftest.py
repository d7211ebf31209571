"""The federation of the site's tests, served."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from delta_sharing.rest_client import DataSharingRestClient
from django.db import connection
from served import on_a_port
from world import *  # noqa: F403


@pytest.fixture
def site(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if connection.vendor != "sqlite":
        pytest.skip("two threads share the test's connection; other tests of this folder run there")
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    # a client asks ten times where the site fails; a test that fails says so at once
    monkeypatch.setattr(DataSharingRestClient.__init__, "__defaults__", (0,))
    with on_a_port() as address:
        yield address
