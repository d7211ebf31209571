"""The operational tables. Bulk rows of voters are never here: they live in the vaults."""

from __future__ import annotations

from commonroll.server.models.admissions import Application, ApplicationStep, Criteria
from commonroll.server.models.agreements import (
    Agreement,
    AgreementEvent,
    Negotiation,
    NegotiationStep,
    Signature,
    Statement,
    ended,
)
from commonroll.server.models.alarms import Alarm, AlarmSetting
from commonroll.server.models.answers import AnswerBatch
from commonroll.server.models.calls import CallList, CallPerson, CallRecord
from commonroll.server.models.came_home import CameHome
from commonroll.server.models.canvassing import (
    ActivistCode,
    CanvassResponse,
    ContactNote,
    Marked,
    NumberBlock,
    SurveyAnswer,
    SurveyQuestion,
)
from commonroll.server.models.contact_lists import ContactList, ContactListed
from commonroll.server.models.contacts import Code, Coded, Contact, ContactKey, ContactVoter
from commonroll.server.models.custom_fields import CustomField, CustomFieldGroup, CustomValue
from commonroll.server.models.disputes import DisputeRule
from commonroll.server.models.door_words import DoorClaim, DoorWord, FieldDecision
from commonroll.server.models.events import Event, EventShift, Location, Signup
from commonroll.server.models.federation import Federation, Member, MemberKey
from commonroll.server.models.file_jobs import FileJob, JobCall, Score, ScoreUpdate
from commonroll.server.models.groups import MemberGroup
from commonroll.server.models.imports import ListImport
from commonroll.server.models.journal import ROWS_LEFT, USES, Denied, Journal, LiveCount, LogHead, Tally
from commonroll.server.models.keys import ApiKey, KeyUse, MatchBatch
from commonroll.server.models.law import LawOverride
from commonroll.server.models.leaving import Leaving
from commonroll.server.models.lists import ListFolder, ListStep, SavedList
from commonroll.server.models.newcomers import Asking, AskingStep, Knock, Newcomer, Officer, Standard
from commonroll.server.models.onward import OnwardStatement
from commonroll.server.models.payments import Payment
from commonroll.server.models.people import Invitation, Role, User
from commonroll.server.models.proposals import Addressee, Comment, Proposal, Told
from commonroll.server.models.recalls import Lent, Recall
from commonroll.server.models.review import Linking, ReviewBatch
from commonroll.server.models.scripts import Script, ScriptVersion
from commonroll.server.models.shares import Cut, CutPart, ShareProfile, ShareVersion
from commonroll.server.models.stops import Stop
from commonroll.server.models.turf import Turf, TurfCut
from commonroll.server.models.turns import Turn
from commonroll.server.models.vocabulary import StandardQuestion, VocabularyMap
from commonroll.server.models.walks import FieldEvent, FieldFlag, FlagWord, HandOut, TurfHousehold, TurfPerson
from commonroll.server.models.webhooks import Webhook
from commonroll.server.models.witnesses import Cosigned, Watched, Witness
from commonroll.server.models.work import Extract, Load, SavedUniverse

__all__ = [
    "ROWS_LEFT",
    "USES",
    "ActivistCode",
    "Addressee",
    "Agreement",
    "AgreementEvent",
    "Alarm",
    "AlarmSetting",
    "AnswerBatch",
    "ApiKey",
    "Application",
    "ApplicationStep",
    "Asking",
    "AskingStep",
    "CallList",
    "CallPerson",
    "CallRecord",
    "CameHome",
    "CanvassResponse",
    "Code",
    "Coded",
    "Comment",
    "Contact",
    "ContactKey",
    "ContactList",
    "ContactListed",
    "ContactNote",
    "ContactVoter",
    "Cosigned",
    "Criteria",
    "CustomField",
    "CustomFieldGroup",
    "CustomValue",
    "Cut",
    "CutPart",
    "Denied",
    "DisputeRule",
    "DoorClaim",
    "DoorWord",
    "Event",
    "EventShift",
    "Extract",
    "Federation",
    "FieldDecision",
    "FieldEvent",
    "FieldFlag",
    "FileJob",
    "FlagWord",
    "HandOut",
    "Invitation",
    "JobCall",
    "Journal",
    "KeyUse",
    "Knock",
    "LawOverride",
    "Leaving",
    "Lent",
    "Linking",
    "ListFolder",
    "ListImport",
    "ListStep",
    "LiveCount",
    "Load",
    "Location",
    "LogHead",
    "Marked",
    "MatchBatch",
    "Member",
    "MemberGroup",
    "MemberKey",
    "Negotiation",
    "NegotiationStep",
    "Newcomer",
    "NumberBlock",
    "Officer",
    "OnwardStatement",
    "Payment",
    "Proposal",
    "Recall",
    "ReviewBatch",
    "Role",
    "SavedList",
    "SavedUniverse",
    "Score",
    "ScoreUpdate",
    "Script",
    "ScriptVersion",
    "ShareProfile",
    "ShareVersion",
    "Signature",
    "Signup",
    "Standard",
    "StandardQuestion",
    "Statement",
    "Stop",
    "SurveyAnswer",
    "SurveyQuestion",
    "Tally",
    "Told",
    "Turf",
    "TurfCut",
    "TurfHousehold",
    "TurfPerson",
    "Turn",
    "User",
    "VocabularyMap",
    "Watched",
    "Webhook",
    "Witness",
    "ended",
]
