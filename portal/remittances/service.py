"""Importing remittances: a file goes into the books whole, in one transaction, once."""

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from sqlalchemy import Row, insert, select, update

from portal.db import Database, LoaderTransaction, new_id
from portal.domain.quarantine import PayeeIdentity
from portal.practice.directory import PracticeRef
from portal.practice.import_lock import announce_import
from portal.practice.models import Practice
from portal.remittances import x835
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.importing import FileImport, ImportRules, batches
from portal.remittances.models import RemittanceFile
from portal.remittances.report import ImportReport, repeat_of
from portal.remittances.withheld_payments import is_any_withheld

__all__ = ["ImportReport", "UnreadableRemittanceError", "import_file"]

_NUMBER_IS_ACCOUNT = "account"
_BLOCK_BYTES = 1024 * 1024


def import_file(
    database: Database,
    practice: PracticeRef,
    path: Path | str,
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
    with _opened(path) as stream:
        digest = _digest(stream)
        size = stream.tell()
        stream.seek(0)
        with database.loader_transaction(practice.practice_id) as transaction:
            announce_import(transaction.connection, practice.practice_id)
            earlier = _imported_before(transaction, digest)
            if earlier is None:
                file_id = _begin(
                    transaction,
                    digest=digest,
                    name=Path(path).name,
                    byte_count=size,
                    now=now,
                    imported_by=imported_by,
                )
            elif is_any_withheld(transaction.connection, practice.practice_id):
                file_id = earlier.file_id
            else:
                return repeat_of(earlier.report, file=str(path))
            rules = _rules(
                transaction,
                create_patients=create_patients,
                file_is_known=earlier is not None,
                now=now,
                today=today,
            )
            with ThreadPoolExecutor(max_workers=1) as worker:
                run = FileImport(transaction, worker, file_id=file_id, rules=rules)
                for batch in batches(x835.read(stream)):
                    run.take(batch)
                    if progress is not None:
                        progress(stream.tell(), size)
                run.finish()
            report = run.tally.report(file=str(path))
            if earlier is None:
                _finish(transaction, file_id, report)
            return report


def _digest(stream: BinaryIO) -> bytes:
    digest = hashlib.sha256()
    while block := stream.read(_BLOCK_BYTES):
        digest.update(block)
    return digest.digest()


@contextmanager
def _opened(path: Path | str) -> Iterator[BinaryIO]:
    try:
        stream = Path(path).open("rb")  # noqa: SIM115 — closed below; what the block raises is its own
    except FileNotFoundError as error:
        raise UnreadableRemittanceError("There is no such file.") from error
    except IsADirectoryError as error:
        raise UnreadableRemittanceError("This is a folder, not a file.") from error
    except OSError as error:
        reason = error.strerror or "the system gives no reason"
        raise UnreadableRemittanceError(f"The file cannot be read: {reason}.") from error
    with stream:
        yield stream


def _imported_before(transaction: LoaderTransaction, digest: bytes) -> Row[Any] | None:
    return transaction.execute(
        select(RemittanceFile.file_id, RemittanceFile.report).where(
            RemittanceFile.practice_id == transaction.practice_id, RemittanceFile.sha256 == digest
        )
    ).one_or_none()


def _begin(
    transaction: LoaderTransaction,
    *,
    digest: bytes,
    name: str,
    byte_count: int,
    now: datetime,
    imported_by: str,
) -> UUID:
    file_id = new_id()
    transaction.execute(
        insert(RemittanceFile).values(
            practice_id=transaction.practice_id,
            file_id=file_id,
            sha256=digest,
            name=name,
            byte_count=byte_count,
            imported_at=now,
            imported_by=imported_by,
            report={},
        )
    )
    return file_id


def _rules(
    transaction: LoaderTransaction,
    *,
    create_patients: bool,
    file_is_known: bool,
    now: datetime,
    today: date,
) -> ImportRules:
    row = transaction.execute(
        select(Practice.claim_number_is, Practice.payee_identifier, Practice.tax_identifier).where(
            Practice.practice_id == transaction.practice_id
        )
    ).one()
    return ImportRules(
        create_patients=create_patients,
        number_is_account=row.claim_number_is == _NUMBER_IS_ACCOUNT,
        payee=PayeeIdentity(row.payee_identifier, row.tax_identifier),
        file_is_known=file_is_known,
        now=now,
        today=today,
    )


def _finish(transaction: LoaderTransaction, file_id: UUID, report: ImportReport) -> None:
    transaction.execute(
        update(RemittanceFile)
        .where(
            RemittanceFile.practice_id == transaction.practice_id,
            RemittanceFile.file_id == file_id,
        )
        .values(report=report.as_json())
    )
