"""Everything of an account as one file to keep: statements, every line of them, all money.

A ZIP of three tables, sent while it is read: no more than one statement is held at a time. Whoever
may only see a visit's sums gets only its sums.
"""

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of, principal_of
from portal.domain.money import format_plain
from portal.domain.service_kind import name_of
from portal.domain.statement import Figures, StatementDocument
from portal.home.activity import ActivityKind, Narrowed, activity
from portal.practice.contact import PracticeContact, practice_contact, practice_day
from portal.statements.models import Statement, StatementVoid
from portal.statements.seeing import seen_document

_MOST_MONEY = 100_000
_NOT_BEFORE = (1980, 1, 1, 0, 0, 0)  # the same file has the same bytes


@dataclass(frozen=True, slots=True)
class Headings:
    """The first row of each table, in the reader's language."""

    statements: Sequence[str]
    lines: Sequence[str]
    money: Sequence[str]
    language: str


@dataclass(frozen=True, slots=True)
class Keepsake:
    """What the page before the file says."""

    practice: PracticeContact
    statements: int


class _Sent:
    """What a ZIP writes to, and what is sent on as soon as it is written."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._length = 0

    def write(self, part: bytes) -> int:
        self._parts.append(bytes(part))
        self._length += len(part)
        return len(part)

    def tell(self) -> int:
        return self._length

    def flush(self) -> None:
        """Nothing waits anywhere else."""

    def close(self) -> None:
        """Nothing is held open."""

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def keepsake(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> Keepsake:
    """How much there is, with a row in the audit log; ``principal`` is an account holder."""
    guarantor_id = principal.guarantor_id
    if guarantor_id is None:
        raise ValueError(principal.kind)
    with database.transaction(principal) as session:
        _note(session, "view_account_file", now=now, request_id=request_id)
        return Keepsake(practice_contact(session), len(_statement_ids(session, guarantor_id)))


def note_download(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> None:
    """The audit row, before the first byte is sent."""
    with database.transaction(principal) as session:
        _note(session, "view_everything", now=now, request_id=request_id)


def account_file(
    database: Database, principal: Principal, headings: Headings, *, now: datetime
) -> Iterator[bytes]:
    """The ZIP, piece by piece; ``principal`` is an account holder."""
    guarantor_id = principal.guarantor_id
    if guarantor_id is None:
        raise ValueError(principal.kind)
    with database.transaction(principal) as session:
        ids = _statement_ids(session, guarantor_id)
        money = activity(session, guarantor_id, Narrowed(ActivityKind.MONEY), limit=_MOST_MONEY)
    sent = _Sent()
    with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED) as file:
        summaries = [headings.statements]
        with file.open(zipfile.ZipInfo("lines.csv", _NOT_BEFORE), "w") as lines:
            lines.write(written([headings.lines]))
            for statement_id in ids:
                with database.transaction(principal) as session:
                    document = _document(session, statement_id, now=now)
                summaries.append(_statement_row(document))
                lines.write(written(list(_line_rows(document, headings.language))))
                yield sent.take()
        file.writestr(zipfile.ZipInfo("statements.csv", _NOT_BEFORE), written(summaries))
        rows = [
            (one.on.isoformat() if one.on else "", format_plain(one.cents), one.name)
            for one in money
        ]
        file.writestr(
            zipfile.ZipInfo("payments.csv", _NOT_BEFORE), written([headings.money, *rows])
        )
    yield sent.take()


def _note(session: Session, action: str, *, now: datetime, request_id: str) -> None:
    guarantor_id = principal_of(session).guarantor_id
    record(
        session,
        action=action,
        object_kind="guarantor",
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )


def _statement_ids(session: Session, guarantor_id: UUID) -> Sequence[UUID]:
    """Those that stand, oldest first."""
    practice_id = practice_of(session)
    return session.scalars(
        select(Statement.statement_id)
        .outerjoin(
            StatementVoid,
            (StatementVoid.practice_id == practice_id)
            & (StatementVoid.statement_id == Statement.statement_id),
        )
        .where(
            Statement.practice_id == practice_id,
            Statement.guarantor_id == guarantor_id,
            StatementVoid.statement_id.is_(None),
        )
        .order_by(Statement.as_of)
    ).all()


def _document(session: Session, statement_id: UUID, *, now: datetime) -> StatementDocument:
    statement = session.scalars(
        select(Statement).where(
            Statement.practice_id == practice_of(session), Statement.statement_id == statement_id
        )
    ).one()
    today = practice_day(practice_contact(session), now=now)
    return seen_document(session, statement, today=today).document


def _statement_row(document: StatementDocument) -> Sequence[str]:
    return (
        document.number,
        document.issued_on.isoformat(),
        document.due_on.isoformat(),
        *_amounts(document.figures),
    )


def _line_rows(document: StatementDocument, language: str) -> Iterator[Sequence[str]]:
    for visit in document.visits:
        for line in visit.lines:
            yield (
                document.number,
                visit.patient_first_name,
                visit.service_on.isoformat() if visit.service_on else "",
                visit.provider_name,
                name_of(line.service_kind, language),
                line.procedure_code,
                *_amounts(line.figures),
            )


def _amounts(figures: Figures) -> Iterator[str]:
    for cents in (
        figures.billed_cents,
        figures.taken_off_cents,
        figures.plan_paid_cents,
        figures.with_insurance_cents,
        figures.you_paid_cents,
        figures.on_payment_plan_cents,
        figures.you_owe_cents,
    ):
        yield format_plain(cents)
