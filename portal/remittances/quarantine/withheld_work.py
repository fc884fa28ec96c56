"""What posters do about a payment that was withheld whole: take it in once it may be, or reject it.

It is taken in as a file is, by the importer, from what was kept of it.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, insert, literal, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, LoaderTransaction, Principal, practice_of
from portal.domain.quarantine import (
    OF_A_PAYMENT,
    Quarantine,
    QuarantineAct,
    QuarantineReason,
    fault_of_payment,
)
from portal.domain.remittance import ClaimPayment, RemittanceHeader, RemittanceTrailer
from portal.practice.import_lock import announce_import
from portal.practice.tasks import end_task
from portal.remittances.claims.work import Act, actor_of, require_no_import
from portal.remittances.models import QuarantinedClaim, QuarantineDecision, Remittance
from portal.remittances.posting.importing import FileImport, ImportRules, batches
from portal.remittances.posting.report import ImportReport
from portal.remittances.quarantine.stored_content import claim_of, header_of, provider_adjustment_of
from portal.remittances.quarantine.withheld_payments import TASK_WITHHELD
from portal.remittances.quarantine.work import QuarantineNotFoundError, ResolvedError
from portal.remittances.service import rules_of

_CODES = tuple(sorted(reason.value for reason in OF_A_PAYMENT))


class StillWithheldError(ValueError):
    """What forbade posting it still does; nothing was changed."""

    def __init__(self, fault: Quarantine) -> None:
        super().__init__(fault.reason.value)
        self.fault = fault


def take_in_payment(
    database: Database, principal: Principal, quarantine_id: UUID, *, reason: str, act: Act
) -> ImportReport:
    """Post all of a withheld payment: its claims, its money, its provider adjustments.

    Raises QuarantineNotFoundError, ResolvedError, StillWithheldError, ImportRunningError, and
    LoaderMissingError where this process may not load files.
    """
    if not reason.strip():
        raise ValueError("a payment is taken in with a reason")
    with database.transaction(principal) as session:
        require_no_import(session)
        remittance_id = _open_payment(session.connection(), principal.practice_id, quarantine_id)
        _note(session, quarantine_id, QuarantineAct.TAKEN_IN, act=act)
        decided_by = actor_of(session)
    with database.loader_transaction(principal.practice_id) as loader:
        announce_import(loader.connection, loader.practice_id)
        _open_payment(loader.connection, loader.practice_id, quarantine_id)
        rules = rules_of(
            loader, create_patients=False, file_is_known=True, now=act.now, today=act.today
        )
        report = _import(loader, quarantine_id, remittance_id, rules)
        fault = _still_withheld(loader, quarantine_id, remittance_id)
        if fault is not None:
            raise StillWithheldError(fault)
        _decide(
            loader.connection,
            loader.practice_id,
            remittance_id,
            act=QuarantineAct.TAKEN_IN,
            reason=reason,
            decided_by=decided_by,
            now=act.now,
        )
        return report


def reject_payment(
    database: Database, principal: Principal, quarantine_id: UUID, *, reason: str, act: Act
) -> None:
    """Say that nothing of a withheld payment is ever posted. It brought no money into the books.

    Raises as ``take_in_payment`` does.
    """
    if not reason.strip():
        raise ValueError("a payment is rejected with a reason")
    with database.transaction(principal) as session:
        require_no_import(session)
        practice_id, connection = practice_of(session), session.connection()
        remittance_id = _open_payment(connection, practice_id, quarantine_id)
        _decide(
            connection,
            practice_id,
            remittance_id,
            act=QuarantineAct.REJECTED,
            reason=reason,
            decided_by=actor_of(session),
            now=act.now,
        )
        connection.execute(
            update(QuarantinedClaim)
            .where(
                QuarantinedClaim.practice_id == practice_id,
                QuarantinedClaim.remittance_id == remittance_id,
                QuarantinedClaim.code.in_(_CODES),
                QuarantinedClaim.resolved_at.is_(None),
            )
            .values(resolved_at=act.now)
        )
        end_task(session, kind=TASK_WITHHELD, subject_id=remittance_id, now=act.now)
        _note(session, quarantine_id, QuarantineAct.REJECTED, act=act)


def _open_payment(connection: Connection, practice_id: UUID, quarantine_id: UUID) -> UUID:
    """The remittance of a withheld payment's own row, locked."""
    row = connection.execute(
        select(QuarantinedClaim.remittance_id, QuarantinedClaim.resolved_at)
        .where(
            QuarantinedClaim.practice_id == practice_id,
            QuarantinedClaim.quarantine_id == quarantine_id,
            QuarantinedClaim.code.in_(_CODES),
            QuarantinedClaim.content.has_key("header"),
        )
        .with_for_update()
    ).one_or_none()
    if row is None:
        raise QuarantineNotFoundError(quarantine_id)
    if row.resolved_at is not None:
        raise ResolvedError(quarantine_id)
    remittance_id: UUID = row.remittance_id
    return remittance_id


def _import(
    loader: LoaderTransaction, quarantine_id: UUID, remittance_id: UUID, rules: ImportRules
) -> ImportReport:
    header, trailer = _payment(loader, quarantine_id)
    fault = fault_of_payment(header, ours=rules.payee)
    if fault is not None:
        raise StillWithheldError(fault)
    file_id = loader.execute(
        select(Remittance.file_id).where(
            Remittance.practice_id == loader.practice_id,
            Remittance.remittance_id == remittance_id,
        )
    ).scalar_one()
    claims = _claims(loader, quarantine_id, remittance_id)
    with ThreadPoolExecutor(max_workers=1) as worker:
        run = FileImport(loader, worker, file_id=file_id, rules=rules)
        for batch in batches([header, *claims, trailer]):
            run.take(batch)
        run.finish()
    if run.withheld is not None:
        raise StillWithheldError(run.withheld)
    return run.tally.report(file="")


def _still_withheld(
    loader: LoaderTransaction, quarantine_id: UUID, remittance_id: UUID
) -> Quarantine | None:
    """What the importer found against it now: it set the payment aside anew."""
    row = loader.execute(
        select(QuarantinedClaim.code, QuarantinedClaim.message)
        .where(
            QuarantinedClaim.practice_id == loader.practice_id,
            QuarantinedClaim.remittance_id == remittance_id,
            QuarantinedClaim.code.in_(_CODES),
            QuarantinedClaim.resolved_at.is_(None),
            QuarantinedClaim.quarantine_id != quarantine_id,
        )
        .limit(1)
    ).one_or_none()
    return None if row is None else Quarantine(QuarantineReason(row.code), row.message)


def _payment(
    loader: LoaderTransaction, quarantine_id: UUID
) -> tuple[RemittanceHeader, RemittanceTrailer]:
    content = loader.execute(
        select(QuarantinedClaim.content).where(
            QuarantinedClaim.practice_id == loader.practice_id,
            QuarantinedClaim.quarantine_id == quarantine_id,
        )
    ).scalar_one()
    adjustments = tuple(map(provider_adjustment_of, content["provider_adjustments"]))
    return header_of(content["header"]), RemittanceTrailer(adjustments)


def _claims(
    loader: LoaderTransaction, quarantine_id: UUID, remittance_id: UUID
) -> list[ClaimPayment]:
    """In the order of their file."""
    rows = loader.execute(
        select(QuarantinedClaim.content)
        .where(
            QuarantinedClaim.practice_id == loader.practice_id,
            QuarantinedClaim.remittance_id == remittance_id,
            QuarantinedClaim.code.in_(_CODES),
            QuarantinedClaim.resolved_at.is_(None),
            QuarantinedClaim.quarantine_id != quarantine_id,
        )
        .order_by(QuarantinedClaim.quarantine_id)
    )
    claims = [claim_of(row.content) for row in rows]
    return sorted(claims, key=lambda one: one.segment_number)


def _decide(
    connection: Connection,
    practice_id: UUID,
    remittance_id: UUID,
    *,
    act: QuarantineAct,
    reason: str,
    decided_by: str,
    now: datetime,
) -> None:
    """One decision for the payment and for each of its claims that has none yet."""
    decided = select(QuarantineDecision.quarantine_id).where(
        QuarantineDecision.practice_id == practice_id
    )
    columns = ("practice_id", "quarantine_id", "act", "reason", "decided_at", "decided_by")
    rows = select(
        QuarantinedClaim.practice_id,
        QuarantinedClaim.quarantine_id,
        literal(act.value),
        literal(reason.strip()),
        literal(now),
        literal(decided_by),
    ).where(
        QuarantinedClaim.practice_id == practice_id,
        QuarantinedClaim.remittance_id == remittance_id,
        QuarantinedClaim.code.in_(_CODES),
        QuarantinedClaim.quarantine_id.not_in(decided),
    )
    connection.execute(insert(QuarantineDecision).from_select(columns, rows))


def _note(session: Session, quarantine_id: UUID, what: QuarantineAct, *, act: Act) -> None:
    record(
        session,
        action=f"quarantine_{what.value}",
        object_kind="withheld_payment",
        object_id=quarantine_id,
        guarantor_id=None,
        now=act.now,
        request_id=act.request_id,
    )
