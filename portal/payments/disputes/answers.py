"""What the practice answers: evidence or giving in. Approved by a person, written down, then sent.

It is given once. The processor is called outside any transaction; a call without an answer is
repeated with the same key.
"""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.connectors.payment_gateway import GatewayRefused, GatewayUnavailable
from portal.connectors.settlement_records import Dispute, SettlementRecords
from portal.db import Database, Principal, PrincipalKind, new_id, practice_of
from portal.domain.dispute_evidence import LONGEST_TEXT, EvidenceItem, words_found
from portal.domain.dispute_status import INQUIRIES, WAITS_FOR_US, DisputeState
from portal.payments.disputes.models import DisputeAnswer, DisputeRow
from portal.payments.disputes.service import note_step, record_dispute
from portal.payments.moves import lock_payment
from portal.practice.directory import practice_by_id
from portal.practice.models import Guarantor, Patient
from portal.practice.tasks import open_task

REFUSED_TASK = "dispute_answer_refused"


class AnswerKind(StrEnum):
    """Stable names: they are stored."""

    EVIDENCE = "evidence"
    ACCEPTANCE = "acceptance"


class DisputeNotFoundError(LookupError):
    """No such dispute in this practice."""


class AnswerNotAllowedError(PermissionError):
    """Only some of the staff may answer for the practice."""


class NothingToAnswerError(RuntimeError):
    """The bank does not wait for us, or was answered already."""


class EvidenceRefusedError(ValueError):
    """Empty, or longer than the processor takes."""


class NamesSomebodyError(ValueError):
    """The text names people of the account; ``words`` are what it must not say."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__("the text names somebody")
        self.words = tuple(words)


def give_evidence(
    database: Database,
    records: SettlementRecords,
    principal: Principal,
    dispute_id: UUID,
    *,
    items: Collection[EvidenceItem],
    text: str,
    now: datetime,
    request_id: str,
) -> bool:
    """Send what a person has read and approved; whether it is there already.

    False: the processor did not answer, and is asked again by the hourly job. Raises
    DisputeNotFoundError, AnswerNotAllowedError, NothingToAnswerError, EvidenceRefusedError and
    NamesSomebodyError.
    """
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise EvidenceRefusedError(len(text))
    with database.transaction(principal) as session:
        dispute = _to_answer(session, principal, dispute_id)
        names, born_on = _people(session, dispute.guarantor_id)
        words = words_found(text, names=names, born_on=born_on)
        if words:
            raise NamesSomebodyError(words)
        kept = [item.value for item in EvidenceItem if item in items]
        answer = _keep(session, principal, dispute, AnswerKind.EVIDENCE, text, items=kept, now=now)
        _audit(session, dispute, "give_evidence", now=now, request_id=request_id)
    return send_answer(database, records, principal.practice_id, answer, now=now)


def accept_dispute(
    database: Database,
    records: SettlementRecords,
    principal: Principal,
    dispute_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> bool:
    """Give in: the money stays with the holder. As `give_evidence`."""
    with database.transaction(principal) as session:
        dispute = _to_answer(session, principal, dispute_id)
        answer = _keep(session, principal, dispute, AnswerKind.ACCEPTANCE, reason, now=now)
        _audit(session, dispute, "accept_dispute", now=now, request_id=request_id)
    return send_answer(database, records, principal.practice_id, answer, now=now)


def send_answer(
    database: Database,
    records: SettlementRecords,
    practice_id: UUID,
    answer_id: UUID,
    *,
    now: datetime,
) -> bool:
    """Hand over an answer that is written down; safe to repeat. Whether it is there."""
    job = Principal.job(practice_id, role="disputes")
    with database.transaction(job) as session:
        answer = _answer(session, answer_id)
        if answer.sent_at is not None or answer.refused_at is not None:
            return answer.sent_at is not None
        dispute = _dispute(session, answer.dispute_id)
    account = practice_by_id(database, practice_id).stripe_account
    try:
        seen = _call(records, answer, dispute, account)()
    except GatewayUnavailable:
        return False
    except GatewayRefused as refusal:
        with database.transaction(job) as session:
            _record_refusal(session, answer_id, refusal, now=now)
        return False
    with database.transaction(job) as session:
        payment = lock_payment(session, dispute.payment_id)
        answer = _answer(session, answer_id)
        if answer.sent_at is None:
            answer.sent_at = now
            note_step(session, dispute, f"{answer.kind}_sent", now=now)
        record_dispute(session, payment, seen, now=now)
    return True


def send_what_was_not_answered(
    database: Database, records: SettlementRecords, practice_id: UUID, *, now: datetime
) -> int:
    """Every answer that is written down and not sent; how many went."""
    with database.transaction(Principal.job(practice_id, role="disputes")) as session:
        waiting = session.scalars(
            select(DisputeAnswer.answer_id).where(
                DisputeAnswer.practice_id == practice_id,
                DisputeAnswer.sent_at.is_(None),
                DisputeAnswer.refused_at.is_(None),
            )
        ).all()
    sent = [send_answer(database, records, practice_id, one, now=now) for one in waiting]
    return sum(sent)


def _call(
    records: SettlementRecords, answer: DisputeAnswer, dispute: DisputeRow, account: str | None
) -> Callable[[], Dispute]:
    if answer.kind == AnswerKind.ACCEPTANCE.value:
        return lambda: records.accept_dispute(
            dispute.stripe_dispute_id, acceptance_id=answer.answer_id, stripe_account=account
        )
    return lambda: records.submit_evidence(
        dispute.stripe_dispute_id,
        submission_id=answer.answer_id,
        text=answer.text,
        stripe_account=account,
    )


def _to_answer(session: Session, principal: Principal, dispute_id: UUID) -> DisputeRow:
    """The dispute with its payment locked, if somebody who may answer it can."""
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.BOOKS]:
        raise AnswerNotAllowedError(dispute_id)
    dispute = _dispute(session, dispute_id)
    lock_payment(session, dispute.payment_id)
    session.refresh(dispute)
    if DisputeState(dispute.state) not in WAITS_FOR_US:
        raise NothingToAnswerError(dispute_id)
    if standing_answer(session, dispute) is not None:
        raise NothingToAnswerError(dispute_id)
    return dispute


def standing_answer(session: Session, dispute: DisputeRow) -> DisputeAnswer | None:
    """What was answered to the question the bank asks now, an inquiry or the dispute itself."""
    return session.scalar(
        select(DisputeAnswer).where(
            DisputeAnswer.practice_id == practice_of(session),
            DisputeAnswer.dispute_id == dispute.dispute_id,
            DisputeAnswer.is_inquiry.is_(DisputeState(dispute.state) in INQUIRIES),
            DisputeAnswer.refused_at.is_(None),
        )
    )


def _keep(
    session: Session,
    principal: Principal,
    dispute: DisputeRow,
    kind: AnswerKind,
    text: str,
    *,
    now: datetime,
    items: Sequence[str] = (),
) -> UUID:
    answer = DisputeAnswer(
        practice_id=practice_of(session),
        answer_id=new_id(),
        dispute_id=dispute.dispute_id,
        is_inquiry=DisputeState(dispute.state) in INQUIRIES,
        kind=kind.value,
        items=list(items),
        text=text.strip(),
        approved_by=principal.actor_id,
        approved_at=now,
    )
    session.add(answer)
    note_step(
        session, dispute, f"{kind.value}_approved", now=now, actor=str(principal.actor_id or "")
    )
    return answer.answer_id


def _record_refusal(
    session: Session, answer_id: UUID, refusal: GatewayRefused, *, now: datetime
) -> None:
    answer = _answer(session, answer_id)
    answer.refused_at, answer.refusal = now, refusal.code or "refused"
    dispute = _dispute(session, answer.dispute_id)
    note_step(session, dispute, f"{answer.kind}_refused", now=now, detail=answer.refusal)
    open_task(
        session,
        kind=REFUSED_TASK,
        subject_id=dispute.dispute_id,
        message=f"Stripe did not take the answer to a dispute ({answer.refusal}). Look it up "
        "there before the day it is due.",
        now=now,
    )


def _people(session: Session, guarantor_id: UUID) -> tuple[set[str], set[date]]:
    """Of everybody on the account: each name by itself, and dates of birth."""
    practice_id = practice_of(session)
    rows = [
        row
        for table in (Guarantor, Patient)
        for row in session.execute(
            select(table.first_name, table.last_name, table.born_on).where(
                table.practice_id == practice_id, table.guarantor_id == guarantor_id
            )
        )
    ]
    names = {word for row in rows for name in row[:2] for word in (name or "").split()}
    return names, {row.born_on for row in rows if row.born_on is not None}


def _dispute(session: Session, dispute_id: UUID) -> DisputeRow:
    found = session.scalar(
        select(DisputeRow).where(
            DisputeRow.practice_id == practice_of(session), DisputeRow.dispute_id == dispute_id
        )
    )
    if found is None:
        raise DisputeNotFoundError(dispute_id)
    return found


def _answer(session: Session, answer_id: UUID) -> DisputeAnswer:
    return session.scalars(
        select(DisputeAnswer).where(
            DisputeAnswer.practice_id == practice_of(session),
            DisputeAnswer.answer_id == answer_id,
        )
    ).one()


def _audit(
    session: Session, dispute: DisputeRow, action: str, *, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="payment",
        object_id=dispute.payment_id,
        guarantor_id=dispute.guarantor_id,
        now=now,
        request_id=request_id,
    )
