"""Sample views of receipts, of an account's payments, of a year, and of what a guest sees."""

from dataclasses import replace
from datetime import date, datetime

from portal.domain.service_kind import ServiceKind
from portal.ledger.outbox import LedgerPostState
from portal.payments.guests.queries import GuestOutcome, GuestPage, GuestReceipt
from portal.payments.receipts.history import (
    HistoryFilter,
    HistoryPage,
    HistoryPatient,
    HistoryRow,
    Kind,
)
from portal.payments.receipts.lists import ReceiptRow, ReceiptsPage
from portal.payments.receipts.queries import ReceiptLine, ReceiptPage, RefundRow, TakenBackRow
from portal.payments.receipts.years import YearPage, YearPart, YearRow
from portal.payments.unexpected import Unexpected
from tests.web.sample_patient_views import (
    LONG_PRACTICE,
    PACIFIC,
    PAID_AT,
    PAYMENT_ID,
    RIVERBEND,
    STATEMENT_ID,
    an_id,
)

_OKAFOR, _PATEL = "Dr. Lena Okafor", "Dr. Samir Patel"
_JANUARY, _FEBRUARY = date(2026, 1, 14), date(2026, 2, 10)
_LONG_NAME = "Maximiliana Featherstonehaugh-Wolfeschlegelsteinhausen"

LINES = (
    ReceiptLine(ServiceKind.LAB_TEST, "Ana Reyes", _JANUARY, _OKAFOR, 8500, 3270),
    ReceiptLine(ServiceKind.OFFICE_VISIT, "Ana Reyes", _JANUARY, _OKAFOR, 18_500, 2000),
    ReceiptLine(ServiceKind.OFFICE_VISIT, "Mateo Reyes", _FEBRUARY, _PATEL, 12_000, 2500),
)

RECEIPT = ReceiptPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    payment_id=PAYMENT_ID,
    receipt_number="RB-2026-004117",
    amount_cents=7770,
    by_guest=False,
    method_kind="card",
    method_brand="visa",
    method_last4="4242",
    method_wallet="apple_pay",
    charged_at=PAID_AT,
    on_account_at=PAID_AT,
    books=LedgerPostState.QUEUED,
    books_at=None,
    lines=LINES,
    unapplied_cents=0,
    unexpected=Unexpected(elsewhere_cents=0, paid_before_at=None),
    refunds=(),
    taken_back=(),
    left_cents=13_680,
    due_on=date(2026, 3, 31),
)

CONFIRMED = replace(
    RECEIPT,
    books=LedgerPostState.CONFIRMED,
    books_at=PAID_AT,
    left_cents=0,
    amount_cents=8770,
    unapplied_cents=1000,
    method_kind="us_bank_account",
    method_brand="Example Bank",
    method_last4="6789",
    method_wallet="",
)

PAID_TWICE = replace(CONFIRMED, unexpected=Unexpected(elsewhere_cents=2500, paid_before_at=PAID_AT))

REFUNDED = replace(
    RECEIPT,
    books=LedgerPostState.ACKNOWLEDGED,
    books_at=PAID_AT,
    refunds=(RefundRow(2000, PAID_AT, is_done=True), RefundRow(770, PAID_AT, is_done=False)),
)

TAKEN_BACK = replace(
    RECEIPT, by_guest=True, taken_back=(TakenBackRow(7770, PAID_AT, is_mistake=False),)
)

AT_THE_DESK = replace(
    RECEIPT,
    practice=LONG_PRACTICE,
    method_kind="cash",
    method_brand="",
    method_last4="",
    method_wallet="",
    lines=(replace(LINES[0], patient_name=_LONG_NAME, provider_name=_LONG_NAME),),
    left_cents=None,
    due_on=None,
)

RECEIPTS = ReceiptsPage(
    RIVERBEND,
    STATEMENT_ID,
    (
        ReceiptRow(PAYMENT_ID, "RB-2026-000002", 7770, 2770, PAID_AT),
        ReceiptRow(an_id(77), "RB-2026-000001", 2000, 0, PAID_AT),
    ),
)

_PAID = HistoryRow(
    payment_id=PAYMENT_ID,
    receipt_number="RB-2026-000002",
    amount_cents=7770,
    refunded_cents=2770,
    taken_back_cents=0,
    at=PAID_AT,
    on_its_way=False,
    undone=False,
    by_guest=False,
    patients=("Ana", "Mateo"),
)

HISTORY = HistoryPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    chosen=HistoryFilter(),
    years=(2026, 2025),
    patients=(HistoryPatient(an_id(81), "Ana"), HistoryPatient(an_id(82), "Maximiliana Josefina")),
    rows=(
        replace(_PAID, payment_id=an_id(78), on_its_way=True, receipt_number="", refunded_cents=0),
        _PAID,
        replace(_PAID, payment_id=an_id(79), by_guest=True, refunded_cents=0, patients=()),
        replace(_PAID, payment_id=an_id(80), undone=True, refunded_cents=0, patients=("Ana",)),
        replace(_PAID, payment_id=an_id(83), taken_back_cents=7770, refunded_cents=0),
    ),
)

HISTORY_NONE = replace(
    HISTORY,
    practice=LONG_PRACTICE,
    chosen=HistoryFilter(year=2025, patient_id=an_id(82), kind=Kind.REFUNDED),
    rows=(),
)

YEAR = YearPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    account_number="A-20411",
    year=2026,
    years=(2026, 2025),
    made_at=datetime(2026, 11, 21, 9, 5, tzinfo=PACIFIC),
    is_over=False,
    parts=(
        YearPart("Ana Reyes", (YearRow(1, 3000, 0), YearRow(3, 5270, 2770))),
        YearPart(_LONG_NAME, (YearRow(3, 2500, 0), YearRow(12, 1_234_567, 0))),
        YearPart("", (YearRow(4, 1000, 1000),)),
    ),
)

YEAR_NONE = replace(YEAR, year=2024, is_over=True, parts=())

GUEST = GuestPage(RIVERBEND, "riverbend")

GUEST_RECEIPT = GuestReceipt(
    practice=RIVERBEND,
    slug="riverbend",
    token="made-up",
    outcome=GuestOutcome.PAID,
    amount_cents=5000,
    at=PAID_AT,
    receipt_number="RB-2026-004118",
)
