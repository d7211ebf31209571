"""A witness on the network: three addresses, each answer small, each request with an end.

`POST /add-checkpoint`; `GET /<hex SHA-256 of the log's name>/checkpoint` and `.../evidence`; `GET /` gives
the verifier key. TLS by a certificate of one's own, or by a server in front.
"""

from __future__ import annotations

import re
import ssl
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from commonroll.transparency.witness.asking import MAX_REQUEST_BYTES
from commonroll.transparency.witness.witness import Answer, Witness

WAIT_SECONDS = 10.0
"""For a client that sends nothing."""
_LOG = re.compile(r"/([0-9a-f]{64})/(checkpoint|evidence)")


class _Handler(BaseHTTPRequestHandler):
    server_version = "commonroll-witness"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = WAIT_SECONDS
    server: Serving

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if self.path != "/add-checkpoint":
            self._say(Answer(404, "There is nothing here.\n"))
        elif not length.isdecimal() or int(length) > MAX_REQUEST_BYTES:
            # what was not read would be taken for the next request
            self.close_connection = True
            self._say(Answer(400, "A request has a length of at most 64 KiB.\n"))
        else:
            self._say(self.server.witness.add_checkpoint(self.rfile.read(int(length))))

    def do_GET(self) -> None:
        witness, found = self.server.witness, _LOG.fullmatch(self.path)
        if self.path == "/":
            self._say(Answer(200, f"{witness.vkey}\n"))
        elif found is None:
            self._say(Answer(404, "There is nothing here.\n"))
        else:
            read = witness.latest if found[2] == "checkpoint" else witness.evidence
            self._say(read(found[1]))

    def _say(self, answer: Answer) -> None:
        data = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        sys.stderr.write(f"{self.log_date_time_string()} {format % args}\n")


class Serving(ThreadingHTTPServer):
    """A witness that listens at `host` and `port` (0: any free one); `certificate` holds its key as well."""

    daemon_threads = True

    def __init__(self, witness: Witness, host: str, port: int, certificate: Path | None = None) -> None:
        super().__init__((host, port), _Handler)
        self.witness = witness
        if certificate is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            # by the connection's own thread: a slow client stops nobody else
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
