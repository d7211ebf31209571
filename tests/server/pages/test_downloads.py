"""A count to take along: the numbers that the page shows, with who is missing, as a question of its own."""

from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET

import pytest
from django.test import Client
from world import MACHINE, World

from commonroll.server.actions import questions
from commonroll.server.models import Journal
from commonroll.server.pages.downloads import picture
from commonroll.server.pages.figures import bars
from commonroll.views.export import harmless

pytestmark = pytest.mark.django_db
SVG = "{http://www.w3.org/2000/svg}"


def numbers(client: Client, **asked: str) -> list[dict[str, str]]:
    answer = client.post("/universe/counts", asked)
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode())))


@pytest.mark.parametrize(
    ("down", "across"), [("", ""), ("status", ""), ("county", "status"), ("party", ""), ("age", "status")]
)
def test_the_numbers_are_those_of_the_question(world: World, bob: Client, down: str, across: str) -> None:
    down_by = ("county_fips", "county_name") if down == "county" else (down,)
    by = [name for name in (*down_by, across) if name]
    told = numbers(bob, where="age >= 30", down=down, across=across)
    asked = questions.count(
        home=world.home, viewer=world.member("national"), purpose="gotv", where="age >= 30",
        by_columns=by, by=MACHINE,
    )  # fmt: skip
    counted = [row for row in told if row["voters"]]
    assert sum(int(row["voters"]) for row in counted) == asked.total > 0
    assert list(told[0]) == ["owner", *by, "voters", "missing_because"]
    missing = {row["owner"]: row["missing_because"] for row in told if not row["voters"]}
    assert missing.keys() == {gap.owner for gap in asked.gaps} and all(missing.values())


def test_a_download_has_a_receipt_and_charlie_gets_none(world: World, bob: Client, charlie: Client) -> None:
    before = Journal.objects.filter(log="oh", type="count").count()
    numbers(bob, down="status")
    assert Journal.objects.filter(log="oh", type="count").count() == before + 1
    for path in ("/universe/counts", "/universe/chart"):
        answer = charlie.post(path, {"down": "status"})
        assert answer.status_code == 400 and "Content-Disposition" not in answer
    assert bob.get("/universe/counts").status_code == 405


def test_the_picture_stands_alone_and_says_what_is_missing(bob: Client) -> None:
    answer = bob.post("/universe/chart", {"where": "age >= 30", "down": "party"})
    assert (
        answer["Content-Type"] == "image/svg+xml"
        and 'filename="count-party-' in answer["Content-Disposition"]
    )
    root = ET.fromstring(answer.content)
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert texts[0].endswith("voters by party") and "age >= 30" in texts
    assert any(text.startswith("Missing: Washington") for text in texts)
    assert not list(root.iter(f"{SVG}script")) and not list(root.iter(f"{SVG}style"))


def test_the_picture_without_a_split_is_by_owner(bob: Client) -> None:
    root = ET.fromstring(bob.post("/universe/chart", {}).content)
    assert {"Ohio", "Washington"} <= {text.text for text in root.iter(f"{SVG}text")}


def test_words_are_no_markup_and_no_formula() -> None:
    root = ET.fromstring(picture("<b>&", bars([("<script>alert(1)</script>", 3), ("x" * 99, 0)]), ['"&<']))
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert texts[0] == "<b>&" and "<script>alert(1)</script>" in texts and '"&<' in texts
    assert max(map(len, texts)) < 99
    assert harmless("=1+1") == "'=1+1" and harmless("@x") == "'@x" and harmless("-12") == "-12"
