"""Paying for somebody else: /pay/<the practice's short name>. No session, no cookie, no names.

What a guest comes back to is named by a signed token of this purpose alone: it shows one payment's
amount and number, whoever opens it, and nothing else anywhere.
"""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from portal.auth.link_tokens import LinkTokens
from portal.auth.policies import Policy, policy
from portal.auth.wrong_tries import source_of_codes
from portal.connectors.payment_gateway import GatewayError, PaymentGateway
from portal.payments.access import StatementDue
from portal.payments.apply import apply_payment
from portal.payments.guests.forms import GuestForm
from portal.payments.guests.queries import guest_page, guest_receipt
from portal.payments.guests.service import (
    GuestDesk,
    GuestPausedError,
    GuestStart,
    GuestWish,
    NotPayableError,
    StatementByCode,
    begin_guest_payment,
)
from portal.payments.moves import BooksBusyError, PaymentNotFoundError
from portal.payments.service import LEAST_CENTS
from portal.practice.directory import PracticeRef, UnknownPracticeError, practice_by_slug
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language
from portal.web.security import send_no_referrer

guests = Blueprint("guests", __name__, url_prefix="/pay")

_DOOR = "takes money for a statement's code and says nothing of anyone"
_ITS_OWN = "a signed token names one payment of a guest, of which it tells amount, day and number"
_PURPOSE = "guest-payment.v1"
_MOST_CENTS = 99_999_999  # Stripe takes no more in US dollars

_Page = Response | tuple[str, int]


@guests.before_request
def leave_no_trail() -> None:
    """The addresses of these pages are nobody else's business."""
    send_no_referrer()


@guests.get("/<slug>", endpoint="pay")
@policy(Policy.PUBLIC, reason=_DOOR)
def show_form(slug: str) -> _Page:
    return _form(_practice(slug), GuestForm(formdata=None), HTTPStatus.OK)


@guests.post("/<slug>", endpoint="begin")
@policy(Policy.PUBLIC, reason=_DOOR)
def begin(slug: str) -> _Page:
    """To Stripe's page, or the one no."""
    practice, form = _practice(slug), GuestForm()
    form.amount.allow(minimum_cents=LEAST_CENTS, maximum_cents=_MOST_CENTS)
    if not form.validate():
        return _form(practice, form, HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        started = _begin(practice, form)
    except NotPayableError:
        no = gettext(
            "We cannot take this payment. Check the code and the amount"
            " with the person who gave you the code."
        )
        return _form(practice, form, HTTPStatus.UNPROCESSABLE_ENTITY, no)
    except GuestPausedError:
        wait = gettext(
            "Several tries from your network did not work. Wait half a minute, then try again."
        )
        return _form(practice, form, HTTPStatus.TOO_MANY_REQUESTS, wait)
    receipt = url_for(".receipt", slug=slug, token=_token(practice, started.payment_id))
    return redirect(started.address or receipt, code=HTTPStatus.SEE_OTHER)


@guests.get("/<slug>/back/<token>")
@policy(Policy.PUBLIC, reason=_ITS_OWN)
def returned(slug: str, token: str) -> Response:
    """Back from Stripe, which is asked; it may record what happened there, and make nothing happen.

    Who is not a guest's payment is told apart on the page that follows.
    """
    here, practice = portal(), _practice(slug)
    payment_id = _payment_id(practice, token)
    try:
        apply_payment(
            here.database,
            here.service(PaymentGateway),
            practice.practice_id,
            payment_id,
            now=here.clock(),
        )
    except PaymentNotFoundError:
        abort(HTTPStatus.NOT_FOUND)
    except (GatewayError, BooksBusyError):
        pass  # the page says how it stands, and offers to ask again
    return redirect(url_for(".receipt", slug=slug, token=token), code=HTTPStatus.SEE_OTHER)


@guests.get("/<slug>/receipt/<token>")
@policy(Policy.PUBLIC, reason=_ITS_OWN)
def receipt(slug: str, token: str) -> str:
    here, practice = portal(), _practice(slug)
    try:
        page = guest_receipt(
            here.database,
            practice.practice_id,
            _payment_id(practice, token),
            slug=slug,
            token=token,
            now=here.clock(),
            request_id=request_id(),
        )
    except PaymentNotFoundError:
        abort(HTTPStatus.NOT_FOUND)
    return render_template("payments/guest_receipt.html", page=page)


def _begin(practice: PracticeRef, form: GuestForm) -> GuestStart:
    here = portal()
    desk = GuestDesk(
        here.database,
        here.service(PaymentGateway),
        practice.practice_id,
        here.service(StatementByCode),
        here.service(StatementDue),
    )

    def return_url(payment_id: UUID) -> str:
        token = _token(practice, payment_id)
        return here.settings.base_url + url_for(".returned", slug=practice.slug, token=token)

    wish = GuestWish(form.code.data or "", int(form.amount.data), current_language(), return_url)
    return begin_guest_payment(
        desk,
        wish,
        source=source_of_codes(here.settings.secret_key, request.remote_addr or ""),
        now=here.clock(),
        request_id=request_id(),
    )


def _form(practice: PracticeRef, form: GuestForm, status: HTTPStatus, *said: str) -> _Page:
    shown = render_template(
        "payments/guest_pay.html",
        page=guest_page(portal().database, practice.practice_id, slug=practice.slug),
        form=form,
        errors=error_summary(form, *said),
    )
    return shown, status


def _practice(slug: str) -> PracticeRef:
    try:
        return practice_by_slug(portal().database, slug)
    except UnknownPracticeError:
        abort(HTTPStatus.NOT_FOUND)


def _tokens() -> LinkTokens:
    return LinkTokens(portal().settings.secret_key, purpose=_PURPOSE)


def _token(practice: PracticeRef, payment_id: UUID) -> str:
    return _tokens().make(practice.practice_id, payment_id)


def _payment_id(practice: PracticeRef, token: str) -> UUID:
    pointer = _tokens().read(token)
    if pointer is None or pointer.practice_id != practice.practice_id:
        abort(HTTPStatus.NOT_FOUND)
    return pointer.link_id
