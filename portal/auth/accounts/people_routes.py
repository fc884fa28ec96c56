"""Who else may see an account, invitations, and whose bills to look at."""

from http import HTTPStatus
from uuid import UUID

from flask import abort, redirect, render_template, request
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.accounts.access import AccessKind, AccountRef, choices_of
from portal.auth.accounts.blueprint import accounts
from portal.auth.accounts.devices import this_visitor
from portal.auth.accounts.forms import InviteForm, NewPasswordForm, PasskeyForm
from portal.auth.accounts.frame import (
    Page,
    act,
    frame,
    let_in,
    note_done,
    note_shown,
    offer_as_json,
    site,
    slug_of,
    to,
)
from portal.auth.accounts.making import AccountExistsError, Chosen
from portal.auth.accounts.passkeys import PasskeyRefusedError, offer_to_make
from portal.auth.accounts.people import (
    AccessNotFoundError,
    CannotInviteError,
    Invitation,
    accept,
    invite,
    join,
    open_invitation,
    people,
    remove,
)
from portal.auth.accounts.principal import ACCESS
from portal.auth.accounts.steps import take_challenge
from portal.auth.accounts.typed import way_on
from portal.auth.accounts.views import ChoosePage, InvitedPage, PeoplePage
from portal.auth.current import act_for, current_account, require_holder, require_signed_in
from portal.auth.keys import PasswordRefusedError
from portal.auth.policies import Policy, fresh_only, policy
from portal.db import Principal, new_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language
from portal.web.security import send_no_referrer

_INVITED = "opens with a token that was mailed, and says nothing of whose bills they are"


@accounts.get("/account/people", endpoint="people")
@policy(Policy.HOLDER)
def show_people() -> Page:
    """Everybody the holder let in; only the holder sees it."""
    return _shown(_holder(), InviteForm(formdata=None))


@accounts.post("/account/people")
@policy(Policy.HOLDER)
@fresh_only
def invite_person() -> Page:
    """Mail an invitation."""
    principal, form = _holder(), InviteForm()
    if not form.validate():
        return _shown(principal, form)
    try:
        invite(
            portal().database,
            principal,
            form.email.data or "",
            kind=AccessKind(form.kind.data or ""),
            language=current_language(),
            act=act(),
        )
    except CannotInviteError:
        form.email.errors = [gettext("That person is on the list, or it is you")]
        return _shown(principal, form)
    return to("people")


@accounts.post("/account/people/<uuid:access_id>/remove")
@policy(Policy.HOLDER)
@fresh_only
def remove_person(access_id: UUID) -> Page:
    """From now on they see nothing."""
    try:
        remove(portal().database, _holder(), access_id, act=act())
    except AccessNotFoundError:
        abort(404)
    return to("people")


@accounts.route("/account/choose", methods=["GET", "POST"])
@policy(Policy.SIGNED_IN)
def choose() -> Page:
    """Whose bills to look at."""
    account, wanted = require_signed_in(), request.form.get("access", type=UUID)
    if wanted is not None:
        acting = act_for(wanted)
        action, who = ("act_for", acting) if acting else ("act_for_refused", account)
        note_done(who.principal, action, wanted, object_kind=ACCESS)
        if acting is None:
            abort(404)
        return redirect(way_on(frame().statement_id), code=303)
    choices = choices_of(portal().database, account.ref)
    note_shown(account.principal, "account_choices")
    page = ChoosePage(*frame(), choices=choices, present=account.access_id)
    return render_template("accounts/choose.html", page=page)


@accounts.route("/invited/<token>", methods=["GET", "POST"])
@policy(Policy.PUBLIC, reason=_INVITED)
def invited(token: str) -> Page:
    """Accept: with the account that is signed in, or with a new one and its password."""
    send_no_referrer()
    invitation = _open(token)
    if invitation is None:
        return render_template("accounts/invited_over.html", page=None), HTTPStatus.NOT_FOUND
    form, account = NewPasswordForm(), current_account()
    if request.method == "GET":
        return _invited_page(token, invitation, NewPasswordForm(formdata=None))
    if account is not None:
        return _accept(account.ref, invitation)
    if form.validate():
        try:
            return _join(invitation, Chosen(password=form.password.data or ""))
        except PasswordRefusedError as error:
            form.refuse(error)
    return _invited_page(token, invitation, form)


@accounts.post("/invited/<token>/passkey/offer")
@policy(Policy.PUBLIC, reason=_INVITED)
def offer_passkey_to_invited(token: str) -> Response:
    """What the browser makes a passkey of."""
    invitation, account_id = _open(token) or abort(404), new_id()
    offer = offer_to_make(
        site(),
        account_id=account_id,
        email=invitation.email,
        practice_name=invitation.practice.name,
    )
    return offer_as_json(offer, account_id=account_id)


@accounts.post("/invited/<token>/passkey")
@policy(Policy.PUBLIC, reason=_INVITED)
def join_with_passkey(token: str) -> Page:
    """As with a password; the recovery codes are shown first."""
    send_no_referrer()
    invitation = _open(token) or abort(404)
    challenge, account_id = take_challenge(now=portal().clock())
    chosen = Chosen(
        passkey=PasskeyForm().passkey.data or "{}",
        challenge=challenge,
        account_id=account_id,
        device=this_visitor().device,
    )
    try:
        return _join(invitation, chosen)
    except PasskeyRefusedError:
        refusal = gettext("That did not work. Try again, or choose a password.")
        return _invited_page(token, invitation, NewPasswordForm(formdata=None), refusal)


def _holder() -> Principal:
    """Only the person whose bills they are decides who sees them, and by an account."""
    require_holder()
    account = current_account() or abort(to("begin"))
    return account.principal


def _open(token: str) -> Invitation | None:
    return open_invitation(portal().database, token, act=act())


def _accept(ref: AccountRef, invitation: Invitation) -> Page:
    try:
        access_id = accept(portal().database, ref, invitation, act=act())
    except AccessNotFoundError:
        abort(404)
    act_for(access_id)
    return redirect(way_on(frame().statement_id), code=303)


def _join(invitation: Invitation, chosen: Chosen) -> Page:
    """Raises PasswordRefusedError, PasskeyRefusedError."""
    try:
        joined = join(
            portal().database,
            invitation,
            chosen,
            language=current_language(),
            site=site(),
            act=act(),
        )
    except AccountExistsError:
        joined = None
    if joined is None:
        return to("sign_in")
    ref, codes = joined
    return let_in(ref, how="sign_in_new", codes=codes) or to("sign_in")


def _shown(principal: Principal, form: InviteForm) -> Page:
    page = PeoplePage(*frame(), people=people(portal().database, principal, act=act()))
    shown = render_template(
        "accounts/people.html", page=page, form=form, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _invited_page(
    token: str, invitation: Invitation, form: NewPasswordForm, *problems: str
) -> Page:
    account = current_account()
    is_theirs = account is not None and account.email == invitation.email
    page = InvitedPage(
        practice=invitation.practice,
        email=invitation.email,
        kind=invitation.kind,
        has_account=invitation.has_account,
        is_signed_in_as_other=account is not None and not is_theirs,
        is_theirs=is_theirs,
        can_have_passkeys=site().can_have_passkeys,
        slug=slug_of(invitation.pointer.practice_id),
        token=token,
    )
    shown = render_template(
        "accounts/invited.html", page=page, form=form, errors=error_summary(form, *problems)
    )
    is_refused = bool(problems or form.errors)
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_refused else HTTPStatus.OK
