"""A session is kept, proven once more, or taken up again with what was typed before it ended."""

from http import HTTPStatus

from flask import abort, jsonify, make_response, redirect, render_template
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf
from werkzeug.wrappers import Response

from portal.auth.accounts.blueprint import accounts
from portal.auth.accounts.credentials import ways_in
from portal.auth.accounts.devices import this_visitor
from portal.auth.accounts.forms import PasskeyForm, ProofForm, ProofWithCodeForm
from portal.auth.accounts.frame import Page, act, frame, note_done, offer_as_json, site
from portal.auth.accounts.passkeys import offer_to_answer
from portal.auth.accounts.sign_in import check_code, check_passkey, check_password
from portal.auth.accounts.steps import take_challenge
from portal.auth.accounts.typed import (
    drop_sent_form,
    drop_typed_form,
    home,
    typed_form,
    way_on,
)
from portal.auth.accounts.views import ConfirmPage, KeptPage
from portal.auth.birth_dates import prove_birth_date
from portal.auth.current import (
    LinkSession,
    current_account,
    current_link,
    current_staff,
    prove_again,
    reader_key,
    require_account,
    require_signed_in,
)
from portal.auth.forms import BirthDateForm
from portal.auth.policies import Policy, policy
from portal.web.context import portal
from portal.web.fields import error_summary

accounts.after_app_request(drop_sent_form)


@accounts.post("/session/keep")
@policy(Policy.PUBLIC, reason="tells a browser whether its own session still lives")
def keep_session() -> Response:
    """204 while somebody is signed in, who is seen by this; else 401."""
    lives = current_link() is not None or current_staff() is not None
    return make_response("", HTTPStatus.NO_CONTENT if lives else HTTPStatus.UNAUTHORIZED)


@accounts.get("/session/reader")
@policy(Policy.PUBLIC, reason="tells a browser who reads now, by a key that says nothing of them")
def reader() -> Response:
    """For a page that was hidden when its session ended: is it the same reader's again?"""
    if current_link() is None and current_staff() is None:
        return make_response("", HTTPStatus.UNAUTHORIZED)
    return make_response(jsonify(reader=reader_key(), csrf_token=generate_csrf()))


@accounts.get("/account/confirm")
@policy(Policy.ACCOUNT)
def confirm() -> Page:
    """Before something that matters: is it still you?"""
    return _confirm_page(_form())


@accounts.post("/account/confirm")
@policy(Policy.ACCOUNT)
def check_confirmation() -> Page:
    """What signing in asked for, or the date of birth of who came by a link."""
    form = _form()
    return _on() if form.validate() and _is_right(form) else _confirm_page(form)


@accounts.post("/account/confirm/passkey/offer")
@policy(Policy.SIGNED_IN)
def offer_confirmation() -> Response:
    """What the browser's passkey has to answer."""
    return offer_as_json(offer_to_answer(site()))


@accounts.post("/account/confirm/passkey")
@policy(Policy.SIGNED_IN)
def confirm_with_passkey() -> Page:
    """It has to be this account's."""
    account, here = require_signed_in(), portal()
    challenge, _ = take_challenge(now=here.clock())
    ref = check_passkey(
        here.database,
        account.ref.practice_id,
        PasskeyForm().passkey.data or "",
        site=site(),
        challenge=challenge,
        act=act(),
    )
    if ref == account.ref:
        return _on()
    refusal = gettext("That did not work. Try again, or use your password.")
    return _confirm_page(ProofForm(formdata=None), refusal)


@accounts.get("/account/kept")
@policy(Policy.STATEMENT_LINK)
def kept() -> Page:
    """The form that was not sent, with one button that sends it."""
    typed = typed_form()
    if typed is None:
        return redirect(home(_link().statement_id), code=303)
    page = KeptPage(*frame(), path=typed.path, fields=typed.fields)
    return render_template("accounts/kept.html", page=page)


@accounts.post("/account/kept")
@policy(Policy.STATEMENT_LINK)
def drop_kept() -> Page:
    """They do not want to send it."""
    drop_typed_form()
    return redirect(home(_link().statement_id), code=303)


def _on() -> Page:
    prove_again(now=portal().clock())
    note_done(_link().principal, "prove_again")
    return redirect(way_on(_link().statement_id), code=303)


def _form() -> ProofForm | BirthDateForm:
    account = current_account()
    if account is None:
        return BirthDateForm()
    has_app = ways_in(portal().database, account.ref).has_app
    return ProofWithCodeForm() if has_app else ProofForm()


def _is_right(form: ProofForm | BirthDateForm) -> bool:
    """Says in the form what is not."""
    if isinstance(form, BirthDateForm):
        return _is_right_date(form)
    account, database = require_signed_in(), portal().database
    right = check_password(
        database,
        account.ref.practice_id,
        email=account.email,
        password=form.password.data or "",
        source_address=this_visitor().source_address,
        act=act(),
    )
    if right is None or right.ref != account.ref:
        form.password.errors = [gettext("That is not your password. After some tries, wait")]
        return False
    code = form.code.data if isinstance(form, ProofWithCodeForm) else ""
    if right.needs_code and not check_code(database, account.ref, code or "", act=act()):
        form.code.errors = [gettext("That code does not work. Wait for the next one")]
        return False
    return True


def _is_right_date(form: BirthDateForm) -> bool:
    here = portal()
    is_right = prove_birth_date(
        here.database,
        require_account(),
        form.born_on.data,
        secret_key=here.settings.secret_key,
        source_address=this_visitor().source_address,
        now=here.clock(),
    )
    if not is_right:
        note_done(require_account(), "wrong_birth_date")
        form.born_on.errors = [gettext("That does not match the date of birth we have")]
    return is_right


def _link() -> LinkSession:
    return current_link() or abort(404)


def _confirm_page(form: ProofForm | BirthDateForm, *problems: str) -> Page:
    account = current_account()
    ways = ways_in(portal().database, account.ref) if account else None
    page = ConfirmPage(
        *frame(),
        by_link=ways is None,
        has_password=ways is not None and ways.has_password,
        has_app=ways is not None and ways.has_app,
        has_passkey=ways is not None and bool(ways.passkeys) and site().can_have_passkeys,
        email=account.email if account else "",
    )
    shown = render_template(
        "accounts/confirm.html", page=page, form=form, errors=error_summary(form, *problems)
    )
    is_refused = bool(problems or form.errors)
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
