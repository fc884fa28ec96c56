"""A world that simulations share: made-up time, the product, a Stripe in trouble, its webhooks.

A simulation brings a practice and puts down stories; the world tells them, lets webhooks be lost,
doubled and late, and runs the product's jobs, until nothing moves any more.
"""

import random
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import requests
from requests.adapters import HTTPAdapter

from portal.connectors.stripe_connection import StripeConnection
from portal.db import Database
from portal.demo.simulation.agenda import Agenda, Delivery, Due, Story
from portal.demo.simulation.clock import Clock
from portal.demo.simulation.mail import MailInTrouble
from portal.demo.simulation.mortality import MortalAdapter, Mortality
from portal.demo.simulation.portal_under_test import PortalUnderTest, portal_under_test
from portal.demo.simulation.stripe import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    SimulatedStripe,
    simulated_stripe,
)
from portal.demo.simulation.stripe_within import PostWithin, stripe_within
from portal.demo.simulation.visitor import Surroundings
from portal.practice.directory import PracticeRef

BEGINS_AT: Final = datetime(2026, 3, 9, 17, 0, tzinfo=UTC)
_ANSWER_WITHIN: Final = timedelta(milliseconds=400)
_FAULTS_PER_MILLE: Final = {
    "429": 10,
    "500": 10,
    "503": 5,
    "500_after_success": 8,
    "answer_lost": 8,
}
_WAITING: Final = {"late": 2}  # longer than we wait, where the machine's own time passes
_LATE_SECONDS: Final = 0.5
_LOST_SHARE: Final = 0.08
_DOUBLED_SHARE: Final = 0.15
_LATE_SHARE: Final = 0.2
_TRIED_AGAIN_AFTER: Final = (
    *(timedelta(minutes=minutes) for minutes in (1, 5, 30)),
    *(timedelta(hours=hours) for hours in (1, 5, 12, 12)),
)
_JOBS_EVERY: Final = timedelta(minutes=20)
_ALL_IS_WELL_FOR: Final = timedelta(days=2)


def chance_of(seed: int, what: str) -> random.Random:
    """The same for the same seed; what others do with theirs does not change it."""
    return random.Random(f"{seed} {what}")  # noqa: S311 - chance, not secrecy


class Wire(HTTPAdapter):
    """To a Stripe in another process: we wait as briefly as the connection says, in trouble.

    Afterwards a slow machine is no trouble: an answer that comes late is waited for.
    """

    def __init__(self) -> None:
        super().__init__()
        self.is_well = False

    def send(self, *arguments: Any, **named: Any) -> requests.Response:
        """As `requests` asks for it."""
        if self.is_well:
            named["timeout"] = None
        return super().send(*arguments, **named)


class World:
    """Begins at BEGINS_AT. Stories act through `around`.

    `refused` are webhooks that we did not take however often they came.
    """

    def __init__(
        self,
        around: Surroundings,
        portal: PortalUnderTest,
        clock: Clock,
        mail: MailInTrouble,
        wire: Wire,
        *,
        seed: int,
    ) -> None:
        self.around = around
        self.portal = portal
        self._clock = clock
        self._mail = mail
        self._wire = wire
        self._chance = chance_of(seed, "webhooks")
        self._agenda = Agenda(clock.now)
        self._seen = 0
        self._delivered: list[int] = []
        self.refused: list[int] = []
        self._is_well = False

    def put_down(self, story: Story, *, after: timedelta) -> None:
        """Begin it so much later."""
        self._agenda.put_down(story, at=self._clock.now + after)

    def live(self, *, busy: timedelta, days: int) -> None:
        """Tell everything: people are about for so long; then so many days pass."""
        self.put_down(self._jobs(busy, timedelta(days=days)), after=timedelta(0))
        self.tell()

    def tell(self) -> None:
        """Every story that was put down, and what it puts down, until none goes on."""
        while (due := self._agenda.take_due()) is not None:
            self._live_through(due)

    def end_trouble(self) -> None:
        """From now on every answer, every webhook and every mail arrives."""
        self._is_well = True
        self.around.stripe.control("chaos", {"per_mille": {}})
        self._mail.is_well = self._wire.is_well = True

    @property
    def taken(self) -> int:
        """Webhooks that we said yes to, doubles included."""
        return len(self._delivered)

    def tell_again(self, count: int) -> None:
        """Of the webhooks that were taken, the last so many once more, as they came."""
        self.around.stripe.control("webhooks/release", {"numbers": self._delivered[-count:]})

    @contextmanager
    def without_trouble(self) -> Iterator[None]:
        """Every answer and every mail arrives while the block runs; then it goes on as before."""
        stripe, was_well = self.around.stripe, self._mail.is_well
        chaos = stripe.get("/_sim/state")["chaos"]
        stripe.control("chaos", {"per_mille": {}})
        self._mail.is_well = True
        yield
        stripe.control("chaos", {**chaos, "seed": chaos["seed"] + 1})
        self._mail.is_well = was_well

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
                self.put_down(story, after=wait)
                return

    def _jobs(self, busy: timedelta, after: timedelta) -> Story:
        """The product's jobs: often while people are about, then nightly."""
        busy_until = self._clock.now + busy
        until = busy_until + after
        while self._clock.now < until:
            is_busy = self._clock.now < busy_until
            yield _JOBS_EVERY if is_busy else timedelta(days=1)
            if self._clock.now >= until - _ALL_IS_WELL_FOR:
                self.end_trouble()
            self.portal.run_jobs(self.around.practice_id, nightly=not is_busy)

    def _collect(self) -> None:
        """New webhooks: some are lost, some come twice, some late, so that they overtake."""
        held = self.around.stripe.control("webhooks/held", {"after": self._seen})["deliveries"]
        for delivery in held:
            self._seen = delivery["number"]
            if self._chance.random() < _LOST_SHARE and not self._is_well:
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
        answer = self.around.stripe.control("webhooks/release", {"numbers": numbers})
        for delivered in answer["deliveries"]:
            attempt = attempts[delivered["number"]]
            if delivered["state"] == "delivered":
                self._delivered.append(delivered["number"])
            elif attempt <= len(_TRIED_AGAIN_AFTER):
                again = Delivery(delivered["number"], attempt + 1)
                self._send(again, after=_TRIED_AGAIN_AFTER[attempt - 1])
            else:
                self.refused.append(delivered["number"])


@contextmanager
def simulated_world(
    database: Database,
    practice: PracticeRef,
    *,
    home: Path,
    seed: int,
    within: bool = False,
    mortality: Mortality | None = None,
) -> Iterator[World]:
    """Until the block ends; ``home`` is a folder for what is not in the database.

    ``within``: Stripe is in this process, and its webhooks come without a socket; else it is in one
    of its own, over the wire. ``mortality`` is
    that of the worker that runs the jobs.
    """
    post, wire = PostWithin(), Wire()
    with (
        _stripe(seed, post if within else wire) as (stripe, session),
        _connection(stripe, session) as connection,
    ):
        if mortality is not None:
            session.mount("http://", MortalAdapter(session.get_adapter("http://"), mortality))
        clock, mail = Clock(stripe, BEGINS_AT), MailInTrouble(chance_of(seed, "mail"))
        with portal_under_test(database, connection, home=home, clock=clock, mailer=mail) as portal:
            faults = {**_FAULTS_PER_MILLE, **_WAITING} if not within else _FAULTS_PER_MILLE
            post.app = portal.app
            url = f"{portal.address}/webhooks/stripe/{practice.slug}"
            _let_loose(stripe, url, faults, seed=seed)
            around = Surroundings(
                database,
                portal.gateway,
                portal.saved_methods,
                stripe,
                practice.practice_id,
                clock=clock,
            )
            yield World(around, portal, clock, mail, wire, seed=seed)


def _let_loose(stripe: SimulatedStripe, url: str, faults: Mapping[str, int], *, seed: int) -> None:
    stripe.control("webhooks/endpoints", [{"url": url, "secret": WEBHOOK_SECRET}])
    stripe.control("webhooks/behaviour", {"held": True})
    stripe.control("settings", {"daily_payouts": True})
    chaos = {"seed": seed, "per_mille": faults, "late_seconds": _LATE_SECONDS}
    stripe.control("chaos", chaos)


@contextmanager
def _stripe(
    seed: int, way: PostWithin | Wire
) -> Iterator[tuple[SimulatedStripe, requests.Session]]:
    """In this process, and what it posts stays in it; or over the wire."""
    session = requests.Session()
    if isinstance(way, PostWithin):
        with stripe_within(seed=seed, post=way) as (stripe, adapter):
            session.mount("http://", adapter)
            yield stripe, session
    else:
        with simulated_stripe(seed=seed) as stripe:
            session.mount("http://", way)
            yield stripe, session


@contextmanager
def _connection(stripe: SimulatedStripe, session: requests.Session) -> Iterator[StripeConnection]:
    """It does not try again by itself: what is lost is lost, and the product has to see to it."""
    connection = StripeConnection(
        secret_key=SECRET_KEY,
        api_base=stripe.address,
        answer_within=_ANSWER_WITHIN,
        retries=0,
        session=session,
    )
    yield connection
    connection.close()
