"""One world for whoever only looks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.embedded_postgres import EmbeddedPostgres
from tests.conftest import DatabaseUrls, fresh_database
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


@pytest.fixture
def world_of_its_own(
    database_urls: DatabaseUrls, tmp_path: Path, stripe_wire: StripeWire
) -> Iterator[World]:
    """For whoever changes things."""
    with made_world(database_urls, tmp_path, stripe_wire) as world:
        yield world
