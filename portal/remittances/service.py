"""Importing remittances: a file goes into the books whole, in one transaction, once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime

from sqlalchemy import select

from portal.db import Database, LoaderTransaction
from portal.domain.quarantine import PayeeIdentity
from portal.practice.directory import PracticeRef
from portal.practice.models import Practice
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.incoming_file import FileSource, incoming
from portal.remittances.posting.importing import FileImport, ImportRules, batches
from portal.remittances.posting.pace import import_pace
from portal.remittances.posting.report import ImportReport, repeat_of
from portal.remittances.quarantine.withheld_payments import is_any_withheld
from portal.remittances.x12 import x835

__all__ = ["ImportReport", "UnreadableRemittanceError", "import_file"]

_NUMBER_IS_ACCOUNT = "account"
_REVIEWED = "review"


def import_file(
    database: Database,
    practice: PracticeRef,
    path: FileSource,
    *,
    create_patients: bool,
    now: datetime,
    today: date,
    imported_by: str,
    progress: Callable[[int, int], None] | None = None,
) -> ImportReport:
    """Post what balances, hold what must wait, set aside what does not hold; the same file once.

    Of a file that was imported before, payments that were withheld and may be posted now are.

    ``progress`` is told bytes read and bytes in all. Waits for another import in the practice.
    Raises UnreadableRemittanceError, and LookupError without a loader; then nothing was written.
    """
    practice_id = practice.practice_id
    with incoming(database, practice_id, path, now=now, imported_by=imported_by) as file:
        is_known = file.earlier is not None
        if file.earlier is not None and not is_any_withheld(
            file.transaction.connection, practice_id
        ):
            return repeat_of(file.earlier, file=str(path))
        rules = rules_of(
            file.transaction,
            create_patients=create_patients,
            file_is_known=is_known,
            now=now,
            today=today,
        )
        with import_pace(), ThreadPoolExecutor(max_workers=1) as worker:
            run = FileImport(file.transaction, worker, file_id=file.file_id, rules=rules)
            for batch in batches(x835.read(file.stream)):
                run.take(batch)
                if progress is not None:
                    progress(file.stream.tell(), file.byte_count)
            run.finish()
        report = run.tally.report(file=str(path))
        if not is_known:
            file.finish(report.as_json())
        return report


def rules_of(
    transaction: LoaderTransaction,
    *,
    create_patients: bool,
    file_is_known: bool,
    now: datetime,
    today: date,
) -> ImportRules:
    """What the practice and whoever imports say for a whole file."""
    row = transaction.execute(
        select(
            Practice.claim_number_is,
            Practice.patient_denials,
            Practice.payee_identifier,
            Practice.tax_identifier,
        ).where(Practice.practice_id == transaction.practice_id)
    ).one()
    return ImportRules(
        create_patients=create_patients,
        number_is_account=row.claim_number_is == _NUMBER_IS_ACCOUNT,
        reviews_denials=row.patient_denials == _REVIEWED,
        payee=PayeeIdentity(row.payee_identifier, row.tax_identifier),
        file_is_known=file_is_known,
        now=now,
        today=today,
    )
