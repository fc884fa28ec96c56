"""People with plans, day after day for years, and a worker with troubles; then the verdict."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import Database, Principal, practice_of
from portal.demo.simulation.agenda import Story
from portal.demo.simulation.mortality import Mortality, WorkerDied
from portal.demo.simulation.people import Population, populate
from portal.demo.simulation.plan_laws import PlanLaws, count_installments
from portal.demo.simulation.plan_stories import DAY, SHARES_CENTS, Life, Payer
from portal.demo.simulation.planner import Planner
from portal.demo.simulation.stripe import SimulatedStripe
from portal.demo.simulation.visitor import Visitor
from portal.demo.simulation.world import BEGINS_AT, World, chance_of, simulated_world
from portal.domain.payment_channel import PaymentChannel
from portal.jobs.ledger_check import check_ledger
from portal.ledger.models import JournalEntryRow
from portal.payments.models import Payment
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry
from portal.plans.models import Plan, PlanEvent, PlanVersion
from portal.practice.directory import PracticeRef

_JOB: Final = "simulation"
_YEAR: Final = timedelta(days=365)
_SETTLES_IN: Final = timedelta(days=14)
_ARRIVE_WITHIN: Final = timedelta(days=60)
_MONTH_OF_DAYS: Final = 30
_OUTAGE_SHARE: Final = 0.01
_OUTAGE_DAYS: Final = (1, 5)
_LIVES: Final = 3
_TOLD_AGAIN: Final = 40
_UNTIL_DONE: Final = 3


@dataclass(frozen=True, slots=True)
class PlansVerdict:
    """`charges` were tried with nobody present; `skipped` are installments that nobody charged.

    `paid_by_hand` are payments towards plans that came, made from a page.

    `webhooks` were taken by us; one that was refused to the last is a finding.

    `charged_twice` counts installments charged twice in one day, or again though all that was due
    had come, and money at Stripe that no payment of ours stands for.
    """

    plans: int
    installments: int
    charges: int
    charged_twice: int
    skipped: int
    invariant_failures: int
    ledger_ok: bool
    webhooks: int
    deaths: int
    paid_by_hand: int
    states: dict[str, int]
    changes: dict[str, int]
    findings: tuple[str, ...]

    @property
    def ok(self) -> bool:
        off = self.charged_twice + self.skipped + self.invariant_failures
        return self.ledger_ok and not off and not self.findings

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def simulate_plans(
    database: Database, *, home: Path, seed: int, plans: int, days: int, over_wire: bool = False
) -> PlansVerdict:
    """So many people in an empty database, each of whom wants a plan; ``home`` is for files."""
    try:
        return _simulate(
            database, home=home, seed=seed, plans=plans, days=days, over_wire=over_wire
        )
    except Exception as error:
        error.add_note(f"Again: seed {seed}, {plans} plans, {days} days")
        raise


def _simulate(
    database: Database, *, home: Path, seed: int, plans: int, days: int, over_wire: bool
) -> PlansVerdict:
    population = populate(
        database,
        count=plans,
        chance=chance_of(seed, "people"),
        now=BEGINS_AT,
        shares_cents=SHARES_CENTS,
    )
    mortality = Mortality(chance_of(seed, "deaths"))
    with simulated_world(
        database,
        population.practice,
        home=home,
        seed=seed,
        within=not over_wire,
        mortality=mortality,
    ) as world:
        years = _Years(world, population.practice, mortality, PlanLaws(), seed=seed)
        span = timedelta(days=days)
        _people_arrive(world, population, seed=seed, ends_after=span - _SETTLES_IN)
        world.put_down(years.pass_by(span), after=timedelta(0))
        world.tell()
        return years.verdict()


def _people_arrive(
    world: World, population: Population, *, seed: int, ends_after: timedelta
) -> None:
    payer = Payer(world.around.database, population.practice)
    for claim in population.claims:
        payer.claims.setdefault(claim.member_identifier, []).append(claim)
    arrivals = chance_of(seed, "arrivals")
    for number, person in enumerate(population.people):
        visitor = Visitor(person, chance_of(seed, str(number)), world.around)
        after = timedelta(days=arrivals.randrange(min(_ARRIVE_WITHIN, ends_after / 3).days))
        life = Life(Planner(visitor, world.portal.app), payer, ends_after - after)
        world.put_down(life.story(), after=after)


class _Years:
    """The worker's days, and who looks at the laws in the evening."""

    def __init__(
        self,
        world: World,
        practice: PracticeRef,
        mortality: Mortality,
        laws: PlanLaws,
        *,
        seed: int,
    ) -> None:
        self._world = world
        self._practice = practice
        self._mortality = mortality
        self._laws = laws
        self._chance = chance_of(seed, "outages")
        self._principal = Principal.job(practice.practice_id, role=_JOB)
        self._worked = 0
        self._found: frozenset[str] = frozenset()

    def pass_by(self, span: timedelta) -> Story:
        """Day after day; the last weeks are quiet ones."""
        ends_at = self._world.around.clock() + span
        while self._world.around.clock() < ends_at:
            yield DAY
            if self._world.around.clock() >= ends_at - _SETTLES_IN:
                self._world.end_trouble()
                self._mortality.is_over = True
            elif self._chance.random() < _OUTAGE_SHARE:
                yield DAY * self._chance.randint(*_OUTAGE_DAYS)
            self._work()
            self._look(is_last=self._world.around.clock() >= ends_at)

    def _work(self) -> None:
        """When the worker dies another one begins, a few times."""
        for _ in range(_LIVES):
            with suppress(WorkerDied), self._mortality.at_work():
                self._world.portal.run_jobs(self._practice.practice_id, nightly=True)
                return

    def _look(self, *, is_last: bool) -> None:
        """At whom something befell; once a month, and in the end, at everybody and everything."""
        self._worked += 1
        now = self._world.around.clock()
        is_month = self._worked % _MONTH_OF_DAYS == 0
        with self._world.around.database.transaction(self._principal) as session:
            self._laws.look(
                session,
                today=self._practice.today(now),
                now=now,
                everybody=is_month or is_last,
            )
        if is_month:
            self._laws.broken += self._once_more()
            self._laws.broken += self._found_a_month_ago()

    def _found_a_month_ago(self) -> frozenset[str]:
        """Of a debit whose webhook was lost the processor knows more than we do, for ten days."""
        before, self._found = self._found, frozenset(_ledger(self._world.around.database))
        return before & self._found

    def _once_more(self) -> Iterator[str]:
        """The same events and the same hour again: nothing is another by it.

        Once what was in trouble has come to its end: mail first, then what waited for the mail.
        """
        portal, practice_id = self._world.portal, self._practice.practice_id
        with self._world.without_trouble():
            for _ in range(_UNTIL_DONE):
                portal.run_jobs(practice_id, nightly=True)
            before = self._fingerprint()
            self._world.tell_again(_TOLD_AGAIN)
            portal.run_jobs(practice_id, nightly=True)
            after = self._fingerprint()
        if before != after:
            yield f"{self._world.around.clock():%Y-%m-%d} again, and {before} became {after}"

    def _fingerprint(self) -> dict[str, int]:
        kinds = (JournalEntryRow, PlanEvent, PlanVersion, ScheduledPayment, Payment)
        with self._world.around.database.transaction(self._principal) as session:
            return {
                kind.__tablename__: session.scalar(
                    select(func.count()).where(kind.practice_id == practice_of(session))
                )
                or 0
                for kind in kinds
            }

    def verdict(self) -> PlansVerdict:
        database, laws = self._world.around.database, self._laws
        broken = [*laws.broken]
        with database.transaction(self._principal) as session:
            unknown = set(_unknown_money(session, self._world.around.stripe))
            states = _states(session)
            return PlansVerdict(
                plans=sum(states.values()),
                installments=count_installments(session),
                charges=_charges(session),
                charged_twice=len(laws.charged_twice) + len(unknown),
                skipped=len(laws.skipped),
                invariant_failures=len(broken),
                ledger_ok=check_ledger(database).ok,
                webhooks=self._world.taken,
                deaths=self._mortality.deaths,
                paid_by_hand=_paid_by_hand(session),
                states=states,
                changes=_changes(session),
                findings=(
                    *broken,
                    *_ledger(database),
                    *(f"{one} was charged twice" for one in laws.charged_twice),
                    *(f"{one} was never charged" for one in laws.skipped),
                    *(f"{one} is Stripe's alone" for one in unknown),
                    *(f"webhook {one} was never taken" for one in self._world.refused),
                    *(f"unforeseen: {error!r}" for error in self._world.portal.surprises),
                ),
            )


def _ledger(database: Database) -> Iterator[str]:
    """All checks of the product."""
    for _, finding in check_ledger(database).findings:
        yield f"{finding.check}: {finding.message}"


def _unknown_money(session: Session, stripe: SimulatedStripe) -> Iterator[str]:
    """What succeeded at Stripe, and is no payment of ours."""
    ours = set(
        session.scalars(
            select(Payment.payment_intent_id).where(Payment.practice_id == practice_of(session))
        )
    )
    for intent in stripe.all("/v1/payment_intents"):
        if intent["status"] == "succeeded" and intent["id"] not in ours:
            yield str(intent["id"])


def _charges(session: Session) -> int:
    practice_id = practice_of(session)
    query = (
        select(func.count())
        .select_from(ScheduledTry)
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == ScheduledTry.payment_id),
        )
        .where(
            ScheduledTry.practice_id == practice_id,
            Payment.channel == PaymentChannel.PLAN.value,
        )
    )
    return session.scalar(query) or 0


def _paid_by_hand(session: Session) -> int:
    query = select(func.count()).where(
        Payment.practice_id == practice_of(session),
        Payment.plan_id.is_not(None),
        Payment.channel != PaymentChannel.PLAN.value,
        Payment.settled_at.is_not(None),
    )
    return session.scalar(query) or 0


def _states(session: Session) -> dict[str, int]:
    """Of plans that were agreed to."""
    query = select(Plan.state, func.count()).where(
        Plan.practice_id == practice_of(session), Plan.consented_on.is_not(None)
    )
    return {state: int(count) for state, count in session.execute(query.group_by(Plan.state))}


def _changes(session: Session) -> dict[str, int]:
    """Why there were their versions."""
    query = select(PlanVersion.change, func.count()).where(
        PlanVersion.practice_id == practice_of(session)
    )
    rows = session.execute(query.group_by(PlanVersion.change))
    return {change: int(count) for change, count in rows}
