"""The composed product with its mail kept, its calls to Stripe recorded and its addresses noted.

Its people are planted: what names them, their visits and services must be found nowhere outside.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, request
from sqlalchemy import select

from portal.app import create_app
from portal.config import Settings
from portal.connectors.mailer import Mail
from portal.connectors.payment_gateway import PaymentGateway
from portal.connectors.saved_methods import SavedMethods
from portal.connectors.stripe_connection import StripeConnection
from portal.db import Database, Principal, practice_of
from portal.demo.simulation.people import LINK_SECRET, Population, populate
from portal.demo.simulation.stripe import SimulatedStripe
from portal.demo.simulation.visitor import Surroundings, Visitor
from portal.demo.stripe_simulator.webhooks import sign
from portal.jobs.registry import PRACTICE_JOBS, jobs_of
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.practice.models import Claim, Guarantor
from portal.web.context import portal
from tests.auth.running import Browser, Clock
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET, StripeWire
from tests.proofs.conftest import chance_of

PEOPLE: Final = 20
_HOUR_SECONDS: Final = 60 * 60
_MORNING_UTC: Final = 18
"""Charges are made by day, on the Pacific coast."""

_OF_EVERYBODY: Final = ("1985-04-27", "4/27/1985", "april 27", "99213", "okafor", "blue horizon")
"""Date of birth, service, who treated them and who insures them."""

_LINK: Final = re.compile(r"https?://\S+/s/\S+")
_ABOUT_MONEY: Final = (
    "sweep_payments",
    "sweep_setups",
    "look_ahead",
    "charge_what_is_due",
    "take_in_books",
    "take_in_disputes",
    "send_dispute_answers",
)


@dataclass(slots=True)
class KeptMail:
    """Fulfils the Mailer protocol."""

    mails: list[Mail] = field(default_factory=list)

    def send(self, mail: Mail) -> None:
        self.mails.append(mail)


@dataclass(frozen=True, slots=True)
class Office:
    """A practice at work. ``addresses``: all that were asked for, or led to."""

    app: Flask
    database: Database
    clock: Clock
    mailer: KeptMail
    population: Population
    stripe_wire: StripeWire
    addresses: list[str] = field(default_factory=list)

    @property
    def job(self) -> Principal:
        return Principal.job(self.population.practice.practice_id, role="test")

    def visitors(self) -> Sequence[Visitor]:
        with self.app.app_context():
            here = portal()
            gateway, saved = here.service(PaymentGateway), here.service(SavedMethods)
        stripe = SimulatedStripe(self.stripe_wire.direct_base)
        practice_id = self.population.practice.practice_id
        around = Surroundings(self.database, gateway, saved, stripe, practice_id, self.clock)
        chance = chance_of("what leaves")
        return [Visitor(person, chance, around) for person in self.population.people]

    def browser(self) -> Browser:
        return Browser(self.app.test_client())

    def hears_of_everything(self) -> None:
        """Stripe's events, by the route that production has."""
        client = self.app.test_client()
        for event in self.stripe_wire.events():
            body = json.dumps(event).encode()
            signed_at = int(self.clock.now.timestamp())
            client.post(
                f"/webhooks/stripe/{self.population.practice.slug}",
                data=body,
                headers={"Stripe-Signature": sign(body, WEBHOOK_SECRET, signed_at=signed_at)},
            )

    def pass_days(self, days: int) -> None:
        """Each with its jobs and its mail."""
        for _ in range(days):
            _wait(self.clock, self.stripe_wire, hours=24)
            self.work()

    def work(self) -> None:
        """What runs by itself, once; then the mail that is queued."""
        with self.app.app_context():
            for name in _ABOUT_MONEY:
                PRACTICE_JOBS[name].run(portal(), self.job.practice_id)
        jobs = jobs_of(self.app)
        with self.database.transaction(self.job) as session:
            queued = session.execute(
                select(Message.template, Message.message_id).where(
                    Message.practice_id == practice_of(session),
                    Message.state == MessageState.QUEUED.value,
                )
            ).all()
        for template, message_id in queued:
            jobs[f"send_{template}"].run(
                practice_id=str(self.job.practice_id), message_id=str(message_id)
            )

    def links_mailed(self) -> list[str]:
        """The path of every statement link in a mail, newest last."""
        found = (_LINK.search(mail.text) for mail in self.mailer.mails)
        return [urlsplit(link.group()).path for link in found if link]

    def planted(self) -> set[str]:
        """What there is to be found."""
        with self.database.transaction(self.job) as session:
            people = session.scalars(
                select(Guarantor).where(Guarantor.practice_id == practice_of(session))
            ).all()
            claims = session.scalars(
                select(Claim).where(Claim.practice_id == practice_of(session))
            ).all()
        of_people = {
            value for one in people for value in (one.last_name, one.account_number, one.email)
        }
        of_visits = {claim.claim_number for claim in claims}
        days = {claim.service_on for claim in claims if claim.service_on}
        forms = {form for day in days for form in _forms(day)}
        values = (*of_people, *of_visits, *forms, *_OF_EVERYBODY)
        return {value.lower() for value in values if value}

    def note_addresses(self, response: Response) -> Response:
        self.addresses.extend((request.full_path, response.headers.get("Location", "")))
        return response


@contextmanager
def open_office(
    database: Database, home: Path, stripe_wire: StripeWire, clock: Clock
) -> Iterator[Office]:
    """With PEOPLE who owe; the clock is Stripe's too, and says that it is morning."""
    _wait(clock, stripe_wire, hours=(_MORNING_UTC - clock.now.hour) % 24)
    settings = Settings.from_environ(
        {
            "PORTAL_ENV": "test",
            "PORTAL_HOME": str(home),
            "SECRET_KEY": LINK_SECRET,
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
    )
    connection = StripeConnection(secret_key=SECRET_KEY, api_base=stripe_wire.api_base, retries=0)
    with closing(connection):
        mailer = KeptMail()
        app = create_app(settings, database, clock=clock, stripe=connection, mailer=mailer)
        chance = chance_of("people")
        population = populate(database, count=PEOPLE, chance=chance, now=clock.now)
        office = Office(app, database, clock, mailer, population, stripe_wire)
        app.after_request(office.note_addresses)
        yield office


def _wait(clock: Clock, stripe_wire: StripeWire, *, hours: int) -> None:
    clock.advance(hours=hours)
    stripe_wire.control.advance_clock(seconds=hours * _HOUR_SECONDS)


def _forms(day: date) -> tuple[str, ...]:
    """As a machine writes it, and as people do."""
    return (
        day.isoformat(),
        f"{day:%Y%m%d}",
        f"{day.month}/{day.day}/{day.year}",
        f"{day:%B} {day.day}, {day.year}",
    )
