"""A hundred names, dates and codes are planted, and found in nothing that leaves the portal."""

import json
import random
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from urllib.parse import unquote_plus

import pytest
from flask import Flask
from sqlalchemy import select

from portal.app import create_app
from portal.config import Settings
from portal.connectors.payment_gateway import PaymentGateway
from portal.connectors.saved_methods import SavedMethods
from portal.connectors.stripe_connection import StripeConnection
from portal.db import Database, Principal, practice_of
from portal.demo.mailbox import Mailbox
from portal.demo.simulation.people import Population, populate
from portal.demo.simulation.stories import GOOD_ACCOUNT, GOOD_CARDS
from portal.demo.simulation.stripe import SimulatedStripe
from portal.demo.simulation.visitor import Surroundings, Visitor
from portal.demo.stripe_simulator.webhooks import sign
from portal.jobs.registry import jobs_of
from portal.messages.models import Message
from portal.practice.models import Claim, Guarantor
from portal.web.context import portal
from tests.contracts.stripe_wire import SECRET_KEY, WEBHOOK_SECRET, StripeWire

PEOPLE: Final = 20
OF_EVERYBODY: Final = ("1985-04-27", "4/27/1985", "99213", "okafor", "blue horizon")
"""Date of birth, service, who treated them and who insures them."""


@dataclass(frozen=True, slots=True)
class Office:
    """The product with its mail kept, its log caught and its calls to Stripe recorded."""

    app: Flask
    database: Database
    mailbox: Mailbox
    population: Population
    stripe_wire: StripeWire

    def visitors(self) -> Iterator[Visitor]:
        with self.app.app_context():
            here = portal()
            gateway, saved = here.service(PaymentGateway), here.service(SavedMethods)
        stripe = SimulatedStripe(self.stripe_wire.direct_base)
        practice_id = self.population.practice.practice_id
        around = Surroundings(self.database, gateway, saved, stripe, practice_id, here.clock)
        chance = random.Random(1)  # noqa: S311 - chance, not secrecy
        for person in self.population.people:
            yield Visitor(person, chance, around)

    def hears_of_everything(self) -> None:
        """Stripe's events, by the route that production has."""
        client = self.app.test_client()
        for event in self.stripe_wire.events():
            body = json.dumps(event).encode()
            signed_at = int(datetime.now(UTC).timestamp())
            client.post(
                f"/webhooks/stripe/{self.population.practice.slug}",
                data=body,
                headers={"Stripe-Signature": sign(body, WEBHOOK_SECRET, signed_at=signed_at)},
            )

    def mails_receipts(self) -> None:
        practice_id = self.population.practice.practice_id
        send = jobs_of(self.app)["send_payment_receipt"].run
        with self.database.transaction(Principal.job(practice_id, role="test")) as session:
            messages = session.scalars(
                select(Message.message_id).where(Message.practice_id == practice_of(session))
            ).all()
        for message_id in messages:
            send(practice_id=str(practice_id), message_id=str(message_id))

    def planted(self) -> set[str]:
        """What there is to be found."""
        practice_id = self.population.practice.practice_id
        with self.database.transaction(Principal.job(practice_id, role="test")) as session:
            people = session.scalars(
                select(Guarantor).where(Guarantor.practice_id == practice_of(session))
            ).all()
            claims = session.scalars(
                select(Claim.claim_number).where(Claim.practice_id == practice_of(session))
            ).all()
        of_people = {
            value for one in people for value in (one.last_name, one.account_number, one.email)
        }
        return {value.lower() for value in (*of_people, *claims, *OF_EVERYBODY) if value}


@pytest.fixture
def office(database: Database, tmp_path: Path, stripe_wire: StripeWire) -> Iterator[Office]:
    settings = Settings.from_environ(
        {
            "PORTAL_ENV": "test",
            "PORTAL_HOME": str(tmp_path),
            "STRIPE_SECRET_KEY": SECRET_KEY,
            "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        }
    )
    connection = StripeConnection(secret_key=SECRET_KEY, api_base=stripe_wire.api_base, retries=0)
    with closing(connection):
        mailbox = Mailbox(tmp_path / "mailbox")
        app = create_app(settings, database, stripe=connection, mailer=mailbox)
        chance = random.Random(1)  # noqa: S311 - chance, not secrecy
        population = populate(database, count=PEOPLE, chance=chance, now=datetime.now(UTC))
        yield Office(app, database, mailbox, population, stripe_wire)


def test_a_hundred_planted_values_are_in_no_call_no_log_line_no_address_and_no_mail(
    office: Office, stripe_wire: StripeWire, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, visitor in enumerate(office.visitors()):
        payment_id = visitor.starts(visitor.due_cents())
        page = visitor.confirms(payment_id)
        assert page is not None
        if number % 4:
            assert visitor.types_card(page, GOOD_CARDS[number % len(GOOD_CARDS)])
        elif number:
            assert visitor.types_card(page, GOOD_CARDS[0])
            visitor.comes_back(payment_id)
            visitor.is_given_back(share=0.5)
        else:
            assert visitor.gives_account(page, GOOD_ACCOUNT)
    office.hears_of_everything()
    office.mails_receipts()
    planted = office.planted()
    assert len(planted) >= 100
    mails = office.mailbox.all()
    assert len(mails) >= PEOPLE // 2
    said = {
        "calls": [
            f"{one.path}?{one.query} {one.headers} {one.body}" for one in stripe_wire.exchanges
        ],
        "events": [json.dumps(event) for event in stripe_wire.events()],
        "log": list(capsys.readouterr()),
        "mails": [f"{mail.sender_name} {mail.subject} {mail.text}" for mail in mails],
    }
    assert any("/webhooks/stripe/<slug>" in line for line in said["log"])
    assert {place: found_in(texts, planted) for place, texts in said.items()} == {
        place: set() for place in said
    }


def found_in(texts: Sequence[str], planted: set[str]) -> set[str]:
    haystack = unquote_plus(" ".join(texts)).lower()
    return {value for value in planted if value in haystack}
