"""What payers allowed beside what they agreed to, for posters."""

from http import HTTPStatus

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from portal.auth.current import require_staff
from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.domain.fee_file import COLUMNS
from portal.domain.line_errors import LineError
from portal.remittances.fees import service as fee_loading
from portal.remittances.fees.forms import FeeFileForm
from portal.remittances.fees.pages import DAYS, fees_csv, fees_page
from portal.remittances.forms import first_errors
from portal.request_id import request_id
from portal.web.context import portal
from portal.web.fields import error_summary
from portal.web.security import takes_files

fees = Blueprint("fees", __name__, url_prefix="/insurance")

_POSTERS = staff_only(*REACH[Area.INSURANCE])
_FORM_BYTES = 16 * 1024
_USUAL_DAYS = 90


@fees.get("/fees")
@_POSTERS
def index() -> str:
    """Differences by payer and code, and claim by claim."""
    return _index(FeeFileForm(formdata=None))


@fees.get("/fees.csv")
@_POSTERS
def as_csv() -> Response:
    """Every line that differs, for a spreadsheet."""
    here = portal()
    content = fees_csv(
        here.database,
        require_staff().principal,
        days=_days(),
        now=here.clock(),
        request_id=request_id(),
    )
    named = {"Content-Disposition": "attachment; filename=fee-differences.csv"}
    return Response(content, mimetype="text/csv", headers=named)


@fees.post("/fees")
@_POSTERS
@takes_files(fee_loading.MOST_BYTES + _FORM_BYTES)
def load() -> ResponseReturnValue:
    """Put a schedule on file, whole or not at all."""
    form, member, here = FeeFileForm(), require_staff(), portal()
    wrong: tuple[LineError, ...] = ()
    if form.validate():
        try:
            loaded = fee_loading.load_fees(
                here.database,
                member.principal,
                form.file.data.stream,
                name=form.file.data.filename or "",
                payer=form.payer.data or "",
                loaded_by=member.name,
                now=here.clock(),
                request_id=request_id(),
            )
        except fee_loading.FeesRefusedError as error:
            wrong = error.errors
        else:
            flash(ngettext("One price is on file.", "%(num)s prices are on file.", loaded.fees))
            return redirect(url_for(".index"), code=HTTPStatus.SEE_OTHER)
    return _index(form, *wrong), HTTPStatus.UNPROCESSABLE_ENTITY


def _index(form: FeeFileForm, *wrong: LineError) -> str:
    here = portal()
    page = fees_page(
        here.database,
        require_staff().principal,
        days=_days(),
        now=here.clock(),
        request_id=request_id(),
    )
    return render_template(
        "insurance/fees.html",
        page=page,
        form=form,
        columns=COLUMNS,
        choices=DAYS,
        errors=error_summary(form, *first_errors(wrong)),
    )


def _days() -> int:
    asked = request.args.get("days", type=int)
    return asked if asked in DAYS else _USUAL_DAYS
