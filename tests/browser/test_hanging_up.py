"""Programs that hang up in the middle: nothing half is kept, and the site answers the next one."""

from __future__ import annotations

import base64
import json
import socket
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest
from invented_site import Site
from test_client import key_of

PERSON = {"firstName": "Hanna", "lastName": "Hangup", "emails": [{"email": "hanna@example.org"}]}


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    return base64.b64encode(f"x:{key_of(site, 'wa', 'ask', 'answers')}|1".encode()).decode()


def half(site: Site, key: str, method: str, path: str, body: bytes, sent: int) -> None:
    """Say how long the body is, send a part of it, and hang up."""
    host = urlsplit(site.url)
    with socket.create_connection((host.hostname, host.port), timeout=10) as wire:
        wire.sendall(
            f"{method} /v4/{path} HTTP/1.1\r\nHost: {host.netloc}\r\nAuthorization: Basic {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            + body[:sent]
        )


def asked(site: Site, key: str, path: str, body: Any = None) -> Any:
    request = urllib.request.Request(
        f"{site.url}/v4/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Basic {key}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def found(site: Site, key: str) -> int:
    return len(asked(site, key, "people/quickSearch?name=Hangup")["items"])


def test_half_a_request_leaves_nothing_and_a_whole_one_counts_once(site: Site, key: str) -> None:
    body = json.dumps(PERSON).encode()
    for sent in (0, 1, len(body) // 2, len(body) - 1):
        half(site, key, "POST", "people/findOrCreate", body, sent)
    assert found(site, key) == 0
    # whole, but gone before the answer: the work is done once, and asking again finds it
    half(site, key, "POST", "people/findOrCreate", body, len(body))
    until = time.monotonic() + 30
    while not (there := found(site, key)) and time.monotonic() < until:
        time.sleep(0.1)
    assert there == 1
    asked(site, key, "people/findOrCreate", PERSON)
    assert found(site, key) == 1


def test_a_site_that_was_hung_up_on_still_answers_many(site: Site, key: str) -> None:
    for at in range(40):
        half(site, key, "POST", "bulkImportJobs", b"{" + b" " * 100_000, 1_000 * at)
        half(site, key, "GET", "people/quickSearch?name=Hangup", b"", 0)
    assert asked(site, key, "echoes", {"message": "still here"})["message"] == "still here"
