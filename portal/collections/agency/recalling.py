"""The job that takes back what an agency must not ask for any more: paid, changed or held."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, union
from sqlalchemy.orm import Session

from portal.collections.agency.placing import RecallReason, recall_lines, standing_lines
from portal.db import Database, Principal, practice_of
from portal.domain.journal import LedgerAccount
from portal.ledger.models import PlacedLine, PostingRow
from portal.ledger.queries import open_shares, unapplied_credit_cents
from portal.payments.disputes.models import DisputeRow
from portal.plans.moves import lock_payer
from portal.practice.models import Hold

_KEPT = (LedgerAccount.UNAPPLIED_CREDIT.value, LedgerAccount.PATIENT_DEPOSITS.value)


@dataclass(frozen=True, slots=True)
class RecallCounts:
    """What one run took back."""

    people: int = 0
    cents: int = 0

    def as_json(self) -> dict[str, int]:
        """For the log and for commands."""
        return asdict(self)


def recall_what_changed(database: Database, practice_id: UUID, *, now: datetime) -> RecallCounts:
    """One transaction a person, under their lock; run again it finds nothing."""
    principal = Principal.job(practice_id, role="recall")
    with database.transaction(principal) as session:
        suspects = _suspects(session)
    people = cents = 0
    for guarantor_id in suspects:
        with database.transaction(principal) as session:
            lock_payer(session, guarantor_id)
            back = _recall(session, guarantor_id, now=now)
            people, cents = people + bool(back), cents + back
    return RecallCounts(people, cents)


def _suspects(session: Session) -> Sequence[UUID]:
    """People with something at an agency, and money, less owed, a hold or a dispute here."""
    practice_id = practice_of(session)
    theirs = select(PlacedLine.guarantor_id).where(
        PlacedLine.practice_id == practice_id, PlacedLine.recalled_at.is_(None)
    )
    money = (
        select(PostingRow.guarantor_id)
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id.in_(theirs),
            PostingRow.account.in_(_KEPT),
        )
        .group_by(PostingRow.guarantor_id)
        .having(func.sum(PostingRow.amount_cents) < 0)
    )
    less_owed = (
        select(PostingRow.guarantor_id)
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.guarantor_id.in_(theirs),
            PostingRow.account == LedgerAccount.PATIENT_RECEIVABLE.value,
        )
        .group_by(PostingRow.guarantor_id, PostingRow.claim_id, PostingRow.charge_id)
        .having(func.sum(PostingRow.amount_cents) < 0)
    )
    held = select(Hold.guarantor_id).where(
        Hold.practice_id == practice_id,
        Hold.guarantor_id.in_(theirs),
        Hold.claim_id.is_(None),
        Hold.released_at.is_(None),
    )
    disputed = select(DisputeRow.guarantor_id).where(
        DisputeRow.practice_id == practice_id,
        DisputeRow.guarantor_id.in_(theirs),
        DisputeRow.closed_at.is_(None),
    )
    found = union(money, less_owed, held, disputed).subquery()
    return session.scalars(select(found.c.guarantor_id).order_by(found.c.guarantor_id)).all()


def _recall(session: Session, guarantor_id: UUID, *, now: datetime) -> int:
    """The cents that came back. A hold or a dispute takes all, money what it would pay."""
    rows = standing_lines(session, [guarantor_id])
    if _is_stopped(session, guarantor_id):
        recall_lines(session, rows, RecallReason.HOLD, now=now)
        return sum(row.amount_cents for row in rows)
    open_cents = {
        (share.claim_id, share.charge_id): share.open_cents
        for share in open_shares(session, guarantor_id)
    }
    changed = [row for row in rows if open_cents.get((row.claim_id, row.charge_id), 0) < 0]
    recall_lines(session, changed, RecallReason.INSURANCE, now=now)
    paid = _paid_by(rows, changed, _money_cents(session, guarantor_id))
    recall_lines(session, paid, RecallReason.MONEY, now=now)
    return sum(row.amount_cents for row in (*changed, *paid))


def _paid_by(
    rows: Sequence[PlacedLine], changed: Sequence[PlacedLine], money_cents: int
) -> list[PlacedLine]:
    """Lines that the money pays, whole or in part, the first billed first."""
    found = []
    for row in (one for one in rows if one not in changed):
        if money_cents <= 0:
            break
        found.append(row)
        money_cents -= row.amount_cents
    return found


def _money_cents(session: Session, guarantor_id: UUID) -> int:
    deposits = session.scalar(
        select(func.coalesce(-func.sum(PostingRow.amount_cents), 0)).where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.guarantor_id == guarantor_id,
            PostingRow.account == LedgerAccount.PATIENT_DEPOSITS.value,
        )
    )
    return unapplied_credit_cents(session, guarantor_id) + int(deposits or 0)


def _is_stopped(session: Session, guarantor_id: UUID) -> bool:
    practice_id = practice_of(session)
    held = select(Hold.hold_id).where(
        Hold.practice_id == practice_id,
        Hold.guarantor_id == guarantor_id,
        Hold.claim_id.is_(None),
        Hold.released_at.is_(None),
    )
    disputed = select(DisputeRow.dispute_id).where(
        DisputeRow.practice_id == practice_id,
        DisputeRow.guarantor_id == guarantor_id,
        DisputeRow.closed_at.is_(None),
    )
    return session.scalar(held.union(disputed).limit(1)) is not None
