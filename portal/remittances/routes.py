"""The posters' pages: what came in from insurers, what waits, one claim, a patient's plans."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.domain.hold_kinds import HoldKind
from portal.remittances import coverages, insurance_pages
from portal.remittances.claims import acts as claim_acts
from portal.remittances.claims import work as claim_work
from portal.remittances.claims.pages import claim_page
from portal.remittances.claims.work import Act
from portal.remittances.coverages import CoveragesPage
from portal.remittances.file_pages import FileNotFoundInPracticeError, file_page
from portal.remittances.forms import (
    CoverageForm,
    FindForm,
    HoldForm,
    JoinForm,
    LastDayForm,
    MatchForm,
    ReleaseForm,
    WriteOffForm,
    refuse,
)
from portal.remittances.insurance_pages import Looking
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.i18n import current_language

insurance = Blueprint("insurance", __name__, url_prefix="/insurance")

_POSTERS = staff_only(*REACH[Area.INSURANCE])
_WHO_WRITES_OFF = staff_only(*claim_acts.WRITES_OFF)
_MOST_PAGES = 100_000  # so that no number is too large for the database


@insurance.errorhandler(claim_work.ClaimNotFoundError)
@insurance.errorhandler(coverages.PatientNotFoundError)
@insurance.errorhandler(coverages.CoverageNotFoundError)
@insurance.errorhandler(FileNotFoundInPracticeError)
def not_found(_error: LookupError) -> ResponseReturnValue:
    """Another practice's looks like nobody's."""
    return current_app.handle_user_exception(NotFound())


@insurance.get("")
@_POSTERS
def index() -> str:
    """The first of what was set aside, what waits, and the files."""
    page = insurance_pages.insurance_page(portal().database, looking())
    return render_template("insurance/index.html", page=page)


@insurance.get("/holds")
@_POSTERS
def holds() -> str:
    """Everything that is kept off statements; by kind, or what one may release oneself."""
    page = insurance_pages.hold_list(
        portal().database,
        looking(),
        number=page_number(),
        kind=request.args.get("kind", type=HoldKind),
        only_mine=request.args.get("mine") == "1",
    )
    return render_template("insurance/holds.html", page=page)


@insurance.get("/waiting")
@_POSTERS
def waiting() -> str:
    """Claims without a patient."""
    page = insurance_pages.waiting_list(portal().database, looking(), number=page_number())
    return render_template("insurance/waiting.html", page=page)


@insurance.get("/silent")
@_POSTERS
def silent() -> str:
    """Plans to call."""
    page = insurance_pages.silent_list(portal().database, looking(), number=page_number())
    return render_template("insurance/silent.html", page=page)


@insurance.get("/imports")
@_POSTERS
def imports() -> str:
    """Every file that came in."""
    page = insurance_pages.file_list(portal().database, looking(), number=page_number())
    return render_template("insurance/imports.html", page=page)


@insurance.get("/imports/<uuid:file_id>")
@_POSTERS
def file(file_id: UUID) -> str:
    """One file: its import report, its payments, what of it is not posted."""
    page = file_page(portal().database, looking(), file_id)
    return render_template("insurance/import.html", page=page)


@insurance.get("/claims/<uuid:claim_id>")
@_POSTERS
def claim(claim_id: UUID) -> str:
    """One claim, its holds, and whose it may be."""
    return _claim(claim_id, ReleaseForm(formdata=None))


@insurance.post("/claims/<uuid:claim_id>/find")
@_POSTERS
def find_patient(claim_id: UUID) -> str:
    """By POST: an account number has no place in an address."""
    find = FindForm()
    account_number = find.account_number.data if find.validate() else ""
    return _claim(claim_id, ReleaseForm(formdata=None), account_number=account_number or "")


@insurance.post("/claims/<uuid:claim_id>/patient")
@_POSTERS
def match_patient(claim_id: UUID) -> Response:
    """Say whose claim it is."""
    form = MatchForm()
    if not form.validate():
        abort(400)
    try:
        claim_work.match_patient(
            portal().database,
            require_staff().principal,
            claim_id,
            patient_id=form.patient,
            act=act_now(),
        )
    except claim_work.PatientKnownError:  # somebody else was faster
        return _to_claim(claim_id)
    except claim_work.ImportRunningError:
        return _to_claim(claim_id, _importing())
    return _to_claim(claim_id, gettext("The claim has its patient."))


@insurance.post("/claims/<uuid:claim_id>/join")
@_POSTERS
def join_claims(claim_id: UUID) -> ResponseReturnValue:
    """Say that two claims are one: what payers decided comes together on one of them."""
    form = JoinForm()
    if not form.validate():
        if form.partner_id.errors:
            abort(HTTPStatus.BAD_REQUEST)
        page = _claim(claim_id, ReleaseForm(formdata=None), join_form=form)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        stays_id = claim_work.join_claims(
            portal().database,
            require_staff().principal,
            claim_id,
            partner_id=form.partner,
            reason=form.why_one.data or "",
            act=act_now(),
        )
    except claim_work.NotJoinableError:
        return _to_claim(claim_id, gettext("These two claims cannot be joined as they stand."))
    except claim_work.ImportRunningError:
        return _to_claim(claim_id, _importing())
    return _to_claim(stays_id, gettext("The two claims are one now."))


@insurance.post("/claims/<uuid:claim_id>/holds/release")
@_POSTERS
def release_hold(claim_id: UUID) -> ResponseReturnValue:
    """End a hold with a reason."""
    form = ReleaseForm()
    if not form.validate():
        return _claim(claim_id, form), HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        _release(claim_id, form)
    except claim_work.NotReleasableError:
        return _to_claim(claim_id, gettext("This hold cannot be released by you, or has ended."))
    except claim_work.ImportRunningError:
        return _to_claim(claim_id, _importing())
    return _to_claim(claim_id, gettext("The hold has ended."))


def _release(claim_id: UUID, form: ReleaseForm) -> None:
    database, principal = portal().database, require_staff().principal
    reason, act = form.reason.data or "", act_now()
    if form.last_stands:
        claim_work.let_last_stand(database, principal, claim_id, reason=reason, act=act)
        return
    claim_work.release_hold(database, principal, claim_id, form.hold_kind, reason=reason, act=act)


@insurance.post("/claims/<uuid:claim_id>/hold")
@_POSTERS
def hold_claim(claim_id: UUID) -> ResponseReturnValue:
    """Nothing of it is billed until somebody ends that."""
    here, form = portal(), HoldForm()
    if not form.validate():
        page = _claim(claim_id, ReleaseForm(formdata=None), hold_form=form)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    try:
        claim_acts.hold_claim(
            here.database,
            require_staff().principal,
            claim_id,
            reason=form.why.data or "",
            act=act_now(),
        )
    except claim_acts.ClaimHeldError:  # somebody else was faster
        return _to_claim(claim_id)
    except claim_work.ImportRunningError:
        return _to_claim(claim_id, _importing())
    return _to_claim(claim_id, gettext("The claim is on hold."))


@insurance.post("/claims/<uuid:claim_id>/write-off")
@_WHO_WRITES_OFF
def write_off(claim_id: UUID) -> Response:
    """Give up what payers refused."""
    here, form = portal(), WriteOffForm()
    if not form.validate():
        return _to_claim(claim_id, _changed())
    try:
        claim_acts.write_off(
            here.database,
            require_staff().principal,
            claim_id,
            seen_cents=form.seen_cents(),
            act=act_now(),
        )
    except claim_acts.NothingRefusedError:
        return _to_claim(claim_id, _changed())
    except claim_work.ImportRunningError:
        return _to_claim(claim_id, _importing())
    return _to_claim(claim_id, gettext("What was refused is written off."))


@insurance.post("/claims/<uuid:claim_id>/write-off/undo")
@_WHO_WRITES_OFF
def undo_write_off(claim_id: UUID) -> Response:
    """Put what was given up back with the payers."""
    try:
        claim_acts.undo_write_off(
            portal().database, require_staff().principal, claim_id, act=act_now()
        )
    except claim_acts.NothingRefusedError:
        return _to_claim(claim_id, _changed())
    except claim_work.ImportRunningError:
        return _to_claim(claim_id, _importing())
    return _to_claim(claim_id, gettext("What was written off is with the payers again."))


@insurance.get("/patients/<uuid:patient_id>/coverages")
@_POSTERS
def patient_coverages(patient_id: UUID) -> str:
    """What a patient is insured by."""
    page = _coverages_page(patient_id)
    return _coverages(page, _card(page, formdata=None), LastDayForm(formdata=None))


@insurance.post("/patients/<uuid:patient_id>/coverages")
@_POSTERS
def add_coverage(patient_id: UUID) -> ResponseReturnValue:
    """Put a plan on file."""
    page = _coverages_page(patient_id)
    form = _card(page)
    if form.validate():
        here, principal = portal(), require_staff().principal
        try:
            coverages.add_coverage(
                here.database, principal, patient_id, form.coverage, act=act_now()
            )
        except coverages.CoverageOverlapsError:
            refuse(form.rank, _overlaps())
        except claim_work.ImportRunningError:
            refuse(form.payer_id, _importing())
        else:
            return _to_coverages(patient_id, gettext("The plan is on file."))
    return _coverages(page, form, LastDayForm(formdata=None)), HTTPStatus.UNPROCESSABLE_ENTITY


@insurance.post("/coverages/<uuid:coverage_id>/end")
@_POSTERS
def end_coverage(coverage_id: UUID) -> ResponseReturnValue:
    """Say which day is a plan's last."""
    here, principal, form = portal(), require_staff().principal, LastDayForm()
    patient_id = coverages.patient_of(here.database, principal, coverage_id)
    if form.validate():
        try:
            coverages.end_coverage(
                here.database, principal, coverage_id, ends_on=form.last_day, act=act_now()
            )
        except coverages.EndsBeforeItStartsError:
            refuse(form.last_on, gettext("Enter a last day that is not before the first day"))
        except coverages.CoverageOverlapsError:
            refuse(form.last_on, _overlaps())
        except claim_work.ImportRunningError:
            refuse(form.last_on, _importing())
        else:
            return _to_coverages(patient_id, gettext("The last day is on file."))
    page = _coverages_page(patient_id)
    wrong = _coverages(page, _card(page, formdata=None), form, ending=coverage_id)
    return wrong, HTTPStatus.UNPROCESSABLE_ENTITY


def _coverages_page(patient_id: UUID) -> CoveragesPage:
    here = portal()
    return coverages.coverages_page(
        here.database,
        require_staff().principal,
        patient_id,
        now=here.clock(),
        request_id=request_id(),
    )


def _card(page: CoveragesPage, **formdata: None) -> CoverageForm:
    """The form, with the plans the practice knows."""
    form = CoverageForm(**formdata)
    form.known_payers = frozenset(payer_id for payer_id, _ in page.payers)
    return form


def _coverages(
    page: CoveragesPage, card: CoverageForm, last_day: LastDayForm, *, ending: UUID | None = None
) -> str:
    """``ending``: the plan whose last day was typed wrongly."""
    return render_template(
        "insurance/coverages.html",
        page=page,
        form=card,
        last_day=last_day,
        ending=ending,
        errors=[*error_summary(last_day), *error_summary(card)],
    )


def _to_coverages(patient_id: UUID, message: str) -> Response:
    flash(message)
    address = url_for(".patient_coverages", patient_id=patient_id)
    return redirect(address, code=HTTPStatus.SEE_OTHER)


def _overlaps() -> str:
    return str(
        gettext("Another plan has this place in line on some of these days. End that one first")
    )


def _changed() -> str:
    return str(gettext("The claim has changed since. Look at its figures again."))


def _importing() -> str:
    return str(gettext("A remittance is being imported. Try again soon."))


def _claim(
    claim_id: UUID,
    form: ReleaseForm,
    *,
    account_number: str = "",
    hold_form: HoldForm | None = None,
    join_form: JoinForm | None = None,
) -> str:
    """At most one of the forms was sent, with a mistake."""
    here, hold_form = portal(), hold_form or HoldForm(formdata=None)
    join_form = join_form or JoinForm(formdata=None)
    page = claim_page(
        here.database,
        require_staff().principal,
        claim_id,
        language=current_language(),
        account_number=account_number,
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template(
        "insurance/claim.html",
        page=page,
        form=form,
        hold_form=hold_form,
        join_form=join_form,
        errors=[*error_summary(form), *error_summary(hold_form), *error_summary(join_form)],
    )


def _to_claim(claim_id: UUID, message: str = "") -> Response:
    if message:
        flash(message)
    return redirect(url_for(".claim", claim_id=claim_id), code=HTTPStatus.SEE_OTHER)


def looking() -> Looking:
    """Who looks at a list."""
    here = portal()
    return Looking(
        require_staff().principal, current_language(), now=here.clock(), request_id=request_id()
    )


def page_number() -> int:
    """Of a list, from 1; what is none is the first."""
    number = request.args.get("page", default=1, type=int)
    return number if 1 <= number <= _MOST_PAGES else 1


def act_now() -> Act:
    """When somebody does something, in which request."""
    now: datetime = portal().clock()
    today = now.astimezone(ZoneInfo(require_staff().time_zone)).date()
    return Act(now=now, today=today, request_id=request_id())
