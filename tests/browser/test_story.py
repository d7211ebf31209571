"""The main job in a browser: from a state's files to a governed count, and the answers on their way back."""

from __future__ import annotations

import chapters_national as national
import chapters_ohio as ohio
import pytest
from desk import MakeDesk

pytestmark = pytest.mark.browser


def test_the_main_job_from_the_files_to_the_answers(make_desk: MakeDesk) -> None:
    alice, nadia, charlie = make_desk(), make_desk(), make_desk()
    ohio.sign_in_at_the_second_try(alice)
    ohio.broken_files_change_nothing(alice)
    report = ohio.the_good_files_become_a_snapshot(alice)
    ohio.draft_with_sentences(alice)
    agreement = ohio.ohio_signs(alice)
    alice.sign_out()

    nadia.sign_in("nadia")
    national.countersign(nadia, agreement)
    national.count_while_typing(nadia)
    national.a_typo_is_pointed_at(nadia)
    national.the_gap_is_explained(nadia)
    rows = national.extract_ohio(nadia)
    extract = nadia.path
    national.bring_answers(nadia, rows)

    alice.sign_in("alice")
    ohio.the_log_shows_the_use(alice, agreement, question=national.WHERE)
    # answers wait for the day that the agreement names
    ohio.the_ledger_shows_answers(alice, lent=len(rows), returned=0)
    ohio.revoke_for_safety(alice, agreement)
    national.ohio_is_gone_and_says_why(nadia, agreement)

    charlie.sign_in("charlie")
    national.charlie_sees_nothing(
        charlie,
        others=[
            report, f"{report}/refused", f"{report}/progress", f"/agreements/{agreement}",
            f"/agreements/{agreement}/document", extract, f"{extract}/file", f"{extract}/receipts",
            "/diary/receipts/oh/0",
        ],
        ohio_voters=ohio.voters(alice),
    )  # fmt: skip
