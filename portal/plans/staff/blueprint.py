"""The staff's pages of people's plans: offer_routes, change_routes and request_routes add to it."""

from typing import Final
from uuid import UUID

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal
from portal.plans.changing.queries import Looking
from portal.plans.changing.service import Moment, NotLiveError, Ports
from portal.plans.moves import PlanNotFoundError
from portal.plans.offering.service import NotUndecidedError, OfferLapsedError
from portal.plans.ports import (
    ChargesOfPlans,
    ComingToLines,
    FollowPlan,
    MethodsOnFile,
    PostDetails,
    VisitsBilled,
)
from portal.plans.staff.queries import PlanRef, guarantor_of_plan
from portal.plans.staff.requests import Books, RequestNotFoundError
from portal.request_id import request_id
from portal.web.context import portal

staff_plans: Final = Blueprint("staff_plans", __name__)

PLANNERS: Final = staff_only(*REACH[Area.PLANS])
APPROVERS: Final = staff_only(*REACH[Area.PLAN_RULES])
OF_PERSON: Final = "/desk/people/<uuid:guarantor_id>/plans"
OF_PLAN: Final = "/desk/plans/<uuid:plan_id>"

Page = Response | str | tuple[str, int]


def database() -> Database:
    """Of the running portal."""
    return portal().database


def member() -> Principal:
    """Whoever of the staff is signed in."""
    return require_staff().principal


def ports() -> Ports:
    """What payments answer for plans."""
    here = portal()
    return Ports(
        methods=here.service(MethodsOnFile),
        charges=here.service(ChargesOfPlans),
        coming=here.service(ComingToLines),
        follow=here.service(FollowPlan),
    )


def books() -> Books:
    """What statements and payments answer where a part is let off."""
    here = portal()
    return Books(here.service(VisitsBilled), here.service(PostDetails))


def moment(language: str) -> Moment:
    """Of the request that is being answered; ``language`` is that of the plan's person."""
    return Moment(now=portal().clock(), request_id=request_id(), language=language)


def looking(plan_id: UUID) -> Looking:
    """At a plan, in the language of its person."""
    return Looking(
        database=database(),
        principal=member(),
        plan_id=plan_id,
        statement_id=None,
        ports=ports(),
        at=moment(plan_ref(plan_id).language),
    )


def plan_ref(plan_id: UUID) -> PlanRef:
    """Whose it is. Raises PlanNotFoundError."""
    return guarantor_of_plan(database(), member(), plan_id)


def to_plan(plan_id: UUID) -> Response:
    """Back to its page."""
    return redirect(url_for("staff_plans.plan", plan_id=plan_id), code=303)


@staff_plans.errorhandler(PlanNotFoundError)
@staff_plans.errorhandler(RequestNotFoundError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@staff_plans.errorhandler(NotUndecidedError)
@staff_plans.errorhandler(NotLiveError)
@staff_plans.errorhandler(OfferLapsedError)
def moved_on(error: ValueError) -> Response:
    """It is not where it was: its page says how it stands."""
    return to_plan(error.args[0])
