"""Every page with its sample views, drawn by the real app; the features' routes are stand-ins."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask, current_app, render_template
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from portal.auth.forms import BirthDateForm, CodeForm, SignInForm
from portal.desk.forms import RefundForm
from portal.payments.forms import AmountForm
from portal.remittances.forms import CoverageForm, LastDayForm, ReleaseForm
from portal.web.fields import error_summary
from tests.web import sample_views as views

ROUTES = {
    "/s/<token>": "auth.landing",
    "/sign-out": "auth.sign_out",
    "/statements/<uuid:statement_id>": "statements.show",
    "/statements/<uuid:statement_id>/help": "statements.help",
    "/statements/<uuid:statement_id>/pay": "payments.amount",
    "/payments/<uuid:payment_id>/check": "payments.check",
    "/payments/<uuid:payment_id>/confirm": "payments.confirm",
    "/payments/<uuid:payment_id>/waiting": "payments.waiting",
    "/payments/<uuid:payment_id>/return": "payments.returned",
    "/desk/payments/<uuid:payment_id>/refund": "money.refund",
    "/desk/payments/<uuid:payment_id>/refund/confirm": "money.confirm_refund",
    "/desk/people/<uuid:guarantor_id>/credit": "money.credit",
    "/payments/<uuid:payment_id>/receipt": "payments.receipt",
    "/statements/<uuid:statement_id>/receipts": "payments.receipts",
    "/staff/sign-in": "staff.sign_in",
    "/staff/sign-in/code": "staff.sign_in_code",
    "/staff/sign-out": "staff.sign_out",
    "/desk": "desk.home",
    "/desk/search": "desk.search",
    "/desk/people/<uuid:guarantor_id>": "desk.person",
    "/desk/statements/<uuid:statement_id>": "desk.statement",
    "/desk/statements/<uuid:statement_id>/links": "desk.send_link",
    "/desk/links/<uuid:link_id>/revoke": "desk.revoke_link",
    "/desk/links/<uuid:link_id>/resend": "desk.resend_link",
    "/desk/tasks": "desk.tasks",
    "/desk/tasks/<uuid:task_id>/done": "desk.finish",
    "/insurance": "insurance.index",
    "/insurance/claims/<uuid:claim_id>": "insurance.claim",
    "/insurance/claims/<uuid:claim_id>/find": "insurance.find_patient",
    "/insurance/claims/<uuid:claim_id>/join": "insurance.join_claims",
    "/insurance/claims/<uuid:claim_id>/patient": "insurance.match_patient",
    "/insurance/claims/<uuid:claim_id>/holds/release": "insurance.release_hold",
    "/insurance/patients/<uuid:patient_id>/coverages": "insurance.patient_coverages",
    "/insurance/patients/<uuid:patient_id>/coverages/add": "insurance.add_coverage",
    "/insurance/coverages/<uuid:coverage_id>/end": "insurance.end_coverage",
    "/insurance/sync": "sync.index",
    "/insurance/sync/posts/<uuid:post_id>/again": "sync.again",
}


@dataclass(frozen=True, slots=True)
class SamplePage:
    """A template and what its view gives it; ``typed`` is a form that was sent, with its errors."""

    template: str
    page: object = None
    form: type[FlaskForm] | None = None
    typed: Mapping[str, str] | None = None
    more: Mapping[str, object] = field(default_factory=dict)


STAFF: Mapping[str, object] = {"staff": views.JO}
MANAGER = {
    "staff": replace(
        views.JO,
        role="manager",
        areas=frozenset({"desk", "insurance", "sync", "credit", "refunds"}),
    )
}
POSTER = {
    "staff": replace(
        views.JO,
        name="Maximiliana Featherstonehaugh",
        role="poster",
        areas=frozenset({"insurance", "sync"}),
        practice_name=views.LONG_PRACTICE.name,
    )
}
WRONG_DATE = {"born_on-month": "2", "born_on-day": "31", "born_on-year": "1985"}


SAMPLES: Mapping[str, SamplePage] = {
    "landing": SamplePage("auth/landing.html", views.LANDING, BirthDateForm),
    "landing-long": SamplePage(
        "auth/landing.html", replace(views.LANDING, practice=views.LONG_PRACTICE), BirthDateForm
    ),
    "landing-wrong": SamplePage("auth/landing.html", views.LANDING, BirthDateForm, WRONG_DATE),
    **{
        f"link-{reason}": SamplePage(
            "auth/link_dead.html", views.LinkDeadPage(views.RIVERBEND, reason)
        )
        for reason in ("expired", "revoked", "closed", "replaced")
    },
    "link-unknown": SamplePage("auth/link_dead.html", views.LinkDeadPage(None, "unknown")),
    "statement": SamplePage("statements/statement.html", views.ANA_STATEMENT),
    "statement-partly-paid": SamplePage("statements/statement.html", views.PARTLY_PAID),
    "statement-being-decided": SamplePage(
        "statements/statement.html", replace(views.PAID, is_being_decided=True)
    ),
    "statement-credit-being-decided": SamplePage(
        "statements/statement.html", replace(views.CREDIT, is_being_decided=True)
    ),
    "statement-paid": SamplePage("statements/statement.html", views.PAID),
    "statement-credit": SamplePage("statements/statement.html", views.CREDIT),
    "statement-voided": SamplePage("statements/statement.html", views.VOIDED),
    "statement-long": SamplePage("statements/statement.html", views.LONG_STATEMENT),
    "help": SamplePage("statements/help.html", views.HELP),
    "pay": SamplePage("payments/amount.html", views.AMOUNT, AmountForm),
    "pay-nothing-chosen": SamplePage("payments/amount.html", views.AMOUNT, AmountForm, {}),
    "pay-too-much": SamplePage(
        "payments/amount.html", views.AMOUNT, AmountForm, {"how": "part", "amount": "2145"}
    ),
    "check": SamplePage("payments/check.html", views.CHECK),
    "check-all": SamplePage(
        "payments/check.html", replace(views.CHECK, due_now_cents=views.CHECK.amount_cents)
    ),
    "waiting": SamplePage("payments/waiting.html", views.WAITING),
    **{
        f"problem-{kind}": SamplePage("payments/problem.html", replace(views.PROBLEM, kind=kind))
        for kind in (
            "declined",
            "canceled",
            "expired",
            "not_started",
            "open_elsewhere",
            "open_on_another",
            "changed",
            "nothing_due",
        )
    },
    "receipt": SamplePage("payments/receipt.html", views.RECEIPT),
    "receipt-sent": SamplePage("payments/receipt.html", replace(views.RECEIPT, books="sent")),
    "receipt-rejected": SamplePage(
        "payments/receipt.html", replace(views.RECEIPT, books="rejected")
    ),
    "receipt-confirmed": SamplePage("payments/receipt.html", views.RECEIPT_CONFIRMED),
    "receipt-refunded": SamplePage("payments/receipt.html", views.RECEIPT_REFUNDED),
    "receipts": SamplePage("payments/receipts.html", views.RECEIPTS),
    "receipts-none": SamplePage("payments/receipts.html", replace(views.RECEIPTS, receipts=())),
    "signed-out": SamplePage("auth/signed_out.html", more={"timed_out": False}),
    "signed-out-by-time": SamplePage("auth/signed_out.html", more={"timed_out": True}),
    "staff-sign-in": SamplePage("auth/staff_sign_in.html", None, SignInForm),
    "staff-sign-in-wrong": SamplePage("auth/staff_sign_in.html", None, SignInForm, {"email": ""}),
    "staff-code": SamplePage("auth/staff_code.html", None, CodeForm),
    "desk": SamplePage("desk/search.html", views.SEARCH_EMPTY, more=STAFF),
    "desk-nobody": SamplePage("desk/search.html", views.SEARCH_NOBODY, more=STAFF),
    "desk-found": SamplePage("desk/search.html", views.SEARCH, more=STAFF),
    "tasks": SamplePage("desk/tasks.html", views.TASKS, more=STAFF),
    "tasks-poster": SamplePage("desk/tasks.html", views.TASKS_BETWEEN, more=POSTER),
    "tasks-none": SamplePage("desk/tasks.html", views.TasksPage((), 0, None, None), more=STAFF),
    "person": SamplePage("desk/person.html", views.PERSON, more=STAFF),
    "person-manager": SamplePage("desk/person.html", views.PERSON, more=MANAGER),
    "refund": SamplePage("desk/refund.html", views.REFUND, RefundForm, more=MANAGER),
    "refund-wrong": SamplePage(
        "desk/refund.html", views.REFUND, RefundForm, {"amount": "9999"}, more=MANAGER
    ),
    "refund-check": SamplePage(
        "desk/refund_check.html",
        views.REFUND,
        RefundForm,
        {"amount": "20.00", "why": "paid_twice"},
        more={**MANAGER, "refund_id": views.PAYMENT_ID},
    ),
    "credit": SamplePage(
        "desk/credit.html",
        views.CREDIT_PAGE,
        more={**MANAGER, "changed": True, "use_id": views.PAYMENT_ID},
    ),
    "credit-none": SamplePage(
        "desk/credit.html",
        replace(views.CREDIT_PAGE, usable_cents=0, allocations=()),
        more={**MANAGER, "changed": False, "use_id": views.PAYMENT_ID},
    ),
    "person-empty": SamplePage("desk/person.html", views.PERSON_EMPTY, more=STAFF),
    "person-cannot-send": SamplePage("desk/person.html", views.PERSON_CANNOT_SEND, more=STAFF),
    "desk-statement": SamplePage(
        "desk/statement.html",
        views.ANA_STATEMENT,
        more={"guarantor_id": views.GUARANTOR_ID},
    ),
    "insurance": SamplePage("insurance/index.html", views.INSURANCE, more=STAFF),
    "insurance-empty": SamplePage("insurance/index.html", views.INSURANCE_EMPTY, more=POSTER),
    "claim": SamplePage("insurance/claim.html", views.CLAIM, ReleaseForm, more=STAFF),
    "claim_joined": SamplePage("insurance/claim.html", views.CLAIM_JOINED, ReleaseForm, more=STAFF),
    "claim-wrong": SamplePage(
        "insurance/claim.html",
        views.CLAIM,
        ReleaseForm,
        {"kind": "crossover", "reason": ""},
        more=POSTER,
    ),
    "coverages": SamplePage("insurance/coverages.html", views.COVERAGES, CoverageForm, more=STAFF),
    "coverages-none": SamplePage(
        "insurance/coverages.html",
        replace(views.COVERAGES, coverages=()),
        CoverageForm,
        more=POSTER,
    ),
    "coverages-wrong": SamplePage(
        "insurance/coverages.html",
        views.COVERAGES,
        CoverageForm,
        {"payer_id": "", "rank": "1", "starts_on": "2026-02-31"},
        more=POSTER,
    ),
    "sync": SamplePage("insurance/sync.html", views.SYNC, more=STAFF),
    "sync-empty": SamplePage("insurance/sync.html", views.SYNC_EMPTY, more=POSTER),
}


def add_stub_routes(app: Flask) -> None:
    """The addresses that templates link to; nothing stands behind them."""
    for path, endpoint in ROUTES.items():
        app.add_url_rule(path, endpoint, lambda **_: "", methods=["GET", "POST"])


def asset_url(name: str) -> str:
    """Where the running app serves a static file."""
    return str(current_app.jinja_env.globals["asset_url"](name))  # type: ignore[operator]  # Jinja types its globals as objects


def render_page(name: str) -> str:
    """Draw a sample page, within a request."""
    sample = SAMPLES[name]
    context: dict[str, Any] = dict(sample.more)
    if sample.form is not None:
        typed = None if sample.typed is None else MultiDict(sample.typed)
        form = sample.form(formdata=typed, meta={"csrf": False})
        if isinstance(form, AmountForm):
            form.amount.allow(minimum_cents=50, maximum_cents=views.AMOUNT.due_now_cents)
        if isinstance(form, RefundForm):
            form.amount.allow(minimum_cents=1, maximum_cents=views.REFUND.alone_cents)
        if isinstance(form, CoverageForm):
            context["last_day"] = LastDayForm(formdata=None, meta={"csrf": False})
            context["ending"] = None
        if typed is not None:
            form.validate()
            context["errors"] = error_summary(form)
        context["form"] = form
    if sample.page is not None:
        context["page"] = sample.page
    return render_template(sample.template, **context)
