"""The site on a port of this machine, in the test's own transaction; and a recipient's profile."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer
from django.core.wsgi import get_wsgi_application
from django.db import connections
from world import MACHINE

from commonroll.server.actions import federation, share_profiles
from commonroll.server.models import Agreement, ShareProfile


class Quiet(WSGIRequestHandler):
    """Clients hang up, as they like to; nobody is told here."""

    def log_message(self, *_: object) -> None: ...

    def handle(self) -> None:
        try:
            super().handle()
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True


class Serving(WSGIServer):
    def handle_error(self, request: Any, client_address: Any) -> None: ...


@contextmanager
def on_a_port() -> Iterator[str]:
    """The address of a running site that sees what the test has written, one request after another."""
    connections["default"].inc_thread_sharing()
    server = Serving(("127.0.0.1", 0), Quiet)
    server.set_app(get_wsgi_application())
    shared = connections["default"]

    def run() -> None:
        connections["default"] = shared
        server.serve_forever(0.01)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        connections["default"].dec_thread_sharing()


def profile(url: str, folder: Path, agreement: Agreement, **more: Any) -> tuple[ShareProfile, Path]:
    """A profile of the agreement's recipient, and its file."""
    made, file = share_profiles.create(
        of=federation.member(agreement.recipient.key), number=agreement.number, endpoint=f"{url}/sharing",
        by=MACHINE, **more,
    )  # fmt: skip
    path = folder / f"{made.pk}.share"
    path.write_text(json.dumps(file))
    return made, path
