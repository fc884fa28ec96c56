"""What staff see of charges made by themselves: of everybody, and of one person with every try."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final, TypeAlias
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.db import Database, Principal, practice_of
from portal.domain.charge_schedule import (
    TO_COME,
    UNDER_WAY,
    ScheduledReason,
    ScheduledState,
)
from portal.domain.names import in_mixed_case
from portal.messages.models import Message
from portal.messages.service import MessageState
from portal.payments.methods.models import AgreementEvent, SavedMethod
from portal.payments.methods.queries import AutopayRow, MethodRow, autopay_row, method_rows
from portal.payments.models import Payment
from portal.payments.refunds.page import Account, account_of
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry
from portal.payments.scheduled.moves import ScheduledNotFoundError
from portal.practice.contact import practice_contact
from portal.practice.models import Guarantor

MOST_SHOWN: Final = 100
LOOKED_BACK: Final = timedelta(days=30)
_NEEDS_SOMEBODY: Final = frozenset({ScheduledState.FAILED, ScheduledState.NEEDS_PATIENT})
_Charges: TypeAlias = Select[ScheduledPayment, str, str | None, str | None, str, str, str]
_NOT_AGREED: Final = frozenset({ScheduledState.DRAFT})


class PersonNotFoundError(LookupError):
    """No such guarantor in this practice."""


class Notice(StrEnum):
    """How far the mail is that announces a charge."""

    NOT_DUE = "not_due"  # the patient chose the day
    TO_COME = "to_come"
    WAITING = "waiting"  # for the mail server
    SENT = "sent"
    NOT_ARRIVED = "not_arrived"


@dataclass(frozen=True, slots=True)
class TryItem:
    """One payment that a charge became."""

    payment_id: UUID
    tried_on: date
    state: str
    decline_code: str


@dataclass(frozen=True, slots=True)
class ChargeItem:
    """One charge. ``on``: its day, or the next try's; ``said``: why staff stopped it."""

    scheduled_id: UUID
    guarantor_id: UUID
    guarantor_name: str
    origin: str
    amount_cents: int
    on: date
    state: ScheduledState
    reason: str
    method_kind: str
    method_brand: str
    method_last4: str
    notice: Notice
    notice_on: date | None
    tries: tuple[TryItem, ...] = ()
    said: str = ""

    @property
    def can_be_stopped(self) -> bool:
        """No bank was asked yet, or it said no for now."""
        return self.state in TO_COME


@dataclass(frozen=True, slots=True)
class ChargesPage:
    """Everybody's. ``stuck``: those that somebody has to do something about, of the last weeks."""

    stuck: tuple[ChargeItem, ...]
    under_way: tuple[ChargeItem, ...]
    to_come: tuple[ChargeItem, ...]


@dataclass(frozen=True, slots=True)
class PersonChargesPage:
    """One person's: what is to come, what was, what is kept, autopay."""

    account: Account
    open: tuple[ChargeItem, ...]
    ended: tuple[ChargeItem, ...]
    methods: tuple[MethodRow, ...]
    autopay: AutopayRow | None


def charges_page(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> ChargesPage:
    """With a row in the audit log."""
    with database.transaction(principal) as session:
        record(
            session,
            action="view",
            object_kind="charges",
            object_id=None,
            guarantor_id=None,
            now=now,
            request_id=request_id,
        )
        since = ScheduledPayment.state_at >= now - LOOKED_BACK
        waits = frozenset({ScheduledState.RETRYING}) | UNDER_WAY
        return ChargesPage(
            stuck=_items(session, _charges(session, _NEEDS_SOMEBODY).where(since)),
            under_way=_items(session, _charges(session, waits)),
            to_come=_items(session, _charges(session, frozenset({ScheduledState.PLANNED}))),
        )


def person_charges_page(
    database: Database, principal: Principal, guarantor_id: UUID, *, now: datetime, request_id: str
) -> PersonChargesPage:
    """With a row in the audit log. Raises PersonNotFoundError."""
    with database.transaction(principal) as session:
        account = account_of(session, guarantor_id)
        if account is None:
            raise PersonNotFoundError(guarantor_id)
        record(
            session,
            action="view",
            object_kind="charges",
            object_id=guarantor_id,
            guarantor_id=guarantor_id,
            now=now,
            request_id=request_id,
        )
        practice = practice_contact(session)
        theirs = _charges(session, frozenset(ScheduledState) - _NOT_AGREED).where(
            ScheduledPayment.guarantor_id == guarantor_id
        )
        items = _items(session, theirs)
        is_open = TO_COME | UNDER_WAY
        return PersonChargesPage(
            account=account,
            open=tuple(item for item in items if item.state in is_open),
            ended=tuple(item for item in reversed(items) if item.state not in is_open),
            methods=method_rows(session, guarantor_id, practice=practice, now=now),
            autopay=autopay_row(session, guarantor_id, practice=practice),
        )


def charge_page(
    database: Database, principal: Principal, scheduled_id: UUID, *, now: datetime, request_id: str
) -> ChargeItem:
    """One that was agreed on, with a row in the audit log. Raises ScheduledNotFoundError."""
    with database.transaction(principal) as session:
        wanted = _charges(session, frozenset(ScheduledState) - _NOT_AGREED).where(
            ScheduledPayment.scheduled_id == scheduled_id
        )
        items = _items(session, wanted)
        if not items:
            raise ScheduledNotFoundError(scheduled_id)
        record(
            session,
            action="view",
            object_kind="scheduled_payment",
            object_id=scheduled_id,
            guarantor_id=items[0].guarantor_id,
            now=now,
            request_id=request_id,
        )
        return items[0]


def _charges(session: Session, states: Collection[ScheduledState]) -> _Charges:
    practice_id = practice_of(session)
    return (
        select(
            ScheduledPayment,
            SavedMethod.kind,
            SavedMethod.brand,
            SavedMethod.last4,
            Guarantor.first_name,
            Guarantor.last_name,
            Message.state.label("mail"),
        )
        .join(
            SavedMethod,
            (SavedMethod.practice_id == practice_id)
            & (SavedMethod.method_id == ScheduledPayment.method_id),
        )
        .join(
            Guarantor,
            (Guarantor.practice_id == practice_id)
            & (Guarantor.guarantor_id == ScheduledPayment.guarantor_id),
        )
        .outerjoin(
            Message,
            (Message.practice_id == practice_id)
            & (Message.message_id == ScheduledPayment.notice_message_id),
        )
        .where(
            ScheduledPayment.practice_id == practice_id,
            ScheduledPayment.state.in_([state.value for state in states]),
        )
        .order_by(ScheduledPayment.next_try_on, ScheduledPayment.scheduled_id)
        .limit(MOST_SHOWN)
    )


def _items(session: Session, charges: _Charges) -> tuple[ChargeItem, ...]:
    rows = session.execute(charges).all()
    ids = [row.ScheduledPayment.scheduled_id for row in rows]
    tries, said = _tries(session, ids), _said(session, ids)
    return tuple(
        _item(
            row,
            tries.get(row.ScheduledPayment.scheduled_id, ()),
            said.get(row.ScheduledPayment.scheduled_id, ""),
        )
        for row in rows
    )


def _item(row: Any, tries: Sequence[TryItem], said: str) -> ChargeItem:
    planned = row.ScheduledPayment
    return ChargeItem(
        scheduled_id=planned.scheduled_id,
        guarantor_id=planned.guarantor_id,
        guarantor_name=in_mixed_case(f"{row.first_name} {row.last_name}".strip()),
        origin=planned.origin,
        amount_cents=planned.agreed_cents,
        on=planned.next_try_on,
        state=ScheduledState(planned.state),
        reason=planned.reason,
        method_kind=row.kind,
        method_brand=row.brand or "",
        method_last4=row.last4 or "",
        notice=_notice(planned, row.mail),
        notice_on=planned.notice_on,
        tries=tuple(tries),
        said=said,
    )


def _notice(planned: ScheduledPayment, mail: str | None) -> Notice:
    if planned.notice_on is None:
        return Notice.NOT_DUE
    if planned.notified_at is None:
        return Notice.TO_COME
    if mail in (MessageState.BOUNCED, MessageState.NOT_SENT):
        return Notice.NOT_ARRIVED
    return Notice.WAITING if mail == MessageState.QUEUED else Notice.SENT


def _tries(session: Session, scheduled_ids: Sequence[UUID]) -> Mapping[UUID, Sequence[TryItem]]:
    practice_id = practice_of(session)
    rows = session.execute(
        select(
            ScheduledTry.scheduled_id,
            ScheduledTry.payment_id,
            ScheduledTry.tried_on,
            Payment.state,
            Payment.decline_code,
        )
        .join(
            Payment,
            (Payment.practice_id == practice_id) & (Payment.payment_id == ScheduledTry.payment_id),
        )
        .where(
            ScheduledTry.practice_id == practice_id,
            ScheduledTry.scheduled_id.in_(scheduled_ids),
        )
        .order_by(ScheduledTry.try_number)
    )
    found: dict[UUID, list[TryItem]] = {}
    for row in rows:
        item = TryItem(row.payment_id, row.tried_on, row.state, row.decline_code or "")
        found.setdefault(row.scheduled_id, []).append(item)
    return found


def _said(session: Session, scheduled_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Why each was stopped, in the words of whoever stopped it."""
    rows = session.execute(
        select(AgreementEvent.subject_id, AgreementEvent.detail)
        .join(
            ScheduledPayment,
            (ScheduledPayment.practice_id == practice_of(session))
            & (ScheduledPayment.scheduled_id == AgreementEvent.subject_id),
        )
        .where(
            AgreementEvent.practice_id == practice_of(session),
            AgreementEvent.subject_id.in_(scheduled_ids),
            AgreementEvent.state == ScheduledState.STOPPED.value,
            ScheduledPayment.reason == ScheduledReason.BY_STAFF.value,
        )
    )
    return {row.subject_id: row.detail for row in rows}
