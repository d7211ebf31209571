"""The line between a phone and the site, which loses replies, halves batches, fails, and goes dead.

Everything goes on to the site, but below /api/field/ to `answers` where a test gives a stand-in for it.
"""

from __future__ import annotations

import gzip
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

FIELD = "/api/field/"
Reply = tuple[int, dict[str, Any]]
Carried = tuple[int, dict[str, str], bytes]
Answers = Callable[[str, Mapping[str, str], Any], Reply]
"""(path below /api/field/, headers, body) -> (status, document)."""


@dataclass
class Line:
    """`lose`: so many replies are lost after the site has them. `fail`: so many answers are a 500 before.
    `halve`: so many batches of events lose their second half on the way there. `unheard`: names below
    FIELD whose next reply is lost."""

    site: str
    answers: Answers | None = None
    lose: int = 0
    fail: int = 0
    halve: int = 0
    unheard: set[str] = field(default_factory=set)
    dead: bool = False
    instead: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """Words of a path's answer, and what stands there instead."""
    asked: list[str] = field(default_factory=list)
    acks: list[str] = field(default_factory=list)
    """What the site said of each event, lost or not."""
    url: str = ""

    def carry(self, handler: BaseHTTPRequestHandler) -> Carried | None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        self.asked.append(handler.path)
        if self.dead:
            return None
        inside = handler.path.startswith(FIELD)
        if inside and self.fail:
            self.fail -= 1
            return 500, {"Content-Type": "text/html"}, b"<h1>Server error</h1>"
        events = handler.path == f"{FIELD}events" and handler.command == "POST"
        if events and self.halve:
            self.halve -= 1
            document = json.loads(body)
            document["events"] = document["events"][: len(document["events"]) // 2]
            body = json.dumps(document).encode()
        found = self._answered(handler, body) if inside and self.answers else self._passed(handler, body)
        if events and found and found[0] == 200:
            self.acks += [ack["status"] for ack in json.loads(_plain(found))["acks"]]
        if inside and (name := handler.path.removeprefix(FIELD)) in self.unheard:
            self.unheard.discard(name)
            return None
        if events and self.lose:
            self.lose -= 1
            return None
        return found

    def _answered(self, handler: BaseHTTPRequestHandler, body: bytes) -> Carried:
        assert self.answers
        said = json.loads(body) if body else None
        status, document = self.answers(handler.path.removeprefix(FIELD), dict(handler.headers), said)
        return status, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def _passed(self, handler: BaseHTTPRequestHandler, body: bytes) -> Carried | None:
        headers = {n: v for n, v in handler.headers.items() if n.lower() not in ("host", "connection")}
        request = urllib.request.Request(
            self.site + handler.path, body or None, headers, method=handler.command
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                was, becomes = self.instead.get(handler.path, (b"", b""))
                text = answer.read()
                return answer.status, dict(answer.headers), text.replace(was, becomes) if was else text
        except urllib.error.HTTPError as refused:
            return refused.code, dict(refused.headers), refused.read()
        except OSError:
            return None


def _plain(found: Carried) -> bytes:
    packed = {name.lower(): value for name, value in found[1].items()}.get("content-encoding") == "gzip"
    return gzip.decompress(found[2]) if packed else found[2]


@contextmanager
def line_to(site: str, answers: Answers | None = None) -> Iterator[Line]:
    """A line of its own address, until the block ends."""
    line = Line(site, answers)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            carried = line.carry(self)
            if carried is None:
                self.close_connection = True
                return
            status, headers, body = carried
            self.send_response(status)
            for name, value in headers.items():
                if name.lower() not in (
                    "content-length",
                    "transfer-encoding",
                    "connection",
                    "date",
                    "server",
                ):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_POST = do_HEAD = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    line.url = f"http://localhost:{server.server_address[1]}"
    try:
        yield line
    finally:
        server.shutdown()
        server.server_close()
