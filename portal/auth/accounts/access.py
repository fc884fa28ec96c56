"""For whom an account may act, and how far: read for each request, so an end counts at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, insert, or_, select
from sqlalchemy.orm import Session

from portal.auth.accounts.models import Account, AccountAccess
from portal.auth.accounts.principal import doorkeeper
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.account_access import AccessKind, AccessState, move_to
from portal.practice.models import Guarantor

__all__ = ["AccessKind", "AccessState"]

INVITATION_LIFETIME = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class AccountRef:
    """An account before anything of it is read."""

    practice_id: UUID
    account_id: UUID


@dataclass(frozen=True, slots=True)
class ActingFor:
    """Somebody whose bills an account may open."""

    access_id: UUID
    guarantor_id: UUID
    kind: AccessKind
    name: str
    state: AccessState
    email: str
    since: datetime


@dataclass(frozen=True, slots=True)
class SignedInAccount:
    """Who is signed in, and for whom they act in this session."""

    ref: AccountRef
    email: str
    access_id: UUID
    guarantor_id: UUID
    kind: AccessKind
    choices: int
    """How many people they may act for."""

    @property
    def principal(self) -> Principal:
        """One guarantor's rows; the audit log names the account."""
        return Principal.patient(
            self.ref.practice_id,
            guarantor_id=self.guarantor_id,
            actor_id=self.ref.account_id,
            access=self.kind,
        )

    @property
    def is_holder(self) -> bool:
        """Whether the bills are their own."""
        return self.kind is AccessKind.HOLDER


def signed_in_account(
    database: Database, ref: AccountRef, *, access_id: UUID
) -> SignedInAccount | None:
    """The account of a session; None once it, or what it opened, was ended."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        rows = session.execute(
            select(
                Account.email,
                AccountAccess.access_id,
                AccountAccess.guarantor_id,
                AccountAccess.kind,
            )
            .join(
                AccountAccess,
                and_(
                    AccountAccess.practice_id == Account.practice_id,
                    AccountAccess.account_id == Account.account_id,
                ),
            )
            .where(
                Account.practice_id == ref.practice_id,
                AccountAccess.practice_id == ref.practice_id,
                Account.account_id == ref.account_id,
                Account.ended_at.is_(None),
                AccountAccess.state == AccessState.ACTIVE.value,
            )
        ).all()
    for row in rows:
        if row.access_id == access_id:
            kind = AccessKind(row.kind)
            return SignedInAccount(ref, row.email, access_id, row.guarantor_id, kind, len(rows))
    return None


def choices_of(database: Database, ref: AccountRef) -> Sequence[ActingFor]:
    """Everybody the account may act for: oneself first, then by name."""
    with database.transaction(doorkeeper(ref.practice_id)) as session:
        found = _listed(session, AccountAccess.account_id == ref.account_id)
    return sorted(
        (one for one in found if one.state is AccessState.ACTIVE),
        key=lambda one: (one.kind is not AccessKind.HOLDER, one.name),
    )


def people_of(session: Session, guarantor_id: UUID, *, now: datetime) -> Sequence[ActingFor]:
    """Everybody who may, or was asked to, act for a guarantor; not the guarantor.

    An invitation that nobody took within its week is over, as if it had never been.
    """
    found = _listed(session, AccountAccess.guarantor_id == guarantor_id)
    return [
        one
        for one in found
        if one.kind is not AccessKind.HOLDER
        and (one.state is AccessState.ACTIVE or _is_open(one.state, one.since, now=now))
    ]


def give_access(
    session: Session,
    *,
    guarantor_id: UUID,
    account_id: UUID | None,
    kind: AccessKind,
    state: AccessState,
    email: str,
    made_by: UUID,
    now: datetime,
) -> UUID:
    """A new row; an invited one is nobody's yet."""
    access_id = new_id()
    session.execute(
        insert(AccountAccess).values(
            practice_id=practice_of(session),
            access_id=access_id,
            guarantor_id=guarantor_id,
            account_id=account_id,
            kind=kind.value,
            state=state.value,
            email=email,
            made_at=now,
            made_by=made_by,
            state_at=now,
        )
    )
    return access_id


def move_access(access: AccountAccess, wanted: AccessState, *, now: datetime) -> None:
    """Raises UnknownAccessMoveError."""
    access.state = move_to(AccessState(access.state), wanted).value
    access.state_at = now


def locked_invitation(session: Session, access_id: UUID, *, now: datetime) -> AccountAccess | None:
    """The row, for update; None for one that is over, accepted, taken back, or nobody's."""
    access = locked_access(session, access_id)
    if access is None or not _is_open(AccessState(access.state), access.made_at, now=now):
        return None
    return access


def locked_accesses(
    session: Session, *, guarantor_id: UUID, account_id: UUID
) -> Sequence[AccountAccess]:
    """All that open a guarantor's bills, or offer to, or that an account opens; for update."""
    return session.scalars(
        select(AccountAccess)
        .where(
            AccountAccess.practice_id == practice_of(session),
            or_(
                AccountAccess.guarantor_id == guarantor_id,
                AccountAccess.account_id == account_id,
            ),
            AccountAccess.state != AccessState.REMOVED.value,
        )
        .order_by(AccountAccess.access_id)
        .with_for_update()
    ).all()


def locked_access(session: Session, access_id: UUID) -> AccountAccess | None:
    """The row, for update; None for nobody's."""
    return session.scalar(
        select(AccountAccess)
        .where(
            AccountAccess.practice_id == practice_of(session),
            AccountAccess.access_id == access_id,
        )
        .with_for_update()
    )


def holder_of(session: Session, guarantor_id: UUID) -> UUID | None:
    """The guarantor's own account, if there is one."""
    return session.scalar(
        select(AccountAccess.account_id).where(
            AccountAccess.practice_id == practice_of(session),
            AccountAccess.guarantor_id == guarantor_id,
            AccountAccess.kind == AccessKind.HOLDER.value,
            AccountAccess.state == AccessState.ACTIVE.value,
        )
    )


def _is_open(state: AccessState, made_at: datetime, *, now: datetime) -> bool:
    return state is AccessState.INVITED and now - made_at <= INVITATION_LIFETIME


def _listed(session: Session, condition: object) -> list[ActingFor]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(AccountAccess, Guarantor.first_name, Guarantor.last_name)
        .join(
            Guarantor,
            and_(
                Guarantor.practice_id == AccountAccess.practice_id,
                Guarantor.guarantor_id == AccountAccess.guarantor_id,
            ),
        )
        .where(
            AccountAccess.practice_id == practice_id,
            Guarantor.practice_id == practice_id,
            condition,  # type: ignore[arg-type]  # a column's comparison
        )
        .order_by(AccountAccess.access_id)
    )
    return [
        ActingFor(
            access_id=row.access_id,
            guarantor_id=row.guarantor_id,
            kind=AccessKind(row.kind),
            name=f"{first} {last}",
            state=AccessState(row.state),
            email=row.email,
            since=row.state_at,
        )
        for row, first, last in rows
    ]
