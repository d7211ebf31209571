"""A client made from the VAN-compatible API's document works through a story against the running site."""

from __future__ import annotations

import base64
import importlib
import time
from pathlib import Path
from typing import Any

import openapi_python_client.config as generator
import pytest
from invented_site import Site
from openapi_python_client import generate
from test_parsons import answers, van, voters

__all__ = ["van", "voters"]


class Made:
    """The generated package, and its client of one key."""

    def __init__(self, url: str, key: str) -> None:
        token = base64.b64encode(f"script:{key}|0".encode()).decode()
        self.of = importlib.import_module("made_van.models")
        self.client = importlib.import_module("made_van").AuthenticatedClient(
            base_url=f"{url}/v4", token=token, prefix="Basic", raise_on_unexpected_status=True
        )

    def __call__(self, operation: str, *args: Any, **more: Any) -> Any:
        """What the operation (`people.post_people_find`) answers, as the client read it."""
        function = importlib.import_module(f"made_van.api.{operation}")
        return function.sync(*args, client=self.client, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("made")


@pytest.fixture
def made(site: Site, van: Any, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Made:
    config = generator.Config.from_sources(
        generator.ConfigFile(package_name_override="made_van", post_hooks=[]), generator.MetaType.NONE,
        document_source=f"{site.url}/v4/openapi.json", file_encoding="utf-8", overwrite=True,
        output_path=folder / "made_van",
    )  # fmt: skip
    errors = generate(config=config)
    assert not errors, [f"{error.header} {error.detail}" for error in errors]
    monkeypatch.syspath_prepend(str(folder))
    return Made(site.url, van.api_key)


def test_a_voter_is_found_asked_and_told_of(site: Site, made: Made, voters: list[dict[str, Any]]) -> None:
    row, of = voters[7], made.of
    (question,) = [
        each for each in made("survey_questions.get_survey_questions").items if each.name == "Support"
    ]
    address = of.PostPeopleFindBodyAddressesType0ItemType0(
        address_line_1=row["residence_line1"], zip_or_postal_code=row["residence_zip5"]
    )
    body = of.PostPeopleFindBody(
        first_name=row["first_name"], last_name=row["last_name"], addresses=[address]
    )
    found = made("people.post_people_find", body=body)
    assert found.last_name == row["last_name"] and found.emails is None

    answer = of.PostPeoplePCanvassResponsesBodyResponsesType0ItemType0(
        type_="SurveyResponse", survey_question_id=question.survey_question_id,
        survey_response_id=question.responses[0].survey_response_id,
    )  # fmt: skip
    made("people.post_people_p_canvass_responses", str(found.van_id),
         body=of.PostPeoplePCanvassResponsesBody(responses=[answer]))  # fmt: skip
    assert row["state_voter_id"] in {each["state_voter_id"] for each in answers(site)}
    assert made("people.get_people_van_id_canvass_responses", found.van_id).count == 1

    wanted = of.PostChangedEntityExportJobsBody(resource_type="Contacts", date_changed_from="2020-01-01")
    job = made("changed_entity_export_jobs.post_changed_entity_export_jobs", body=wanted)
    until = time.monotonic() + 30
    while job.job_status not in ("Complete", "Error") and time.monotonic() < until:
        time.sleep(0.3)
        job = made("changed_entity_export_jobs.get_changed_entity_export_jobs_id", job.export_job_id)
    assert job.job_status == "Complete" and job.exported_record_count > 0
    text = made.client.get_httpx_client().get(job.files[0].download_url).text
    assert any(str(found.van_id) in line.split(",") for line in text.splitlines())
    refused = made("people.get_people_p", "1")
    assert isinstance(refused, of.Errors) and refused.errors[0].code
