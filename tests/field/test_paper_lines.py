"""Lines typed from a printed list: codes that find mistyped figures, and what each line means."""

from __future__ import annotations

import pytest

from commonroll.errors import Refusal
from commonroll.field.paper import Entry, code, read

SCRIPT = {
    "questions": [
        {"code": "gov", "kind": "one", "answers": [{"answer": "1"}, {"answer": "2"}, {"answer": "none"}]},
        {"code": "issue", "kind": "many", "answers": [{"answer": "roads"}, {"answer": "schools"}]},
    ]
}


@pytest.mark.parametrize(
    ("after", "meant"),
    [
        ("n", Entry(17, None, "n", {})),
        ("N", Entry(17, None, "n", {})),
        ("2 t", "a person's number stands with the code"),
        ("t 1=2", "answers are of a person"),
        ("m", "of a person"),
        ("o", "of a person"),
        ("q", "no such result"),
        ("n t", "two results"),
        ("", "nothing happened"),
    ],
)
def test_a_line_of_a_door(after: str, meant: Entry | str) -> None:
    line = f"{code(17)} {after}"
    if isinstance(meant, Entry):
        assert read(line, SCRIPT) == meant
    else:
        with pytest.raises(Refusal):
            read(line, SCRIPT)


@pytest.mark.parametrize(
    ("after", "result", "answers"),
    [
        ("t", "t", {}),
        ("t 1=3", "t", {"gov": "none"}),
        ("1=2 2=2,1", "t", {"gov": "2", "issue": "roads;schools"}),
        ("o", "o", {}),
        ("m", "m", {}),
    ],
)
def test_a_line_of_a_person(after: str, result: str, answers: dict[str, str]) -> None:
    assert read(f"  {code(9).lower()}2  {after}", SCRIPT) == Entry(9, 2, result, answers)


@pytest.mark.parametrize("answer", ["1=4", "1=0", "3=1", "1=1,2", "1=", "=2", "1=x", "r 1=1"])
def test_an_answer_that_is_not_on_the_list(answer: str) -> None:
    with pytest.raises(Refusal):
        read(f"{code(9)}1 {answer}", SCRIPT)


def test_every_wrong_figure_and_every_swap_is_found() -> None:
    for door in range(1, 400):
        right = str(door)
        for at, figure in enumerate(right):
            for other in "0123456789":
                wrong = right[:at] + other + right[at + 1 :]
                assert other == figure or code(int(wrong)) != wrong + code(door)[-1] or int(wrong) == 0
            swapped = right[:at] + right[at : at + 2][::-1] + right[at + 2 :]
            if swapped != right:
                with pytest.raises(Refusal, match="not taken"):
                    read(f"{swapped}{code(door)[-1]} n")
