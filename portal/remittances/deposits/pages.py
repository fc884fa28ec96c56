"""The pages on which posters compare payers' payments with the bank."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.audit.record import record
from portal.auth.models import StaffMember
from portal.connectors.practice_systems.spreadsheets import written
from portal.db import Database, Principal, practice_of
from portal.domain.deposit_matching import (
    ArrivedMoney,
    AwaitedPayment,
    Ground,
    propose,
)
from portal.domain.money import format_plain
from portal.practice.contact import practice_contact
from portal.remittances.deposits.models import Deposit, DepositPart
from portal.remittances.deposits.payment_pages import PaymentRow, Payments
from portal.remittances.deposits.service import DepositNotFoundError

_MOST_AWAITED: Final = 300
_MOST_OTHERS: Final = 100
_MOST_DEPOSITS: Final = 200
_CSV_COLUMNS: Final = (
    "payer",
    "trace_number",
    "method",
    "effective_on",
    "payment",
    "claims_paid",
    "provider_adjustments",
    "unexplained",
    "to_come",
    "state",
    "deposited_on",
)


@dataclass(frozen=True, slots=True)
class ProposedMatch:
    """What a deposit may be; ``ground`` is empty when nothing fits."""

    deposit_id: UUID
    deposited_on: date
    amount_cents: int
    reference: str
    ground: str
    difference_cents: int
    payments: tuple[PaymentRow, ...]


@dataclass(frozen=True, slots=True)
class PaymentsPage:
    """What is awaited, what came without a payment, what is done."""

    awaited: tuple[PaymentRow, ...]
    unmatched: tuple[ProposedMatch, ...]
    others: tuple[PaymentRow, ...]

    @property
    def late_count(self) -> int:
        return sum(one.state == "late" for one in self.awaited)

    @property
    def unexplained_count(self) -> int:
        return sum(one.difference_cents != 0 for one in (*self.awaited, *self.others))

    @property
    def certain(self) -> tuple[ProposedMatch, ...]:
        """Number and amount agree: these may be confirmed together."""
        return tuple(one for one in self.unmatched if one.ground == Ground.NUMBER_AND_AMOUNT.value)

    @property
    def certain_cents(self) -> int:
        return sum(one.amount_cents for one in self.certain)


@dataclass(frozen=True, slots=True)
class PartRow:
    """A payment of a deposit, or (without one) what the deposit differs by."""

    payment: PaymentRow | None
    amount_cents: int
    reason: str
    matched_at: datetime
    matched_by: str
    undone_at: datetime | None
    undone_by: str
    undo_reason: str


@dataclass(frozen=True, slots=True)
class NotAside:
    """A deposit was set aside by mistake; each side has its reason."""

    aside_reason: str
    undone_at: datetime
    undone_by: str
    undo_reason: str


@dataclass(frozen=True, slots=True)
class DepositPage:
    """One deposit and what became of it. ``state``: open, matched, set_aside."""

    deposit_id: UUID
    deposited_on: date
    amount_cents: int
    reference: str
    source: str
    state: str
    set_aside_reason: str
    recorded_at: datetime
    recorded_by: str
    parts: tuple[PartRow, ...]
    undone: tuple[PartRow, ...]
    awaited: tuple[PaymentRow, ...]  # to choose from
    proposed: tuple[PaymentRow, ...]  # which it may be, where the amounts agree
    not_aside: NotAside | None = None


def payments_page(
    database: Database, principal: Principal, *, language: str, now: datetime, request_id: str
) -> PaymentsPage:
    """The overview."""
    with database.transaction(principal) as session:
        _note(session, None, now=now, request_id=request_id)
        payments = Payments(session, language=language, today=_today(session, now))
        awaited = payments.awaited(limit=_MOST_AWAITED)
        return PaymentsPage(
            awaited=awaited,
            unmatched=_proposals(_unmatched(session), awaited),
            others=payments.others(limit=_MOST_OTHERS),
        )


def payments_csv(
    database: Database, principal: Principal, *, now: datetime, request_id: str
) -> bytes:
    """Every payment, for a spreadsheet."""
    with database.transaction(principal) as session:
        _note(session, None, now=now, request_id=request_id)
        payments = Payments(session, language="en", today=_today(session, now))
        rows = [_csv_row(one) for one in (*payments.awaited(), *payments.others())]
    return written([_CSV_COLUMNS, *rows])


def new_deposit_page(
    database: Database, principal: Principal, *, language: str, now: datetime, request_id: str
) -> tuple[PaymentRow, ...]:
    """The payments a deposit may bring."""
    with database.transaction(principal) as session:
        _note(session, None, now=now, request_id=request_id)
        payments = Payments(session, language=language, today=_today(session, now))
        return payments.awaited(limit=_MOST_AWAITED)


def deposit_page(
    database: Database,
    principal: Principal,
    deposit_id: UUID,
    *,
    language: str,
    now: datetime,
    request_id: str,
) -> DepositPage:
    """One deposit. Raises DepositNotFoundError."""
    with database.transaction(principal) as session:
        _note(session, deposit_id, now=now, request_id=request_id)
        deposit = _found(session, deposit_id)
        payments = Payments(session, language=language, today=_today(session, now))
        parts = _parts(session, deposit_id, payments)
        standing = tuple(one for one in parts if one.undone_at is None)
        is_open = not standing and deposit.set_aside_at is None
        awaited = payments.awaited(limit=_MOST_AWAITED) if is_open else ()
        proposed = [
            one
            for match in _proposals([deposit], awaited)
            for one in match.payments
            if not match.difference_cents
        ]
        return DepositPage(
            deposit_id=deposit.deposit_id,
            deposited_on=deposit.deposited_on,
            amount_cents=deposit.amount_cents,
            reference=deposit.reference,
            source=deposit.source,
            state="matched" if standing else "open" if is_open else "set_aside",
            set_aside_reason=deposit.set_aside_reason,
            recorded_at=deposit.recorded_at.astimezone(_zone(session)),
            recorded_by=_names(session).get(deposit.recorded_by, ""),
            parts=standing,
            undone=tuple(one for one in parts if one.undone_at is not None),
            awaited=awaited,
            proposed=tuple(proposed),
            not_aside=_not_aside(session, deposit),
        )


def _not_aside(session: Session, deposit: Deposit) -> NotAside | None:
    """The last time."""
    if deposit.undone_at is None or deposit.set_aside_at is not None:
        return None
    return NotAside(
        deposit.set_aside_reason,
        deposit.undone_at.astimezone(_zone(session)),
        _names(session).get(deposit.undone_by, "") if deposit.undone_by else "",
        deposit.undo_reason,
    )


def _found(session: Session, deposit_id: UUID) -> Deposit:
    deposit = session.scalar(
        select(Deposit).where(
            Deposit.practice_id == practice_of(session), Deposit.deposit_id == deposit_id
        )
    )
    if deposit is None:
        raise DepositNotFoundError(deposit_id)
    return deposit


def _unmatched(session: Session) -> Sequence[Deposit]:
    practice_id = practice_of(session)
    is_matched = exists().where(
        DepositPart.practice_id == practice_id,
        DepositPart.deposit_id == Deposit.deposit_id,
        DepositPart.undone_at.is_(None),
    )
    return session.scalars(
        select(Deposit)
        .where(Deposit.practice_id == practice_id, Deposit.set_aside_at.is_(None), ~is_matched)
        .order_by(Deposit.deposited_on, Deposit.deposit_id)
        .limit(_MOST_DEPOSITS)
    ).all()


def _proposals(
    deposits: Sequence[Deposit], awaited: Sequence[PaymentRow]
) -> tuple[ProposedMatch, ...]:
    by_id = {one.remittance_id: one for one in awaited}
    proposals = propose(
        [
            ArrivedMoney(one.deposit_id, one.deposited_on, one.amount_cents, one.reference)
            for one in deposits
        ],
        [
            AwaitedPayment(one.remittance_id, one.trace_number, one.to_come_cents, one.effective_on)
            for one in awaited
        ],
    )
    rows = []
    for one in deposits:
        proposal = proposals.get(one.deposit_id)
        rows.append(
            ProposedMatch(
                deposit_id=one.deposit_id,
                deposited_on=one.deposited_on,
                amount_cents=one.amount_cents,
                reference=one.reference,
                ground=proposal.ground.value if proposal else "",
                difference_cents=proposal.difference_cents if proposal else 0,
                payments=tuple(by_id[found] for found in proposal.remittance_ids)
                if proposal
                else (),
            )
        )
    return tuple(rows)


def _parts(session: Session, deposit_id: UUID, payments: Payments) -> tuple[PartRow, ...]:
    rows = session.scalars(
        select(DepositPart)
        .where(
            DepositPart.practice_id == practice_of(session), DepositPart.deposit_id == deposit_id
        )
        .order_by(DepositPart.part_id)
    ).all()
    known = payments.of([one.remittance_id for one in rows if one.remittance_id is not None])
    names, zone = _names(session), _zone(session)
    return tuple(
        PartRow(
            payment=known.get(one.remittance_id) if one.remittance_id else None,
            amount_cents=one.amount_cents,
            reason=one.reason,
            matched_at=one.matched_at.astimezone(zone),
            matched_by=names.get(one.matched_by, ""),
            undone_at=one.undone_at.astimezone(zone) if one.undone_at else None,
            undone_by=names.get(one.undone_by, "") if one.undone_by else "",
            undo_reason=one.undo_reason,
        )
        for one in rows
    )


def _csv_row(one: PaymentRow) -> tuple[str, ...]:
    return (
        one.payer_name,
        one.trace_number,
        one.method,
        one.effective_on.isoformat(),
        format_plain(one.payment_cents),
        format_plain(one.claims_cents),
        format_plain(one.moved_cents),
        format_plain(one.difference_cents),
        format_plain(one.to_come_cents),
        one.state,
        one.deposited_on.isoformat() if one.deposited_on else "",
    )


def _names(session: Session) -> dict[UUID, str]:
    rows = session.execute(
        select(StaffMember.staff_id, StaffMember.name).where(
            StaffMember.practice_id == practice_of(session)
        )
    )
    return {row.staff_id: row.name for row in rows}


def _zone(session: Session) -> ZoneInfo:
    return ZoneInfo(practice_contact(session).time_zone)


def _today(session: Session, now: datetime) -> date:
    return now.astimezone(_zone(session)).date()


def _note(session: Session, deposit_id: UUID | None, *, now: datetime, request_id: str) -> None:
    record(
        session,
        action="view",
        object_kind="deposit" if deposit_id else "payments",
        object_id=deposit_id,
        guarantor_id=None,
        now=now,
        request_id=request_id,
    )
