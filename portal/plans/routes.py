"""The list of plans, a plan's own page, what was agreed to as a paper; for the person who pays."""

from dataclasses import replace
from uuid import UUID

from flask import abort, redirect, render_template, url_for
from flask_babel import force_locale
from werkzeug.wrappers import Response

from portal.auth.policies import Policy, policy
from portal.plans import queries
from portal.plans.blueprint import Page, act, plans
from portal.plans.copies import agreed_copy
from portal.plans.listing import plans_page
from portal.plans.papers import agreement_paper
from portal.plans.ports import ChargesOfPlans, ComingToLines, MethodsOnFile
from portal.plans.queries import PlanPage
from portal.plans.reader import plan_reader
from portal.practice.letterhead import print_for
from portal.web.context import portal
from portal.web.i18n import current_language
from portal.web.print_size import wants_large_print


@plans.get("", endpoint="plans")
@policy(Policy.ACCOUNT)
def every_plan() -> str:
    """Those that run, that wait for a yes, and that are over."""
    here, reader = portal(), plan_reader()
    page = plans_page(
        here.database,
        reader.principal,
        guarantor_id=reader.guarantor_id,
        statement_id=reader.statement_id,
        charges=here.service(ChargesOfPlans),
        coming=here.service(ComingToLines),
        **act(),
    )
    return render_template("plans/plans.html", page=page)


@plans.get("/<uuid:plan_id>")
@policy(Policy.ACCOUNT)
def plan(plan_id: UUID) -> Page:
    """How far it is, and everything that can be done; before it is agreed to, the agreement."""
    page = _plan_page(plan_id)
    if page is None:
        return redirect(url_for(".agree", plan_id=plan_id), code=303)
    return render_template("plans/plan.html", page=page)


@plans.get("/<uuid:plan_id>/begun")
@policy(Policy.ACCOUNT)
def begun(plan_id: UUID) -> Page:
    """It was agreed to: what happens now, and the copy."""
    page = _plan_page(plan_id)
    if page is None or not page.is_live:
        return redirect(url_for(".plan", plan_id=plan_id), code=303)
    return render_template("plans/begun.html", page=page)


@plans.get("/<uuid:plan_id>/changed")
@policy(Policy.ACCOUNT)
def changed(plan_id: UUID) -> Page:
    """What the newest change did, and the copy of it."""
    page = _plan_page(plan_id)
    if page is None:
        return redirect(url_for(".agree", plan_id=plan_id), code=303)
    return render_template("plans/changed.html", page=page)


@plans.get("/<uuid:plan_id>/agreement-<int:version>.pdf")
@policy(Policy.COPIES)
def agreement(plan_id: UUID, version: int) -> Response:
    """What was agreed to with a version, in the language in which it was."""
    here = portal()
    copy = agreed_copy(here.database, plan_reader().principal, plan_id, version, **act())
    if copy is None:
        abort(404)
    with force_locale(copy.language):
        paper = replace(agreement_paper(copy), is_large=wants_large_print())
    content = print_for(here.database, plan_reader().principal, paper, made_at=copy.agreed_at)
    named = {"Content-Disposition": f"attachment; filename=payment-plan-{version}.pdf"}
    return Response(content, mimetype="application/pdf", headers=named)


def _plan_page(plan_id: UUID) -> PlanPage | None:
    here, reader = portal(), plan_reader()
    return queries.plan_page(
        here.database,
        reader.principal,
        plan_id,
        statement_id=reader.statement_id,
        methods=here.service(MethodsOnFile),
        charges=here.service(ChargesOfPlans),
        coming=here.service(ComingToLines),
        language=current_language(),
        **act(),
    )
