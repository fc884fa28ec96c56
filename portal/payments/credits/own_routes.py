"""One's own credit: what it would pay, the button that puts it there, and what it paid."""

from http import HTTPStatus

from flask import Blueprint, current_app, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from portal.auth.current import account_statement, require_holder
from portal.auth.policies import Policy, policy
from portal.db import new_id
from portal.payments.access import StatementDue, StatementNotFoundError
from portal.payments.credits.forms import OwnCreditForm
from portal.payments.credits.own import own_credit_page, use_own_credit
from portal.payments.credits.use import CreditChangedError
from portal.payments.moves import BooksBusyError
from portal.request_id import request_id
from portal.web.context import portal

own_credit = Blueprint("own_credit", __name__, url_prefix="/credit")


@own_credit.errorhandler(StatementNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Nothing was ever asked of this person."""
    return current_app.handle_user_exception(NotFound())


@own_credit.get("")
@policy(Policy.HOLDER)
def show() -> str:
    """What it would pay now, and what is left."""
    return _page(is_changed=False)


@own_credit.post("")
@policy(Policy.HOLDER)
def use() -> ResponseReturnValue:
    """Agreed to: it pays what the page said, or nothing."""
    form, here, principal = OwnCreditForm(), portal(), require_holder()
    if not form.validate():
        return _page(is_changed=True), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        use_own_credit(
            here.database,
            principal,
            account_statement(),
            statement_due=here.service(StatementDue),
            use_id=form.use,
            seen_cents=form.seen_cents(),
            now=here.clock(),
            request_id=request_id(),
        )
    except (CreditChangedError, BooksBusyError):
        return _page(is_changed=True), HTTPStatus.UNPROCESSABLE_ENTITY
    return redirect(url_for(".show"), code=HTTPStatus.SEE_OTHER)


def _page(*, is_changed: bool) -> str:
    here, principal = portal(), require_holder()
    page = own_credit_page(
        here.database,
        principal,
        account_statement(),
        statement_due=here.service(StatementDue),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template(
        "payments/credit.html", page=page, is_changed=is_changed, use_id=new_id()
    )
