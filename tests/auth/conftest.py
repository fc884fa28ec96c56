"""What every test of the doors needs."""

from uuid import UUID

import pytest
from flask import Flask

from portal.auth.link_tokens import LinkTokens
from portal.db import Database
from tests.auth.billed import Billed, make_billed
from tests.auth.running import SECRET_KEY, Clock, make_app


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return make_app(database, clock)


@pytest.fixture
def tokens() -> LinkTokens:
    return LinkTokens(SECRET_KEY)


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Billed:
    return make_billed(database, practice_id)
