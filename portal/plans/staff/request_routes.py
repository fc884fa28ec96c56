"""What waits for a manager: the list, and one request with what would come of it."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext

from portal.plans.changing.service import NotLiveError, NotPossibleError, OtherChangeError
from portal.plans.refusal_words import refusal_words
from portal.plans.staff import request_queries, requests
from portal.plans.staff.blueprint import (
    APPROVERS,
    PLANNERS,
    Page,
    books,
    database,
    member,
    moment,
    ports,
    staff_plans,
)
from portal.plans.staff.forms import DecisionForm
from portal.plans.staff.requests import DecidedError, Decision, SamePersonError
from portal.web.fields import error_summary


@staff_plans.get("/plan-requests")
@PLANNERS
def waiting() -> Page:
    """Everything that nobody has decided."""
    rows = request_queries.waiting_requests(database(), member(), at=moment("en"))
    return render_template("staff_plans/requests.html", rows=rows)


@staff_plans.route("/plan-requests/<uuid:request_id>", methods=["GET", "POST"])
@APPROVERS
def decide(request_id: UUID) -> Page:
    """What is asked for and what it would do; a yes or a no, with why."""
    form, at = DecisionForm(), moment("en")
    if not form.validate_on_submit():
        return _request(request_id, form)
    try:
        requests.decide(
            database(), member(), request_id, Decision(str(form.decision.data)),
            why=str(form.why.data), seen=str(form.schedule.data), ports=ports(), books=books(),
            at=at,
        )  # fmt: skip
    except SamePersonError:
        flash(gettext("You asked for it, so somebody else decides."))
    except DecidedError:
        flash(gettext("Somebody decided it meanwhile."))
    except (NotPossibleError, NotLiveError, OtherChangeError):
        flash(gettext("Something else would come of it by now. Look again."))
        return redirect(url_for(".decide", request_id=request_id), code=303)
    else:
        flash(gettext("Your decision is kept."))
    return redirect(url_for(".waiting"), code=303)


def _request(request_id: UUID, form: DecisionForm) -> tuple[str, int]:
    page = request_queries.request_page(
        database(), member(), request_id, ports=ports(), books=books(), at=moment("en")
    )
    is_wrong = form.is_submitted() and bool(form.errors)
    shown = render_template(
        "staff_plans/request.html",
        page=page,
        form=form,
        refusal_words=refusal_words,
        errors=error_summary(form) if is_wrong else (),
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK
