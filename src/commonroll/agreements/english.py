"""An agreement in plain English, rendered from the compiled grant, so that it says what will be enforced."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from commonroll.agreements.grant import Duty, Grant
from commonroll.agreements.profile import PURPOSES, Channel, Mask

_SCOPE: Mapping[str, tuple[str, str]] = {
    "county_fips": ("county", "counties"),
    "congressional_district": ("congressional district", "congressional districts"),
    "state_senate_district": ("state senate district", "state senate districts"),
    "state_house_district": ("state house district", "state house districts"),
    "precinct": ("precinct", "precincts"),
    "party": ("party", "parties"),
    "status": ("status", "statuses"),
}
MASK_WORDS: Mapping[Mask, str] = {
    "null": "never shown",
    "year": "as the year alone",
    "decade": "as a decade",
    "zip3": "as its first three digits",
    "last4": "as its last four characters",
    "bucket10": "in tens",
    "marked": "marked",
    "token": "as a pseudonym of this agreement",
    "initial": "as its first letter",
}
_BY: Mapping[Channel, str] = {
    "any": "",
    "door": " at the door",
    "phone": " by phone",
    "text": " by text message",
    "mail": " by mail",
    "email": " by e-mail",
}
_SMALL = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_LABELS = {
    "persons.person_id": "one pseudonym for each person, across owners that share it",
    "voters.county_fips": "county code",
    "voters.state_voter_id": "state voter id",
    "voters.county_voter_id": "county voter id",
}
_TABLES = {"voters": "", "history": "vote history: ", "ballots": "ballots: ", "districts": "districts: ",
           "responses": "answers: ", "optouts": "opt-outs: "}  # fmt: skip


def sentences(grant: Grant, names: Mapping[str, str]) -> list[str]:
    """What `grant` lets its recipient do, one sentence a line; `names` gives members' names by key."""
    owner, recipient = names.get(grant.owner, grant.owner), names.get(grant.recipient, grant.recipient)
    return [
        _opening(grant, owner, recipient),
        f"The columns: {', '.join(label(column) for column in sorted(grant.columns))}.",
        *masked(grant),
        uses(grant),
        *contact_limit(grant),
        "No onward sharing, sale, transfer or commercial use; no removal of marks; nobody is identified from "
        "counts or pseudonyms. Data stays in the United States.",
        *(duty_sentence(duty, owner) for duty in grant.duties),
        *_law(grant),
    ]


def _opening(grant: Grant, owner: str, recipient: str) -> str:
    columns = _counted(len(grant.columns), "column")
    purposes = spoken(PURPOSES[purpose] for purpose in sorted(grant.purposes))
    return (
        f"{owner} lets {recipient} use {columns} of its voter file for {purposes} from {day(grant.start)} "
        f"until {day(grant.until)} (excluded): {rows(grant)}."
    )


def rows(grant: Grant) -> str:
    """Which rows, in words: `the whole file`, `counties 39049 and 39061; active voters`."""
    if grant.whole_file:
        return "the whole file"
    return "; ".join(_limit(column, grant.scope[column]) for column in sorted(grant.scope))


def _limit(column: str, scope: frozenset[str]) -> str:
    values = sorted(scope, key=lambda value: (len(value), value))
    if column == "status":
        return f"{spoken(values)} voters"
    one, many = _SCOPE[column]
    return f"{one if len(values) == 1 else many} {spoken(values)}"


def masked(grant: Grant) -> list[str]:
    """How columns with a mask are shown; empty if none has one."""
    shown = [(column, mask) for column, mask in sorted(grant.columns.items()) if mask != "plain"]
    if not shown:
        return []
    text = "; ".join(f"{label(column)} {MASK_WORDS[mask]}" for column, mask in shown)
    return [f"{text[0].upper()}{text[1:]}."]


def uses(grant: Grant) -> str:
    """What may be done with the rows, with the export quota."""
    parts = []
    if "count" in grant.modes:
        parts.append("counts")
    if "view" in grant.modes:
        parts.append("lists on screen")
    if "contact" in grant.modes:
        parts.append("contact inside Commonroll")
    if "export" in grant.modes:
        parts.append(_exports(grant))
    alone = ", nothing else" if len(parts) == 1 else ""
    text = spoken(parts)
    return f"{text[0].upper()}{text[1:]}{alone}."


def _exports(grant: Grant) -> str:
    if grant.rows_per_day is not None:
        return f"exports of at most {grant.rows_per_day:,} rows a day"
    if grant.rows_per_export is None or grant.exports_per_day is None:
        return "exports of any number of rows"
    return f"exports of at most {grant.rows_per_export:,} rows, {_number(grant.exports_per_day)} a day"


def contact_limit(grant: Grant) -> list[str]:
    """The contact quotas, where anybody may be contacted."""
    if not grant.modes & {"contact", "export"}:
        return []
    return [
        f"At most {_counted(quota.count, 'contact')}{_BY[quota.channel]} per {quota.per} in "
        f"{_days(timedelta(days=quota.days))}."
        for quota in grant.contact
    ]


def duty_sentence(duty: Duty, owner: str) -> str:
    """One duty; `owner` is the owner's name."""
    if duty.within is None:
        return duty.says
    time, hours = _days(duty.within), int(duty.within.total_seconds()) // 3600
    possessive = f"{time}'" if time.endswith("s") else f"{time}'s"
    return {
        "delete": f"All copies deleted within {time} of the end, in writing.",
        "return_responses": f"Answers come back within {time}; opt-outs at once.",
        "inform": f"A breach reported within {_counted(hours, 'hour')}.",
        "give_notice": f"{owner} may end it with {possessive} notice, at once for breach, law or safety.",
    }[duty.action]


def _law(grant: Grant) -> list[str]:
    lines = [
        f"Taken out by law ({cut.rule.id}, {cut.rule.cites}): {cut.kind} {spoken(map(_name, cut.names))}. "
        f"{cut.rule.says}"
        for cut in grant.narrowed
    ]
    taken = {cut.rule.id for cut in grant.narrowed}
    lines += [
        f"{rule.says} ({rule.id}, {rule.cites})"
        for rule in grant.law
        if rule.id not in taken and rule.does not in ("require_duty", "require_spatial")
    ]
    unreviewed = [rule.id for rule in grant.law if not rule.reviewed]
    if unreviewed:
        lines.append(f"Law unreviewed: no counsel has checked {spoken(unreviewed)}.")
    return lines


# Words


def spoken(words: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    found = list(words)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}"


def label(column: str) -> str:
    """A qualified column in words: `birth year`, `vote history: method`."""
    table, _, name = column.partition(".")
    return _LABELS.get(column) or _TABLES[table] + name.replace("_", " ")


def day(moment: datetime) -> str:
    """`1 December 2026`, with the time of day (UTC) where it is not midnight."""
    text = f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"
    return (
        text if (moment.hour, moment.minute, moment.second) == (0, 0, 0) else f"{text}, {moment:%H:%M:%S} UTC"
    )


def _name(name: str) -> str:
    return label(name) if "." in name else PURPOSES.get(name, name)


def _days(time: timedelta) -> str:
    return _counted(time.days, "day")


def _counted(number: int, unit: str) -> str:
    return f"{number:,} {unit}{'' if number == 1 else 's'}"


def _number(count: int) -> str:
    return _SMALL[count] if count < len(_SMALL) else f"{count:,}"
