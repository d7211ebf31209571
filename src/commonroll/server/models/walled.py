"""Whose rows are whose, for PostgreSQL's row security: every table of ours is in one of the two lists.

A further wall behind the checks of the application, never instead of them (decision 74). `policies` makes
it; `wall` says who is asking. A new model needs a line here.
"""

from __future__ import annotations

from dataclasses import dataclass

MEMBER = "commonroll.member"
"""The setting that holds the acting member's key; missing or empty: nobody, who sees nothing."""
NODE = "commonroll.node"
"""The setting that is `on` for the node's own work."""

ME = f"(SELECT nullif(current_setting('{MEMBER}', true), ''))"
"""The acting member's key, or NULL: nothing equals it."""
MY_ID = f"(SELECT id FROM server_member WHERE key = nullif(current_setting('{MEMBER}', true), ''))"
NODE_ASKS = f"(SELECT current_setting('{NODE}', true)) = 'on'"
MY_PROPOSALS = "ANY ((SELECT commonroll_proposals())::bigint[])"
"""Ids of the proposals in which the acting member has a part (`policies`)."""


@dataclass(frozen=True)
class Rows:
    """The rows of a table that the acting member reads and writes, as conditions on its columns."""

    reads: str
    writes: str


def _rows(reads: str, writes: str | None = None) -> Rows:
    return Rows(reads, reads if writes is None else writes)


def _of(*columns: str) -> str:
    """Columns that refer to a member, one of whom acts."""
    return " OR ".join(f"{column} = {MY_ID}" for column in columns)


def _named(*columns: str) -> str:
    """Columns that hold a member's key."""
    return " OR ".join(f"{column} = {ME}" for column in columns)


def _with(column: str, table: str) -> str:
    """Rows that hang on rows of another table are seen by whoever sees those."""
    return f"{column} IN (SELECT id FROM {table})"


def _theirs(column: str, table: str) -> str:
    """Rows that hang on rows of another table which the acting member owns."""
    return f"{column} IN (SELECT id FROM {table} WHERE {_of('owner_id')})"


ANYBODY = f"{ME} <> ''"
"""Whatever member acts."""
NOBODY = "false"
"""Only the node writes."""

WALLED: dict[str, Rows] = {
    "Addressee": _rows(f"{_of('owner_id')} OR proposal_id = {MY_PROPOSALS}"),
    "Agreement": _rows(_of("owner_id", "recipient_id")),
    "AgreementEvent": _rows(_with("agreement_id", "server_agreement")),
    "ActivistCode": _rows(_of("member_id")),
    "Alarm": _rows(_of("member_id")),
    "AlarmSetting": _rows(_of("member_id")),
    "AnswerBatch": _rows(_of("member_id")),
    "ApiKey": _rows(_of("member_id")),
    # an appeal is heard by others than its parties: it is before all from then on
    "Application": _rows(
        f"{_of('applicant_id')} OR {_theirs('criteria_id', 'server_criteria')} "
        f"OR (state IN ('appealed', 'upheld', 'overturned') AND {ANYBODY})",
        f"{_of('applicant_id')} OR {_theirs('criteria_id', 'server_criteria')}",
    ),
    "ApplicationStep": _rows(_with("application_id", "server_application")),
    # newcomers have no account: their own page is the node's work; an appeal is before all, as above
    "Asking": _rows(
        f"{_theirs('criteria_id', 'server_criteria')} "
        f"OR (state IN ('appealed', 'upheld', 'overturned') AND {ANYBODY})",
        _theirs("criteria_id", "server_criteria"),
    ),
    "AskingStep": _rows(_with("asking_id", "server_asking")),
    "CallList": _rows(_of("member_id")),
    "CallPerson": _rows(_with("call_list_id", "server_calllist")),
    "CallRecord": _rows(_with("call_list_id", "server_calllist")),
    # who made it, and the owner with whom it stands
    "CameHome": _rows(_of("member_id", "owner_id")),
    "CanvassResponse": _rows(_of("member_id")),
    "Code": _rows(_of("member_id")),
    "Coded": _rows(_of("member_id")),
    "Comment": _rows(_with("proposal_id", "server_proposal")),
    "Contact": _rows(_of("member_id")),
    "ContactKey": _rows(_of("member_id")),
    "ContactList": _rows(_of("member_id")),
    "ContactListed": _rows(_with("listed_id", "server_contactlist")),
    "ContactNote": _rows(_of("member_id")),
    "ContactVoter": _rows(_with("contact_id", "server_contact")),
    "Cosigned": _rows(ANYBODY, NOBODY),
    "Criteria": _rows(ANYBODY, _of("owner_id")),
    "CustomField": _rows(_of("member_id")),
    "CustomFieldGroup": _rows(_of("member_id")),
    "CustomValue": _rows(_of("member_id")),
    "Cut": _rows(_with("version_id", "server_shareversion")),
    "CutPart": _rows(_with("cut_id", "server_cut")),
    "Denied": _rows(_named("owner", "viewer"), _named("viewer")),
    # the charter's, for all of its members
    "DisputeRule": _rows(ANYBODY, NOBODY),
    # the owner sees it from the day on which what was gathered goes home
    "DoorClaim": _rows(f"{_of('member_id')} OR ({_of('owner_id')} AND released_at IS NOT NULL)"),
    # whoever heard it at a door, and the owner of the voter
    "DoorWord": _rows(_of("member_id", "owner_id")),
    "Event": _rows(_of("member_id")),
    "EventShift": _rows(_with("event_id", "server_event")),
    # an owner whose word the rows wait for sees the export too, and says it there
    "Extract": _rows(f"{_of('viewer_id')} OR words ? {ME}"),
    "FieldDecision": _rows(_with("event_id", "server_fieldevent")),
    "FieldEvent": _rows(_of("member_id")),
    "FieldFlag": _rows(_of("member_id")),
    "FileJob": _rows(_of("member_id")),
    "FlagWord": _rows(_with("flag_id", "server_fieldflag")),
    "HandOut": _rows(_of("member_id")),
    "Invitation": _rows(_of("member_id")),
    "JobCall": _rows(_of("member_id")),
    # the federation's log is open to every member; what is sealed in it is sealed
    "Journal": _rows(f"{_named('owner', 'recipient', 'log')} OR (log = 'federation' AND {ANYBODY})", NOBODY),
    "KeyUse": _rows(_named("member"), NOBODY),
    "Knock": _rows(NOBODY),
    "LawOverride": _rows(ANYBODY, _of("owner_id")),
    "Leaving": _rows(_of("member_id")),
    "Lent": _rows(_with("agreement_id", "server_agreement")),
    "Linking": _rows(_of("member_id")),
    "ListFolder": _rows(_of("member_id")),
    "ListImport": _rows(_of("member_id")),
    "ListStep": _rows(_of("member_id")),
    "Location": _rows(_of("member_id")),
    "LiveCount": _rows(_named("owner", "viewer"), _named("viewer")),
    "Load": _rows(_of("member_id")),
    "Marked": _rows(_of("member_id")),
    "MatchBatch": _rows(_with("key_id", "server_apikey")),
    "Negotiation": _rows(_of("owner_id", "recipient_id")),
    "NegotiationStep": _rows(_with("negotiation_id", "server_negotiation")),
    "Newcomer": _rows("id IN (SELECT newcomer_id FROM server_asking)", NOBODY),
    # who takes a licence on has no part in the agreement, but in its own statement
    "OnwardStatement": _rows(
        f"{_of('member_id')} OR {_with('agreement_id', 'server_agreement')}", _of("member_id")
    ),
    "Payment": _rows(f"{_of('member_id')} OR {_with('agreement_id', 'server_agreement')}", _of("member_id")),
    "Proposal": _rows(f"{_of('author_id', 'recipient_id')} OR id = {MY_PROPOSALS}"),
    "Recall": _rows(_with("agreement_id", "server_agreement")),
    "ReviewBatch": _rows(_of("member_id")),
    "SavedList": _rows(_of("member_id")),
    "SavedUniverse": _rows(_of("member_id")),
    "Score": _rows(_of("member_id")),
    "ScoreUpdate": _rows(_with("score_id", "server_score")),
    "Script": _rows(_of("member_id")),
    "ScriptVersion": _rows(_with("script_id", "server_script")),
    "ShareProfile": _rows(_with("agreement_id", "server_agreement")),
    "ShareVersion": _rows(_with("agreement_id", "server_agreement")),
    "Signature": _rows(_with("agreement_id", "server_agreement")),
    "Signup": _rows(_of("member_id")),
    "Standard": _rows(ANYBODY, NOBODY),
    # the federation's own words, for all of its members
    "StandardQuestion": _rows(ANYBODY, NOBODY),
    # signed for all to read, as criteria and overrides of law
    "Statement": _rows(ANYBODY, _of("member_id")),
    # hashes alone; who heard one sees it, and every vault is told by the node
    "Stop": _rows(_of("heard_by_id")),
    "SurveyAnswer": _rows(_with("question_id", "server_surveyquestion")),
    "SurveyQuestion": _rows(_of("member_id")),
    # sums of the same log
    "Tally": _rows(f"{_named('log')} OR (log = 'federation' AND {ANYBODY})", NOBODY),
    "Told": _rows(_with("addressee_id", "server_addressee")),
    "Turf": _rows(_with("cut_id", "server_turfcut")),
    "TurfCut": _rows(_of("member_id")),
    "TurfHousehold": _rows(_with("turf_id", "server_turf")),
    "TurfPerson": _rows(_with("household_id", "server_turfhousehold")),
    # a member's own codes; sums over members are the node's work
    "VocabularyMap": _rows(_of("member_id")),
    # who watches whose log is before all: a member that sees no red mark is told nothing by it
    "Watched": _rows(ANYBODY, NOBODY),
    "Webhook": _rows(_of("member_id")),
    "Witness": _rows(ANYBODY, _of("member_id")),
}
"""Members' dealings and persons' data, by model."""

COMMON = frozenset(
    {
        "Federation", "LogHead", "Member", "MemberGroup", "MemberKey", "NumberBlock", "Officer", "Role",
        "Turn", "User",
    }
)  # fmt: skip
"""Who there is, named groups, public keys, blocks of numbers, times of logs, marks of change: read by all, or
before it is known who acts."""
