"""The real Parsons reads saved lists and folders of a served site and downloads a list's file."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from invented_site import Site, environment
from parsons import VAN
from test_client import key_of


def run(site: Site, *words: str) -> str:
    told = subprocess.run(
        [sys.executable, "-m", "commonroll.cli", "list", *words, "--as", "national"],
        env=environment(site.home), check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return told.stdout


def test_lists_folders_and_the_file_of_a_list(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    run(site, "folder", "Parsons")
    where = ("--purpose", "gotv", "--where", "status = 'active'", "--folder", "Parsons", "--json")
    made = json.loads(run(site, "make", "--name", "For Parsons", *where))[0]
    van = VAN(api_key=key_of(site, "national", "ask"), db="MyVoters")
    monkeypatch.setattr(van.connection, "uri", f"{site.url}/v4/")
    monkeypatch.setattr(van.connection.api, "uri", f"{site.url}/v4/")
    folders = {row["name"]: row["folderId"] for row in van.get_folders()}
    assert van.get_folder(folders["Parsons"])["name"] == "Parsons"
    (listed,) = van.get_saved_lists(folder_id=folders["Parsons"])
    assert (listed["savedListId"], listed["listCount"]) == (made["id"], made["rows"])
    assert van.get_saved_list(made["id"])["name"] == "For Parsons"
    assert 4 in van.get_export_job_types()["exportJobTypeId"]
    rows = van.download_saved_list(made["id"])
    assert rows.num_rows == made["rows"] and rows.columns[0] == "VanID"
    assert len(set(rows["VanID"])) == made["rows"]
    person = van.get_person(int(rows[0]["VanID"]), id_type="vanid", expand_fields=None)
    assert person["lastName"] == rows[0]["LastName"]
    job = van.export_job_create(made["id"])
    assert van.get_export_job(job["exportJobId"])["status"] == "Completed"
