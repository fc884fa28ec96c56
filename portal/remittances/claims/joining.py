"""Claims of one number side by side: which may be one, and the rows that joining two leaves.

Decisions are append-only: a moved one is reversed where it was and written again where it belongs,
with its lines and adjustments, so that the patient's page can explain it.
"""

from collections.abc import Collection, Iterator, Mapping
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.claim_doubts import may_be_one
from portal.domain.claim_joining import (
    JoinedClaims,
    MovedDecision,
    Whose,
    are_two_patients,
    moves_into,
)
from portal.domain.money import format_usd
from portal.domain.patient_list import MADE_HERE
from portal.domain.remittance import REVERSAL_STATUS
from portal.ledger.models import Allocation
from portal.practice.decisions import AdjudicatedLine, Adjudication, AdjustmentRow
from portal.practice.models import Claim, Guarantor, Patient, Practice
from portal.practice.sent_claims import SentClaimRow
from portal.practice.tasks import UNAPPLIED_CREDIT_TASK, open_task
from portal.remittances.posting.claim_matching import claim_on_record, review_doubts
from portal.remittances.posting.decision_facts import facts_of
from portal.remittances.posting.known_claims import KnownClaim
from portal.remittances.posting.positions import claims_numbered

_NUMBER_IS_ACCOUNT = "account"


def number_is_account(session: Session) -> bool:
    """Whether the practice's CLP01 names an account rather than one claim."""
    meaning = session.scalar(
        select(Practice.claim_number_is).where(Practice.practice_id == practice_of(session))
    )
    return meaning == _NUMBER_IS_ACCOUNT


def lock_number(session: Session, claim_id: UUID, number: str) -> None:
    """This claim and all others of its number stay whose they are until the transaction ends."""
    is_it = Claim.claim_id == claim_id
    session.execute(
        select(Claim.claim_id)
        .where(
            Claim.practice_id == practice_of(session),
            or_(is_it, Claim.claim_number == number) if number else is_it,
        )
        .order_by(Claim.claim_id)
        .with_for_update(key_share=True)
    )


def guarantors_of_number(session: Session, number: str) -> list[UUID]:
    """Everybody who owes for a claim of this number, if it has one."""
    if not number:
        return []
    found = session.scalars(
        select(Claim.guarantor_id)
        .distinct()
        .where(
            Claim.practice_id == practice_of(session),
            Claim.claim_number == number,
            Claim.guarantor_id.is_not(None),
        )
    )
    return [guarantor_id for guarantor_id in found if guarantor_id is not None]


def possible_partners(session: Session, known: KnownClaim) -> list[KnownClaim]:
    """Claims of the same number that it may be joined with: never another patient's of ours."""
    doubtful = doubtful_claims(session, known)
    whose = whose_claims(session, [known, *doubtful])
    return [one for one in doubtful if not are_of_two_patients(known, one, whose)]


def are_of_two_patients(one: KnownClaim, other: KnownClaim, whose: Mapping[UUID, Whose]) -> bool:
    """Whether the practice knows both patients, and they are two."""

    def ours(known: KnownClaim) -> UUID | None:
        return known.patient_id if whose[known.claim_id] is Whose.OUR_PATIENT else None

    return are_two_patients(ours(one), ours(other))


def in_order(
    one: KnownClaim, another: KnownClaim, whose: Mapping[UUID, Whose]
) -> tuple[KnownClaim, KnownClaim]:
    """The claim to be emptied, and the one that stays."""
    is_emptied = moves_into(
        one.position,
        another.position,
        others=whose[one.claim_id],
        firsts=whose[another.claim_id],
    )
    return (one, another) if is_emptied else (another, one)


def whose_claims(session: Session, claims: Collection[KnownClaim]) -> Mapping[UUID, Whose]:
    """By claim. Whom only payers' files have named has an account made here and no birth date."""
    practice_id = practice_of(session)
    from_files = set(
        session.scalars(
            select(Patient.patient_id)
            .join(
                Guarantor,
                (Guarantor.practice_id == practice_id)
                & (Guarantor.guarantor_id == Patient.guarantor_id),
            )
            .where(
                Patient.practice_id == practice_id,
                Patient.patient_id == func.any([one.patient_id for one in claims]),
                Patient.born_on.is_(None),
                Guarantor.account_number.startswith(MADE_HERE),
            )
        )
    )
    return {
        one.claim_id: Whose.NOBODY
        if one.patient_id is None
        else Whose.FROM_A_FILE
        if one.patient_id in from_files
        else Whose.OUR_PATIENT
        for one in claims
    }


def doubtful_claims(session: Session, known: KnownClaim) -> list[KnownClaim]:
    """Claims of the same number that may be one with this one, whosever they are, oldest first."""
    if not known.claim_number or known.position.joined_to is not None:
        return []
    is_account, ours = number_is_account(session), claim_on_record(known)
    return [
        one
        for one in claims_numbered(session.connection(), practice_of(session), {known.claim_number})
        if one.position.joined_to is None
        and may_be_one(ours, claim_on_record(one), number_is_account=is_account)
    ]


def doubted_with(
    session: Session, known: KnownClaim
) -> Iterator[tuple[KnownClaim, frozenset[UUID]]]:
    """As ``review_doubts``, of what the database has now."""
    numbered = claims_numbered(session.connection(), practice_of(session), {known.claim_number})
    return review_doubts(known, numbered, number_is_account=number_is_account(session))


def write_moved(
    session: Session, joined: JoinedClaims, *, other: KnownClaim, first: KnownClaim, today: date
) -> None:
    """The rows of moved decisions, whatever was sent, and a claim that is left without a charge."""
    practice_id = practice_of(session)
    originals = {
        row.adjudication_id: row
        for row in session.scalars(
            select(Adjudication).where(
                Adjudication.practice_id == practice_id,
                Adjudication.claim_id == other.claim_id,
            )
        )
    }
    for moved in joined.moved:
        original = originals[moved.original.adjudication_id]
        session.execute(
            insert(Adjudication).values(
                [
                    _reversal_row(original, moved, today=today),
                    _again_row(original, moved, first=first),
                ]
            )
        )
        _copy_lines(session, moved, joined, guarantor_id=first.position.guarantor_id)
    session.execute(
        update(Claim)
        .where(Claim.practice_id == practice_id, Claim.claim_id == other.claim_id)
        .values(charge_cents=0)
    )
    session.execute(
        update(SentClaimRow)
        .where(SentClaimRow.practice_id == practice_id, SentClaimRow.claim_id == other.claim_id)
        .values(claim_id=first.claim_id, guarantor_id=first.position.guarantor_id)
    )


def tell_of_credit(
    session: Session, joined: JoinedClaims, *, other: KnownClaim, first: KnownClaim, now: datetime
) -> None:
    """Staff learn of payments on either claim that have no share to pay any more."""
    of_other, of_first = other.position.guarantor_id, first.position.guarantor_id
    if of_first is not None and joined.first_credit_cents:
        _tell(session, of_first, other=other, first=first, now=now)
    if of_other is not None and joined.other_credit_cents:
        _tell(session, of_other, other=other, first=first, now=now)


def _tell(
    session: Session, guarantor_id: UUID, *, other: KnownClaim, first: KnownClaim, now: datetime
) -> None:
    practice_id = practice_of(session)
    paid_them = select(Allocation.payment_id).where(
        Allocation.practice_id == practice_id,
        Allocation.claim_id.in_([other.claim_id, first.claim_id]),
    )
    unapplied = func.sum(Allocation.amount_cents)
    rows = session.execute(
        select(Allocation.payment_id, unapplied.label("cents"))
        .where(
            Allocation.practice_id == practice_id,
            Allocation.guarantor_id == guarantor_id,
            Allocation.claim_id.is_(None),
            Allocation.payment_id.in_(paid_them),
        )
        .group_by(Allocation.payment_id)
        .having(unapplied > 0)
        .order_by(Allocation.payment_id)
    )
    for row in rows:
        open_task(
            session,
            kind=UNAPPLIED_CREDIT_TASK,
            subject_id=row.payment_id,
            message=f"{format_usd(int(row.cents))} of a payment on claim {first.claim_number} are "
            "more than is owed, now that two claims are one. Refund them or use them for another "
            "bill.",
            now=now,
        )


def _reversal_row(
    original: Adjudication, moved: MovedDecision, *, today: date
) -> dict[str, object]:
    return _columns(original) | {
        "adjudication_id": moved.reversal.adjudication_id,
        "status": REVERSAL_STATUS,
        "charge_cents": -original.charge_cents,
        "paid_cents": -original.paid_cents,
        "responsibility_cents": -original.responsibility_cents,
        "disposition": moved.reversal.outcome.value,
        "voids_id": moved.original.adjudication_id,
        "decided_on": today,
        "facts": facts_of(moved.reversal),
    }


def _again_row(
    original: Adjudication, moved: MovedDecision, *, first: KnownClaim
) -> dict[str, object]:
    return _columns(original) | {
        "adjudication_id": moved.again.adjudication_id,
        "claim_id": first.claim_id,
        "guarantor_id": first.position.guarantor_id,
        "voids_id": None,
        "facts": facts_of(moved.again),
    }


def _copy_lines(
    session: Session, moved: MovedDecision, joined: JoinedClaims, *, guarantor_id: UUID | None
) -> None:
    practice_id, original_id = practice_of(session), moved.original.adjudication_id
    of_first: dict[str, object] = {
        "adjudication_id": moved.again.adjudication_id,
        "guarantor_id": guarantor_id,
    }
    lines = session.scalars(
        select(AdjudicatedLine).where(
            AdjudicatedLine.practice_id == practice_id,
            AdjudicatedLine.adjudication_id == original_id,
        )
    )
    decided = [
        _columns(one) | of_first | {"charge_id": _charge_of_first(one.charge_id, joined)}
        for one in lines
    ]
    if decided:
        session.execute(insert(AdjudicatedLine).values(decided))
    triplets = session.scalars(
        select(AdjustmentRow).where(
            AdjustmentRow.practice_id == practice_id,
            AdjustmentRow.adjudication_id == original_id,
        )
    )
    adjustments = [_columns(one) | of_first for one in triplets]
    if adjustments:
        session.execute(insert(AdjustmentRow).values(adjustments))


def _charge_of_first(charge_id: UUID | None, joined: JoinedClaims) -> UUID | None:
    return None if charge_id is None else joined.charge_ids.get(charge_id)


def _columns(row: Adjudication | AdjudicatedLine | AdjustmentRow) -> dict[str, object]:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
