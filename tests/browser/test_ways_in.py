"""Ways in: a passkey, a code from a phone, an invitation."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time

import pytest
from desk import Desk, MakeDesk
from invented_site import PASSWORD, address
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

PERIOD = 30
AUTHENTICATOR = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def code_of(secret: str, now: float) -> str:
    """The six digits that an authenticator app shows (RFC 6238, SHA-1)."""
    counter = struct.pack(">Q", int(now) // PERIOD)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    at = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[at : at + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def test_the_codes_are_those_of_the_standard() -> None:
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert code_of(secret, 59) == "287082"
    assert code_of(secret, 1_111_111_109) == "081804"


def acts_for(desk: Desk, member: str) -> None:
    expect(desk.page.get_by_role("button", name=f"You act for {member}")).to_be_visible()


def open_codes_and_passkeys(desk: Desk) -> None:
    desk.page.get_by_role("button", name="Your account").click()
    desk.page.get_by_role("link", name="Codes and passkeys").click()
    expect(desk.page).to_have_url(re.compile("/accounts/2fa/"))


def confirm(desk: Desk) -> None:
    """Before the ways in are changed, the password is asked for once more."""
    expect(desk.page).to_have_url(re.compile("/accounts/reauthenticate/"))
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.press("Confirm")


def test_a_passkey_signs_in_without_a_password(desk: Desk) -> None:
    devtools = desk.context.new_cdp_session(desk.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    desk.sign_in("petra")
    acts_for(desk, "Ohio")
    open_codes_and_passkeys(desk)
    desk.page.locator("main a[href*=webauthn]").first.click()
    confirm(desk)
    desk.page.get_by_label("Name").fill("Petra's phone")
    desk.page.get_by_label("Passwordless").check()
    desk.press("Add")
    desk.sees("10 out of 10 recovery codes")
    desk.sign_out()
    desk.press("Sign in with a passkey")
    acts_for(desk, "Ohio")


def test_a_code_is_asked_for_after_the_password(desk: Desk) -> None:
    desk.sign_in("tom")
    acts_for(desk, "Ohio")
    open_codes_and_passkeys(desk)
    desk.follow("Activate")
    confirm(desk)
    secret = desk.page.get_by_label("Authenticator secret").input_value()
    desk.page.get_by_label("Authenticator code").fill(code_of(secret, time.time()))
    desk.press("Activate")
    desk.sees("10 out of 10 recovery codes")
    desk.sign_out()
    desk.sign_in("tom")
    expect(desk.page).to_have_url(re.compile("/accounts/2fa/authenticate/"))
    desk.open("/roll/")
    expect(desk.page).to_have_url(re.compile("/accounts/2fa/authenticate/"))
    wrong = f"{(int(code_of(secret, time.time())) + 1) % 1_000_000:06}"
    for code in (wrong, ""):
        # the next code, since one that was used is good for nothing more
        desk.page.get_by_label("Code", exact=True).fill(code or code_of(secret, time.time() + 30))
        desk.page.get_by_role("button", name=re.compile("^Sign in$", re.IGNORECASE)).click()
        desk.sees("Incorrect code" if code else "Test federation")
    acts_for(desk, "Ohio")


def invite(desk: Desk, person: str) -> str:
    """The link that the owner is shown once."""
    desk.press("Invite a person")
    sheet = desk.page.get_by_role("dialog")
    sheet.get_by_label("E-mail").fill(address(person))
    sheet.get_by_role("button", name="Make the invitation").click()
    link = desk.page.locator(".note .mono").inner_text()
    desk.page.reload()
    assert link not in desk.page.content()
    return link


def test_an_invitation_opens_an_account_once(make_desk: MakeDesk) -> None:
    alice, ines = make_desk(), make_desk()
    alice.sign_in("alice")
    link = invite(alice, "ines")
    ines.open(link)
    ines.sees("Ohio invites you")
    assert ines.path == "/invitation", "the secret stays in the address"
    ines.page.get_by_label("Choose a password").fill("password1234")
    ines.press("Accept and go in")
    expect(ines.page.get_by_role("alert")).to_contain_text("too common")
    ines.page.get_by_label("Choose a password").fill(PASSWORD)
    ines.press("Accept and go in")
    acts_for(ines, "Ohio")
    ines.sign_out()
    ines.open(link)
    expect(ines.page.get_by_role("alert")).to_be_visible()
    expect(ines.page.get_by_label("Choose a password")).to_have_count(0)
    ines.sign_in("ines")
    acts_for(ines, "Ohio")
