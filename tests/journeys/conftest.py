"""One world for whoever only looks."""

from collections.abc import Iterator

import pytest

from portal.embedded_postgres import EmbeddedPostgres
from tests.conftest import fresh_database
from tests.contracts.stripe_wire import StripeWire
from tests.journeys.world import World, made_world


@pytest.fixture(scope="package")
def world(
    postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    shared_stripe_wire: StripeWire,
) -> Iterator[World]:
    shared_stripe_wire.start_afresh()
    home = tmp_path_factory.mktemp("home")
    with (
        fresh_database(postgres, of=__name__) as urls,
        made_world(urls, home, shared_stripe_wire) as world,
    ):
        yield world
