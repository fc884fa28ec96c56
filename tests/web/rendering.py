"""A sample page drawn by the real app; the features' routes are stand-ins."""

from typing import Any

from flask import Flask, current_app, render_template
from werkzeug.datastructures import MultiDict

from portal.desk.forms import AccountHoldForm, RefundForm
from portal.remittances.deposits.forms import (
    MatchDepositForm,
    ReasonForm,
)
from portal.remittances.forms import (
    CoverageForm,
    HoldForm,
    JoinForm,
    LastDayForm,
    ReleaseForm,
)
from portal.web.fields import error_summary
from portal.web.i18n import current_language
from tests.web import sample_access_views as access
from tests.web import sample_account_views as account
from tests.web import sample_case_views as case_views
from tests.web import sample_charge_views as charges
from tests.web import sample_collections_views as collections_views
from tests.web import sample_counter_views as counter
from tests.web import sample_credit_views as own_credit
from tests.web import sample_desk_views as desk
from tests.web import sample_home_views as home
from tests.web import sample_look_views as look
from tests.web import sample_paper_views as papers
from tests.web import sample_paying_views as paying
from tests.web import sample_plan_payment_views as plan_payments
from tests.web import sample_plan_rules_views as plan_rules
from tests.web import sample_plan_views as plans
from tests.web import sample_refund_views as refunds
from tests.web import sample_staff_plan_views as staff_plans
from tests.web import sample_viewing_views as viewing
from tests.web.samples import SAMPLES

ROUTES = {
    **access.ROUTES,
    **account.ROUTES,
    **charges.ROUTES,
    **plan_payments.ROUTES,
    **plans.ROUTES,
    **collections_views.ROUTES,
    **plan_rules.ROUTES,
    **staff_plans.ROUTES,
    **look.ROUTES,
    **papers.ROUTES,
    **home.ROUTES,
    **case_views.ROUTES,
    **refunds.ROUTES,
    **own_credit.ROUTES,
    **viewing.ROUTES,
    "/s/<token>": "auth.landing",
    "/sign-out": "auth.sign_out",
    "/statements/<uuid:statement_id>": "statements.show",
    "/statements/<uuid:statement_id>/help": "statements.help",
    "/statements/<uuid:statement_id>/pay": "payments.amount",
    "/payments/<uuid:payment_id>/check": "payments.check",
    "/payments/<uuid:payment_id>/confirm": "payments.confirm",
    "/payments/<uuid:payment_id>/waiting": "payments.waiting",
    "/payments/<uuid:payment_id>/return": "payments.returned",
    "/money": "books.index",
    "/money/books": "books.day",
    "/money/books.csv": "books.day_as_csv",
    "/money/payouts": "books.payouts",
    "/money/payouts/<uuid:payout_id>": "books.payout",
    "/money/disputes": "disputes.index",
    "/money/disputes/<uuid:dispute_id>": "disputes.show",
    "/money/disputes/<uuid:dispute_id>/evidence": "disputes.evidence",
    "/money/disputes/<uuid:dispute_id>/evidence/confirm": "disputes.confirm",
    "/money/disputes/<uuid:dispute_id>/accept": "disputes.accept",
    "/money/suspense": "suspense.index",
    "/money/refunds": "refunds.index",
    "/money/credits": "credits.index",
    "/money/payments/<uuid:payment_id>": "credits.payment",
    "/money/counter": "counter.index",
    "/money/counter/card-machine": "counter.batch",
    "/money/counter/card-machine/<uuid:terminal_batch_id>": "counter.machine_batch",
    "/money/counter/card-machine/<uuid:terminal_batch_id>/take-back": "counter.take_back",
    "/money/counter/day": "counter.day",
    "/money/counter/day.csv": "counter.day_as_csv",
    "/money/counter/deposits": "counter.deposit",
    "/money/counter/deposits/<uuid:desk_deposit_id>": "counter.slip",
    "/money/counter/drawers": "counter.open_drawer",
    "/money/counter/drawers/<uuid:drawer_id>": "counter.drawer",
    "/money/counter/drawers/<uuid:drawer_id>/carry-on": "counter.carry_on",
    "/money/counter/drawers/<uuid:drawer_id>/close": "counter.close",
    "/money/counter/drawers/<uuid:drawer_id>/count": "counter.count",
    "/money/counter/drawers/<uuid:drawer_id>/reopen": "counter.reopen",
    "/money/counter/people/<uuid:guarantor_id>": "counter.take",
    "/money/counter/people/<uuid:guarantor_id>/confirm": "counter.confirm",
    "/money/counter/payments/<uuid:payment_id>": "counter.receipt",
    "/money/counter/payments/<uuid:payment_id>/ask-for-void": "counter.ask_for_void",
    "/money/counter/payments/<uuid:payment_id>/found": "counter.found",
    "/money/counter/payments/<uuid:payment_id>/keep": "counter.keep",
    "/money/counter/payments/<uuid:payment_id>/void": "counter.void",
    "/money/counter/payments/<uuid:payment_id>/returned": "counter.returned",
    "/desk/people/<uuid:guarantor_id>/phone": "phone.call",
    "/desk/people/<uuid:guarantor_id>/phone/send": "phone.send",
    "/desk/payments/<uuid:payment_id>/refund": "money.refund",
    "/desk/payments/<uuid:payment_id>/refund/confirm": "money.confirm_refund",
    "/desk/people/<uuid:guarantor_id>/credit": "money.credit",
    "/payments/<uuid:payment_id>/problem": "payments.problem",
    "/payments/<uuid:payment_id>/receipt": "payments.receipt",
    "/statements/<uuid:statement_id>/receipts": "payments.receipts",
    "/payments/<uuid:payment_id>/receipt.pdf": "receipts.paper",
    "/payments": "receipts.history",
    "/payments/year/<int:year>": "receipts.year",
    "/payments/year/<int:year>.pdf": "receipts.year_as_paper",
    "/payments/year/<int:year>.csv": "receipts.year_as_csv",
    "/pay/<slug>": "guests.pay",
    "/pay/<slug>/back/<token>": "guests.returned",
    "/staff/sign-in": "staff.sign_in",
    "/staff/sign-in/code": "staff.sign_in_code",
    "/staff/sign-out": "staff.sign_out",
    "/desk": "desk.home",
    "/desk/search": "desk.search",
    "/desk/people/<uuid:guarantor_id>": "desk.person",
    "/desk/people/<uuid:guarantor_id>/account/end": "desk.end_account",
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


def add_stub_routes(app: Flask) -> None:
    """The addresses that templates link to; nothing stands behind them but a practice's look."""
    app.jinja_env.globals["is_offered"] = lambda _endpoint: True  # the holder looks
    look.serve_files(app)
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
        paying.offer(form, sample.page)
        counter.offer(form)
        account.offer(form)
        plan_payments.offer(form, sample.page)
        plan_rules.fill(form)
        plans.offer(form)
        if isinstance(form, RefundForm):
            form.amount.allow(minimum_cents=1, maximum_cents=desk.REFUND.most_cents)
            refunds.offer(form, desk.REFUND.parts)
        if isinstance(form, AccountHoldForm):
            context.setdefault("ending", "")
        if isinstance(form, ReleaseForm):
            context["hold_form"] = HoldForm(formdata=None, meta={"csrf": False})
            context["join_form"] = JoinForm(formdata=None, meta={"csrf": False})
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
    context |= access.beside(sample.template)
    context |= papers.beside(sample.template, sample.page)
    context |= look.beside(sample.template, sample.page, typed=sample.typed is not None)
    if sample.template == "practice/change.html" and sample.typed is not None:
        context["errors"] = error_summary(context["form"])
    context |= case_views.beside(name, sample.template, sample.page, context)
    context |= counter.beside(sample.page)
    context |= viewing.beside(context.get("form"))
    context |= staff_plans.beside(sample.page)
    context |= collections_views.beside(sample.page, context.get("form"))
    context |= refunds.beside(sample.page, sample.typed)
    context |= paying.words_of(sample.page, current_language())
    return render_template(sample.template, **context)
