"""Pages of patients as values, for looking at templates without a database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.domain.claim_journey import DecisionChange, JourneyStep, StepKind
from portal.domain.since_statement import SinceRow
from portal.domain.statement import (
    AnsweredAmount,
    Figures,
    PendingReason,
    PendingVisit,
    PlanAnswer,
    PlanDecision,
    PlanReason,
    Share,
    StatementDocument,
    StatementLine,
    TakenOff,
    Visit,
)
from portal.domain.statement_changes import ChangeKind, StatementChange
from portal.practice.contact import PracticeContact
from portal.statements.coming import ChargesToCome
from portal.statements.page import NOTHING_OF_ITS_OWN, AskedEarlier, OwnPart
from portal.statements.payment_plans import PlanNow
from portal.statements.queries import StatementIssued
from portal.statements.since_issue import rows_beside

PACIFIC = ZoneInfo("America/Los_Angeles")


def an_id(number: int) -> UUID:
    return UUID(int=(0x0197 << 112) | (0x7 << 76) | (0x8 << 60) | number)


@dataclass(frozen=True, slots=True)
class LandingPage:
    practice: PracticeContact
    site_host: str


@dataclass(frozen=True, slots=True)
class LinkDeadPage:
    practice: PracticeContact | None
    reason: str  # expired, revoked, closed, replaced, paid, unknown


@dataclass(frozen=True, slots=True)
class PayCode:
    code: str
    practice_slug: str


@dataclass(frozen=True, slots=True)
class StatementPage:
    practice: PracticeContact
    statement_id: UUID
    document: StatementDocument
    state: str  # due, paid, credit, voided
    due_now_cents: int
    past_due: bool
    paid_since_issue: tuple[tuple[date, int], ...]
    on_the_way_cents: int
    credit_cents: int
    can_pay: bool
    waiting: PendingVisit | None = None
    expected_on: date | None = None
    pay_code: PayCode | None = PayCode("7Q4HN-X2M9T", "riverbend")
    changes_since: Mapping[UUID, tuple[DecisionChange, ...]] = field(default_factory=dict)
    coming: ChargesToCome | None = None
    on_plans_cents: int = 0
    agencies: Sequence[object] = ()
    placed_cents: int = 0
    plans: tuple[PlanNow, ...] = ()
    newer: StatementIssued | None = None
    owed_by: date | None = date(2026, 3, 31)
    alone: OwnPart = NOTHING_OF_ITS_OWN
    earlier: tuple[AskedEarlier, ...] = ()
    is_one_alone: bool = False
    payer_sees: StatementDocument | None = None
    nothing_to_do: bool = False

    @property
    def is_being_decided(self) -> bool:
        return self.waiting is not None

    @property
    def asks_on_newer(self) -> bool:
        return self.newer is not None and not self.is_one_alone and self.due_now_cents > 0

    @property
    def left_cents(self) -> int:
        return self.alone.due_now_cents if self.newer else self.due_now_cents

    @property
    def since(self) -> tuple[SinceRow, ...]:
        """What was paid, kept, moved or is on its way; what is left to explain was taken off."""
        if self.state in ("voided", "on_hold"):
            return ()
        before = self.document.unapplied_credit_cents
        moved = ((ChangeKind.ON_PLAN, self.on_plans_cents), (ChangeKind.PLACED, self.placed_cents))
        way = self.alone.on_the_way_cents if self.newer else self.on_the_way_cents
        rows = [
            *(SinceRow(ChangeKind.PAID, -cents, on) for on, cents in self.paid_since_issue),
            SinceRow(ChangeKind.CREDIT, max(0, self.credit_cents - before)),
            *(SinceRow(kind, -cents) for kind, cents in moved),
            *rows_beside(self.earlier, on_the_way_cents=way),
        ]
        told = sum(row.cents for row in rows)
        rest = self.left_cents - self.document.amount_due_cents - told
        return tuple(row for row in (*rows, SinceRow(ChangeKind.LESS, rest)) if row.cents)

    @property
    def since_last(self) -> tuple[StatementChange, ...]:
        """As a document tells it that froze nothing of it, or none of the visits is new."""
        document = self.document
        if document.since_last is not None:
            return document.since_last
        paid, moved = document.payments_since_cents, document.moved_to_plans_cents
        rest = document.amount_due_cents - document.previous_amount_due_cents + paid + moved
        rows = (
            StatementChange(ChangeKind.PAID, -paid),
            StatementChange(ChangeKind.ON_PLAN, -moved),
            StatementChange(ChangeKind.OTHER, rest),
        )
        return tuple(row for row in rows if row.cents)

    def is_on_plan(self, claim_id: UUID, charge_id: UUID | None) -> bool:
        lines = [line for plan in self.plans for line in plan.lines]
        return any(line[0] == claim_id and charge_id in (None, line[1]) for line in lines)


@dataclass(frozen=True, slots=True)
class AllocationRow:
    service_kind: str
    patient_first_name: str
    service_on: date | None
    provider_name: str
    amount_cents: int


RIVERBEND = PracticeContact(
    name="Riverbend Family Health",
    phone="(503) 555-0142",
    hours="Monday to Friday, 8 AM to 5 PM",
    hours_es="De lunes a viernes, de 8 a. m. a 5 p. m.",
    address_lines=("210 Mill Street", "Easton, OR 97399"),
    tax_identifier="00-0000000",
    assistance_url="https://riverbend.example/help-with-bills",
    sender_name="Riverbend",
    time_zone="America/Los_Angeles",
)


STATEMENT_ID = an_id(1)


PAYMENT_ID = an_id(2)


GUARANTOR_ID = an_id(3)


LINK_ID = an_id(4)


BLUE_HORIZON = "Blue Horizon"


def line(
    kind: str,
    code: str,
    amounts: tuple[int, int, int, int, int, int],
    *shares: tuple[str, int],
    payer_name: str = BLUE_HORIZON,
    refused_for: str = "",
) -> StatementLine:
    """A line that one plan decided, or none (``payer_name`` empty)."""
    figures = Figures(*amounts)
    bundled = kind == "blood_draw"
    said = [AnsweredAmount("CO", "97" if bundled else "45", figures.taken_off_cents)]
    said += [AnsweredAmount("PR", reason, cents) for reason, cents in shares]
    if refused_for:
        refused = AnsweredAmount("CO", refused_for, figures.with_insurance_cents, is_refused=True)
        said.append(refused)
    answer = PlanAnswer(
        payer_name, figures.plan_paid_cents, tuple(amount for amount in said if amount.cents)
    )
    off = TakenOff("bundled" if bundled else "contractual", figures.taken_off_cents)
    return StatementLine(
        an_id(int(code, 36)),
        kind,
        code,
        figures,
        tuple(Share(reason, cents) for reason, cents in shares),
        (off,) if off.cents else (),
        (answer,) if payer_name else (),
    )


def decided(lines: tuple[StatementLine, ...], payer_name: str = BLUE_HORIZON) -> PlanDecision:
    paid = sum(one.figures.plan_paid_cents for one in lines)
    share = sum(share.amount_cents for one in lines for share in one.shares)
    return PlanDecision(payer_name, date(2026, 2, 24), paid, share)


def journey_of(payer_name: str = BLUE_HORIZON) -> tuple[JourneyStep, ...]:
    return (
        JourneyStep(StepKind.SENT, payer_name, date(2026, 2, 3)),
        JourneyStep(StepKind.DECIDED, payer_name, date(2026, 2, 24)),
    )


FOLLOW_UP_LINES = (line("office_visit", "99213", (11000, 4600, 2400, 0, 1500, 2500), ("3", 4000)),)


WRIST_LINES = (
    line("imaging", "73110", (14200, 5800, 0, 0, 0, 8400), ("1", 8400)),
    line("office_visit", "99214", (18500, 6900, 7600, 0, 0, 4000), ("3", 4000)),
    line("supply", "L3908", (9500, 3100, 5120, 0, 0, 1280), ("2", 1280)),
)


CHECKUP_LINES = (
    line("lab_test", "80048", (8500, 5230, 0, 0, 0, 3270), ("1", 3270)),
    line("office_visit", "99396", (26000, 9840, 12160, 0, 2000, 2000), ("3", 4000)),
    line("blood_draw", "36415", (1800, 1800, 0, 0, 0, 0)),
)


MATEO_FOLLOW_UP = Visit(
    an_id(11),
    "RB-2231",
    "Mateo",
    date(2026, 2, 10),
    "Dr. Samir Patel",
    "Riverbend Easton",
    FOLLOW_UP_LINES,
    (decided(FOLLOW_UP_LINES),),
    journey=journey_of(),
)


MATEO_WRIST = Visit(
    an_id(12),
    "RB-2199",
    "Mateo",
    date(2026, 1, 22),
    "Dr. Samir Patel",
    "Riverbend Easton",
    WRIST_LINES,
    (decided(WRIST_LINES),),
    journey=journey_of(),
)


ANA_CHECKUP = Visit(
    an_id(13),
    "RB-2180",
    "Ana",
    date(2026, 1, 14),
    "Dr. Lena Okafor",
    "Riverbend Easton",
    CHECKUP_LINES,
    (decided(CHECKUP_LINES),),
    journey=journey_of(),
)


ANA_DOCUMENT = StatementDocument(
    number="10482",
    issued_on=date(2026, 3, 4),
    due_on=date(2026, 3, 31),
    as_of=date(2026, 3, 3),
    guarantor_name="Ana Reyes",
    account_number="A-20411",
    visits=(MATEO_FOLLOW_UP, MATEO_WRIST, ANA_CHECKUP),
    pending=(PendingVisit("Ana", date(2026, 2, 26), "Dr. Lena Okafor", "Blue Horizon"),),
    previous_amount_due_cents=9000,
    payments_since_cents=9000,
    unapplied_credit_cents=0,
)


ANA_STATEMENT = StatementPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    document=replace(
        ANA_DOCUMENT,
        since_last=(
            StatementChange(ChangeKind.PAID, -9000),
            StatementChange(ChangeKind.NEW_VISIT, 2500, MATEO_FOLLOW_UP.claim_id),
            StatementChange(ChangeKind.DECIDED, 13_680, MATEO_WRIST.claim_id),
            StatementChange(ChangeKind.NEW_VISIT, 5270, ANA_CHECKUP.claim_id),
        ),
    ),
    state="due",
    due_now_cents=21450,
    past_due=False,
    paid_since_issue=(),
    on_the_way_cents=0,
    credit_cents=0,
    can_pay=True,
)


CHANGED_SINCE = replace(
    ANA_STATEMENT,
    due_now_cents=19450,
    changes_since={
        MATEO_WRIST.claim_id: (
            DecisionChange(BLUE_HORIZON, date(2026, 3, 12), 7600, 9600, 4000, 2000),
        )
    },
)


PARTLY_PAID = replace(
    ANA_STATEMENT,
    due_now_cents=10680,
    past_due=True,
    paid_since_issue=((date(2026, 3, 9), 7770), (date(2026, 3, 12), 1500)),
    on_the_way_cents=1500,
    expected_on=date(2026, 3, 13),
    credit_cents=1000,
)


PAID = replace(
    ANA_STATEMENT,
    state="paid",
    due_now_cents=0,
    paid_since_issue=((date(2026, 3, 21), 21450),),
    can_pay=False,
    nothing_to_do=True,
)


CREDIT = replace(
    PAID, state="credit", credit_cents=3270, paid_since_issue=((date(2026, 3, 21), 24720),)
)


ON_HOLD = replace(ANA_STATEMENT, state="on_hold", due_now_cents=0, can_pay=False)
VOIDED = replace(ANA_STATEMENT, state="voided", can_pay=False)


LONG_PRACTICE = replace(
    RIVERBEND,
    name="The Northern Cascades Integrated Orthopedic, Podiatric and Sports Medicine Associates",
    address_lines=(
        "12345 North Martin Luther King Junior Boulevard, Suite 1200",
        "Coeur d\N{RIGHT SINGLE QUOTATION MARK}Alene, ID 83814",
    ),
    assistance_url="",
)


LONG_PLAN = "Blue Cross and Blue Shield of the Inland Northwest Federal Employee Program"


LONG_LINES = (
    line(
        "office_visit",
        "99215",
        (123456789, 23456789, 50000000, 10000000, 10000000, 30000000),
        ("1", 20000000),
        ("2", 15000000),
        ("253", 5000000),
        payer_name=LONG_PLAN,
        refused_for="50",
    ),
    line("imaging", "73110", (100, 0, 0, 100, 0, 0), payer_name=LONG_PLAN),
)


LONG_VISIT = Visit(
    an_id(21),
    "NC-0000000000000001",
    "Maximiliana-Guadalupe",
    date(2026, 9, 30),
    "Dr. Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
    "The Northern Cascades Ambulatory Surgery Center at Lake Pend Oreille",
    LONG_LINES,
    (
        decided(LONG_LINES, LONG_PLAN),
        PlanDecision("Northwest Supplement", None, 0, 40000000, ("MA01",)),
    ),
    (DecisionChange(LONG_PLAN, date(2026, 10, 9), 60000000, 50000000, 30000000, 40000000),),
    (*journey_of(LONG_PLAN), JourneyStep(StepKind.CHANGED, LONG_PLAN, date(2026, 10, 9))),
    freed_credit_cents=12345,
)


SELF_PAY_VISIT = replace(
    LONG_VISIT,
    claim_id=an_id(22),
    service_on=None,
    provider_name="",
    lines=(line("lab_test", "80053", (4500, 0, 0, 0, 0, 4500), payer_name=""),),
    decisions=(),
    changes=(),
    journey=(),
    freed_credit_cents=0,
)


WAITING_VISITS = tuple(
    PendingVisit(
        "Maximiliana-Guadalupe" if why is PendingReason.DECIDING else "Ana",
        None if why is PendingReason.CHECKING else date(2026, 2, 26),
        "Dr. Lena Okafor",
        LONG_PLAN if why is PendingReason.DECIDING else "",
        why,
        (PlanReason("CO", "16"),) if why is PendingReason.REFUSED else (),
        ("N782",) if why is PendingReason.PROTECTED else (),
        journey_of(),
    )
    for why in PendingReason
)


LONG_STATEMENT = replace(
    ANA_STATEMENT,
    practice=LONG_PRACTICE,
    due_now_cents=30004500,
    credit_cents=12345,
    document=replace(
        ANA_DOCUMENT,
        guarantor_name="María de los Ángeles Ñíguez-Wolfeschlegelsteinhausenbergerdorff",
        visits=(LONG_VISIT, SELF_PAY_VISIT),
        pending=WAITING_VISITS,
        previous_amount_due_cents=10000,
        payments_since_cents=2500,
        unapplied_credit_cents=12345,
    ),
)


ALLOCATIONS = (
    AllocationRow("lab_test", "Ana", date(2026, 1, 14), "Dr. Lena Okafor", 3270),
    AllocationRow("office_visit", "Ana", date(2026, 1, 14), "Dr. Lena Okafor", 2000),
    AllocationRow("office_visit", "Mateo", date(2026, 2, 10), "Dr. Samir Patel", 2500),
)


LANDING = LandingPage(RIVERBEND, "pay.riverbend.example")


PAID_AT = datetime(2026, 3, 9, 14, 41, tzinfo=PACIFIC)
