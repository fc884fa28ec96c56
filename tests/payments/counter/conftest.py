"""Ana at the desk of a practice whose portal books the desk's money."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from portal.db import Database
from portal.practice.directory import change_practice
from tests.payments.counter.till import Till
from tests.payments.owing import make_owing

NOON = datetime(2026, 3, 9, 20, 0, tzinfo=UTC)  # noon and one hour where the practice is


@pytest.fixture
def till(database: Database, practice_id: UUID) -> Till:
    change_practice(database, "riverbend", {"desk_receipts_in": "portal"})
    return Till(database, make_owing(database, practice_id), NOON)
