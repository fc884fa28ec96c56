"""One import, as `era import --create-patients` does it, and what it took."""

import sys
from datetime import UTC, date, datetime

from bench.database import PRACTICE
from bench.measuring import print_cost
from portal.db import Database
from portal.practice.directory import the_practice
from portal.remittances.service import import_file


def main(app_url: str, loader_url: str, file: str) -> None:
    """Print what it took; raises ValueError when not all of it was posted."""
    database = Database(app_url, loader_url=loader_url)
    practice = the_practice(database, PRACTICE)
    reports = []

    def work() -> None:
        reports.append(
            import_file(
                database,
                practice,
                file,
                create_patients=True,
                now=datetime(2026, 3, 9, 17, 0, tzinfo=UTC),
                today=date(2026, 3, 9),
                imported_by="bench",
            )
        )

    print_cost(work)
    database.close()
    report = reports[0]
    if report.duplicates or not report.claims_posted:
        raise ValueError(report)


if __name__ == "__main__":
    main(*sys.argv[1:])
