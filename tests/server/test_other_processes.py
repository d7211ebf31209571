"""Two processes at once: both sign, and each sees at once what the other does."""

from __future__ import annotations

from pathlib import Path

import pytest
from writers_of_agreements import (
    left_out_by_the_other,
    seen_by_the_other,
    signed_at_once,
    two_processes,
)


@pytest.mark.vault
def test_two_people_sign_at_once_and_each_process_sees_what_the_other_ends(tmp_path: Path) -> None:
    with two_processes(tmp_path / "home") as (one, two):
        signed_at_once(one, two)
        seen_by_the_other(one, two)
        assert len(two.does("ask", "gotv")) == 1
        left_out_by_the_other(one, two)
