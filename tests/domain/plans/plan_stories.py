"""A plan that lives through random days, kept as its records would keep it."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from hypothesis import strategies as st

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.change import Changed, Position
from portal.domain.plans.changes import move_date, pay_ahead, skip
from portal.domain.plans.offers import Ground, Wish, offers
from portal.domain.plans.policy import Overpayment, PlanPolicy
from portal.domain.plans.progress import PlanProgress
from portal.domain.plans.refusal import Refusal
from portal.domain.plans.staff_changes import (
    NewTerms,
    WaiverFacts,
    new_terms,
    re_age,
    resume,
    waive,
)
from portal.domain.plans.standing import Miss, PlanFacts, PlanHold, Standing, evaluate
from portal.domain.plans.state_pack import ProviderKind
from portal.domain.plans.state_packs import pack_for
from portal.domain.plans.states import (
    LIVE,
    InstallmentState,
    PlanState,
    is_installment_move,
    is_plan_move,
)
from portal.domain.plans.sum_changes import (
    Addition,
    add_balance,
    correct_principal,
    payment_came_back,
)
from portal.domain.plans.versions import PlanVersion, first_version

BEGIN = date(2026, 3, 9)
PACK = pack_for(["NY"], provider=ProviderKind.PROFESSIONAL, on=BEGIN)
POLICY = PlanPolicy()
FREELY = WaiverFacts(
    is_approved=True,
    is_billed=True,
    is_cost_share=True,
    has_documented_need=True,
    has_collection_failed=False,
)


def version_of(
    cents: int,
    count: int,
    *,
    today: date = BEGIN,
    frequency: Frequency = Frequency.MONTHLY,
    first_due_on: date | None = None,
    policy: PlanPolicy = POLICY,
) -> PlanVersion:
    """What a patient agreed to today."""
    ground = Ground(balance_cents=cents, policy=policy, pack=PACK, today=today)
    wish = Wish(frequency=frequency, first_due_on=first_due_on)
    offer = next(one for one in offers(ground, wish).choices if one.count == count)
    return first_version(offer.installments, cadence=offer.cadence, agreed_on=today)


@dataclass
class Story:
    """One plan, its records, and what has to be true of them at every moment."""

    version: PlanVersion
    policy: PlanPolicy = POLICY
    today: date = BEGIN
    paid_cents: int = 0
    owed_cents: int = 0  # what the plan is about, told apart from its rows
    state: PlanState = PlanState.ACTIVE
    states: dict[int, InstallmentState] = field(default_factory=dict)
    misses: tuple[Miss, ...] = ()
    cure_until: date | None = None
    cure_days: int | None = None
    holds: frozenset[PlanHold] = frozenset()
    held_since: date = BEGIN
    grace_from: date | None = None
    announced: frozenset[int] = frozenset()
    skipped_on: list[date] = field(default_factory=list)
    reaged_on: list[date] = field(default_factory=list)
    defaulted_while: frozenset[PlanHold] | None = None

    def __post_init__(self) -> None:
        self.owed_cents = self.version.principal_cents
        self.settle()

    @property
    def facts(self) -> PlanFacts:
        return PlanFacts(
            version=self.version,
            paid_cents=self.paid_cents,
            state=self.state,
            states=self.states,
            misses=self.misses,
            cure_until=self.cure_until,
            cure_days=self.cure_days,
            holds=self.holds,
            grace_from=self.grace_from,
            announced=self.announced,
        )

    @property
    def position(self) -> Position:
        charging = {n for n, one in self.states.items() if one is InstallmentState.PROCESSING}
        return Position(
            version=self.version, paid_cents=self.paid_cents, charging=frozenset(charging)
        )

    @property
    def progress(self) -> PlanProgress:
        return self.position.progress

    def settle(self) -> Standing:
        """The daily evaluation, recorded; only foreseen moves are made."""
        standing = evaluate(self.facts, policy=self.policy, today=self.today)
        is_plan_move(self.state, wanted=standing.state)
        for number, one in standing.states.items():
            is_installment_move(self.states.get(number, InstallmentState.SCHEDULED), wanted=one)
        if standing.state is not self.state and standing.state is PlanState.DEFAULTED:
            self.defaulted_while = self.holds
        self.state, self.states = standing.state, dict(standing.states)
        self.misses, self.cure_until = standing.misses, standing.cure_until
        self.cure_days = standing.cure_days
        return standing

    def wait(self, days: int) -> None:
        for _ in range(days):
            self.today += timedelta(days=1)
            self.settle()

    def pay(self, cents: int, how: Overpayment = Overpayment.PREPAY_NEXT) -> None:
        result = pay_ahead(self.position, cents, how=how, policy=self.policy, today=self.today)
        self.paid_cents += cents
        self.take(result)

    def take_back(self, cents: int) -> None:
        cents = min(cents, self.paid_cents)
        self.paid_cents -= cents
        self.grace_from = self.today
        self.take(payment_came_back(self.position, cents, today=self.today))

    def take(self, result: Changed | Refusal | None) -> bool:
        if isinstance(result, Changed):
            self.version = result.version
        self.settle()
        return isinstance(result, Changed)

    def hold(self, hold: PlanHold) -> None:
        self.held_since = self.held_since if self.holds else self.today
        self.holds |= {hold}
        self.settle()

    def release(self) -> None:
        if self.holds:
            self.holds, self.grace_from = frozenset(), self.today
            self.take(resume(self.position, since=self.held_since, today=self.today))


@dataclass(frozen=True)
class Act:
    """One thing that happens; ``a`` and ``b`` say which and how much of it."""

    name: str
    a: int
    b: int


def do(story: Story, act: Act) -> None:
    """What an act is, for a plan that is live or completed; nothing for any other."""
    if story.state not in LIVE and story.state is not PlanState.COMPLETED:
        return
    _ACTS[act.name](story, act)


def _some(story: Story, act: Act) -> int:
    """A part of what is left, in cents, never 0."""
    return max(story.progress.left_cents * act.b // 100, 1)


def _number(story: Story, act: Act) -> int:
    rows = story.version.installments
    return rows[act.a % len(rows)].number if rows else 1


def _pay_due(story: Story, _: Act) -> None:
    due = story.progress.due_cents(story.today)
    if due:
        story.pay(due)


def _move(story: Story, act: Act) -> None:
    to = story.today + timedelta(days=act.b)
    story.take(
        move_date(
            story.position, _number(story, act), to=to, policy=story.policy, today=story.today
        )
    )


def _skip(story: Story, act: Act) -> None:
    if story.take(
        skip(
            story.position,
            _number(story, act),
            policy=story.policy,
            today=story.today,
            skipped_on=story.skipped_on,
        )
    ):
        story.skipped_on.append(story.today)


def _add(story: Story, act: Act, how: Addition) -> None:
    cents = 10_00 + act.b * 7_31
    if story.take(
        add_balance(
            story.position, cents, how=how, policy=story.policy, pack=PACK, today=story.today
        )
    ):
        story.owed_cents += cents


def _correct(story: Story, act: Act) -> None:
    principal = story.version.principal_cents * act.b // 100
    result = correct_principal(story.position, principal)
    if story.take(result):
        story.owed_cents = principal


def _waive(story: Story, act: Act) -> None:
    story.take(waive(story.position, _some(story, act), facts=FREELY, policy=story.policy))


def _new_terms(story: Story, act: Act) -> None:
    terms = NewTerms(
        count=act.a,
        frequency=list(Frequency)[act.b % 4],
        first_due_on=story.today + timedelta(days=act.b),
        is_approved=act.b > 50,
    )
    story.take(new_terms(story.position, terms, policy=story.policy, pack=PACK, today=story.today))


def _re_age(story: Story, _: Act) -> None:
    if story.take(
        re_age(story.position, policy=story.policy, today=story.today, reaged_on=story.reaged_on)
    ):
        story.reaged_on.append(story.today)


def _charge(story: Story, _: Act) -> None:
    due = [n for n, one in story.states.items() if one is InstallmentState.DUE]
    if due and story.state is not PlanState.PAUSED:
        story.states[due[0]] = InstallmentState.PROCESSING


def _charged(story: Story, _: Act) -> None:
    for number in sorted(story.position.charging):
        row = story.progress.row(number)
        story.states[number] = InstallmentState.DUE
        if row is not None and row.left_cents:
            story.pay(row.left_cents)
        story.settle()


def _declined(story: Story, act: Act) -> None:
    wanted = InstallmentState.RETRY_SCHEDULED if act.b % 2 else InstallmentState.FAILED
    for number in story.position.charging:
        is_installment_move(story.states[number], wanted=wanted)
        story.states[number] = wanted
    story.settle()


_ACTS = {
    "wait": lambda story, act: story.wait(act.a),
    "pay": lambda story, act: story.pay(_some(story, act)),
    "pay_due": _pay_due,
    "shorten": lambda story, act: story.pay(_some(story, act), Overpayment.SHORTEN),
    "lower": lambda story, act: story.pay(_some(story, act), Overpayment.LOWER),
    "return": lambda story, act: story.take_back(1 + act.b * 97),
    "move": _move,
    "skip": _skip,
    "add_longer": lambda story, act: _add(story, act, Addition.LONGER),
    "add_higher": lambda story, act: _add(story, act, Addition.HIGHER),
    "correct": _correct,
    "waive": _waive,
    "new_terms": _new_terms,
    "re_age": _re_age,
    "hold": lambda story, act: story.hold(list(PlanHold)[act.a % len(PlanHold)]),
    "release": lambda story, _: story.release(),
    "charge": _charge,
    "charged": _charged,
    "declined": _declined,
}

ACTS = st.builds(
    Act,
    st.sampled_from([*_ACTS, "wait", "wait", "pay_due"]),  # days pass, and most pay in time
    st.integers(0, 40),
    st.integers(0, 100),
)
