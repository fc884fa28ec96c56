"""How the practice reaches somebody: changed by them, with a fresh proof.

Of who has an account, by that account: a link with a date of birth leads to the sign-in.
"""

from http import HTTPStatus

from flask import abort, render_template, request
from flask_babel import gettext

from portal.auth.accounts.blueprint import accounts
from portal.auth.accounts.contact import change_email, change_phone, contact_of
from portal.auth.accounts.forms import AccountCodeForm, EmailForm, PhoneForm
from portal.auth.accounts.frame import Page, act, frame, to
from portal.auth.accounts.making import (
    AccountExistsError,
    TooManyCodesError,
    check_mailed_code,
    has_account,
    mail_code,
)
from portal.auth.accounts.steps import await_email_code, awaited_check, forget_check
from portal.auth.accounts.views import AccountPage, ContactPage
from portal.auth.current import current_account, require_holder
from portal.auth.policies import Policy, fresh_only, policy
from portal.db import Principal
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language
from portal.web.sessions import end_sessions_of

_SAVED = {"email", "phone"}


@accounts.get("/account/contact")
@policy(Policy.HOLDER)
def contact() -> Page:
    """What is on record, and two forms."""
    return _shown(EmailForm(formdata=None), PhoneForm(formdata=None))


@accounts.post("/account/contact/phone")
@policy(Policy.HOLDER)
@fresh_only
def change_phone_number() -> Page:
    """At once."""
    principal, form = _payer(), PhoneForm()
    if not form.validate():
        return _shown(EmailForm(formdata=None), form)
    change_phone(portal().database, principal, (form.phone.data or "").strip(), act=act())
    return to("contact", saved="phone")


@accounts.post("/account/contact/email")
@policy(Policy.HOLDER)
@fresh_only
def change_email_address() -> Page:
    """A code goes to the new address; until it comes back nothing changes."""
    principal, form = _payer(), EmailForm()
    if form.validate():
        try:
            check_id = mail_code(
                portal().database,
                principal,
                form.email.data or "",
                language=current_language(),
                act=act(),
            )
        except TooManyCodesError:
            form.email.errors = [gettext("We sent several codes there. Wait an hour")]
        else:
            await_email_code(check_id)
            return to("check_email_address")
    return _shown(form, PhoneForm(formdata=None))


@accounts.route("/account/contact/code", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def check_email_address() -> Page:
    """The code that was mailed to the new address."""
    principal, form, check_id = _payer(), AccountCodeForm(), awaited_check()
    if check_id is None:
        return to("contact")
    if form.validate_on_submit():
        here = portal()
        code = form.code.data or ""
        try:
            if check_mailed_code(here.database, principal, check_id, code, act=act()):
                change_email(here.database, principal, check_id, act=act())
                forget_check()
                _end_other_sessions()
                return to("contact", saved="email")
            form.code.errors = [
                gettext("That is not the code. Look for the newest mail, or ask for a new code")
            ]
        except AccountExistsError:
            forget_check()
            form.code.errors = [gettext("That address cannot be used. Choose another one")]
    page = AccountPage(*frame())
    shown = render_template(
        "accounts/contact_code.html", page=page, form=form, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK


def _payer() -> Principal:
    """Whose record it is; who has an account signs in to it first, a link is not enough."""
    principal = require_holder()
    if current_account() is None and has_account(portal().database, principal):
        abort(to("begin"))
    return principal


def _end_other_sessions() -> None:
    """Whoever signed in with the old address does so again with the new one."""
    account, here = current_account(), portal()
    if account is not None:
        end_sessions_of(here.database, account.ref.account_id, now=here.clock())


def _shown(email_form: EmailForm, phone_form: PhoneForm) -> Page:
    saved = request.args.get("saved", "")
    page = ContactPage(
        *frame(),
        contact=contact_of(portal().database, _payer(), act=act()),
        saved=saved if saved in _SAVED else "",
    )
    errors = (*error_summary(email_form), *error_summary(phone_form))
    shown = render_template(
        "accounts/contact.html",
        page=page,
        form=email_form,
        phone_form=phone_form,
        errors=errors,
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
