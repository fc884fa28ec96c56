"""A practice's folders, and payments that wait to be told."""

from pathlib import Path
from uuid import UUID

import pytest

from portal.db import Database
from tests.payments.owing import Owing, make_owing
from tests.sync.far_side import FarSide


@pytest.fixture
def far_side(tmp_path: Path) -> FarSide:
    return FarSide(tmp_path)


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Owing:
    return make_owing(database, practice_id)


@pytest.fixture
def ben(database: Database, practice_id: UUID) -> Owing:
    return make_owing(database, practice_id, account_number="A-2", number="10483")
