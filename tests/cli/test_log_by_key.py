"""Members copy their logs from a running site over https by a key and verify them; nobody else's."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.servers.basehttp import WSGIServer
from django.db import connections
from django.test.testcases import LiveServerThread, QuietWSGIRequestHandler, _StaticFilesHandler
from receiver import certificate
from world import MACHINE, World

from commonroll.cli import main
from commonroll.server import log_copy, outgoing
from commonroll.server.actions import keys
from commonroll.server.actions.federation import federation
from commonroll.server.logs import log_vkey
from commonroll.transparency.verify import verify_folder

PEOPLE = {"alice": "oh", "bob": "national", "charlie": "rivera"}


class OverTls(LiveServerThread):
    """Django's own server in a thread, on the test's connection to the database, behind a certificate."""

    pem: Path

    def _create_server(self, connections_override: Any = None) -> WSGIServer:
        server = WSGIServer((self.host, 0), QuietWSGIRequestHandler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.pem)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        return server


@dataclass(frozen=True)
class Running:
    """A served home: its address, keys of people, of a program that asks and of logs, a folder for copies."""

    url: str
    keys: dict[str, str]
    vkeys: dict[str, str]
    folder: Path

    def answers(self, log: str, who: str) -> str:
        """What a copy says that somebody makes with a key ('' without): nothing where it verifies."""
        copy = self.folder / f"{who or 'nobody'}-{log}"
        try:
            log_copy.bring(f"{self.url}/log/{log}", copy, key=self.keys.get(who, who))
        except outgoing.NoAnswer as error:
            assert not (copy / "checkpoint").exists()
            return error.what
        return "" if verify_folder(copy, self.vkeys[log]).ok else "does not verify"


def made(world: World, member: str, scope: str) -> str:
    return keys.create(of=world.member(member), purpose="gotv", scopes=[scope], by=MACHINE)[1]


@pytest.fixture
def running(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> Iterator[Running]:
    told = {who: made(world, member, "log") for who, member in PEOPLE.items()}
    told["asks"] = made(world, "oh", "ask")
    vkeys = {log: log_vkey(world.home, federation(), log) for log in ("oh", "federation")}
    pem = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    monkeypatch.setattr(outgoing, "WAIT_SECONDS", 60.0)  # the first answer reads all of the site's code
    monkeypatch.chdir(tmp_path)
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.OUTGOING_NAMES, settings.OUTGOING_NETWORKS = outgoing.allowed("localhost, 127.0.0.0/8")
    connection = connections["default"]
    serving = OverTls("127.0.0.1", _StaticFilesHandler, {"default": connection})
    serving.pem, serving.daemon = pem, True
    connection.inc_thread_sharing()
    serving.start()
    serving.is_ready.wait()
    assert serving.error is None
    yield Running(f"https://localhost:{serving.port}", told, vkeys, tmp_path)
    serving.terminate()
    connection.dec_thread_sharing()


def test_a_member_copies_its_log_by_a_key_and_nobody_another_s(running: Running) -> None:
    assert running.answers("oh", "alice") == ""
    for who in ("bob", "charlie"):
        assert "answered 404" in running.answers("oh", who)
        assert running.answers("federation", who) == ""
    for who, status in (("", 404), ("asks", 403), ("crk_0123456789ab_wrong", 401)):
        assert f"answered {status}" in running.answers("oh", who)


def test_a_key_comes_from_a_file_or_goes_to_its_own_site_alone(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, key = f"{running.url}/log/oh", running.keys["alice"]
    (running.folder / "key").write_text(f"{key}\n")

    def verify(*words: str, code: int, at: str = url) -> str:
        done = CliRunner().invoke(main, ["log", "verify", at, "--key", running.vkeys["oh"], *words])
        assert done.exit_code == code and key not in done.output, done.output
        return done.output

    assert "This is the first check here" in verify("--api-key-file", "key", code=0)
    assert "The last check here was at" in verify("--api-key-file", "key", code=0)
    monkeypatch.setenv("COMMONROLL_KEY", key)
    assert "--api-key-file" in verify(code=3)
    monkeypatch.setenv("COMMONROLL_URL", running.url)
    verify(code=0)
    assert "no key stands in it" in verify(code=3, at=f"{url}?key={key}")
