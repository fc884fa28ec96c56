"""The page of the practice's rules for plans: managers change them, after trying them out."""

from http import HTTPStatus

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.domain.plans.policy import PlanPolicy
from portal.domain.plans.policy_findings import policy_findings
from portal.plans.refusal_words import refusal_words
from portal.plans.rules import service
from portal.plans.rules.forms import (
    AUTOPAY_WORDS,
    FREQUENCY_WORDS,
    NEW_BALANCE_WORDS,
    RulesForm,
    filled_from,
)
from portal.plans.rules.words import finding_words
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary

plan_rules = Blueprint("plan_rules", __name__, url_prefix="/plan-rules")

_READERS = staff_only(*REACH[Area.PLANS])
_MANAGERS = staff_only(*REACH[Area.PLAN_RULES])


@plan_rules.get("")
@_READERS
def rules() -> str:
    """What counts now, what it offers, and every version."""
    return render_template("plan_rules/rules.html", page=_page(), **_words())


@plan_rules.get("/change")
@_MANAGERS
def change() -> str:
    """The form, filled with what counts now."""
    page = _page()
    form = filled_from(page.policy, in_force_on=page.today, newest_seen=page.newest)
    return render_template("plan_rules/change.html", page=page, form=form, errors=(), **_words())


@plan_rules.post("/check")
@_MANAGERS
def check() -> ResponseReturnValue:
    """What the rules would offer, beside what is offered now; nothing is changed yet."""
    form = _form()
    policy = _typed(form)
    if policy is None:
        return _again(form)
    page = _page()
    preview = tuple(service.preview(policy, law=page.law, today=page.today))
    typed = [(name, value) for name, value in request.form.items(multi=True) if name in form]
    return render_template(
        "plan_rules/check.html",
        page=page,
        form=form,
        policy=policy,
        preview=preview,
        typed=typed,
        **_words(),
    )


@plan_rules.post("/set")
@_MANAGERS
def put_in_force() -> ResponseReturnValue:
    """They count from their day on; plans that stand keep theirs."""
    form, member, here = _form(), require_staff(), portal()
    policy = _typed(form)
    if policy is None:
        return _again(form)
    try:
        service.set_rules(
            here.database,
            member.principal,
            policy,
            in_force_on=form.in_force_on.data or here.clock().date(),
            reason=form.reason.data or "",
            made_by=member.name,
            newest_seen=form.newest_seen.data or 0,
            now=here.clock(),
            request_id=request_id(),
        )
    except service.DayInThePastError:
        return _again(form, gettext("Rules cannot begin before today."))
    except service.RulesChangedError:
        return _again(form, gettext("Somebody changed the rules meanwhile. Look at them first."))
    flash(gettext("The rules are set."))
    return redirect(url_for(".rules"), code=HTTPStatus.SEE_OTHER)


def _form() -> RulesForm:
    form = RulesForm()
    form.allow_amounts()
    return form


def _typed(form: RulesForm) -> PlanPolicy | None:
    """The policy; None when something is wrong, which then stands beside its field."""
    if not form.validate():
        return None
    try:
        policy = form.policy()
    except ValueError as error:
        form.tier_1.errors = [str(error)]
        return None
    findings = policy_findings(policy)
    for finding in findings:
        field = form.field_of(finding.field)
        field.errors = [*field.errors, finding_words(finding)]
    return None if findings else policy


def _again(form: RulesForm, *messages: str) -> ResponseReturnValue:
    body = render_template(
        "plan_rules/change.html",
        page=_page(),
        form=form,
        errors=error_summary(form, *messages),
        **_words(),
    )
    return body, HTTPStatus.UNPROCESSABLE_ENTITY


def _page() -> service.RulesPage:
    here = portal()
    return service.rules_page(here.database, require_staff().principal, now=here.clock())


def _words() -> dict[str, object]:
    return {
        "frequency_words": FREQUENCY_WORDS,
        "autopay_words": AUTOPAY_WORDS,
        "new_balance_words": NEW_BALANCE_WORDS,
        "refusal_words": refusal_words,
    }
