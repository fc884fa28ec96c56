"""From "I want to spread this" to an agreement, a page for each step; an address names nobody."""

from http import HTTPStatus
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.auth.policies import Policy, fresh_only, policy
from portal.domain.plans.policy import Autopay
from portal.domain.plans.refusal import Refusal
from portal.plans.blueprint import Page, act, plans
from portal.plans.offering import queries, service
from portal.plans.offering.footing import NoPlanBecause
from portal.plans.offering.forms import (
    BY_AMOUNT,
    BY_HAND,
    BY_NUMBER,
    AgreeForm,
    ChooseForm,
    HowForm,
)
from portal.plans.offering.queries import AgreePage, ChoosePage
from portal.plans.offering.service import MethodRefusedError
from portal.plans.offering.terms import (
    GivenConsent,
    NotDisclosedError,
    OtherWordsError,
    address_hash,
)
from portal.plans.papers import disclosure_paper
from portal.plans.ports import ComingToLines, FollowPlan, MethodsOnFile
from portal.plans.reader import PlanReader, plan_reader
from portal.plans.refusal_words import refusal_words
from portal.practice.letterhead import print_for
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language


@plans.get("/new")
@policy(Policy.HOLDER)
def choose() -> Page:
    """Every offer, with all its days and amounts."""
    return _choices(_choose_page(plan_reader(), None), ChooseForm(formdata=None))


@plans.post("/new")
@policy(Policy.HOLDER)
def chosen() -> Page:
    """The offers for other visits, another rhythm, another first day; or the one that is taken."""
    form, reader = ChooseForm(), plan_reader()
    if "show" in request.form or not form.validate():
        form.validate_wish()
        return _choices(_choose_page(reader, form), form)
    found = service.choose_offer(
        portal().database,
        reader.principal,
        form.choice(),
        guarantor_id=reader.guarantor_id,
        coming=portal().service(ComingToLines),
        **act(),
    )
    if isinstance(found, UUID):
        return redirect(url_for(".how", plan_id=found), code=303)
    return _refused(_choose_page(reader, form), form, found)


@plans.route("/<uuid:plan_id>/how", methods=["GET", "POST"])
@policy(Policy.HOLDER)
def how(plan_id: UUID) -> Page:
    """With a way to pay that is kept, with one to be added, or by hand."""
    form, reader = HowForm(), plan_reader()
    page = queries.how_page(
        portal().database,
        reader.principal,
        plan_id,
        statement_id=reader.statement_id,
        methods=portal().service(MethodsOnFile),
        language=current_language(),
        **act(),
    )
    if page.autopay is Autopay.OFF:
        return redirect(url_for(".agree", plan_id=plan_id), code=303)
    kept = {one.method_id for one in page.methods}
    form.offer(kept, by_hand=page.autopay is not Autopay.REQUIRED)
    if form.validate_on_submit():
        return _choose_method(plan_id, form)
    shown = render_template(
        "plans/how.html", page=page, form=form, BY_HAND=BY_HAND, errors=error_summary(form)
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


@plans.get("/<uuid:plan_id>/disclosure")
@policy(Policy.HOLDER)
def disclosure(plan_id: UUID) -> Page:
    """What the law wants read, and kept, before more than four installments are agreed to."""
    page = _agree_page(plan_id)
    if page.terms.disclosure is None:
        return redirect(url_for(".agree", plan_id=plan_id), code=303)
    return render_template("plans/disclosure.html", page=page, box=page.terms.disclosure)


@plans.get("/<uuid:plan_id>/disclosure.pdf")
@policy(Policy.HOLDER)
def disclosure_as_paper(plan_id: UUID) -> Response:
    """The same to keep."""
    page = _agree_page(plan_id)
    if page.terms.disclosure is None:
        return redirect(url_for(".agree", plan_id=plan_id), code=303)
    paper = disclosure_paper(page.practice, page.terms.disclosure, number=page.plan.number)
    here = portal()
    content = print_for(here.database, plan_reader().principal, paper, made_at=here.clock())
    named = {"Content-Disposition": "attachment; filename=payment-plan-disclosure.pdf"}
    return Response(content, mimetype="application/pdf", headers=named)


@plans.post("/<uuid:plan_id>/disclosure")
@policy(Policy.HOLDER)
def past_disclosure(plan_id: UUID) -> Response:
    """It was read: on to the agreement."""
    service.go_past_disclosure(
        portal().database,
        plan_reader().principal,
        plan_id,
        methods=portal().service(MethodsOnFile),
        language=current_language(),
        now=portal().clock(),
    )
    return redirect(url_for(".agree", plan_id=plan_id), code=303)


@plans.get("/<uuid:plan_id>/agree")
@policy(Policy.HOLDER)
@fresh_only
def agree(plan_id: UUID) -> Page:
    """All dates and amounts, the words, and a box that nobody has ticked."""
    page = _agree_page(plan_id)
    return _before(page) or _agreement(page, AgreeForm(formdata=None))


@plans.post("/<uuid:plan_id>/agree")
@policy(Policy.HOLDER)
@fresh_only
def agreed(plan_id: UUID) -> Page:
    """A ticked box: the plan begins."""
    form, here = AgreeForm(), portal()
    if not form.validate():
        page = _agree_page(plan_id)
        return _before(page) or _agreement(page, form)
    consent = GivenConsent(
        seal=str(form.seen.data),
        address_hash=address_hash(here.settings.secret_key, request.remote_addr or ""),
        language=current_language(),
    )
    try:
        service.agree(
            here.database,
            plan_reader().principal,
            plan_id,
            consent,
            methods=here.service(MethodsOnFile),
            coming=here.service(ComingToLines),
            follow=here.service(FollowPlan),
            **act(),
        )
    except (OtherWordsError, NotDisclosedError):  # the page says what there is to read now
        return redirect(url_for(".agree", plan_id=plan_id), code=303)
    return redirect(url_for(".begun", plan_id=plan_id), code=303)


@plans.post("/<uuid:plan_id>/give-up")
@policy(Policy.HOLDER)
def give_up(plan_id: UUID) -> Response:
    """What was chosen is not wanted."""
    service.give_up(portal().database, plan_reader().principal, plan_id, **act())
    return redirect(url_for(".choose"), code=303)


def _choose_page(reader: PlanReader, form: ChooseForm | None) -> ChoosePage:
    return queries.choose_page(
        portal().database,
        reader.principal,
        guarantor_id=reader.guarantor_id,
        statement_id=reader.statement_id,
        coming=portal().service(ComingToLines),
        claim_ids=form.visit.data if form is not None else None,
        wish=form.wish() if form is not None else None,
        **act(),
    )


def _choices(page: ChoosePage, form: ChooseForm) -> tuple[str, int]:
    if page.refusal is None and page.offers.refusal is not None and page.visits:
        refusal = page.offers.refusal
        form.refuse(refusal, refusal_words(refusal))
    shown = render_template(
        "plans/choose.html",
        page=page,
        form=form,
        BY_AMOUNT=BY_AMOUNT,
        BY_NUMBER=BY_NUMBER,
        errors=error_summary(form) if form.is_submitted() else (),
    )
    is_wrong = form.is_submitted() and form.errors
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK


def _refused(page: ChoosePage, form: ChooseForm, found: Refusal | NoPlanBecause) -> tuple[str, int]:
    if isinstance(found, Refusal):
        form.refuse(found, refusal_words(found))
    return _choices(page, form)


def _choose_method(plan_id: UUID, form: HowForm) -> Response:
    try:
        service.choose_method(
            portal().database,
            plan_reader().principal,
            plan_id,
            form.method_id(),
            methods=portal().service(MethodsOnFile),
            **act(),
        )
    except MethodRefusedError:  # it was removed meanwhile: the page offers what there is
        return redirect(url_for(".how", plan_id=plan_id), code=303)
    return redirect(url_for(".agree", plan_id=plan_id), code=303)


def _agree_page(plan_id: UUID) -> AgreePage:
    reader = plan_reader()
    return queries.agree_page(
        portal().database,
        reader.principal,
        plan_id,
        statement_id=reader.statement_id,
        methods=portal().service(MethodsOnFile),
        coming=portal().service(ComingToLines),
        language=current_language(),
        **act(),
    )


def _before(page: AgreePage) -> Response | None:
    """What comes first: how it is paid, then the disclosure where the law asks for it."""
    plan_id = page.plan.plan_id
    if not page.is_decided:
        return redirect(url_for(".how", plan_id=plan_id), code=303)
    if not page.is_disclosed and not page.plan.has_lapsed:
        return redirect(url_for(".disclosure", plan_id=plan_id), code=303)
    return None


def _agreement(page: AgreePage, form: AgreeForm) -> tuple[str, int]:
    shown = render_template("plans/agree.html", page=page, form=form, errors=error_summary(form))
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
