"""What an open case holds: its visits, each on its own; of help with paying, the whole account.

Done as the portal itself, in the transaction after the one that opened or closed the case; where an
import runs, or a worker dies between the two, ``keep_holds`` does it within the minute.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.cases.models import Case, CaseVisit
from portal.cases.ports import DisputeHolds
from portal.cases.store import today_of
from portal.db import Database, Principal, new_id, practice_of, principal_of
from portal.domain.account_holds import AccountHoldKind
from portal.domain.cases import HOLDS_VISITS, STANDING
from portal.domain.hold_kinds import HoldKind
from portal.practice.models import Guarantor, Hold
from portal.request_id import request_id

JOB = "keep_case_holds"

_HOLDING = tuple(sorted(kind.value for kind in HOLDS_VISITS))
_STANDING = tuple(sorted(state.value for state in STANDING))


def keep_holds(database: Database, practice_id: UUID, holds: DisputeHolds, *, now: datetime) -> int:
    """Hold what open cases are about, release what none is about any more. How many changed."""
    with database.transaction(Principal.job(practice_id, role=JOB)) as session:
        wanted, held = _wanted(session), _held(session)
        todo = ((holds.place, wanted - held), (holds.end, _ours(session, held - wanted)))
        changed = 0
        for change, claim_ids in todo:
            done = not claim_ids or change(
                session,
                claim_ids,
                now=now,
                today=today_of(session, now),
                request_id=request_id(),
            )
            changed += len(claim_ids) if done else 0
        return changed


def hold_account(session: Session, guarantor_id: UUID, *, reason: str, now: datetime) -> None:
    """Nothing is asked while help is being decided; where it is held so already, it stays."""
    lock_account(session, guarantor_id)
    if _standing(session, guarantor_id) is None:
        session.execute(
            insert(Hold).values(
                practice_id=practice_of(session),
                hold_id=new_id(),
                guarantor_id=guarantor_id,
                kind=AccountHoldKind.ASSISTANCE_PENDING.value,
                reason=reason,
                placed_at=now,
                placed_by=_actor(session),
            )
        )


def free_account(session: Session, guarantor_id: UUID, *, reason: str, now: datetime) -> None:
    """It is decided: the hold ends, whoever placed it."""
    lock_account(session, guarantor_id)
    hold_id = _standing(session, guarantor_id)
    if hold_id is not None:
        session.execute(
            update(Hold)
            .where(Hold.practice_id == practice_of(session), Hold.hold_id == hold_id)
            .values(released_at=now, released_by=_actor(session), release_reason=reason)
        )


def paused_of(session: Session, claim_ids: Iterable[UUID]) -> frozenset[UUID]:
    """Of these visits those that are held as disputed now."""
    rows = session.scalars(
        select(Hold.claim_id).where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id.in_(list(claim_ids)),
            Hold.kind == HoldKind.DISPUTED.value,
            Hold.released_at.is_(None),
        )
    )
    return frozenset(one for one in rows if one is not None)


def _wanted(session: Session) -> frozenset[UUID]:
    practice_id = practice_of(session)
    rows = session.scalars(
        select(CaseVisit.claim_id)
        .join(Case, (Case.practice_id == practice_id) & (Case.case_id == CaseVisit.case_id))
        .where(
            CaseVisit.practice_id == practice_id,
            Case.kind.in_(_HOLDING),
            Case.state.in_(_STANDING),
            Case.is_holding,
        )
    )
    return frozenset(rows)


def _held(session: Session) -> frozenset[UUID]:
    rows = session.scalars(
        select(Hold.claim_id).where(
            Hold.practice_id == practice_of(session),
            Hold.claim_id.is_not(None),
            Hold.kind == HoldKind.DISPUTED.value,
            Hold.released_at.is_(None),
        )
    )
    return frozenset(one for one in rows if one is not None)


def _ours(session: Session, claim_ids: Collection[UUID]) -> frozenset[UUID]:
    """Of these visits those that a case was ever about: nobody else's hold is ended here."""
    if not claim_ids:
        return frozenset()
    rows = session.scalars(
        select(CaseVisit.claim_id).where(
            CaseVisit.practice_id == practice_of(session), CaseVisit.claim_id.in_(claim_ids)
        )
    )
    return frozenset(rows)


def lock_account(session: Session, guarantor_id: UUID) -> None:
    """Payments of this guarantor wait until this transaction ends."""
    session.execute(
        select(Guarantor.guarantor_id)
        .where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
        .with_for_update(key_share=True)
    ).one()


def _standing(session: Session, guarantor_id: UUID) -> UUID | None:
    return session.scalar(
        select(Hold.hold_id).where(
            Hold.practice_id == practice_of(session),
            Hold.guarantor_id == guarantor_id,
            Hold.claim_id.is_(None),
            Hold.kind == AccountHoldKind.ASSISTANCE_PENDING.value,
            Hold.released_at.is_(None),
        )
    )


def _actor(session: Session) -> str:
    principal = principal_of(session)
    return str(principal.actor_id or principal.role)
