"""Starting points for drafts: what two kinds of member usually agree. Editors change them before signing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from commonroll.agreements.law import packs_for
from commonroll.agreements.profile import ContactQuota, Mask, Terms, answers_within
from commonroll.roll.schema import COLUMNS

_LISTED = (
    "voters.state_voter_id", "voters.first_name", "voters.middle_name", "voters.last_name",
    "voters.name_suffix", "voters.birth_year", "voters.sex", "voters.party", "voters.status",
    "voters.registered_on", "voters.residence_line1", "voters.residence_unit", "voters.residence_city",
    "voters.residence_state", "voters.residence_zip5", "voters.phone", "voters.county_fips",
    "voters.county_name", "voters.precinct", "voters.congressional_district", "voters.state_senate_district",
    "voters.state_house_district", "voters.municipality", "history.election_date", "history.election_type",
    "history.method",
)  # fmt: skip
_COUNTED = (
    "voters.birth_year", "voters.sex", "voters.party", "voters.status", "voters.registered_on",
    "voters.county_fips", "voters.county_name", "voters.congressional_district", "history.election_date",
    "history.election_type", "history.method",
)  # fmt: skip
_CLEANED = (
    "voters.first_name", "voters.middle_name", "voters.last_name", "voters.name_suffix", "voters.birth_date",
    "voters.birth_year", "voters.sex", "voters.status", "voters.status_reason", "voters.registered_on",
    "voters.county_fips", "voters.residence_line1", "voters.residence_unit", "voters.residence_zip5",
)  # fmt: skip
"""What two rolls are matched by (`views/agreed.py`), and what tells a later registration from an earlier."""


@dataclass(frozen=True)
class Template:
    """A kind of agreement: purposes, modes, qualified columns and limits that a draft starts from."""

    title: str
    purposes: tuple[str, ...]
    modes: tuple[str, ...]
    columns: tuple[str, ...]
    masks: Mapping[str, Mask] = field(default_factory=dict)
    rows_per_day: int = 0
    contact: tuple[ContactQuota, ...] = ()
    return_within_days: int = 7
    delete_within_days: int = 7
    breach_within_hours: int = 48
    notice_days: int = 14
    appeal_days: int = 0
    also_returns: Mapping[str, int] = field(default_factory=dict)
    approval: bool = False
    royalty_percent: int = 0
    credit: bool = False

    def draft(
        self,
        *,
        id: str,
        owner: str,
        recipient: str,
        state: str,
        start: datetime,
        until: datetime,
        timestamp: datetime,
        rows: Mapping[str, tuple[str, ...]] | None = None,
        published: Iterable[str] | None = None,
    ) -> Terms:
        """Terms from this template, which compile as they stand.

        Purposes that the law of `state` refuses are left out, and columns that the state does not publish
        (`published`, qualified; None keeps all).
        """
        packs = packs_for(state)
        refused = {
            name
            for pack in packs
            for rule in pack.rules
            if rule.does == "refuse_purpose"
            for name in rule.value
        }
        kept = set(COLUMNS if published is None else published)
        columns = tuple(sorted(name for name in self.columns if name in kept))
        return Terms(
            id=id,
            owner=owner,
            recipient=recipient,
            purposes=tuple(sorted(set(self.purposes) - refused)),
            modes=tuple(sorted(self.modes)),
            columns=columns,
            masks={name: mask for name, mask in self.masks.items() if name in columns},
            rows=rows or {},
            start=start,
            until=until,
            timestamp=timestamp,
            rows_per_day=self.rows_per_day,
            approval=self.approval,
            contact=self.contact,
            law_packs=tuple(sorted(pack.id for pack in packs)),
            returns=answers_within(self.return_within_days) | dict(self.also_returns),
            delete_within_days=self.delete_within_days,
            breach_within_hours=self.breach_within_hours,
            notice_days=self.notice_days,
            appeal_days=self.appeal_days,
            royalty_percent=self.royalty_percent,
            credit=self.credit,
            governing_law=state,
        )


TEMPLATES: Mapping[str, Template] = {
    "national-committee": Template(
        title="State party to a national committee",
        purposes=("fundraising", "gotv", "list-building", "persuasion", "volunteer"),
        modes=("contact", "count", "export", "view"),
        columns=_LISTED,
        rows_per_day=1_000_000,
        contact=(ContactQuota(3, "household", 30),),
        also_returns={"addresses": 30, "bounces": 30},
        appeal_days=7,
        credit=True,
    ),
    "to-state": Template(
        title="National committee to a state party",
        purposes=("gotv", "list-building", "persuasion", "volunteer"),
        modes=("contact", "count", "export", "view"),
        columns=_LISTED,
        rows_per_day=1_000_000,
        contact=(ContactQuota(3, "household", 30),),
        also_returns={"bounces": 30},
    ),
    "campaign": Template(
        title="State party to a candidate's campaign, until election day",
        purposes=("gotv", "persuasion", "volunteer"),
        modes=("contact", "count", "view"),
        columns=_LISTED,
        masks={"voters.birth_year": "decade"},
        contact=(ContactQuota(3, "household", 14),),
        return_within_days=1,
        delete_within_days=3,
        notice_days=3,
    ),
    "vendor": Template(
        title="A vendor's licence, each export approved",
        purposes=("gotv", "persuasion"),
        modes=("contact", "count", "export"),
        columns=_LISTED,
        masks={"voters.birth_year": "decade"},
        rows_per_day=100_000,
        approval=True,
        contact=(ContactQuota(1, "household", 7),),
        also_returns={"addresses": 7, "bounces": 7},
        royalty_percent=10,
        credit=True,
        delete_within_days=3,
        breach_within_hours=24,
        appeal_days=7,
    ),
    "research": Template(
        title="Research with counts only",
        purposes=("research",),
        modes=("count",),
        columns=_COUNTED,
        masks={"voters.birth_year": "decade"},
    ),
    "hygiene": Template(
        title="List hygiene: counts and suppressions",
        purposes=("hygiene",),
        modes=("count", "view"),
        columns=_CLEANED,
        # shown to nobody; by the year alone, hardly anybody who moved to another state is found
        masks={"voters.birth_date": "plain"},
    ),
}
"""Templates by key. A campaign's `until` is the day after the election (`law.next_election`)."""
