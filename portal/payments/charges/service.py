"""What staff may do about charges at their patient's word: stop one, turn autopay off.

Nothing can be started here: that takes the patient's own consent, on their own page.
"""

from datetime import datetime
from uuid import UUID

from portal.audit.record import record
from portal.auth.account_mail import queue_mail
from portal.auth.roles import REACH, Area
from portal.db import Database, Principal, PrincipalKind
from portal.domain.charge_schedule import TO_COME, ScheduledReason, ScheduledState
from portal.messages.service import MessageTemplate
from portal.payments.charges.queries import PersonNotFoundError
from portal.payments.moves import lock_guarantor
from portal.payments.refunds.page import account_of
from portal.payments.scheduled.endings import end_agreement, standing_agreement, stop_scheduled
from portal.payments.scheduled.moves import ScheduledNotFoundError, lock_scheduled
from portal.payments.scheduled.service import TooLateError


class ChargesNotAllowedError(PermissionError):
    """A role that has nothing to do with money."""


def stop_charge(
    database: Database,
    principal: Principal,
    scheduled_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> UUID:
    """Whose it was: it is not made, and they get a mail. Again changes nothing.

    Raises ScheduledNotFoundError, TooLateError and ChargesNotAllowedError.
    """
    _require_allowed(principal)
    with database.transaction(principal) as session:
        planned = lock_scheduled(session, scheduled_id)
        state = ScheduledState(planned.state)
        if state is ScheduledState.DRAFT:
            raise ScheduledNotFoundError(scheduled_id)
        if state is ScheduledState.STOPPED:
            return planned.guarantor_id
        if state not in TO_COME:
            raise TooLateError(scheduled_id)
        stop_scheduled(session, planned, reason=ScheduledReason.BY_STAFF, now=now, detail=reason)
        queue_mail(
            session,
            MessageTemplate.CHARGE_STOPPED,
            guarantor_id=planned.guarantor_id,
            statement_id=planned.statement_id,
            now=now,
        )
        record(
            session,
            action="stop",
            object_kind="scheduled_payment",
            object_id=scheduled_id,
            guarantor_id=planned.guarantor_id,
            now=now,
            request_id=request_id,
        )
        return planned.guarantor_id


def turn_autopay_off(
    database: Database,
    principal: Principal,
    guarantor_id: UUID,
    *,
    reason: str,
    now: datetime,
    request_id: str,
) -> None:
    """With every charge it has planned; its patient gets a mail. Again changes nothing.

    Raises PersonNotFoundError and ChargesNotAllowedError.
    """
    _require_allowed(principal)
    with database.transaction(principal) as session:
        if account_of(session, guarantor_id) is None:
            raise PersonNotFoundError(guarantor_id)
        lock_guarantor(session, guarantor_id)
        standing = standing_agreement(session, guarantor_id)
        if standing is None:
            return
        end_agreement(
            session, standing, reason=ScheduledReason.BY_STAFF.value, now=now, detail=reason
        )
        record(
            session,
            action="stop_autopay",
            object_kind="autopay",
            object_id=standing.agreement_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )


def _require_allowed(principal: Principal) -> None:
    if principal.kind is not PrincipalKind.STAFF or principal.role not in REACH[Area.MONEY]:
        raise ChargesNotAllowedError(principal.role)
