"""People with statements, and their payments made as far as a bench wants them."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import create_engine

from bench.database import Server
from portal.connectors.stripe_connection import StripeConnection
from portal.connectors.stripe_gateway import StripeGateway
from portal.connectors.stripe_saved_methods import StripeSavedMethods
from portal.db import Database
from portal.demo.simulation.people import Population, populate
from portal.demo.simulation.stories import GOOD_CARDS
from portal.demo.simulation.stripe import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    SimulatedStripe,
    simulated_stripe,
)
from portal.demo.simulation.visitor import Surroundings, Visitor
from portal.schema import APP, LOADER, OWNER, prepare_cluster, upgrade

EMPTY: Final = "nobody_yet"
_SEED: Final = 1


class BenchError(RuntimeError):
    """The bench cannot say anything; the message says why."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A database, a Stripe with a clock that goes, and everybody at Stripe's page."""

    database: Database
    gateway: StripeGateway
    stripe: SimulatedStripe
    population: Population
    visitors: tuple[Visitor, ...]


def make_empty(server: Server) -> None:
    """A migrated database without the practice that the server's template has."""
    admin = create_engine(server.url("postgres", "postgres"))
    prepare_cluster(admin, database=EMPTY)
    admin.dispose()
    upgrade(server.url(OWNER, EMPTY))


def open_database(server: Server, name: str) -> Database:
    """As the product opens it."""
    return Database(server.url(APP, name), loader_url=server.url(LOADER, name))


@contextmanager
def staged(server: Server, name: str, *, people: int) -> Iterator[Stage]:
    """So many people in that database."""
    database = open_database(server, name)
    with simulated_stripe(seed=_SEED) as stripe:
        stripe.control("webhooks/behaviour", {"held": True})
        connection = StripeConnection(
            secret_key=SECRET_KEY, api_base=stripe.address, answer_within=timedelta(seconds=10)
        )
        gateway = StripeGateway(connection, webhook_secret=WEBHOOK_SECRET)
        chance = random.Random(_SEED)  # noqa: S311 - chance, not secrecy
        population = populate(database, count=people, chance=chance, now=now())
        around = Surroundings(
            database,
            gateway,
            StripeSavedMethods(connection),
            stripe,
            population.practice.practice_id,
            clock=now,
        )
        visitors = tuple(Visitor(one, chance, around) for one in population.people)
        yield Stage(database, gateway, stripe, population, visitors)
        connection.close()
    database.close()


def now() -> datetime:
    """The machine's clock: here time is what is measured."""
    return datetime.now(UTC)


def go_to_stripe(visitor: Visitor) -> tuple[UUID, str]:
    """Choose all of it and press "Pay": the payment, and the address of Stripe's page."""
    payment_id = visitor.starts(visitor.due_cents())
    url = visitor.confirms(payment_id)
    if payment_id is None or url is None:
        raise BenchError("A payment did not reach Stripe's page.")
    return payment_id, url


def pay_there(visitor: Visitor, url: str) -> None:
    """Press the button on Stripe's page."""
    if not visitor.types_card(url, GOOD_CARDS[0]):
        raise BenchError("A card that always pays did not.")
