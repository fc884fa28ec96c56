"""A practice that imports files."""

from pathlib import Path
from uuid import UUID

import pytest

from portal.db import Database
from portal.practice.directory import practice_by_slug
from tests.remittances.desk import ImportDesk


@pytest.fixture
def desk(database: Database, practice_id: UUID, tmp_path: Path) -> ImportDesk:
    """Whoever imports at Riverbend; nobody is known there yet."""
    assert practice_id
    return ImportDesk(database, practice_by_slug(database, "riverbend"), tmp_path)
