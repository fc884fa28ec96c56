"""Denials that a payer leaves to the patient: ten days to look at them, where a practice wants it.

Each night those whose days are over are billed, unless another hold stands.
"""

import logging
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select
from structlog.contextvars import bound_contextvars

from portal.db import Database, Principal, practice_of
from portal.domain.hold_kinds import HoldKind
from portal.practice.directory import practice_by_id
from portal.practice.models import Hold
from portal.remittances.claims.work import (
    DENIAL_REVIEW_JOB,
    Act,
    ImportRunningError,
    NotReleasableError,
    release_hold,
)

REVIEWED_FOR: Final = timedelta(days=10)
_REASON = "Nobody objected in ten days."

_log = logging.getLogger(__name__)


def end_denial_reviews(database: Database, practice_id: UUID, *, now: datetime) -> int:
    """Release each review of ten days; how many ended. While a file comes in, another night.

    Raises ExceptionGroup at the end, one exception for each claim that something else kept.
    """
    principal = Principal.job(practice_id, role=DENIAL_REVIEW_JOB)
    act = Act(now, practice_by_id(database, practice_id).today(now), request_id="")
    ended = 0
    failed: list[Exception] = []
    for claim_id in _over(database, principal, now=now):
        try:
            release_hold(
                database, principal, claim_id, HoldKind.DENIAL_REVIEW, reason=_REASON, act=act
            )
            ended += 1
        except (ImportRunningError, NotReleasableError):
            continue
        except Exception as error:  # noqa: BLE001 — whatever it is, the next claim shall not wait
            with bound_contextvars(claim_id=str(claim_id)):
                _log.exception("a denial review did not end")
            error.add_note(f"claim {claim_id}")
            failed.append(error)
    if failed:
        raise ExceptionGroup("denial reviews that did not end", failed)
    return ended


def _over(database: Database, principal: Principal, *, now: datetime) -> list[UUID]:
    with database.transaction(principal) as session:
        found = session.scalars(
            select(Hold.claim_id)
            .where(
                Hold.practice_id == practice_of(session),
                Hold.kind == HoldKind.DENIAL_REVIEW.value,
                Hold.claim_id.is_not(None),
                Hold.released_at.is_(None),
                Hold.placed_at <= now - REVIEWED_FOR,
            )
            .order_by(Hold.hold_id)
        )
        return [claim_id for claim_id in found if claim_id is not None]
