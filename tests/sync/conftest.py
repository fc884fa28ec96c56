"""A practice's folders, and payments that wait to be told."""

from pathlib import Path
from uuid import UUID

import pytest

from portal.db import Database
from portal.practice.directory import practice_by_slug
from tests.builders import make_guarantor, make_patient, make_practice
from tests.payments.owing import Owing, make_owing
from tests.remittances.desk import ImportDesk
from tests.sync.far_side import FarSide
from tests.sync.feeding import Feeder


@pytest.fixture
def far_side(tmp_path: Path) -> FarSide:
    return FarSide(tmp_path)


@pytest.fixture
def ana(database: Database, practice_id: UUID) -> Owing:
    return make_owing(database, practice_id)


@pytest.fixture
def ben(database: Database, practice_id: UUID) -> Owing:
    return make_owing(database, practice_id, account_number="A-2", number="10483")


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> ImportDesk:
    """June Marlowe is a patient of Riverbend, and can be written to."""
    practice_id = make_practice(database)
    guarantor_id = make_guarantor(
        database, practice_id, account_number="J-1", first_name="June", last_name="Marlowe"
    )
    make_patient(
        database,
        practice_id,
        guarantor_id=guarantor_id,
        first_name="June",
        last_name="Marlowe",
        member_identifier="W1",
    )
    return ImportDesk(database, practice_by_slug(database, "riverbend"), tmp_path)


@pytest.fixture
def feeder(desk: ImportDesk) -> Feeder:
    return Feeder(desk.database, desk.practice)
