"""The practice asks for less, or says that it never did: its own adjustments, line by line.

What a payer's decision has put back of one is gone, unless it waits for the payer's correction: a
void brings back what is left of it, and nothing of another one.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation, allocate
from portal.domain.feed_postings import let_off_returned, share_let_off
from portal.domain.journal import LedgerAccount, Target
from portal.domain.money import format_usd
from portal.domain.posting_table import LET_OFF_ACCOUNTS
from portal.domain.practice_feed import (
    ADJUSTMENT_ACCOUNTS_BY_CLASS,
    FeedRow,
    RowKind,
    RowRefusedError,
)
from portal.ledger.journal import post
from portal.ledger.models import PostingRow
from portal.practice.models import Claim
from portal.sync.feed_accounts import account_of, open_targets
from portal.sync.feed_receipts import FeedContext, Posted, keep_held, owner_of
from portal.sync.models import FeedRowRecord

_Place: TypeAlias = tuple[LedgerAccount, Target]


def post_adjustment(context: FeedContext, row_id: UUID, row: FeedRow) -> Posted:
    """Taken off what may be billed, the oldest service first. Raises RowRefusedError."""
    session = context.session
    guarantor_id = account_of(session, row)
    targets = open_targets(context.shares, guarantor_id, row)
    open_cents = sum(one.open_cents for one in targets)
    if row.adjustment_class is None or row.amount_cents > open_cents:
        raise RowRefusedError(
            f"It takes off {format_usd(row.amount_cents)}, and {format_usd(open_cents)} may be "
            "billed. If a plan still has to decide, import the feed again when it has."
        )
    parts = allocate(row.amount_cents, targets)
    entry = share_let_off(
        row_id,
        parts,
        ADJUSTMENT_ACCOUNTS_BY_CLASS[row.adjustment_class],
        guarantor_id=guarantor_id,
        effective_on=context.today,
    )
    entry_id = post(session, entry, now=context.now)
    context.shares.lower(guarantor_id, parts)
    return Posted(guarantor_id, entry_id)


def void_adjustment(context: FeedContext, row_id: UUID, earlier: FeedRowRecord) -> Posted:
    """Raises RowRefusedError when nothing of it is left, or it waits for a payer's correction."""
    session, guarantor_id = context.session, owner_of(earlier)
    if _waits(session, earlier, guarantor_id):
        raise RowRefusedError(
            "A payer has taken its decision back, and this waits for the next one. Import the "
            "feed again when it has come."
        )
    parts = _left_of(session, earlier, guarantor_id)
    if not parts:
        raise RowRefusedError(
            "A payer's decision has put it back already: nothing is left to be voided."
        )
    entry = let_off_returned(
        str(row_id), parts, guarantor_id=guarantor_id, effective_on=context.today
    )
    entry_id = post(session, entry, now=context.now)
    keep_held(context, row_id, guarantor_id, [part for _, part in parts])
    earlier.returned_cents = earlier.amount_cents
    return Posted(guarantor_id, entry_id, earlier.row_id)


def _waits(session: Session, adjustment: FeedRowRecord, guarantor_id: UUID) -> bool:
    """Whether some of what it took off is kept for a correction."""
    claim_ids = {
        target.claim_id
        for entry_id, (_, target), _ in _taken_off(session, guarantor_id)
        if entry_id == adjustment.entry_id
    }
    waiting = session.scalar(
        select(func.count())
        .select_from(Claim)
        .where(
            Claim.practice_id == practice_of(session),
            Claim.claim_id.in_(claim_ids),
            func.jsonb_typeof(Claim.waiting_let_off) == "object",
        )
    )
    return bool(waiting)


def _left_of(
    session: Session, adjustment: FeedRowRecord, guarantor_id: UUID
) -> Sequence[tuple[LedgerAccount, Allocation]]:
    """What it took off and still does. Of several in one place the oldest was put back first."""
    taken_off = _taken_off(session, guarantor_id)
    gone: dict[_Place, int] = defaultdict(int)
    for _, place, cents in taken_off:
        gone[place] += cents
    for place, cents in _standing(session, {target for _, target in gone}).items():
        if place in gone:
            gone[place] -= cents
    left = []
    for entry_id, place, cents in taken_off:
        put_back = min(cents, max(0, gone[place]))
        gone[place] -= put_back
        if entry_id == adjustment.entry_id and cents > put_back:
            account, target = place
            left.append((account, Allocation(target, cents - put_back)))
    return left


def _taken_off(session: Session, guarantor_id: UUID) -> Sequence[tuple[UUID, _Place, int]]:
    """By the adjustments of the account that were not voided, oldest first."""
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            PostingRow.entry_id,
            PostingRow.account,
            PostingRow.claim_id,
            PostingRow.charge_id,
            PostingRow.amount_cents,
        )
        .join(
            FeedRowRecord,
            (FeedRowRecord.practice_id == practice_id)
            & (FeedRowRecord.entry_id == PostingRow.entry_id),
        )
        .where(
            PostingRow.practice_id == practice_id,
            PostingRow.account.in_([account.value for account in LET_OFF_ACCOUNTS]),
            FeedRowRecord.guarantor_id == guarantor_id,
            FeedRowRecord.kind == RowKind.ADJUSTMENT.value,
            FeedRowRecord.returned_cents == 0,
        )
        .order_by(PostingRow.entry_id, PostingRow.leg_no)
    )
    return [
        (
            row.entry_id,
            (LedgerAccount(row.account), Target(row.claim_id, row.charge_id)),
            row.amount_cents,
        )
        for row in rows
    ]


def _standing(session: Session, targets: Collection[Target]) -> Mapping[_Place, int]:
    """What is let off now, by why and where."""
    rows = session.execute(
        select(
            PostingRow.account,
            PostingRow.claim_id,
            PostingRow.charge_id,
            func.sum(PostingRow.amount_cents).label("cents"),
        )
        .where(
            PostingRow.practice_id == practice_of(session),
            PostingRow.claim_id.in_({target.claim_id for target in targets}),
            PostingRow.account.in_([account.value for account in LET_OFF_ACCOUNTS]),
        )
        .group_by(PostingRow.account, PostingRow.claim_id, PostingRow.charge_id)
    )
    return {
        (LedgerAccount(row.account), Target(row.claim_id, row.charge_id)): int(row.cents)
        for row in rows
    }
