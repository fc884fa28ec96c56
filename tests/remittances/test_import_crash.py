"""An import that is killed leaves nothing, and the next one brings the figures of a single run."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from portal.ledger.models import JournalEntryRow
from portal.practice.models import Claim, Guarantor, PracticeCounter
from portal.remittances.models import Remittance, RemittanceFile
from tests.conftest import DatabaseUrls
from tests.remittances.desk import ImportDesk, SentClaim

# Imports a file, and stops for good once the first batches are in the database.
_IMPORT_AND_STOP = """
import sys
from datetime import UTC, date, datetime
from portal.db import Database
from portal.practice.directory import practice_by_slug
from portal.remittances.service import import_file

calls = []

def stop(done, of):
    calls.append(done)
    if len(calls) == 3:
        assert done < of
        print("in the middle", flush=True)
        sys.stdin.read()

app, loader, path = sys.argv[1:]
database = Database(app, loader_url=loader)
import_file(
    database,
    practice_by_slug(database, "riverbend"),
    path,
    create_patients=True,
    now=datetime(2026, 3, 9, 17, tzinfo=UTC),
    today=date(2026, 3, 9),
    imported_by="test",
    progress=stop,
)
"""
_TABLES = (RemittanceFile, Remittance, Claim, Guarantor, JournalEntryRow, PracticeCounter)


def test_an_import_killed_in_the_middle_leaves_nothing_and_can_be_repeated(
    desk: ImportDesk, database_urls: DatabaseUrls
) -> None:
    claims = [SentClaim(number=f"N{number}", member=f"M{number}") for number in range(3_500)]
    path = desk.write(*claims)
    _kill_an_import(database_urls, path)
    assert [desk.count(table) for table in _TABLES] == [0] * len(_TABLES)
    assert desk.findings() == []
    report = desk.bring(path)
    assert (report.claims_posted, report.duplicates) == (3_500, 0)
    assert sum(claim.billable_cents for claim in desk.claims().values()) == 3_500 * 2_000
    assert desk.count(Guarantor) == 3_500


def _kill_an_import(urls: DatabaseUrls, path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", _IMPORT_AND_STOP, urls.app, urls.loader, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "in the middle\n"
        process.kill()
    assert process.returncode == -signal.SIGKILL
