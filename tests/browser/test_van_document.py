"""Whatever the document of the VAN-compatible API allows or forbids, the running site answers as it says."""

from __future__ import annotations

import itertools
import json
import urllib.request
from contextlib import suppress

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from invented_site import Site
from schemathesis import GenerationMode
from schemathesis.specs.openapi import checks
from test_client import key_of
from tests.thorough import THOROUGH, dear

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.content_type_conformance,
    checks.negative_data_rejection,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.status_code_conformance,
    checks.unsupported_method,
]
"""Not whether all of the right form is taken: an id may be nobody's, and a date lie ahead."""

MODES = ("|0", "|1")
EACH = 1 if THOROUGH else 27
"""Of pairs of a route and a mode, right and wrong, one in so many; all of them in make bench."""


@pytest.fixture(scope="module")
def document(site: Site) -> schemathesis.schemas.BaseSchema:
    with urllib.request.urlopen(f"{site.url}/v4/openapi.json") as answer:
        return schemathesis.openapi.from_dict({**json.load(answer), "security": []})


def test_the_site_answers_as_its_document_says(site: Site, document: schemathesis.schemas.BaseSchema) -> None:
    key = key_of(site, "wa", "ask", "answers")
    operations = [found.ok() for found in document.get_all_operations()]
    cases = itertools.product(operations, GenerationMode, MODES)
    for operation, way, mode in itertools.islice(cases, 0, None, EACH):
        # nothing of it can be mistaken
        with suppress(Unsatisfiable):
            answered(operation, way, f"{site.url}/v4", ("default", key + mode))


def answered(
    operation: schemathesis.schemas.APIOperation, way: GenerationMode, url: str, auth: tuple[str, str]
) -> None:
    @settings(max_examples=dear(15), deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=operation.as_strategy(generation_mode=way))
    def asked(case: schemathesis.Case) -> None:
        case.call_and_validate(base_url=url, auth=auth, checks=CHECKS)

    asked()
