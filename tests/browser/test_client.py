"""Programs against the running site: our client, a notebook, a client made from the OpenAPI document."""

from __future__ import annotations

import http.server
import importlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbclient
import nbformat
import openapi_python_client.config as generator
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from invented_site import Site, environment
from openapi_python_client import generate

import commonroll
from commonroll.client import Client
from commonroll.errors import Refusal
from commonroll.transparency.receipts import verify_receipt

NOTEBOOK = Path(__file__).parents[2] / "docs" / "guide" / "notebook.ipynb"
KING = "county_name LIKE 'K%'"


MAKE_KEYS = """
from commonroll.console import use
use(None)
import json, sys
from commonroll.server.actions import federation, keys
from commonroll.server.actor import Actor
by = Actor.command_line()
for member, *scopes in json.loads(sys.argv[1]):
    of = federation.member(member)
    print(keys.create(of=of, purpose="gotv", scopes=scopes or ["lists"], by=by)[1])
"""


def keys_of(site: Site, *wanted: tuple[str, ...]) -> list[str]:
    """A key for each member with its scopes, all made by one process: a start costs seconds."""
    told = subprocess.run(
        [sys.executable, "-c", MAKE_KEYS, json.dumps(wanted)],
        env=environment(site.home), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return told.stdout.split()


def key_of(site: Site, member: str, *scopes: str) -> str:
    return keys_of(site, (member, *scopes))[0]


@pytest.fixture(scope="module")
def keys(site: Site) -> list[str]:
    """The national's to ask, Charlie's to ask, the national's for lists."""
    return keys_of(site, ("national", "ask"), ("rivera", "ask"), ("national", "lists"))


@pytest.fixture(scope="module")
def key(keys: list[str]) -> str:
    return keys[0]


@pytest.fixture(scope="module")
def client(site: Site, key: str) -> Client:
    found: Client = commonroll.Client(site.url, key)
    return found


def test_a_count_comes_as_pandas_polars_and_arrow(client: Client) -> None:
    counted = client.count("status = 'active'", by=["county_name", "status"])
    frame, polars, arrow = counted.to_pandas(), counted.to_polars(), counted.to_arrow()
    assert (
        isinstance(frame, pd.DataFrame) and isinstance(polars, pl.DataFrame) and isinstance(arrow, pa.Table)
    )
    assert frame["n"].sum() == polars["n"].sum() == counted.total == sum(counted.by_owner.values()) > 0
    assert client.count("status = 'active'").total == counted.total
    assert list(frame.columns) == ["county_name", "status", "n"]


def test_a_crosstab_adds_up(client: Client) -> None:
    table = client.crosstab("", down="county_name", across="status").to_pandas()
    assert (table.drop(columns=["county_name", "all"]).sum(axis=1) == table["all"]).all()
    assert table["all"].sum() == client.count().total


def test_a_list_has_receipts_that_hold_alone(site: Site, client: Client) -> None:
    listed = client.list(KING, ["state_voter_id", "last_name"])
    assert len(listed) == listed.total == client.count(KING).total > 0
    assert set(listed.to_pandas().columns) >= {"state_voter_id", "last_name"}
    assert "wa" in listed.receipts
    for owner, proof in listed.receipts.items():
        assert verify_receipt(proof, site.vkeys[owner]).ok


def test_names_that_nobody_grants_are_not_offered(client: Client) -> None:
    names = client.columns().to_pandas().set_index("name")
    assert names.loc["last_name", "export"] >= 1 and "phone" not in names.index


def test_charlies_key_counts_nobody(site: Site, keys: list[str]) -> None:
    charlie = Client(site.url, keys[1])
    with pytest.raises(Refusal, match="agreement"):
        charlie.count()
    with pytest.raises(Refusal, match="agreement"):
        charlie.list(KING, ["last_name"])


def test_a_wrong_key_and_a_key_for_lists_are_refused_in_the_sites_words(site: Site, keys: list[str]) -> None:
    with pytest.raises(Refusal, match="this key opens nothing"):
        Client(site.url, "crk_0123456789ab_wrong").count()
    with pytest.raises(Refusal, match="this key does not do this"):
        Client(site.url, keys[2]).count()


@pytest.mark.parametrize(
    ("url", "key", "says"),
    [
        ("http://roll.example.org", "k", "https alone"),
        ("ftp://localhost", "k", "https alone"),
        ("", "k", "no site"),
        ("https://roll.example.org", "", "no key"),
    ],
)
def test_a_key_goes_nowhere_else(url: str, key: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COMMONROLL_URL", raising=False)
    monkeypatch.delenv("COMMONROLL_KEY", raising=False)
    with pytest.raises(Refusal, match=says):
        Client(url, key)
    assert "crk_secret" not in repr(Client("https://roll.example.org", "crk_secret"))


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A site that sends whoever comes to another address of its own, and notes what came."""
    came: list[str] = []

    class Elsewhere(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            came.append(self.path)
            self.send_response(302)
            self.send_header("Location", "/stolen")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Elsewhere)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", came
    server.shutdown()
    server.server_close()


def test_a_key_follows_no_redirect(elsewhere: tuple[str, list[str]]) -> None:
    url, came = elsewhere
    with pytest.raises(Refusal, match="answered 302"):
        Client(url, "k").columns()
    assert came == ["/api/columns"]
    with pytest.raises(Refusal, match="does not answer"):
        Client("http://127.0.0.1:9", "k", timeout=2).columns()


def test_the_notebook_of_the_guide_runs(site: Site, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COMMONROLL_URL", site.url)
    monkeypatch.setenv("COMMONROLL_KEY", key)
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    assert not any(cell.get("outputs") for cell in notebook.cells), "the guide is kept without outputs"
    nbclient.NotebookClient(notebook, timeout=60, kernel_name="python3").execute()
    said = [cell.outputs[-1] for cell in notebook.cells if cell.cell_type == "code"]
    assert "'oh'" in said[5]["data"]["text/plain"]
    assert "shoe_size" in said[-1]["text"]
    assert key not in nbformat.writes(notebook)


def test_a_client_is_made_from_the_document(
    site: Site, key: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = generator.Config.from_sources(
        generator.ConfigFile(package_name_override="made_client", post_hooks=[]),
        generator.MetaType.NONE, document_source=f"{site.url}/api/openapi.json", file_encoding="utf-8",
        overwrite=True, output_path=tmp_path / "made_client",
    )  # fmt: skip
    errors = generate(config=config)
    assert not errors, [f"{error.header} {error.detail}" for error in errors]
    monkeypatch.syspath_prepend(str(tmp_path))
    made = importlib.import_module("made_client")
    count = importlib.import_module("made_client.api.default.count")
    asked = importlib.import_module("made_client.models").Count(where="status = 'active'", by=["status"])
    with made.AuthenticatedClient(base_url=site.url, token=key) as client:
        answer = count.sync(client=client, body=asked)
    assert (
        answer.total == answer.rows[0].n == commonroll.Client(site.url, key).count("status = 'active'").total
    )


def test_the_environment_is_enough(site: Site, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "COMMONROLL_URL", site.url)
    monkeypatch.setitem(os.environ, "COMMONROLL_KEY", key)
    assert Client().count().total > 0
