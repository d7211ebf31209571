"""Criteria by which an owner lets candidates and groups in: published, signed, the same for all in one race.

Closed like an agreement: a document has exactly these keys, and every value has one form (docs/adr/0072).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol

from commonroll.agreements.document import instant
from commonroll.agreements.profile import MEMBER_URN, ROW_LIMITS, Price, Terms
from commonroll.agreements.reading import read_count, read_instant, read_keys, read_list, read_matching, wrong
from commonroll.agreements.signing import check_signers, signed_text
from commonroll.agreements.templates import TEMPLATES
from commonroll.notes import canonical

_LINE = "commonroll criteria v1"
RACE = r"[a-z0-9][a-z0-9-]{1,39}"
PAPER = r"[a-z0-9][a-z0-9-]{0,39}"
HASH = r"sha256:[A-Za-z0-9+/]{43}="
MOST = 40
LONGEST = 500
LONGEST_ANSWER = 2_000
_CHOSEN = (
    "title", "template", "races", "questions", "papers", "priceCents", "payDays", "start", "until",
    "decideDays", "appealDays",
)  # fmt: skip
_ISSUED = ("@type", "owner", "version", "issued")


@dataclass(frozen=True)
class Criteria:
    """What is asked of an applicant, and the template, price and days that it then gets.

    `races`: race -> the limits of rows for whoever runs in it, empty for the whole file. `papers`: documents
    whose hashes an application lists. `price_cents` 0: nothing is owed.
    """

    owner: str
    version: int
    title: str
    template: str
    races: Mapping[str, Mapping[str, tuple[str, ...]]]
    questions: tuple[str, ...]
    papers: tuple[str, ...]
    price_cents: int
    pay_days: int
    start: datetime
    until: datetime
    decide_days: int
    appeal_days: int

    def terms(self, race: str, *, recipient: str, state: str, id: str, timestamp: datetime) -> Terms:
        """The terms that whoever is let in for a race gets: the same for all of them."""
        made = TEMPLATES[self.template].draft(
            id=id,
            owner=self.owner,
            recipient=recipient,
            state=state,
            start=self.start,
            until=self.until,
            timestamp=timestamp,
            rows=dict(self.races[race]),
        )
        return replace(made, price=Price(self.price_cents, self.pay_days)) if self.price_cents else made


def document(chosen: Mapping[str, Any], *, owner: str, version: int, issued: datetime) -> dict[str, Any]:
    """The document of what an owner chose; raises TermsRefused naming the path of what it does not know."""
    read_keys(dict(chosen), "criteria", _CHOSEN)
    made = {
        "@type": "cr:Criteria",
        "owner": MEMBER_URN + owner,
        "version": str(version),
        "issued": instant(issued),
        **chosen,
    }
    criteria_of(made)
    return made


def criteria_of(value: Any) -> Criteria:
    """Read a document of criteria; raises TermsRefused."""
    keys = read_keys(value, "criteria", (*_ISSUED, *_CHOSEN))
    template = read_matching(keys["template"], "|".join(TEMPLATES), "criteria.template", "a template's name")
    start, until = (read_instant(keys[name], f"criteria.{name}") for name in ("start", "until"))
    if until <= start:
        raise wrong("criteria.until", "The term ends before it begins.")
    return Criteria(
        owner=str(keys["owner"]).removeprefix(MEMBER_URN),
        version=read_count(keys["version"], "criteria.version"),
        title=read_words(keys["title"], "criteria.title"),
        template=template,
        races=_races(keys["races"]),
        questions=read_questions(keys["questions"], "criteria.questions"),
        papers=read_papers(keys["papers"], "criteria.papers"),
        price_cents=0 if keys["priceCents"] == "0" else read_count(keys["priceCents"], "criteria.priceCents"),
        pay_days=read_count(keys["payDays"], "criteria.payDays"),
        start=start,
        until=until,
        decide_days=read_days(keys["decideDays"], "criteria.decideDays"),
        appeal_days=read_days(keys["appealDays"], "criteria.appealDays"),
    )


def read_days(value: Any, path: str) -> int:
    found = read_count(value, path)
    if found > 90:
        raise wrong(path, "Nobody waits longer than 90 days for a word.")
    return found


def read_words(value: Any, path: str) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= LONGEST or not value.isprintable():
        raise wrong(path, f"Here must stand one line of at most {LONGEST} characters.")
    return value


def read_questions(value: Any, path: str) -> tuple[str, ...]:
    return tuple(read_words(text, f"{path}[{at}]") for at, text in enumerate(_listed(value, path)))


def read_papers(value: Any, path: str) -> tuple[str, ...]:
    """Short names of documents whose hashes an application lists."""
    return tuple(
        read_matching(text, PAPER, f"{path}[{at}]", "a short name such as petition")
        for at, text in enumerate(_listed(value, path))
    )


def _listed(value: Any, path: str) -> Sequence[Any]:
    """A list that may be empty, of things that stand once."""
    if not isinstance(value, list) or len(value) > MOST or len(set(map(str, value))) < len(value):
        raise wrong(path, f"Here must stand a list of at most {MOST} things, each once.")
    return value


def _races(value: Any) -> dict[str, dict[str, tuple[str, ...]]]:
    if not isinstance(value, dict) or not 1 <= len(value) <= 500:
        raise wrong("criteria.races", "Here must stand 1 to 500 races, each with its limits of rows.")
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for race, limits in value.items():
        path = f"criteria.races.{race[:40]}"
        read_matching(race, RACE, path, "a race such as house-12")
        if not isinstance(limits, dict) or not set(limits) <= set(ROW_LIMITS[2]):
            raise wrong(path, "Rows are not limited by that.", "Name columns such as state_house_district.")
        found[race] = {name: _values(values, f"{path}.{name}") for name, values in sorted(limits.items())}
    return found


def _values(value: Any, path: str) -> tuple[str, ...]:
    texts = [read_words(text, path) for text in read_list(value, path)]
    if texts != sorted(set(texts)):
        raise wrong(path, "Values must be sorted and stand once.")
    return tuple(texts)


def criteria_text(made: Mapping[str, Any]) -> str:
    """The text that the owner signs."""
    return signed_text(_LINE, f"{made['owner']} {made['version']}", canonical(made))


def check_criteria(made: Mapping[str, Any], signed: str, vkey: str) -> None:
    """Raise NoteError or SignatureRefused unless the owner signed the criteria."""
    check_signers(signed, criteria_text(made), (vkey,))


# Applications


class Asks(Protocol):
    """Criteria that an application answers: an owner's, or the federation's for members."""

    @property
    def races(self) -> Collection[str]: ...
    @property
    def questions(self) -> tuple[str, ...]: ...
    @property
    def papers(self) -> tuple[str, ...]: ...


def application(
    criteria: Asks,
    *,
    id: str,
    criteria_hash: str,
    applicant: str,
    race: str,
    answers: Sequence[str],
    papers: Mapping[str, str],
    applied: datetime,
) -> dict[str, Any]:
    """What an applicant (its urn) says under published criteria; raises TermsRefused unless all is said."""
    if race not in criteria.races:
        raise wrong("application.race", "The criteria know no such race.", "Name one that they list.")
    said = [" ".join(text.split()) for text in answers]
    if len(said) != len(criteria.questions) or not all(1 <= len(text) <= LONGEST_ANSWER for text in said):
        raise wrong(
            "application.answers",
            f"There are {len(criteria.questions)} questions; each has an answer of at most "
            f"{LONGEST_ANSWER} characters.",
            "Answer each, in their order.",
        )
    if set(papers) != set(criteria.papers):
        raise wrong(
            "application.papers",
            "The papers are not those that the criteria ask for.",
            f"Name the hash of each: {', '.join(criteria.papers) or 'none'}.",
        )
    for name, digest in papers.items():
        read_matching(digest, HASH, f"application.papers.{name}", "a hash, sha256:<base64>")
    return {
        "@type": "cr:Application",
        "id": id,
        "criteria": criteria_hash,
        "applicant": applicant,
        "race": race,
        "answers": said,
        "papers": dict(papers),
        "applied": instant(applied),
    }


def same_terms(one: Terms, other: Terms) -> list[str]:
    """Names of the terms in which two applicants of one race would differ; none where they are treated alike.

    Ids, parties, the day of the draft and the law packs that both saw are no part of it.
    """
    own = {"id", "recipient", "timestamp", "law_packs"}
    return sorted(
        name
        for name in one.__dataclass_fields__
        if name not in own and getattr(one, name) != getattr(other, name)
    )
