"""One payment (ST*835) from its header to its trailer: told before or not, and where its cents go.

Payer clearing of a payment is BPR02, less what earlier files told of it. What its claims and
provider adjustments do not explain is put aside, with a task: nothing is guessed. A payment that
comes again brings nothing but what it tells correctly of claims that were set aside.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, Row, and_, insert, select

from portal.db import new_id
from portal.domain import payer_postings
from portal.domain.adjudication import Decision
from portal.domain.claim_position import Outcome
from portal.domain.journal import JournalEntry, LedgerAccount
from portal.domain.money import format_usd
from portal.domain.quarantine import PayeeIdentity, Quarantine, fault_of_payment
from portal.domain.remittance import ClaimPayment, ProviderAdjustment, RemittanceHeader
from portal.remittances.models import Remittance
from portal.remittances.posting.payers import payer_of
from portal.remittances.posting.told_before import SetAsideBefore, ToldBefore, told_before
from portal.remittances.quarantine.withheld_payments import (
    take_in,
    unposted_payments,
    withheld_payments,
)


@dataclass(slots=True)
class OpenPayment:
    """A payment while its claims come in."""

    remittance_id: UUID
    payer_id: UUID
    header: RemittanceHeader
    is_repeat: bool  # the same trace, amount and control numbers: nothing of it is looked at again
    trace_seen: bool  # the same trace number and amount, be it under other control numbers
    withheld: Quarantine | None  # why nothing of it is posted
    was_withheld: bool = False  # by an earlier import, and is looked at again
    clearing_cents: int = 0  # posted so far
    told_before_cents: int = 0
    has_news: bool = False  # a claim that was not told before
    told: ToldBefore = field(default_factory=ToldBefore)  # by earlier files
    brought_anew_cents: int = 0  # on claims that an earlier file set aside

    def add(self, claim: ClaimPayment, decision: Decision) -> SetAsideBefore | None:
        """One more claim of it; what an earlier file set aside and this one tells correctly."""
        is_repeat = decision.adjudication.outcome is Outcome.DUPLICATE
        brings_cents = 0 if is_repeat else decision.adjudication.paid_cents
        self.told_before_cents += claim.paid_cents - brings_cents
        self.has_news |= not is_repeat and brings_cents == claim.paid_cents
        self.count(decision.entries)
        was_set_aside = self.told.take_set_aside(claim, decision)
        if was_set_aside is not None:
            self.brought_anew_cents += claim.paid_cents
        return was_set_aside

    def count(self, entries: Iterable[JournalEntry]) -> None:
        """What entries put into payer clearing."""
        self.clearing_cents += sum(
            posting.amount_cents
            for entry in entries
            for posting in entry.postings
            if posting.account is LedgerAccount.PAYER_CLEARING
        )


def open_payment(
    connection: Connection,
    practice_id: UUID,
    header: RemittanceHeader,
    *,
    file_id: UUID,
    file_is_known: bool,
    ours: PayeeIdentity,
    now: datetime,
) -> OpenPayment:
    """Record a payment unless it is a repeat; one that was withheld is none once it may be posted.

    Of a file that was imported before, nothing else is taken in.
    """
    payer_id = payer_of(connection, practice_id, header)
    fault = fault_of_payment(header, ours=ours)
    seen = _seen(
        connection,
        practice_id,
        header,
        payer_id=payer_id,
        file_id=file_id if file_is_known else None,
    )
    withheld = [] if fault else [one for one in seen if one.is_withheld]
    told = [one for one in seen if one not in withheld]
    posted = _posted(connection, practice_id, [one.remittance_id for one in told])
    same_id = next((one.remittance_id for one in withheld if one.same_controls), None)
    payment = OpenPayment(
        remittance_id=same_id or new_id(),
        payer_id=payer_id,
        header=header,
        is_repeat=same_id is None and (file_is_known or any(one.same_controls for one in told)),
        trace_seen=bool(posted),
        withheld=fault,
        was_withheld=same_id is not None,
        told=told_before(connection, practice_id, posted),
    )
    if not payment.is_repeat:
        if same_id is None:
            _record(connection, practice_id, payment, file_id=file_id)
        if withheld:
            take_in(
                connection,
                practice_id,
                [one.remittance_id for one in withheld],
                by=payment.remittance_id,
                file_id=file_id,
                now=now,
            )
    return payment


def _seen(
    connection: Connection,
    practice_id: UUID,
    header: RemittanceHeader,
    *,
    payer_id: UUID,
    file_id: UUID | None,
) -> Sequence[Row[UUID, bool, bool]]:
    """What was recorded of a payment before, oldest first.

    Without a trace number a repeat cannot be told from another payment, but for the next withheld
    one of the same file. ``file_id`` is None for a new file.
    """
    same_controls = and_(
        Remittance.interchange_control == header.interchange_control,
        Remittance.group_control == header.group_control,
        Remittance.transaction_control == header.transaction_control,
    )
    is_withheld = Remittance.remittance_id.in_(withheld_payments(practice_id))
    query = (
        select(
            Remittance.remittance_id,
            same_controls.label("same_controls"),
            is_withheld.label("is_withheld"),
        )
        .where(
            Remittance.practice_id == practice_id,
            Remittance.payer_id == payer_id,
            Remittance.trace_number == header.trace_number,
            Remittance.payment_cents == header.payment_cents,
        )
        .order_by(Remittance.remittance_id)
    )
    if not header.trace_number:
        query = query.where(Remittance.file_id == file_id, same_controls, is_withheld).limit(1)
    return connection.execute(query).all()


def _posted(
    connection: Connection, practice_id: UUID, remittance_ids: Sequence[UUID]
) -> Sequence[UUID]:
    """Of these, without what was rejected whole: nothing of it was told to the books."""
    if not remittance_ids:
        return ()
    return connection.scalars(
        select(Remittance.remittance_id).where(
            Remittance.practice_id == practice_id,
            Remittance.remittance_id.in_(remittance_ids),
            Remittance.remittance_id.not_in(unposted_payments(practice_id)),
        )
    ).all()


def close_payment(
    payment: OpenPayment, provider_adjustments: Iterable[ProviderAdjustment], *, effective_on: date
) -> tuple[JournalEntry, ...]:
    """What PLB moves, and what is left unexplained; nothing when all of it was told before."""
    if payment.trace_seen and not payment.has_news:
        payment.told_before_cents = payment.header.payment_cents
        return ()
    entries = [
        payer_postings.provider_adjusted(
            payment.remittance_id, adjustment, position=position, effective_on=effective_on
        )
        for position, adjustment in enumerate(provider_adjustments, start=1)
        if adjustment.amount_cents and payment.told.is_new(adjustment)
    ]
    payment.count(entries)
    if payment.trace_seen:
        payment.told_before_cents = payment.header.payment_cents - payment.brought_anew_cents
    difference_cents = unexplained_cents(payment)
    if difference_cents:
        entries.append(
            payer_postings.remittance_difference_suspended(
                payment.remittance_id,
                effective_on=effective_on,
                difference_cents=difference_cents,
            )
        )
    return tuple(entries)


def unexplained_cents(payment: OpenPayment) -> int:
    """BPR02 less everything that was posted for it or told before."""
    return payment.header.payment_cents - payment.told_before_cents - payment.clearing_cents


def difference_message(header: RemittanceHeader, difference_cents: int) -> str:
    """For the task of whoever looks into it."""
    trace = header.trace_number or "without a number"
    return (
        f"Payment {trace} of {format_usd(header.payment_cents)}: its claims and provider "
        f"adjustments leave {format_usd(difference_cents)} unexplained. It is kept in suspense. "
        "Ask the payer for a corrected remittance."
    )


def _record(
    connection: Connection, practice_id: UUID, payment: OpenPayment, *, file_id: UUID
) -> None:
    header = payment.header
    connection.execute(
        insert(Remittance).values(
            practice_id=practice_id,
            remittance_id=payment.remittance_id,
            file_id=file_id,
            payer_id=payment.payer_id,
            interchange_control=header.interchange_control,
            group_control=header.group_control,
            transaction_control=header.transaction_control,
            trace_number=header.trace_number,
            payment_method=header.payment_method,
            payment_cents=header.payment_cents,
            effective_on=header.effective_on,
        )
    )
