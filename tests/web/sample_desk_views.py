"""Pages of the front desk as values."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from portal.auth.accounts.access import ActingFor
from portal.desk.task_facts import TaskFacts
from portal.domain.account_access import AccessKind, AccessState
from portal.payments.credits.part_rows import PartRow
from portal.payments.receipts.lists import ReceiptRow
from tests.web.sample_patient_views import (
    ALLOCATIONS,
    GUARANTOR_ID,
    LINK_ID,
    PACIFIC,
    PAID_AT,
    PAYMENT_ID,
    STATEMENT_ID,
    AllocationRow,
    an_id,
)
from tests.web.sample_receipt_views import RECEIPTS
from tests.web.sample_refund_views import PARTS


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
    way: str
    is_disputed: bool
    parts: tuple[PartRow, ...]
    is_unsure: bool = False
    check_place: str = "no_check"
    sure_on: date | None = None
    deposit_cents: int = 0


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
    waits_for: str | None = None


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
class AccountHoldRow:
    kind: str
    reason: str
    placed_on: date
    placed_by: str
    may_end: bool


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
    account_holds: tuple[AccountHoldRow, ...]
    timeline: tuple[TimelineDay, ...]
    takes_money: bool = True
    on_plans_cents: int = 0
    new_cents: int = 3_000
    paused_cents: int = 12_500
    account_since: date | None = None
    let_in: tuple[ActingFor, ...] = ()


JO = StaffFrame(
    "Jo Kim", "front_desk", "Riverbend Family Health", frozenset({"desk", "insurance", "sync"}), 3
)


TASKS = TasksPage(
    tuple(
        TaskRow(an_id(900 + number), kind, facts, noted, PAID_AT, number, person_id, name)
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
    account_since=date(2026, 2, 20),
    let_in=(
        ActingFor(
            an_id(91),
            GUARANTOR_ID,
            AccessKind.PAY_ONLY,
            "Ana Reyes",
            AccessState.INVITED,
            "luis.reyes@example.com",
            PAID_AT,
        ),
    ),
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
    account_holds=(
        AccountHoldRow(
            "disputed",
            "Says the visit was a check-up",
            date(2026, 3, 9),
            "Jo Kim",
            may_end=True,
        ),
        AccountHoldRow(
            "bankruptcy", "Chapter 13, filed March 2", date(2026, 3, 5), "", may_end=False
        ),
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
    account_holds=(),
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
    way="original",
    is_disputed=False,
    parts=PARTS,
)


CREDIT_PAGE = CreditPage(
    account=REFUND.account,
    credit_cents=8270,
    awaited_cents=500,
    usable_cents=7770,
    allocations=ALLOCATIONS,
)
