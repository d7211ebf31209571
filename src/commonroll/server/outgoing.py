"""What this site asks of other sites: over https alone, never an inner address, never behind a redirect.

A name is resolved once, every address that it has must be public, and the connection goes to an address that
was looked at: a name that changes between the look and the call reaches nothing. Operators may allow networks
of their own (COMMONROLL_OUTGOING).
"""

from __future__ import annotations

import contextlib
import http.client
import ipaddress
import re
import socket
import ssl
import threading
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from commonroll.errors import Refusal

LONGEST_URL = 500
FIRST_FREE_PORT = 1024
"""Below it, 443 alone is asked."""
WAIT_SECONDS = 5.0
"""For each answer of the other site, while a connection is made or a line is read."""
ANSWER_SECONDS = 10.0
"""For a whole answer to a post."""
FILE_SECONDS = 300.0
PIECE = 1 << 16
RESERVED = ("example", "example.com", "example.net", "example.org", "invalid", "test", "localhost", "local",
            "internal", "onion", "arpa")  # fmt: skip
"""Names that are nobody's (RFC 2606, 6761, 6762, 9476): a program that sends them means no site."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class NoSite(Refusal):
    """The address is none that this site asks."""


class NoAnswer(Refusal):
    """The other site did not answer, or not as it should."""


def check(url: str) -> urllib.parse.SplitResult:
    """An address that may be asked, as far as its text says; raises NoSite."""
    if len(url) > LONGEST_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise _no_site("this is no address of at most 500 plain characters")
    try:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname or "", parts.port or 443
    except ValueError:
        raise _no_site("this is no address") from None
    if parts.scheme != "https" or not host:
        raise _no_site("the address does not begin with https://")
    if parts.username is not None or parts.password is not None:
        raise _no_site("the address has a name or a password in it")
    if port != 443 and port < FIRST_FREE_PORT:
        raise _no_site("this port is none of a site")
    literal = _literal(host)
    if literal is not None and not (is_public(literal) or _allowed(literal)):
        raise _inner_network()
    if literal is None and _ends_in_a_number(host):
        raise _no_site("this is an address of numbers that is not written out")
    if is_nobodys(host):
        raise _no_site("the address is of a name that is nobody's")
    return parts


def is_reserved(host: str) -> bool:
    """Whether a name is reserved for examples, tests or inner networks, or is no full name."""
    name = host.rstrip(".").lower()
    if _literal(name) is not None:
        return False
    return "." not in name or any(name == end or name.endswith(f".{end}") for end in RESERVED)


def is_nobodys(host: str) -> bool:
    """Whether a name is reserved, and none that operators allow."""
    return is_reserved(host) and not _allowed_name(host)


def post(url: str, body: bytes, headers: Mapping[str, str]) -> int:
    """Send the body, and the status that was answered; what else is answered is not read.

    Raises NoSite for an address that is not asked, NoAnswer where nothing is answered in time.
    """
    with _asked("POST", url, body, headers, ANSWER_SECONDS) as answer:
        return answer.status


@dataclass(frozen=True)
class Answer:
    """What another site answered: status, kind of the body, and the body."""

    status: int
    kind: str
    body: bytes


def ask(method: str, url: str, body: bytes | None = None, *, at_most: int) -> Answer:
    """Ask, and read an answer of `at_most` bytes whole. Raises as `post`, and for a longer answer."""
    with _asked(method, url, body, {}, ANSWER_SECONDS) as answer:
        try:
            read = answer.read(at_most + 1)
        except (OSError, http.client.HTTPException) as error:
            raise _no_answer() from error
        if len(read) > at_most:
            raise NoAnswer("the other site answered more than it should", next_step="look at its address")
        return Answer(answer.status, answer.headers.get("Content-Type", ""), read)


def get(url: str, to: Path, *, at_most: int, headers: Mapping[str, str] | None = None) -> int:
    """Write what stands at the address to a new file; its bytes. Raises as `post`, and beyond `at_most`."""
    with _asked("GET", url, None, headers or {}, FILE_SECONDS) as answer:
        if answer.status != http.client.OK:
            raise NoAnswer(f"the other site answered {answer.status}", next_step="look at its address")
        stated = answer.headers.get("Content-Length", "")
        if stated.isdecimal() and int(stated) > at_most:
            raise _too_large(at_most)
        with to.open("xb") as file:
            return _written(answer, file, at_most)


def _written(answer: http.client.HTTPResponse, file: BinaryIO, at_most: int) -> int:
    total = 0
    while piece := _piece(answer):
        total += len(piece)
        if total > at_most:
            raise _too_large(at_most)
        file.write(piece)
    return total


def _piece(answer: http.client.HTTPResponse) -> bytes:
    try:
        return answer.read(PIECE)
    except (OSError, http.client.HTTPException) as error:
        raise _no_answer() from error


@contextlib.contextmanager
def _asked(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str], seconds: float
) -> Iterator[http.client.HTTPResponse]:
    parts = check(url)
    host, port = parts.hostname or "", parts.port or 443
    to = addresses(host, port)[0]
    connection = _Pinned(host, port, str(to))
    # one answer has one end: a site that drips a line each four seconds is not waited for
    end = threading.Timer(seconds, connection.cut)
    end.daemon = True
    end.start()
    path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    try:
        try:
            connection.request(method, path, body, {"User-Agent": "Commonroll", **headers})
            answer = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise _no_answer() from error
        yield answer
        if connection.was_cut:
            raise _no_answer()
    finally:
        end.cancel()
        connection.close()


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address, whose certificate is for the name."""

    def __init__(self, host: str, port: int, to: str) -> None:
        self._context_of_tls = ssl.create_default_context()
        super().__init__(host, port, timeout=WAIT_SECONDS, context=self._context_of_tls)
        self._to = to
        self.was_cut = False

    def connect(self) -> None:
        plain = socket.create_connection((self._to, self.port), self.timeout)
        self.sock = self._context_of_tls.wrap_socket(plain, server_hostname=self.host)

    def cut(self) -> None:
        self.was_cut, sock = True, self.sock
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)


def addresses(host: str, port: int) -> list[Address]:
    """Every address of a name, all of which may be asked; raises NoSite, NoAnswer."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise NoAnswer("the name of the address is not known", next_step="look at its letters") from error
    known = [ipaddress.ip_address(str(sockaddr[0]).partition("%")[0]) for *_, sockaddr in found]
    if not known or not all(is_public(one) or _allowed(one) for one in known):
        raise _inner_network()
    return known


def is_public(address: Address) -> bool:
    """Whether an address is one of the open Internet, also the one that is wrapped in it."""
    inner = _inner(address)
    if inner is not None:
        return is_public(inner)
    return address.is_global and not address.is_multicast


def _inner(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 one carries: mapped, 6to4, Teredo, NAT64."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    teredo = address.teredo
    return address.ipv4_mapped or address.sixtofour or (teredo[1] if teredo else None)


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def allowed(said: str) -> tuple[frozenset[str], tuple[Network, ...]]:
    """What operators write, by comma, as the names and the networks of it."""
    names, networks = set(), []
    for word in filter(None, (word.strip().lower() for word in said.split(","))):
        try:
            networks.append(ipaddress.ip_network(word))
        except ValueError:
            names.add(word)
    return frozenset(names), tuple(networks)


def _ends_in_a_number(host: str) -> bool:
    """Whether resolvers take the name for an address in an older notation: 127.1, 0x7f.0.0.1."""
    last = host.rstrip(".").rpartition(".")[2].lower()
    return last.isdecimal() or bool(re.fullmatch("0x[0-9a-f]*", last))


def _allowed(address: Address) -> bool:
    return any(address in network for network in settings.OUTGOING_NETWORKS)


def _allowed_name(host: str) -> bool:
    return host.rstrip(".").lower() in settings.OUTGOING_NAMES


def _no_site(what: str) -> NoSite:
    return NoSite(what, where="url", next_step="give the public https address of a site")


def _no_answer() -> NoAnswer:
    return NoAnswer("the other site did not answer in time, or not by HTTPS", next_step="try again")


def _inner_network() -> NoSite:
    return _no_site("the address leads into an inner network")


def _too_large(at_most: int) -> NoAnswer:
    return NoAnswer(f"the file is larger than {at_most >> 20:,} MiB", next_step="split it")
