"""A plan on somebody's behalf: the practice's offers, how it is paid, then their yes."""

from http import HTTPStatus
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from werkzeug.wrappers import Response

from portal.connectors.pdf import Paper
from portal.domain.plans.policy import Autopay
from portal.domain.plans.refusal import Refusal
from portal.plans.offering import queries as offers
from portal.plans.offering import service
from portal.plans.offering.footing import NoPlanBecause
from portal.plans.offering.forms import BY_AMOUNT, BY_HAND, BY_NUMBER, ChooseForm, HowForm
from portal.plans.offering.queries import ChoosePage
from portal.plans.offering.service import MethodRefusedError
from portal.plans.offering.terms import NotDisclosedError, OtherWordsError
from portal.plans.papers import disclosure_paper, paper_to_sign
from portal.plans.ports import ChargeRows
from portal.plans.refusal_words import refusal_words
from portal.plans.staff import queries
from portal.plans.staff.blueprint import (
    OF_PERSON,
    OF_PLAN,
    PLANNERS,
    Page,
    database,
    looking,
    member,
    moment,
    plan_ref,
    ports,
    staff_plans,
    to_plan,
)
from portal.plans.staff.consenting import (
    NotAllReadError,
    NotInWritingError,
    SignedLaterError,
    agree_for,
    send_to_agree,
)
from portal.plans.staff.forms import ConsentForm
from portal.plans.staff.queries import ConsentPage
from portal.practice.letterhead import print_for
from portal.web.context import portal
from portal.web.fields import error_summary


@staff_plans.get(OF_PERSON)
@PLANNERS
def person(guarantor_id: UUID) -> Page:
    """Every plan of theirs, and what is on none."""
    page = queries.person_plans(database(), member(), guarantor_id, ports=ports(), at=moment("en"))
    return render_template("staff_plans/person.html", page=page)


@staff_plans.get(OF_PLAN)
@PLANNERS
def plan(plan_id: UUID) -> Page:
    """What the person sees, and who did what and why."""
    at = moment(plan_ref(plan_id).language)
    page = queries.staff_plan_page(
        database(),
        member(),
        plan_id,
        ports=ports(),
        charge_rows=portal().service(ChargeRows),
        at=at,
    )
    return render_template("staff_plans/plan.html", page=page)


@staff_plans.route(f"{OF_PERSON}/new", methods=["GET", "POST"])
@PLANNERS
def choose(guarantor_id: UUID) -> Page:
    """The offers that the practice's rules make to this person."""
    form = ChooseForm()
    if not form.is_submitted():
        return _choices(guarantor_id, form, None)
    if "show" in request.form or not form.validate():
        form.validate_wish()
        return _choices(guarantor_id, form, None)
    at = moment("en")
    found = service.choose_offer(
        database(),
        member(),
        form.choice(),
        guarantor_id=guarantor_id,
        coming=ports().coming,
        now=at.now,
        request_id=at.request_id,
    )
    if isinstance(found, UUID):
        return redirect(url_for(".how", plan_id=found), code=303)
    return _choices(guarantor_id, form, found)


@staff_plans.route(f"{OF_PLAN}/how", methods=["GET", "POST"])
@PLANNERS
def how(plan_id: UUID) -> Page:
    """With a way to pay that they keep, or by hand."""
    form, ref = HowForm(), plan_ref(plan_id)
    at = moment(ref.language)
    page = offers.how_page(
        database(), member(), plan_id, statement_id=None, methods=ports().methods,
        language=at.language, now=at.now, request_id=at.request_id,
    )  # fmt: skip
    consent = url_for(".consent", plan_id=plan_id)
    if page.autopay is Autopay.OFF:
        return redirect(consent, code=303)
    kept = {one.method_id for one in page.methods}
    form.offer(kept, by_hand=page.autopay is not Autopay.REQUIRED)
    if form.validate_on_submit():
        try:
            service.choose_method(
                database(), member(), plan_id, form.method_id(), methods=ports().methods,
                now=at.now, request_id=at.request_id,
            )  # fmt: skip
        except MethodRefusedError:  # it was removed meanwhile: the page has what there is
            consent = url_for(".how", plan_id=plan_id)
        return redirect(consent, code=303)
    shown = render_template(
        "staff_plans/how.html",
        page=page,
        form=form,
        guarantor_id=ref.guarantor_id,
        BY_HAND=BY_HAND,
        errors=error_summary(form),
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK


@staff_plans.route(f"{OF_PLAN}/consent", methods=["GET", "POST"])
@PLANNERS
def consent(plan_id: UUID) -> Page:
    """The script to read out, the paper to sign, or mail that asks; the plan begins with it."""
    form, page = ConsentForm(), _consent_page(plan_id)
    if not page.offered.is_decided:
        return redirect(url_for(".how", plan_id=plan_id), code=303)
    if not form.is_submitted():
        return _consent(page, form)
    given = form.given(sentences=len(page.sentences))
    if given is None:
        return _consent(page, form)
    try:
        is_mailed = agree_for(
            database(),
            member(),
            plan_id,
            given,
            ports=ports(),
            at=moment(page.person.language),
        )
    except SignedLaterError:
        form.signed_on.errors = [gettext("That day is still to come")]
        return _consent(page, form)
    except (OtherWordsError, NotDisclosedError, NotInWritingError, NotAllReadError):
        flash(gettext("The terms are others by now. Begin with them again."))
        return redirect(url_for(".consent", plan_id=plan_id), code=303)
    flash(
        gettext("The plan has begun. They get an e-mail that leads to their copy.")
        if is_mailed
        else gettext("The plan has begun. No e-mail reaches them: print their copy and send it.")
    )
    return to_plan(plan_id)


@staff_plans.post(f"{OF_PLAN}/disclosed")
@PLANNERS
def disclosed(plan_id: UUID) -> Response:
    """The disclosure is in their hands: on to their yes."""
    at = moment(plan_ref(plan_id).language)
    service.go_past_disclosure(
        database(), member(), plan_id, methods=ports().methods, language=at.language, now=at.now
    )
    return redirect(url_for(".consent", plan_id=plan_id), code=303)


@staff_plans.get(f"{OF_PLAN}/disclosure.pdf")
@PLANNERS
def disclosure(plan_id: UUID) -> Page:
    """To be handed over, or put in the mail, before they agree."""
    page = _consent_page(plan_id)
    box = page.offered.terms.disclosure
    if box is None:
        return to_plan(plan_id)
    with force_locale(page.person.language):
        paper = disclosure_paper(page.offered.practice, box, number=page.offered.plan.number)
    return _pdf(paper, "payment-plan-disclosure")


@staff_plans.get(f"{OF_PLAN}/agreement.pdf")
@PLANNERS
def agreement(plan_id: UUID) -> Page:
    """The agreement on paper, with room for a name, a day and a hand."""
    page = _consent_page(plan_id)
    with force_locale(page.person.language):
        paper = paper_to_sign(page.text)
    return _pdf(paper, "payment-plan-to-sign")


@staff_plans.post(f"{OF_PLAN}/ask")
@PLANNERS
def ask(plan_id: UUID) -> Response:
    """They are asked by mail to agree on their own pages."""
    at = moment(plan_ref(plan_id).language)
    if send_to_agree(database(), member(), plan_id, at=at):
        flash(gettext("The e-mail is on its way. The plan begins when they agree."))
    else:
        flash(gettext("They cannot be written to by e-mail. Read it to them, or print it."))
    return to_plan(plan_id)


@staff_plans.post(f"{OF_PLAN}/give-up")
@PLANNERS
def give_up(plan_id: UUID) -> Response:
    """They do not want it."""
    ref, at = plan_ref(plan_id), moment("en")
    service.give_up(database(), member(), plan_id, now=at.now, request_id=at.request_id)
    flash(gettext("The offer is taken back."))
    return redirect(url_for(".person", guarantor_id=ref.guarantor_id), code=303)


def _choices(
    guarantor_id: UUID, form: ChooseForm, refused: Refusal | NoPlanBecause | None
) -> tuple[str, int]:
    page = _choose_page(guarantor_id, form)
    if refused is None and page.refusal is None and form.is_submitted() and page.visits:
        refused = page.offers.refusal
    if isinstance(refused, Refusal):
        form.refuse(refused, refusal_words(refused))
    shown = render_template(
        "staff_plans/choose.html",
        page=page,
        person=queries.person_head(database(), member(), guarantor_id),
        form=form,
        nothing=refusal_words(page.offers.refusal) if page.offers.refusal else "",
        BY_AMOUNT=BY_AMOUNT,
        BY_NUMBER=BY_NUMBER,
        errors=error_summary(form) if form.is_submitted() else (),
    )
    is_wrong = form.is_submitted() and form.errors
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK


def _choose_page(guarantor_id: UUID, form: ChooseForm) -> ChoosePage:
    at, is_chosen = moment("en"), form.is_submitted()
    return offers.choose_page(
        database(),
        member(),
        guarantor_id=guarantor_id,
        statement_id=None,
        coming=ports().coming,
        claim_ids=form.visit.data if is_chosen else None,
        wish=form.wish() if is_chosen else None,
        now=at.now,
        request_id=at.request_id,
    )


def _consent_page(plan_id: UUID) -> ConsentPage:
    seen = looking(plan_id)
    return queries.consent_page(
        seen.database, seen.principal, plan_id, ports=seen.ports, at=seen.at
    )


def _consent(page: ConsentPage, form: ConsentForm) -> tuple[str, int]:
    shown = render_template(
        "staff_plans/consent.html",
        page=page,
        form=form,
        errors=error_summary(form) if form.is_submitted() else (),
    )
    is_wrong = form.is_submitted()
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK


def _pdf(paper: Paper, name: str) -> Response:
    content = print_for(database(), member(), paper, made_at=portal().clock())
    named = {"Content-Disposition": f"attachment; filename={name}.pdf"}
    return Response(content, mimetype="application/pdf", headers=named)
