"""Taking in a file of the practice's feed: each row posted, read back, seen before or refused.

One file, one transaction. What cannot be posted is kept with a sentence and listed until it fits;
nothing is guessed and nothing is dropped.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.connectors.practice_systems.feed import FeedFile, FeedFileError, read_feed
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.practice_feed import (
    COLUMNS,
    FeedRow,
    RowKind,
    RowRefusedError,
    cents_of,
    content_digest,
    read_row,
)
from portal.ledger.visit_deposits import meet_deposits
from portal.practice.directory import PracticeRef
from portal.practice.feed import desk_receipts_in
from portal.practice.import_lock import import_is_running
from portal.practice.models import FeedImport, Practice
from portal.practice.tasks import end_task, open_task, subject_of
from portal.sync.feed_accounts import lock_accounts
from portal.sync.feed_changes import (
    post_adjustment,
    post_charge,
    post_opening_credit,
    post_void,
)
from portal.sync.feed_read_back import DriftError, agree, hold_for_drift, read_back
from portal.sync.feed_receipts import FeedContext, Posted, post_receipt, post_refund
from portal.sync.models import FeedRowRecord

__all__ = ["FeedBusyError", "FeedFileError", "FeedReport", "import_feed"]

TASK_REFUSED: Final = "feed_refused"
_SHORT_DIGEST: Final = 16


class FeedBusyError(RuntimeError):
    """A remittance is being imported: what is open changes meanwhile. Try again later."""


class RowOutcome(StrEnum):
    """What became of one row; each has exactly one."""

    POSTED = "posted"
    READ_BACK = "read_back"
    SEEN = "seen"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row that was not taken, in words."""

    line_number: int
    row_id: str
    reason: str


@dataclass(slots=True)
class FeedReport:
    """Rows and cents of a file by what became of them; together they are the whole file."""

    file: str
    created_at: datetime
    is_dry_run: bool
    rows: dict[RowOutcome, int] = field(default_factory=lambda: dict.fromkeys(RowOutcome, 0))
    cents: dict[RowOutcome, int] = field(default_factory=lambda: dict.fromkeys(RowOutcome, 0))
    met_cents: int = 0  # of deposits, by shares that were open already
    refusals: list[Refusal] = field(default_factory=list)

    def count(self, outcome: RowOutcome, cents: int) -> None:
        self.rows[outcome] += 1
        self.cents[outcome] += cents

    def as_json(self) -> dict[str, Any]:
        """As `portal feed import --json` prints it, and as it is kept."""
        return {
            "file": self.file,
            "created_at": self.created_at.isoformat(),
            "dry_run": self.is_dry_run,
            "imported": sum(self.rows.values()),
            **{outcome.value: count for outcome, count in self.rows.items()},
            "cents": {
                "imported": sum(self.cents.values()),
                **{outcome.value: cents for outcome, cents in self.cents.items()},
            },
            "deposits_met_cents": self.met_cents,
            "refusals": [
                {"line": one.line_number, "id": one.row_id, "reason": one.reason}
                for one in self.refusals
            ],
        }


def import_feed(
    database: Database,
    practice: PracticeRef,
    content: bytes,
    *,
    file_name: str,
    now: datetime,
    imported_by: str,
    dry_run: bool,
) -> FeedReport:
    """Take a file in; what it told before is seen and does nothing.

    Raises FeedFileError, FeedBusyError; then nothing was written.
    """
    file = read_feed(content, practice_slug=practice.slug, now=now)
    report = FeedReport(file_name, file.created_at, dry_run)
    job = Principal.job(practice.practice_id, role=imported_by)
    with database.transaction(job) as session, session.begin_nested() as trial:
        _one_at_a_time(session)
        if import_is_running(session):
            raise FeedBusyError("A remittance is being imported; import the feed when it is done.")
        context = FeedContext(session, now, practice.today(now), desk_receipts_in(session))
        _FileImport(context, file, report, imported_by).run()
        if dry_run:
            trial.rollback()
    return report


_POST: Final[Mapping[RowKind, Callable[[FeedContext, UUID, FeedRow], Posted]]] = {
    RowKind.RECEIPT: post_receipt,
    RowKind.REFUND: post_refund,
    RowKind.ADJUSTMENT: post_adjustment,
    RowKind.VOID: post_void,
    RowKind.OPENING_BALANCE: post_charge,
    RowKind.OPENING_CREDIT: post_opening_credit,
    RowKind.SELF_PAY_CHARGE: post_charge,
}


@dataclass(slots=True)
class _Sent:
    """A row as it came; ``row`` is empty when it could not be understood."""

    line_number: int
    cells: tuple[str, ...]
    row: FeedRow | None
    fault: str = ""

    @property
    def practice_row_id(self) -> str:
        return self.cells[1] if len(self.cells) > 1 else ""

    @property
    def content(self) -> dict[str, str]:
        return dict(zip(COLUMNS, self.cells, strict=False))

    @property
    def cents(self) -> int:
        try:
            return cents_of(self.content.get("amount_cents", ""))
        except RowRefusedError:
            return 0

    @property
    def key_of_its_own(self) -> str:
        """For what cannot stand under the practice's id."""
        return f"{self.practice_row_id}#{content_digest(self.cells)[:_SHORT_DIGEST]}"


class _FileImport:
    """One file on its way into the books."""

    def __init__(
        self, context: FeedContext, file: FeedFile, report: FeedReport, imported_by: str
    ) -> None:
        self._context = context
        self._session = context.session
        self._file = file
        self._report = report
        self._imported_by = imported_by
        self._import = FeedImport(
            practice_id=practice_of(context.session),
            import_id=new_id(),
            file_name=report.file,
            sha256_hex=file.sha256_hex,
            created_at=file.created_at,
            imported_at=context.now,
            imported_by=imported_by,
            report={},
        )

    def run(self) -> None:
        sent = [self._understood(number, cells) for number, cells in self._file.rows]
        lock_accounts(self._session, [one.row for one in sent if one.row is not None])
        self._session.add(self._import)
        self._session.flush()
        touched = {self._take(one) for one in sent} - {None}
        self._report.met_cents = meet_deposits(
            self._session.connection(),
            practice_of(self._session),
            today=self._context.today,
            now=self._context.now,
            guarantor_ids=[one for one in touched if one is not None],
        )
        self._import.report = self._report.as_json()
        self._session.flush()
        tell_staff(self._session, now=self._context.now)

    def _understood(self, line_number: int, cells: tuple[str, ...]) -> _Sent:
        try:
            row = read_row(cells, today=self._context.today)
        except RowRefusedError as error:
            return _Sent(line_number, cells, None, str(error))
        return _Sent(line_number, cells, row)

    def _take(self, sent: _Sent) -> UUID | None:
        """Whose account the row changed, if it changed one."""
        if sent.row is None:
            self._refuse(sent, sent.key_of_its_own, sent.fault)
            return None
        earlier = self._earlier(sent.row.row_id)
        if earlier is not None and earlier.outcome != RowOutcome.REFUSED:
            if earlier.content == sent.content:
                self._report.count(RowOutcome.SEEN, sent.cents)
            else:
                reason = (
                    "The same id came before with other content, which stands. Void that row, "
                    "then send the new one under an id of its own."
                )
                self._refuse(sent, sent.key_of_its_own, reason)
            return None
        return self._post(sent, sent.row, earlier)

    def _post(self, sent: _Sent, row: FeedRow, earlier: FeedRowRecord | None) -> UUID | None:
        row_id = earlier.row_id if earlier is not None else new_id()
        try:
            if row.post_id is not None:
                posted = read_back(self._context, row)
                outcome = RowOutcome.READ_BACK
            else:
                posted = _POST[row.kind](self._context, row_id, row)
                outcome = RowOutcome.POSTED
        except DriftError as error:
            drifted = self._refuse(sent, row.row_id, str(error))
            drifted.guarantor_id, drifted.post_id = error.guarantor_id, row.post_id
            hold_for_drift(self._context, error, drifted.row_id)
            return None
        except RowRefusedError as error:
            self._refuse(sent, row.row_id, str(error))
            return None
        record = self._keep(sent, row.row_id, outcome, row_id=row_id)
        record.guarantor_id, record.refers_to_id = posted.guarantor_id, posted.refers_to_id
        if outcome is RowOutcome.READ_BACK:
            record.post_id = row.post_id
            self._session.flush()
            agree(self._session, posted.guarantor_id, now=self._context.now)
        else:
            record.entry_id = posted.entry_id
        self._session.flush()
        return posted.guarantor_id

    def _refuse(self, sent: _Sent, key: str, reason: str) -> FeedRowRecord:
        self._report.refusals.append(Refusal(sent.line_number, sent.practice_row_id, reason))
        record = self._keep(sent, key, RowOutcome.REFUSED, reason=reason)
        self._session.flush()
        return record

    def _keep(
        self,
        sent: _Sent,
        key: str,
        outcome: RowOutcome,
        *,
        row_id: UUID | None = None,
        reason: str = "",
    ) -> FeedRowRecord:
        """The row under its key; a refused one that comes again takes the new words."""
        self._report.count(outcome, sent.cents)
        record = self._earlier(key)
        if record is None:
            record = FeedRowRecord(
                practice_id=practice_of(self._session),
                row_id=row_id or new_id(),
                row_key=key,
                returned_cents=0,
            )
            self._session.add(record)
        if record.settled_at is not None and record.content != sent.content:
            record.settled_at = None  # what staff settled was another row
        record.import_id = self._import.import_id
        record.line_number = sent.line_number
        record.kind = sent.row.kind.value if sent.row else sent.content.get("kind", "")
        record.amount_cents = sent.cents
        record.content = sent.content
        record.outcome = outcome.value
        record.reason = reason
        record.taken_at = self._context.now
        return record

    def _earlier(self, key: str) -> FeedRowRecord | None:
        return self._session.scalar(
            select(FeedRowRecord).where(
                FeedRowRecord.practice_id == practice_of(self._session),
                FeedRowRecord.row_key == key,
            )
        )


def refused_count(session: Session) -> int:
    """Rows that wait for somebody."""
    return (
        session.scalar(
            select(func.count()).where(
                FeedRowRecord.practice_id == practice_of(session),
                FeedRowRecord.outcome == RowOutcome.REFUSED.value,
                FeedRowRecord.settled_at.is_(None),
            )
        )
        or 0
    )


def tell_staff(session: Session, *, now: datetime) -> None:
    """One task for all that was refused; it ends when nothing is left."""
    subject_id = subject_of(practice_of(session), "feed")
    waiting = refused_count(session)
    if not waiting:
        end_task(session, kind=TASK_REFUSED, subject_id=subject_id, now=now)
        return
    rows = "row" if waiting == 1 else "rows"
    open_task(
        session,
        kind=TASK_REFUSED,
        subject_id=subject_id,
        message=f"{waiting} {rows} of the practice's feed could not be posted. The list says why.",
        now=now,
    )


def _one_at_a_time(session: Session) -> Sequence[UUID]:
    """Two files of one practice come one after the other."""
    return session.scalars(
        select(Practice.practice_id)
        .where(Practice.practice_id == practice_of(session))
        .with_for_update(key_share=True)
    ).all()
