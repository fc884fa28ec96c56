"""A mail server for each test, and the words of the portal's messages."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask

from portal.auth.link_tokens import LinkTokens
from portal.db import Database
from tests.auth.billed import Billed, make_billed
from tests.auth.running import SECRET_KEY, Clock, make_app
from tests.messages.mail_server import MailServer, mail_server


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def app(database: Database) -> Iterator[Flask]:
    """Pushed, as a worker's entry point does it."""
    app = make_app(database, Clock())
    with app.app_context():
        yield app


@pytest.fixture
def tokens() -> LinkTokens:
    return LinkTokens(SECRET_KEY)


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Billed:
    return make_billed(database, practice_id)
