"""Views of the shape the templates expect: Ana Reyes, somebody with long names, nobody."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from portal.desk.task_facts import TaskFacts
from portal.domain.claim_position import Outcome
from portal.domain.hold_kinds import HoldKind, Releaser
from portal.domain.ledger_identities import ClaimFigures
from portal.domain.statement import (
    Figures,
    PendingVisit,
    Share,
    StatementDocument,
    StatementLine,
    Visit,
)
from portal.practice.contact import PracticeContact
from portal.remittances.claim_pages import (
    CandidateRow,
    ClaimHoldRow,
    ClaimPage,
    DecisionRow,
    PartnerRow,
)
from portal.remittances.coverages import CoverageRow, CoveragesPage
from portal.remittances.silent_plans import PlanToCall, SilentPlanRow

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
    is_being_decided: bool = False


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    payment_id: UUID
    receipt_number: str
    amount_cents: int
    refunded_cents: int
    charged_at: datetime


@dataclass(frozen=True, slots=True)
class ReceiptsPage:
    practice: PracticeContact
    statement_id: UUID
    receipts: tuple[ReceiptRow, ...]


@dataclass(frozen=True, slots=True)
class HelpPage:
    practice: PracticeContact
    statement_id: UUID
    statement_number: str
    account_number: str


@dataclass(frozen=True, slots=True)
class AmountPage:
    practice: PracticeContact
    statement_id: UUID
    due_now_cents: int
    due_on: date


@dataclass(frozen=True, slots=True)
class AllocationRow:
    service_kind: str
    patient_first_name: str
    service_on: date | None
    provider_name: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class CheckPage:
    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    amount_cents: int
    due_now_cents: int
    due_on: date
    allocations: tuple[AllocationRow, ...]


@dataclass(frozen=True, slots=True)
class WaitingPage:
    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    amount_cents: int
    started_at: datetime


@dataclass(frozen=True, slots=True)
class ProblemPage:
    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    kind: str  # declined, canceled, expired, not_started, open_elsewhere, changed, nothing_due
    amount_cents: int
    due_now_cents: int
    method_brand: str
    method_last4: str


@dataclass(frozen=True, slots=True)
class RefundRow:
    amount_cents: int
    at: datetime
    is_done: bool


@dataclass(frozen=True, slots=True)
class ReceiptPage:
    practice: PracticeContact
    statement_id: UUID
    payment_id: UUID
    receipt_number: str
    amount_cents: int
    method_kind: str  # card, us_bank_account, …
    method_brand: str
    method_last4: str
    charged_at: datetime
    on_account_at: datetime
    books: str  # queued, sent, acknowledged, confirmed, rejected
    books_at: datetime | None
    allocations: tuple[AllocationRow, ...]
    unapplied_cents: int
    refunds: tuple[RefundRow, ...]
    kept_cents: int
    left_cents: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Account:
    guarantor_id: UUID
    name: str
    account_number: str


@dataclass(frozen=True, slots=True)
class RefundPage:
    account: Account
    payment_id: UUID
    receipt_number: str
    charged_at: datetime
    method_brand: str
    method_last4: str
    amount_cents: int
    refunded_cents: int
    most_cents: int
    alone_cents: int
    awaited_cents: int


@dataclass(frozen=True, slots=True)
class CreditPage:
    account: Account
    credit_cents: int
    awaited_cents: int
    usable_cents: int
    allocations: tuple[AllocationRow, ...]


@dataclass(frozen=True, slots=True)
class StaffFrame:
    name: str
    role: str
    practice_name: str
    areas: frozenset[str]  # desk, insurance, sync
    open_tasks: int = 0


@dataclass(frozen=True, slots=True)
class TaskRow:
    task_id: UUID
    kind: str
    facts: TaskFacts
    noted: str
    since: datetime
    days: int
    guarantor_id: UUID | None
    guarantor_name: str


@dataclass(frozen=True, slots=True)
class TasksPage:
    tasks: tuple[TaskRow, ...]
    waiting: int
    after: UUID | None
    next_after: UUID | None


@dataclass(frozen=True, slots=True)
class PersonRow:
    guarantor_id: UUID
    name: str
    born_on: date | None
    account_number: str
    patient_names: tuple[str, ...]
    due_now_cents: int
    due_on: date | None


@dataclass(frozen=True, slots=True)
class SearchPage:
    term: str
    searched: bool
    people: tuple[PersonRow, ...]
    has_more: bool


@dataclass(frozen=True, slots=True)
class StatementRow:
    statement_id: UUID
    number: str
    issued_on: date
    due_on: date
    amount_due_cents: int
    state: str  # due, paid, credit, voided
    is_being_decided: bool = False


@dataclass(frozen=True, slots=True)
class SendPanel:
    statement_id: UUID
    statement_number: str
    due_now_cents: int
    address: str
    message_subject: str
    message_text: str
    refusals: tuple[str, ...]  # no_email, no_consent, no_birth_date, nothing_due, on_hold


@dataclass(frozen=True, slots=True)
class LinkRow:
    link_id: UUID
    address: str
    state: str  # made, sent, delivered, bounced, tried, verified, part_paid, paid
    ended: str  # "" while it opens; revoked, closed, expired
    sent_at: datetime | None
    delivered_at: datetime | None
    delivery_reported: bool
    bounced_at: datetime | None
    tried_at: datetime | None
    verified_at: datetime | None
    part_paid_at: datetime | None
    paid_at: datetime | None
    ended_at: datetime | None
    wrong_tries: int


@dataclass(frozen=True, slots=True)
class TimelineEvent:
    at: datetime
    kind: str
    actor: str = ""
    reference: str = ""
    address: str = ""
    payer_name: str = ""
    patient_first_name: str = ""
    service_on: date | None = None
    count: int = 0
    amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class TimelineDay:
    on: date
    events: tuple[TimelineEvent, ...]


@dataclass(frozen=True, slots=True)
class PlanRow:
    payer_name: str
    member_identifier: str
    rank: int
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class InsuredPatient:
    patient_id: UUID
    first_name: str
    plans: tuple[PlanRow, ...]
    decided_by: tuple[tuple[str, str], ...]  # payer, member number


@dataclass(frozen=True, slots=True)
class PersonPage:
    guarantor_id: UUID
    name: str
    first_name: str
    born_on: date | None
    account_number: str
    patient_names: tuple[str, ...]
    language: str
    due_now_cents: int
    due_on: date | None
    on_the_way_cents: int
    credit_cents: int
    pending_visits: int
    phone: str
    email: str
    email_agreed: bool
    address_lines: tuple[str, ...]
    insured: tuple[InsuredPatient, ...]
    statements: tuple[StatementRow, ...]
    payments: tuple[ReceiptRow, ...]
    send: SendPanel | None
    link: LinkRow | None
    timeline: tuple[TimelineDay, ...]


@dataclass(frozen=True, slots=True)
class ImportRow:
    file_name: str
    imported_at: datetime
    payer_name: str
    claims_posted: int
    claims_held: int
    claims_quarantined: int
    duplicates: int
    paid_cents: int | None


@dataclass(frozen=True, slots=True)
class QuarantineRow:
    file_name: str
    claim_number: str
    code: str
    message: str
    where: str
    amount_cents: int | None
    since: date


@dataclass(frozen=True, slots=True)
class HoldRow:
    claim_id: UUID
    claim_number: str
    patient_name: str
    means: str
    ends_with: str
    note: str
    amount_cents: int
    since: date


@dataclass(frozen=True, slots=True)
class WaitingClaimRow:
    claim_id: UUID
    claim_number: str
    patient_name: str
    member_identifier: str
    payer_name: str
    service_on: date | None
    share_cents: int
    since: date


@dataclass(frozen=True, slots=True)
class InsurancePage:
    imports: tuple[ImportRow, ...]
    quarantine: tuple[QuarantineRow, ...]
    holds: tuple[HoldRow, ...]
    waiting: tuple[WaitingClaimRow, ...]
    silent: tuple[SilentPlanRow, ...]
    quarantine_count: int
    hold_count: int
    waiting_count: int
    silent_count: int


@dataclass(frozen=True, slots=True)
class BatchRow:
    batch_number: int
    file_name: str
    written_at: datetime
    post_count: int
    total_cents: int
    state: str  # sent, acknowledged, confirmed, rejected
    replied_at: datetime | None
    rejected: int


@dataclass(frozen=True, slots=True)
class PostRow:
    post_id: UUID
    guarantor_id: UUID
    guarantor_name: str
    kind: str  # a business event of the ledger
    amount_cents: int
    state: str  # queued, sent, acknowledged, confirmed, rejected
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class SyncPage:
    counts: dict[str, int] = field(default_factory=dict)
    posts: tuple[PostRow, ...] = ()
    batches: tuple[BatchRow, ...] = ()


# ---------------------------------------------------------------- Ana Reyes, of the mocks

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


def line(
    kind: str, code: str, amounts: tuple[int, int, int, int, int, int], *shares: tuple[str, int]
) -> StatementLine:
    taken_off = ("bundled",) if kind == "blood_draw" else ("contractual",)
    return StatementLine(
        an_id(int(code, 36)),
        kind,
        code,
        Figures(*amounts),
        tuple(Share(reason, cents) for reason, cents in shares),
        taken_off,
    )


MATEO_FOLLOW_UP = Visit(
    an_id(11),
    "RB-2231",
    "Mateo",
    date(2026, 2, 10),
    "Dr. Samir Patel",
    "Riverbend Easton",
    "Blue Horizon",
    (line("office_visit", "99213", (11000, 4600, 2400, 0, 1500, 2500), ("3", 4000)),),
)
MATEO_WRIST = Visit(
    an_id(12),
    "RB-2199",
    "Mateo",
    date(2026, 1, 22),
    "Dr. Samir Patel",
    "Riverbend Easton",
    "Blue Horizon",
    (
        line("imaging", "73110", (14200, 5800, 0, 0, 0, 8400), ("1", 8400)),
        line("office_visit", "99214", (18500, 6900, 7600, 0, 0, 4000), ("3", 4000)),
        line("supply", "L3908", (9500, 3100, 5120, 0, 0, 1280), ("2", 1280)),
    ),
)
ANA_CHECKUP = Visit(
    an_id(13),
    "RB-2180",
    "Ana",
    date(2026, 1, 14),
    "Dr. Lena Okafor",
    "Riverbend Easton",
    "Blue Horizon",
    (
        line("lab_test", "80048", (8500, 5230, 0, 0, 0, 3270), ("1", 3270)),
        line("office_visit", "99396", (26000, 9840, 12160, 0, 2000, 2000), ("3", 4000)),
        line("blood_draw", "36415", (1800, 1800, 0, 0, 0, 0)),
    ),
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
    document=ANA_DOCUMENT,
    state="due",
    due_now_cents=21450,
    past_due=False,
    paid_since_issue=(),
    on_the_way_cents=0,
    credit_cents=0,
    can_pay=True,
)
PARTLY_PAID = replace(
    ANA_STATEMENT,
    due_now_cents=10680,
    past_due=True,
    paid_since_issue=((date(2026, 3, 9), 7770), (date(2026, 3, 12), 1500)),
    on_the_way_cents=1500,
    credit_cents=1000,
)
PAID = replace(
    ANA_STATEMENT,
    state="paid",
    due_now_cents=0,
    paid_since_issue=((date(2026, 3, 21), 21450),),
    can_pay=False,
)
CREDIT = replace(
    PAID, state="credit", credit_cents=3270, paid_since_issue=((date(2026, 3, 21), 24720),)
)
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
LONG_VISIT = Visit(
    an_id(21),
    "NC-0000000000000001",
    "Maximiliana-Guadalupe",
    date(2026, 9, 30),
    "Dr. Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
    "The Northern Cascades Ambulatory Surgery Center at Lake Pend Oreille",
    "Blue Cross and Blue Shield of the Inland Northwest Federal Employee Program",
    (
        line(
            "office_visit",
            "99215",
            (123456789, 23456789, 50000000, 10000000, 10000000, 30000000),
            ("1", 20000000),
            ("2", 15000000),
            ("253", 5000000),
        ),
        line("imaging", "73110", (100, 0, 0, 100, 0, 0)),
    ),
)
SELF_PAY_VISIT = replace(
    LONG_VISIT,
    claim_id=an_id(22),
    payer_name="",
    service_on=None,
    provider_name="",
    lines=(line("lab_test", "80053", (4500, 0, 0, 0, 0, 4500)),),
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
HELP = HelpPage(RIVERBEND, STATEMENT_ID, "10482", "A-20411")
AMOUNT = AmountPage(RIVERBEND, STATEMENT_ID, 21450, date(2026, 3, 31))
CHECK = CheckPage(RIVERBEND, STATEMENT_ID, PAYMENT_ID, 7770, 21450, date(2026, 3, 31), ALLOCATIONS)
PAID_AT = datetime(2026, 3, 9, 14, 41, tzinfo=PACIFIC)
WAITING = WaitingPage(RIVERBEND, STATEMENT_ID, PAYMENT_ID, 7770, PAID_AT)
PROBLEM = ProblemPage(RIVERBEND, STATEMENT_ID, PAYMENT_ID, "declined", 7770, 21450, "visa", "4242")
RECEIPT = ReceiptPage(
    practice=RIVERBEND,
    statement_id=STATEMENT_ID,
    payment_id=PAYMENT_ID,
    receipt_number="RB-2026-004117",
    amount_cents=7770,
    method_kind="card",
    method_brand="visa",
    method_last4="4242",
    charged_at=PAID_AT,
    on_account_at=PAID_AT,
    books="queued",
    books_at=None,
    allocations=ALLOCATIONS,
    unapplied_cents=0,
    refunds=(),
    kept_cents=7770,
    left_cents=13680,
    due_on=date(2026, 3, 31),
)
RECEIPT_CONFIRMED = replace(
    RECEIPT,
    books="confirmed",
    books_at=PAID_AT,
    left_cents=0,
    amount_cents=8770,
    unapplied_cents=1000,
    method_kind="us_bank_account",
    method_brand="Example Bank",
    method_last4="6789",
)
RECEIPT_REFUNDED = replace(
    RECEIPT,
    books="acknowledged",
    books_at=PAID_AT,
    refunds=(RefundRow(2000, PAID_AT, is_done=True), RefundRow(770, PAID_AT, is_done=False)),
    kept_cents=5000,
)

RECEIPTS = ReceiptsPage(
    RIVERBEND,
    STATEMENT_ID,
    (
        ReceiptRow(PAYMENT_ID, "RB-2026-000002", 7770, 2770, RECEIPT.charged_at),
        ReceiptRow(an_id(77), "RB-2026-000001", 2000, 0, RECEIPT.charged_at),
    ),
)

# ---------------------------------------------------------------- the staff's pages

JO = StaffFrame(
    "Jo Kim", "front_desk", "Riverbend Family Health", frozenset({"desk", "insurance", "sync"}), 3
)
TASKS = TasksPage(
    tuple(
        TaskRow(
            an_id(900 + number), kind, facts, noted, RECEIPT.charged_at, number, person_id, name
        )
        for number, (kind, facts, noted, person_id, name) in enumerate(
            (
                (
                    "message_bounced",
                    TaskFacts(answer="550"),
                    "An e-mail did not go out: 550.",
                    GUARANTOR_ID,
                    "Ana Reyes",
                ),
                (
                    "payer_paid_twice",
                    TaskFacts("RB-2231", 4000, an_id(51)),
                    "Claim RB-2231: the payer paid $40.00 a second time.",
                    GUARANTOR_ID,
                    "Ana Reyes",
                ),
                (
                    "post_rejected",
                    TaskFacts(amount_cents=4000, answer="The period is closed."),
                    "The practice's system refused a post: The period is closed.",
                    GUARANTOR_ID,
                    "Ana Reyes",
                ),
                (
                    "unapplied_credit",
                    TaskFacts("RB-2026-000001", 12_000),
                    "$20.00 of receipt RB-2026-000001 is more than was owed.",
                    GUARANTOR_ID,
                    "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh",
                ),
                (
                    "webhook_parked",
                    TaskFacts(),
                    "Stripe told us of refund re_1, which is none of ours.",
                    None,
                    "",
                ),
                ("of_another_version", TaskFacts(), "Words of it.", None, ""),
            )
        )
    ),
    6,
    None,
    None,
)
TASKS_BETWEEN = replace(TASKS, waiting=250, after=an_id(899), next_after=an_id(905))
SEARCH_EMPTY = SearchPage("", searched=False, people=(), has_more=False)
SEARCH_NOBODY = SearchPage("Zzyzx", searched=True, people=(), has_more=False)
SEARCH = SearchPage(
    "rey",
    searched=True,
    has_more=True,
    people=(
        PersonRow(
            GUARANTOR_ID,
            "Ana Reyes",
            date(1985, 4, 27),
            "A-20411",
            ("Ana Reyes", "Mateo Reyes"),
            21450,
            date(2026, 3, 31),
        ),
        PersonRow(
            an_id(31), "Reynaldo Ñíguez-Wolfeschlegelsteinhausen", None, "A-20999", (), 0, None
        ),
    ),
)
PERSON = PersonPage(
    guarantor_id=GUARANTOR_ID,
    name="Ana Reyes",
    first_name="Ana",
    born_on=date(1985, 4, 27),
    account_number="A-20411",
    patient_names=("Ana Reyes", "Mateo Reyes"),
    language="es",
    due_now_cents=21450,
    due_on=date(2026, 3, 31),
    on_the_way_cents=4500,
    credit_cents=3270,
    pending_visits=1,
    phone="(503) 555-0117",
    email="ana.reyes@example.com",
    email_agreed=True,
    address_lines=("48 Alder Court", "Easton, OR 97399"),
    insured=(
        InsuredPatient(
            an_id(71),
            "Ana",
            (
                PlanRow("Blue Horizon PPO", "BHZ 000 451 880", 1, date(2025, 1, 1), None),
                PlanRow(
                    "Mutual of the Upper and Lower Wolfeschlegelstein Valleys",
                    "GV 1",
                    2,
                    date(2025, 1, 1),
                    date(2025, 12, 31),
                ),
            ),
            (),
        ),
        InsuredPatient(an_id(72), "Mateo", (), (("Blue Horizon PPO", "BHZ 000 451 881"),)),
        InsuredPatient(an_id(73), "Reynaldo", (), ()),
    ),
    statements=(
        StatementRow(STATEMENT_ID, "10482", date(2026, 3, 4), date(2026, 3, 31), 21450, "due"),
        StatementRow(an_id(41), "10301", date(2026, 2, 2), date(2026, 2, 27), 9000, "paid"),
        StatementRow(an_id(42), "10300", date(2026, 2, 2), date(2026, 2, 27), 9100, "voided"),
    ),
    payments=RECEIPTS.receipts,
    send=SendPanel(
        STATEMENT_ID,
        "10482",
        21450,
        "ana.reyes@example.com",
        "You have a statement from Riverbend Family Health",
        "Riverbend Family Health has a statement for you.\n\nOpen it here:\n"
        "https://pay.riverbend.example/s/…\n\nQuestions? Call (503) 555-0142.",
        (),
    ),
    link=LinkRow(
        link_id=LINK_ID,
        address="ana.reyes@example.com",
        state="verified",
        ended="",
        sent_at=datetime(2026, 3, 5, 10, 2, tzinfo=PACIFIC),
        delivered_at=datetime(2026, 3, 5, 10, 2, tzinfo=PACIFIC),
        delivery_reported=True,
        bounced_at=None,
        tried_at=datetime(2026, 3, 9, 9, 39, tzinfo=PACIFIC),
        verified_at=datetime(2026, 3, 9, 9, 40, tzinfo=PACIFIC),
        part_paid_at=None,
        paid_at=None,
        ended_at=None,
        wrong_tries=1,
    ),
    timeline=(
        TimelineDay(
            date(2026, 3, 9),
            (
                TimelineEvent(
                    datetime(2026, 3, 9, 14, 41, tzinfo=PACIFIC),
                    "payment_settled",
                    reference="RB-2026-004117",
                    amount_cents=7770,
                ),
                TimelineEvent(datetime(2026, 3, 9, 9, 40, tzinfo=PACIFIC), "link_verified"),
                TimelineEvent(datetime(2026, 3, 9, 9, 39, tzinfo=PACIFIC), "link_tried"),
            ),
        ),
        TimelineDay(
            date(2026, 3, 5),
            (
                TimelineEvent(
                    datetime(2026, 3, 5, 10, 2, tzinfo=PACIFIC),
                    "link_delivered",
                    address="ana.reyes@example.com",
                ),
                TimelineEvent(
                    datetime(2026, 3, 5, 10, 1, tzinfo=PACIFIC),
                    "link_sent",
                    actor="Jo Kim",
                    address="ana.reyes@example.com",
                ),
            ),
        ),
        TimelineDay(
            date(2026, 3, 4),
            (
                TimelineEvent(
                    datetime(2026, 3, 4, 6, 10, tzinfo=PACIFIC),
                    "statement_issued",
                    reference="10482",
                    count=3,
                    amount_cents=21450,
                ),
                TimelineEvent(
                    datetime(2026, 3, 4, 5, 55, tzinfo=PACIFIC),
                    "insurance_decided",
                    payer_name="Blue Horizon",
                    patient_first_name="Mateo",
                    service_on=date(2026, 2, 10),
                    amount_cents=4000,
                ),
            ),
        ),
    ),
)
PERSON_EMPTY = replace(
    PERSON,
    name="María de los Ángeles Ñíguez-Wolfeschlegelsteinhausenbergerdorff",
    first_name="María de los Ángeles",
    born_on=None,
    patient_names=(),
    language="en",
    due_now_cents=0,
    due_on=None,
    on_the_way_cents=0,
    credit_cents=3270,
    pending_visits=0,
    phone="",
    email="",
    email_agreed=False,
    address_lines=(),
    insured=(),
    statements=(),
    payments=(),
    send=None,
    link=None,
    timeline=(),
)
assert PERSON.send is not None
assert PERSON.link is not None
PERSON_CANNOT_SEND = replace(
    PERSON,
    send=replace(PERSON.send, address="", refusals=("no_email", "no_birth_date", "link_ended")),
    link=replace(
        PERSON.link,
        state="bounced",
        ended="closed",
        wrong_tries=5,
        bounced_at=datetime(2026, 3, 5, 10, 2, tzinfo=PACIFIC),
        delivered_at=None,
        verified_at=None,
        ended_at=datetime(2026, 3, 9, 9, 41, tzinfo=PACIFIC),
    ),
)
INSURANCE = InsurancePage(
    imports=(
        ImportRow(
            "bluehorizon-20260304.835",
            datetime(2026, 3, 4, 5, 55, tzinfo=PACIFIC),
            "Blue Horizon",
            128,
            6,
            2,
            1,
            1234550,
        ),
    ),
    quarantine=(
        QuarantineRow(
            "bluehorizon-20260304.835",
            "RB-2240",
            "line_unbalanced",
            "Claim RB-2240, line 1 (99213): the charge of $180.00 less adjustments of "
            "$60.00 is not the payment of $12.00. Ask the payer.",
            "segment 412",
            1200,
            date(2026, 3, 4),
        ),
        QuarantineRow(
            "bluehorizon-20260304.835",
            "",
            "unreadable",
            "The file ends in the middle of a claim.",
            "",
            None,
            date(2026, 3, 4),
        ),
    ),
    holds=(
        HoldRow(
            an_id(51),
            "RB-2231",
            "Mateo Reyes",
            "The payer sent the claim on to another payer.",
            "The next payer's decision.",
            "",
            4000,
            date(2026, 3, 4),
        ),
        HoldRow(
            an_id(52),
            "RB-2232",
            "",
            "The patient share the payer states is not the sum of its reasons.",
            "A corrected decision, or a poster who confirms the adjustments.",
            "CLP05 says $40.00, the reasons say $45.00.",
            4500,
            date(2026, 3, 2),
        ),
    ),
    waiting=(
        WaitingClaimRow(
            an_id(53),
            "RB-2260",
            "Jordan Featherstonehaugh",
            "BHZ 000 777 001",
            "Blue Horizon",
            date(2026, 2, 20),
            6000,
            date(2026, 3, 4),
        ),
    ),
    silent=(
        SilentPlanRow(
            an_id(53),
            "RB-2261",
            "Maximiliana-Theodora Featherstonehaugh-Wolfeschlegelstein",
            date(2025, 12, 20),
            (PlanToCall("Green Valley", "GV 1"), PlanToCall("Cascade Mutual", "CM 2")),
            date(2026, 1, 2),
            66,
            4000,
        ),
        SilentPlanRow(an_id(53), "RB-2262", "Ana Reyes", None, (), date(2026, 1, 3), 65, 123456),
    ),
    quarantine_count=2,
    hold_count=2,
    waiting_count=1,
    silent_count=2,
)
INSURANCE_EMPTY = InsurancePage((), (), (), (), (), 0, 0, 0, 0)
CLAIM = ClaimPage(
    claim_id=an_id(53),
    claim_number="RB-2260",
    patient_name="Jordan Featherstonehaugh",
    guarantor_id=None,
    patient_id=None,
    member_identifier="BHZ 000 777 001",
    service_on=date(2026, 2, 20),
    figures=ClaimFigures(30000, 12000, 12000, 0, 6000, 0, 0),
    holds=(
        ClaimHoldRow(
            HoldKind.CROSSOVER,
            "The payer sent the claim on to another payer.",
            "The next payer's decision.",
            "Blue Horizon",
            date(2026, 3, 4),
            released_by=Releaser.POSTER,
            may_release=True,
        ),
        ClaimHoldRow(
            HoldKind.PATIENT_UNKNOWN,
            "No patient of the practice is matched to this claim.",
            "Matching the claim to a patient.",
            "Blue Horizon",
            date(2026, 3, 4),
            released_by=Releaser.NOBODY,
            may_release=False,
        ),
    ),
    decisions=tuple(
        DecisionRow("Blue Horizon", date(2026, 3, 1), outcome, "1", 12000, 6000)
        for outcome in Outcome
    ),
    candidates=(
        CandidateRow(
            an_id(54), "Jordan Featherstonehaugh", date(1990, 1, 2), "A-20999", "BHZ000777001"
        ),
        CandidateRow(an_id(55), "Jo Featherstonehaugh", None, "A-20998", ""),
    ),
    partners=(
        PartnerRow(an_id(78), "Jordan Featherstonehaugh", "W 1", date(2026, 2, 20), 30000, 12000),
        PartnerRow(an_id(79), "", "", None, 30000, 0),
    ),
    joined_to=None,
    account_number="A-20998",
)
CLAIM_JOINED = replace(
    CLAIM,
    figures=ClaimFigures(0, 0, 0, 0, 0, 0, 0),
    holds=(),
    candidates=(),
    partners=(),
    joined_to=an_id(78),
)
COVERAGES = CoveragesPage(
    patient_id=an_id(71),
    patient_name="Maximiliana-Theodora Featherstonehaugh-Wolfeschlegelstein",
    guarantor_id=GUARANTOR_ID,
    account_number="A-20411",
    coverages=(
        CoverageRow(an_id(74), "Blue Horizon PPO", "BHZ 1", 1, date(2025, 1, 1), None),
        CoverageRow(
            an_id(75),
            "Mutual of the Upper and Lower Wolfeschlegelstein Valleys",
            "GV 1",
            2,
            date(2025, 1, 1),
            date(2025, 12, 31),
        ),
        CoverageRow(an_id(76), "Green Valley", "GV 2", 3, None, date(2025, 12, 31)),
        CoverageRow(an_id(77), "Green Valley", "GV 3", 2, None, None),
    ),
    payers=((an_id(78), "Blue Horizon PPO"), (an_id(79), "Green Valley")),
)
REFUND = RefundPage(
    account=Account(GUARANTOR_ID, "Ana Reyes", "A-20411"),
    payment_id=PAYMENT_ID,
    receipt_number="RB-2026-004117",
    charged_at=PAID_AT,
    method_brand="visa",
    method_last4="4242",
    amount_cents=77700,
    refunded_cents=2000,
    most_cents=70000,
    alone_cents=48000,
    awaited_cents=5700,
)
CREDIT_PAGE = CreditPage(
    account=REFUND.account,
    credit_cents=8270,
    awaited_cents=500,
    usable_cents=7770,
    allocations=ALLOCATIONS,
)
SYNC = SyncPage(
    counts={"queued": 1, "sent": 3, "acknowledged": 0, "confirmed": 41, "rejected": 1},
    posts=(
        PostRow(
            an_id(51), GUARANTOR_ID, "Ana Reyes", "payment_settled", 7770, "queued", PAID_AT, ""
        ),
        PostRow(
            an_id(52),
            an_id(31),
            "Jordan Featherstonehaugh",
            "payment_settled",
            2500,
            "rejected",
            PAID_AT,
            "Account A-20999 is closed.",
        ),
    ),
    batches=(
        BatchRow(17, "posts-000017.csv", PAID_AT, 3, 21000, "sent", None, 0),
        BatchRow(16, "posts-000016.csv", PAID_AT, 42, 512345, "rejected", PAID_AT, 1),
    ),
)
SYNC_EMPTY = SyncPage()
