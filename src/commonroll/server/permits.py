"""The reader of agreements for views: what is in force now, from the database, at every question."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc
from django.utils import timezone

from commonroll.agreements.compile import in_force
from commonroll.agreements.denial import Denial, denials
from commonroll.agreements.events import TERMINAL
from commonroll.agreements.grant import Grant
from commonroll.agreements.law import LawPack, next_election
from commonroll.agreements.words import day
from commonroll.errors import Refusal
from commonroll.flow import Permitted
from commonroll.roll.schema import EVENT_TABLES
from commonroll.roll.vault.suppression import SCHEMA
from commonroll.roll.vault.vault import OwnerTables, Vault
from commonroll.server import budgets, decoying, members, stops, turns
from commonroll.server.coded import coded
from commonroll.server.handed import handed_to
from commonroll.server.home import Home
from commonroll.server.marking import marked
from commonroll.server.meaning import RECIPIENT_KIND, events_of, grant_of, law_over, signatures_stand
from commonroll.server.models import Agreement, LogHead, Member
from commonroll.server.overriding import Overrides
from commonroll.server.register import Register
from commonroll.views.access import needs
from commonroll.views.agreed import BIRTH, MATCHED, Side
from commonroll.views.agreed import PURPOSE as HYGIENE
from commonroll.views.codes import TABLE
from commonroll.views.marked import UNMARKED, Marked
from commonroll.views.protection import channels
from commonroll.views.pseudonyms import agreement_key, epoch_of, recipient_key
from commonroll.views.question import check
from commonroll.views.view import Owned, Plan, Question, UsedOwner

HANDS_OUT = ("contact", "export")
"""Modes of questions whose rows are there to be contacted."""


class DatabasePermits:
    """`flow.Permits` over the signed agreements of this home; `only` leaves all other owners out.

    `grants`: the viewer's for the question's purpose, where the caller read them at the question's own time;
    then what `tables` read of an owner stands too, for the questions of one request.
    """

    def __init__(
        self,
        home: Home,
        only: Collection[str] | None = None,
        *,
        budgets: bool = True,
        grants: Mapping[str, Grant] | None = None,
    ) -> None:
        self.home = home
        self.only = only
        self.grants = grants
        self.budgets = budgets
        self._stand: dict[str, OwnerTables] = {}
        self.spent: dict[str, int] = {}
        """Owner -> voters whom a contact budget keeps out of the last question's cut."""

    def permitted(self, question: Question, now: datetime) -> Permitted:
        viewer = members.of_key(question.viewer)
        grants = self.grants if self.grants is not None else grants_in_force(viewer, question.purpose, now)
        known_all = self.only is not None and {viewer.key, *grants}.issuperset(self.only)
        over = {} if known_all else grants_that_ended(viewer, question.purpose, now)
        overrides = Overrides.all()
        stated = members.stated()
        asked = check(question, now)
        fields = {*asked.shown, *asked.where_fields, *asked.by}
        columns = {source for need in needs(asked) for source in need.sources}
        reaching = question.mode in HANDS_OUT and question.purpose != budgets.ADS
        opened = channels(asked) if reaching else frozenset()
        self.spent = {}
        listed, pinned = question.listed, question.pinned
        columns.update(source for _, chosen in (listed.read if listed else ()) for source in chosen)
        handed = handed_to(viewer, question.where.lists if question.where else frozenset())
        columns.update(source for one in handed for source in one.read)
        versions = dict(pinned.snapshots) if pinned else {}
        # whoever was under 18 then was in no list of that day
        day = min(pinned.day, now.date()) if pinned else now.date()
        owned: list[Owned] = []
        denied: dict[str, list[Denial]] = {}
        owners = [one for one in members.with_rolls() if self.only is None or one.key in self.only]
        stops.bring(self.home, (owner.key for owner in owners if owner.key not in self._stand))
        for owner in owners:
            if (listed and owner.key not in listed.owners) or (pinned and owner.key not in versions):
                continue
            stand = None if pinned else self._stand.get(owner.key)
            tables = stand or self._tables(
                owner, statement=owner.key in stated, version=versions.get(owner.key)
            )
            grant = grants.get(owner.key)
            past, why = (None, "") if grant else over.get(owner.key, (None, ""))
            if grant is not None and self.budgets:
                tables = self._within_budget(tables, owner, viewer, grant, opened, now)
            copy = marked(self.home, owner.key, viewer.key, fields) if grant else UNMARKED
            if grant and decoying.in_view(question):
                law = law_over(owner, viewer, grant, overrides, now)
                tables, copy = self._with_decoys(tables, copy, viewer.key, law)
            owned.append(Owned(tables, grant or past, _election(owner.state, day), why, copy))
            if owner != viewer:
                denied[owner.key] = denials(
                    grant,
                    law_over(owner, viewer, grant, overrides, now),
                    question.purpose,
                    question.mode,
                    columns,
                    recipient_kind=RECIPIENT_KIND[viewer.kind],
                    cause=question.cause,
                )
            elif question.cause and (said := _law_on_own(owner, question, overrides, now)):
                denied[owner.key] = said
        return Permitted(
            owned=tuple(owned),
            denied=denied,
            names=members.names(),
            mine=self._tables(viewer, statement=True),
            pseudonyms={
                owner: agreement_key(self.home.reference_secret(), grant.agreement)
                for owner, grant in grants.items()
            },
            person_key=recipient_key(self.home.reference_secret(), viewer.key, epoch_of(now.date())),
            codes=coded() if question.where and question.where.reads(TABLE) else (),
            told=members.told_to(viewer),
            handed=handed,
        )

    def between(self, one: Member, other: Member, now: datetime) -> tuple[Side, Side]:
        """Two owners, each as the other may read it for list hygiene now."""
        return self._side(one, other, now), self._side(other, one, now)

    def _side(self, owner: Member, viewer: Member, now: datetime) -> Side:
        grant = grants_in_force(viewer, HYGIENE, now).get(owner.key)
        standing, why = (
            (grant, "") if grant else grants_that_ended(viewer, HYGIENE, now).get(owner.key, (None, ""))
        )
        stops.bring(self.home, [owner.key])
        tables = self._tables(owner, statement=owner.key in members.stated())
        said = denials(
            grant,
            law_over(owner, viewer, grant, Overrides.of(owner), now),
            HYGIENE,
            "view",
            (*MATCHED, *BIRTH),
            recipient_kind=RECIPIENT_KIND[viewer.kind],
        )
        return Side(Owned(tables, standing, _election(owner.state, now.date()), why), said, viewer.key)

    def own(self, member: Member, now: datetime) -> Owned:
        """A member's own rows, as it reads them itself."""
        stops.bring(self.home, [member.key])
        return Owned(self._tables(member, statement=True), None, _election(member.state, now.date()))

    def tables(self, owner: Member) -> OwnerTables:
        """The owner's tables as a question reads them; every stop is in its vault before."""
        stops.bring(self.home, (owner.key,))
        found = self._tables(owner, statement=owner.key in members.stated())
        if self.grants is not None:
            self._stand[owner.key] = found
        return found

    @contextmanager
    def reading(self, plan: Plan) -> Iterator[None]:
        """Lease the snapshots that the plan reads, so that no vacuum takes their files away."""
        with ExitStack() as leases:
            for used in plan.used.values():
                vault = Vault(self.home.vaults, used.owner)
                leases.enter_context(vault.lease(vault.snapshot(used.snapshot)))
            yield

    def still(self, plan: Plan, now: datetime) -> None:
        """Raise Refusal if an agreement that the plan uses has ended since it was made."""
        grants = grants_in_force(members.of_key(plan.question.viewer), plan.question.purpose, now)
        for used in plan.used.values():
            if used.agreement and not _covers(grants.get(used.owner), used, plan.question):
                raise Refusal(
                    f"agreement {used.number} ended while the rows were read; nothing leaves",
                    next_step="ask again, without that owner's rows",
                )

    def _with_decoys(
        self, tables: OwnerTables, copy: Marked, viewer: str, law: Sequence[LawPack]
    ) -> tuple[OwnerTables, Marked]:
        """With the decoys of the viewer's copy, where the law lets them stand."""
        if not tables.files.get("voters") or decoying.refused(law):
            return tables, copy
        found, key = decoying.of_copy(self.home.vaults, tables, viewer)
        if key is None:
            return tables, copy
        known = tuple(sorted({*copy.commitments, key.commitment}))
        return replace(tables, files=decoying.joined(tables.files, found)), replace(
            copy, decoys=found, commitments=known
        )

    def _within_budget(
        self, tables: OwnerTables, owner: Member, viewer: Member, grant: Grant, opened: frozenset[str],
        now: datetime,
    ) -> OwnerTables:  # fmt: skip
        """Without the households for which a quota of the grant leaves no contact on an opened channel."""
        gone = budgets.spent(self.home, owner, viewer, grant, opened, now) if opened else None
        if gone is None or not gone.num_rows:
            return tables
        self.spent[owner.key] = pc.count_distinct(gone["state_voter_id"]).as_py()
        return replace(tables, suppressed=pa.concat_tables([tables.suppressed, gone]))

    def _tables(self, owner: Member, *, statement: bool, version: int | None = None) -> OwnerTables:
        """The owner's tables, of a version of its roll or today's; one without a roll has no files, and the
        view says so."""
        vault = Vault(self.home.vaults, owner.key)
        if vault.current() is not None:
            at = None if version is None else vault.snapshot(version)
            return vault.owner_tables(at, statement=statement)
        return OwnerTables(
            member=owner.key,
            state=owner.state,
            snapshot=0,
            files={name: vault.event_files(name) for name in EVENT_TABLES},
            published=frozenset(),
            protected="unstated",
            statement=statement,
            suppressed=SCHEMA.empty_table(),
        )


def _law_on_own(owner: Member, question: Question, overrides: Overrides, now: datetime) -> list[Denial]:
    """The law on what leaves for mail and ads holds for an owner's own rows too."""
    law = law_over(owner, owner, None, overrides, now)
    said = denials(None, law, question.purpose, question.mode, (), cause=question.cause)
    return [denial for denial in said if denial.reason == "law forbids"]


def _covers(grant: Grant | None, used: UsedOwner, question: Question) -> bool:
    """Whether the text is the one that was read under, and the law leaves of it what was read."""
    if grant is None or grant.terms_hash != used.terms_hash:
        return False
    if question.cause and question.cause not in grant.purposes:
        return False
    return question.mode in grant.modes and set(used.columns) <= grant.columns.keys()


def grants_in_force(viewer: Member, purpose: str, now: datetime) -> dict[str, Grant]:
    """The viewer's grants for a purpose by owner: signed by keys in use, inside their days, not ended."""
    signed = turns.kept(("signed", viewer.pk), lambda: _signed(viewer))
    register, floors, overrides = Register.today(), floors_of_logs(), Overrides.all()
    found: dict[str, Grant] = {}
    for agreement in (one for one in signed if one.until > now):
        grant = in_force_grant(agreement, now, register=register, floors=floors, overrides=overrides)
        if grant is not None and purpose in grant.purposes:
            found[grant.owner] = grant
    return found


def _signed(viewer: Member) -> tuple[Agreement, ...]:
    """All that was signed for a recipient and not ended, with signatures and events."""
    found = Agreement.objects.filter(recipient=viewer, state=Agreement.State.FINAL)
    return tuple(found.select_related("owner", "recipient").prefetch_related("signatures", "events"))


def grants_that_ended(viewer: Member, purpose: str, now: datetime) -> dict[str, tuple[Grant, str]]:
    """The viewer's newest signed agreement for a purpose by owner, where it is over, and what ended it."""
    signed = (
        Agreement.objects.filter(recipient=viewer, finalized_at__isnull=False)
        .select_related("owner", "recipient")
        .prefetch_related("events")
        .order_by("number")
    )
    found: dict[str, tuple[Grant, str]] = {}
    for agreement in signed:
        over = why_over(agreement, now)
        grant = _meaning(agreement) if over else None
        if grant is not None and purpose in grant.purposes:
            found[grant.owner] = (grant, over)
    return found


def why_over(agreement: Agreement, now: datetime) -> str:
    """What ended or holds up a signed agreement, in words; empty where nothing does."""
    events = [event for event in agreement.events.all() if event.effective <= now]
    ends = [(e.effective, VERBS[e.event]) for e in events if e.event in TERMINAL]
    if agreement.until <= now:
        ends.append((agreement.until, VERBS["Expired"]))
    if ends:
        at, verb = min(ends)
        return f"{verb} on {day(at)}"
    said = [event for event in events if event.event in ("Suspended", "Resumed")]
    if said and said[-1].event == "Suspended":
        return f"was suspended on {day(said[-1].effective)}"
    suspended = [m.suspended_at for m in (agreement.owner, agreement.recipient) if m.suspended_at]
    return f"rests since a party was suspended on {day(min(suspended))}" if suspended else ""


VERBS = {"Revoked": "was revoked", "Amended": "was replaced", "Expired": "ran out"}


def _meaning(agreement: Agreement) -> Grant | None:
    try:
        return grant_of(agreement)
    except Refusal:
        return None


def in_force_grant(
    agreement: Agreement,
    now: datetime | None = None,
    *,
    register: Register | None = None,
    floors: Mapping[str, datetime] | None = None,
    overrides: Overrides | None = None,
) -> Grant | None:
    """The grant of one agreement if it is in force; None where signatures, dates, events or law say no.

    A clock that was set back reopens nothing: the last time in the owner's log is the least that it is now.
    While the federation suspends a party nothing is in force with it.
    """
    suspended = bool(agreement.owner.suspended_at or agreement.recipient.suspended_at)
    keys = register or Register.today()
    floor = (floors_of_logs() if floors is None else floors).get(agreement.owner.key)
    moment = max(now or timezone.now(), floor) if floor else now or timezone.now()
    try:
        grant = grant_of(agreement, moment, overrides)
        events = events_of(agreement, keys)
    except Refusal:
        return None
    stand = signatures_stand(agreement, moment, keys)
    counts = in_force(grant, stand, events, moment, floor=floor, suspended=suspended)
    return grant if counts else None


def floors_of_logs() -> dict[str, datetime]:
    """The last time in each log."""
    return dict(LogHead.objects.values_list("log", "last_at"))


@lru_cache(maxsize=256)
def _election(state: str, on: date) -> date:
    return next_election(state, on)
