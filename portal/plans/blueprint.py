"""The pages of plans for the person who pays: offering/, changing/ and routes.py add to it."""

from datetime import datetime
from typing import Final, TypedDict

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.plans.moves import PlanNotFoundError
from portal.plans.offering.service import NotUndecidedError, OfferLapsedError
from portal.plans.queries import NeverBegunError
from portal.request_id import request_id
from portal.web.context import portal

plans: Final = Blueprint("plans", __name__, url_prefix="/plans")

Page = Response | str | tuple[str, int]


class Act(TypedDict):
    """When, and by which request: for rows of events and of the audit log."""

    now: datetime
    request_id: str


def act() -> Act:
    """Of the request that is being answered."""
    return Act(now=portal().clock(), request_id=request_id())


@plans.errorhandler(PlanNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Somebody else's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@plans.errorhandler(NotUndecidedError)
def decided(error: NotUndecidedError) -> Response:
    """It was agreed to, or given up: its own page says so."""
    return redirect(url_for("plans.plan", plan_id=error.args[0]), code=303)


@plans.errorhandler(NeverBegunError)
def never_begun(_error: NeverBegunError) -> Response:
    """It was given up before it began."""
    return redirect(url_for("plans.plans"), code=303)


@plans.errorhandler(OfferLapsedError)
def lapsed(_error: OfferLapsedError) -> Response:
    """It is chosen anew, from what is owed today."""
    return redirect(url_for("plans.choose"), code=303)
