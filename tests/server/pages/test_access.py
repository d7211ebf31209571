"""Charlie has no agreement: no page tells him what others have. All addresses stand in test_endpoints."""

from __future__ import annotations

import html

import pytest
from django.test import Client
from django.urls import reverse

pytestmark = pytest.mark.django_db


def test_charlie_counts_nobody_and_is_told_why(charlie: Client) -> None:
    page = charlie.post(reverse("universe_live"), {"where": "status = 'active'"}).content.decode()
    assert 'id="total"' not in page
    assert "has no agreement with Rivera" in html.unescape(page)


def test_charlie_reads_no_receipt_of_ohio(charlie: Client, alice: Client) -> None:
    url = reverse("diary_receipt", args=["oh", 0])
    assert alice.get(url).content.startswith(b"c2sp.org/tlog-proof")
    assert charlie.get(url).status_code == 404


def test_pages_name_no_dealings_of_others(charlie: Client) -> None:
    for name in ("agreements", "extracts", "ledger", "diary"):
        assert "National" not in charlie.get(reverse(name)).content.decode(), name
    assert "Agreement 1" not in charlie.post(reverse("find"), {"q": "agreement"}).content.decode()


def test_an_agreement_of_others_is_no_page_even_for_a_person_of_both_worlds(alice: Client) -> None:
    # Washington's agreement with National is number 2; Alice acts for Ohio
    assert alice.get(reverse("agreement", args=[1])).status_code == 200
    assert alice.get(reverse("agreement", args=[2])).status_code == 404


def test_a_piece_of_a_page_takes_the_whole_page_to_sign_in(nobody: Client) -> None:
    answer = nobody.post(reverse("universe_live"), headers={"hx-request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, reverse("account_login"))


def test_a_number_in_an_address_that_is_none_breaks_nothing(alice: Client) -> None:
    for address in ("/log/?before={}", "/roll/changes?old={0}&new={0}", "/universe/?saved={}"):
        for text in ("9" * 30, "-1", "1e3", "½", "٣", "x"):
            assert alice.get(address.format(text)).status_code in (200, 400), address
