"""What staff do about a claim of their own accord: hold it, give up what payers refused.

Under the locks of ``claim_work``, and never while a remittance is imported.
"""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.roles import Role
from portal.db import Database, Principal, new_id
from portal.domain.claim_draft import ClaimChanges
from portal.domain.claim_position import ClaimPosition
from portal.domain.claim_review import (
    NothingRefusedError,
    hold_by_staff,
    put_write_off_back,
    refused_cents,
    write_off_refused,
)
from portal.domain.hold_kinds import HoldKind
from portal.remittances.claims.work import Act, locked_with_number, store_changes
from portal.remittances.posting.known_claims import KnownClaim

__all__ = [
    "WRITES_OFF",
    "ClaimHeldError",
    "NothingRefusedError",
    "hold_claim",
    "may_write_off",
    "undo_write_off",
    "write_off",
]

WRITES_OFF = frozenset({Role.MANAGER, Role.ADMIN})
"""Whoever takes cash or posts does not give money up."""


class ClaimHeldError(ValueError):
    """A person holds it already, or it is part of another claim."""


def may_write_off(role: str) -> bool:
    """Whether this role may give up what a payer refused."""
    return role in WRITES_OFF


def hold_claim(
    database: Database, principal: Principal, claim_id: UUID, *, reason: str, act: Act
) -> None:
    """Nothing of it is billed until somebody ends that.

    Raises ClaimNotFoundError, ClaimHeldError and ImportRunningError.
    """
    with database.transaction(principal) as session:
        known = locked_with_number(session, claim_id)
        if HoldKind.STAFF in known.position.holds or known.position.joined_to is not None:
            raise ClaimHeldError(claim_id)
        changes = hold_by_staff(known.position, cause_id=new_id(), today=act.today)
        store_changes(session, known, changes, reason=reason, now=act.now)
        _note(session, known, action="place_hold", act=act)


def write_off(
    database: Database, principal: Principal, claim_id: UUID, *, seen_cents: int, act: Act
) -> None:
    """Give up all that payers refused, if it is still what the page said.

    Raises ClaimNotFoundError, NothingRefusedError (also for who may not) and ImportRunningError.
    """

    def given_up(position: ClaimPosition) -> ClaimChanges:
        if refused_cents(position) != seen_cents:
            raise NothingRefusedError(claim_id)
        return write_off_refused(position, cause_id=new_id(), today=act.today)

    _change(database, principal, claim_id, given_up, action="write_off_denial", act=act)


def undo_write_off(database: Database, principal: Principal, claim_id: UUID, *, act: Act) -> None:
    """Put it back with the payers: one will pay after all. Raises as ``write_off`` does."""

    def put_back(position: ClaimPosition) -> ClaimChanges:
        return put_write_off_back(position, cause_id=new_id(), today=act.today)

    _change(database, principal, claim_id, put_back, action="undo_write_off", act=act)


def _change(
    database: Database,
    principal: Principal,
    claim_id: UUID,
    change: Callable[[ClaimPosition], ClaimChanges],
    *,
    action: str,
    act: Act,
) -> None:
    with database.transaction(principal) as session:
        known = locked_with_number(session, claim_id)  # first, as others' claims are not told of
        if not may_write_off(principal.role):
            raise NothingRefusedError(claim_id)
        store_changes(session, known, change(known.position), reason="", now=act.now)
        _note(session, known, action=action, act=act)


def _note(session: Session, known: KnownClaim, *, action: str, act: Act) -> None:
    record(
        session,
        action=action,
        object_kind="claim",
        object_id=known.claim_id,
        guarantor_id=known.position.guarantor_id,
        now=act.now,
        request_id=act.request_id,
    )
