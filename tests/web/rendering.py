"""Every page with its sample views, drawn by the real app; the features' routes are stand-ins."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask import Flask, current_app, render_template
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from portal.auth.forms import BirthDateForm, CodeForm, SignInForm
from portal.desk.forms import AccountHoldForm, RefundForm
from portal.domain.fee_file import COLUMNS
from portal.payments.forms import AmountForm
from portal.remittances.deposits.forms import (
    BankFileForm,
    DepositForm,
    MatchDepositForm,
    ReasonForm,
)
from portal.remittances.fees.forms import FeeFileForm
from portal.remittances.fees.pages import DAYS
from portal.remittances.forms import (
    CoverageForm,
    HoldForm,
    LastDayForm,
    ReleaseForm,
    ResolveForm,
)
from portal.remittances.incoming.forms import FileForm
from portal.sync.forms import SettleForm
from portal.web.fields import error_summary
from tests.web import sample_books_views as books
from tests.web import sample_desk_views as desk
from tests.web import sample_insurance_views as posters
from tests.web import sample_patient_views as patients
from tests.web import sample_payments as payments

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
    "/desk/people/<uuid:guarantor_id>/holds": "desk.place_hold",
    "/desk/people/<uuid:guarantor_id>/holds/end": "desk.end_hold",
    "/desk/statements/<uuid:statement_id>": "desk.statement",
    "/desk/statements/<uuid:statement_id>/links": "desk.send_link",
    "/desk/links/<uuid:link_id>/revoke": "desk.revoke_link",
    "/desk/links/<uuid:link_id>/resend": "desk.resend_link",
    "/desk/tasks": "desk.tasks",
    "/desk/tasks/<uuid:task_id>/done": "desk.finish",
    "/insurance": "insurance.index",
    "/insurance/upload": "intake.upload",
    "/insurance/upload/send": "intake.send",
    "/insurance/uploads/<uuid:upload_id>": "intake.uploaded",
    "/insurance/uploads/<uuid:upload_id>/import": "intake.bring",
    "/insurance/uploads/<uuid:upload_id>/drop": "intake.drop",
    "/insurance/payments": "deposits.index",
    "/insurance/payments.csv": "deposits.as_csv",
    "/insurance/deposits/new": "deposits.new",
    "/insurance/deposits/record": "deposits.record",
    "/insurance/deposits/bank-file": "deposits.bank_file",
    "/insurance/deposits/confirm": "deposits.confirm",
    "/insurance/deposits/<uuid:deposit_id>": "deposits.deposit",
    "/insurance/deposits/<uuid:deposit_id>/match": "deposits.match",
    "/insurance/deposits/<uuid:deposit_id>/undo": "deposits.undo",
    "/insurance/deposits/<uuid:deposit_id>/aside": "deposits.set_aside",
    "/insurance/fees": "fees.index",
    "/insurance/fees/load": "fees.load",
    "/insurance/fees.csv": "fees.as_csv",
    "/insurance/holds": "insurance.holds",
    "/insurance/waiting": "insurance.waiting",
    "/insurance/silent": "insurance.silent",
    "/insurance/imports": "insurance.imports",
    "/insurance/imports/<uuid:file_id>": "insurance.file",
    "/insurance/quarantine": "quarantine.index",
    "/insurance/quarantine/<uuid:quarantine_id>": "quarantine.show",
    "/insurance/quarantine/<uuid:quarantine_id>/find": "quarantine.find",
    "/insurance/quarantine/<uuid:quarantine_id>/resolve": "quarantine.resolve",
    "/insurance/claims/<uuid:claim_id>": "insurance.claim",
    "/insurance/claims/<uuid:claim_id>/find": "insurance.find_patient",
    "/insurance/claims/<uuid:claim_id>/join": "insurance.join_claims",
    "/insurance/claims/<uuid:claim_id>/patient": "insurance.match_patient",
    "/insurance/claims/<uuid:claim_id>/holds/release": "insurance.release_hold",
    "/insurance/claims/<uuid:claim_id>/hold": "insurance.hold_claim",
    "/insurance/claims/<uuid:claim_id>/write-off": "insurance.write_off",
    "/insurance/claims/<uuid:claim_id>/write-off/undo": "insurance.undo_write_off",
    "/insurance/patients/<uuid:patient_id>/coverages": "insurance.patient_coverages",
    "/insurance/patients/<uuid:patient_id>/coverages/add": "insurance.add_coverage",
    "/insurance/coverages/<uuid:coverage_id>/end": "insurance.end_coverage",
    "/insurance/sync": "sync.index",
    "/insurance/sync/feed": "sync.feed",
    "/insurance/sync/feed/rows/<uuid:row_id>/settled": "sync.settled",
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


STAFF: Mapping[str, object] = {"staff": desk.JO}
MANAGER = {
    "staff": replace(
        desk.JO,
        role="manager",
        areas=frozenset({"desk", "insurance", "sync", "credit", "refunds"}),
    )
}
POSTER = {
    "staff": replace(
        desk.JO,
        name="Maximiliana Featherstonehaugh",
        role="poster",
        areas=frozenset({"insurance", "sync"}),
        practice_name=patients.LONG_PRACTICE.name,
    )
}
FEE_CHOICES = {"columns": COLUMNS, "choices": DAYS}
WRONG_DATE = {"born_on-month": "2", "born_on-day": "31", "born_on-year": "1985"}


SAMPLES: Mapping[str, SamplePage] = {
    "landing": SamplePage("auth/landing.html", patients.LANDING, BirthDateForm),
    "landing-long": SamplePage(
        "auth/landing.html",
        replace(patients.LANDING, practice=patients.LONG_PRACTICE),
        BirthDateForm,
    ),
    "landing-wrong": SamplePage("auth/landing.html", patients.LANDING, BirthDateForm, WRONG_DATE),
    **{
        f"link-{reason}": SamplePage(
            "auth/link_dead.html", patients.LinkDeadPage(patients.RIVERBEND, reason)
        )
        for reason in ("expired", "revoked", "closed", "replaced")
    },
    "link-unknown": SamplePage("auth/link_dead.html", patients.LinkDeadPage(None, "unknown")),
    "statement": SamplePage("statements/statement.html", patients.ANA_STATEMENT),
    "statement-partly-paid": SamplePage("statements/statement.html", patients.PARTLY_PAID),
    "statement-changed": SamplePage("statements/statement.html", patients.CHANGED_SINCE),
    "statement-being-decided": SamplePage(
        "statements/statement.html", replace(patients.PAID, is_being_decided=True)
    ),
    "statement-credit-being-decided": SamplePage(
        "statements/statement.html", replace(patients.CREDIT, is_being_decided=True)
    ),
    "statement-on-hold": SamplePage("statements/statement.html", patients.ON_HOLD),
    "statement-paid": SamplePage("statements/statement.html", patients.PAID),
    "statement-credit": SamplePage("statements/statement.html", patients.CREDIT),
    "statement-voided": SamplePage("statements/statement.html", patients.VOIDED),
    "statement-long": SamplePage("statements/statement.html", patients.LONG_STATEMENT),
    "help": SamplePage("statements/help.html", patients.HELP),
    "pay": SamplePage("payments/amount.html", patients.AMOUNT, AmountForm),
    "pay-nothing-chosen": SamplePage("payments/amount.html", patients.AMOUNT, AmountForm, {}),
    "pay-too-much": SamplePage(
        "payments/amount.html", patients.AMOUNT, AmountForm, {"how": "part", "amount": "2145"}
    ),
    "check": SamplePage("payments/check.html", patients.CHECK),
    "check-all": SamplePage(
        "payments/check.html",
        replace(patients.CHECK, due_now_cents=patients.CHECK.amount_cents),
    ),
    "waiting": SamplePage("payments/waiting.html", patients.WAITING),
    **{
        f"problem-{kind}": SamplePage("payments/problem.html", replace(patients.PROBLEM, kind=kind))
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
    "receipt": SamplePage("payments/receipt.html", patients.RECEIPT),
    "receipt-sent": SamplePage("payments/receipt.html", replace(patients.RECEIPT, books="sent")),
    "receipt-rejected": SamplePage(
        "payments/receipt.html", replace(patients.RECEIPT, books="rejected")
    ),
    "receipt-confirmed": SamplePage("payments/receipt.html", patients.RECEIPT_CONFIRMED),
    "receipt-refunded": SamplePage("payments/receipt.html", patients.RECEIPT_REFUNDED),
    "receipts": SamplePage("payments/receipts.html", patients.RECEIPTS),
    "receipts-none": SamplePage("payments/receipts.html", replace(patients.RECEIPTS, receipts=())),
    "signed-out": SamplePage("auth/signed_out.html", more={"timed_out": False}),
    "signed-out-by-time": SamplePage("auth/signed_out.html", more={"timed_out": True}),
    "staff-sign-in": SamplePage("auth/staff_sign_in.html", None, SignInForm),
    "staff-sign-in-wrong": SamplePage("auth/staff_sign_in.html", None, SignInForm, {"email": ""}),
    "staff-code": SamplePage("auth/staff_code.html", None, CodeForm),
    "desk": SamplePage("desk/search.html", desk.SEARCH_EMPTY, more=STAFF),
    "desk-nobody": SamplePage("desk/search.html", desk.SEARCH_NOBODY, more=STAFF),
    "desk-found": SamplePage("desk/search.html", desk.SEARCH, more=STAFF),
    "tasks": SamplePage("desk/tasks.html", desk.TASKS, more=STAFF),
    "tasks-poster": SamplePage("desk/tasks.html", desk.TASKS_BETWEEN, more=POSTER),
    "tasks-none": SamplePage("desk/tasks.html", desk.TasksPage((), 0, None, None), more=STAFF),
    "person": SamplePage("desk/person.html", desk.PERSON, AccountHoldForm, more=STAFF),
    "person-manager": SamplePage("desk/person.html", desk.PERSON, AccountHoldForm, more=MANAGER),
    "person-hold-without-note": SamplePage(
        "desk/person.html", desk.PERSON, AccountHoldForm, {"hold": "deceased"}, more=STAFF
    ),
    "person-hold-not-ended": SamplePage(
        "desk/person.html",
        desk.PERSON,
        AccountHoldForm,
        {"hold": "disputed"},
        more={**STAFF, "ending": "disputed"},
    ),
    "refund": SamplePage("desk/refund.html", desk.REFUND, RefundForm, more=MANAGER),
    "refund-wrong": SamplePage(
        "desk/refund.html", desk.REFUND, RefundForm, {"amount": "9999"}, more=MANAGER
    ),
    "refund-check": SamplePage(
        "desk/refund_check.html",
        desk.REFUND,
        RefundForm,
        {"amount": "20.00", "why": "paid_twice"},
        more={**MANAGER, "refund_id": patients.PAYMENT_ID},
    ),
    "credit": SamplePage(
        "desk/credit.html",
        desk.CREDIT_PAGE,
        more={**MANAGER, "changed": True, "use_id": patients.PAYMENT_ID},
    ),
    "credit-none": SamplePage(
        "desk/credit.html",
        replace(desk.CREDIT_PAGE, usable_cents=0, allocations=()),
        more={**MANAGER, "changed": False, "use_id": patients.PAYMENT_ID},
    ),
    "person-empty": SamplePage("desk/person.html", desk.PERSON_EMPTY, AccountHoldForm, more=STAFF),
    "person-cannot-send": SamplePage(
        "desk/person.html", desk.PERSON_CANNOT_SEND, AccountHoldForm, more=STAFF
    ),
    "desk-statement": SamplePage(
        "desk/statement.html",
        patients.ANA_STATEMENT,
        more={"guarantor_id": patients.GUARANTOR_ID},
    ),
    "insurance": SamplePage("insurance/index.html", posters.INSURANCE, more=STAFF),
    "insurance-empty": SamplePage("insurance/index.html", posters.INSURANCE_EMPTY, more=POSTER),
    "quarantine": SamplePage("insurance/quarantine.html", posters.QUARANTINE_LIST, more=STAFF),
    "quarantine-empty": SamplePage(
        "insurance/quarantine.html", posters.NOTHING_LISTED, more=POSTER
    ),
    "holds": SamplePage("insurance/holds.html", posters.HOLD_LIST, more=STAFF),
    "waiting-claims": SamplePage("insurance/waiting.html", posters.WAITING_LIST, more=STAFF),
    "silent": SamplePage("insurance/silent.html", posters.SILENT_LIST, more=STAFF),
    "imports": SamplePage("insurance/imports.html", posters.IMPORT_LIST, more=STAFF),
    "import": SamplePage("insurance/import.html", posters.FILE, more=STAFF),
    "quarantined": SamplePage(
        "insurance/quarantine_claim.html", posters.QUARANTINED, ResolveForm, more=STAFF
    ),
    "quarantined-without-reason": SamplePage(
        "insurance/quarantine_claim.html",
        posters.QUARANTINED,
        ResolveForm,
        {"act": "rejected"},
        more=STAFF,
    ),
    "quarantine-ended": SamplePage(
        "insurance/quarantine_claim.html", posters.QUARANTINE_ENDED, ResolveForm, more=STAFF
    ),
    "withheld": SamplePage(
        "insurance/quarantine_payment.html", posters.WITHHELD, ResolveForm, more=STAFF
    ),
    "claim": SamplePage("insurance/claim.html", posters.CLAIM, ReleaseForm, more=STAFF),
    "claim_joined": SamplePage(
        "insurance/claim.html", posters.CLAIM_JOINED, ReleaseForm, more=STAFF
    ),
    "claim-wrong": SamplePage(
        "insurance/claim.html",
        posters.CLAIM,
        ReleaseForm,
        {"kind": "crossover", "reason": ""},
        more=POSTER,
    ),
    "coverages": SamplePage(
        "insurance/coverages.html", posters.COVERAGES, CoverageForm, more=STAFF
    ),
    "coverages-none": SamplePage(
        "insurance/coverages.html",
        replace(posters.COVERAGES, coverages=()),
        CoverageForm,
        more=POSTER,
    ),
    "coverages-wrong": SamplePage(
        "insurance/coverages.html",
        posters.COVERAGES,
        CoverageForm,
        {"payer_id": "", "rank": "1", "starts_on": "2026-02-31"},
        more=POSTER,
    ),
    "upload": SamplePage(
        "insurance/upload.html", payments.UPLOADS, FileForm, more={**STAFF, "why": ""}
    ),
    "upload-empty": SamplePage(
        "insurance/upload.html",
        payments.NO_UPLOADS,
        FileForm,
        {},
        more={**POSTER, "why": "This is a gzip archive."},
    ),
    **{
        f"uploaded-{name}": SamplePage("insurance/upload_file.html", view, more=STAFF)
        for name, view in {
            "checked": payments.CHECKED,
            "sent-claims": payments.SENT_CLAIMS,
            "other": payments.OTHER_KIND,
            "waiting": payments.WAITING,
            "failed": payments.FAILED,
            "refused": payments.REFUSED,
            "imported": payments.IMPORTED,
        }.items()
    },
    "payments": SamplePage("insurance/payments.html", payments.PAYMENTS, BankFileForm, more=STAFF),
    "payments-empty": SamplePage(
        "insurance/payments.html", payments.NO_PAYMENTS, BankFileForm, {}, more=POSTER
    ),
    "deposit-new": SamplePage(
        "insurance/payments_new_deposit.html",
        None,
        DepositForm,
        {"deposited_on": "soon", "amount": "x"},
        more={**STAFF, "awaited": payments.PAYMENTS.awaited},
    ),
    "deposit-new-none": SamplePage(
        "insurance/payments_new_deposit.html", None, DepositForm, more={**STAFF, "awaited": ()}
    ),
    "deposit-open": SamplePage(
        "insurance/payments_deposit.html", payments.OPEN_DEPOSIT, MatchDepositForm, {}, more=STAFF
    ),
    "deposit-matched": SamplePage(
        "insurance/payments_deposit.html", payments.MATCHED_DEPOSIT, MatchDepositForm, more=STAFF
    ),
    "deposit-aside": SamplePage(
        "insurance/payments_deposit.html", payments.SET_ASIDE, MatchDepositForm, more=POSTER
    ),
    "fees": SamplePage(
        "insurance/fees.html", payments.FEES, FeeFileForm, more={**STAFF, **FEE_CHOICES}
    ),
    "fees-empty": SamplePage(
        "insurance/fees.html", payments.NO_FEES, FeeFileForm, {}, more={**POSTER, **FEE_CHOICES}
    ),
    "sync": SamplePage("insurance/sync.html", books.SYNC, more=STAFF),
    "sync-empty": SamplePage("insurance/sync.html", books.SYNC_EMPTY, more=POSTER),
    "feed": SamplePage(
        "insurance/feed.html", books.FEED, SettleForm, more={**STAFF, "wrong_row_id": None}
    ),
    "feed-no-reason": SamplePage(
        "insurance/feed.html",
        books.FEED,
        SettleForm,
        {},
        more={**POSTER, "wrong_row_id": books.FEED.refused[0].row_id},
    ),
    "feed-empty": SamplePage(
        "insurance/feed.html", books.FEED_EMPTY, SettleForm, more={**POSTER, "wrong_row_id": None}
    ),
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
            form.amount.allow(minimum_cents=50, maximum_cents=patients.AMOUNT.due_now_cents)
        if isinstance(form, RefundForm):
            form.amount.allow(minimum_cents=1, maximum_cents=desk.REFUND.alone_cents)
        if isinstance(form, AccountHoldForm):
            context.setdefault("ending", "")
        if isinstance(form, ReleaseForm):
            context["hold_form"] = HoldForm(formdata=None, meta={"csrf": False})
        if isinstance(form, MatchDepositForm):
            context["reason"] = ReasonForm(formdata=None, meta={"csrf": False})
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
