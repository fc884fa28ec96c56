"""Whose a row of the feed is, and what of theirs it can be put to."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import OpenTarget
from portal.domain.journal import Target
from portal.domain.practice_feed import FeedRow, RowRefusedError
from portal.ledger.models import LedgerPost
from portal.ledger.queries import open_shares
from portal.practice.models import Claim, Guarantor, Hold
from portal.sync.models import FeedRowRecord


def lock_accounts(session: Session, rows: Iterable[FeedRow]) -> None:
    """Everybody whom the rows may concern, in one order: nobody waits for somebody who waits."""
    rows = list(rows)
    practice_id = practice_of(session)
    accounts = [row.account_number for row in rows]
    claims = [row.claim_number for row in rows if row.claim_number]
    posts = [row.post_id for row in rows if row.post_id]
    referred = [row.refers_to for row in rows if row.refers_to]
    queries = (
        select(Guarantor.guarantor_id).where(
            Guarantor.practice_id == practice_id, Guarantor.account_number == func.any(accounts)
        ),
        select(Claim.guarantor_id).where(
            Claim.practice_id == practice_id, Claim.claim_number == func.any(claims)
        ),
        select(LedgerPost.guarantor_id).where(
            LedgerPost.practice_id == practice_id, LedgerPost.post_id == func.any(posts)
        ),
        select(FeedRowRecord.guarantor_id).where(
            FeedRowRecord.practice_id == practice_id, FeedRowRecord.row_key == func.any(referred)
        ),
    )
    found = {one for query in queries for one in session.scalars(query)} - {None}
    session.execute(
        select(Guarantor.guarantor_id)
        .where(
            Guarantor.practice_id == practice_id, Guarantor.guarantor_id == func.any(list(found))
        )
        .order_by(Guarantor.guarantor_id)
        .with_for_update(key_share=True)
    )


def account_of(session: Session, row: FeedRow) -> UUID:
    """Who owes, by account number or else by claim number. Raises RowRefusedError."""
    owners = _owners_of_claim(session, row.claim_number) if row.claim_number else set()
    known = {owner for owner in owners if owner is not None}
    if row.account_number:
        guarantor_id = _account_numbered(session, row.account_number)
        if known and guarantor_id not in known:
            raise RowRefusedError(
                f"Claim {row.claim_number} is not of account {row.account_number} here."
            )
        return guarantor_id
    if len(known) == 1 and len(owners) == 1:
        return known.pop()
    if not owners:
        raise RowRefusedError(
            f"There is no claim {row.claim_number} here yet. Say the account_number, too, and the "
            "money waits for the claim."
        )
    raise RowRefusedError(
        f"Nobody, or more than one account, owes for claim {row.claim_number} here. Say the "
        "account_number, too, or match the claim to its patient first."
    )


def open_targets(session: Session, guarantor_id: UUID, row: FeedRow) -> Sequence[OpenTarget]:
    """What may be billed now: of the row's visit, or of the whole account when it names none."""
    shares = [one for one in open_shares(session, guarantor_id) if one.open_cents > 0]
    claims = {
        one.claim_id: one
        for one in session.execute(
            select(Claim.claim_id, Claim.claim_number, Claim.service_on).where(
                Claim.practice_id == practice_of(session),
                Claim.claim_id.in_({share.claim_id for share in shares}),
            )
        )
    }
    order = sorted(
        shares,
        key=lambda one: (claims[one.claim_id].claim_number, str(one.charge_id)),
    )
    return [
        OpenTarget(
            Target(share.claim_id, share.charge_id),
            claims[share.claim_id].service_on,
            share.open_cents,
        )
        for share in order
        if is_of_visit(row, claims[share.claim_id].claim_number, claims[share.claim_id].service_on)
    ]


def is_of_visit(row: FeedRow, claim_number: str, service_on: date | None) -> bool:
    """Whether a claim is of the visit that a row names."""
    names_it = not row.claim_number or row.claim_number == claim_number
    return names_it and (row.service_on is None or row.service_on == service_on)


def held_claims(session: Session, claim_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of which nothing may be billed."""
    rows = session.scalars(
        select(Hold.claim_id).where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id.in_(claim_ids),
            Hold.released_at.is_(None),
        )
    )
    return frozenset(one for one in rows if one is not None)


def claims_named(session: Session, guarantor_id: UUID, claim_number: str) -> bool:
    """Whether a claim of that number is on the account, or may turn out to be."""
    found = session.scalar(
        select(Claim.claim_id)
        .where(
            Claim.practice_id == practice_of(session),
            Claim.claim_number == claim_number,
            or_(Claim.guarantor_id == guarantor_id, Claim.guarantor_id.is_(None)),
        )
        .limit(1)
    )
    return found is not None


def _account_numbered(session: Session, account_number: str) -> UUID:
    guarantor_id = session.scalar(
        select(Guarantor.guarantor_id).where(
            Guarantor.practice_id == practice_of(session),
            Guarantor.account_number == account_number,
        )
    )
    if guarantor_id is None:
        raise RowRefusedError(
            f"There is no account {account_number} here. Load it with portal practice load, then "
            "import the feed again."
        )
    return guarantor_id


def _owners_of_claim(session: Session, claim_number: str) -> set[UUID | None]:
    return set(
        session.scalars(
            select(Claim.guarantor_id).where(
                Claim.practice_id == practice_of(session), Claim.claim_number == claim_number
            )
        )
    )
