"""Somebody with an agreed plan, and the jobs of the days: announced, charged, kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.journal import Target
from portal.ledger.plan_standing import PlanStanding, plan_standings
from portal.payments.methods.on_file import kinds_of_methods
from portal.payments.plans.own_credit import plans_with_own_credit, put_own_credit
from portal.payments.plans.standing import plans_paid_since
from portal.payments.scheduled.installments import follow_plan
from portal.payments.scheduled.views import charge_states
from portal.plans.keeping.installments import (
    DueInstallment,
    installment_due,
    installments_to_come,
)
from portal.plans.keeping.nightly import KeepCounts, keep_paid_plans, keep_plans
from portal.plans.keeping.service import PlanCharges
from portal.plans.models import Plan, PlanEvent, PlanVersion
from portal.plans.store import LoadedPlan, load
from portal.practice.directory import change_practice, practice_by_id
from portal.practice.models import Guarantor, Practice
from tests.payments.keeping import Keeper
from tests.plans.agreed_plans import agree_to_plan

due_of_installment = partial(installment_due, method_kinds=kinds_of_methods)
CHARGES = PlanCharges(
    charge_states,
    partial(follow_plan, installment_due=due_of_installment),
    put_credit=put_own_credit,
    with_credit=plans_with_own_credit,
)


@dataclass(slots=True)
class RealPlans:
    """Plans, where the keeper's charges ask for installments."""

    installments: dict[UUID, DueInstallment] = field(default_factory=dict)

    def to_come(self, session: Session, /, *, today: date) -> Sequence[DueInstallment]:
        return installments_to_come(session, today=today, method_kinds=kinds_of_methods)

    def due(self, session: Session, installment_id: UUID, /) -> DueInstallment | None:
        return due_of_installment(session, installment_id)


@dataclass(slots=True)
class Living:
    """Ana with plans; her days pass with all the jobs of a worker."""

    keeper: Keeper
    plan_id: UUID = field(init=False)
    has_autopay: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self.keeper.plans = RealPlans()  # type: ignore[assignment]  # asked in the same way
        self._live_in("NY")  # no days of grace are asked for there: the practice's own count

    def _live_in(self, state: str) -> None:
        with self.keeper.payer.database.transaction(self.keeper.payer.job) as session:
            for table in (Guarantor, Practice):
                here = table.practice_id == practice_of(session)
                session.execute(update(table).where(here).values(state=state))

    def agree(
        self,
        *,
        count: int = 3,
        first_in: int = 15,
        method_id: UUID | None = None,
        lines: Mapping[Target, int] | None = None,
    ) -> UUID:
        """A plan over Ana's older visit of 60.00, unless other lines are named."""
        owing = self.keeper.payer.owing
        self.has_autopay |= method_id is not None
        self.plan_id = agree_to_plan(
            self.keeper.payer.database,
            self.keeper.practice_id,
            self.keeper.guarantor_id,
            lines or {owing.older.target: owing.older.cents},
            count=count,
            first_on=self.keeper.today + timedelta(days=first_in),
            today=self.keeper.today,
            now=self.keeper.now,
            method_id=method_id,
        )
        return self.plan_id

    def keep(self) -> KeepCounts:
        return keep_plans(
            self.keeper.payer.database,
            self.keeper.practice_id,
            charges=CHARGES,
            now=self.keeper.now,
        )

    def keep_paid(self) -> KeepCounts:
        return keep_paid_plans(
            self.keeper.payer.database,
            self.keeper.practice_id,
            paid_since=plans_paid_since,
            charges=CHARGES,
            now=self.keeper.now,
        )

    def work(self) -> KeepCounts:
        """Every job once that has anything to do."""
        if self.has_autopay:
            self.keeper.look_ahead()
            self.keeper.charge()
        return self.keep()

    def live(self, days: int) -> None:
        """So many days, with the jobs of each, up to a new day on which none has run."""
        for _ in range(days):
            self.work()
            self.keeper.pass_days(1)

    def reach(self, day: date) -> None:
        """Its jobs too. Nothing is due on the days before, but notices are given."""
        for days in (10, 6, 5, 4, 0) if self.has_autopay else (5, 0):
            to_pass = (day - self.keeper.today).days - days
            if to_pass > 0 or not days:
                self.keeper.pass_days(to_pass)
                self.work()

    @property
    def loaded(self) -> LoadedPlan:
        return self.keeper.payer.read(lambda session: load(session, self.plan_id))

    @property
    def plan(self) -> Plan:
        return self.loaded.plan

    @property
    def state(self) -> str:
        return self.plan.state

    @property
    def money(self) -> PlanStanding:
        return self.keeper.payer.read(lambda session: plan_standings(session, [self.plan_id]))[
            self.plan_id
        ]

    @property
    def installments(self) -> list[tuple[str, int]]:
        """State and cents of each of the newest version, by number."""
        loaded = self.loaded
        return [(loaded.rows[one.number].state, one.cents) for one in loaded.version.installments]

    @property
    def states(self) -> list[str]:
        return [state for state, _ in self.installments]

    def due_on(self, number: int) -> date:
        return self.loaded.rows[number].due_on

    def history(self, number: int | None = None) -> list[str]:
        """The states of the plan, or of one of its installments, oldest first."""
        return self.keeper.payer.read(
            lambda session: list(
                session.scalars(
                    select(PlanEvent.state)
                    .where(
                        PlanEvent.practice_id == practice_of(session),
                        PlanEvent.plan_id == self.plan_id,
                        PlanEvent.installment_number.is_not_distinct_from(number),
                    )
                    .order_by(PlanEvent.event_id)
                )
            )
        )

    def details(self) -> list[str]:
        """What events of the plan say, those that say something."""
        return self.keeper.payer.read(
            lambda session: list(
                session.scalars(
                    select(PlanEvent.detail)
                    .where(
                        PlanEvent.practice_id == practice_of(session),
                        PlanEvent.plan_id == self.plan_id,
                        PlanEvent.detail != "",
                    )
                    .order_by(PlanEvent.event_id)
                )
            )
        )

    def changes(self) -> list[str]:
        """Why there are its versions."""
        return self.keeper.payer.read(
            lambda session: list(
                session.scalars(
                    select(PlanVersion.change)
                    .where(
                        PlanVersion.practice_id == practice_of(session),
                        PlanVersion.plan_id == self.plan_id,
                    )
                    .order_by(PlanVersion.version)
                )
            )
        )

    def mails(self) -> list[str]:
        """About the plan."""
        return [one for one in self.keeper.mails() if one.startswith("plan_")]

    def change(self, **values: object) -> None:
        """What staff, or whoever may, wrote on the plan."""
        with self.keeper.payer.database.transaction(self.keeper.payer.job) as session:
            session.execute(
                update(Plan)
                .where(Plan.practice_id == practice_of(session), Plan.plan_id == self.plan_id)
                .values(**values)
            )

    def move_practice_to(self, zone: str) -> None:
        database = self.keeper.payer.database
        practice = practice_by_id(database, self.keeper.practice_id)
        change_practice(database, practice.slug, {"time_zone": zone})
