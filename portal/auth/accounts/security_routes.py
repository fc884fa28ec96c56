"""How somebody signs in: passkeys, a password, an authenticator app, recovery codes, devices.

Every change asks for a fresh proof, is told by mail, and ends the account's other sessions.
"""

import base64
from dataclasses import replace
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import abort, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.accounts import credentials
from portal.auth.accounts.blueprint import accounts
from portal.auth.accounts.devices import this_visitor
from portal.auth.accounts.forms import AccountCodeForm, NewPasswordForm, PasskeyForm
from portal.auth.accounts.frame import Page, act, frame, note_shown, offer_as_json, site, to
from portal.auth.accounts.passkeys import (
    PasskeyRefusedError,
    known_credentials,
    offer_to_make,
)
from portal.auth.accounts.passwords import WITH_SECOND_FACTOR_MIN
from portal.auth.accounts.principal import doorkeeper
from portal.auth.accounts.qr_codes import qr_picture
from portal.auth.accounts.steps import take_challenge
from portal.auth.accounts.views import AppPage, CodesPage, DevicesPage, SecurityPage
from portal.auth.current import require_signed_in
from portal.auth.keys import PASSWORD_LENGTH_MIN, PasswordRefusedError, derive_key
from portal.auth.one_time_codes import setup_address
from portal.auth.policies import Policy, fresh_only, policy
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.sessions import end_sessions_of, session_began_at, sessions_of

_SAVED = {"password", "passkey", "app"}
_APP_KEY_BYTES = 20


@accounts.get("/account/security")
@policy(Policy.SIGNED_IN)
def security() -> Page:
    """Every way to sign in, and what can be done about it."""
    saved = request.args.get("saved", "")
    return _security_page(NewPasswordForm(formdata=None), saved=saved if saved in _SAVED else "")


@accounts.post("/account/password")
@policy(Policy.SIGNED_IN)
@fresh_only
def set_password() -> Page:
    """A first password, or another one."""
    account, form = require_signed_in(), NewPasswordForm()
    if form.validate():
        try:
            credentials.set_password(
                portal().database,
                account.ref,
                form.password.data or "",
                who=account.principal,
                act=act(),
            )
        except PasswordRefusedError as error:
            form.refuse(error)
        else:
            _end_others()
            return to("security", saved="password")
    return _security_page(form)


@accounts.post("/account/passkeys/offer")
@policy(Policy.SIGNED_IN)
def offer_passkey() -> Response:
    """What the browser makes a passkey of; one that has one already makes no second."""
    account = require_signed_in()
    with portal().database.transaction(doorkeeper(account.ref.practice_id)) as session:
        known = known_credentials(session, account.ref.account_id)
    offer = offer_to_make(
        site(),
        account_id=account.ref.account_id,
        email=account.email,
        practice_name=frame().practice.name,
        known=known,
    )
    return offer_as_json(offer, account_id=account.ref.account_id)


@accounts.post("/account/passkeys")
@policy(Policy.SIGNED_IN)
@fresh_only
def add_passkey() -> Page:
    """One more."""
    account, here = require_signed_in(), portal()
    challenge, _ = take_challenge(now=here.clock())
    try:
        credentials.add_passkey(
            here.database,
            account.ref,
            PasskeyForm().passkey.data or "{}",
            site=site(),
            challenge=challenge,
            device=this_visitor().device,
            who=account.principal,
            act=act(),
        )
    except PasskeyRefusedError:
        form = NewPasswordForm(formdata=None)
        return _security_page(form, gettext("That did not work. Please try again."))
    _end_others()
    return to("security", saved="passkey")


@accounts.post("/account/passkeys/<uuid:passkey_id>/remove")
@policy(Policy.SIGNED_IN)
@fresh_only
def remove_passkey(passkey_id: UUID) -> Page:
    """One less; never the last way in."""
    account = require_signed_in()
    try:
        is_removed = credentials.remove_passkey(
            portal().database, account.ref, passkey_id, who=account.principal, act=act()
        )
    except credentials.LastWayInError:
        form = NewPasswordForm(formdata=None)
        return _security_page(form, gettext("Set a password first. Else you could not sign in."))
    if not is_removed:
        abort(404)
    _end_others()
    return to("security", saved="passkey")


@accounts.route("/account/app", methods=["GET", "POST"])
@policy(Policy.SIGNED_IN)
@fresh_only
def app() -> Page:
    """The key for an authenticator app, and its first code; then the recovery codes, this once.

    Not where one is on: whoever turns it off has given its code, or a passkey, to be fresh.
    """
    account, form = require_signed_in(), AccountCodeForm()
    ways = credentials.ways_in(portal().database, account.ref)
    if ways.has_app:
        return to("security")
    key = _key_of_app(ways.version)
    if form.validate_on_submit():
        codes = credentials.turn_app_on(
            portal().database,
            account.ref,
            secret=key,
            code=form.code.data or "",
            who=account.principal,
            act=act(),
        )
        if codes is not None:
            _end_others()
            return _codes_page(codes)
        form.code.errors = [gettext("That code does not fit. Enter the one the app shows now")]
    shown_frame = frame()
    address = setup_address(key, name=account.email, issuer=shown_frame.practice.name)
    page = AppPage(*shown_frame, key=key, picture=qr_picture(address))
    shown = render_template("accounts/app.html", page=page, form=form, errors=error_summary(form))
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK


@accounts.post("/account/app/off")
@policy(Policy.SIGNED_IN)
@fresh_only
def app_off() -> Page:
    """No codes any more."""
    account = require_signed_in()
    try:
        credentials.turn_app_off(portal().database, account.ref, who=account.principal, act=act())
    except credentials.LastWayInError:
        form = NewPasswordForm(formdata=None)
        return _security_page(form, gettext("Your password is short. Set a longer one first."))
    _end_others()
    return to("security", saved="app")


@accounts.post("/account/recovery-codes")
@policy(Policy.SIGNED_IN)
@fresh_only
def recovery_codes() -> Page:
    """Ten new ones, shown this once."""
    account = require_signed_in()
    codes = credentials.make_recovery_codes(
        portal().database, account.ref, who=account.principal, act=act()
    )
    _end_others()
    return _codes_page(codes)


@accounts.get("/account/devices")
@policy(Policy.SIGNED_IN)
def devices() -> Page:
    """Where the account is signed in now."""
    account, here = require_signed_in(), portal()
    note_shown(account.principal, "account_devices")
    shown = frame()
    zone = ZoneInfo(shown.practice.time_zone)
    live = [
        replace(
            one,
            began_at=one.began_at.astimezone(zone),
            last_seen_at=one.last_seen_at.astimezone(zone),
        )
        for one in sessions_of(here.database, account.ref.account_id, now=here.clock())
    ]
    return render_template("accounts/devices.html", page=DevicesPage(*shown, sessions=live))


@accounts.post("/account/devices/end")
@policy(Policy.SIGNED_IN)
@fresh_only
def end_devices() -> Page:
    """One of them, or all but this one."""
    account, here = require_signed_in(), portal()
    only = request.form.get("session", type=UUID)
    if only is None and request.form.get("session"):
        abort(404)
    if end_sessions_of(here.database, account.ref.account_id, now=here.clock(), only=only):
        credentials.tell_sessions_ended(
            here.database, account.ref, who=account.principal, act=act()
        )
    return to("devices")


def _end_others() -> None:
    here = portal()
    end_sessions_of(here.database, require_signed_in().ref.account_id, now=here.clock())


def _key_of_app(version: int) -> str:
    """Made again with each request: a key that nobody confirmed is kept nowhere.

    One for each session, until what signs in changes.
    """
    account_id = require_signed_in().ref.account_id
    purpose = f"account-app-key.v1 {account_id} {version} {session_began_at()}"
    key = derive_key(portal().settings.secret_key, purpose)
    return base64.b32encode(key[:_APP_KEY_BYTES]).decode()


def _codes_page(codes: tuple[str, ...]) -> str:
    page = CodesPage(*frame(), codes=codes, next_address=url_for("accounts.security"))
    return render_template("accounts/codes.html", page=page)


def _security_page(form: NewPasswordForm, *problems: str, saved: str = "") -> Page:
    account = require_signed_in()
    ways = credentials.ways_in(portal().database, account.ref)
    note_shown(account.principal, "account")
    page = SecurityPage(
        *frame(),
        ways=ways,
        can_have_passkeys=site().can_have_passkeys,
        least_password=WITH_SECOND_FACTOR_MIN if ways.has_app else PASSWORD_LENGTH_MIN,
        saved=saved,
    )
    shown = render_template(
        "accounts/security.html", page=page, form=form, errors=error_summary(form, *problems)
    )
    is_refused = bool(problems or form.errors)
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
