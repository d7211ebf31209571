"""What a dialog says of a copy is what the code needs, no more."""

from commonroll.tracing.marks import rates
from commonroll.tracing.promise import traceable
from commonroll.tracing.score import needed

SCORED = ["first_name", "score('turnout')"]


def test_a_dialog_promises_what_the_length_of_the_code_gives() -> None:
    assert traceable(9_000, SCORED).startswith("Its scores name one leaker, if at least 18 % of the rows")
    assert "Up to 5" in traceable(1_000_000, SCORED)
    assert traceable(300, SCORED).startswith("So few rows")
    assert traceable(9_000, ["first_name"]).startswith("It has no scores")
    marked = 9_000 * rates(9_000).tenth // 1_000_000
    assert needed(1, 60) <= 0.19 * marked < needed(2, 60)
