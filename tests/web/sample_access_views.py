"""Pages of accounts as values: doors, making one, signing in, devices, and who else may see it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from portal.auth.accounts.access import AccessKind, AccessState, ActingFor
from portal.auth.accounts.contact import Contact
from portal.auth.accounts.credentials import PasskeyRow, WaysIn
from portal.auth.accounts.forms import (
    AccountCodeForm,
    AccountSignInForm,
    EmailForm,
    InviteForm,
    NewPasswordForm,
    PhoneForm,
    ProofForm,
    ProofWithCodeForm,
    ResetForm,
)
from portal.auth.accounts.qr_codes import qr_picture
from portal.auth.accounts.views import (
    AccountPage,
    AppPage,
    BeginPage,
    ChoosePage,
    CodesPage,
    ConfirmPage,
    ContactPage,
    DevicesPage,
    DoorPage,
    InvitedPage,
    KeptPage,
    PeoplePage,
    PracticeChoice,
    SecurityPage,
)
from portal.auth.forms import BirthDateForm
from portal.web.sessions import LiveSession
from tests.web.sample_patient_views import LONG_PRACTICE, PACIFIC, RIVERBEND, STATEMENT_ID, an_id

ROUTES: Final[Mapping[str, str]] = {
    "/sign-in": "accounts.sign_in",
    "/sign-in/<slug>": "accounts.sign_in_at",
    "/sign-in/<slug>/check": "accounts.check_sign_in",
    "/sign-in/<slug>/passkey": "accounts.sign_in_with_passkey",
    "/sign-in/<slug>/passkey/offer": "accounts.offer_sign_in",
    "/sign-in/<slug>/code": "accounts.check_sign_in_code",
    "/sign-in/<slug>/forgot": "accounts.forgot",
    "/reset/<token>": "accounts.reset",
    "/account/new": "accounts.begin",
    "/account/new/code": "accounts.begin_code",
    "/account/new/ways": "accounts.begin_ways",
    "/account/new/add": "accounts.add_to_present_account",
    "/account/new/passkey": "accounts.begin_with_passkey",
    "/account/new/passkey/offer": "accounts.offer_first_passkey",
    "/account/security": "accounts.security",
    "/account/password": "accounts.set_password",
    "/account/passkeys": "accounts.add_passkey",
    "/account/passkeys/offer": "accounts.offer_passkey",
    "/account/passkeys/<uuid:passkey_id>/remove": "accounts.remove_passkey",
    "/account/app": "accounts.app",
    "/account/app/off": "accounts.app_off",
    "/account/recovery-codes": "accounts.recovery_codes",
    "/account/devices": "accounts.devices",
    "/account/devices/end": "accounts.end_devices",
    "/account/people": "accounts.people",
    "/account/people/invite": "accounts.invite_person",
    "/account/people/<uuid:access_id>/remove": "accounts.remove_person",
    "/account/choose": "accounts.choose",
    "/invited/<token>": "accounts.invited",
    "/invited/<token>/passkey": "accounts.join_with_passkey",
    "/invited/<token>/passkey/offer": "accounts.offer_passkey_to_invited",
    "/account/contact": "accounts.contact",
    "/account/contact/phone": "accounts.change_phone_number",
    "/account/contact/email": "accounts.change_email_address",
    "/account/contact/code": "accounts.check_email_address",
    "/account/confirm": "accounts.check_confirmation",
    "/account/confirm/passkey": "accounts.confirm_with_passkey",
    "/account/confirm/passkey/offer": "accounts.offer_confirmation",
    "/account/kept": "accounts.drop_kept",
}

_FRAME: Final = (RIVERBEND, STATEMENT_ID)
_LONG_ADDRESS: Final = "maximiliana.featherstonehaugh-villanueva.de.la.cruz@a-long-name.example.com"
DOOR: Final = DoorPage(RIVERBEND, "riverbend", can_have_passkeys=True)
_BEGIN: Final = BeginPage(
    *_FRAME,
    email="ana.reyes@example.com",
    has_account=False,
    can_have_passkeys=True,
    slug="riverbend",
)
_WAYS: Final = WaysIn(
    email="ana.reyes@example.com",
    has_password=True,
    has_app=True,
    codes_left=9,
    passkeys=(
        PasskeyRow(an_id(601), "Safari, iPhone", date(2026, 2, 20), date(2026, 3, 8)),
        PasskeyRow(an_id(602), "", date(2026, 3, 1), None),
    ),
    version=7,
)
_SECURITY: Final = SecurityPage(*_FRAME, ways=_WAYS, can_have_passkeys=True, least_password=8)
_BARE: Final = replace(
    _SECURITY,
    practice=LONG_PRACTICE,
    ways=WaysIn(
        _LONG_ADDRESS, has_password=False, has_app=False, codes_left=1, passkeys=(), version=1
    ),
    can_have_passkeys=False,
    least_password=15,
    saved="passkey",
)
_KEY: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
_CODES: Final = tuple(f"{number:x}" * 20 for number in range(10))
_NOW: Final = datetime(2026, 3, 9, 9, 30, tzinfo=PACIFIC)
_SESSIONS: Final = (
    LiveSession(an_id(611), "Chrome, Windows", _NOW, _NOW, is_this=True),
    LiveSession(an_id(612), "Safari, iPhone", _NOW.replace(hour=8), _NOW, is_this=False),
    LiveSession(an_id(613), "", _NOW.replace(hour=7), _NOW, is_this=False),
)


def _person(number: int, kind: AccessKind, **facts: Any) -> ActingFor:
    given: dict[str, Any] = {
        "access_id": an_id(620 + number),
        "guarantor_id": an_id(630 + number),
        "kind": kind,
        "name": "Ana Reyes",
        "state": AccessState.ACTIVE,
        "email": "luis@example.com",
        "since": _NOW,
    }
    return ActingFor(**(given | facts))


_PEOPLE: Final = (
    _person(1, AccessKind.SEE_AND_PAY),
    _person(2, AccessKind.PAY_ONLY, email=_LONG_ADDRESS, state=AccessState.INVITED),
)
_CHOICES: Final = (
    _person(3, AccessKind.HOLDER),
    _person(4, AccessKind.PAY_ONLY, name="Maximiliana Featherstonehaugh-Villanueva de la Cruz"),
)
_INVITED: Final = InvitedPage(
    practice=RIVERBEND,
    email="luis@example.com",
    kind=AccessKind.SEE_AND_PAY,
    has_account=False,
    is_signed_in_as_other=False,
    is_theirs=False,
    can_have_passkeys=True,
    slug="riverbend",
    token="a-token",
)
_CONTACT: Final = ContactPage(*_FRAME, contact=Contact("ana.reyes@example.com", "555-010-0199"))
_CONFIRM: Final = ConfirmPage(
    *_FRAME,
    by_link=False,
    has_password=True,
    has_app=False,
    has_passkey=True,
    email=_LONG_ADDRESS,
)
_WRONG: Final = {"email": "", "password": "", "code": "", "phone": "x"}

Parts = tuple[Any, ...]
"""Template, view, form, what was typed, what else the page gets."""


def _both(template: str, page: object, form: Any, **more: Any) -> tuple[Parts, Parts]:
    """As it is shown first, and after a mistake."""
    return (template, page, form, None, more), (template, page, form, _WRONG, more)


def _pages() -> dict[str, Parts]:
    pages: dict[str, Parts] = {}
    for name, page, form, more in (
        ("sign_in", DOOR, AccountSignInForm, {}),
        ("sign_in_code", DOOR, AccountCodeForm, {}),
        ("forgot", DOOR, EmailForm, {}),
        (
            "reset",
            DOOR,
            ResetForm,
            {"needs_code": True, "token": "a-token", "email": _LONG_ADDRESS},
        ),
        ("begin", _BEGIN, EmailForm, {}),
        ("begin_code", _BEGIN, AccountCodeForm, {}),
        ("begin_ways", _BEGIN, NewPasswordForm, {}),
        ("security", _SECURITY, NewPasswordForm, {}),
        ("app", AppPage(*_FRAME, key=_KEY, picture=qr_picture(_KEY)), AccountCodeForm, {}),
        ("people", PeoplePage(*_FRAME, people=_PEOPLE), InviteForm, {}),
        ("invited", _INVITED, NewPasswordForm, {}),
        ("contact", _CONTACT, EmailForm, {}),
        ("contact_code", AccountPage(*_FRAME), AccountCodeForm, {}),
        ("confirm", _CONFIRM, ProofForm, {}),
    ):
        shown, wrong = _both(f"accounts/{name}.html", page, form, **more)
        title = f"account-{name.replace('_', '-')}"
        pages[title], pages[f"{title}-wrong"] = shown, wrong
    return pages


def _plain(name: str, page: object, form: Any = None, **more: Any) -> Parts:
    return f"accounts/{name}.html", page, form, None, more


PAGES: Final[Mapping[str, Parts]] = {
    **_pages(),
    "account-practices": _plain(
        "choose_practice",
        None,
        choices=(
            PracticeChoice("riverbend", RIVERBEND.name),
            PracticeChoice("long", LONG_PRACTICE.name),
        ),
    ),
    "account-sign-in-no-passkeys": _plain(
        "sign_in", DoorPage(LONG_PRACTICE, "long", can_have_passkeys=False), AccountSignInForm
    ),
    "account-forgot-asked": _plain("forgot_asked", DOOR),
    "account-reset-without-code": _plain(
        "reset", DOOR, ResetForm, needs_code=False, token="a", email=_LONG_ADDRESS
    ),
    "account-reset-done": _plain("reset_done", DOOR),
    "account-reset-over": _plain("reset_over", None),
    "account-begin-has": _plain("begin", replace(_BEGIN, has_account=True), EmailForm),
    "account-codes": _plain("codes", CodesPage(*_FRAME, codes=_CODES, next_address="/home")),
    "account-security-bare": _plain("security", _BARE, NewPasswordForm),
    "account-devices": _plain("devices", DevicesPage(*_FRAME, sessions=_SESSIONS)),
    "account-devices-one": _plain("devices", DevicesPage(*_FRAME, sessions=_SESSIONS[:1])),
    "account-people-none": _plain("people", PeoplePage(*_FRAME, people=()), InviteForm),
    "account-choose": _plain(
        "choose", ChoosePage(*_FRAME, choices=_CHOICES, present=_CHOICES[0].access_id)
    ),
    "account-begin-add": _plain("begin_ways", replace(_BEGIN, signs_in=True), NewPasswordForm),
    "account-invited-pay-only": _plain(
        "invited",
        replace(_INVITED, kind=AccessKind.PAY_ONLY, has_account=True, can_have_passkeys=False),
        NewPasswordForm,
    ),
    "account-invited-theirs": _plain("invited", replace(_INVITED, is_theirs=True), NewPasswordForm),
    "account-invited-other": _plain(
        "invited", replace(_INVITED, is_signed_in_as_other=True), NewPasswordForm
    ),
    "account-invited-over": _plain("invited_over", None),
    "account-contact-none": _plain(
        "contact", ContactPage(*_FRAME, contact=Contact("", ""), saved="email"), EmailForm
    ),
    "account-confirm-code": _plain("confirm", replace(_CONFIRM, has_app=True), ProofWithCodeForm),
    "account-confirm-code-wrong": _both(
        "accounts/confirm.html", replace(_CONFIRM, has_app=True), ProofWithCodeForm
    )[1],
    "account-confirm-by-link": _plain(
        "confirm",
        ConfirmPage(*_FRAME, by_link=True, has_password=False, has_app=False, has_passkey=False),
        BirthDateForm,
    ),
    "account-kept": _plain(
        "kept", KeptPage(*_FRAME, path="/account/contact/phone", fields=(("phone", "555"),))
    ),
    "account-not-theirs": (
        "auth/not_the_account.html",
        None,
        None,
        None,
        {"statement_id": STATEMENT_ID, "is_let_in": True, "is_copy": False},
    ),
    "account-no-copies": (
        "auth/not_the_account.html",
        None,
        None,
        None,
        {"statement_id": STATEMENT_ID, "is_let_in": True, "is_copy": True},
    ),
    "signed-out-kept": (
        "auth/signed_out.html",
        None,
        None,
        None,
        {"timed_out": True, "kept": True},
    ),
}


def beside(template: str) -> dict[str, object]:
    """The second form of a page that has two."""
    if template != "accounts/contact.html":
        return {}
    return {"phone_form": PhoneForm(formdata=None, meta={"csrf": False})}
