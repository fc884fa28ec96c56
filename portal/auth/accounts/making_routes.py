"""From a link to an account, one thing a page: an address, its code, a passkey or a password."""

from http import HTTPStatus
from uuid import UUID

from flask import abort, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.accounts.blueprint import accounts
from portal.auth.accounts.devices import this_visitor
from portal.auth.accounts.forms import (
    AccountCodeForm,
    EmailForm,
    NewPasswordForm,
    PasskeyForm,
)
from portal.auth.accounts.frame import (
    Page,
    act,
    frame,
    let_in,
    note_shown,
    offer_as_json,
    site,
    slug_of,
    to,
)
from portal.auth.accounts.making import (
    AccountExistsError,
    Chosen,
    TooManyCodesError,
    add_to_account,
    address_on_record,
    check_mailed_code,
    has_account,
    mail_code,
    make_account,
    passed_address,
    signs_in,
)
from portal.auth.accounts.passkeys import PasskeyRefusedError, offer_to_make
from portal.auth.accounts.steps import (
    await_email_code,
    awaited_check,
    forget_check,
    take_challenge,
)
from portal.auth.accounts.views import BeginPage
from portal.auth.current import current_account, require_account
from portal.auth.keys import PasswordRefusedError
from portal.auth.policies import Policy, policy
from portal.db import new_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language


@accounts.route("/account/new", methods=["GET", "POST"])
@policy(Policy.ACCOUNT)
def begin() -> Page:
    """The address on record to begin with; a code goes there."""
    principal, here = require_account(), portal()
    if current_account() is not None:
        return to("security")
    form = EmailForm(data={"email": address_on_record(here.database, principal)})
    note_shown(principal, "contact")
    if form.validate_on_submit() and not has_account(here.database, principal):
        try:
            check_id = mail_code(
                here.database,
                principal,
                form.email.data or "",
                language=current_language(),
                act=act(),
            )
        except TooManyCodesError:
            form.email.errors = [gettext("We sent several codes there. Wait an hour")]
        else:
            await_email_code(check_id)
            return to("begin_code")
    return _shown("accounts/begin.html", form)


@accounts.route("/account/new/code", methods=["GET", "POST"])
@policy(Policy.ACCOUNT)
def begin_code() -> Page:
    """Who reads at that address."""
    principal, form, check_id = require_account(), AccountCodeForm(), awaited_check()
    if check_id is None:
        return to("begin")
    if form.validate_on_submit():
        code = form.code.data or ""
        if check_mailed_code(portal().database, principal, check_id, code, act=act()):
            return to("begin_ways")
        form.code.errors = [
            gettext("That is not the code. Look for the newest mail, or ask for a new code")
        ]
    return _shown("accounts/begin_code.html", form)


@accounts.route("/account/new/ways", methods=["GET", "POST"])
@policy(Policy.ACCOUNT)
def begin_ways() -> Page:
    """A password; the account is made, and its owner is signed in.

    Or the bills go to the account that the address signs in already.
    """
    if _passed() is None or has_account(portal().database, require_account()):
        return to("begin")
    form = NewPasswordForm()
    if form.validate_on_submit():
        try:
            return _make(Chosen(password=form.password.data or ""))
        except PasswordRefusedError as error:
            form.refuse(error)
    return _shown("accounts/begin_ways.html", form)


@accounts.post("/account/new/add")
@policy(Policy.ACCOUNT)
def add_to_present_account() -> Page:
    """The address signs in already: its account opens these bills as well, once signed in to."""
    principal, check_id = require_account(), awaited_check()
    try:
        if check_id is None or not add_to_account(
            portal().database, principal, check_id, act=act()
        ):
            return to("begin")
    except AccountExistsError:
        return to("begin")
    forget_check()
    return to("sign_in_at", slug=slug_of(principal.practice_id))


@accounts.post("/account/new/passkey/offer")
@policy(Policy.ACCOUNT)
def offer_first_passkey() -> Response:
    """What the browser makes a passkey of."""
    email, account_id = _passed() or abort(404), new_id()
    offer = offer_to_make(
        site(), account_id=account_id, email=email, practice_name=frame().practice.name
    )
    return offer_as_json(offer, account_id=account_id)


@accounts.post("/account/new/passkey")
@policy(Policy.ACCOUNT)
def begin_with_passkey() -> Page:
    """As with a password; the recovery codes are shown first."""
    if _passed() is None:
        return to("begin")
    challenge, account_id = take_challenge(now=portal().clock())
    chosen = Chosen(
        passkey=PasskeyForm().passkey.data or "{}",
        challenge=challenge,
        account_id=account_id,
        device=this_visitor().device,
    )
    try:
        return _make(chosen)
    except PasskeyRefusedError:
        refusal = gettext("That did not work. Try again, or choose a password.")
        return _shown("accounts/begin_ways.html", NewPasswordForm(formdata=None), refusal)


def _make(chosen: Chosen) -> Page:
    """Raises PasswordRefusedError, PasskeyRefusedError."""
    principal = require_account()
    try:
        made = make_account(
            portal().database,
            principal,
            awaited_check() or abort(404),
            chosen,
            language=current_language(),
            site=site(),
            act=act(),
        )
    except AccountExistsError:  # made meanwhile: the page says what else there is
        return to("begin_ways")
    if made is None:
        return to("begin")
    ref, codes = made
    forget_check()
    return let_in(ref, how="sign_in_new", codes=codes) or to("begin")


def _passed() -> str | None:
    check_id: UUID | None = awaited_check()
    if check_id is None:
        return None
    return passed_address(portal().database, require_account(), check_id, act=act())


def _shown(
    template: str, form: EmailForm | AccountCodeForm | NewPasswordForm, *problems: str
) -> Page:
    principal, here, email = require_account(), portal(), _passed() or ""
    page = BeginPage(
        *frame(),
        email=email,
        signs_in=bool(email) and signs_in(here.database, principal, email),
        has_account=has_account(here.database, principal),
        can_have_passkeys=site().can_have_passkeys,
        slug=slug_of(principal.practice_id),
    )
    shown = render_template(template, page=page, form=form, errors=error_summary(form, *problems))
    is_refused = bool(problems or form.is_submitted())
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
