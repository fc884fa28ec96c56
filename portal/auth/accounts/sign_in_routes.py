"""The doors of accounts: signing in with a passkey or a password, and a new password by e-mail."""

from http import HTTPStatus

from flask import redirect, render_template
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.accounts.blueprint import accounts
from portal.auth.accounts.devices import this_visitor
from portal.auth.accounts.forms import (
    AccountCodeForm,
    AccountSignInForm,
    EmailForm,
    PasskeyForm,
    ResetForm,
)
from portal.auth.accounts.frame import (
    Page,
    act,
    contact_of_practice,
    door,
    let_in,
    offer_as_json,
    site,
    slug_of,
    the_practice_at,
    to,
)
from portal.auth.accounts.passkeys import offer_to_answer
from portal.auth.accounts.reset import (
    WrongCodeError,
    ask_for_reset,
    open_reset,
    reset_password,
)
from portal.auth.accounts.sign_in import check_code, check_passkey, check_password
from portal.auth.accounts.steps import await_code, awaited_code, note_wrong_code, take_challenge
from portal.auth.accounts.typed import home
from portal.auth.accounts.views import DoorPage, PracticeChoice
from portal.auth.current import current_account, current_link
from portal.auth.keys import PasswordRefusedError
from portal.auth.policies import Policy, policy
from portal.practice.directory import PracticeRef, all_practices
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language
from portal.web.security import send_no_referrer
from portal.web.sessions import end_sessions_of

_DOOR = "the door of accounts: says nothing of anybody"


@accounts.get("/sign-in")
@policy(Policy.PUBLIC, reason=_DOOR)
def sign_in() -> Page:
    """Straight to the only practice, or a choice."""
    here = portal()
    practices = all_practices(here.database)
    if len(practices) == 1:
        return to("sign_in_at", slug=practices[0].slug)
    choices = [
        PracticeChoice(one.slug, contact_of_practice(one.practice_id).name) for one in practices
    ]
    return render_template("accounts/choose_practice.html", choices=choices)


@accounts.get("/sign-in/<slug>")
@policy(Policy.PUBLIC, reason=_DOOR)
def sign_in_at(slug: str) -> Page:
    """A passkey, or an address and a password; whoever is signed in goes on."""
    practice, link = the_practice_at(slug), current_link()
    if link is not None and current_account() is not None:
        return redirect(home(link.statement_id), code=303)
    return _sign_in_page(practice, AccountSignInForm(formdata=None))


@accounts.post("/sign-in/<slug>")
@policy(Policy.PUBLIC, reason=_DOOR)
def check_sign_in(slug: str) -> Page:
    """One answer for a wrong password, an unknown address, an ended account and a pause."""
    practice, form = the_practice_at(slug), AccountSignInForm()
    if not form.validate():
        return _sign_in_page(practice, form)
    here = portal()
    right = check_password(
        here.database,
        practice.practice_id,
        email=form.email.data or "",
        password=form.password.data or "",
        source_address=this_visitor().source_address,
        act=act(),
    )
    if right is not None and right.needs_code:
        await_code(right.ref, now=here.clock())
        return to("sign_in_code", slug=slug)
    entered = let_in(right.ref, how="sign_in_password") if right is not None else None
    return entered or _sign_in_page(practice, form, _not_right())


@accounts.post("/sign-in/<slug>/passkey/offer")
@policy(Policy.PUBLIC, reason=_DOOR)
def offer_sign_in(slug: str) -> Response:
    """What the browser's passkey has to answer."""
    the_practice_at(slug)
    return offer_as_json(offer_to_answer(site()))


@accounts.post("/sign-in/<slug>/passkey")
@policy(Policy.PUBLIC, reason=_DOOR)
def sign_in_with_passkey(slug: str) -> Page:
    """A right answer signs in: it was made with a finger, a face or a PIN."""
    practice, form, here = the_practice_at(slug), PasskeyForm(), portal()
    challenge, _ = take_challenge(now=here.clock())
    ref = check_passkey(
        here.database,
        practice.practice_id,
        form.passkey.data or "",
        site=site(),
        challenge=challenge,
        act=act(),
    )
    entered = let_in(ref, how="sign_in_passkey") if ref is not None else None
    refusal = gettext("That did not work. Try again, or use your password.")
    return entered or _sign_in_page(practice, AccountSignInForm(formdata=None), refusal)


@accounts.get("/sign-in/<slug>/code")
@policy(Policy.PUBLIC, reason=_DOOR)
def sign_in_code(slug: str) -> Page:
    """The second step, for whoever took the first within ten minutes."""
    practice = the_practice_at(slug)
    if awaited_code(now=portal().clock()) is None:
        return to("sign_in_at", slug=slug)
    form = AccountCodeForm(formdata=None)
    return render_template("accounts/sign_in_code.html", page=door(practice), form=form)


@accounts.post("/sign-in/<slug>/code")
@policy(Policy.PUBLIC, reason=_DOOR)
def check_sign_in_code(slug: str) -> Page:
    """A right code signs in; each works once."""
    practice, here, form = the_practice_at(slug), portal(), AccountCodeForm()
    ref = awaited_code(now=here.clock())
    if ref is None or ref.practice_id != practice.practice_id:
        return to("sign_in_at", slug=slug)
    if form.validate():
        if check_code(here.database, ref, form.code.data or "", act=act()):
            return let_in(ref, how="sign_in_code") or to("sign_in_at", slug=slug)
        if not note_wrong_code():
            return to("sign_in_at", slug=slug)
        form.code.errors = [gettext("That code does not work. Wait for the next one")]
    shown = render_template(
        "accounts/sign_in_code.html", page=door(practice), form=form, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY


@accounts.route("/sign-in/<slug>/forgot", methods=["GET", "POST"])
@policy(Policy.PUBLIC, reason=_DOOR)
def forgot(slug: str) -> Page:
    """Asking says the same to everybody."""
    practice, form = the_practice_at(slug), EmailForm()
    if form.validate_on_submit():
        ask_for_reset(
            portal().database,
            practice.practice_id,
            form.email.data or "",
            language=current_language(),
            act=act(),
        )
        return render_template("accounts/forgot_asked.html", page=door(practice))
    shown = render_template(
        "accounts/forgot.html", page=door(practice), form=form, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK


@accounts.route("/reset/<token>", methods=["GET", "POST"])
@policy(Policy.PUBLIC, reason="opens with a token that was mailed, and asks for the second factor")
def reset(token: str) -> Page:
    """A new password; then everybody signs in with all factors, as always."""
    send_no_referrer()
    here, form = portal(), ResetForm()
    opened = open_reset(here.database, token, act=act())
    if opened is None:
        return render_template("accounts/reset_over.html", page=None), HTTPStatus.NOT_FOUND
    practice_id = opened.pointer.practice_id
    practice = contact_of_practice(practice_id)
    page = DoorPage(practice, slug_of(practice_id), site().can_have_passkeys)
    if form.validate_on_submit():
        try:
            done = reset_password(
                here.database,
                token,
                password=form.password.data or "",
                code=form.code.data or "",
                act=act(),
            )
        except PasswordRefusedError as error:
            form.refuse(error)
        except WrongCodeError:
            form.code.errors = [gettext("That code does not work. Wait for the next one")]
        else:
            if done is not None:
                end_sessions_of(here.database, done.account_id, now=here.clock())
            return render_template("accounts/reset_done.html", page=page)
    shown = render_template(
        "accounts/reset.html",
        page=page,
        form=form,
        needs_code=opened.needs_code,
        email=opened.email,
        token=token,
        errors=error_summary(form),
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK


def _sign_in_page(practice: PracticeRef, form: AccountSignInForm, *problems: str) -> Page:
    shown = render_template(
        "accounts/sign_in.html",
        page=door(practice),
        form=form,
        errors=error_summary(form, *problems),
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if problems or form.errors else HTTPStatus.OK


def _not_right() -> str:
    return str(gettext("Check the e-mail address and the password. After some tries, wait."))
