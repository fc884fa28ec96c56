"""Changing a plan: choose, see what it does, say yes. A GET does nothing."""

from collections.abc import Callable
from http import HTTPStatus
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from portal.auth.policies import Policy, fresh_only, policy
from portal.domain.plans.policy import Autopay, Overpayment
from portal.domain.plans.sum_changes import Addition
from portal.plans.blueprint import Page, plans
from portal.plans.changing import queries, service
from portal.plans.changing.forms import (
    CHECK,
    DISCLOSED,
    GO,
    AddForm,
    AheadForm,
    EndForm,
    MethodForm,
    MoveForm,
    StepForm,
)
from portal.plans.changing.queries import ChangePage, Looking, MethodPage
from portal.plans.changing.service import (
    Moment,
    NotLiveError,
    NotPossibleError,
    OtherChangeError,
    Ports,
)
from portal.plans.changing.wishes import AddVisits, MoveDate, SkipOnce, UseAhead, Wish
from portal.plans.offering.forms import BY_HAND
from portal.plans.offering.service import MethodRefusedError
from portal.plans.offering.terms import (
    GivenConsent,
    NotDisclosedError,
    OtherWordsError,
    address_hash,
)
from portal.plans.ports import ChargesOfPlans, ComingToLines, FollowPlan, MethodsOnFile
from portal.plans.reader import plan_reader
from portal.plans.refusal_words import refusal_words
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

_ANOTHER_THAN_SHOWN = (NotPossibleError, OtherChangeError, OtherWordsError, NotDisclosedError)

_Chooser = Callable[[FlaskForm], tuple[str, int]]


@plans.errorhandler(NotLiveError)
def not_live(error: NotLiveError) -> Response:
    """Nothing of it can be changed: its page says how it stands."""
    return redirect(url_for("plans.plan", plan_id=error.args[0]), code=303)


@plans.route("/<uuid:plan_id>/payments/<int:number>/move", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def move(plan_id: UUID, number: int) -> Page:
    """One payment to another day."""
    form = MoveForm()

    def chooser(form: FlaskForm) -> tuple[str, int]:
        page = queries.move_page(_looking(plan_id), number)
        return _drawn("plans/move.html", form, page=page)

    if not form.validate_on_submit() or form.day.data is None:
        return chooser(form)
    return _step(plan_id, MoveDate(number, form.day.data), form, refused=("day", chooser))


@plans.route("/<uuid:plan_id>/payments/<int:number>/skip", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def skip(plan_id: UUID, number: int) -> Page:
    """One payment to the end of the plan."""
    form = StepForm()
    if form.is_submitted():
        return _step(plan_id, SkipOnce(number), form)
    return _check(queries.change_page(_looking(plan_id), SkipOnce(number)), form)


@plans.route("/<uuid:plan_id>/ahead", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def ahead(plan_id: UUID) -> Page:
    """What money that was paid ahead does."""
    form = AheadForm()
    if not form.validate_on_submit():
        return _drawn("plans/ahead.html", form, page=queries.ahead_page(_looking(plan_id)))
    return _step(plan_id, UseAhead(Overpayment(str(form.how.data))), form)


@plans.route("/<uuid:plan_id>/add", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def add(plan_id: UUID) -> Page:
    """A new bill into the plan: disclosed where the law asks for it, and agreed to."""
    form = AddForm()

    def chooser(form: FlaskForm) -> tuple[str, int]:
        return _drawn("plans/add.html", form, page=queries.add_page(_looking(plan_id)))

    if not form.validate_on_submit():
        return chooser(form)
    wish = AddVisits(form.visit.data, Addition(str(form.how.data)))
    return _step(plan_id, wish, form, refused=("how", chooser))


@plans.route("/<uuid:plan_id>/method", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def method(plan_id: UUID) -> Page:
    """Charged to another way to pay, by itself from now on, or by hand."""
    form, looking = MethodForm(), _looking(plan_id)
    page = queries.method_page(looking)
    form.offer(_ways(page))
    if not form.validate_on_submit():
        return _drawn("plans/method.html", form, page=page, BY_HAND=BY_HAND)
    wanted = form.method_id()
    is_sure = form.step.data == GO and (wanted is None or form.has_agreed())
    if is_sure and _method_changed(looking, wanted, form):
        return _done(plan_id)
    try:
        page = queries.method_page(looking, wanted=wanted)
    except MethodRefusedError:
        return redirect(url_for(".method", plan_id=plan_id), code=303)
    return _drawn("plans/method_check.html", form, page=page, wanted=form.how.data, GO=GO)


@plans.route("/<uuid:plan_id>/end", methods=["GET", "POST"])
@policy(Policy.HOLDER)
@fresh_only
def end(plan_id: UUID) -> Page:
    """What ending it does; then it is over."""
    form, looking = EndForm(), _looking(plan_id)
    if form.validate_on_submit():
        try:
            service.end(
                looking.database,
                looking.principal,
                plan_id,
                left_seen_cents=form.left_seen_cents(),
                ports=looking.ports,
                at=looking.at,
            )
            return redirect(url_for(".plan", plan_id=plan_id), code=303)
        except OtherChangeError:
            return redirect(url_for(".end", plan_id=plan_id), code=303)
    return render_template("plans/end.html", page=queries.end_page(looking), form=form)


def _step(
    plan_id: UUID, wish: Wish, form: StepForm, *, refused: tuple[str, _Chooser] | None = None
) -> Page:
    """The next page of a wish: a refusal, a disclosure, a check page, or that it is done."""
    looking = _looking(plan_id)
    if form.step.data == DISCLOSED:
        service.go_past_disclosure(
            looking.database,
            looking.principal,
            plan_id,
            wish,
            ports=looking.ports,
            at=looking.at,
        )
    page = queries.change_page(looking, wish)
    if page.refusal is not None and refused is not None:
        name, chooser = refused
        form[name].errors = [refusal_words(page.refusal)]
        return chooser(form)
    is_sure = form.step.data == GO and (page.terms is None or form.has_agreed())
    if is_sure and page.refusal is None and _changed(looking, wish, form):
        return _done(plan_id)
    return _check(page, form)


def _check(page: ChangePage, form: StepForm) -> tuple[str, int]:
    """What it does, before it is done; or why it cannot be."""
    if page.refusal is not None:
        shown = render_template("plans/refused.html", page=page, words=refusal_words(page.refusal))
        return shown, HTTPStatus.OK
    if not page.is_disclosed:
        return _drawn("plans/change_disclosure.html", form, page=page, DISCLOSED=DISCLOSED)
    return _drawn("plans/check.html", form, page=page, GO=GO)


def _changed(looking: Looking, wish: Wish, form: StepForm) -> bool:
    """False when something else would come of it than what was shown: it is shown again."""
    try:
        service.change(
            looking.database,
            looking.principal,
            looking.plan_id,
            wish,
            seen=str(form.schedule.data),
            consent=_consent(form),
            ports=looking.ports,
            at=looking.at,
        )
    except _ANOTHER_THAN_SHOWN:
        return False
    return True


def _method_changed(looking: Looking, wanted: UUID | None, form: StepForm) -> bool:
    try:
        service.change_method(
            looking.database,
            looking.principal,
            looking.plan_id,
            wanted,
            consent=_consent(form),
            ports=looking.ports,
            at=looking.at,
        )
    except (MethodRefusedError, OtherWordsError):
        return False
    return True


def _ways(page: MethodPage) -> frozenset[str]:
    by_hand = frozenset() if page.autopay is Autopay.REQUIRED else frozenset({BY_HAND})
    return by_hand | {str(one.method_id) for one in page.methods}


def _drawn(template: str, form: FlaskForm, **values: object) -> tuple[str, int]:
    is_wrong = form.is_submitted() and bool(form.errors)
    errors = error_summary(form) if is_wrong else ()
    shown = render_template(template, form=form, errors=errors, CHECK=CHECK, **values)
    return shown, HTTPStatus.UNPROCESSABLE_ENTITY if is_wrong else HTTPStatus.OK


def _done(plan_id: UUID) -> Response:
    return redirect(url_for(".changed", plan_id=plan_id), code=303)


def _consent(form: StepForm) -> GivenConsent:
    secret_key = portal().settings.secret_key
    return GivenConsent(
        seal=str(form.seen.data),
        address_hash=address_hash(secret_key, request.remote_addr or ""),
        language=current_language(),
    )


def _looking(plan_id: UUID) -> Looking:
    here, reader = portal(), plan_reader()
    return Looking(
        database=here.database,
        principal=reader.principal,
        plan_id=plan_id,
        statement_id=reader.statement_id,
        ports=Ports(
            methods=here.service(MethodsOnFile),
            charges=here.service(ChargesOfPlans),
            coming=here.service(ComingToLines),
            follow=here.service(FollowPlan),
        ),
        at=Moment(now=here.clock(), request_id=request_id(), language=current_language()),
    )
