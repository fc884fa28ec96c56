"""What a task is about, read anew from its subject: numbers, amounts, another system's answer.

The sentences stand in templates/desk/task_words.html, one for each kind, in the reader's language.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.auth.links_apart import went_to_payer
from portal.db import practice_of
from portal.domain.journal import LedgerAccount
from portal.ledger.models import LedgerPost, PostingRow
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.payments.books.models import PayoutRow
from portal.payments.disputes.models import DisputeRow
from portal.payments.models import Payment, Refund
from portal.practice.decisions import Adjudication
from portal.practice.final_notices import FinalNoticeVisit
from portal.practice.models import Claim
from portal.practice.sent_claims import SentClaimRow
from portal.remittances.models import Remittance
from portal.sync.models import SyncBatch


@dataclass(frozen=True, slots=True)
class TaskFacts:
    """Empty where the subject has no such thing.

    ``number`` is the subject's own: a receipt's, a claim's, a payer's payment's, a batch's file.
    ``answer`` is what a mail server, the practice's system or we ourselves gave as the reason.
    """

    number: str = ""
    amount_cents: int | None = None
    claim_id: UUID | None = None
    answer: str = ""
    payment_id: UUID | None = None


NO_FACTS = TaskFacts()


def task_facts(session: Session, subject_ids: Sequence[UUID]) -> Mapping[UUID, TaskFacts]:
    """By subject; ids are unique over all tables, so each subject is found in one of them."""
    return {
        subject_id: facts
        for read in (
            _unsent_messages,
            _claims,
            _decisions,
            _remittances,
            _sent_claims,
            _payments,
            _disputes,
            _payouts,
            _suspended_money,
            _refunds,
            _posts,
            _batches,
            _final_notices,
        )
        for subject_id, facts in read(session, subject_ids)
    }


_Found = Iterator[tuple[UUID, TaskFacts]]


def _unsent_messages(session: Session, ids: Sequence[UUID]) -> _Found:
    """The subject is the guarantor: why their newest message that did not go out did not."""
    rows = session.scalars(
        select(Message)
        .where(
            Message.practice_id == practice_of(session),
            Message.guarantor_id.in_(ids),
            Message.state.in_((MessageState.BOUNCED.value, MessageState.NOT_SENT.value)),
            went_to_payer(practice_of(session)),
        )
        .order_by(Message.state_at, Message.message_id)
    )
    for row in rows:
        yield row.guarantor_id, TaskFacts(answer=row.detail)


def _claims(session: Session, ids: Sequence[UUID]) -> _Found:
    rows = session.execute(
        select(Claim.claim_id, Claim.claim_number).where(
            Claim.practice_id == practice_of(session), Claim.claim_id.in_(ids)
        )
    )
    for row in rows:
        yield row.claim_id, TaskFacts(row.claim_number, claim_id=row.claim_id)


def _decisions(session: Session, ids: Sequence[UUID]) -> _Found:
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            Adjudication.adjudication_id,
            Adjudication.paid_cents,
            Claim.claim_id,
            Claim.claim_number,
        )
        .join(Claim, (Claim.practice_id == practice_id) & (Claim.claim_id == Adjudication.claim_id))
        .where(Adjudication.practice_id == practice_id, Adjudication.adjudication_id.in_(ids))
    )
    for row in rows:
        facts = TaskFacts(row.claim_number, row.paid_cents, claim_id=row.claim_id)
        yield row.adjudication_id, facts


def _final_notices(session: Session, ids: Sequence[UUID]) -> _Found:
    """With the numbers of all visits that the notice is about."""
    practice_id = practice_of(session)
    numbers = func.string_agg(Claim.claim_number, ", ").label("numbers")
    rows = session.execute(
        select(FinalNoticeVisit.notice_id, numbers)
        .join(
            Claim,
            (Claim.practice_id == practice_id) & (Claim.claim_id == FinalNoticeVisit.claim_id),
        )
        .where(FinalNoticeVisit.practice_id == practice_id, FinalNoticeVisit.notice_id.in_(ids))
        .group_by(FinalNoticeVisit.notice_id)
    )
    for row in rows:
        yield row.notice_id, TaskFacts(row.numbers)


def _remittances(session: Session, ids: Sequence[UUID]) -> _Found:
    rows = session.execute(
        select(Remittance.remittance_id, Remittance.trace_number, Remittance.payment_cents).where(
            Remittance.practice_id == practice_of(session), Remittance.remittance_id.in_(ids)
        )
    )
    for row in rows:
        yield row.remittance_id, TaskFacts(row.trace_number, row.payment_cents)


def _sent_claims(session: Session, ids: Sequence[UUID]) -> _Found:
    """With the claim on record that it is or changes, if one was found."""
    rows = session.execute(
        select(
            SentClaimRow.sent_claim_id,
            SentClaimRow.claim_number,
            SentClaimRow.charge_cents,
            SentClaimRow.claim_id,
        ).where(
            SentClaimRow.practice_id == practice_of(session), SentClaimRow.sent_claim_id.in_(ids)
        )
    )
    for row in rows:
        yield row.sent_claim_id, TaskFacts(row.claim_number, row.charge_cents, row.claim_id)


def _payments(session: Session, ids: Sequence[UUID]) -> _Found:
    rows = session.execute(
        select(Payment.payment_id, Payment.receipt_number, Payment.amount_cents).where(
            Payment.practice_id == practice_of(session), Payment.payment_id.in_(ids)
        )
    )
    for row in rows:
        yield (
            row.payment_id,
            TaskFacts(row.receipt_number or "", row.amount_cents, payment_id=row.payment_id),
        )


def _disputes(session: Session, ids: Sequence[UUID]) -> _Found:
    """A dispute is known by the receipt of its payment."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(DisputeRow.dispute_id, DisputeRow.amount_cents, Payment.receipt_number)
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == DisputeRow.payment_id),
        )
        .where(DisputeRow.practice_id == practice_id, DisputeRow.dispute_id.in_(ids))
    )
    for row in rows:
        yield row.dispute_id, TaskFacts(row.receipt_number or "", row.amount_cents)


def _payouts(session: Session, ids: Sequence[UUID]) -> _Found:
    rows = session.execute(
        select(PayoutRow.payout_id, PayoutRow.amount_cents).where(
            PayoutRow.practice_id == practice_of(session), PayoutRow.payout_id.in_(ids)
        )
    )
    for row in rows:
        yield row.payout_id, TaskFacts(amount_cents=row.amount_cents)


def _suspended_money(session: Session, ids: Sequence[UUID]) -> _Found:
    """The subject is the entry that keeps it apart: it is not the payment it says it is of."""
    rows = session.execute(
        select(PostingRow.entry_id, PostingRow.amount_cents).where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.entry_id.in_(ids),
            PostingRow.account == LedgerAccount.PAYMENT_SUSPENSE.value,
        )
    )
    for row in rows:
        yield row.entry_id, TaskFacts(amount_cents=-row.amount_cents)


def _refunds(session: Session, ids: Sequence[UUID]) -> _Found:
    """A refund is known by the receipt of its payment."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(Refund.refund_id, Refund.amount_cents, Payment.receipt_number)
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == Refund.payment_id),
        )
        .where(Refund.practice_id == practice_id, Refund.refund_id.in_(ids))
    )
    for row in rows:
        yield row.refund_id, TaskFacts(row.receipt_number or "", row.amount_cents)


def _posts(session: Session, ids: Sequence[UUID]) -> _Found:
    rows = session.execute(
        select(LedgerPost.post_id, LedgerPost.amount_cents, LedgerPost.reject_reason).where(
            LedgerPost.practice_id == practice_of(session), LedgerPost.post_id.in_(ids)
        )
    )
    for row in rows:
        facts = TaskFacts(amount_cents=row.amount_cents, answer=row.reject_reason or "")
        yield row.post_id, facts


def _batches(session: Session, ids: Sequence[UUID]) -> _Found:
    rows = session.execute(
        select(SyncBatch.batch_id, SyncBatch.file_name).where(
            SyncBatch.practice_id == practice_of(session), SyncBatch.batch_id.in_(ids)
        )
    )
    for row in rows:
        yield row.batch_id, TaskFacts(row.file_name)
