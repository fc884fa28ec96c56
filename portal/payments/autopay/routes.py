"""The pages of autopay: off or on, the terms chosen, the wording agreed to."""

from contextlib import suppress
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.auth.current import LinkSession, current_link, require_holder
from portal.auth.policies import Policy, fresh_only, policy
from portal.payments.autopay.service import (
    AutopayTerms,
    NoMailError,
    start_autopay,
    stop_autopay,
)
from portal.payments.methods.consents import address_hash
from portal.payments.scheduled import queries
from portal.payments.scheduled.forms import AgreeToAutopayForm, AutopayForm
from portal.payments.scheduled.queries import AutopayPage
from portal.payments.scheduled.service import MethodNotFoundError
from portal.payments.service import LEAST_CENTS
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

autopay = Blueprint("autopay", __name__, url_prefix="/autopay")

_Page = Response | str | tuple[str, int]
_CAP_MAX_CENTS = 5_000_00


@autopay.get("")
@policy(Policy.HOLDER)
def show() -> _Page:
    """On or off, and the terms."""
    return _terms_page(_page(), AutopayForm(formdata=None))


@autopay.post("/check")
@policy(Policy.HOLDER)
def check() -> _Page:
    """The wording that the chosen terms make, and the box. Changes nothing."""
    page, form = _page(), AutopayForm()
    _set_bounds(form, page)
    if not form.validate():
        return _terms_page(page, form)
    return _wording_page(form, AgreeToAutopayForm(formdata=None))


@autopay.post("")
@policy(Policy.HOLDER)
@fresh_only
def begin() -> _Page:
    """A ticked box turns it on, with these terms."""
    here, page, link = portal(), _page(), _account()
    terms, form = AutopayForm(), AgreeToAutopayForm()
    _set_bounds(terms, page)
    _set_bounds(form, page)
    if not terms.validate():
        return _terms_page(page, terms)
    if not form.validate():
        return _wording_page(terms, form)
    with suppress(NoMailError, MethodNotFoundError):  # the page says what is missing
        start_autopay(
            here.database,
            link.principal,
            _terms(form),
            guarantor_id=_guarantor(link),
            language=current_language(),
            address_hash=address_hash(here.settings.secret_key, request.remote_addr or ""),
            now=here.clock(),
            request_id=request_id(),
        )
    return redirect(url_for(".show"), code=303)


@autopay.post("/stop")
@policy(Policy.HOLDER)
def end() -> Response:
    """Off, with the charges it has planned."""
    here, link = portal(), _account()
    stop_autopay(
        here.database,
        link.principal,
        guarantor_id=_guarantor(link),
        now=here.clock(),
        request_id=request_id(),
    )
    return redirect(url_for(".show"), code=303)


def _page() -> AutopayPage:
    here, link = portal(), _account()
    return queries.autopay_page(
        here.database,
        link.principal,
        guarantor_id=_guarantor(link),
        statement_id=link.statement_id,
        language=current_language(),
        now=here.clock(),
        request_id=request_id(),
    )


def _terms_page(page: AutopayPage, form: AutopayForm) -> tuple[str, int]:
    shown = render_template(
        "payments/autopay/show.html", page=page, form=form, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _wording_page(terms: AutopayForm, form: AgreeToAutopayForm) -> tuple[str, int]:
    here, link = portal(), _account()
    page = queries.autopay_check_page(
        here.database,
        link.principal,
        _terms(terms),
        guarantor_id=_guarantor(link),
        statement_id=link.statement_id,
        language=current_language(),
        now=here.clock(),
        request_id=request_id(),
    )
    shown = render_template(
        "payments/autopay/check.html", page=page, form=form, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


def _set_bounds(form: AutopayForm, page: AutopayPage) -> None:
    form.cap.allow(minimum_cents=LEAST_CENTS, maximum_cents=_CAP_MAX_CENTS)
    form.method.offer(frozenset(one.method_id for one in page.methods))


def _terms(form: AutopayForm) -> AutopayTerms:
    return AutopayTerms(form.method.data, int(form.cap.data), int(form.days_after.data or 0))


def _account() -> LinkSession:
    """The person who pays, with the statement they came by."""
    require_holder()
    return current_link() or abort(HTTPStatus.NOT_FOUND)


def _guarantor(link: LinkSession) -> UUID:
    return link.principal.guarantor_id or abort(HTTPStatus.NOT_FOUND)
