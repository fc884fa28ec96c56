"""Views of paying towards a plan, and of statements beside plans, as the templates expect."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask_wtf import FlaskForm

from portal.domain.covered_lines import put_on_plan
from portal.domain.payment_status import PaymentState
from portal.domain.statement import CoveredVisit, PaymentPlanBlock
from portal.ledger.plan_standing import PlanDue
from portal.payments.counter.payment_pages import PlanRow
from portal.payments.plans.forms import PayPlanForm
from portal.payments.plans.queries import PayPlanPage, PlanAmount, PlanChoice
from portal.payments.problems import Problem
from portal.payments.queries import PlanOfPayment
from portal.statements.payment_plans import PlanNow
from tests.web import sample_counter_views as counter
from tests.web import sample_paying_views as paying
from tests.web import sample_receipt_views as receipts
from tests.web.sample_patient_views import (
    ANA_DOCUMENT,
    ANA_STATEMENT,
    LONG_PRACTICE,
    MATEO_WRIST,
    RIVERBEND,
    STATEMENT_ID,
    an_id,
)

ROUTES: Mapping[str, str] = {
    "/pay/plan/<uuid:plan_id>": "plan_payments.pay",
    "/plans/<uuid:plan_id>": "plans.plan",
}
_NUMBER = "7Q4HN-X2M9T"
_PLAN_ID = an_id(951)
_PAY = "payments/plans/pay.html"

_DUES = (
    PlanDue(date(2026, 3, 3), 5_000),
    PlanDue(date(2026, 4, 3), 5_000),
    PlanDue(date(2026, 5, 3), 5_000),
    PlanDue(date(2026, 6, 3), 3_450),
)
IN_TIME = PayPlanPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    plan_id=_PLAN_ID,
    number=_NUMBER,
    is_standing=True,
    principal_cents=25_000,
    paid_cents=11_550,
    coming_cents=0,
    left_cents=13_450,
    past_due_cents=0,
    dues=_DUES[1:],
    choices=(
        PlanChoice(PlanAmount.NEXT, 5_000, date(2026, 4, 3), 1),
        PlanChoice(PlanAmount.ALL, 13_450, date(2026, 4, 3), 3),
    ),
    before_cents=None,
)
PAST_DUE = replace(
    IN_TIME,
    practice=LONG_PRACTICE,
    principal_cents=30_004_500,
    paid_cents=29_980_050,
    coming_cents=6_000,
    left_cents=18_450,
    past_due_cents=10_000,
    dues=_DUES,
    choices=(
        PlanChoice(PlanAmount.NEXT, 5_000, date(2026, 3, 3), 1),
        PlanChoice(PlanAmount.PAST_DUE, 10_000, date(2026, 3, 3), 2),
        PlanChoice(PlanAmount.ALL, 18_450, date(2026, 3, 3), 4),
    ),
)
COMING = replace(IN_TIME, coming_cents=13_450, left_cents=0, dues=(), choices=(), before_cents=None)
FINISHED = replace(COMING, paid_cents=25_000, coming_cents=0)
ENDED = replace(FINISHED, paid_cents=11_550, is_standing=False)

TOWARDS = PlanOfPayment(
    _PLAN_ID, _NUMBER, (PlanDue(date(2026, 4, 3), 5_000), PlanDue(date(2026, 5, 3), 2_770, 2_230))
)
CHECK = replace(paying.CHECK, chosen=(), left=(), due_now_cents=13_450, plan=TOWARDS)
RECEIPT = replace(
    receipts.RECEIPT,
    plan=TOWARDS,
    left_cents=5_680,
    due_on=date(2026, 5, 3),
    statement_id=STATEMENT_ID,
)

_WRIST = MATEO_WRIST.claim_id
NOW = PlanNow(
    plan_id=_PLAN_ID,
    number=_NUMBER,
    covers_cents=5_000,
    left_cents=13_450,
    coming_cents=0,
    past_due_cents=0,
    next_on=date(2026, 4, 3),
    next_cents=5_000,
    lines=frozenset({(_WRIST, MATEO_WRIST.lines[0].charge_id)}),
)
_ALL_LINES = frozenset(
    (visit.claim_id, line.charge_id) for visit in ANA_DOCUMENT.visits for line in visit.lines
)
PARTLY = replace(ANA_STATEMENT, due_now_cents=16_450, on_plans_cents=5_000, plans=(NOW,))
ALTOGETHER = replace(
    ANA_STATEMENT,
    state="on_plan",
    due_now_cents=0,
    on_plans_cents=20_000,
    paid_since_issue=((date(2026, 3, 20), 1_450),),
    can_pay=False,
    plans=(replace(NOW, covers_cents=20_000, past_due_cents=5_000, lines=_ALL_LINES),),
)
BLOCK = PaymentPlanBlock(
    plan_id=_PLAN_ID,
    number=_NUMBER,
    paid_cents=11_550,
    coming_cents=1_000,
    left_cents=12_450,
    past_due_cents=0,
    next_on=date(2026, 4, 3),
    next_cents=5_000,
    visits=(
        CoveredVisit(
            an_id(961),
            "Mateo",
            ("office_visit", "imaging", "lab_test"),
            date(2025, 11, 4),
            "Dr. Samir Patel",
            11_000,
        ),
        CoveredVisit(an_id(962), "Ana", ("lab_test",), None, "", 2_450),
    ),
)
_FIRST = MATEO_WRIST.lines[0]
ISSUED_BESIDE = replace(
    ANA_STATEMENT,
    due_now_cents=ANA_STATEMENT.due_now_cents - _FIRST.figures.you_owe_cents,
    document=replace(
        ANA_DOCUMENT,
        visits=tuple(
            replace(
                visit,
                lines=put_on_plan(
                    visit.lines,
                    {_FIRST.charge_id: _FIRST.figures.you_owe_cents}
                    if visit.claim_id == _WRIST
                    else {},
                ),
            )
            for visit in ANA_DOCUMENT.visits
        ),
        moved_to_plans_cents=2_000,
        payment_plans=(BLOCK,),
    ),
)

TAKE = replace(
    counter.TAKE,
    plans=(
        PlanRow(_PLAN_ID, _NUMBER, 13_450, 0, date(2026, 4, 3), 5_000),
        PlanRow(an_id(952), "2QYDB-9KHTP", 30_004_500, 10_000, date(2026, 3, 3), 5_000),
    ),
)
TAKE_CHECK = replace(
    counter.CHECK,
    take=TAKE,
    money=replace(counter.CASH, plan_id=_PLAN_ID),
    over_cents=500,
    due_cents=6_500,
    plan_number=_NUMBER,
)

PAGES: Mapping[str, tuple[Any, ...]] = {
    "pay-plan": (_PAY, IN_TIME, PayPlanForm),
    "pay-plan-past-due": (_PAY, PAST_DUE, PayPlanForm),
    "pay-plan-nothing-chosen": (_PAY, IN_TIME, PayPlanForm, {}),
    "pay-plan-too-much": (_PAY, PAST_DUE, PayPlanForm, {"how": "other", "amount": "1845"}),
    "pay-plan-on-its-way": (_PAY, COMING, PayPlanForm),
    "pay-plan-finished": (_PAY, FINISHED, PayPlanForm),
    "pay-plan-ended": (_PAY, ENDED, PayPlanForm),
    "check-plan": ("payments/check.html", CHECK),
    "waiting-plan": ("payments/waiting.html", replace(CHECK, state=PaymentState.OPEN)),
    "waiting-plan-for-the-bank": (
        "payments/waiting.html",
        replace(CHECK, state=PaymentState.PROCESSING),
    ),
    "receipt-plan": ("payments/receipt.html", RECEIPT),
    "receipt-plan-finished": ("payments/receipt.html", replace(RECEIPT, left_cents=0)),
    "history-plan": (
        "payments/history.html",
        replace(
            receipts.HISTORY,
            rows=tuple(replace(row, plan_number=_NUMBER) for row in receipts.HISTORY.rows),
        ),
    ),
    "statement-partly-on-plan": ("statements/statement.html", PARTLY),
    "statement-on-plan": ("statements/statement.html", ALTOGETHER),
    "statement-beside-plan": ("statements/statement.html", ISSUED_BESIDE),
    **{
        f"problem-plan-{kind}": (
            "payments/problem.html",
            replace(paying.PROBLEM, kind=kind, plan=TOWARDS),
        )
        for kind in Problem
    },
}


def offer(form: FlaskForm, page: object) -> None:
    """What the route tells the form of an amount."""
    if isinstance(form, PayPlanForm) and isinstance(page, PayPlanPage):
        form.offer(page)
