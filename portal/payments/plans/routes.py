"""Paying towards a payment plan by hand: the amount. From the check on, the pages of every payment.

For the person who pays, and only for their own plans.
"""

from http import HTTPStatus
from uuid import UUID

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import account_statement, require_account
from portal.auth.policies import Policy, policy
from portal.payments.access import PlanNotFoundError
from portal.payments.moves import PaymentNotFoundError
from portal.payments.plans.forms import PayPlanForm
from portal.payments.plans.queries import PlanAmount, pay_plan_page
from portal.payments.service import AmountRefusedError, start_plan_payment
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

plan_payments = Blueprint("plan_payments", __name__)


@plan_payments.errorhandler(PlanNotFoundError)
@plan_payments.errorhandler(PaymentNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Somebody else's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@plan_payments.route("/pay/plan/<uuid:plan_id>", methods=["GET", "POST"])
@policy(Policy.ACCOUNT)
def pay(plan_id: UUID) -> Response | str | tuple[str, int]:
    """``?payment=`` comes back from the check page: the form with what was chosen there."""
    here = portal()
    page = pay_plan_page(
        here.database,
        require_account(),
        plan_id,
        statement_id=account_statement() or abort(HTTPStatus.NOT_FOUND),
        now=here.clock(),
        request_id=request_id(),
        payment_id=request.args.get("payment", type=UUID),
    )
    form = PayPlanForm(data=_chosen_before(page.before_cents))
    form.offer(page)
    if not page.can_pay or not form.validate_on_submit():
        status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
        errors = error_summary(form)
        return render_template(
            "payments/plans/pay.html", page=page, form=form, errors=errors
        ), status
    return _start(plan_id, form.chosen_cents)


def _chosen_before(cents: int | None) -> dict[str, object]:
    return {} if cents is None else {"how": PlanAmount.OTHER.value, "amount": cents}


def _start(plan_id: UUID, cents: int) -> Response:
    here = portal()
    try:
        payment_id = start_plan_payment(
            here.database, require_account(), plan_id=plan_id, amount_cents=cents, now=here.clock()
        )
    except AmountRefusedError:  # something was paid since the form was checked
        return redirect(url_for(".pay", plan_id=plan_id), code=303)
    return redirect(url_for("payments.check", payment_id=payment_id), code=303)
