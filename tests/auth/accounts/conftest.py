"""Ana, at the whole portal."""

import pytest
from flask import Flask

from portal.app import create_app
from portal.db import Database
from tests.auth.accounts.at_the_door import Door
from tests.auth.billed import Billed
from tests.auth.running import Clock, settings_for_tests


@pytest.fixture
def app(database: Database, clock: Clock) -> Flask:
    return create_app(settings_for_tests(), database, clock=clock)


@pytest.fixture
def door(app: Flask, database: Database, clock: Clock, ana: Billed) -> Door:
    return Door(app, database, clock, ana)
