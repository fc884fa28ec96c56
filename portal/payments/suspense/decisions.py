"""What a decision about money nobody could place is: who may make one, why, and how it is kept."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import REACH, Area
from portal.db import Principal, PrincipalKind, practice_of, principal_of
from portal.payments.moves import lock_guarantor
from portal.payments.suspense.items import OpenItem, SuspenseAct, SuspenseKind, open_items
from portal.payments.suspense.models import SuspenseDecision


class SuspenseNotAllowedError(PermissionError):
    """Only some of the staff place money."""


class NotInSuspenseError(LookupError):
    """Nothing of it waits any more, or it never did."""


class MoneyChangedError(RuntimeError):
    """Stripe says otherwise by now: it went back, is disputed, or is not in US dollars.

    What is known of it now is on the list.
    """


class UnknownAccountError(LookupError):
    """No such account number in this practice."""


class CreditTooSmallError(ValueError):
    """The person has less free credit than went; ``free_cents`` is what there is."""

    def __init__(self, free_cents: int) -> None:
        super().__init__(free_cents)
        self.free_cents = free_cents


@dataclass(frozen=True, slots=True)
class Decision:
    """Why, when, and under which id: the form brings it, so that twice sent is one."""

    decision_id: UUID
    reason: str
    now: datetime
    request_id: str


def require_may(principal: Principal, about: object) -> None:
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.BOOKS]:
        raise SuspenseNotAllowedError(about)


def open_item(
    session: Session, subject: UUID | str, kind: SuspenseKind, *, lock: bool = False
) -> OpenItem:
    """``lock``: nobody else acts on its person's money meanwhile."""

    def found() -> OpenItem:
        for item in open_items(session):
            if item.subject == str(subject) and item.kind is kind:
                return item
        raise NotInSuspenseError(subject)

    item = found()
    if not lock:
        return item
    if item.guarantor_id is not None:
        lock_guarantor(session, item.guarantor_id)
    return found()


def keep(
    session: Session,
    decision: Decision,
    subject: str,
    act: SuspenseAct,
    *,
    cents: int = 0,
    guarantor_id: UUID | None = None,
    payment_id: UUID | None = None,
) -> None:
    """One row, and one in the audit log."""
    session.execute(
        insert(SuspenseDecision)
        .values(
            practice_id=practice_of(session),
            decision_id=decision.decision_id,
            subject=subject,
            act=act.value,
            amount_cents=cents,
            guarantor_id=guarantor_id,
            payment_id=payment_id,
            reason=decision.reason,
            decided_by=principal_of(session).actor_id,
            decided_at=decision.now,
        )
        .on_conflict_do_nothing(index_elements=["practice_id", "decision_id"])
    )
    record(
        session,
        action="decide_suspense",
        object_kind="suspense",
        object_id=decision.decision_id,
        guarantor_id=guarantor_id,
        now=decision.now,
        request_id=decision.request_id,
    )
