"""Visits that their person says are wrong: held while a case is open, each on its own.

Called by whoever keeps the cases, in a transaction of theirs; under the locks of ``work``.
"""

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import new_id
from portal.domain.claim_review import end_dispute as without_dispute
from portal.domain.claim_review import hold_by_staff
from portal.domain.hold_kinds import HoldKind
from portal.practice.import_lock import import_is_running
from portal.remittances.claims.work import Act, locked_with_number, put_deposits_to, store_changes
from portal.remittances.posting.known_claims import KnownClaim


def hold_disputed(
    session: Session,
    claim_ids: Collection[UUID],
    *,
    now: datetime,
    today: date,
    request_id: str,
) -> bool:
    """Ask for nothing of these; one held so already stays. False: an import runs, try again."""
    act = Act(now, today, request_id)
    return _each(session, claim_ids, act, hold=True)


def end_dispute(
    session: Session,
    claim_ids: Collection[UUID],
    *,
    now: datetime,
    today: date,
    request_id: str,
) -> bool:
    """They may be asked for again, unless something else holds them. False as ``hold_disputed``."""
    act = Act(now, today, request_id)
    return _each(session, claim_ids, act, hold=False)


def _each(session: Session, claim_ids: Collection[UUID], act: Act, *, hold: bool) -> bool:
    if import_is_running(session):
        return False
    for claim_id in sorted(claim_ids):
        known = locked_with_number(session, claim_id)
        is_held = HoldKind.DISPUTED in known.position.holds
        if is_held == hold or known.position.joined_to is not None:
            continue
        if hold:
            _hold(session, known, act)
        else:
            _release(session, known, act)
    return True


def _hold(session: Session, known: KnownClaim, act: Act) -> None:
    changes = hold_by_staff(
        known.position, cause_id=new_id(), today=act.today, kind=HoldKind.DISPUTED
    )
    store_changes(session, known, changes, reason="", now=act.now)
    _note(session, known, "place_hold", act)


def _release(session: Session, known: KnownClaim, act: Act) -> None:
    changes = without_dispute(known.position, cause_id=new_id(), today=act.today)
    store_changes(session, known, changes, reason="The case was closed.", now=act.now)
    put_deposits_to(session, known, act=act)
    _note(session, known, "release_hold", act)


def _note(session: Session, known: KnownClaim, action: str, act: Act) -> None:
    record(
        session,
        action=action,
        object_kind="claim",
        object_id=known.claim_id,
        guarantor_id=known.position.guarantor_id,
        now=act.now,
        request_id=act.request_id,
    )
