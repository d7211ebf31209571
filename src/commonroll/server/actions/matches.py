"""Decisions on pairs that may be one person: appended under a name, taken back by another row.

What follows from a judgement comes with the next linking; none strikes anybody off a roll.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, get_args

from django.utils import timezone

from commonroll.errors import Refusal
from commonroll.identity import judged, models, waiting
from commonroll.identity.evidence import Evidence, evidence
from commonroll.identity.judgements import MOST_REASON, PAIR, WITHDRAWN, Judgement, Pair
from commonroll.roll.engine import ibis_engine
from commonroll.roll.vault import persons as kept
from commonroll.roll.vault.vault import Vault
from commonroll.server.actions import match_log
from commonroll.server.actions.history import own_vault
from commonroll.server.actions.match_looks import history
from commonroll.server.actor import Actor
from commonroll.server.home import Home
from commonroll.server.models import Member


def why(*, home: Home, of: Member, pair: Pair) -> Evidence | None:
    """What speaks for one person and against it; None where no model scored the pair, or one of an earlier
    version did."""
    held = own_vault(home, of)
    last = kept.linked(held.catalogue)
    if last is None:
        return None
    model = models.readable(held.path / last.files["model"])
    if model is None:
        return None
    rows = ibis_engine().read_parquet(held.path / last.files["verdicts"])
    mine = rows.filter([rows[part] == getattr(pair, part) for part in PAIR])
    found = ibis_engine().to_pyarrow(mine).to_pylist()
    return evidence(found[0], model) if found and found[0]["match_weight"] is not None else None


# Judging


@dataclass(frozen=True)
class Judged:
    """What came of a judgement: its event, what the pair's judgements come to now, and what others said of it
    while whoever judged was looking."""

    event_id: str
    standing: str
    meanwhile: Sequence[Mapping[str, Any]]


def judge(*, home: Home, of: Member, pair: Pair, judgement: str, reason: str, seen: str, by: Actor) -> Judged:
    """Append what the person decided of a pair that was shown. Both stand where two judge at once.

    `seen`: the newest judgement that the page showed. Raises Refusal for a word that is no judgement, a pair
    that was never shown, and a second voice by whoever gave the first.
    """
    by.require("raw", of)
    if judgement not in get_args(Judgement):
        raise Refusal("there is no such decision", next_step="choose same, different or unsure")
    if len(reason) > MOST_REASON:
        raise Refusal(f"the reason is longer than {MOST_REASON} characters", next_step="say it in a sentence")
    if not match_log.covered(home, of, pair, by):
        raise Refusal("this pair was not before you", next_step="open it first, then decide")
    held = own_vault(home, of)
    said = standing_minds(history(held, pair))
    first = _first_voice(held, pair, judgement, said, by)
    event = waiting.judge(
        held, pair, judgement, by=by.label, reason=reason.strip(), at=timezone.now(), seconded_of=first  # type: ignore[arg-type]
    )  # fmt: skip
    after = history(held, pair)
    others = pair.communal or any(row["by"] != by.label for row in standing_minds(after))
    standing = _standing(held, pair) if others else judgement
    return Judged(event, standing, _meanwhile(after, seen, by))


def _first_voice(
    held: Vault, pair: Pair, judgement: str, said: Sequence[Mapping[str, Any]], by: Actor
) -> str | None:
    """The judgement of another that this one agrees with; a person is not asked twice."""
    if not said or _standing(held, pair) != "waits":
        return None
    if any(row["by"] == by.label and row["judgement"] == judgement for row in said):
        raise Refusal(
            "this pair waits for a second person, and you were the first",
            next_step="ask another owner to look at it; you can still change or take back what you said",
        )
    others = [row for row in said if row["by"] != by.label and row["judgement"] == judgement]
    return str(others[-1]["event_id"]) if others else None


def _standing(held: Vault, pair: Pair) -> str:
    found = waiting.found(held, pair)
    return (found.standing or "") if found else ""


def _meanwhile(said: Sequence[Mapping[str, Any]], seen: str, by: Actor) -> list[Mapping[str, Any]]:
    known = [n for n, row in enumerate(said) if row["event_id"] == seen]
    return [row for row in said[(known[-1] + 1 if known else 0) :] if row["by"] != by.label]


def standing_minds(said: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Of a pair's judgements, oldest first, the newest of each person that was not taken back."""
    back = {row["withdraws"] for row in said if row["judgement"] == WITHDRAWN}
    stand = [row for row in said if row["judgement"] != WITHDRAWN and row["event_id"] not in back]
    newest = {row["by"]: row for row in stand}
    return sorted(newest.values(), key=lambda row: (row["judged_at"], row["event_id"]))


def undo(*, home: Home, of: Member, event_id: str, by: Actor) -> Pair:
    """Take back a judgement of the person's own: the named one, or the newest that stands; its pair."""
    by.require("raw", of)
    held = own_vault(home, of)
    mine = [row for row in own_judgements(held, by) if not event_id or row["event_id"] == event_id]
    if not mine:
        raise Refusal("there is no decision of yours to take back", next_step="see what you decided last")
    waiting.withdraw(held, mine[-1]["event_id"], by=by.label, reason="taken back", at=timezone.now())
    return Pair(*(mine[-1][name] for name in ("member_l", "record_l", "member_r", "record_r")))


def own_judgements(held: Vault, by: Actor) -> list[dict[str, Any]]:
    """The person's judgements within the roll that stand, oldest first, by the ids of the last linking."""
    last = kept.linked(held.catalogue)
    rows = judged.rows_of(held, last.snapshot).to_pylist() if last else []
    back = {row["withdraws"] for row in rows}
    mine = [
        row for row in rows
        if row["by"] == by.label and row["judgement"] != WITHDRAWN and row["event_id"] not in back
        and row["member_l"] == row["member_r"] == held.member
    ]  # fmt: skip
    return sorted(mine, key=lambda row: (row["judged_at"], row["event_id"]))
