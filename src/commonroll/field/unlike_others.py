"""Who recorded something else than others in the same cut did: less or more talk, one answer for all."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from commonroll.field.flags import MAY_BE, Flag, Knock, Said

LEAST_ANSWERS, LEAST_OTHERS = 15, 30
LEAST_ATTEMPTS = 25
SURPRISE = 1e-3
"""What happens by chance alone less often than this is asked about: once in a thousand walks."""

STREETS_DIFFER = 0.12
"""Added to the share of others' answers: neighbours think alike."""

WALKERS_DIFFER = 0.03
"""Correlation of attempts of one walker: hour, street and manner. Shares of 25 of 100 differ by some 6."""


def talk_shares(knocks: Sequence[Knock]) -> Iterator[Flag]:
    """Whose share of talk is far from that of others at the same turf, or in the same cut where few were."""
    by: dict[int, dict[tuple[str, int], Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in knocks:
        tally = by[one.cut][one.canvasser, one.turf]
        tally["all"] += 1
        tally["talked"] += one.result == "talked"
    for cut, tallies in by.items():
        for who in sorted({who for who, _ in tallies}):
            flag = _share(who, cut, tallies)
            if flag is not None:
                yield flag


def _share(who: str, cut: int, tallies: Mapping[tuple[str, int], Counter[str]]) -> Flag | None:
    mine: Counter[str] = sum((tally for (other, _), tally in tallies.items() if other == who), Counter())
    turfs = {turf for other, turf in tallies if other == who}
    all_ = {key: tally for key, tally in tallies.items() if key[0] != who}
    near = {key: tally for key, tally in all_.items() if key[1] in turfs}
    enough = sum(tally["all"] for tally in near.values()) >= 2 * LEAST_OTHERS
    where, chosen = ("in the same turf", near) if enough else ("in the same cut", all_)
    others, walkers = sum(chosen.values(), Counter()), len({other for other, _ in chosen})
    if mine["all"] < LEAST_ATTEMPTS or others["all"] < 2 * LEAST_OTHERS:
        return None
    share, usual = mine["talked"] / mine["all"], (others["talked"] + 1) / (others["all"] + 2)
    spread = usual * (1 - usual) * (_wide(mine["all"], 1) + _wide(others["all"], walkers))
    z = (share - usual) / math.sqrt(spread)
    if math.erfc(abs(z) / math.sqrt(2)) > SURPRISE:
        return None
    numbers = {
        "talked": mine["talked"], "of": mine["all"], "percent": round(100 * share),
        "others_percent": round(100 * others["talked"] / others["all"]), "others": others["all"],
        "same_turf": enough,
    }  # fmt: skip
    said = (
        f"{mine['talked']} of {mine['all']} attempts ended in talk: {numbers['percent']} of 100. For others "
        f"{where} it was {numbers['others_percent']} of 100, over {others['all']:,} attempts."
    )
    return Flag("talk_share", who, cut, said, MAY_BE["talk_share"], numbers)


def _wide(attempts: int, walkers: int) -> float:
    """Variance of a share of so many attempts by so many walkers, in units of p (1 - p)."""
    return (1 - WALKERS_DIFFER) / attempts + WALKERS_DIFFER / walkers


def same_answers(said: Iterable[Said]) -> Iterator[Flag]:
    """Who recorded one answer for nearly everybody, where others in the same cut heard several."""
    by: dict[tuple[int, str], dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in said:
        by[one.cut, one.question][one.canvasser][one.answer] += 1
    worst: dict[tuple[str, int], Flag] = {}
    for (cut, question), tallies in sorted(by.items()):
        for who, mine in sorted(tallies.items()):
            others: Counter[str] = sum((t for other, t in tallies.items() if other != who), Counter())
            flag = _one_answer(who, cut, question, mine, others)
            had = worst.get((who, cut))
            if flag and (had is None or flag.numbers["same"] > had.numbers["same"]):
                worst[who, cut] = flag
    yield from worst.values()


def _one_answer(who: str, cut: int, question: str, mine: Counter[str], others: Counter[str]) -> Flag | None:
    many, heard = mine.total(), others.total()
    if many < LEAST_ANSWERS or heard < LEAST_OTHERS:
        return None
    answer, same = min(mine.items(), key=lambda pair: (-pair[1], pair[0]))
    usual = others[answer] / heard
    if at_least(same, many, min(0.99, usual + STREETS_DIFFER)) > SURPRISE:
        return None
    numbers = {
        "question": question, "same": same, "of": many, "others_percent": round(100 * usual), "others": heard
    }  # fmt: skip
    words = (
        f"To the question {question}, {same} of {many} people gave one and the same answer. Of {heard:,} "
        f"whom others asked in the same cut, {numbers['others_percent']} of 100 gave it."
    )
    return Flag("same_answers", who, cut, words, MAY_BE["same_answers"], numbers)


def at_least(successes: int, trials: int, share: float) -> float:
    """How likely so many or more are of so many trials."""
    if share >= 1:
        return 1.0
    logs = (
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1)
        + k * math.log(share) + (trials - k) * math.log1p(-share)
        for k in range(successes, trials + 1)
    )  # fmt: skip
    return min(1.0, sum(math.exp(log) for log in logs))
