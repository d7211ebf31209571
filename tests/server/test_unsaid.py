"""The log of requests names no voter, whatever address was asked for."""

from __future__ import annotations

import logging

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/v4/people/StateFileID:OH0000000042", "/v4/people/…"),
        ("/v4/nothing", "/v4/nothing"),
        ("/nothing/at/all", "/nothing/at/all"),
    ],
)
def test_an_address_is_cut_where_it_may_name_somebody(
    path: str, said: str, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "django.request"):
        assert client.get(path).status_code >= 400
    assert said in caplog.text and "OH0000000042" not in caplog.text
