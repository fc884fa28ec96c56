"""Whose a row of the feed is, and what of theirs it can be put to."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.allocation import Allocation, OpenTarget
from portal.domain.journal import Target
from portal.domain.practice_feed import FeedRow, RowRefusedError
from portal.ledger.models import LedgerPost
from portal.ledger.plan_cover import cents_on_plans
from portal.ledger.queries import open_shares
from portal.practice.decisions import Adjudication
from portal.practice.models import Claim, Guarantor, Hold
from portal.practice.sent_claims import SentClaimRow
from portal.sync.models import FeedRowRecord


def lock_accounts(session: Session, rows: Iterable[FeedRow]) -> None:
    """Everybody whom the rows may concern, in one order: nobody waits for somebody who waits.

    Then the claims that they name: those find no patient meanwhile. Whoever was found for one in
    between comes last.
    """
    rows = list(rows)
    practice_id = practice_of(session)
    known = _concerned(session, rows)
    _lock(session, known)
    session.execute(
        select(Claim.claim_id)
        .where(
            Claim.practice_id == practice_id,
            Claim.claim_number == func.any([row.claim_number for row in rows if row.claim_number]),
        )
        .order_by(Claim.claim_id)
        .with_for_update(key_share=True)
    )
    _lock(session, _concerned(session, rows) - known)


def _concerned(session: Session, rows: Sequence[FeedRow]) -> frozenset[UUID]:
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
    return frozenset(one for query in queries for one in session.scalars(query) if one is not None)


def _lock(session: Session, guarantor_ids: Collection[UUID]) -> None:
    session.execute(
        select(Guarantor.guarantor_id)
        .where(
            Guarantor.practice_id == practice_of(session),
            Guarantor.guarantor_id == func.any(list(guarantor_ids)),
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


def require_same_visit(
    session: Session, row: FeedRow, earlier: Mapping[str, str], guarantor_id: UUID
) -> None:
    """A row names nothing else than the one it refers to. Raises RowRefusedError.

    ``earlier`` is that one's content; where it named no claim, any of its account's will do.
    """
    if row.account_number and _account_numbered(session, row.account_number) != guarantor_id:
        raise RowRefusedError(f"Row {row.refers_to} is of another account.")
    named = earlier["claim_number"]
    of_theirs = not named and guarantor_id in _owners_of_claim(session, row.claim_number)
    if row.claim_number and row.claim_number != named and not of_theirs:
        raise RowRefusedError(f"Row {row.refers_to} is of another claim.")
    day = earlier["service_on"]
    if row.service_on and day and row.service_on != date.fromisoformat(day):
        raise RowRefusedError(f"Row {row.refers_to} is of another day.")


@dataclass(slots=True)
class _Line:
    """A share of somebody's, and of which claim and day it is.

    ``on_plan_cents`` of it a payment plan asked for when the block began.
    """

    target: Target
    claim_number: str
    service_on: date | None
    open_cents: int
    on_plan_cents: int

    @property
    def beside_plan_cents(self) -> int:
        return max(0, self.open_cents - self.on_plan_cents)


class SharesOfBlock:
    """What accounts owe, each read once in a block: they are locked, so only its rows change it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lines: dict[UUID, list[_Line]] = {}

    def of(self, guarantor_id: UUID) -> Sequence[_Line]:
        """In the order of claim numbers."""
        if guarantor_id not in self._lines:
            self._lines[guarantor_id] = _read_lines(self._session, guarantor_id)
        return self._lines[guarantor_id]

    def lower(self, guarantor_id: UUID, parts: Iterable[Allocation]) -> None:
        """So much less is open: it was paid, or let off."""
        cents = {part.target: part.amount_cents for part in parts}
        for line in self.of(guarantor_id):
            line.open_cents -= cents.get(line.target, 0)

    def forget(self, guarantor_id: UUID) -> None:
        """Something else changed: read it again when it is asked for."""
        self._lines.pop(guarantor_id, None)


def open_targets(shares: SharesOfBlock, guarantor_id: UUID, row: FeedRow) -> Sequence[OpenTarget]:
    """What may be billed now: of the row's visit, or of the whole account when it names none."""
    return [
        OpenTarget(line.target, line.service_on, line.open_cents)
        for line in shares.of(guarantor_id)
        if line.open_cents > 0 and is_of_visit(row, line.claim_number, line.service_on)
    ]


def payable_targets(
    shares: SharesOfBlock, guarantor_id: UUID, row: FeedRow
) -> Sequence[OpenTarget]:
    """The same for money: what names no visit was not meant for a payment plan."""
    if row.names_a_visit:
        return open_targets(shares, guarantor_id, row)
    return [
        OpenTarget(line.target, line.service_on, line.beside_plan_cents)
        for line in shares.of(guarantor_id)
        if line.beside_plan_cents
    ]


def _read_lines(session: Session, guarantor_id: UUID) -> list[_Line]:
    shares = [one for one in open_shares(session, guarantor_id) if one.open_cents > 0]
    on_plans = cents_on_plans(session, guarantor_id)
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
        _Line(
            Target(share.claim_id, share.charge_id),
            claims[share.claim_id].claim_number,
            claims[share.claim_id].service_on,
            share.open_cents,
            on_plans.get(Target(share.claim_id, share.charge_id), 0),
        )
        for share in order
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
            ~_is_emptied(session),
        )
        .limit(1)
    )
    return found is not None


def claim_of_day(session: Session, guarantor_id: UUID, service_on: date | None) -> str | None:
    """The number of a claim of the account and day; of an unknown day none is known."""
    if service_on is None:
        return None
    return session.scalar(
        select(Claim.claim_number)
        .where(
            Claim.practice_id == practice_of(session),
            Claim.guarantor_id == guarantor_id,
            Claim.service_on == service_on,
            ~_is_emptied(session),
        )
        .order_by(Claim.claim_id)
        .limit(1)
    )


def emptied_claim(session: Session, guarantor_id: UUID, claim_number: str) -> UUID | None:
    """The account's claim of that number of which a void has left nothing."""
    return session.scalar(
        select(Claim.claim_id)
        .where(
            Claim.practice_id == practice_of(session),
            Claim.claim_number == claim_number,
            Claim.guarantor_id == guarantor_id,
            _is_emptied(session),
        )
        .order_by(Claim.claim_id)
        .limit(1)
    )


def _is_emptied(session: Session) -> ColumnElement[bool]:
    """Nothing is charged for it, no payer decided it and none was asked."""
    practice_id = practice_of(session)
    return (
        (Claim.charge_cents == 0)
        & ~exists().where(
            Adjudication.practice_id == practice_id, Adjudication.claim_id == Claim.claim_id
        )
        & ~exists().where(
            SentClaimRow.practice_id == practice_id, SentClaimRow.claim_id == Claim.claim_id
        )
    )


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
                Claim.practice_id == practice_of(session),
                Claim.claim_number == claim_number,
                ~_is_emptied(session),
            )
        )
    )
