"""Views of paying, from choosing an amount to what went wrong, as the templates expect."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from portal.domain.decline_words import DeclineReason, decline_words
from portal.domain.payment_choice import PaymentChoice
from portal.domain.payment_status import PaymentState
from portal.domain.service_kind import ServiceKind
from portal.payments.choices import AmountPage, Chosen, PatientVisits, VisitRow
from portal.payments.forms import AmountForm
from portal.payments.problems import Problem, ProblemPage
from portal.payments.queries import AllocationRow, PaymentPage
from tests.web.sample_patient_views import (
    ANA_STATEMENT,
    LONG_PRACTICE,
    PAID_AT,
    PAYMENT_ID,
    RIVERBEND,
    STATEMENT_ID,
    an_id,
)

ALL_ON_ITS_WAY = replace(
    ANA_STATEMENT,
    due_now_cents=0,
    can_pay=False,
    on_the_way_cents=ANA_STATEMENT.due_now_cents,
    expected_on=date(2026, 3, 13),
    nothing_to_do=True,
)
ANA, LEO = an_id(901), an_id(902)
LONG_NAME = "Maximiliana-Guadalupe"
CHECKUP = VisitRow(
    claim_id=an_id(911),
    patient_id=ANA,
    patient_first_name="Ana",
    service_kinds=(ServiceKind.LAB_TEST, ServiceKind.OFFICE_VISIT),
    service_on=date(2026, 1, 14),
    provider_name="Dr. Lena Okafor",
    cents=5_270,
)
XRAY = replace(
    CHECKUP,
    claim_id=an_id(912),
    patient_id=LEO,
    patient_first_name="Leo",
    service_kinds=(ServiceKind.OFFICE_VISIT, ServiceKind.IMAGING, ServiceKind.LAB_TEST),
    service_on=date(2026, 1, 22),
    provider_name="Dr. Samir Patel",
    cents=13_680,
)
FOLLOW_UP = replace(
    XRAY,
    claim_id=an_id(913),
    service_kinds=(ServiceKind.OFFICE_VISIT,),
    service_on=date(2026, 2, 10),
    cents=2_500,
)
AMOUNT = AmountPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    due_now_cents=21_450,
    on_the_way_cents=0,
    due_on=date(2026, 3, 31),
    patients=(PatientVisits(ANA, "Ana", (CHECKUP,)), PatientVisits(LEO, "Leo", (XRAY, FOLLOW_UP))),
    before=None,
)
AMOUNT_BESIDE_A_DEBIT = replace(
    AMOUNT,
    due_now_cents=5_270,
    on_the_way_cents=16_180,
    patients=AMOUNT.patients[:1],
)
AMOUNT_AGAIN = replace(
    AMOUNT, before=Chosen(PaymentChoice.VISITS, frozenset({FOLLOW_UP.claim_id}), 1_000)
)
LONG_AMOUNT = replace(
    AMOUNT,
    practice=LONG_PRACTICE,
    due_now_cents=30_004_500,
    patients=(
        PatientVisits(
            ANA,
            LONG_NAME,
            (
                replace(
                    CHECKUP,
                    patient_first_name=LONG_NAME,
                    provider_name="Dr. Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
                    cents=30_000_000,
                ),
                replace(FOLLOW_UP, patient_first_name=LONG_NAME, service_on=None, provider_name=""),
            ),
        ),
        PatientVisits(None, "", (replace(XRAY, patient_id=None, patient_first_name=""),)),
    ),
)
OF_LEO: Final = {"how": "visits", "visit": str(LEO)}

ALLOCATIONS = (
    AllocationRow(ServiceKind.LAB_TEST, "Ana", date(2026, 1, 14), "Dr. Lena Okafor", 3_270),
    AllocationRow(ServiceKind.OFFICE_VISIT, "Ana", date(2026, 1, 14), "Dr. Lena Okafor", 2_000),
    AllocationRow(ServiceKind.OFFICE_VISIT, "Leo", date(2026, 2, 10), "Dr. Samir Patel", 2_500),
)
CHECK = PaymentPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    payment_id=PAYMENT_ID,
    state=PaymentState.PREPARED,
    amount_cents=7_770,
    most_cents=7_770,
    due_now_cents=21_450,
    due_on=date(2026, 3, 31),
    started_at=PAID_AT,
    allocations=ALLOCATIONS,
    chosen=(CHECKUP, FOLLOW_UP),
    left=(XRAY,),
    expected_on=date(2026, 3, 13),
    method_brand="",
    method_last4="",
    action_url="",
)
CHECK_ALL = replace(CHECK, due_now_cents=7_770, chosen=(), left=())
WAITING = replace(CHECK, state=PaymentState.OPEN)
SUSPENDED = replace(CHECK, state=PaymentState.SUSPENDED)
ON_ITS_WAY = replace(
    CHECK,
    state=PaymentState.PROCESSING,
    method_brand="Example Bank of the Pacific Northwest",
    method_last4="6789",
)
UNCONFIRMED = replace(ON_ITS_WAY, action_url="https://payments.stripe.com/microdeposit/pacs_test")

PROBLEM = ProblemPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    payment_id=PAYMENT_ID,
    kind=Problem.DECLINED,
    amount_cents=7_770,
    due_now_cents=21_450,
    on_the_way_cents=7_770,
    method_kind="card",
    method_brand="visa",
    method_last4="4242",
    method_wallet="apple_pay",
    reason=DeclineReason.REFUSED,
)
OF_ACCOUNTS: Final = frozenset(
    reason for reason in DeclineReason if reason.name.startswith(("ACCOUNT", "NOT_ALLOWED"))
)


def problems() -> Mapping[str, ProblemPage]:
    """One of each kind, and of each reason a bank has."""
    kinds = {f"problem-{kind}": replace(PROBLEM, kind=kind) for kind in Problem}
    reasons = {
        f"problem-because-{reason}": replace(
            PROBLEM,
            kind=Problem.BANK_SAID_NO if reason in OF_ACCOUNTS else Problem.DECLINED,
            reason=reason,
            method_wallet="",
        )
        for reason in DeclineReason
    }
    return kinds | reasons


def words_of(page: object, language: str) -> Mapping[str, Any]:
    """What the route adds to the page of a problem."""
    if not isinstance(page, ProblemPage):
        return {}
    return {"words": decline_words(page.reason, language)}


def offer(form: object, page: object) -> None:
    """What the route tells the form of an amount."""
    if isinstance(form, AmountForm) and isinstance(page, AmountPage):
        form.offer(page)
