"""The pages of saved methods: list, add, remove; for the person who pays, not for a statement."""

from contextlib import suppress
from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import LinkSession, current_link, require_holder
from portal.auth.policies import Policy, fresh_only, policy
from portal.connectors.payment_gateway import GatewayError
from portal.connectors.saved_methods import SavedMethods
from portal.domain.payment_channel import MethodKind
from portal.payments.methods import queries
from portal.payments.methods.apply import apply_saved_methods
from portal.payments.methods.consents import address_hash
from portal.payments.methods.forms import AddForm
from portal.payments.methods.service import (
    SavedMethodNotFoundError,
    SetupNotFoundError,
    Wish,
    begin_saving,
    choose_default,
    remove_method,
)
from portal.payments.methods.way_on import remember_way_on, way_on
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

methods = Blueprint("methods", __name__, url_prefix="/payment-methods")

_Page = Response | str | tuple[str, int]
_BACK_FROM_STRIPE = "a session may end while its payer is at Stripe: then it says only that"


@methods.errorhandler(SavedMethodNotFoundError)
@methods.errorhandler(SetupNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Somebody else's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@methods.get("")
@policy(Policy.HOLDER)
def show() -> str:
    """Ways to pay, charges to come, autopay."""
    here, link = portal(), _account()
    page = queries.methods_page(
        here.database,
        link.principal,
        guarantor_id=_guarantor(link),
        statement_id=link.statement_id,
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("payments/methods/show.html", page=page)


@methods.route("/add", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def add() -> _Page:
    """Card or bank account, the wording, the box; then Stripe's page."""
    here, link, form = portal(), _account(), AddForm()
    if form.validate_on_submit():
        return _to_stripe(link, form)
    page = queries.add_page(
        here.database,
        link.principal,
        statement_id=link.statement_id,
        language=current_language(),
    )
    then = form.then.data or request.args.get("then", "")
    shown = render_template(
        "payments/methods/add.html", page=page, form=form, then=then, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.is_submitted() else HTTPStatus.OK


@methods.get("/setups/<uuid:setup_id>/return")
@policy(Policy.PUBLIC, reason=_BACK_FROM_STRIPE)
def returned(setup_id: UUID) -> Response:
    """Back from Stripe, saved or not: only our id is taken from the request, Stripe is asked."""
    link = current_link()
    if link is None:
        return redirect(url_for("auth.signed_out"), code=303)
    here = portal()
    queries.require_setup(here.database, link.principal, setup_id)
    with suppress(GatewayError):  # the page says that we are looking; the sweep does
        apply_saved_methods(
            here.database,
            here.service(SavedMethods),
            link.principal.practice_id,
            _guarantor(link),
            now=here.clock(),
        )
    return redirect(url_for(".setup", setup_id=setup_id), code=303)


@methods.get("/setups/<uuid:setup_id>")
@policy(Policy.HOLDER)
def setup(setup_id: UUID) -> str:
    """What became of saving: saved, not saved, or not known yet."""
    here, link = portal(), _account()
    page = queries.setup_page(
        here.database,
        link.principal,
        setup_id,
        guarantor_id=_guarantor(link),
        statement_id=link.statement_id,
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("payments/methods/setup.html", page=page, way_on=way_on())


@methods.post("/<uuid:method_id>/default")
@policy(Policy.HOLDER)
@fresh_only
def make_default(method_id: UUID) -> Response:
    """Offer this one first."""
    here = portal()
    choose_default(
        here.database, require_holder(), method_id, now=here.clock(), request_id=request_id()
    )
    return redirect(url_for(".show"), code=303)


@methods.get("/<uuid:method_id>/remove")
@policy(Policy.HOLDER)
@fresh_only
def ask_to_remove(method_id: UUID) -> str:
    """What ends with it."""
    here, link = portal(), _account()
    page = queries.remove_page(
        here.database,
        link.principal,
        method_id,
        statement_id=link.statement_id,
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template("payments/methods/remove.html", page=page)


@methods.post("/<uuid:method_id>/remove")
@policy(Policy.HOLDER)
@fresh_only
def remove(method_id: UUID) -> Response:
    """Keep it no more."""
    here = portal()
    remove_method(
        here.database,
        here.service(SavedMethods),
        require_holder(),
        method_id,
        now=here.clock(),
        request_id=request_id(),
    )
    return redirect(url_for(".show"), code=303)


def _to_stripe(link: LinkSession, form: AddForm) -> Response:
    here = portal()
    remember_way_on(form.then.data or "")
    wish = Wish(
        method_kind=MethodKind(form.kind.data or ""),
        statement_id=link.statement_id if form.goes_on_to_pay_later() else None,
        language=current_language(),
        address_hash=address_hash(here.settings.secret_key, request.remote_addr or ""),
    )
    setup_id, address = begin_saving(
        here.database,
        here.service(SavedMethods),
        link.principal,
        wish,
        guarantor_id=_guarantor(link),
        return_url=_return_url,
        now=here.clock(),
        request_id=request_id(),
    )
    return redirect(address or url_for(".setup", setup_id=setup_id), code=303)


def _return_url(setup_id: UUID) -> str:
    return portal().settings.base_url + url_for("methods.returned", setup_id=setup_id)


def _account() -> LinkSession:
    """The person who pays, with the statement they came by."""
    require_holder()
    return current_link() or abort(HTTPStatus.NOT_FOUND)


def _guarantor(link: LinkSession) -> UUID:
    return link.principal.guarantor_id or abort(HTTPStatus.NOT_FOUND)
