"""Screening on invented walks: how often an honest day is asked about, how often made-up visits are.

Bars: at most 1 of 100 honest days of whoever records at the door, or a few doors together, has a flag; of
visits made up in a hurry nine in ten have. Who types everything in at the end is asked, and that is meant.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from datetime import UTC
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from synth_walks import at_once, at_the_end, few_together, honest, invented, street_together, turfs

from commonroll.field.screening import screened

HABITS = {"at once": at_once, "few together": few_together, "street together": street_together}
MANNERS = ("quick", "steady", "anyhow", "alike", "eager")
TEAM = 8
"""Who walk in one cut on one day."""


def teams(doors: int, seed: int) -> list[list[tuple[int, list]]]:  # type: ignore[type-arg]
    found = [one for one in enumerate(turfs(doors, seed)) if len(one[1]) >= 30]
    return [found[at : at + TEAM] for at in range(0, len(found) - TEAM + 1, TEAM)]


def honest_days(doors: int, seed: int, habit: str) -> tuple[int, int, Counter[str]]:
    """Days walked, days with a flag, flags by rule: everybody honest."""
    rng, days, flagged, rules = random.Random(seed), 0, 0, Counter[str]()
    for number, team in enumerate(teams(doors, seed)):
        heard = [
            honest(rng, f"w{turf}", turf, places, HABITS.get(habit, at_the_end), cut=number)
            for turf, places in team
        ]
        flags = screened([k for h in heard for k in h.knocks], [s for h in heard for s in h.said], UTC)
        days, flagged = days + len(team), flagged + len({flag.canvasser for flag in flags})
        rules.update(flag.rule for flag in flags)
    return days, flagged, rules


def made_up(doors: int, seed: int, manner: str) -> tuple[int, int, int, Counter[str]]:
    """One of each team made the visits up: how many, those with a flag, honest days beside them with one."""
    rng, days, caught, others, rules = random.Random(seed), 0, 0, 0, Counter[str]()
    for number, team in enumerate(teams(doors, seed)):
        heard = [honest(rng, f"w{turf}", turf, places, at_once, cut=number) for turf, places in team[1:]]
        heard.append(invented(rng, "faker", team[0][0], team[0][1], manner, cut=number))
        flags = screened([k for h in heard for k in h.knocks], [s for h in heard for s in h.said], UTC)
        mine = {flag.rule for flag in flags if flag.canvasser == "faker"}
        days, caught = days + 1, caught + bool(mine)
        others += len({flag.canvasser for flag in flags} - {"faker"})
        rules.update(mine)
    return days, caught, others, rules


def main() -> None:
    doors = int(sys.argv[1]) if len(sys.argv) > 1 else 60_000
    for habit in (*HABITS, "at the end"):
        days, flagged, rules = honest_days(doors, 1, habit)
        bar = "asked about, as meant" if habit == "at the end" else "<= 0.01"
        put(
            f"honest, recorded {habit}",
            days,
            flagged,
            rules,
            bar,
            habit == "at the end" or flagged <= days / 100,
        )
    for manner in MANNERS:
        days, caught, others, rules = made_up(doors, 2, manner)
        bar = ">= 0.9" if manner in ("quick", "steady", "anyhow") else "said, no bar"
        put(
            f"made up, {manner}",
            days,
            caught,
            rules,
            bar,
            bar[0] == "s" or caught >= 0.9 * days,
            beside=others,
        )


def put(name: str, days: int, flagged: int, rules: Counter[str], bar: str, ok: bool, **more: int) -> None:
    share = round(flagged / max(days, 1), 4)
    print(json.dumps({"name": name, "days": days, "flagged": flagged, "share": share, "rules": dict(rules),
                      **more, "bar": bar, "ok": ok}))  # fmt: skip


if __name__ == "__main__":
    main()
