"""Taking in a file of the practice's feed: each row posted, read back, seen before or refused.

Block by block, each a transaction of its own: nobody's account stays locked while a long file is
read. What cannot be posted is kept with a sentence and listed until it fits; nothing is guessed and
nothing is dropped.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final, TypeAlias
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from portal.connectors.practice_systems.feed import FeedFile, FeedFileError, read_feed
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.practice_feed import (
    COLUMNS,
    LONGEST,
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
from portal.sync.feed_accounts import SharesOfBlock, lock_accounts
from portal.sync.feed_adjustments import post_adjustment
from portal.sync.feed_changes import (
    post_charge,
    post_opening_credit,
    post_void,
)
from portal.sync.feed_read_back import (
    AGREED,
    DriftError,
    end_drift,
    end_hold,
    hold_for_drift,
    read_back,
)
from portal.sync.feed_receipts import FeedContext, Posted, post_receipt, post_refund
from portal.sync.feed_report import FeedReport, Refusal, RowOutcome
from portal.sync.models import FeedRowRecord

__all__ = ["FeedBusyError", "FeedFileError", "FeedReport", "import_feed"]

TASK_REFUSED: Final = "feed_refused"
_BLOCK_ROWS: Final = 100
_SHORT_DIGEST: Final = 16

_Step: TypeAlias = Callable[[Session], None]


class FeedBusyError(RuntimeError):
    """A remittance is being imported: what is open changes meanwhile. Try again later."""


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

    Raises FeedFileError; then nothing was written. Raises FeedBusyError or OperationalError, maybe
    between two blocks: what was taken stays, statements wait, and the same file takes the rest.
    """
    file = read_feed(content, practice_slug=practice.slug, now=now)
    report = FeedReport(file_name, file.created_at, dry_run)
    job = Principal.job(practice.practice_id, role=imported_by)
    steps = _FileImport(practice, file, report, now=now, imported_by=imported_by).steps()
    if dry_run:
        with database.transaction(job) as session, session.begin_nested() as trial:
            for step in steps:
                step(session)
            trial.rollback()
        return report
    for step in steps:
        with database.transaction(job) as session:
            step(session)
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


_KEEPS_SHARES: Final = frozenset({RowKind.RECEIPT, RowKind.ADJUSTMENT})  # in step themselves


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
        digest = content_digest(self.cells)[:_SHORT_DIGEST]
        # An index takes no key of any length.
        return f"{self.practice_row_id[:LONGEST]}#{digest}"

    @property
    def keys(self) -> tuple[str, ...]:
        """Under which it may be on record."""
        return (self.key_of_its_own, *([self.row.row_id] if self.row else ()))


class _FileImport:
    """One file on its way into the books."""

    def __init__(
        self,
        practice: PracticeRef,
        file: FeedFile,
        report: FeedReport,
        *,
        now: datetime,
        imported_by: str,
    ) -> None:
        self._file = file
        self._report = report
        self._import_id = new_id()
        self._now = now
        self._today = practice.today(now)
        self._imported_by = imported_by

    def steps(self) -> Sequence[_Step]:
        """Each a transaction, in this order: the file is begun, its blocks follow, it is done."""
        sent = [self._understood(number, cells) for number, cells in self._file.rows]
        blocks = [sent[at : at + _BLOCK_ROWS] for at in range(0, len(sent), _BLOCK_ROWS)]
        return [self._begin, *(partial(self._take_block, block) for block in blocks), self._finish]

    def _begin(self, session: Session) -> None:
        _wait_for_turn(session)
        session.execute(
            insert(FeedImport).values(
                practice_id=practice_of(session),
                import_id=self._import_id,
                file_name=self._report.file,
                sha256_hex=self._file.sha256_hex,
                created_at=self._file.created_at,
                imported_at=self._now,
                imported_by=self._imported_by,
                report={},
            )
        )

    def _take_block(self, block: Sequence[_Sent], session: Session) -> None:
        """A dry run locks nobody: it holds what it does until its end, and then writes nothing."""
        _wait_for_turn(session)
        if not self._report.is_dry_run:
            lock_accounts(session, [one.row for one in block if one.row is not None])
        desk = desk_receipts_in(session)
        context = FeedContext(session, self._now, self._today, desk, SharesOfBlock(session))
        touched = _Block(context, block, self._report, self._import_id).take()
        self._report.met_cents += meet_deposits(
            session.connection(),
            practice_of(session),
            today=self._today,
            now=self._now,
            guarantor_ids=touched,
        )
        tell_staff(session, now=self._now)

    def _finish(self, session: Session) -> None:
        """Only now does the file count as the practice's newest word."""
        session.execute(
            update(FeedImport)
            .where(
                FeedImport.practice_id == practice_of(session),
                FeedImport.import_id == self._import_id,
            )
            .values(report=self._report.as_json(), finished_at=self._now)
        )
        tell_staff(session, now=self._now)

    def _understood(self, line_number: int, cells: tuple[str, ...]) -> _Sent:
        try:
            row = read_row(cells, today=self._today)
        except RowRefusedError as error:
            return _Sent(line_number, cells, None, str(error))
        return _Sent(line_number, cells, row)


class _Block:
    """Some rows of a file, in one transaction; those whom they concern are locked."""

    def __init__(
        self, context: FeedContext, block: Sequence[_Sent], report: FeedReport, import_id: UUID
    ) -> None:
        self._context = context
        self._session = context.session
        self._block = block
        self._report = report
        self._import_id = import_id
        keys = [key for one in block for key in one.keys]
        self._records = {
            record.row_key: record
            for record in self._session.scalars(
                select(FeedRowRecord).where(
                    FeedRowRecord.practice_id == practice_of(self._session),
                    FeedRowRecord.row_key == func.any(keys),
                )
            )
        }

    def take(self) -> Collection[UUID]:
        """Whose accounts the rows changed."""
        touched = {self._take(one) for one in self._block}
        self._session.flush()
        return [one for one in touched if one is not None]

    def _take(self, sent: _Sent) -> UUID | None:
        """Whose account the row changed, if it changed one."""
        if sent.row is None:
            self._refuse(sent, sent.key_of_its_own, sent.fault)
            return None
        earlier = self._records.get(sent.row.row_id)
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
        if earlier is not None and earlier.post_id is not None:
            end_drift(self._session, earlier, now=self._context.now)
        record = self._keep(sent, row.row_id, outcome, row_id=row_id)
        record.guarantor_id, record.refers_to_id = posted.guarantor_id, posted.refers_to_id
        if row.kind not in _KEEPS_SHARES:
            self._context.shares.forget(posted.guarantor_id)
        if outcome is RowOutcome.READ_BACK:
            record.post_id = row.post_id
            self._session.flush()
            end_hold(self._session, posted.guarantor_id, reason=AGREED, now=self._context.now)
        else:
            record.entry_id = posted.entry_id
        return posted.guarantor_id

    def _refuse(self, sent: _Sent, key: str, reason: str) -> FeedRowRecord:
        self._report.refusals.append(Refusal(sent.line_number, sent.practice_row_id, reason))
        return self._keep(sent, key, RowOutcome.REFUSED, reason=reason)

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
        record = self._records.get(key)
        if record is None:
            record = FeedRowRecord(
                practice_id=practice_of(self._session),
                row_id=row_id or new_id(),
                row_key=key,
                returned_cents=0,
            )
            self._session.add(record)
            self._records[key] = record
        if record.settled_at is not None and record.content != sent.content:
            record.settled_at = record.settled_reason = None  # what staff settled was another row
        record.import_id = self._import_id
        record.line_number = sent.line_number
        record.kind = sent.row.kind.value if sent.row else sent.content.get("kind", "")
        record.amount_cents = sent.cents
        record.content = sent.content
        record.outcome = outcome.value
        record.reason = reason
        record.taken_at = self._context.now
        return record


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


def _wait_for_turn(session: Session) -> None:
    """Blocks of one practice's files come one after the other. Raises FeedBusyError."""
    session.execute(
        select(Practice.practice_id)
        .where(Practice.practice_id == practice_of(session))
        .with_for_update(key_share=True)
    )
    if import_is_running(session):
        raise FeedBusyError("A remittance is being imported; import the feed when it is done.")
