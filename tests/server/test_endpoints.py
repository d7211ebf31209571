"""Every address of the site, and what each of five people gets there.

Alice owns Ohio, Bob is an analyst of National with which Ohio shares, Charlie owns a campaign without an
agreement, Violet is a viewer of Ohio, and nobody is not signed in. An address that is not in the table fails.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone
from world import BACKEND, MACHINE, PASSPHRASE, World, agree, wishes
from world import address as email

from commonroll.roll.engine import engine
from commonroll.server.actions import (
    admissions,
    agreement_events,
    agreements,
    custom_fields,
    federation,
    list_folders,
    lists,
    loads,
    newcomers,
    proposals,
    questions,
    scripts,
    stops,
    universes,
    vocabulary,
)
from commonroll.server.models import Agreement, ListImport, Load, Recall, Role, SavedUniverse

pytestmark = pytest.mark.django_db

PEOPLE = ("nobody", "alice", "bob", "charlie", "violet")
OHIOS_OWN = ("QUAGGAHORSE", "OKAPIDEER", "DODOPIGEON")
"""Stand in the names of Ohio's file, its list and its invitation."""
PHONES_SHELL = ("phone", "phone_worker", "phone_order", "phone_manifest")
"""The same bytes for everybody, kept on the phone by its worker."""

SHARED, NATIONALS = "TAPIRANTA", "LYNXCAT"
"""Stand in the text of an agreement between Ohio and National, and in a question of National's alone."""


@dataclass(frozen=True)
class Page:
    """An address that is read: the status for each person, and the query that it is asked with."""

    nobody: int
    alice: int
    bob: int
    charlie: int
    violet: int
    query: str = ""


@dataclass(frozen=True)
class Act:
    """An address that takes forms alone: what Charlie and Violet get who send one with these fields."""

    charlie: int
    violet: int
    form: Mapping[str, str] = field(default_factory=dict)


def signed_in(query: str = "") -> Page:
    """A page for whoever is signed in, each with their own things on it."""
    return Page(302, 200, 200, 200, 200, query)


def open_to_all(status: int = 200) -> Page:
    return Page(status, status, status, status, status)


A_PAIR = {"member_l": "oh", "record_l": "OH1", "member_r": "oh", "record_r": "OH2"}
"""A pair of Ohio's, as a form names it."""

TABLE: dict[str, Page | Act] = {
    # accounts
    "account_login": Page(200, 302, 302, 302, 302),
    "account_logout": Page(302, 200, 200, 200, 200),
    "account_signup": Page(200, 302, 302, 302, 302),
    "account_inactive": open_to_all(),
    "account_email": open_to_all(404),
    "account_email_verification_sent": open_to_all(),
    "account_confirm_email": open_to_all(),
    "account_confirm_login_code": open_to_all(302),
    "account_reauthenticate": signed_in(),
    "account_change_password": signed_in(),
    "account_set_password": open_to_all(302),
    "account_reset_password": open_to_all(),
    "account_reset_password_done": open_to_all(),
    "account_reset_password_from_key": open_to_all(),
    "account_reset_password_from_key_done": open_to_all(),
    "mfa_index": signed_in(),
    "mfa_list_webauthn": signed_in(),
    "mfa_authenticate": open_to_all(302),
    "mfa_login_webauthn": open_to_all(302),
    "mfa_reauthenticate": open_to_all(302),
    "mfa_reauthenticate_webauthn": open_to_all(302),
    "mfa_activate_totp": open_to_all(302),
    "mfa_add_webauthn": open_to_all(302),
    "mfa_edit_webauthn": open_to_all(302),
    "mfa_remove_webauthn": open_to_all(302),
    "mfa_generate_recovery_codes": open_to_all(302),
    "mfa_view_recovery_codes": Page(302, 404, 404, 404, 404),
    "mfa_download_recovery_codes": Page(302, 404, 404, 404, 404),
    "mfa_deactivate_totp": Page(302, 404, 404, 404, 404),
    # the federation and its people
    "federation": signed_in(),
    "find": Act(200, 200, {"q": "a"}),
    "invitation": open_to_all(404),
    "invitation_opened": open_to_all(404),
    "invite": Act(302, 403, {"email": "new@example.org", "role": "viewer"}),
    "set_role": Act(404, 403, {"role": "owner"}),
    "leave": Page(302, 200, 403, 200, 403),
    "leave_key": Act(200, 403),
    "leave_start": Act(400, 403, {"sure": "1", "passphrase": "only for tests"}),
    "leave_progress": Page(302, 200, 403, 200, 403),
    "leave_package": Page(302, 404, 403, 404, 403),
    "leave_remove": Act(400, 403, {"member": "oh", "passphrase": "only for tests"}),
    "acting": Act(404, 302, {"member": "oh"}),
    "purpose": Act(302, 302, {"purpose": "research"}),
    # the roll
    "roll": signed_in(),
    "diff": Page(302, 400, 400, 400, 400),
    "churn": signed_in(),
    "churn_file": Page(302, 200, 400, 400, 200),
    "snapshots": signed_in("?newest=2"),
    "snapshots_remove": Act(400, 403, {"newest": "1"}),
    "voter": Page(302, 200, 403, 200, 403),
    "voter_look": Act(400, 403, {"voter": "OH0000000001"}),
    "matches": Page(302, 200, 403, 200, 403),
    "match_look": Act(400, 403, {"at": "1"}),
    "match_judge": Act(400, 403, {**A_PAIR, "judgement": "same"}),
    "match_undo": Act(400, 403),
    "list_match_look": Act(400, 403, {"at": "1"}),
    "list_match_judge": Act(400, 403, {**A_PAIR, "member_l": "list:x", "judgement": "same"}),
    "list_match_undo": Act(400, 403),
    "persons": signed_in(),
    "persons_link": Act(400, 403),
    "persons_progress": Page(302, 200, 200, 200, 200),
    "person_look": Act(400, 403, {"voter": "OH0000000001"}),
    "person_report": Act(400, 403, {**A_PAIR, "sure": "1"}),
    "person_unreport": Act(400, 403, {"event": "x"}),
    "accuracy": signed_in(),
    "load": Page(302, 200, 404, 404, 200),
    "load_progress": Page(302, 200, 404, 404, 200),
    "refused": Page(302, 200, 403, 404, 403, "?reason=x"),
    "addresses": signed_in(),
    "addresses_progress": Page(302, 200, 200, 200, 200),
    "addresses_make": Act(400, 403),
    "addresses_points": Act(400, 403),
    "streets": signed_in(),
    "streets_progress": signed_in(),
    "streets_load": Act(400, 403),
    "streets_put_away": Act(404, 403),
    "upload": Act(400, 403),
    "imports": Page(302, 200, 403, 200, 403),
    "import_bring": Act(400, 403),
    "import": Page(302, 200, 403, 404, 403),
    "import_progress": Page(302, 200, 403, 404, 403),
    "import_go_on": Act(404, 403, {"step": "keep"}),
    "import_drop": Act(404, 403),
    "import_undo": Act(400, 403, {"reason": "a wrong list"}),
    "import_restore": Act(400, 403),
    "import_rows": Act(400, 403),
    "layouts": Page(302, 200, 403, 400, 403),
    "layout_fit": Page(302, 400, 403, 404, 403),
    "layout_check": Act(404, 403),
    "layout_save": Act(404, 403),
    "layout_remove": Act(400, 403, {"key": "oh/2018-04.registration"}),
    "protect": Act(400, 403),
    "redact": Act(400, 403),
    "redact_progress": Page(302, 200, 403, 200, 403),
    "statement": Act(400, 403),
    "load_accept": Act(404, 403),
    "load_refuse": Act(404, 403),
    "load_overrule": Act(404, 403, {"reason": "the county merged with another"}),
    "load_report": Page(302, 200, 404, 404, 200),
    "load_report_json": Page(302, 200, 404, 404, 200),
    "refused_file": Page(302, 302, 403, 404, 403),
    "load_mend": Act(404, 403),
    "reused": Page(302, 200, 403, 404, 403),
    # agreements
    "agreements": signed_in(),
    "sharing": signed_in(),
    "agreement_reach": Page(302, 200, 404, 404, 200),
    "matrix": Page(302, 200, 200, 404, 200, "?owner=oh&recipient=national&purpose=gotv"),
    "agreement": Page(302, 200, 200, 404, 200),
    "agreement_document": Page(302, 200, 200, 404, 200),
    "agreement_draft": Page(302, 200, 403, 200, 403),
    "agreement_preview": Act(400, 403, {"owner": "oh", "recipient": "national"}),
    "agreement_make": Act(400, 403, {"owner": "oh", "recipient": "national"}),
    "agreement_sign": Act(404, 403, {"passphrase": "only for tests"}),
    "agreement_line": Act(404, 403, {"line": "x"}),
    "agreement_withdraw": Act(404, 403),
    "agreement_revoke": Act(404, 403, {"cause": "law", "passphrase": "only for tests"}),
    "agreement_offer": Act(404, 403),
    "agreement_suspend": Act(404, 403, {"cause": "law", "passphrase": "only for tests"}),
    "groups": signed_in(),
    "group_draft": Act(404, 403, {"group": "friends", "like": "1"}),
    "group_sign": Act(404, 403, {"group": "friends", "agreement": "1"}),
    "law": signed_in(),
    "law_make": Act(400, 403, {"rule": "OH-9", "until": "2027-01-01"}),
    "law_end": Act(404, 403, {"override": "1"}),
    "programs": Page(302, 200, 403, 200, 403),
    "programs_change": Act(400, 403, {"what": "none"}),
    "signing_keys": signed_in(),
    "signing_keys_change": Act(400, 403, {"what": "withdraw"}),
    "proposals": signed_in(),
    "proposal_make": Page(302, 200, 403, 200, 403),
    "proposal_preview": Act(200, 403),
    "proposal_put": Act(400, 403),
    "proposal": Page(302, 200, 200, 404, 200),
    "proposal_comment": Act(404, 403, {"text": "we say nothing"}),
    "proposal_answer": Act(404, 403, {"answer": "decline"}),
    "proposal_withdraw": Act(404, 403),
    "admissions": signed_in(),
    "admission_publish": Act(400, 403, {"title": "QUAGGAHORSE"}),
    "admission": signed_in(),
    "admission_apply": Act(404, 403, {"race": "house-99"}),
    "application": Page(302, 200, 404, 404, 200),
    "application_decide": Act(404, 403, {"word": "yes", "reason": "All of it is there."}),
    "application_appeal": Act(404, 403, {"reason": "All of it is there."}),
    "newcomer": Page(302, 200, 404, 404, 200),
    "newcomer_decide": Act(404, 403, {"word": "yes", "reason": "All of it is there."}),
    "newcomer_hear": Act(404, 403, {"word": "yes", "reason": "All of it is there."}),
    "newcomer_reopen": Act(404, 403, {"reason": "It was the wrong one."}),
    "centre": Page(302, 404, 404, 404, 404),
    "doctor": Page(302, 404, 404, 404, 404),
    "doctor_progress": Page(302, 404, 404, 404, 404),
    "doctor_examine": Act(404, 404, {"what": "mend"}),
    "centre_questions": Page(302, 404, 404, 404, 404),
    "centre_question_name": Act(404, 404, {"code": "senate", "title": "Senate", "kind": "support"}),
    "centre_newcomer": Page(302, 404, 404, 404, 404),
    "centre_decide": Act(404, 404, {"word": "yes", "reason": "All of it is there."}),
    "centre_reopen": Act(404, 404, {"reason": "It was the wrong one."}),
    "centre_admit": Act(404, 404, {"member": "rivera"}),
    "door": open_to_all(),
    "door_member": open_to_all(404),
    "door_owner": open_to_all(),
    "door_status": open_to_all(),
    "door_enter": open_to_all(302),
    "stop_form": open_to_all(),
    "phone": open_to_all(),
    "phone_worker": open_to_all(),
    "phone_order": open_to_all(),
    "phone_manifest": open_to_all(),
    "stops": signed_in(),
    "stop_add": Act(302, 403, {"kind": "phone", "value": "614 555 0142"}),
    "stop_bring": Act(400, 403),
    "stop_decide": Act(404, 403),
    "stop_look": Act(200, 403, {"kind": "phone", "value": "614 555 0142"}),
    "stop_undo": Act(404, 403, {"reason": "so"}),
    "application_hear": Act(404, 403, {"word": "yes", "reason": "All of it is there."}),
    # questions
    "universe": signed_in("?where=status+%3D+'active'&down=state"),
    "universe_live": Act(200, 200, {"where": "status = 'active'"}),
    "universe_counts": Act(400, 200, {"down": "status"}),
    "universe_chart": Act(400, 200, {"down": "status"}),
    "universe_save": Act(302, 302, {"name": "mine", "where": "status = 'active'"}),
    "universe_forget": Act(404, 302),
    "rows": Page(302, 200, 200, 200, 403, "?where=member+%3D+'oh'&columns=state_voter_id"),
    # lists; what Charlie has none of is not there for him
    "search": Page(302, 200, 200, 200, 403),
    "person": Page(302, 404, 404, 404, 403),
    "field": signed_in(),
    "field_file": signed_in(),
    "events": signed_in(),
    "event_make": Act(400, 403, {"name": "mine", "day": "2026-12-01"}),
    "event": Page(302, 404, 404, 404, 404),
    **{f"event_{act}": Act(404, 403) for act in ("remove", "sign_up", "change")},
    "event_back": Act(302, 403),
    "calls": signed_in(),
    "call_make": Act(400, 403, {"name": "mine"}),
    "call_list": Page(302, 404, 404, 404, 404),
    **{
        f"call_{act}": Act(404, 403)
        for act in ("put_away", "line", "record", "undo", "leave", "sheet", "file")
    },
    "field_waiting": Page(302, 200, 200, 200, 403),
    "field_bring": Act(400, 403),
    "building_note": Act(404, 403, {"reason": "about a person"}),
    "buildings": Page(302, 404, 404, 404, 403),
    "field_decide": Act(404, 403, {"reason": "asked", "counts": "yes"}),
    "field_decision_undo": Act(404, 403),
    "field_word": Act(404, 403, {"so": "yes"}),
    "field_claim": Act(404, 403, {"what": "accept"}),
    "field_flags": Page(302, 200, 200, 200, 403),
    "field_flag_settle": Act(404, 403, {"word": "asked"}),
    "field_flag_reopen": Act(302, 403),
    "ballots": signed_in(),
    "ballots_load": Act(400, 403),
    "ballots_file": Page(302, 400, 400, 400, 400),  # no ballots are loaded
    "scripts": signed_in(),
    "script_make": Act(302, 403, {"name": "mine"}),
    "script": Page(302, 200, 404, 404, 200),
    "script_save": Act(404, 403),
    "script_do": Act(404, 403, {"do": "publish"}),
    "script_version": Page(302, 200, 404, 404, 200),
    "script_version_do": Act(404, 403, {"do": "approve"}),
    "script_file": Page(302, 200, 404, 404, 200),
    "vocabulary": signed_in(),
    "vocabulary_one": signed_in(),
    "vocabulary_mean": Act(302, 403),
    "vocabulary_results": Act(200, 200),
    "vocabulary_words": Act(302, 403),
    "turf": signed_in("?where=status+%3D+'active'"),
    "turf_make": Act(400, 403, {"name": "mine", "size": "50"}),  # nobody's door is known
    "turf_cut": Page(302, 404, 404, 404, 404),
    "turf_put_away": Act(404, 403),
    "turf_back": Act(404, 403),
    "turf_doors": Page(302, 404, 404, 404, 404),
    "turf_place": Act(404, 403),
    "turf_unplace": Act(404, 403),
    "turf_live": Page(302, 404, 404, 404, 404),
    "turf_one": Page(302, 404, 404, 404, 404),
    "turf_blocks": Act(404, 403),
    "turf_divide": Act(404, 403),
    "turf_join": Act(404, 403),
    "turf_lock": Act(404, 403),
    "turf_undo": Act(404, 403),
    "turf_again": Act(404, 403),
    "turf_paper_make": Act(404, 403),
    "turf_paper": Page(302, 404, 404, 404, 404),
    "turf_paper_enter": Act(404, 403),
    "turf_paper_undo": Act(404, 403),
    "turf_paper_print": Act(404, 403),
    "turf_paper_close": Act(404, 403),
    "turf_out": Page(302, 404, 404, 404, 404),
    "turf_give": Act(404, 403),
    "turf_out_act": Act(404, 403),
    "lists": signed_in(),
    "own_people": signed_in(),
    "own_field_make": Act(302, 403, {"name": "Shirt", "group": "Helping", "type": "T"}),
    "own_field": Act(404, 403, {"what": "remove"}),
    "list": Page(302, 404, 200, 404, 404),
    "list_combine": Act(404, 403),
    "list_back": Act(404, 404, {"kind": "list", "pk": "1"}),
    "list_folder": Act(302, 302, {"name": "mine"}),
    "list_folder_delete": Act(404, 404),
    "list_export": Act(404, 403),
    "list_sample": Act(404, 403),
    "list_split": Act(404, 403),
    "list_fill": Act(404, 403),
    "list_rebuild": Act(404, 403),
    "list_change": Act(404, 404),
    "list_delete": Act(404, 404),
    "extracts": signed_in(),
    "extract": Page(302, 404, 200, 404, 403),
    "extract_progress": Page(302, 404, 200, 404, 403),
    "extract_download": Page(302, 404, 200, 404, 403),
    "extract_receipts": Page(302, 404, 200, 404, 403),
    "mailings": signed_in("?where=member+%3D+'oh'"),
    "mailing_make": Act(400, 403, {"kind": "mail", "where": "member = 'oh'"}),  # acts for research
    "mail_returned": Act(400, 403),
    "mail_undo": Act(404, 403),
    "approvals": signed_in(),
    "share_profiles": Page(302, 200, 403, 200, 403),
    "share_profile_make": Act(404, 403, {"agreement": "1"}),
    "share_profile_revoke": Act(404, 403),
    "delta": open_to_all(401),
    "approval_say": Act(404, 403, {"word": "yes"}),
    "extract_finish": Act(404, 403),
    "extract_received": Act(404, 403, {"passphrase": "only for tests"}),
    "extract_make": Act(302, 403, {"columns": "last_name", "format": "csv"}),
    "ledger": signed_in(),
    "account_file": signed_in(),
    "came_home": signed_in(),
    "came_home_script": Page(302, 404, 404, 404, 403),
    "came_home_keep_out": Act(404, 403),
    "came_home_let_in": Act(404, 403),
    "payments": Page(302, 404, 404, 404, 404),
    "payment_state": Act(404, 403, {"what": "price", "amount": "1.00", "on": "2026-01-01"}),
    "payment_back": Act(404, 403, {"statement": "sha256:none"}),
    "bring_answers": Act(400, 403),
    "recalls": signed_in(),
    "recall": Page(302, 200, 200, 404, 200),
    "recall_sign": Act(404, 403, {"sure": "1", "passphrase": "only for tests"}),
    "hygiene": signed_in(),
    "hygiene_match": Act(404, 403, {"other": "oh"}),
    "hygiene_apply": Act(404, 403, {"other": "wa", "kinds": "later", "channels": "mail", "sure": "1"}),
    "hygiene_undo": Act(400, 403, {"sure": "1"}),
    # programs: a key opens these, nobody's cookie does
    "api_openapi": open_to_all(),
    "van": open_to_all(401),
    "api_match": open_to_all(401),
    "api_match_one": open_to_all(401),
    "api_match_rows": open_to_all(401),
    "api_unknown": open_to_all(404),
    "api_columns": open_to_all(401),
    "api_count": open_to_all(405),
    "api_vocabulary": open_to_all(401),
    "api_results": open_to_all(405),
    "api_people": open_to_all(405),
    "api_extracts": open_to_all(401),
    "api_extract": open_to_all(401),
    "api_extract_file": open_to_all(401),
    "api_extract_receipts": open_to_all(401),
    "api_extract_received": open_to_all(401),
    "api_stop": open_to_all(405),
    "api_field_flags": open_to_all(401),
    "api_field_reply": open_to_all(405),
    "api_field_claim": open_to_all(405),
    "api_field_events": open_to_all(401),
    "api_field_bundle": open_to_all(405),
    "api_field_return": open_to_all(405),
    "api_field_wiped": open_to_all(405),
    # the log
    "diary": signed_in(),
    "diary_csv": signed_in(),
    "traces": Page(302, 200, 403, 200, 403),
    "traces_progress": Page(302, 200, 403, 200, 403),
    "traces_begin": Act(400, 403),
    "traces_report": Page(302, 404, 403, 404, 403),
    "marks": Page(302, 200, 403, 200, 403),
    "marks_make": Act(400, 403, {"number": "0"}),
    "marks_burn": Act(400, 403, {"key": "2026", "again": "2025"}),
    "marks_heard": Act(400, 403, {"contacted": "614 555 0100", "on": "2026-01-01"}),
    "marks_reach": Act(400, 403, {"lines": "nothing of the kind"}),
    "alarms": signed_in(),
    "alarms_settle": Act(404, 403, {"alarm": "1", "note": "as it should be"}),
    "alarms_change": Act(400, 403, {"mail": "nobody"}),
    "witnesses": signed_in(),
    "witnesses_change": Act(400, 403, {"what": "add"}),
    "witnesses_policy": signed_in(),
    "diary_verify": Act(200, 200),
    "diary_receipt": Page(302, 200, 404, 404, 200),
    "log_file": Page(404, 200, 404, 404, 200),
}


@pytest.fixture
def things(world: World) -> dict[str, Any]:
    """Ohio's and National's own things, by the words that stand for them in addresses."""
    ohio, national = world.member("oh"), world.member("national")
    load = Load.objects.filter(member=ohio).earliest("created_at")
    load.files, load.state = ["QUAGGAHORSE.txt"], Load.State.HELD
    load.save()
    listed = ListImport.objects.create(
        member=ohio, file="QUAGGAHORSE.csv", state=ListImport.State.HELD, kind="donors", source="a gala",
        licence="own", basis="consent", dated_on="2026-01-05",
    )  # fmt: skip
    extract = questions.export(
        home=world.home, viewer=national, purpose="gotv", where="member = 'oh' AND last_name <> 'LYNXCAT'",
        columns=("state_voter_id",), format="csv", by=MACHINE,
    )  # fmt: skip
    saved = [
        universes.save(member=member, name=name, purpose="gotv", where=where, by=MACHINE)
        for member, name, where in (
            (ohio, "OKAPIDEER list", "last_name = 'OKAPIDEER'"),
            (national, "LYNXCAT list", "last_name = 'LYNXCAT'"),
        )
    ]  # fmt: skip
    nationals = lists.make(
        home=world.home, member=national, name="LYNXCAT", purpose="gotv", where="member = 'oh'", by=MACHINE
    )
    folder = list_folders.make(member=national, name="LYNXCAT", by=MACHINE)
    text = agreements.draft(
        owner=ohio, recipient=national, by=MACHINE,
        wishes=wishes(purposes=["research"], rows={"precinct": ["TAPIRANTA 1"]}),
    )  # fmt: skip
    put = proposals.propose(
        author=national, recipient=national, owners=[ohio], by=MACHINE,
        wishes=wishes(purposes=["hygiene"], modes=["count"], columns=["district"]),
        deadline=timezone.now() + timedelta(days=9),
    )  # fmt: skip
    taken = agree("oh", "national", purposes=["volunteer"])
    questions.export(
        home=world.home, viewer=national, purpose="volunteer", where="member = 'oh'", columns=("last_name",),
        format="csv", by=MACHINE,
    )  # fmt: skip
    agreement_events.revoke(
        home=world.home, agreement=taken, member=ohio, cause="law", passphrase=PASSPHRASE, by=MACHINE
    )
    recall = Recall.objects.get()
    published = admissions.publish(
        home=world.home, owner=ohio, passphrase=PASSPHRASE, by=MACHINE,
        chosen={
            "title": "Candidates", "template": "campaign", "races": {"house-12": {}}, "questions": ["Who?"],
            "papers": [], "priceCents": "0", "payDays": "1", "start": "2026-01-01T00:00:00Z",
            "until": f"{timezone.now() + timedelta(days=90):%Y-%m-%dT00:00:00Z}", "decideDays": "9",
            "appealDays": "9",
        },
    )  # fmt: skip
    club = federation.add_member(
        home=world.home, key="club", name="A club", kind="group", state="", passphrase=PASSPHRASE, by=MACHINE
    )
    applied = admissions.apply(
        owner=ohio, applicant=club, race="house-12", answers=["QUAGGAHORSE"], papers={}, by=MACHINE
    )
    form = newcomers.Said("group", "QUAGGAHORSE", "QUAGGAHORSE", ["QUAGGAHORSE"], {})
    asking, _ = newcomers.ask(said=form, criteria=published, race="house-12", place=None)
    heard = stops.hear(
        home=world.home, asked=[stops.read("email", "quaggahorse@example.org")], source="door", heard_by=ohio,
        by=MACHINE, file="QUAGGAHORSE.csv",
    )  # fmt: skip
    vocabulary.name(code="governor", title="Governor", kind="support", by=MACHINE)
    for kind in "TN":
        custom_fields.define(of=ohio, group="QUAGGAHORSE", name=f"OKAPIDEER {kind}", type=kind, by=MACHINE)
    said = scripts.make(member=ohio, name="QUAGGAHORSE", by=MACHINE)
    scripts.publish(script=said, by=MACHINE)
    federation.invite(to=ohio, email="dodopigeon@example.org", role="viewer", by=MACHINE)
    return {
        "load": load.pk, "extract": extract.pk, "universe": saved[0].pk, "number": text.number, "log": "oh",
        "index": 0, "file": "checkpoint", "user": world.user("violet").pk, "secret": "made-up", "pk": 1,
        "key": "made-up", "uidb36": "1", "rest": "made-up", "listed": listed.pk,
        "serial": put.pk, "recall": recall.pk, "criteria": published.pk, "application": applied.pk,
        "asking": asking.pk, "act": heard.act,
        "saved": nationals.pk, "person": 2147483000, "folder": folder.pk, "profile": "made-up",
        "sheet": uuid.uuid4(), "trace": uuid.uuid4(), "what": "back", "script": said.pk, "n": 1,
        "code": "governor", "field": 2,
    }  # fmt: skip


def names(patterns: Iterable[URLPattern | URLResolver]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        else:
            yield pattern.name or str(pattern.pattern)


def site() -> set[str]:
    """The name of every address; one without a name shows as its pattern."""
    return set(names(get_resolver().url_patterns))


def address(name: str, things: dict[str, Any]) -> str:
    (_, words), *_ = get_resolver().reverse_dict.getlist(name)[0][0]
    query = getattr(TABLE[name], "query", "")
    return reverse(name, kwargs={word: things[word] for word in words}) + query


def pages() -> dict[str, Page]:
    return {name: row for name, row in TABLE.items() if isinstance(row, Page)}


def acts() -> dict[str, Act]:
    return {name: row for name, row in TABLE.items() if isinstance(row, Act)}


@dataclass(frozen=True)
class Answer:
    """What came back: its status, its headers and, in capitals, its text."""

    status: int
    headers: Mapping[str, str]
    text: str


def answer(response: HttpResponse) -> Answer:
    content = b"".join(response) if response.streaming else response.content
    return Answer(response.status_code, dict(response.headers), content.decode(errors="replace").upper())


_opened: dict[str, dict[str, Answer]] = {}
_sent: dict[str, dict[str, Answer]] = {}
Answers = Callable[[str], dict[str, Answer]]


@pytest.fixture
def opened(request: pytest.FixtureRequest) -> Answers:
    """Every address, and one that leads nowhere, as a person gets it who follows a link. Asked for once a
    session, as the world is the same in every test: only whoever asks first has `things` made."""

    def answers(person: str) -> dict[str, Answer]:
        if person not in _opened:
            world, things = request.getfixturevalue("world"), request.getfixturevalue("things")
            client = world.client(None if person == "nobody" else person)
            paths = {name: address(name, things) for name in (*pages(), *acts())} | {"nowhere": "/nowhere"}
            _opened[person] = {name: answer(client.get(path)) for name, path in paths.items()}
        return dict(_opened[person])

    return answers


def sent(world: World, things: dict[str, Any], person: str) -> dict[str, Answer]:
    """What a person gets who sends each form."""
    client = world.client(person)
    _sent[person] = {
        name: answer(client.post(address(name, things), dict(act.form)))  # type: ignore[arg-type]
        for name, act in acts().items()
    }
    return _sent[person]


def test_every_address_stands_in_the_table() -> None:
    assert site() == set(TABLE)


@pytest.mark.parametrize("person", PEOPLE)
def test_each_page_as_each_person(opened: Answers, person: str) -> None:
    answers = opened(person)
    expected = {name: getattr(row, person) for name, row in pages().items()}
    assert {name: answers[name].status for name in pages()} == expected


@pytest.mark.parametrize("person", PEOPLE)
def test_an_act_is_no_link(opened: Answers, person: str) -> None:
    answers = opened(person)
    assert {name for name in acts() if answers[name].status != 405} == set()


def test_nobody_acts_without_signing_in(nobody: Client, things: dict[str, Any]) -> None:
    for name, act in acts().items():
        answer = nobody.post(address(name, things), dict(act.form))
        assert answer.status_code == 302 and answer["Location"].startswith("/accounts/login/"), name


def test_a_form_of_another_site_does_nothing(world: World, things: dict[str, Any]) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(world.user("alice"), backend=BACKEND)
    found = {
        name: strict.post(address(name, things), dict(act.form)).status_code for name, act in acts().items()
    }
    assert found == dict.fromkeys(acts(), 403)


def ohios(world: World, things: dict[str, Any]) -> tuple[object, ...]:
    """What of Ohio's and National's an act could change."""
    text = Agreement.objects.get(number=things["number"])
    return (
        Load.objects.get(pk=things["load"]).state,
        Load.objects.filter(member__key="oh").count(),
        (text.state, text.signatures.count(), text.events.count()),
        list(Role.objects.filter(member__key__in=("oh", "national")).values_list("user", "member", "name")),
        loads.vault(world.home, world.member("oh")).suppressed().num_rows,
        Agreement.objects.filter(owner__key="oh").count(),
    )


@pytest.mark.parametrize("person", ["charlie", "violet"])
def test_each_act_as_charlie_and_violet(world: World, things: dict[str, Any], person: str) -> None:
    before = ohios(world, things)
    found = {name: said.status for name, said in sent(world, things, person).items()}
    assert found == {name: getattr(act, person) for name, act in acts().items()}
    assert ohios(world, things) == before
    if person == "charlie":
        assert SavedUniverse.objects.filter(pk=things["universe"]).exists()


# What is on the pages


def voters_of_ohio(world: World) -> set[str]:
    """The ids of Ohio's voters."""
    held = loads.vault(world.home, world.member("oh"))
    snapshot = held.current()
    assert snapshot is not None
    with engine() as cursor:
        rows = cursor.execute(
            "SELECT state_voter_id FROM read_parquet(?)", [list(held.files(snapshot, "voters"))]
        ).fetchall()
    return {str(row[0]) for row in rows}


def test_charlie_sees_nothing_of_ohios_or_nationals(
    world: World, opened: Answers, request: pytest.FixtureRequest
) -> None:
    secret = {*OHIOS_OWN, SHARED, NATIONALS, *(email(p).upper() for p in ("alice", "violet", "bob"))}
    secret |= voters_of_ohio(world)
    said = _sent.get("charlie") or sent(world, request.getfixturevalue("things"), "charlie")
    answers = opened("charlie") | {f"{name} (sent)": found for name, found in said.items()}
    for name, page in answers.items():
        assert not [word for word in secret if word in page.text], name


def test_bob_sees_what_is_shared_and_nothing_of_ohios_own(world: World, opened: Answers) -> None:
    text = " ".join(page.text for page in opened("bob").values())
    assert SHARED in text and NATIONALS in text
    assert any(voter in text for voter in voters_of_ohio(world)), "rows can be seen where they are shared"
    assert not [word for word in OHIOS_OWN if word in text]


@pytest.mark.parametrize("person", ["alice", "violet"])
def test_ohio_sees_its_own_and_not_what_national_asked(opened: Answers, person: str) -> None:
    text = " ".join(page.text for page in opened(person).values())
    assert all(word in text for word in (*OHIOS_OWN, SHARED))
    assert NATIONALS not in text


@pytest.mark.parametrize("person", PEOPLE)
def test_every_answer_is_guarded(opened: Answers, person: str) -> None:
    for name, page in opened(person).items():
        policy = page.headers["Content-Security-Policy"]
        if name in PHONES_SHELL:
            assert "default-src 'self'" in policy and "script-src" not in policy, name
            assert page.headers["Cache-Control"] == "no-cache", name
        else:
            assert "default-src 'none'" in policy and "script-src 'self';" in f"{policy};", name
        assert "unsafe" not in policy and "*" not in policy and "http:" not in policy, name
        assert "frame-ancestors 'none'" in policy and page.headers["X-Frame-Options"] == "DENY", name
        assert page.headers["X-Content-Type-Options"] == "nosniff", name
        assert page.headers["Referrer-Policy"] in ("same-origin", "no-referrer"), name
        kept = page.headers["Cache-Control"]
        known = name in PHONES_SHELL or (name == "log_file" and page.status == 200)
        assert "no-store" in kept or known, name
        assert "<SCRIPT>" not in page.text and " STYLE=" not in page.text, name
