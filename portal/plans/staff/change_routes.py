"""Changing a plan that runs: choose, see what it does, write down the yes where it needs one."""

from http import HTTPStatus
from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask_babel import force_locale, gettext
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.domain.plan_script_texts import spoken_script
from portal.domain.plans.cadence import Frequency
from portal.domain.plans.staff_changes import NewTerms
from portal.plans.changing import queries as changing
from portal.plans.changing import service
from portal.plans.changing.forms import DISCLOSED, GO
from portal.plans.changing.queries import ChangePage, EndPage, Looking
from portal.plans.changing.service import NotPossibleError, OtherChangeError
from portal.plans.changing.wishes import BeginAnew, Renegotiate
from portal.plans.copies import agreed_copy
from portal.plans.offering.terms import GivenConsent, NotDisclosedError, OtherWordsError
from portal.plans.papers import agreement_paper
from portal.plans.refusal_words import refusal_words
from portal.plans.staff import acts, requests
from portal.plans.staff.blueprint import (
    OF_PLAN,
    PLANNERS,
    Page,
    books,
    database,
    looking,
    member,
    plan_ref,
    staff_plans,
    to_plan,
)
from portal.plans.staff.consenting import (
    NotAllReadError,
    NotInWritingError,
    SignedLaterError,
    WrittenYes,
    sentences_to_read,
    written_consent,
)
from portal.plans.staff.forms import ConsentForm, PauseForm, SettleForm, TermsForm, WhyForm
from portal.plans.staff.queries import person_head
from portal.plans.staff.request_queries import approved_terms_of, settle_page
from portal.plans.staff.requests import WaitsError, Waiver
from portal.practice.letterhead import print_for
from portal.web.fields import error_summary

_ANOTHER = (NotPossibleError, OtherChangeError, OtherWordsError, NotDisclosedError)
_NO_YES = (NotAllReadError, NotInWritingError, SignedLaterError)

Wish = Renegotiate | BeginAnew


@staff_plans.route(f"{OF_PLAN}/terms", methods=["GET", "POST"])
@PLANNERS
def terms(plan_id: UUID) -> Page:
    """Another number of payments, another rhythm; beyond the rules a manager is asked."""
    form, seen = TermsForm(), looking(plan_id)
    if not form.validate_on_submit() or form.first_on.data is None:
        return _drawn("terms", form, seen, frequencies=tuple(Frequency))
    wish = Renegotiate(
        NewTerms(
            count=form.count.data or 0,
            frequency=Frequency(str(form.frequency.data)),
            first_due_on=form.first_on.data,
        )
    )
    if form.step.data == "ask":
        return _ask(seen, wish.terms, str(form.why.data))
    page = changing.change_page(seen, wish)
    if page.refusal is not None:
        form.count.errors = [refusal_words(page.refusal)]
        return _drawn("terms", form, seen, frequencies=tuple(Frequency), may_ask=True)
    return _agree(seen, wish, form)


@staff_plans.route(f"{OF_PLAN}/begin-anew", methods=["GET", "POST"])
@PLANNERS
def begin_anew(plan_id: UUID) -> Page:
    """What is late begins anew on the next day, once in twelve months."""
    form, seen = WhyForm(), looking(plan_id)
    page = changing.change_page(seen, BeginAnew())
    if page.refusal is not None:
        flash(refusal_words(page.refusal))
        return to_plan(plan_id)
    if not form.validate_on_submit():
        return _drawn("begin_anew", form, seen, page=page)
    return _agree(seen, BeginAnew(), form)


@staff_plans.route("/plan-requests/<uuid:request_id>/terms", methods=["GET", "POST"])
@PLANNERS
def approved_terms(request_id: UUID) -> Page:
    """Terms beyond the rules that a manager approved: read out, or signed, and then they count."""
    asked = approved_terms_of(database(), member(), request_id)
    seen = looking(asked.plan_id)
    form = WhyForm()
    if not form.is_submitted():
        form.why.data = asked.why
    return _agree(seen, Renegotiate(asked.terms), form, request_id=request_id)


@staff_plans.route(f"{OF_PLAN}/pause", methods=["GET", "POST"])
@PLANNERS
def pause(plan_id: UUID) -> Page:
    """Nothing falls due until a day: hardship, a dispute, assistance that is asked for."""
    form, seen = PauseForm(), looking(plan_id)
    if not form.validate_on_submit() or form.until.data is None:
        return _drawn("pause", form, seen)
    if form.step.data != GO:
        return _drawn("pause_check", form, seen)
    try:
        acts.pause(
            seen.database, seen.principal, plan_id, form.chosen(), until=form.until.data,
            why=str(form.why.data), ports=seen.ports, at=seen.at,
        )  # fmt: skip
    except acts.PauseDayError:
        form.until.errors = [gettext("Choose a later day, within half a year")]
        return _drawn("pause", form, seen)
    flash(gettext("The plan is paused, and nothing is charged."))
    return to_plan(plan_id)


@staff_plans.route(f"{OF_PLAN}/go-on", methods=["GET", "POST"])
@PLANNERS
def go_on(plan_id: UUID) -> Page:
    """The pause is over today."""
    form, seen = WhyForm(), looking(plan_id)
    if not form.validate_on_submit():
        return _drawn("go_on", form, seen)
    acts.go_on(
        seen.database, seen.principal, plan_id, why=str(form.why.data), ports=seen.ports, at=seen.at
    )
    flash(gettext("The plan goes on."))
    return to_plan(plan_id)


@staff_plans.route(f"{OF_PLAN}/settle", methods=["GET", "POST"])
@PLANNERS
def settle(plan_id: UUID) -> Page:
    """A part is let off: what comes of it, then a manager is asked."""
    form, seen = SettleForm(), looking(plan_id)
    if not form.validate_on_submit() or form.amount.data is None:
        return _drawn("settle", form, seen)
    waiver = Waiver(
        cents=form.amount.data, has_need=form.has_need.data, has_failed=form.has_failed.data
    )
    page = settle_page(seen, waiver, books=books())
    if page.refusal is not None:
        form.amount.errors = [refusal_words(page.refusal)]
        return _drawn("settle", form, seen)
    if form.step.data != GO:
        return _drawn("settle_check", form, seen, page=page)
    return _ask(seen, waiver, str(form.why.data))


@staff_plans.route(f"{OF_PLAN}/cancel", methods=["GET", "POST"])
@PLANNERS
def cancel(plan_id: UUID) -> Page:
    """What ending it does; then it is over."""
    form, seen = WhyForm(), looking(plan_id)
    page = changing.end_page(seen)
    if not form.validate_on_submit():
        return _drawn("cancel", form, seen, page=page)
    try:
        acts.cancel(
            seen.database, seen.principal, plan_id, left_seen_cents=form.left_seen_cents(),
            why=str(form.why.data), ports=seen.ports, at=seen.at,
        )  # fmt: skip
    except OtherChangeError:
        flash(gettext("Something else is left by now. Look again."))
        return redirect(url_for(".cancel", plan_id=plan_id), code=303)
    flash(gettext("The plan is ended. What is left is asked for on statements."))
    return to_plan(plan_id)


@staff_plans.get(f"{OF_PLAN}/agreement-<int:version>.pdf")
@PLANNERS
def copy(plan_id: UUID, version: int) -> Response:
    """What was agreed to, to be put in the mail."""
    seen = looking(plan_id)
    at = seen.at
    kept = agreed_copy(
        seen.database, seen.principal, plan_id, version, now=at.now, request_id=at.request_id
    )
    if kept is None:
        abort(404)
    with force_locale(kept.language):
        paper = agreement_paper(kept)
    content = print_for(seen.database, seen.principal, paper, made_at=kept.agreed_at)
    named = {"Content-Disposition": f"attachment; filename=payment-plan-{version}.pdf"}
    return Response(content, mimetype="application/pdf", headers=named)


def _agree(seen: Looking, wish: Wish, form: WhyForm, *, request_id: UUID | None = None) -> Page:
    """What it does, the disclosure where the law asks for it, and their yes; with it, it counts."""
    if form.step.data == DISCLOSED:
        service.go_past_disclosure(
            seen.database, seen.principal, seen.plan_id, wish, ports=seen.ports, at=seen.at
        )
    page, consent = changing.change_page(seen, wish), ConsentForm()
    if page.refusal is not None or page.terms is None:
        flash(refusal_words(page.refusal) if page.refusal else gettext("Nothing would change."))
        return to_plan(seen.plan_id)
    script = spoken_script(language=seen.at.language)
    sentences = sentences_to_read(page.terms, script)
    given = consent.given(sentences=len(sentences)) if form.step.data == GO else None
    if given is not None and _changed(seen, wish, page, form, given, request_id=request_id):
        return to_plan(seen.plan_id)
    errors = error_summary(consent) if form.step.data == GO else ()
    return _page("agree", form, errors, seen, page=page, consent=consent,
                 sentences=sentences, GO=GO, DISCLOSED=DISCLOSED)  # fmt: skip


def _changed(
    seen: Looking,
    wish: Wish,
    page: ChangePage,
    form: WhyForm,
    given: WrittenYes,
    *,
    request_id: UUID | None,
) -> bool:
    """False when something else would come of it than what was shown: it is shown again."""
    try:
        is_mailed = service.change(
            seen.database,
            seen.principal,
            seen.plan_id,
            wish,
            seen=str(form.schedule.data),
            consent=_consent(page, given, seen),
            ports=seen.ports,
            at=seen.at,
            reason=str(form.why.data),
            with_it=requests.by_approval(request_id, now=seen.at.now),
        )
    except (*_ANOTHER, *_NO_YES):
        flash(gettext("The terms are others by now, or no yes may be given so. Look again."))
        return False
    flash(
        gettext("The plan is changed. They get an e-mail that leads to their copy.")
        if is_mailed
        else gettext("The plan is changed. No e-mail reaches them: print their copy and send it.")
    )
    return True


def _consent(page: ChangePage, given: WrittenYes, seen: Looking) -> GivenConsent:
    if page.terms is None:
        raise OtherWordsError(seen.plan_id)
    return written_consent(given, page.terms, language=seen.at.language, today=page.plan.today)


def _ask(seen: Looking, asked: requests.Asked, why: str) -> Response:
    try:
        requests.ask(
            seen.database, seen.principal, seen.plan_id, asked, why=why, ports=seen.ports,
            books=books(), at=seen.at,
        )  # fmt: skip
    except NotPossibleError:
        flash(gettext("This is beyond what the law and any plan allow, so nobody was asked."))
    except WaitsError:
        flash(gettext("A manager was asked before, and has not decided yet."))
    else:
        flash(gettext("A manager is asked."))
    return to_plan(seen.plan_id)


def _drawn(name: str, form: FlaskForm, seen: Looking, **values: object) -> tuple[str, int]:
    is_wrong = form.is_submitted() and bool(form.errors)
    errors = error_summary(form) if is_wrong else ()
    return _page(name, form, errors, seen, GO=GO, **values)


def _page(
    name: str,
    form: FlaskForm,
    errors: object,
    seen: Looking,
    **values: object,
) -> tuple[str, int]:
    shown = render_template(
        f"staff_plans/{name}.html",
        form=form,
        errors=errors,
        person=person_head(seen.database, seen.principal, plan_ref(seen.plan_id).guarantor_id),
        now=_now(seen, values.get("page")),
        ids={"plan_id": seen.plan_id},
        **{"may_ask": False, **values},
    )
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK


def _now(seen: Looking, page: object) -> EndPage | ChangePage:
    """What the head of a page says of the plan: read once, for one row of the audit log."""
    return page if isinstance(page, EndPage | ChangePage) else changing.end_page(seen)
