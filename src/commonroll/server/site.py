"""The site as processes: the web server, the worker for loads and extracts, the sequencer of the logs."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import FrameType
from typing import TypeVar

from django.db import close_old_connections, connections

from commonroll.errors import Refusal
from commonroll.server import (
    ahead,
    door_words,
    duties,
    matches,
    policies,
    startup,
    stops,
    tallies,
    turf_files,
    turns,
    wall,
    witnessing,
)
from commonroll.server.actions import (
    admissions,
    alarms,
    askings,
    attempted,
    call_keeping,
    folding,
    releasing,
    webhooks,
)
from commonroll.server.actions.agreement_events import record_expired
from commonroll.server.actions.proposals import close_overdue
from commonroll.server.actor import Actor
from commonroll.server.delta import kept as shared
from commonroll.server.home import Home
from commonroll.server.models import JobCall, Webhook, Witness
from commonroll.server.van import calls as job_calls
from commonroll.server.van import file_jobs

One = TypeVar("One", Webhook, JobCall, Witness)
Said = TypeVar("Said", int, str)

log = logging.getLogger(__name__)
FOLD_EVERY_SECONDS = 0.5
SWEEP_EVERY_SECONDS = 10
TELL_EVERY_SECONDS = 1.0
WATCH_EVERY_SECONDS = 30.0
TOLD_AT_ONCE = 4
STOP_WITHIN_SECONDS = 8
WORKERS = min(2, os.cpu_count() or 1)
"""Processes that answer: one Python is busy for 15 ms a look at one voter, and 50 a second made a queue."""


def serve(home: Home, *, host: str, port: int) -> None:
    """Run until stopped by a signal, or until the web server ends; children end with this process."""
    free_port(host, port)
    wall.whole_process()
    startup.migrate()
    if weakness := policies.weakness():
        log.warning("%s", weakness)
    startup.tidy(home)
    startup.look(home)
    startup.fold(home)
    stopping = False
    swept = time.monotonic()

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    before = {s: signal.signal(s, stop) for s in (signal.SIGINT, signal.SIGTERM)}
    children = [_start(command) for command in commands(host, port)]
    threading.Thread(target=_tell, args=(home,), daemon=True).start()
    threading.Thread(target=_show, args=(home,), daemon=True).start()
    threading.Thread(target=_watch, daemon=True).start()
    try:
        while not stopping and children[0].poll() is None:
            _fold(home)
            swept = _sweep(home, swept)
            time.sleep(FOLD_EVERY_SECONDS)
            children[1:] = [c if c.poll() is None else _start(commands(host, port)[1]) for c in children[1:]]
    finally:
        _end(children)
        startup.fold(home)
        for number, handler in before.items():
            signal.signal(number, handler)


def commands(host: str, port: int) -> list[list[str]]:
    """The web server's and the worker's command lines.

    What the web server calls backpressure counts connections, those that keep-alive holds open too: where as
    many are idle, whoever comes waits until one of them ends, half a minute.
    """
    web = [
        sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port),
        "--workers", str(WORKERS), "--blocking-threads", str(4 // WORKERS),
        "--no-ws", "--log-level", "warning", "--backpressure", "1024", "commonroll.server.wsgi:application",
    ]  # fmt: skip
    worker = [sys.executable, "-m", "django", "db_worker", "--interval", "0.5", "-v", "0"]
    return [web, worker]


def free_port(host: str, port: int) -> None:
    """Refuse early where the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Refusal(
                f"port {port} is taken by another program",
                next_step=f"choose another, such as --port {port + 1}",
            ) from error


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    # a session of its own: Ctrl-C reaches this process alone, which ends its children in order
    # the owner of the tables stays with this process: what answers has no need of it
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_OWNER_URL"}
    # this process has looked at the logs of all before it started anything
    environment[ahead.LOOKED] = "1"
    return subprocess.Popen(command, env=environment, start_new_session=True)


def _fold(home: Home) -> None:
    """One turn of the sequencer; a failure is said and tried again, and answers stop when rows grow old."""
    try:
        close_old_connections()
        startup.fold(home)
    except Exception:
        log.exception("the journal could not be folded; answers stop after 5 s until it can")


def _sweep(home: Home, last: float) -> float:
    """Now and then, what agreements left behind that ended by the clock; when it was done last."""
    if time.monotonic() - last < SWEEP_EVERY_SECONDS:
        return last
    steps: tuple[Callable[[], object], ...] = (
        lambda: record_expired(home),
        lambda: close_overdue(Actor("this node")),
        lambda: matches.sweep(home),
        lambda: turf_files.sweep(home),
        lambda: stops.sweep(home),
        lambda: shared.sweep(home),
        lambda: duties.sweep(home),
        admissions.note_overdue,
        askings.note_overdue,
        lambda: file_jobs.sweep(home),
        lambda: folding.run(home),
        lambda: call_keeping.sweep(home),
        lambda: door_words.sweep(home),
        lambda: attempted.run(home),
        lambda: releasing.run(home),
        turns.tidy,
    )
    for step in steps:  # what fails keeps nothing else from ending
        try:
            step()
        except Exception:
            log.exception("what ended by the clock could not be noted or deleted; nobody can read it")
    return time.monotonic()


def _tell(home: Home) -> None:
    """Tell webhooks, beside the sequencer: a program that does not answer delays no log."""
    with ThreadPoolExecutor(TOLD_AT_ONCE) as pool:
        while True:
            try:
                close_old_connections()
                webhooks.tell(home, partial(_side_by_side, pool))
                job_calls.tell(home, partial(_side_by_side, pool))
            except Exception:
                log.exception("webhooks could not be told; they are tried again")
            time.sleep(TELL_EVERY_SECONDS)


def _show(home: Home) -> None:
    """Show the logs to their witnesses, beside the sequencer: one that does not answer delays no log."""
    with ThreadPoolExecutor(TOLD_AT_ONCE) as pool:
        while True:
            try:
                close_old_connections()
                witnessing.run(home, partial(_side_by_side, pool))
            except Exception:
                log.exception("the logs could not be shown to their witnesses; it is tried again")
            time.sleep(TELL_EVERY_SECONDS)


def _watch() -> None:
    """Look for unusual use and write of it, beside the sequencer: no answer waits for a look."""
    while True:
        for step in (tallies.run, alarms.run, alarms.mail):
            try:
                close_old_connections()
                step()
            except Exception:
                log.exception("unusual use could not be looked for or written of; it is tried again")
        time.sleep(WATCH_EVERY_SECONDS)


def _side_by_side(
    pool: ThreadPoolExecutor, tell: Callable[[One], Said], hooks: Iterable[One]
) -> Iterable[Said]:
    def one(hook: One) -> Said:
        try:
            return tell(hook)
        finally:
            connections.close_all()

    return pool.map(one, hooks)


def _end(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
