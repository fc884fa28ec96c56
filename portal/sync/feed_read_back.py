"""Our own posts as the practice's system has them now: confirmed, or its books differ from ours.

A read-back is never new money. While the books differ, the guarantor is held: the practice wins
charges and insurance, the portal wins its own payments.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.db import new_id, practice_of, principal_of
from portal.domain.journal import BusinessEvent
from portal.domain.money import format_usd
from portal.domain.practice_feed import FeedRow, RowKind, RowRefusedError
from portal.ledger.models import LedgerPost
from portal.ledger.outbox import LedgerPostState, move_to
from portal.practice.models import Hold
from portal.practice.tasks import end_task, open_task
from portal.sync.feed_receipts import FeedContext, Posted
from portal.sync.models import FeedRowRecord
from portal.sync.rows import lock_post

AGREED: Final = "The practice's books have our post as it is."
"""Why a hold ends that no one had to settle."""

HOLD_KIND: Final = "books_differ"
TASK_DRIFT: Final = "books_differ"
_KINDS: Final = {
    BusinessEvent.PAYMENT_SETTLED.value: RowKind.RECEIPT,
    BusinessEvent.DEPOSIT_TAKEN.value: RowKind.RECEIPT,
    BusinessEvent.REFUND_PAID.value: RowKind.REFUND,
    BusinessEvent.REFUND_RETURNED.value: RowKind.RECEIPT,
    BusinessEvent.SUSPENSE_CLEARED.value: RowKind.REFUND,
    BusinessEvent.DISPUTE_LOST.value: RowKind.REFUND,
    BusinessEvent.PAYMENT_VOIDED.value: RowKind.REFUND,
    BusinessEvent.PAYMENT_RETURNED.value: RowKind.REFUND,
}
_READ_BACK, _REFUSED = "read_back", "refused"


class DriftError(RowRefusedError):
    """The two books say different things about one payment of this guarantor."""

    def __init__(self, sentence: str, guarantor_id: UUID) -> None:
        super().__init__(sentence)
        self.guarantor_id = guarantor_id


def read_back(context: FeedContext, row: FeedRow) -> Posted:
    """The post is confirmed. Raises DriftError, or RowRefusedError where it is none of ours."""
    session = context.session
    post = lock_post(session, row.post_id) if row.post_id else None
    if post is None:
        raise RowRefusedError(
            f"We have no post {row.post_id}. If a backup was restored, compare the two books of "
            "that time."
        )
    state = LedgerPostState(post.state)
    if state in {LedgerPostState.QUEUED, LedgerPostState.REJECTED}:
        was = "waits to be sent" if state is LedgerPostState.QUEUED else "was refused over there"
        raise DriftError(
            f"Our post {row.post_id} {was}, and the practice's books have it all the same.",
            post.guarantor_id,
        )
    _compare(context, row, post)
    if state is LedgerPostState.SENT:
        move_to(session, post.post_id, LedgerPostState.ACKNOWLEDGED, now=context.now)
    move_to(session, post.post_id, LedgerPostState.CONFIRMED, now=context.now, detail=row.row_id)
    return Posted(post.guarantor_id, post.entry_id)


def hold_for_drift(context: FeedContext, drift: DriftError, row_id: UUID) -> None:
    """Nothing is asked of this person until the two books say the same."""
    session = context.session
    open_task(session, kind=TASK_DRIFT, subject_id=row_id, message=str(drift), now=context.now)
    if _standing(session, drift.guarantor_id) is None:
        session.execute(
            insert(Hold).values(
                practice_id=practice_of(session),
                hold_id=new_id(),
                guarantor_id=drift.guarantor_id,
                kind=HOLD_KIND,
                reason=str(drift),
                placed_at=context.now,
                placed_by=principal_of(session).role,
            )
        )


def end_hold(session: Session, guarantor_id: UUID, *, reason: str, now: datetime) -> None:
    """When no row of this guarantor waits any more: it agrees, or staff settled it and said why."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(FeedRowRecord.row_id, FeedRowRecord.outcome, FeedRowRecord.settled_at).where(
            FeedRowRecord.practice_id == practice_id,
            FeedRowRecord.guarantor_id == guarantor_id,
            FeedRowRecord.post_id.is_not(None),
        )
    ).all()
    differing = [one for one in rows if one.outcome == _REFUSED and one.settled_at is None]
    for row in rows:
        if row not in differing:
            end_task(session, kind=TASK_DRIFT, subject_id=row.row_id, now=now)
    hold_id = _standing(session, guarantor_id)
    if differing or hold_id is None:
        return
    principal = principal_of(session)
    session.execute(
        update(Hold)
        .where(Hold.practice_id == practice_id, Hold.hold_id == hold_id)
        .values(
            released_at=now,
            released_by=str(principal.actor_id or principal.role),
            release_reason=reason,
        )
    )


def end_drift(session: Session, row: FeedRowRecord, *, now: datetime) -> None:
    """What such a row comes to now is another story: it differs from no post of ours any more."""
    row.post_id = None
    session.flush()
    end_task(session, kind=TASK_DRIFT, subject_id=row.row_id, now=now)
    if row.guarantor_id is not None:
        end_hold(session, row.guarantor_id, reason=AGREED, now=now)


def _compare(context: FeedContext, row: FeedRow, post: LedgerPost) -> None:
    """Raises DriftError."""
    ours, theirs = abs(post.amount_cents), row.amount_cents
    kind = _KINDS.get(post.kind)
    if kind is not row.kind:
        sentence = f"Our post {post.post_id} is no {row.kind}."
    elif ours != theirs:
        sentence = (
            f"Our post {post.post_id} is {format_usd(ours)}, the practice's books have "
            f"{format_usd(theirs)}."
        )
    elif row.account_number and row.account_number != post.details["account_number"]:
        sentence = (
            f"Our post {post.post_id} is of account {post.details['account_number']}, the "
            f"practice's books have it on {row.account_number}."
        )
    elif _is_read_back(context, post):
        sentence = f"The practice's books have our post {post.post_id} twice."
    else:
        return
    raise DriftError(sentence, post.guarantor_id)


def _is_read_back(context: FeedContext, post: LedgerPost) -> bool:
    """Under another id of the practice's: the same id is seen and does not come here."""
    found = context.session.scalar(
        select(FeedRowRecord.row_id).where(
            FeedRowRecord.practice_id == practice_of(context.session),
            FeedRowRecord.post_id == post.post_id,
            FeedRowRecord.outcome == _READ_BACK,
        )
    )
    return found is not None


def _standing(session: Session, guarantor_id: UUID) -> UUID | None:
    return session.scalar(
        select(Hold.hold_id).where(
            Hold.practice_id == practice_of(session),
            Hold.guarantor_id == guarantor_id,
            Hold.claim_id.is_(None),
            Hold.kind == HOLD_KIND,
            Hold.released_at.is_(None),
        )
    )
