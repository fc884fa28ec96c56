"""Holds on a whole account: placed and ended by staff with a reason, one of a kind at a time."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.auth.roles import Role
from portal.db import Database, Principal, new_id, practice_of, principal_of
from portal.domain.account_holds import AccountHoldKind, may_end
from portal.practice.models import Guarantor, Hold

_KINDS = frozenset(AccountHoldKind)
_MANAGERS = frozenset({Role.MANAGER, Role.ADMIN})


class UnknownAccountError(LookupError):
    """No such guarantor in this practice."""


class HoldStandsError(ValueError):
    """The account has a hold of this kind already."""


class HoldNotEndedError(ValueError):
    """It does not stand, or this role may not end it."""


@dataclass(frozen=True, slots=True)
class AccountHoldRow:
    """One hold that stands. ``kind`` may be one that we no longer place."""

    kind: str
    reason: str
    placed_on: date
    placed_by: str  # a name, empty when a job did it
    may_end: bool


def standing_account_holds(
    session: Session, guarantor_id: UUID, *, zone: ZoneInfo
) -> tuple[AccountHoldRow, ...]:
    """What keeps this account from being billed, and whether whoever asks may end it."""
    practice_id = practice_of(session)
    rows = session.scalars(
        select(Hold)
        .where(
            Hold.practice_id == practice_id,
            Hold.guarantor_id == guarantor_id,
            Hold.claim_id.is_(None),
            Hold.released_at.is_(None),
        )
        .order_by(Hold.hold_id)
    ).all()
    names = {
        str(staff_id): name
        for staff_id, name in session.execute(
            select(StaffMember.staff_id, StaffMember.name).where(
                StaffMember.practice_id == practice_id
            )
        )
    }
    is_manager = _is_manager(session)
    return tuple(
        AccountHoldRow(
            kind=one.kind,
            reason=one.reason,
            placed_on=one.placed_at.astimezone(zone).date(),
            placed_by=names.get(one.placed_by, ""),
            may_end=one.kind in _KINDS
            and may_end(AccountHoldKind(one.kind), is_manager=is_manager),
        )
        for one in rows
    )


def place_account_hold(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    kind: AccountHoldKind,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """Nothing is asked of this person until somebody ends it.

    Raises UnknownAccountError and HoldStandsError.
    """
    with database.transaction(principal) as session:
        _lock(session, guarantor_id)
        if _standing(session, guarantor_id, kind) is not None:
            raise HoldStandsError(kind)
        session.execute(
            insert(Hold).values(
                practice_id=practice_of(session),
                hold_id=new_id(),
                guarantor_id=guarantor_id,
                kind=kind.value,
                reason=reason,
                placed_at=now,
                placed_by=_actor(session),
            )
        )
        _note(session, guarantor_id, action="place_hold", now=now, request_id=request_id)


def end_account_hold(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    kind: AccountHoldKind,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """The account may be billed again, unless another hold stands.

    Raises UnknownAccountError and HoldNotEndedError.
    """
    with database.transaction(principal) as session:
        _lock(session, guarantor_id)
        hold_id = _standing(session, guarantor_id, kind)
        if hold_id is None or not may_end(kind, is_manager=_is_manager(session)):
            raise HoldNotEndedError(kind)
        session.execute(
            update(Hold)
            .where(Hold.practice_id == practice_of(session), Hold.hold_id == hold_id)
            .values(released_at=now, released_by=_actor(session), release_reason=reason)
        )
        _note(session, guarantor_id, action="release_hold", now=now, request_id=request_id)


def _lock(session: Session, guarantor_id: UUID) -> None:
    """Two people of the desk, or a statement being issued, come one after the other."""
    found = session.scalar(
        select(Guarantor.guarantor_id)
        .where(
            Guarantor.practice_id == practice_of(session), Guarantor.guarantor_id == guarantor_id
        )
        .with_for_update(key_share=True)
    )
    if found is None:
        raise UnknownAccountError(guarantor_id)


def _standing(session: Session, guarantor_id: UUID, kind: AccountHoldKind) -> UUID | None:
    return session.scalar(
        select(Hold.hold_id).where(
            Hold.practice_id == practice_of(session),
            Hold.guarantor_id == guarantor_id,
            Hold.claim_id.is_(None),
            Hold.kind == kind.value,
            Hold.released_at.is_(None),
        )
    )


def _is_manager(session: Session) -> bool:
    return principal_of(session).role in _MANAGERS


def _actor(session: Session) -> str:
    principal = principal_of(session)
    return str(principal.actor_id or principal.role)


def _note(
    session: Session, guarantor_id: UUID, *, action: str, now: datetime, request_id: str
) -> None:
    record(
        session,
        action=action,
        object_kind="guarantor",
        object_id=guarantor_id,
        guarantor_id=guarantor_id,
        now=now,
        request_id=request_id,
    )
