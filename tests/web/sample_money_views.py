"""Pages of the books and of disputes as values."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from portal.connectors.settlement_records import PayoutStatus
from portal.domain.dispute_evidence import EvidenceItem
from portal.domain.dispute_status import DisputeState
from portal.domain.reconciliation import (
    DayTotals,
    Difference,
    FourSides,
    PracticeState,
    Standing,
)
from portal.payments.books.desk_money import DeskMoney
from portal.payments.books.overview import Light, MoneyPage, OpenMoney, Room
from portal.payments.books.pages import BooksPage, MovementItem, PayoutItem, PayoutPage
from portal.payments.books.reconciling import Day, ReconciledRow
from portal.payments.disputes.forms import AcceptForm, EvidenceForm
from portal.payments.disputes.pages import (
    ChecklistItem,
    DisputeItem,
    DisputePage,
    DisputesPage,
    GivenAnswer,
    Step,
)
from tests.web.sample_patient_views import GUARANTOR_ID, PACIFIC, PAID_AT, an_id

DAY = date(2026, 3, 10)
AT_NIGHT = datetime(2026, 3, 11, 1, 35, tzinfo=PACIFIC)
DUE_AT = datetime(2026, 3, 19, 16, 59, tzinfo=PACIFIC)


def _row(
    number: int,
    kind: str,
    label: str,
    cents: tuple[int | None, int | None, int | None],
    *differences: Difference,
    practice: PracticeState = PracticeState.TAKEN,
    fee_cents: int = 0,
) -> ReconciledRow:
    stripe_cents, ours_cents, journal_cents = cents
    return ReconciledRow(
        kind=kind,
        subject_id=an_id(number),
        payment_id=an_id(number),
        label=label,
        sides=FourSides(
            stripe_cents,
            ours_cents,
            journal_cents,
            practice,
            stripe_day_cents=stripe_cents or 0,
            journal_day_cents=journal_cents or 0,
        ),
        fee_cents=fee_cents,
        payouts=("po_1RiverbendMarch",),
        posted_on=DAY if journal_cents is not None else None,
        differences=differences,
    )


_AGREES = _row(1, "payment", "RB-2026-000148", (21450, 21450, 21450), fee_cents=652)
_REFUND = _row(2, "refund", "RB-2026-000131", (-4000, -4000, -4000))
_DIFFERENT = (
    _row(
        3,
        "payment",
        "RB-2026-000149",
        (12000, 12000, 12000),
        Difference.NOT_IN_PRACTICE_SYSTEM,
        practice=PracticeState.WAITING,
        fee_cents=378,
    ),
    _row(
        4,
        "dispute",
        "RB-2026-000102",
        (-7500, -7500, -7500),
        practice=PracticeState.NOTHING_TO_TELL,
    ),
    _row(
        5,
        "intent",
        "ch_3SomethingNobodyKnows",
        (5000, None, None),
        Difference.ONLY_AT_STRIPE,
        practice=PracticeState.NOTHING_TO_TELL,
    ),
    _row(6, "payment", "RB-2026-000150", (None, 3300, 3300), Difference.ONLY_WITH_US),
    _row(7, "payment", "RB-2026-000151", (9000, 9900, 9900), Difference.AMOUNT_DIFFERS),
    _row(
        8,
        "payment",
        "RB-2026-000152",
        (2500, 2500, 2500),
        Difference.REFUSED_BY_PRACTICE_SYSTEM,
        practice=PracticeState.REFUSED,
    ),
    _row(
        9,
        "payment",
        "py_1OnItsWay",
        (8000, 0, None),
        Difference.ON_ITS_WAY,
        practice=PracticeState.NOTHING_TO_TELL,
        fee_cents=64,
    ),
    _row(10, "payment", "RB-2026-000147", (6000, 6000, 6000), Difference.ANOTHER_DAY),
)
_PAYOUT = PayoutItem(
    an_id(801),
    "po_1RiverbendMarch",
    1_853_244,
    PayoutStatus.PAID,
    DAY,
    is_booked=True,
    trouble=(),
)
PAYOUTS = (
    _PAYOUT,
    replace(_PAYOUT, payout_id=an_id(802), is_booked=False, status=PayoutStatus.PENDING),
    replace(_PAYOUT, payout_id=an_id(803), status=PayoutStatus.FAILED),
    replace(_PAYOUT, payout_id=an_id(804), trouble=("payout_unexplained",)),
    replace(_PAYOUT, payout_id=an_id(805), is_booked=False, trouble=("payout_differs",)),
    replace(_PAYOUT, payout_id=an_id(806), trouble=("payout_manual",)),
)


def _day(*rows: ReconciledRow) -> Day:
    stripe = sum(row.sides.stripe_day_cents for row in rows)
    journal = sum(row.sides.journal_day_cents for row in rows)
    fees = sum(row.fee_cents for row in rows)
    return Day(DAY, rows, DayTotals(DAY, stripe, fees, journal, stripe, journal))


BOOKS = BooksPage(
    day=_day(_AGREES, _REFUND, *_DIFFERENT),
    previous=date(2026, 3, 9),
    following=date(2026, 3, 11),
    payouts=(_PAYOUT,),
    standing=Standing(61_300, 58_410, 0, 1_394, 5_000),
    balance_cents=58_410,
    balance_read_at=AT_NIGHT,
    desk_money=(
        DeskMoney(an_id(811), None, "D-2026-00017", 48_250),
        DeskMoney(None, an_id(812), "Batch 5512", 121_300, 3_100),
        DeskMoney(None, an_id(813), "Batch 5511", 9_700, 300, is_taken_back=True),
    ),
)
BOOKS_AGREE = replace(
    BOOKS,
    day=_day(_AGREES, _REFUND),
    following=None,
    payouts=(),
    desk_money=(),
    standing=Standing(61_300, 59_906, 0, 1_394, 0),
    balance_cents=59_906,
)
BOOKS_EMPTY = replace(
    BOOKS_AGREE, day=_day(), standing=Standing(0, 0, 0, 0, 0), balance_read_at=None
)

PAYOUT = PayoutPage(
    payout=replace(_PAYOUT, amount_cents=16_298),
    is_automatic=True,
    failure_code="",
    rows=(_AGREES, _REFUND),
    others=(MovementItem("fee", "stripe_fee", "ACH Direct Debit failure fee", -500),),
    carried_cents=17_450,
    fee_cents=652,
)
PAYOUT_RETURNED = replace(
    PAYOUT,
    payout=replace(_PAYOUT, status=PayoutStatus.FAILED),
    failure_code="account_closed",
    others=(
        MovementItem("payout_returned", "payout_failure", "STRIPE PAYOUT", 12_000),
        MovementItem("other", "climate_order_purchase", "", -300),
    ),
)
PAYOUT_BY_HAND = replace(PAYOUT, is_automatic=False, rows=(), others=())
PAYOUT_UNTOLD = replace(PAYOUT, payout=PAYOUTS[1], rows=(), others=(), carried_cents=0, fee_cents=0)

MONEY = MoneyPage(
    rooms=(
        OpenMoney(Room.DISPUTES, 2, Light.RED, 27_200, DUE_AT),
        OpenMoney(Room.PAYOUTS, 1, Light.RED),
        OpenMoney(Room.SUSPENSE, 1, Light.AMBER, 5_000),
        OpenMoney(Room.REFUNDS, 3, Light.AMBER, 64_000),
        OpenMoney(Room.CHARGES, 4, Light.AMBER),
        OpenMoney(Room.CREDITS, 7, Light.AMBER, 38_150),
        OpenMoney(Room.DRAWERS, 2, Light.GREEN),
    ),
    clearing_cents=61_300,
    disputed_cents=27_200,
)
MONEY_CLEAR = MoneyPage(
    rooms=tuple(OpenMoney(room, 0, Light.GREEN, 0) for room in Room),
    clearing_cents=0,
    disputed_cents=0,
)

_DISPUTE = DisputeItem(
    dispute_id=an_id(821),
    guarantor_id=GUARANTOR_ID,
    guarantor_name="Ana Reyes",
    account_number="A-20411",
    payment_id=an_id(1),
    receipt_number="RB-2026-000148",
    amount_cents=21_450,
    reason="fraudulent",
    state=DisputeState.NEEDS_RESPONSE,
    opened_at=PAID_AT,
    due_at=DUE_AT,
    closed_at=None,
)
DISPUTES = DisputesPage(
    to_answer=(
        _DISPUTE,
        replace(
            _DISPUTE,
            dispute_id=an_id(822),
            guarantor_name="Jordan Featherstonehaugh",
            reason="duplicate",
            state=DisputeState.WARNING_NEEDS_RESPONSE,
        ),
    ),
    at_the_bank=(
        replace(_DISPUTE, reason="credit_not_processed", state=DisputeState.UNDER_REVIEW),
    ),
    ended=(
        replace(_DISPUTE, reason="unrecognized", state=DisputeState.WON, closed_at=AT_NIGHT),
        replace(_DISPUTE, reason="insufficient_funds", state=DisputeState.LOST, closed_at=AT_NIGHT),
        replace(
            _DISPUTE, reason="something_new", state=DisputeState.WARNING_CLOSED, closed_at=AT_NIGHT
        ),
    ),
)
DISPUTES_EMPTY = DisputesPage((), (), ())

_TEXTS = {
    EvidenceItem.IDENTITY: "The payer opened a personal link that had been sent to the address we "
    "have on file, and proved who they are on March 4, 2026 at 6:12 PM PST before anything was "
    "shown.",
    EvidenceItem.AGREEMENT: "The payer saw what the payment was put to and the total, and pressed "
    "the button to pay it on March 4, 2026 at 6:14 PM PST.",
    EvidenceItem.RECEIPT: "Receipt RB-2026-000148: $214.50 were paid on March 4, 2026 at 6:14 PM "
    "PST with a card ending 4242. The receipt was sent to the payer and can be opened by them at "
    "any time.",
}
DISPUTE = DisputePage(
    dispute=_DISPUTE,
    stripe_dispute_id="du_1RiverbendMarch",
    paid_cents=21_450,
    taken_cents=21_450,
    fee_cents=1_500,
    is_owed_again=False,
    checklist=(
        *(ChecklistItem(item, helps=True, text=text) for item, text in _TEXTS.items()),
        *(ChecklistItem(item, helps=False, text="") for item in EvidenceItem if item not in _TEXTS),
    ),
    answer=None,
    steps=(Step("needs_response", PAID_AT, "", ""),),
)
DISPUTE_ANSWERED = replace(
    DISPUTE,
    dispute=replace(_DISPUTE, state=DisputeState.UNDER_REVIEW),
    answer=GivenAnswer("evidence", "\n\n".join(_TEXTS.values()), "Jo Kim", PAID_AT, PAID_AT),
    steps=(
        *DISPUTE.steps,
        Step("evidence_approved", PAID_AT, "Jo Kim", ""),
        Step("evidence_refused", PAID_AT, "", "charge_disputed"),
        Step("evidence_sent", PAID_AT, "", ""),
        Step("under_review", PAID_AT, "", ""),
    ),
)
DISPUTE_LOST = replace(
    DISPUTE,
    dispute=replace(_DISPUTE, state=DisputeState.LOST, closed_at=AT_NIGHT),
    is_owed_again=True,
    answer=GivenAnswer("acceptance", "The payer is right.", "Jo Kim", PAID_AT, None),
    steps=(
        *DISPUTE.steps,
        Step("acceptance_approved", PAID_AT, "Jo Kim", ""),
        Step("acceptance_sent", PAID_AT, "", ""),
        Step("lost", AT_NIGHT, "", ""),
        Step("posted_lost", AT_NIGHT, "", ""),
    ),
)
DISPUTE_WON = replace(DISPUTE, dispute=replace(_DISPUTE, state=DisputeState.WON), taken_cents=0)
INQUIRY = replace(
    DISPUTE,
    dispute=replace(_DISPUTE, state=DisputeState.WARNING_NEEDS_RESPONSE, due_at=None),
    taken_cents=0,
    fee_cents=0,
    steps=(
        Step("warning_needs_response", PAID_AT, "", ""),
        Step("warning_closed", PAID_AT, "", ""),
    ),
)

PAGES: dict[str, tuple[str, object, Any, dict[str, str] | None]] = {
    "money": ("money/index.html", MONEY, None, None),
    "money-clear": ("money/index.html", MONEY_CLEAR, None, None),
    "books": ("money/books.html", BOOKS, None, None),
    "books-agree": ("money/books.html", BOOKS_AGREE, None, None),
    "books-empty": ("money/books.html", BOOKS_EMPTY, None, None),
    "payouts": ("money/payouts.html", PAYOUTS, None, None),
    "payouts-none": ("money/payouts.html", (), None, None),
    "payout": ("money/payout.html", PAYOUT, None, None),
    "payout-returned": ("money/payout.html", PAYOUT_RETURNED, None, None),
    "payout-by-hand": ("money/payout.html", PAYOUT_BY_HAND, None, None),
    "payout-untold": ("money/payout.html", PAYOUT_UNTOLD, None, None),
    "disputes": ("money/disputes.html", DISPUTES, None, None),
    "disputes-none": ("money/disputes.html", DISPUTES_EMPTY, None, None),
    "dispute": ("money/dispute.html", DISPUTE, AcceptForm, None),
    "dispute-no-reason": ("money/dispute.html", DISPUTE, AcceptForm, {"reason": ""}),
    "dispute-answered": ("money/dispute.html", DISPUTE_ANSWERED, AcceptForm, None),
    "dispute-lost": ("money/dispute.html", DISPUTE_LOST, AcceptForm, None),
    "dispute-won": ("money/dispute.html", DISPUTE_WON, AcceptForm, None),
    "dispute-inquiry": ("money/dispute.html", INQUIRY, AcceptForm, None),
    "dispute-check": (
        "money/dispute_check.html",
        DISPUTE,
        EvidenceForm,
        {"items": "receipt", "text": "\n\n".join(_TEXTS.values())},
    ),
}
"""By name: template, page, form, and what was typed into it."""
