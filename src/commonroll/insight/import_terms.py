"""On which terms a list may come in: source, licence, basis, kind and date, or it does not.

Data harvested from social networks never comes in. The words are a trip wire, not a proof: who signs an
import vouches for what it says, under a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, cast, get_args

from commonroll.errors import Refusal
from commonroll.roll.schema import IMPORT_KINDS

ImportKind = Literal[
    "purchased", "donors", "volunteers", "petition", "dialer", "event", "hygiene", "other"
]  # fmt: skip
assert get_args(ImportKind) == IMPORT_KINDS

KIND_OF_FACTS: Mapping[str, str] = {
    "purchased": "bought",
    "donors": "told",
    "volunteers": "told",
    "petition": "told",
    "dialer": "told",
    "event": "told",
    "hygiene": "seen",
    "other": "seen",
}
"""Kind of import to the kind of what stands in its columns, scores and estimates apart: those are guessed."""

MOST = 200
OLDEST = date(2000, 1, 1)

_NOTHING_SAID = frozenset((
    "none", "n/a", "na", "nil", "null", "unknown", "tbd", "tba", "todo", "test", "x", "xx", "xxx",
    "not known", "no idea", "any", "various", "the internet", "internet", "web", "file", "list", "data",
    "me", "us",
))  # fmt: skip
_HARVESTED = re.compile(
    r"\b(scrape[drs]?|scraping|web ?scrap\w*|screen ?scrap\w*|harvested|harvesting|harvester|crawled|crawler"
    r"|crawling|spidered|leaked|data leak|hacked|stolen|breached|data breach|doxx?ed|cambridge analytica"
    r"|graph api|friend ?lists?|friends? of friends?|follower lists?|followers of|profile dump|data dump)\b"
)
_NETWORKS = re.compile(
    r"\b(facebook|instagram|whatsapp|tiktok|tik tok|linkedin|linked in|twitter|x\.com|snapchat|reddit"
    r"|nextdoor|telegram|discord|mastodon|bluesky|youtube|pinterest|threads\.net|vkontakte|weibo|tinder|grindr"
    r"|social (network|media|profile)\w*)\b"
)
_GAVE_IT = re.compile(
    r"\b(signed up|sign ?-?up|signup|opt(ed)? ?-?in|consent\w*|form|asked to|registered (with|for)"
    r"|subscribed)\b"
)
_NOT_GIVEN = re.compile(
    r"\b(no|not|without|never|missing|lacks?)\b[^.;]{0,20}\b(consent\w*|opt(ed)?|sign|asked|form|subscribed)"
)

_ABOUT_EACH: Mapping[str, tuple[str, str]] = {
    "source": ("where the list is from", "the seller, the event, the petition: who gave it to you"),
    "licence": ("what its source permits", "the contract or licence, and what it permits"),
    "basis": ("why its people may be held", "their consent and how they gave it, an agreement, or a law"),
}


@dataclass(frozen=True)
class ImportTerms:
    """On which terms a list came in; every text trimmed, with single spaces."""

    kind: ImportKind
    source: str
    licence: str
    basis: str
    dated_on: date

    @property
    def fact_kind(self) -> str:
        """The kind of what stands in its columns."""
        return KIND_OF_FACTS[self.kind]


def checked_import(
    *,
    kind: str | None,
    source: str | None,
    licence: str | None,
    basis: str | None,
    dated_on: date | str | None,
    today: date,
    file_name: str = "",
) -> ImportTerms:
    """The terms of an import; raises Refusal where one is missing or says nothing, or data was harvested.

    `kind` is one of IMPORT_KINDS; `dated_on` the day of which the list is, as a date or YYYY-MM-DD, not ahead
    of `today`. The texts are people's words on the list, never values of it.
    """
    said = {"source": _tidy(source), "licence": _tidy(licence), "basis": _tidy(basis)}
    for name, text in said.items():
        _check_said(name, text)
    if _tidy(kind) not in IMPORT_KINDS:
        raise Refusal(
            "An import says what kind of list it is.",
            where="kind",
            next_step=f"Name one of {', '.join(IMPORT_KINDS)}.",
        )
    day = _day(dated_on, today)
    _check_harvested(said, _tidy(file_name))
    return ImportTerms(cast(ImportKind, _tidy(kind)), dated_on=day, **said)


def _check_said(name: str, text: str) -> None:
    what, how = _ABOUT_EACH[name]
    if not text:
        raise Refusal(f"An import says {what}; this one does not.", where=name, next_step=f"Write {how}.")
    if text.casefold().strip(" .-?!*_") in _NOTHING_SAID or not re.search(r"[^\W\d_]{2}", text):
        raise Refusal(f"An import says {what}; these words do not.", where=name, next_step=f"Write {how}.")
    if len(text) > MOST:
        raise Refusal(
            f"The text has {len(text)} characters; at most {MOST} are kept.",
            where=name,
            next_step="Say it shorter.",
        )


def _day(said: date | str | None, today: date) -> date:
    given = said
    if isinstance(given, str):
        try:
            given = date.fromisoformat(given.strip())
        except ValueError:
            given = None
    if given is None:
        raise Refusal(
            "An import says of which day its list is.",
            where="dated_on",
            next_step="Write the day as YYYY-MM-DD; if only a month is known, its first day.",
        )
    if given > today:
        raise Refusal("The list's day lies ahead.", where="dated_on", next_step="Write the day it was made.")
    if given < OLDEST:
        raise Refusal(
            "The list is from before 2000.", where="dated_on", next_step="Ask its source for a newer one."
        )
    return given


def _check_harvested(said: Mapping[str, str], file_name: str) -> None:
    """Refuse what its own words call harvested, and a social network without a word that people gave it."""
    texts = {**said, "file name": file_name}
    for name, text in texts.items():
        if _HARVESTED.search(_plain(text)):
            raise _harvested(name)
    gave = _plain(said["basis"])
    if _GAVE_IT.search(gave) and not _NOT_GIVEN.search(gave):
        return
    for name, text in texts.items():
        if _NETWORKS.search(_plain(text)):
            raise _harvested(name)


def _harvested(name: str) -> Refusal:
    return Refusal(
        "Data harvested from social networks, scraped or leaked never comes in; these words say that it was.",
        where=name,
        next_step="Leave the list out. If its people gave their data themselves, on a form or by signing up, "
        "say so in the basis and say in the source where.",
    )


def _tidy(text: str | None) -> str:
    """The text as people read it: compatible forms made one, nothing invisible, single spaces."""
    visible = (" " if c.isspace() else c for c in unicodedata.normalize("NFKC", text or ""))
    return " ".join("".join(c for c in visible if unicodedata.category(c)[0] != "C").split())


def _plain(text: str) -> str:
    """For comparing: lower case, letters without accents, every other sign but dots a space."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.sub(r"[^\w.]|_", " ", bare).split())
