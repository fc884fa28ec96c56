"""The report of plans, and its file."""

from flask import Response as FileResponse
from flask import render_template

from portal.auth.policies import staff_only
from portal.auth.roles import REACH, Area
from portal.collections.blueprint import act, collections, csv_file, database, member
from portal.collections.reports.pages import report_csv, report_page

_STAFF = staff_only(*REACH[Area.PLANS])


@collections.get("/reports")
@_STAFF
def reports() -> str:
    """Rates, money by week, what is scheduled."""
    return render_template(
        "collections/reports.html", page=report_page(database(), member(), **act())
    )


@collections.get("/reports.csv")
@_STAFF
def reports_as_csv() -> FileResponse:
    """The same for a spreadsheet."""
    return csv_file(report_csv(database(), member(), **act()), "payment-plans")
