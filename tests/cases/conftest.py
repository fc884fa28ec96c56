"""The composed portal, Ana's family, and their browsers."""

from uuid import UUID

import pytest
from flask import Flask

from portal.db import Database
from tests.auth.running import Browser, Clock
from tests.cases.people import Family, at_home, made_family, whole_app


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return whole_app(database, clock)


@pytest.fixture
def family(database: Database, practice_id: UUID) -> Family:
    return made_family(database, practice_id)


@pytest.fixture
def ana(app: Flask, database: Database, family: Family) -> Browser:
    return at_home(app, database, family)
