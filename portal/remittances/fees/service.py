"""Fee schedules: loaded whole or not at all; a new one of a payer takes the place of the old."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.practice_systems.spreadsheets import NotCsvError, rows_of
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.fee_file import FeeFile, read_fee_file
from portal.domain.line_errors import LineError, LineFault
from portal.practice.models import Payer
from portal.remittances.fees.models import Fee, FeeSchedule
from portal.remittances.findings import UnreadableRemittanceError
from portal.remittances.incoming.file_contents import refuse_foreign
from portal.remittances.incoming.file_name import sent_name

MOST_BYTES: Final = 5 * 1024 * 1024
_HEAD_BYTES: Final = 512
_BLOCK: Final = 1000
_PAYERS_NAMED: Final = 10


class FeesRefusedError(ValueError):
    """Nothing was loaded; ``errors`` say why, line by line."""

    def __init__(self, errors: tuple[LineError, ...]) -> None:
        super().__init__(errors)
        self.errors = errors


@dataclass(frozen=True, slots=True)
class FeesLoaded:
    """What a load did, or with a dry run would do."""

    payers: int
    fees: int

    def as_json(self) -> dict[str, Any]:
        """As ``fees load --json`` prints it."""
        return {"payers": self.payers, "fees": self.fees}


def load_fees(
    database: Database,
    principal: Principal,
    stream: BinaryIO,
    *,
    name: str,
    payer: str = "",
    loaded_by: str,
    dry_run: bool = False,
    now: datetime,
    request_id: str,
) -> FeesLoaded:
    """Read a CSV file and put its prices on file. ``payer``: whose the lines are that name none.

    Raises FeesRefusedError.
    """
    read = _read(stream, payer)
    if read.errors:
        raise FeesRefusedError(read.errors)
    with database.transaction(principal) as session:
        payer_ids = _payer_ids(session, read.fees.keys())
        for identifier, payer_id in () if dry_run else payer_ids.items():
            _add_schedule(
                session, payer_id, read, identifier, name=name, loaded_by=loaded_by, now=now
            )
        if not dry_run:
            record(
                session,
                action="load_fees",
                object_kind="fee_schedule",
                object_id=None,
                guarantor_id=None,
                now=now,
                request_id=request_id,
            )
    return FeesLoaded(len(payer_ids), read.fee_count)


def _read(stream: BinaryIO, payer: str) -> FeeFile:
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        return FeeFile({}, (LineError(0, LineFault.TOO_LARGE, ("5 MB",)),))
    try:
        refuse_foreign(content[:_HEAD_BYTES])
        return read_fee_file(rows_of(content), payer=payer)
    except (UnreadableRemittanceError, NotCsvError):
        return FeeFile({}, (LineError(0, LineFault.NOT_CSV),))


def _payer_ids(session: Session, identifiers: Collection[str]) -> dict[str, UUID]:
    rows = session.execute(
        select(Payer.identifier, Payer.payer_id)
        .where(Payer.practice_id == practice_of(session))
        .order_by(Payer.identifier)
    ).all()
    known = {row.identifier: row.payer_id for row in rows}
    missing = sorted(set(identifiers) - known.keys())
    if missing:
        some = ", ".join(list(known)[:_PAYERS_NAMED]) or "–"
        raise FeesRefusedError((LineError(0, LineFault.PAYER_UNKNOWN, (missing[0], some)),))
    return {one: known[one] for one in sorted(identifiers)}


def _add_schedule(
    session: Session,
    payer_id: UUID,
    read: FeeFile,
    identifier: str,
    *,
    name: str,
    loaded_by: str,
    now: datetime,
) -> None:
    fees, schedule_id = read.fees[identifier], new_id()
    session.execute(
        insert(FeeSchedule).values(
            practice_id=practice_of(session),
            schedule_id=schedule_id,
            payer_id=payer_id,
            file_name=sent_name(name),
            fee_count=len(fees),
            loaded_at=now,
            loaded_by=loaded_by,
        )
    )
    rows = [
        {
            "practice_id": practice_of(session),
            "schedule_id": schedule_id,
            "line_number": number,
            "procedure_code": fee.procedure_code,
            "modifier": fee.modifier,
            "starts_on": fee.starts_on,
            "ends_on": fee.ends_on,
            "amount_cents": fee.amount_cents,
        }
        for number, fee in enumerate(fees, start=1)
    ]
    for start in range(0, len(rows), _BLOCK):
        session.execute(insert(Fee).values(rows[start : start + _BLOCK]))
