"""Terms of version 2 on the command line: drafted, signed, explained, and an export that waits for a word."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db

COLUMNS = "--column district --column party --column first_name --column last_name"
WHO = "agreement draft oh rivera --purpose gotv --from 2026-01-01 --until 2030-01-01"


def signed(shell: Shell, options: str, *more: str | Path) -> None:
    shell(f"{WHO} {COLUMNS} {options}", *more)
    for party in ("oh", "rivera"):
        shell(f"agreement sign 3 --as {party} {{pass}}")


def test_every_term_is_drafted_and_said(shell: Shell, tmp_path: Path) -> None:
    tree = tmp_path / "universe.json"
    tree.write_text(json.dumps({"any": [{"voted": "2024-11-05"}, {"column": "voters.party", "in": ["DEM"]}]}))
    shell("group name buckeyes --member rivera --member wa")
    shell(
        f"{WHO} {COLUMNS} --mode export --mode view --mask first_name=initial --row district/council=1,2 "
        "--row state=OH --rows-per-day 1000 --approval --contacts-by phone 1 7 --bounces-within 7 "
        "--addresses-within 30 --appeal 7 --blackout 2028-10-01 2028-11-08 --onward wa --price 5000 30 "
        "--royalty 10 --credit --group buckeyes-v1 --law OH --universe",
        tree,
    )
    said = shell("agreement show 3").stdout
    for sentence in (
        "council districts 1 and 2; state OH; only voters of whom this holds: party DEM, or voted on",
        "First name as its first letter.", "exports of at most 1,000 rows a day.", "per household in 7 days.",
        "Each export waits for the word of Ohio.", "Licensed on to Washington alone",
        "the group buckeyes-v1", "The law of Ohio governs.", "New addresses come back within 30 days.",
        "may appeal within 7 days", "pays Ohio $5,000.00 within 30 days", "Ohio gets 10 percent",
        "Ohio is named wherever", "no end for convenience takes effect; it moves to 8 November 2028",
    ):  # fmt: skip
        assert sentence in " ".join(said.split()), sentence
    assert re.search(r"^ +1\. Ohio lets", said, re.MULTILINE)


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ("--mode export", "must say how much"),
        ("--mode view --appeal 20", "more time to appeal than there is notice"),
        ("--mode view --blackout 2028-11-08 2028-10-01", "blackout does not lie inside"),
        ("--mode view --onward rivera", "no others to license on to"),
        ("--mode view --row district/parish=1", "no row limit of this name"),
        ("--mode view --law ZZ", "no such state"),
        ("--mode view --mask party=initial", "does not fit"),
    ],
)
def test_what_cannot_be_said_is_refused(shell: Shell, options: str, what: str) -> None:
    assert what in " ".join(shell.refused(f"{WHO} {COLUMNS} {options}").split())


def test_why_and_why_not(shell: Shell) -> None:
    signed(shell, "--mode view --row county_fips=39049")
    said = " ".join(shell("why last_name --as rivera --purpose gotv").stdout.split())
    assert "You see last name for Franklin County of Ohio's voters because of clause 2 of agreement 3" in said
    (found,) = [one for one in shell.json("why phone --as rivera --purpose gotv") if one["owner"] == "oh"]
    assert (found["seen"], found["agreement"], found["clause"]) == (False, 3, 2)
    assert "there is no column" in shell.refused("why phne --as rivera --purpose gotv")


def test_an_export_waits_for_the_owners_word(shell: Shell, tmp_path: Path) -> None:
    signed(shell, "--mode export --rows-per-day 1000 --approval")
    file = tmp_path / "list.csv"
    said = shell.refused("export --as rivera --purpose gotv --columns last_name --to", file)
    export = re.search(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", said)
    assert export is not None and not file.exists()
    assert "rivera" in shell("extract waiting --as oh").stdout
    (waits,) = shell.json("agreement waiting --as oh")
    assert waits["recipient"] == "rivera" and waits["agreement"] and waits["clause"]
    assert "extract approve" in shell("agreement waiting --as oh").stdout
    finish = f"extract finish {export[0]} --as rivera --to"
    shell.refused(finish, file)
    shell(f"extract approve {export[0]} --as oh")
    shell(finish, file)
    assert file.exists() and "rivera" not in shell("extract waiting --as oh").stdout
    assert "no export waits" in shell("agreement waiting --as oh").stdout
