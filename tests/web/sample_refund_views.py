"""Pages of refunds, payments, credits and suspense as values."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict

from portal.desk.forms import RefundForm
from portal.domain.credit_clocks import ClockState, CreditOwner, Standing
from portal.domain.payment_channel import PaymentChannel
from portal.domain.payment_status import PaymentState, RefundState
from portal.domain.refund_checks import StopAnswer, StopReason, outstanding
from portal.domain.refund_ways import RefundWay
from portal.domain.service_kind import ServiceKind
from portal.payments.credits.balances import (
    BalancesPage,
    PatientCredit,
    PayerCredit,
    Proposal,
    Which,
)
from portal.payments.credits.forms import DepositForm, MoveForm
from portal.payments.credits.part_rows import PartRow
from portal.payments.credits.payment_page import (
    ForVisit,
    Moved,
    MoveLine,
    MovePage,
    PaymentPage,
    SentBack,
    VisitSaid,
)
from portal.payments.refunds.check_pages import CheckRow, ChecksPage
from portal.payments.refunds.forms import CashedForm, HandedForm, RejectForm, StopForm
from portal.payments.refunds.page import Account
from portal.payments.refunds.queries import OneRefundPage, RefundRow, RefundsPage
from portal.payments.refunds.stop_rows import StopRow
from portal.payments.suspense.forms import SuspenseForm
from portal.payments.suspense.items import OpenItem, SuspenseKind
from portal.payments.suspense.queries import ParkedRow, SuspensePage, SuspenseRow
from portal.web.fields import error_summary

AT = datetime(2026, 3, 9, 14, 10, tzinfo=UTC)
GUARANTOR_ID, PAYMENT_ID, REFUND_ID = UUID(int=71), UUID(int=72), UUID(int=73)
LONG_NAME = "Maximiliana Featherstonehaugh-Villanueva de la Cruz"
ANA = Account(GUARANTOR_ID, "Ana Reyes", "A-20411")
_CLAIM, _LINE = UUID(int=74), UUID(int=75)
VISIT = PartRow(
    key=f"{_CLAIM}_{_LINE}",
    amount_cents=12_050,
    service_kind=ServiceKind.OFFICE_VISIT,
    claim_number="R10041",
    patient_first_name="Mateo",
    service_on=date(2026, 1, 14),
    provider_name="Lena Okafor",
)
OTHER_VISIT = replace(
    VISIT, key=str(UUID(int=76)), amount_cents=0, service_kind=ServiceKind.WHOLE_VISIT
)
CREDIT = PartRow("credit", 2_000)
PARTS = (CREDIT, VISIT)

WAITING = RefundRow(
    refund_id=REFUND_ID,
    payment_id=PAYMENT_ID,
    guarantor_id=GUARANTOR_ID,
    guarantor_name="Ana Reyes",
    account_number="A-20411",
    receipt_number="RB-2026-000041",
    method_brand="visa",
    method_last4="4242",
    amount_cents=62_000,
    way=RefundWay.ORIGINAL,
    state=RefundState.WAITING,
    reason="insurance_paid",
    requested_by="Jo Kim",
    requested_at=AT,
    decided_by="",
    decided_at=None,
    decision_reason="",
    handed_by="",
    handed_on=None,
    handed_reference="",
    mailed_to=(),
)
CHECK = replace(
    WAITING,
    way=RefundWay.CHECK,
    state=RefundState.REQUESTED,
    guarantor_name=LONG_NAME,
    amount_cents=3_000,
    decided_by="Ida Lund",
    decided_at=AT,
)
TERMINAL = replace(CHECK, way=RefundWay.TERMINAL)
MAILED = replace(
    CHECK,
    state=RefundState.SUCCEEDED,
    handed_by="Jo Kim",
    handed_on=date(2026, 3, 11),
    handed_reference="1042",
    mailed_to=("12 Oak Street", "Portland, OR 97201"),
)
REJECTED = replace(
    WAITING,
    state=RefundState.REJECTED,
    decided_by="Ida Lund",
    decided_at=AT,
    decision_reason="The insurance has not paid it yet.",
)
REFUNDS = RefundsPage(
    to_approve=(WAITING,),
    to_hand_over=(CHECK, TERMINAL),
    on_the_way=(replace(WAITING, state=RefundState.PENDING),),
    ended=(
        MAILED,
        REJECTED,
        replace(WAITING, state=RefundState.RETURNED),
        replace(WAITING, state=RefundState.FAILED, requested_by="", reason="made at Stripe"),
        replace(WAITING, state=RefundState.CANCELED),
    ),
)
REFUNDS = replace(REFUNDS, checks_out=3)
NO_REFUNDS = RefundsPage((), (), (), ())
ONE_WAITING = OneRefundPage(
    WAITING, PARTS, (), may_approve=True, first_day=date(2026, 3, 9), today=date(2026, 3, 11)
)
ONE_OF_MINE = replace(ONE_WAITING, may_approve=False)
ONE_CHECK = replace(
    ONE_WAITING, refund=CHECK, parts=(), address=("12 Oak Street", "Portland, OR 97201")
)
ONE_CHECK_NO_ADDRESS = replace(ONE_CHECK, address=())
ONE_TERMINAL = replace(ONE_CHECK, refund=TERMINAL, address=())
_TODAY = date(2026, 3, 11)
_WAITING_STOP = StopRow(
    reason=StopReason.LOST,
    bank_reference="STOP 4411-7",
    new_refund_id=UUID(int=81),
    asked_by="Jo Kim",
    asked_at=AT,
    is_mine=False,
    answer=StopAnswer.WAITING,
    answered_by="",
    answered_at=None,
)
_REFUSED_STOP = replace(
    _WAITING_STOP,
    reason=StopReason.CAME_BACK,
    bank_reference="",
    answer=StopAnswer.REFUSED,
    answered_by="Ida Lund",
    answered_at=AT,
)
_DONE_STOP = replace(_WAITING_STOP, answer=StopAnswer.DONE, answered_by=LONG_NAME, answered_at=AT)
ONE_UNSURE = replace(ONE_WAITING, is_unsure=True, sure_on=date(2026, 3, 19))
ONE_MAILED = replace(
    ONE_CHECK,
    refund=MAILED,
    standing=outstanding(date(2026, 3, 11), today=_TODAY),
    alone_cents=2_000,
)
ONE_OLD_CHECK = replace(
    ONE_MAILED,
    standing=outstanding(date(2025, 8, 11), today=_TODAY),
    stops=(_REFUSED_STOP, _WAITING_STOP),
)
ONE_STOP_OF_MINE = replace(ONE_OLD_CHECK, stops=(replace(_WAITING_STOP, is_mine=True),))
ONE_STOPPED = replace(
    ONE_CHECK, refund=replace(MAILED, state=RefundState.RETURNED), stops=(_REFUSED_STOP, _DONE_STOP)
)
ONE_CASHED = replace(
    ONE_CHECK, refund=replace(MAILED, cashed_on=date(2026, 3, 20), cashed_noted_by="Jo Kim")
)


def _out(number: int, mailed_on: date, *, is_being_stopped: bool = False) -> CheckRow:
    row = replace(
        MAILED,
        refund_id=UUID(int=90 + number),
        guarantor_name=LONG_NAME if number else "Ana Reyes",
        amount_cents=12_050 + number,
        handed_reference=f"{1042 + number}",
        handed_on=mailed_on,
    )
    return CheckRow(row, mailed_on, outstanding(mailed_on, today=_TODAY), is_being_stopped)


CHECKS = ChecksPage(
    (
        _out(0, date(2023, 5, 2)),
        _out(1, date(2025, 8, 1), is_being_stopped=True),
        _out(2, date(2026, 1, 5)),
        _out(3, date(2026, 3, 10)),
    ),
    _TODAY,
)
NO_CHECKS = ChecksPage((), _TODAY)

PAYMENT = PaymentPage(
    account=ANA,
    payment_id=PAYMENT_ID,
    receipt_number="RB-2026-000041",
    amount_cents=14_050,
    channel=PaymentChannel.LINK,
    state=PaymentState.SUCCEEDED,
    began_at=AT,
    settled_at=AT,
    method_kind="card",
    method_brand="visa",
    method_last4="4242",
    parts=(VISIT, CREDIT),
    refunds=(
        SentBack(REFUND_ID, 1_000, RefundState.SUCCEEDED, RefundWay.ORIGINAL, AT),
        SentBack(UUID(int=80), 500, RefundState.REQUESTED, RefundWay.CHECK, AT),
    ),
    moves=(Moved(AT, "Jo Kim", "They meant the other visit."),),
)
PAYMENT_OPEN = replace(
    PAYMENT,
    account=replace(ANA, name=LONG_NAME),
    receipt_number="",
    state=PaymentState.OPEN,
    settled_at=None,
    method_kind="",
    parts=(),
    refunds=(),
    moves=(),
)
PAYMENT_FOR_A_VISIT = replace(
    PAYMENT,
    channel=PaymentChannel.DESK,
    method_kind="cash",
    parts=(),
    refunds=(),
    moves=(),
    waiting=ForVisit(2_500, date(2026, 4, 2), ""),
    visits_said=(
        VisitSaid(AT, "Jo Kim", "They called to move it.", 2_500, date(2026, 4, 2)),
        VisitSaid(AT, "Jo Kim", "They canceled.", 2_500, None),
    ),
)
MOVE = MovePage(
    account=ANA,
    payment_id=PAYMENT_ID,
    receipt_number="RB-2026-000041",
    amount_cents=14_050,
    credit_cents=2_000,
    free_cents=1_500,
    lines=(MoveLine(VISIT, 1_000, 12_050), MoveLine(OTHER_VISIT, 0, 4_000)),
)
_RUNNING = Standing(date(2026, 3, 1), date(2026, 3, 31), ClockState.RUNNING, "state law")
_NEAR = Standing(date(2026, 2, 15), date(2026, 3, 17), ClockState.NEAR, "state law")
_OVERDUE = Standing(date(2025, 12, 1), date(2026, 1, 30), ClockState.OVERDUE, "42 CFR 401.305")
_ANAS = PatientCredit(
    guarantor_id=GUARANTOR_ID,
    name="Ana Reyes",
    account_number="A-20411",
    credit_cents=2_000,
    free_cents=1_500,
    owes_cents=4_000,
    clock=_RUNNING,
    heard_of_on=date(2026, 3, 1),
    unclaimed_on=date(2029, 3, 1),
    is_letter_due=False,
    proposal=Proposal.USE,
    payment_id=PAYMENT_ID,
)
BALANCES = BalancesPage(
    which=Which.ALL,
    patients=(
        _ANAS,
        replace(_ANAS, name=LONG_NAME, owes_cents=0, clock=_NEAR, proposal=Proposal.REFUND),
        replace(_ANAS, owes_cents=0, clock=_OVERDUE, proposal=Proposal.CHECK, is_letter_due=True),
        replace(_ANAS, free_cents=0, proposal=Proposal.WAIT),
    ),
    payers=(
        PayerCredit(_CLAIM, "R10041", "Medicare", CreditOwner.GOVERNMENT, 9_900, _OVERDUE),
        PayerCredit(None, "", "", CreditOwner.PAYER, 500, _NEAR),
    ),
    patients_cents=8_000,
    payers_cents=10_400,
    due_count=4,
)
NO_BALANCES = BalancesPage(Which.ALL, (), (), 0, 0, 0)
_FOUND = OpenItem(
    kind=SuspenseKind.FOUND,
    subject=str(UUID(int=77)),
    gateway_id="pi_3MtwBwLkdIwHu7ix28a3tqPa",
    guarantor_id=GUARANTOR_ID,
    amount_cents=4_000,
    at=AT,
)
SUSPENSE = SuspensePage(
    rows=(
        SuspenseRow(_FOUND, ANA, "Stripe holds $40.00, which differs: amount.", 0),
        SuspenseRow(
            replace(_FOUND, subject=str(UUID(int=78)), is_going_back=True),
            replace(ANA, name=LONG_NAME),
            "",
            0,
        ),
        SuspenseRow(
            replace(_FOUND, kind=SuspenseKind.GONE, subject=str(UUID(int=79)), amount_cents=-1_500),
            ANA,
            "",
            500,
        ),
        SuspenseRow(
            replace(_FOUND, subject=str(UUID(int=81)), came_cents=5_000, is_disputed=True),
            ANA,
            "",
            0,
        ),
        SuspenseRow(
            replace(
                _FOUND,
                kind=SuspenseKind.PAYOUT,
                subject="txn_1",
                guarantor_id=None,
                intent_id="pi_3",
                word="charge",
                payout_id=UUID(int=82),
            ),
            None,
            "",
            0,
        ),
        SuspenseRow(
            replace(
                _FOUND,
                kind=SuspenseKind.PAYOUT,
                subject="txn_2",
                gateway_id="txn_2",
                guarantor_id=None,
                amount_cents=-250,
                word="tax_fee",
            ),
            None,
            "",
            0,
        ),
    ),
    parked=(
        ParkedRow("evt_1", "payment_intent", "pi_2", "pi_2", "payment_intent.succeeded", AT, 3),
        ParkedRow("evt_2", "refund", "re_2", "", "refund.created", AT, 0),
    ),
    balance_cents=6_500,
)
NO_SUSPENSE = SuspensePage((), (), 0)

ROUTES = {
    "/money/credits.csv": "credits.as_csv",
    "/money/payments/<uuid:payment_id>/move": "credits.move",
    "/money/payments/<uuid:payment_id>/move/confirm": "credits.confirm_move",
    "/money/payments/<uuid:payment_id>/void": "credits.void",
    "/money/refunds/<uuid:refund_id>": "refunds.show",
    "/money/refunds/<uuid:refund_id>/approve": "refunds.approve",
    "/money/refunds/<uuid:refund_id>/handed": "refunds.handed",
    "/money/refunds/<uuid:refund_id>/not-cashed": "refunds.not_cashed",
    "/money/refunds/<uuid:refund_id>/reject": "refunds.reject",
    "/money/refunds/<uuid:refund_id>/stop": "refunds.stop",
    "/money/refunds/<uuid:refund_id>/stop/agree": "refunds.agree_to_stop",
    "/money/refunds/<uuid:refund_id>/stop/refuse": "refunds.refuse_to_stop",
    "/money/refunds/checks": "refunds.checks",
    "/money/refunds/checks/cashed": "refunds.cashed",
    "/money/payments/<uuid:payment_id>/deposit": "credits.deposit",
    "/money/suspense/carried": "suspense.carried",
    "/money/suspense/found": "suspense.found",
    "/money/suspense/gone": "suspense.gone",
    "/money/suspense/parked": "suspense.parked",
}
MOVED = {f"line-{VISIT.key}": "80.50", f"line-{OTHER_VISIT.key}": "40.00", "reason": "Their wish."}
PAGES: Mapping[str, tuple[str, object, Mapping[str, str] | None]] = {
    "refunds": ("money/refunds.html", REFUNDS, None),
    "refunds-none": ("money/refunds.html", NO_REFUNDS, None),
    "refund-waiting": ("money/refund.html", ONE_WAITING, None),
    "refund-not-agreed": ("money/refund.html", ONE_WAITING, {"reason": ""}),
    "refund-of-mine": ("money/refund.html", ONE_OF_MINE, None),
    "refund-by-check": ("money/refund.html", ONE_CHECK, None),
    "refund-by-check-wrong": ("money/refund.html", ONE_CHECK, {"on": "soon", "reference": ""}),
    "refund-without-address": ("money/refund.html", ONE_CHECK_NO_ADDRESS, None),
    "refund-by-machine": ("money/refund.html", ONE_TERMINAL, None),
    "refund-mailed": ("money/refund.html", ONE_MAILED, None),
    "refund-mailed-wrong-stop": (
        "money/refund.html",
        ONE_MAILED,
        {"stop_why": "lost", "bank_reference": "", "becomes": ""},
    ),
    "refund-unsure": ("money/refund.html", ONE_UNSURE, None),
    "refund-old-check": ("money/refund.html", ONE_OLD_CHECK, None),
    "refund-stop-of-mine": ("money/refund.html", ONE_STOP_OF_MINE, None),
    "refund-stopped": ("money/refund.html", ONE_STOPPED, None),
    "refund-cashed": ("money/refund.html", ONE_CASHED, None),
    "refund-checks-out": ("money/refund_checks.html", CHECKS, None),
    "refund-checks-out-wrong": ("money/refund_checks.html", CHECKS, {"cashed_on": ""}),
    "refund-checks-none": ("money/refund_checks.html", NO_CHECKS, None),
    "payment": ("money/payment.html", PAYMENT, None),
    "payment-for-a-visit": ("money/payment.html", PAYMENT_FOR_A_VISIT, None),
    "payment-for-a-visit-wrong": (
        "money/payment.html",
        PAYMENT_FOR_A_VISIT,
        {"reason": "", "decision_id": str(PAYMENT_ID)},
    ),
    "payment-open": ("money/payment.html", PAYMENT_OPEN, None),
    "payment-move": ("money/move.html", MOVE, None),
    "payment-move-wrong": (
        "money/move.html",
        MOVE,
        {f"line-{VISIT.key}": "999", f"line-{OTHER_VISIT.key}": "x"},
    ),
    "payment-move-check": ("money/move_check.html", MOVE, MOVED),
    "credits": ("money/credits.html", BALANCES, None),
    "credits-none": ("money/credits.html", NO_BALANCES, None),
    "suspense": ("money/suspense.html", SUSPENSE, None),
    "suspense-wrong": (
        "money/suspense.html",
        SUSPENSE,
        {"reason": "", "decision_id": str(PAYMENT_ID)},
    ),
    "suspense-none": ("money/suspense.html", NO_SUSPENSE, None),
}


def beside(page: object, typed: Mapping[str, str] | None) -> dict[str, object]:
    """What a view gives a template of PAGES beside its page, within a request."""
    sent = None if typed is None else MultiDict(typed)
    context: dict[str, object] = {}
    if isinstance(page, OneRefundPage):
        rejecting = RejectForm(formdata=sent, meta={"csrf": False})
        handing = HandedForm(formdata=sent, meta={"csrf": False})
        stopping = StopForm(formdata=sent, meta={"csrf": False})
        wrong = handing if typed and "on" in typed else rejecting
        wrong = stopping if typed and "stop_why" in typed else wrong
        handing.address = page.address
        context |= {"rejecting": rejecting, "handing": handing, "stopping": stopping}
        return context | _errors(wrong, sent)
    if isinstance(page, ChecksPage):
        chosen = CashedForm(formdata=sent, meta={"csrf": False})
        return context | {"form": chosen} | _errors(chosen, sent)
    if isinstance(page, MovePage):
        form = MoveForm(formdata=sent, meta={"csrf": False})
        for line in page.lines:
            form.line.allow(
                line.part.key,
                minimum_cents=line.least_cents,
                maximum_cents=line.most_cents,
                now_cents=line.part.amount_cents,
            )
        context |= {"form": form, "move_id": PAYMENT_ID}
        return context | _errors(form, sent)
    if isinstance(page, SuspensePage):
        decided = SuspenseForm(formdata=sent, meta={"csrf": False})
        about = page.rows[0].item.subject if page.rows else ""
        decided.stand_beside(about)
        context |= {"form": decided, "about": about, "new_id": lambda: PAYMENT_ID}
        return context | _errors(decided, sent)
    if isinstance(page, PaymentPage):
        said = DepositForm(formdata=sent, meta={"csrf": False})
        messages = ("Stripe has not answered yet.",) if page is PAYMENT_OPEN else ()
        context |= {"form": said, "decision_id": PAYMENT_ID, "messages": messages}
        return context | _errors(said, sent)
    return context


def _errors(form: FlaskForm, sent: object) -> dict[str, object]:
    if sent is None:
        return {"errors": ()}
    form.validate()
    return {"errors": error_summary(form)}


def offer(form: RefundForm, parts: Sequence[PartRow]) -> None:
    """The boxes of the visits a refund may come from."""
    for part in parts:
        form.part.allow(part.key, minimum_cents=0, maximum_cents=part.amount_cents, now_cents=0)
