"""A practice that imports files."""

from pathlib import Path

import pytest

from portal.db import Database
from portal.practice.directory import practice_by_slug
from tests.builders import make_practice
from tests.remittances.desk import ImportDesk


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> ImportDesk:
    """Whoever imports at Riverbend; nobody is known there yet."""
    make_practice(database)
    return ImportDesk(database, practice_by_slug(database, "riverbend"), tmp_path)
