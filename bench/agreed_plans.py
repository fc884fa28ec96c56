"""People with plans that are charged: agreed to in the product, then copied to any number.

A tenth of the plans falls due on the same day, and was announced; the others have some days left.
"""

import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import requests
from requests.adapters import BaseAdapter

from bench.copying_rows import TABLES
from bench.database import Server
from bench.filled_books import copy_rows_of
from bench.patients_who_pay import EMPTY, BenchError, open_database
from portal.connectors.stripe_connection import StripeConnection
from portal.db import Database
from portal.demo.simulation.clock import Clock
from portal.demo.simulation.mail import MailInTrouble
from portal.demo.simulation.people import Population, populate
from portal.demo.simulation.plan_stories import SHARES_CENTS
from portal.demo.simulation.planner import Planner
from portal.demo.simulation.portal_under_test import PortalUnderTest, portal_under_test
from portal.demo.simulation.saver import Saver
from portal.demo.simulation.stories import GOOD_CARDS
from portal.demo.simulation.stripe import SECRET_KEY
from portal.demo.simulation.stripe_within import ADDRESS, stripe_within
from portal.demo.simulation.visitor import Surroundings, Visitor
from portal.demo.simulation.world import BEGINS_AT
from portal.domain.charge_schedule import CARD_NOTICE
from portal.domain.plans.cadence import Frequency
from portal.jobs.registry import PRACTICE_JOBS
from portal.web.context import portal

TENTH: Final = 10
COPIED: Final = (
    *TABLES,
    "messages",
    "payment_consents",
    "stripe_customers",
    "saved_methods",
    "scheduled_payments",
    "plans",
    "plan_versions",
    "plan_consents",
    "plan_events",
    "plan_lines",
    "plan_installments",
)
_ONE_AT_STRIPE: Final = (  # stands for all its copies here: found as before, and not unique
    "ALTER TABLE portal.stripe_customers DROP CONSTRAINT stripe_customers_customer",
    "ALTER TABLE portal.saved_methods DROP CONSTRAINT saved_methods_payment_method",
    "CREATE INDEX ON portal.stripe_customers (practice_id, customer_id)",
    "CREATE INDEX ON portal.saved_methods (practice_id, payment_method_id)",
)
_SEED: Final = 1
_DUE_IN: Final = timedelta(days=12)
_LATER: Final = timedelta(days=14)  # after those: neither due on their day nor to be announced


class TimedAdapter(BaseAdapter):
    """How long the simulated Stripe takes: that is not our time."""

    def __init__(self, adapter: BaseAdapter) -> None:
        super().__init__()
        self._adapter = adapter
        self.seconds = 0.0

    def send(
        self, request: requests.PreparedRequest, *args: Any, **options: Any
    ) -> requests.Response:
        began = time.perf_counter()
        try:
            return self._adapter.send(request, *args, **options)
        finally:
            self.seconds += time.perf_counter() - began

    def close(self) -> None:
        self._adapter.close()


@dataclass(frozen=True, slots=True)
class PlansStage:
    """The portal at a Stripe in this process, on the morning on which a tenth falls due."""

    server: Server
    running: PortalUnderTest
    stripe_time: TimedAdapter
    population: Population
    name: str

    def run(self, job: str, database: Database) -> None:
        """As its worker does, in this database."""
        with self.running.app.app_context():
            here = replace(portal(), database=database)
            PRACTICE_JOBS[job].run(here, self.population.practice.practice_id)

    def fill(self, name: str, *, plans: int) -> None:
        """Another database, with so many plans."""
        self.server.make(name, of=self.name)
        with self.server.connect("postgres", name) as admin:
            for statement in _ONE_AT_STRIPE:
                admin.execute(statement)
        copies = plans // len(self.population.people) - 1
        copy_rows_of(self.server, name, tables=COPIED, copies=copies)


@contextmanager
def plans_agreed(server: Server, name: str, *, people: int, home: Path) -> Iterator[PlansStage]:
    """So many plans in a new database of that name. Raises BenchError."""
    server.make(name, of=EMPTY)
    database = open_database(server, name)
    with stripe_within(seed=_SEED) as (stripe, adapter):
        timed, session = TimedAdapter(adapter), requests.Session()
        session.mount("http://", timed)
        connection = StripeConnection(secret_key=SECRET_KEY, api_base=ADDRESS, session=session)
        chance = random.Random(_SEED)  # noqa: S311 - chance, not secrecy
        mail = MailInTrouble(chance)
        mail.is_well = True
        clock = Clock(stripe, BEGINS_AT)
        population = populate(
            database, count=people, chance=chance, now=clock.now, shares_cents=SHARES_CENTS[1:]
        )
        with portal_under_test(
            database, connection, home=home, clock=clock, mailer=mail
        ) as running:
            around = Surroundings(
                database,
                running.gateway,
                running.saved_methods,
                stripe,
                population.practice.practice_id,
                clock=clock,
            )
            _agree([Visitor(one, chance, around) for one in population.people], running)
            clock.move_to(clock.now + _DUE_IN - CARD_NOTICE)
            running.run_jobs(population.practice.practice_id, nightly=True)
            clock.move_to(clock.now + CARD_NOTICE)
            database.close()
            yield PlansStage(server, running, timed, population, name)
        connection.close()
    database.close()


def _agree(visitors: Sequence[Visitor], running: PortalUnderTest) -> None:
    for number, visitor in enumerate(visitors):
        saver, planner = Saver(visitor), Planner(visitor, running.app)
        visitor.types_card(saver.begins_saving() or "", GOOD_CARDS[0])
        saver.takes_note()
        due_on = (visitor.around.clock() + _DUE_IN).date() + _LATER * bool(number % TENTH)
        plan_id = planner.chooses(
            counts=(6, 4, 3, 2), frequency=Frequency.MONTHLY, first_due_on=due_on
        )
        if plan_id is None:
            raise BenchError("Somebody was offered no plan.")
        planner.agrees(plan_id, planner.kept())
        if planner.running() is None:
            raise BenchError("Somebody has no plan.")
