"""What this site asks of others: the open Internet by https, and nothing that somebody's address hides."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from receiver import Receiver, received

from commonroll.server import outgoing
from commonroll.server.outgoing import NoAnswer, NoSite

MIB = 1 << 20


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Receiver]:
    with received(tmp_path_factory.mktemp("receiver")) as found:
        yield found


@pytest.fixture
def known(site: Receiver, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Receiver:
    """The receiver, whose certificate is trusted and whose network the operator allows."""
    monkeypatch.setenv("SSL_CERT_FILE", str(site.certificate))
    settings.OUTGOING_NAMES, settings.OUTGOING_NETWORKS = outgoing.allowed("localhost, 127.0.0.0/8, ::1/128")
    site.came.clear()
    site.answers.clear()
    site.page, site.location = b"ok", ""
    return site


@pytest.mark.parametrize(
    "url",
    [
        "http://roll.example.net.us/", "ftp://a.us/", "https://", "https:///x", "//a.us", "a.us", "",
        "https://user@a.us/", "https://user:pass@a.us/", "https://a.us:22/", "https://a.us:80/",
        "https://a.us:99999/", "https://a.us:x/", "https://[::1/", "https://a.us/\r\nX: y",
        "https://a.us/a b",
        "https://ä.us/", "https://www.example.com/", "https://example.org", "https://x.invalid/",
        "https://x.test/", "https://localhost/", "https://LOCALHOST./", "https://intranet/",
        "https://10.0.0.1/x", "https://169.254.169.254/", "https://[::1]/", "https://[::ffff:10.0.0.1]/",
        "https://127.1/", "https://0x7f.0.0.0x1/", "https://1.2.3.0x4/", "https://2130706433/",
        "https://db.internal/", "https://printer.local/", "https://1.0.0.127.in-addr.arpa/",
        "javascript:alert(1)", "https://a.us/" + "x" * 500,
    ],
)  # fmt: skip
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(NoSite):
        outgoing.check(url)


@pytest.mark.parametrize("url", ["https://hooks.a.us", "https://a.us:8443/x?y=1", "https://9.9.9.9/"])
def test_addresses_that_are_some(url: str) -> None:
    assert outgoing.check(url).hostname


INNER = """
127.0.0.1 127.1.2.3 10.0.0.1 172.16.0.1 192.168.1.1 169.254.169.254 0.0.0.0 100.64.0.1 224.0.0.1
255.255.255.255 198.18.0.1 192.0.2.1 ::1 :: fe80::1 fc00::1 fd12::1 ff02::1 ::ffff:127.0.0.1
::ffff:169.254.169.254 2002:7f00:1:: 64:ff9b::a00:1 2001:0:4136:e378:8000:63bf:f5ff:fffe 2001:db8::1
"""


@pytest.mark.parametrize("address", INNER.split())
def test_inner_addresses_are_not_public(address: str) -> None:
    assert not outgoing.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["9.9.9.9", "2620:fe::fe", "::ffff:9.9.9.9", "64:ff9b::909:909"])
def test_outer_addresses_are_public(address: str) -> None:
    assert outgoing.is_public(ipaddress.ip_address(address))


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> list[str]:
    """Names lead to these addresses; those that are connected to are noted."""
    connected: list[str] = []

    def resolve(host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    def connect(to: tuple[str, int], timeout: float) -> socket.socket:
        connected.append(to[0])
        raise OSError

    monkeypatch.setattr(outgoing.socket, "getaddrinfo", resolve)
    monkeypatch.setattr(outgoing.socket, "create_connection", connect)
    return connected


@pytest.mark.parametrize("addresses", [("127.0.0.1",), ("9.9.9.9", "10.0.0.1"), ("::ffff:10.0.0.1",), ()])
def test_a_name_that_leads_inward_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    connected = answers(monkeypatch, *addresses)
    with pytest.raises(NoSite, match="inner network"):
        outgoing.post("https://hooks.a.us/", b"{}", {})
    assert not connected


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    connected = answers(monkeypatch, "9.9.9.9")
    with pytest.raises(NoAnswer):
        outgoing.post("https://hooks.a.us/", b"{}", {})
    assert connected == ["9.9.9.9"]


def test_this_machine_is_asked_only_where_the_operator_allows_it(site: Receiver) -> None:
    for url in (site.url, site.url.replace("localhost", "127.0.0.1")):
        with pytest.raises(NoSite):
            outgoing.post(url, b"{}", {})
    assert not site.came


def test_a_post_arrives(known: Receiver) -> None:
    assert outgoing.post(known.url, b'{"a":1}', {"X-Commonroll-Event": "ping"}) == 200
    ((headers, body),) = known.came
    assert body == b'{"a":1}' and headers["x-commonroll-event"] == "ping"
    assert headers["host"] == known.url.split("/")[2]


def test_a_certificate_of_somebody_else_is_no_answer(
    known: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(NoAnswer):
        outgoing.post(known.url, b"{}", {})
    assert not known.came


def test_a_redirect_is_not_followed(known: Receiver, tmp_path: Path) -> None:
    known.answers, known.location = [302, 302], known.url.replace("/told", "/inner")
    assert outgoing.post(known.url, b"{}", {}) == 302
    with pytest.raises(NoAnswer, match="answered 302"):
        outgoing.get(known.url, tmp_path / "file", at_most=MIB)
    assert len(known.came) == 1


def test_a_file_is_fetched_up_to_its_cap(known: Receiver, tmp_path: Path) -> None:
    known.page = b"x" * MIB
    assert outgoing.get(known.url, tmp_path / "whole", at_most=MIB) == MIB
    assert (tmp_path / "whole").read_bytes() == known.page
    with pytest.raises(NoAnswer, match="larger than"):
        outgoing.get(known.url, tmp_path / "cut", at_most=MIB - 1)


def test_a_site_that_drips_is_not_waited_for(
    known: Receiver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(outgoing, "ANSWER_SECONDS", 0.4)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(known.certificate)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip() -> None:
            plain, _ = server.accept()
            with context.wrap_socket(plain, server_side=True) as one:
                for letter in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 60:
                    try:
                        one.sendall(bytes([letter]))
                    except OSError:
                        return
                    time.sleep(0.05)

        threading.Thread(target=drip, daemon=True).start()
        began = time.monotonic()
        with pytest.raises(NoAnswer):
            outgoing.post(f"https://localhost:{server.getsockname()[1]}/", b"{}", {})
    assert time.monotonic() - began < outgoing.WAIT_SECONDS
