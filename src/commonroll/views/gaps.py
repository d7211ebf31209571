"""Why an owner is not in an answer, in a sentence that names the agreement or the law."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from commonroll.agreements.denial import Denial
from commonroll.agreements.english import clause_of
from commonroll.agreements.grant import Grant, Narrowing
from commonroll.agreements.profile import PURPOSES
from commonroll.views.question import Gap, Names, Question

_SPOKEN: Mapping[str, str] = {
    "voters.phone": "phone numbers",
    "voters.email": "e-mail addresses",
    "voters.party": "parties",
    "voters.birth_date": "birth dates",
    "voters.birth_year": "birth years",
    "voters.age": "ages",
    "voters.race": "race",
    "voters.ethnicity": "ethnicity",
    "history.election_date": "vote history",
}
_USES: Mapping[str, str] = {
    "count": "counts",
    "view": "lists on a screen",
    "contact": "contact lists",
    "export": "export",
}


class Sentences:
    """Gaps of one question, in the names that its reader knows."""

    def __init__(self, question: Question, names: Names) -> None:
        self.question = question
        self.names = names
        self.purpose = PURPOSES[question.purpose]

    def name(self, member: str) -> str:
        return self.names.get(member, member)

    def suspended(self, owner: str, grant: Grant | None, why: str) -> Gap:
        number = grant.number if grant else None
        sentence = f"{self.name(owner)}: {_numbered(number) or 'the agreement'} {why}"
        return Gap(owner, "suspended", (), number, sentence)

    def no_roll(self, owner: str) -> Gap:
        return Gap(owner, "no roll loaded", (), None, f"{self.name(owner)} has not loaded a roll")

    def no_adults(self, owner: str, number: int | None) -> Gap:
        sentence = (
            f"{self.name(owner)} publishes no birth date, year or age, and no rule of its law that we know "
            f"says who is 18: nobody under 18 is ever shown, so none of its voters can be"
        )
        return Gap(owner, "nobody known to be 18", (), number, sentence)

    def no_purpose(self, owner: str) -> Gap:
        viewer = self.name(self.question.viewer)
        sentence = f"{self.name(owner)} has no agreement with {viewer} for {self.purpose}"
        return Gap(owner, "not granted", (), None, sentence)

    def no_cause(self, owner: str, number: int | None) -> Gap:
        cause = PURPOSES[self.question.cause]
        sentence = f"{self.name(owner)} permits no {self.purpose} for {cause}{_by(number)}"
        return Gap(owner, "not granted", (), number, sentence)

    def no_mode(self, grant: Grant) -> Gap:
        use = _USES[self.question.mode]
        by = _by(grant.number, clause_of(grant, "uses"))
        sentence = f"{self.name(grant.owner)} permits no {use} for {self.purpose}{by}"
        return Gap(grant.owner, "not granted", (), grant.number, sentence)

    def counts_alone(self, grant: Grant) -> Gap:
        sentence = (
            f"{self.name(grant.owner)} permits counts alone, and these need noise that is not available yet"
            f"{_by(grant.number)}"
        )
        return Gap(grant.owner, "noisy counts not yet available", (), grant.number, sentence)

    def no_statement(self, owner: str, grant: Grant) -> Gap:
        sentence = (
            f"{self.name(owner)} has not signed that its file leaves out protected voters{_by(grant.number)}"
        )
        return Gap(owner, "no statement on protected voters", (), grant.number, sentence)

    def unpublished(self, grant: Grant, columns: tuple[str, ...]) -> Gap:
        *others, last = spoken(columns).split(", ")
        what = f"{', '.join(others)} or {last}" if others else last
        sentence = f"{self.name(grant.owner)} does not publish {what}"
        return Gap(grant.owner, "not published by the state", columns, grant.number, sentence)

    def owners_alone(self, owner: str, columns: tuple[str, ...], number: int | None) -> Gap:
        sentence = (
            f"{self.name(owner)} keeps facts, and the phones and e-mails that did not come with its roll, to "
            f"itself: no agreement can grant them yet"
        )
        return Gap(owner, "not granted", columns, number, sentence)

    def columns(self, grant: Grant, columns: tuple[str, ...], denied: Sequence[Denial]) -> Iterable[Gap]:
        """One gap for what the law took, rule by rule, and one for what was not agreed."""
        forbidden = {d.name: d for d in denied if d.kind == "column" and d.reason == "law forbids"}
        by_law: dict[str, list[str]] = {}
        for column in columns:
            denial, cut = forbidden.get(column), _cut(grant, "column", column)
            cites = denial.cites if denial else cut.rule.cites if cut else None
            if cites is not None:
                by_law.setdefault(cites, []).append(column)
        for cites, taken in by_law.items():
            yield self._forbidden(grant.owner, spoken(taken), cites, grant.number, tuple(taken))
        rest = tuple(c for c in columns if not any(c in taken for taken in by_law.values()))
        if rest:
            by = _by(grant.number, clause_of(grant, "columns"))
            sentence = f"{self.name(grant.owner)} shares no {spoken(rest)} for {self.purpose}{by}"
            yield Gap(grant.owner, "not granted", rest, grant.number, sentence)

    def law_took(self, grant: Grant, kind: str, name: str) -> Gap | None:
        """The gap for a purpose or mode that a rule took out of a signed agreement, None if none did."""
        cut = _cut(grant, kind, name)
        if cut is None:
            return None
        what = PURPOSES[name] if kind == "purpose" else _USES[name]
        return self._forbidden(grant.owner, what, cut.rule.cites, grant.number, ())

    def denied(self, owner: str, denials: Sequence[Denial]) -> list[Gap]:
        """The gaps of an owner without a usable agreement, from what the agreements' side found."""
        law = [d for d in denials if d.reason == "law forbids"]
        if law:
            first = law[0]
            said = {"purpose": PURPOSES.get(first.name, ""), "mode": _USES.get(first.name, first.name)}
            what = said.get(first.kind)
            columns = tuple(d.name for d in law if d.kind == "column")
            return [
                self._forbidden(owner, what or spoken(columns), first.cites or "", first.agreement, columns)
            ]
        modes = [d for d in denials if d.kind == "mode"]
        if modes:
            use = _USES.get(modes[0].name, modes[0].name)
            number = modes[0].agreement
            sentence = f"{self.name(owner)} permits no {use} for {self.purpose}{_by(number)}"
            return [Gap(owner, "not granted", (), number, sentence)]
        if self.question.cause in {d.name for d in denials if d.kind == "purpose"}:
            return [self.no_cause(owner, denials[0].agreement)]
        columns = tuple(d.name for d in denials if d.kind == "column")
        if columns and not any(d.kind == "purpose" for d in denials):
            number = denials[0].agreement
            sentence = f"{self.name(owner)} shares no {spoken(columns)} for {self.purpose}{_by(number)}"
            return [Gap(owner, "not granted", columns, number, sentence)]
        return [self.no_purpose(owner)]

    def _forbidden(
        self, owner: str, what: str, cites: str, number: int | None, columns: tuple[str, ...]
    ) -> Gap:
        sentence = f"{self.name(owner)} law forbids {what}" + (f": {cites}" if cites else "")
        return Gap(owner, "law forbids", columns, number, sentence)


def spoken(columns: Iterable[str]) -> str:
    """Qualified columns as people say them: `phone numbers, county fips`."""
    return ", ".join(
        _SPOKEN.get(name, name.partition(".")[2].replace("_", " ")) for name in sorted(set(columns))
    )


def _cut(grant: Grant, kind: str, name: str) -> Narrowing | None:
    return next((cut for cut in grant.narrowed if cut.kind == kind and name in cut.names), None)


def _numbered(number: int | None) -> str:
    return f"agreement {number}" if number is not None else ""


def _by(number: int | None, clause: int | None = None) -> str:
    if number is None:
        return ""
    return f": clause {clause} of {_numbered(number)}" if clause else f": {_numbered(number)}"
