"""Everybody's story told, with trouble, until nothing moves any more; then the verdict."""

import random
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from portal.connectors.stripe_connection import StripeConnection
from portal.db import Database
from portal.demo.simulation.agenda import Agenda, Delivery, Due, Story
from portal.demo.simulation.people import Population, populate
from portal.demo.simulation.portal_under_test import PortalUnderTest, portal_under_test
from portal.demo.simulation.stories import TOLD
from portal.demo.simulation.stripe import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    SimulatedStripe,
    simulated_stripe,
)
from portal.demo.simulation.verdict import Verdict, judge
from portal.demo.simulation.visitor import Surroundings, Visitor

BEGINS_AT: Final = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
ARRIVE_A_MINUTE: Final = 10
_ANSWER_WITHIN: Final = timedelta(milliseconds=400)
_FAULTS_PER_MILLE: Final = {
    "429": 10,
    "500": 10,
    "503": 5,
    "500_after_success": 8,
    "answer_lost": 8,
    "late": 2,
}
_LATE_SECONDS: Final = 0.5
_LOST_SHARE: Final = 0.08
_DOUBLED_SHARE: Final = 0.15
_LATE_SHARE: Final = 0.2
_TRIED_AGAIN_AFTER: Final = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 30)),
    *(timedelta(hours=hours) for hours in (1, 5, 12, 12)),
)
_JOBS_EVERY: Final = timedelta(minutes=20)
_DAYS_AFTER: Final = timedelta(days=30)


@dataclass(slots=True)
class _Clock:
    """The made-up time, of the portal and of Stripe alike."""

    stripe: SimulatedStripe
    now: datetime

    def __call__(self) -> datetime:
        return self.now

    def stand_at(self, at: datetime) -> None:
        """The first time: the simulator's clock stops at that instant."""
        told = self.stripe.control("clock", {"stands": True})["now"]
        ahead = int(at.timestamp()) - told
        self.stripe.control("clock", {"advance_seconds": ahead})
        self.now = at

    def move_to(self, at: datetime) -> None:
        seconds = int((at - self.now).total_seconds())
        if seconds > 0:
            self.stripe.control("clock", {"advance_seconds": seconds})
            self.now = at


class _Run:
    """One telling of all the stories."""

    def __init__(
        self, around: Surroundings, portal: PortalUnderTest, clock: _Clock, *, seed: int
    ) -> None:
        self._around = around
        self._portal = portal
        self._clock = clock
        self._chance = random.Random(f"{seed} webhooks")  # noqa: S311 - chance, not secrecy
        self._agenda = Agenda(clock.now)
        self._seen = 0

    def tell(self, population: Population, *, seed: int) -> None:
        """People arrive by and by; then days pass, with sweeps, until all is quiet."""
        tellings, weights = list(TOLD), list(TOLD.values())
        arrivals = random.Random(f"{seed} arrivals")  # noqa: S311 - chance, not secrecy
        for number, person in enumerate(population.people):
            chance = random.Random(f"{seed} {number}")  # noqa: S311 - chance, not secrecy
            (telling,) = arrivals.choices(tellings, weights)
            at = self._clock.now + timedelta(minutes=number // ARRIVE_A_MINUTE)
            self._agenda.put_down(telling(Visitor(person, chance, self._around)), at=at)
        busy = timedelta(minutes=len(population.people) // ARRIVE_A_MINUTE + 90)
        self._agenda.put_down(self._jobs(busy), at=self._clock.now)
        while (due := self._agenda.take_due()) is not None:
            self._live_through(due)

    def _live_through(self, due: Due) -> None:
        self._clock.move_to(due.at)
        for story in due.stories:
            self._go_on(story)
        if due.deliveries:
            self._deliver(due.deliveries)
        self._collect()

    def _go_on(self, story: Story) -> None:
        for wait in story:
            if wait:
                self._agenda.put_down(story, at=self._clock.now + wait)
                return

    def _jobs(self, busy: timedelta) -> Story:
        """The product's jobs: often while people are about, then nightly."""
        busy_until = self._clock.now + busy
        until = busy_until + _DAYS_AFTER
        while self._clock.now < until:
            is_busy = self._clock.now < busy_until
            yield _JOBS_EVERY if is_busy else timedelta(days=1)
            if self._clock.now >= until - timedelta(days=2):
                self._around.stripe.control("chaos", {"per_mille": {}})  # Stripe is well again
            self._portal.run_jobs(self._around.practice_id, nightly=not is_busy)

    def _collect(self) -> None:
        """New webhooks: some are lost, some come twice, some late, so that they overtake."""
        held = self._around.stripe.control("webhooks/held", {"after": self._seen})["deliveries"]
        for delivery in held:
            self._seen = delivery["number"]
            if self._chance.random() < _LOST_SHARE:
                continue
            copies = 1 + (self._chance.random() < _DOUBLED_SHARE)
            for _ in range(copies):
                self._send(Delivery(delivery["number"]), after=self._delay())

    def _delay(self) -> timedelta:
        if self._chance.random() < _LATE_SHARE:
            return timedelta(minutes=self._chance.randrange(3, 600))
        return timedelta(minutes=self._chance.randrange(1, 4))

    def _send(self, delivery: Delivery, *, after: timedelta) -> None:
        self._agenda.put_down(delivery, at=self._clock.now + after)

    def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Now, in any order; what was not taken is tried again later, as Stripe does."""
        attempts = {one.number: one.attempt for one in deliveries}
        numbers = [one.number for one in deliveries]
        self._chance.shuffle(numbers)
        answer = self._around.stripe.control("webhooks/release", {"numbers": numbers})
        for delivered in answer["deliveries"]:
            attempt = attempts[delivered["number"]]
            if delivered["state"] != "delivered" and attempt <= len(_TRIED_AGAIN_AFTER):
                again = Delivery(delivered["number"], attempt + 1)
                self._send(again, after=_TRIED_AGAIN_AFTER[attempt - 1])


def simulate(database: Database, *, home: Path, seed: int, count: int) -> Verdict:
    """So many people in an empty database; ``home`` is a folder for what is not in it."""
    try:
        return _simulate(database, home=home, seed=seed, count=count)
    except Exception as error:
        error.add_note(f"Again: portal simulate payments --seed {seed} --count {count}")
        raise


def _simulate(database: Database, *, home: Path, seed: int, count: int) -> Verdict:
    with simulated_stripe(seed=seed) as stripe, _connection(stripe) as connection:
        clock = _Clock(stripe, BEGINS_AT)
        clock.stand_at(BEGINS_AT)
        chance = random.Random(f"{seed} people")  # noqa: S311 - chance, not secrecy
        population = populate(database, count=count, chance=chance, now=clock.now)
        practice = population.practice
        with portal_under_test(database, connection, home=home, clock=clock) as portal:
            _let_loose(stripe, f"{portal.address}/webhooks/stripe/{practice.slug}", seed=seed)
            around = Surroundings(
                database,
                portal.gateway,
                portal.saved_methods,
                stripe,
                practice.practice_id,
                clock=clock,
            )
            _Run(around, portal, clock, seed=seed).tell(population, seed=seed)
        return judge(database, stripe, population, portal.surprises)


def _let_loose(stripe: SimulatedStripe, url: str, *, seed: int) -> None:
    stripe.control("webhooks/endpoints", [{"url": url, "secret": WEBHOOK_SECRET}])
    stripe.control("webhooks/behaviour", {"held": True})
    stripe.control("settings", {"daily_payouts": True})
    chaos = {"seed": seed, "per_mille": _FAULTS_PER_MILLE, "late_seconds": _LATE_SECONDS}
    stripe.control("chaos", chaos)


@contextmanager
def _connection(stripe: SimulatedStripe) -> Iterator[StripeConnection]:
    """It does not try again by itself: what is lost is lost, and the product has to see to it."""
    connection = StripeConnection(
        secret_key=SECRET_KEY, api_base=stripe.address, answer_within=_ANSWER_WITHIN, retries=0
    )
    yield connection
    connection.close()
