"""What hints say in a report, and what each of them survives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from commonroll.tracing.hints import ORDER, SUGGESTED, Hinted

SURVIVES = (
    ("the order of rows",
     "rows dropped, columns dropped or renamed, values changed, parts of files put together",
     "rows sorted by what differs from row to row, or shuffled"),
    ("the form of scores", "rows dropped or sorted, columns renamed",
     "saved anew by a spreadsheet or a program, rounded, any change to values"),
)  # fmt: skip
"""Each hint, what it survives, and what takes it away."""

_NOT_EVIDENCE = (
    "Each file was also written in an order and with a form of numbers of its own. Neither is in the odds "
    "above: whoever knows how a file was written can write another in the same way."
)


def documents(hints: Iterable[Hinted]) -> list[dict[str, Any]]:
    """JSON-ready: of each hint the recipients it goes with, and what it says of them."""
    return [one for hint in hints for one in (_orders(hint) if hint.way == ORDER else _forms(hint))]


def _orders(hint: Hinted) -> list[dict[str, Any]]:
    days: dict[str, list[str]] = {}
    for sent in hint.sent:
        days.setdefault(sent.recipient, []).append(sent.on)
    return [
        {
            "way": hint.way,
            "recipients": [who],
            "says": f"its rows come in the order of a file that left on {' and on '.join(sorted(on))}. Among "
            f"{hint.compared:,} files one that has no part in it would be taken for such in 1 of "
            f"{round(1 / SUGGESTED):,} cases at most.",
            "files": [sent.name for sent in hint.sent if sent.recipient == who],
        }
        for who, on in sorted(days.items())
    ]  # fmt: skip


def _forms(hint: Hinted) -> list[dict[str, Any]]:
    who = sorted({sent.recipient for sent in hint.sent})
    return [
        {
            "way": hint.way,
            "recipients": who,
            "says": f"its scores are written as in {len(hint.sent):,} of {hint.compared:,} files that left "
            "with them.",
            "files": [],
        }
    ]  # fmt: skip


def as_lines(said: Sequence[Mapping[str, Any]]) -> list[str]:
    """The section of a report to be read; no line where nothing hints."""
    if not said:
        return []
    return [
        "## Hints, not evidence",
        "",
        _NOT_EVIDENCE,
        "",
        *(f"- {', '.join(one['recipients'])}: {one['says']}" for one in said),
        "",
        "| hint | survives | lost when |",
        "|---|---|---|",
        *(f"| {' | '.join(row)} |" for row in SURVIVES),
        "",
    ]
