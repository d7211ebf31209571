"""A log is copied over https: full tiles once, its right edge each time; the copy verifies by itself."""

from __future__ import annotations

import http.server
import ssl
import sys
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from receiver import certificate

sys.path.insert(0, str(Path(__file__).parents[1] / "transparency"))
from sample_logs import LOG_KEY, ORIGIN, count_leaf, files_of, log_of

from commonroll.errors import Refusal
from commonroll.notes import sign_note
from commonroll.server import log_copy, outgoing
from commonroll.transparency.log import LogFolder
from commonroll.transparency.verify import verify_folder


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None: ...


@pytest.fixture
def log(tmp_path: Path) -> LogFolder:
    return log_of(tmp_path / "log", [count_leaf(n) for n in range(258)])


@pytest.fixture
def url(log: LogFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[str]:
    pem = certificate(tmp_path)
    site = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(log.path)))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    site.socket = context.wrap_socket(site.socket, server_side=True)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    settings.OUTGOING_NAMES, settings.OUTGOING_NETWORKS = outgoing.allowed("localhost, 127.0.0.0/8, ::1/128")
    yield f"https://localhost:{site.server_address[1]}/"
    site.shutdown()
    site.server_close()


def test_a_copy_verifies_and_grows(url: str, log: LogFolder, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    log_copy.bring(url, copy)
    assert verify_folder(copy, LOG_KEY.vkey).ok
    log.append([count_leaf(258)], LOG_KEY)
    assert log_copy.bring(url, copy) == 3  # the checkpoint, a bundle and a tile
    assert verify_folder(copy, LOG_KEY.vkey).size == 259
    assert not [name for name in files_of(copy) if "coming" in name or "new" in name]


def test_a_log_too_large_to_be_one_and_a_file_too_large(url: str, log: LogFolder, tmp_path: Path) -> None:
    (log.path / "tile/0/000").write_bytes(bytes(8193))
    with pytest.raises(outgoing.NoAnswer):
        log_copy.bring(url, tmp_path / "copy")
    assert not (tmp_path / "copy" / "checkpoint").exists()
    (log.path / "checkpoint").write_text(sign_note(f"{ORIGIN}\n{10**12}\n{'A' * 43}=\n", LOG_KEY))
    with pytest.raises(Refusal, match="larger than any"):
        log_copy.bring(url, tmp_path / "copy")


def test_an_inner_network_is_not_asked(tmp_path: Path) -> None:
    with pytest.raises(outgoing.NoSite):
        log_copy.bring("https://10.1.2.3/log/oh", tmp_path / "copy")
