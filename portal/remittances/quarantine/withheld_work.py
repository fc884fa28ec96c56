"""What posters do about a payment that was withheld whole: take it in once it may be, or reject it.

It is taken in as a file is: by the importer, in a worker, from what was kept of it.
"""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Final, TypedDict
from uuid import UUID

from sqlalchemy import Connection, Update, insert, literal, select, update
from sqlalchemy.orm import Session

from portal import queue
from portal.audit.record import record, recording
from portal.db import (
    Database,
    LoaderMissingError,
    LoaderTransaction,
    Principal,
    new_id,
    practice_of,
)
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
from portal.remittances.incoming.trouble import Trouble, trouble_of
from portal.remittances.models import QuarantinedClaim, QuarantineDecision, Remittance
from portal.remittances.posting.importing import FileImport, ImportRules, batches
from portal.remittances.posting.report import ImportReport
from portal.remittances.quarantine.models import PaymentTakeIn
from portal.remittances.quarantine.set_aside import QuarantineNotFoundError
from portal.remittances.quarantine.stored_content import claim_of, header_of, provider_adjustment_of
from portal.remittances.quarantine.withheld_payments import TASK_WITHHELD
from portal.remittances.quarantine.work import ResolvedError
from portal.remittances.service import rules_of

_CODES = tuple(sorted(reason.value for reason in OF_A_PAYMENT))
_JOB: Final = "take in payment"
_TASK: Final = "take_in_payment"
_FAILED: Final = (
    "The portal failed at this payment; its log says why. Nothing of it was posted. It can be "
    "tried again once that is mended."
)

_log = logging.getLogger(__name__)


class StillWithheldError(ValueError):
    """What forbade posting it still does; nothing was changed."""

    def __init__(self, fault: Quarantine) -> None:
        super().__init__(fault.reason.value)
        self.fault = fault


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a poster asked for; ``by`` is their id."""

    quarantine_id: UUID
    reason: str
    by: str


class _Noted(TypedDict):
    """What an audit row says besides who acts."""

    action: str
    object_kind: str
    object_id: UUID
    guarantor_id: None
    now: datetime
    request_id: str


def ask_to_take_in(
    database: Database, principal: Principal, quarantine_id: UUID, *, reason: str, act: Act
) -> UUID:
    """Let a worker post all of a withheld payment; returns the id of the asking.

    While one waits already, that one; once its job's retries ran out, it is tried again. Raises
    QuarantineNotFoundError and ResolvedError.
    """
    if not reason.strip() or principal.actor_id is None:
        raise ValueError("somebody takes a payment in, with a reason")
    with database.transaction(principal) as session:
        practice_id = practice_of(session)
        _open_payment(session.connection(), practice_id, quarantine_id)
        waiting = session.scalar(
            select(PaymentTakeIn.take_in_id).where(
                PaymentTakeIn.practice_id == practice_id,
                PaymentTakeIn.quarantine_id == quarantine_id,
                PaymentTakeIn.ended_at.is_(None),
            )
        )
        if waiting is not None:
            if not is_under_way(session.connection(), practice_id, waiting):
                _enqueue(session, waiting)
                record(session, **_noted(quarantine_id, "ask_to_take_in", act=act))
            return waiting
        take_in_id = new_id()
        session.execute(
            insert(PaymentTakeIn).values(
                practice_id=practice_id,
                take_in_id=take_in_id,
                quarantine_id=quarantine_id,
                reason=reason.strip(),
                asked_at=act.now,
                asked_by=principal.actor_id,
            )
        )
        _enqueue(session, take_in_id)
        record(session, **_noted(quarantine_id, "ask_to_take_in", act=act))
        return take_in_id


def _enqueue(session: Session, take_in_id: UUID) -> None:
    queue.enqueue(
        session.connection(),
        _TASK,
        practice_id=str(practice_of(session)),
        take_in_id=str(take_in_id),
    )


def is_under_way(connection: Connection, practice_id: UUID, take_in_id: UUID) -> bool:
    """Whether a worker comes, or comes again, to what was asked for."""
    return queue.is_under_way(
        connection, _TASK, practice_id=str(practice_id), take_in_id=str(take_in_id)
    )


def take_in_payment(
    database: Database, practice_id: UUID, take_in_id: UUID, *, act: Act
) -> ImportReport | None:
    """The job: post its claims, its money, its provider adjustments. What had ended stays so.

    None: nothing was posted, since it had ended, or is still withheld, which its page then says.
    Raises what passes by itself, and LoaderMissingError where this process may not load files: the
    job is tried again.
    """
    try:
        with database.loader_transaction(practice_id) as loader:
            announce_import(loader.connection, practice_id)
            asked = _asked(loader, take_in_id)
            if asked is None:
                return None
            report = _take_in(loader, asked, act=act)
            loader.execute(_ending(practice_id, take_in_id, now=act.now))
            return report
    except ResolvedError:  # somebody was faster: rejected, or told by another file
        still_withheld = ""
    except StillWithheldError as error:
        still_withheld = error.fault.message
    except Exception as error:
        if isinstance(error, LoaderMissingError) or trouble_of(error) is not Trouble.LASTING:
            raise
        _log.exception("a withheld payment could not be taken in")
        still_withheld = _FAILED
    with database.transaction(Principal.job(practice_id, role=_JOB)) as session:
        session.execute(
            _ending(practice_id, take_in_id, now=act.now, still_withheld=still_withheld)
        )
    return None


def reject_payment(
    database: Database, principal: Principal, quarantine_id: UUID, *, reason: str, act: Act
) -> None:
    """Say that nothing of a withheld payment is ever posted. It brought no money into the books.

    Raises QuarantineNotFoundError, ResolvedError and ImportRunningError.
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
        record(session, **_noted(quarantine_id, "quarantine_rejected", act=act))


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


def _asked(loader: LoaderTransaction, take_in_id: UUID) -> _Asked | None:
    """None: a worker has tried already."""
    row = loader.execute(
        select(PaymentTakeIn.quarantine_id, PaymentTakeIn.reason, PaymentTakeIn.asked_by)
        .where(
            PaymentTakeIn.practice_id == loader.practice_id,
            PaymentTakeIn.take_in_id == take_in_id,
            PaymentTakeIn.ended_at.is_(None),
        )
        .with_for_update()
    ).one_or_none()
    return _Asked(row.quarantine_id, row.reason, str(row.asked_by)) if row else None


def _ending(
    practice_id: UUID, take_in_id: UUID, *, now: datetime, still_withheld: str = ""
) -> Update:
    return (
        update(PaymentTakeIn)
        .where(
            PaymentTakeIn.practice_id == practice_id,
            PaymentTakeIn.take_in_id == take_in_id,
            PaymentTakeIn.ended_at.is_(None),
        )
        .values(ended_at=now, still_withheld=still_withheld)
    )


def _take_in(loader: LoaderTransaction, asked: _Asked, *, act: Act) -> ImportReport:
    remittance_id = _open_payment(loader.connection, loader.practice_id, asked.quarantine_id)
    rules = rules_of(
        loader, create_patients=False, file_is_known=True, now=act.now, today=act.today
    )
    report = _import(loader, asked.quarantine_id, remittance_id, rules)
    fault = _still_withheld(loader, asked.quarantine_id, remittance_id)
    if fault is not None:
        raise StillWithheldError(fault)
    _decide(
        loader.connection,
        loader.practice_id,
        remittance_id,
        act=QuarantineAct.TAKEN_IN,
        reason=asked.reason,
        decided_by=asked.by,
        now=act.now,
    )
    worker = Principal.job(loader.practice_id, role=_JOB)
    loader.execute(recording(worker, **_noted(asked.quarantine_id, "quarantine_taken_in", act=act)))
    return report


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


def _noted(quarantine_id: UUID, action: str, *, act: Act) -> _Noted:
    """What the audit log keeps of it."""
    return {
        "action": action,
        "object_kind": "withheld_payment",
        "object_id": quarantine_id,
        "guarantor_id": None,
        "now": act.now,
        "request_id": act.request_id,
    }
