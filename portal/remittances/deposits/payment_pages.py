"""Payers' payments beside their claims and the bank: what posters compare.

Each figure has its own source: BPR02 from the header, claims from the decisions, what was moved
outside claims and what nothing explains from the journal.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, ColumnElement, Row, Select, Text, any_, case, func, literal, select
from sqlalchemy.orm import Session

from portal.db import practice_of
from portal.domain.deposit_matching import LATE_AFTER_BUSINESS_DAYS, business_days_since
from portal.domain.journal import BusinessEvent, LedgerAccount
from portal.domain.names import in_mixed_case
from portal.domain.provider_adjustment_words import provider_adjustment_words
from portal.ledger.models import JournalEntryRow, PostingRow
from portal.practice.contact import practice_contact
from portal.practice.decisions import Adjudication
from portal.practice.models import Payer
from portal.remittances.deposits.awaited import money_to_come
from portal.remittances.deposits.models import Deposit, DepositPart
from portal.remittances.deposits.service import IS_NOTICE
from portal.remittances.models import Remittance, RemittanceFile
from portal.remittances.quarantine.withheld_payments import unposted_payments

_UUID_CHARACTERS: Final = 36


@dataclass(frozen=True, slots=True)
class MovedRow:
    """One PLB amount; positive lowers the payment."""

    reason: str
    words: str
    reference: str
    cents: int


@dataclass(frozen=True, slots=True)
class PaymentRow:
    """One ST*835. ``to_come_cents``: what is to arrive, or has arrived, for it at the bank."""

    remittance_id: UUID
    payer_name: str
    trace_number: str
    method: str
    effective_on: date
    payment_cents: int
    claims_cents: int
    moved: tuple[MovedRow, ...]
    moved_cents: int
    difference_cents: int
    to_come_cents: int
    state: str  # awaited, late, arrived, nothing (none is to arrive), withheld
    business_days: int
    deposit_id: UUID | None
    deposited_on: date | None


class Payments:
    """Reads one practice's payments in one transaction."""

    def __init__(self, session: Session, *, language: str, today: date) -> None:
        self._session = session
        self._practice_id = practice_of(session)
        self._to_come = money_to_come(self._practice_id)
        self._zone = ZoneInfo(practice_contact(session).time_zone)
        self._language = language
        self._today = today

    def awaited(self, *, limit: int | None = None) -> tuple[PaymentRow, ...]:
        """Those whose money is to arrive, oldest first."""
        to_come = self._to_come.c
        rows = self._query().where(to_come.part_id.is_(None), to_come.cents > 0)
        return self._rows(rows.order_by(Remittance.remittance_id).limit(limit))

    def others(self, *, limit: int | None = None) -> tuple[PaymentRow, ...]:
        """Those that arrived, and those of which nothing is to arrive; newest first."""
        to_come = self._to_come.c
        rows = self._query().where(to_come.part_id.is_not(None) | (to_come.cents <= 0))
        return self._rows(rows.order_by(Remittance.remittance_id.desc()).limit(limit))

    def of(self, remittance_ids: Collection[UUID]) -> dict[UUID, PaymentRow]:
        """Some of them."""
        rows = self._rows(
            self._query().where(Remittance.remittance_id == func.any(list(remittance_ids)))
        )
        return {row.remittance_id: row for row in rows}

    def _query(self) -> Select[*tuple[Any, ...]]:
        practice_id = self._practice_id
        return (
            select(
                Remittance.remittance_id,
                Remittance.trace_number,
                Remittance.payment_method,
                Remittance.effective_on,
                Remittance.payment_cents,
                Remittance.provider_adjustments,
                self._to_come.c.cents.label("to_come"),
                case((self._is_withheld(), True), else_=False).label("is_withheld"),
                Payer.name.label("payer_name"),
                RemittanceFile.imported_at,
                Deposit.deposit_id,
                Deposit.deposited_on,
            )
            .join(
                Payer, (Payer.practice_id == practice_id) & (Payer.payer_id == Remittance.payer_id)
            )
            .join(
                RemittanceFile,
                (RemittanceFile.practice_id == practice_id)
                & (RemittanceFile.file_id == Remittance.file_id),
            )
            .join(self._to_come, self._to_come.c.remittance_id == Remittance.remittance_id)
            .outerjoin(
                DepositPart,
                (DepositPart.practice_id == practice_id)
                & (DepositPart.part_id == self._to_come.c.part_id),
            )
            .outerjoin(
                Deposit,
                (Deposit.practice_id == practice_id)
                & (Deposit.deposit_id == DepositPart.deposit_id),
            )
            .where(Remittance.practice_id == practice_id, ~IS_NOTICE)
        )

    def _is_withheld(self) -> ColumnElement[bool]:
        return Remittance.remittance_id.in_(unposted_payments(self._practice_id))

    def _rows(self, query: Select[*tuple[Any, ...]]) -> tuple[PaymentRow, ...]:
        rows = self._session.execute(query).all()
        ids = [row.remittance_id for row in rows]
        claims, journal = self._claims(ids), self._journal(ids)
        return tuple(self._row(row, claims, journal) for row in rows)

    def _row(
        self,
        row: Row[*tuple[Any, ...]],
        claims: Mapping[UUID, int],
        journal: Mapping[tuple[str, str], int],
    ) -> PaymentRow:
        expected_on = row.effective_on or row.imported_at.astimezone(self._zone).date()
        days = business_days_since(expected_on, self._today)
        key = str(row.remittance_id)
        return PaymentRow(
            remittance_id=row.remittance_id,
            payer_name=in_mixed_case(row.payer_name),
            trace_number=row.trace_number,
            method=row.payment_method,
            effective_on=expected_on,
            payment_cents=row.payment_cents,
            claims_cents=claims.get(row.remittance_id, 0),
            moved=self._moved(row.provider_adjustments),
            moved_cents=-journal.get((key, BusinessEvent.PROVIDER_ADJUSTED.value), 0),
            difference_cents=journal.get((key, BusinessEvent.REMITTANCE_SUSPENDED.value), 0),
            to_come_cents=row.to_come,
            state=_state(row, days),
            business_days=days,
            deposit_id=row.deposit_id,
            deposited_on=row.deposited_on,
        )

    def _moved(self, adjustments: Sequence[Mapping[str, Any]]) -> tuple[MovedRow, ...]:
        return tuple(
            MovedRow(
                one["reason"],
                provider_adjustment_words(one["reason"], self._language),
                one["reference"],
                one["cents"],
            )
            for one in adjustments
        )

    def _claims(self, remittance_ids: Sequence[UUID]) -> dict[UUID, int]:
        """The sum of CLP04."""
        rows = self._session.execute(
            select(Adjudication.remittance_id, func.sum(Adjudication.paid_cents).label("cents"))
            .where(
                Adjudication.practice_id == self._practice_id,
                Adjudication.remittance_id == func.any(list(remittance_ids)),
            )
            .group_by(Adjudication.remittance_id)
        )
        return {row.remittance_id: int(row.cents) for row in rows}

    def _journal(self, remittance_ids: Sequence[UUID]) -> dict[tuple[str, str], int]:
        """What provider adjustments, and what is left unexplained, put into payer clearing."""
        remittance = func.left(JournalEntryRow.source_key, _UUID_CHARACTERS)
        rows = self._session.execute(
            select(
                remittance.label("remittance"),
                JournalEntryRow.business_event,
                func.sum(PostingRow.amount_cents).label("cents"),
            )
            .join(
                PostingRow,
                (PostingRow.practice_id == self._practice_id)
                & (PostingRow.entry_id == JournalEntryRow.entry_id),
            )
            .where(
                JournalEntryRow.practice_id == self._practice_id,
                JournalEntryRow.business_event.in_(
                    [
                        BusinessEvent.PROVIDER_ADJUSTED.value,
                        BusinessEvent.REMITTANCE_SUSPENDED.value,
                    ]
                ),
                remittance == any_(literal([str(one) for one in remittance_ids], ARRAY(Text))),
                PostingRow.account == LedgerAccount.PAYER_CLEARING.value,
                PostingRow.claim_id.is_(None),
            )
            .group_by(remittance, JournalEntryRow.business_event)
        )
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for row in rows:
            sums[row.remittance, row.business_event] += int(row.cents)
        return sums


def _state(row: Row[*tuple[Any, ...]], days: int) -> str:
    if row.deposit_id is not None:
        return "arrived"
    if row.is_withheld:
        return "withheld"
    if row.to_come <= 0:
        return "nothing"
    return "late" if days > LATE_AFTER_BUSINESS_DAYS else "awaited"
