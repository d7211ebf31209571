"""Whatever the OpenAPI document allows or forbids, the running site answers as the document says."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from invented_site import Site, environment
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from tests.thorough import THOROUGH

from commonroll.server.api.openapi import document

KEYS = 60
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.content_type_conformance,
    checks.negative_data_rejection,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.status_code_conformance,
    checks.unsupported_method,
]
"""Not whether all of the right form is taken: a condition or a row may still mean nothing, which is 400."""

MAKE_KEYS = """
from commonroll.console import use
use(None)
import json
from commonroll.server.actions import federation, keys
from commonroll.server.actor import SCOPES, Actor
of, by = federation.member("oh"), Actor.command_line()
made = [keys.create(of=of, purpose="gotv", scopes=list(SCOPES), by=by)[1] for _ in range(%d)]
print(json.dumps(made))
"""
NOTHING_TO_MISTAKE = ("GET /api/match", "GET /api/columns", "GET /api/extracts", "GET /api/vocabulary")
"""They take neither a body nor a word in their address."""

SCHEMA = schemathesis.openapi.from_dict({**document(), "security": []})
"""A key is sent with all of them: an address that asks without one too often waits, whatever it asks then."""

OPERATIONS = [found.ok() for found in SCHEMA.get_all_operations()]


@pytest.fixture(scope="module")
def keys(site: Site) -> Iterator[str]:
    """Keys in turn, since each asks so many times a minute and not more."""
    told = subprocess.run(
        [sys.executable, "-c", MAKE_KEYS % KEYS],
        env=environment(site.home), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return itertools.cycle(json.loads(told.stdout))


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.name.lower())
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_the_site_answers_as_its_document_says(
    site: Site, keys: Iterator[str], operation: schemathesis.schemas.APIOperation, mode: GenerationMode
) -> None:
    if mode is GenerationMode.NEGATIVE and operation.label in NOTHING_TO_MISTAKE:
        return
    answered: set[int] = set()

    @settings(max_examples=60 if THOROUGH else 8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=mode))
    def asked(case: schemathesis.Case) -> None:
        headers = {"Authorization": f"Bearer {next(keys)}"}
        answer = case.call_and_validate(base_url=site.url, headers=headers, checks=CHECKS)
        answered.add(answer.status_code)

    asked()
    assert answered - {401, 429}
