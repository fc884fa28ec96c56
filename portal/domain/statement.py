"""A statement: what one guarantor is asked to pay, frozen when issued, and when it may be issued.

Every row adds up: billed - taken off - plan paid - still with insurance - paid by you - on a
payment plan - with a collection agency = you owe. "Plan" alone is an insurance plan.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from portal.domain.claim_journey import DecisionChange, JourneyStep
from portal.domain.statement_changes import StatementChange


@dataclass(frozen=True, slots=True)
class Share:
    """One PR adjustment of a line or claim: how much, and the payer's reason (CARC)."""

    reason: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class Figures:
    """The arithmetic of a line, a visit or a statement, in cents. ValueError when it is off.

    ``on_payment_plan_cents`` and ``placed_cents`` are owed as well, and asked for by a payment plan
    or by a collection agency instead.
    """

    billed_cents: int
    taken_off_cents: int
    plan_paid_cents: int
    with_insurance_cents: int
    you_paid_cents: int
    you_owe_cents: int
    on_payment_plan_cents: int = 0
    placed_cents: int = 0

    def __post_init__(self) -> None:
        taken = self.taken_off_cents + self.plan_paid_cents
        theirs = self.with_insurance_cents + self.you_paid_cents
        left = self.billed_cents - taken - theirs
        if left != self.you_owe_cents + self.on_payment_plan_cents + self.placed_cents:
            message = f"the rows do not add up: {self!r}"
            raise ValueError(message)

    def __add__(self, other: "Figures") -> "Figures":
        """Row by row."""
        return Figures(
            self.billed_cents + other.billed_cents,
            self.taken_off_cents + other.taken_off_cents,
            self.plan_paid_cents + other.plan_paid_cents,
            self.with_insurance_cents + other.with_insurance_cents,
            self.you_paid_cents + other.you_paid_cents,
            self.you_owe_cents + other.you_owe_cents,
            self.on_payment_plan_cents + other.on_payment_plan_cents,
            self.placed_cents + other.placed_cents,
        )


NOTHING = Figures(0, 0, 0, 0, 0, 0)


TOGETHER = "together"
"""The class of what was taken off a visit of which only the sums are shown."""


@dataclass(frozen=True, slots=True)
class TakenOff:
    """What nobody has to pay of a line, by class (contractual, bundled and others)."""

    kind: str  # a value of explanation.WRITE_OFF_CLASSES, or TOGETHER
    cents: int


@dataclass(frozen=True, slots=True)
class AnsweredAmount:
    """One group and reason of a plan's answer (X12 835 CAS), as its own letter shows it.

    ``is_refused``: the plan did not pay it, nobody may write it off yet, and it is not the
    patient's.
    """

    group: str
    reason: str
    cents: int
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """What one plan said of a line. ``payer_name`` is empty where several were added up."""

    payer_name: str
    paid_cents: int
    amounts: tuple[AnsweredAmount, ...] = ()
    remarks: tuple[str, ...] = ()  # RARC


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One service; ``charge_id`` is empty for what was decided for the claim as a whole.

    ValueError when what was taken off by class, or paid by plan, is not what the figures say.
    """

    charge_id: UUID | None
    service_kind: str  # a key of domain/service_kind.py, never a diagnosis
    procedure_code: str
    figures: Figures
    shares: tuple[Share, ...] = ()  # what the payer says you owe, before your payments
    taken_off: tuple[TakenOff, ...] = ()
    answers: tuple[PlanAnswer, ...] = ()  # the plan that pays first, first
    description: str = ""  # what the practice calls it, as it was sent

    def __post_init__(self) -> None:
        by_class = sum(one.cents for one in self.taken_off)
        by_plan = sum(one.paid_cents for one in self.answers)
        if (by_class, by_plan) != (self.figures.taken_off_cents, self.figures.plan_paid_cents):
            message = f"the parts do not add up: {self!r}"
            raise ValueError(message)


@dataclass(frozen=True, slots=True)
class PlanDecision:
    """What one plan decided on a visit, its parts together."""

    payer_name: str
    decided_on: date | None
    paid_cents: int
    share_cents: int  # what it left to the patient, or to the next plan
    remarks: tuple[str, ...] = ()  # RARC of the claim as a whole


@dataclass(frozen=True, slots=True)
class Visit:
    """One claim of one patient.

    ``grouped_because``: only its sums are shown to whoever looks (visit_privacy.GroupedBecause);
    ``is_part2``: it is shown whole, and 42 CFR Part 2 asks for a notice beside it. A frozen
    document says neither.
    """

    claim_id: UUID
    claim_number: str
    patient_first_name: str
    service_on: date | None
    provider_name: str
    place_name: str
    lines: tuple[StatementLine, ...]
    decisions: tuple[PlanDecision, ...] = ()  # the plan that pays first, first
    changes: tuple[DecisionChange, ...] = ()
    journey: tuple[JourneyStep, ...] = ()
    freed_credit_cents: int = 0  # was paid on it, and a later decision asks for less
    grouped_because: str = ""
    is_part2: bool = False

    @property
    def figures(self) -> Figures:
        """The sum of the lines."""
        return sum((line.figures for line in self.lines), NOTHING)

    @property
    def payer_names(self) -> tuple[str, ...]:
        """The plans that decided, the one that pays first first."""
        return tuple(dict.fromkeys(one.payer_name for one in self.decisions))


class PendingReason(StrEnum):
    """Why a visit asks for nothing yet. Stable: they are frozen into statements."""

    DECIDING = "deciding"  # a plan has not decided
    NEXT_PLAN = "next_plan"  # one plan has, and another is to
    DECIDING_AGAIN = "deciding_again"  # a decision was taken back, or is being looked at
    REFUSED = "refused"  # the plan did not pay, and we ask it again
    ANSWER_NEEDED = "answer_needed"  # the plan wants to know something of the patient
    PROTECTED = "protected"  # the law says that nobody may ask for a share
    CHECKING = "checking"  # we look at the plan's answer first
    DISPUTED = "disputed"  # the patient told us that something is wrong, and we look at it
    NOT_SHOWN = "not_shown"  # to whoever sees only the sums; never frozen


@dataclass(frozen=True, slots=True)
class PlanReason:
    """A group and reason (X12 835 CAS01, CAS02) without its amount."""

    group: str
    reason: str


@dataclass(frozen=True, slots=True)
class PendingVisit:
    """A visit that asks for nothing yet: shown without an amount.

    ``reasons`` and ``remarks`` are those that say why; ``grouped_because`` as of a `Visit`.
    ``claim_id`` is not known of documents up to version 3.
    """

    patient_first_name: str
    service_on: date | None
    provider_name: str
    payer_name: str  # whose turn it is
    why: PendingReason = PendingReason.DECIDING
    reasons: tuple[PlanReason, ...] = ()
    remarks: tuple[str, ...] = ()
    journey: tuple[JourneyStep, ...] = ()
    grouped_because: str = ""
    claim_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class CoveredVisit:
    """A visit, or lines of one, that a payment plan covers, and what is left of it there."""

    claim_id: UUID
    patient_first_name: str
    service_kinds: tuple[str, ...]  # keys of domain/service_kind.py
    service_on: date | None
    provider_name: str
    left_cents: int


@dataclass(frozen=True, slots=True)
class PaymentPlanBlock:
    """A payment plan beside a statement: none of it is in the amount due.

    ``next_cents`` by ``next_on`` is what it asks for first.
    """

    plan_id: UUID
    number: str
    paid_cents: int
    coming_cents: int  # on its way from banks
    left_cents: int
    past_due_cents: int
    next_on: date | None
    next_cents: int
    visits: tuple[CoveredVisit, ...]


@dataclass(frozen=True, slots=True)
class StatementDocument:
    """Everything a statement says. ``amount_due_cents`` is what all visits leave to pay.

    ``payments_since_cents`` is without what payment plans got, ``moved_to_plans_cents`` what they
    took over of the statement before. ``since_last`` leads from what the statement before asked for
    to what this one does; None in a document that froze none of it.
    """

    number: str
    issued_on: date
    due_on: date
    as_of: date
    guarantor_name: str
    account_number: str
    visits: tuple[Visit, ...]
    pending: tuple[PendingVisit, ...]
    previous_amount_due_cents: int
    payments_since_cents: int
    unapplied_credit_cents: int
    moved_to_plans_cents: int = 0
    payment_plans: tuple[PaymentPlanBlock, ...] = ()
    since_last: tuple[StatementChange, ...] | None = None

    @property
    def figures(self) -> Figures:
        """The sum of the visits."""
        return sum((visit.figures for visit in self.visits), NOTHING)

    @property
    def amount_due_cents(self) -> int:
        """What this statement asks for."""
        return self.figures.you_owe_cents


class StatementState(StrEnum):
    """How a statement stands now, beside what it said when it was issued."""

    DUE = "due"
    ON_PLAN = "on_plan"  # a payment plan asks for all that is open of it
    PAID = "paid"
    CREDIT = "credit"  # paid, and more than that
    VOIDED = "voided"
    ON_HOLD = "on_hold"  # nothing of the account may be asked for
    PLACED = "placed"  # a collection agency asks for what is open of it


class SkipReason(StrEnum):
    """Why a guarantor gets no statement now. Stable names: ``statements issue`` prints them."""

    ALREADY_ISSUED = "already_issued"
    ACCOUNT_HOLD = "account_hold"
    IMPORT_RUNNING = "import_running"
    STALE_FEED = "stale_feed"
    REFUSED_RECEIPT = "refused_receipt"
    PAID_TODAY = "paid_today"
    ON_PLAN = "on_plan"
    NOTHING_DUE = "nothing_due"
    BELOW_MINIMUM = "below_minimum"
    TOO_SOON = "too_soon"
    NO_DELIVERY = "no_delivery"
    DOES_NOT_ADD_UP = "does_not_add_up"


@dataclass(frozen=True, slots=True)
class IssuePolicy:
    """A practice's rules of issuing; the defaults are ours, for the practice to confirm."""

    minimum_cents: int = 500
    days_between: int = 28
    days_to_pay: int = 25
    feed_age_max: timedelta = timedelta(hours=24)

    def due_on(self, issued_on: date) -> date:
        """The last day to pay before the statement is past due."""
        return issued_on + timedelta(days=self.days_to_pay)


DEFAULT_POLICY = IssuePolicy()


@dataclass(frozen=True, slots=True)
class IssueFacts:
    """What is known of a guarantor when a statement may be issued."""

    issued_on: date  # the practice's day
    as_of: date
    amount_due_cents: int  # released shares on the as-of day, less what payment plans cover
    open_now_cents: int  # the same now: lower when somebody has paid since
    last_issued_on: date | None = None  # of the newest statement that was not voided
    last_as_of: date | None = None
    is_issued_for_day: bool = False  # also when it was voided since
    is_on_hold: bool = False  # the account, not a claim
    is_import_running: bool = False
    was_paid_today: bool = False
    is_deliverable: bool = True
    feed_age: timedelta | None = None  # None: the practice sends no feed
    has_refused_receipt: bool = False  # of the feed: they may have paid
    has_payment_plan: bool = False  # that covers something


def may_issue(facts: IssueFacts, policy: IssuePolicy = DEFAULT_POLICY) -> SkipReason | None:
    """The first reason not to issue, in the order of SkipReason, or None."""
    asked_cents = min(facts.amount_due_cents, facts.open_now_cents)
    checks = (
        (SkipReason.ALREADY_ISSUED, facts.is_issued_for_day),
        (SkipReason.ACCOUNT_HOLD, facts.is_on_hold),
        (SkipReason.IMPORT_RUNNING, facts.is_import_running),
        (SkipReason.STALE_FEED, (facts.feed_age or timedelta()) > policy.feed_age_max),
        (SkipReason.REFUSED_RECEIPT, facts.has_refused_receipt),
        (SkipReason.ON_PLAN, asked_cents <= 0 and facts.has_payment_plan),
        (SkipReason.NOTHING_DUE, asked_cents <= 0),
        (SkipReason.BELOW_MINIMUM, asked_cents < policy.minimum_cents),
        (SkipReason.PAID_TODAY, facts.was_paid_today),
        (SkipReason.TOO_SOON, _is_too_soon(facts, policy)),
        (SkipReason.NO_DELIVERY, not facts.is_deliverable),
    )
    return next((reason for reason, applies in checks if applies), None)


def _is_too_soon(facts: IssueFacts, policy: IssuePolicy) -> bool:
    """Less than the days between two statements, or for a day before the last one's."""
    if facts.last_issued_on is None:
        return False
    if facts.last_as_of is not None and facts.as_of <= facts.last_as_of:
        return True
    return facts.issued_on - facts.last_issued_on < timedelta(days=policy.days_between)
