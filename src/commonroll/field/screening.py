"""What times, places and answers of a walk make one ask about: flags that explain themselves.

A flag changes no number and punishes nobody. It says what was recorded, beside what is usual, and what
might explain it; whoever walked answers, and a lead settles it with a word. No position of a phone is used:
places are those of the doors, times those of the records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, tzinfo

from commonroll.field.flags import Flag, Knock, Said
from commonroll.field.hasty_days import of_day
from commonroll.field.unlike_others import same_answers, talk_shares


def screened(knocks: Iterable[Knock], said: Iterable[Said], zone: tzinfo) -> list[Flag]:
    """All flags, by canvasser and day; the same records give the same flags in any order."""
    all_ = sorted(knocks, key=lambda one: (one.at, one.until, str(one.building)))
    days: dict[tuple[str, date], list[Knock]] = defaultdict(list)
    for one in all_:
        if not one.typed:
            days[one.canvasser, one.at.astimezone(zone).date()].append(one)
    found = [flag for (who, day), walk in days.items() for flag in of_day(who, day, walk, zone)]
    found += talk_shares(all_)
    found += same_answers(said)
    return sorted(found, key=lambda flag: (flag.canvasser, str(flag.of), flag.rule))
