"""`agreement onward` and `agreement account`."""

from __future__ import annotations

import pytest
from commands import Shell

pytestmark = pytest.mark.django_db


def test_stated_and_accounted(shell: Shell) -> None:
    shell(
        "agreement draft oh rivera --purpose gotv --mode count --column party --from 2026-01-01 "
        "--until 2030-01-01 --onward wa --royalty 7"
    )
    for party in ("oh", "rivera"):
        shell(f"agreement sign 3 --as {party} {{pass}}")
    shell("agreement onward 3 --as wa --pays 1200 --until 2029-01-01 {pass}", code=2)
    assert "names you" in shell.refused("agreement onward 1 --as wa --pays 1.00 --until 2029-01-01 {pass}")
    shell("agreement onward 3 --as wa --pays 1200.50 --until 2029-01-01 {pass}")
    assert "Washington,1200.50,7,84.04" in shell("agreement account --as oh").stdout


def test_paid_and_due(shell: Shell) -> None:
    shell(
        "agreement draft oh rivera --purpose gotv --mode count --column party --from 2026-01-01 "
        "--until 2030-01-01 --price 900 30"
    )
    assert "nothing is due" in shell("agreement dues --as rivera").stdout
    for party in ("oh", "rivera"):
        shell(f"agreement sign 3 --as {party} {{pass}}")
    shell("agreement paid 3 --as rivera --amount 900 --for price --on 2026-11-01 {pass}", code=2)
    said = shell("agreement paid 3 --as rivera --amount 900.00 --for price --on 2026-11-01 {pass}")
    assert "was paid" in said.stdout
    shell("agreement paid 3 --as oh --amount 300.00 --for price --on 2026-11-02 {pass}")
    (due,) = shell.json("agreement dues --as oh")
    assert (due["owed"], due["stated"], due["received"], due["open"]) == (
        "900.00",
        "900.00",
        "300.00",
        "600.00",
    )
    assert "600.00" in shell("agreement dues --as rivera").stdout
