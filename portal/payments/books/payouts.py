"""Payouts: read whole, kept with what they carry, posted once each; what is odd goes to staff.

The processor is asked outside any transaction. Repeating any of it changes nothing.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from portal.connectors.payment_gateway import GatewayEvent
from portal.connectors.settlement_records import (
    Movement,
    Payout,
    PayoutStatus,
    SettlementRecords,
)
from portal.db import Database, Principal, new_id, practice_of
from portal.domain.gateway_movements import (
    SettledMovement,
    booked_in,
    is_explained,
    manual_payout_settled,
    payout_returned,
    payout_settled,
)
from portal.domain.money import format_usd
from portal.ledger.journal import post
from portal.payments.books.models import MovementRow, PayoutRow
from portal.payments.books.placing import placed
from portal.payments.inbox import note_event, payment_id_of
from portal.payments.settlement import practice_day
from portal.practice.directory import practice_by_id
from portal.practice.models import Practice
from portal.practice.tasks import end_task, open_task

_LEFT_THE_PROCESSOR: Final = frozenset({PayoutStatus.PAID, PayoutStatus.FAILED})
UNEXPLAINED_TASK: Final = "payout_unexplained"
DIFFERS_TASK: Final = "payout_differs"
MANUAL_TASK: Final = "payout_manual"
RETURNED_TASK: Final = "payout_returned"


def take_in_payout(
    database: Database,
    records: SettlementRecords,
    practice_id: UUID,
    stripe_payout_id: str,
    *,
    now: datetime,
    event: GatewayEvent | None = None,
) -> None:
    """Read a payout and what it carries, and post what is new about it. Raises GatewayError."""
    account = practice_by_id(database, practice_id).stripe_account
    payout = records.payout(stripe_payout_id, stripe_account=account)
    movements: Sequence[Movement] = ()
    if payout.is_itemised:
        movements = records.movements_of(stripe_payout_id, stripe_account=account)
    job = Principal.job(practice_id, role="payouts")
    with database.transaction(job) as session:
        if event is None or note_event(session, event, outcome="applied", now=now):
            row = _keep(session, payout, now=now)
            keep_movements(session, movements, payout_id=row.payout_id)
            _post(session, row, now=now)


def keep_movements(
    session: Session, movements: Sequence[Movement], *, payout_id: UUID | None = None
) -> None:
    """Each once; one that is known learns which payout carried it."""
    if not movements:
        return
    rows = insert(MovementRow).values(
        [
            {
                "practice_id": practice_of(session),
                "movement_id": one.id,
                "kind": one.kind.value,
                "word": one.word,
                "amount_cents": one.amount_cents,
                "fee_cents": one.fee_cents,
                "source_id": one.source_id,
                "payment_intent_id": one.payment_intent_id,
                "reference": payment_id_of(one.reference),
                "description": one.description,
                "created_at": one.created_at,
                "available_at": one.available_at,
                "payout_id": payout_id,
            }
            for one in movements
        ]
    )
    key = ["practice_id", "movement_id"]
    if payout_id is None:
        session.execute(rows.on_conflict_do_nothing(index_elements=key))
    else:
        known = rows.on_conflict_do_update(index_elements=key, set_={"payout_id": payout_id})
        session.execute(known)


def _keep(session: Session, payout: Payout, *, now: datetime) -> PayoutRow:
    """The row, locked: two hints about one payout come one after the other."""
    practice_id = practice_of(session)
    zone = session.scalars(
        select(Practice.time_zone).where(Practice.practice_id == practice_id)
    ).one()
    facts = {
        "status": payout.status.value,
        "is_itemised": payout.is_itemised,
        "arrives_on": payout.arrives_at.astimezone(ZoneInfo(zone)).date(),
        "failure_code": payout.failure_code,
        "read_at": now,
    }
    session.execute(
        insert(PayoutRow)
        .values(
            practice_id=practice_id,
            payout_id=new_id(),
            stripe_payout_id=payout.id,
            amount_cents=payout.amount_cents,
            is_automatic=payout.is_automatic,
            created_at=payout.created_at,
            **facts,
        )
        .on_conflict_do_update(index_elements=["practice_id", "stripe_payout_id"], set_=facts)
    )
    return session.scalars(
        select(PayoutRow)
        .where(PayoutRow.practice_id == practice_id, PayoutRow.stripe_payout_id == payout.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()


def _post(session: Session, payout: PayoutRow, *, now: datetime) -> None:
    status = PayoutStatus(payout.status)
    if status not in _LEFT_THE_PROCESSOR:
        return
    if payout.settled_entry_id is None:
        _settle(session, payout, now=now)
    if (
        status is PayoutStatus.FAILED
        and payout.settled_entry_id is not None
        and payout.returned_entry_id is None
    ):
        _take_back(session, payout, now=now)


def _settle(session: Session, payout: PayoutRow, *, now: datetime) -> None:
    """Nothing is posted while Stripe has not said all that a payout carries."""
    if payout.is_automatic and not payout.is_itemised:
        return
    effective_on = practice_day(session, now)
    if payout.is_automatic:
        rows = _carried(session, payout.payout_id)
        carried = placed(session, rows)
        if not _adds_up(session, payout, carried, now=now):
            return
        for row, movement in zip(rows, carried, strict=True):
            row.account = booked_in(movement).value
        entry = payout_settled(payout.payout_id, carried, effective_on=effective_on)
        _ask_staff_to_explain(session, payout, carried, now=now)
    else:
        entry = manual_payout_settled(
            payout.payout_id, amount_cents=payout.amount_cents, effective_on=effective_on
        )
        _ask_staff(
            session,
            payout,
            MANUAL_TASK,
            "was made by hand: Stripe does not say what it carries, so its fees cannot be booked. "
            "Set payouts to automatic at Stripe.",
            now=now,
        )
    payout.settled_entry_id = post(session, entry, now=now)
    session.flush()


def _carried(session: Session, payout_id: UUID) -> Sequence[MovementRow]:
    return session.scalars(
        select(MovementRow)
        .where(MovementRow.practice_id == practice_of(session), MovementRow.payout_id == payout_id)
        .order_by(MovementRow.movement_id)
    ).all()


def _adds_up(
    session: Session, payout: PayoutRow, carried: Sequence[SettledMovement], *, now: datetime
) -> bool:
    """What a payout carries is the payout, to the cent."""
    difference_cents = sum(one.net_cents for one in carried)
    if carried and difference_cents == 0:
        end_task(session, kind=DIFFERS_TASK, subject_id=payout.payout_id, now=now)
        return True
    _ask_staff(
        session,
        payout,
        DIFFERS_TASK,
        f"differs from what it carries by {format_usd(abs(difference_cents))}. It is not booked. "
        "Look it up at Stripe.",
        now=now,
    )
    return False


def _take_back(session: Session, payout: PayoutRow, *, now: datetime) -> None:
    entry = payout_returned(
        payout.payout_id,
        amount_cents=payout.amount_cents,
        effective_on=practice_day(session, now),
    )
    payout.returned_entry_id = post(session, entry, now=now)
    session.flush()
    _ask_staff(
        session,
        payout,
        RETURNED_TASK,
        f"came back from the bank ({payout.failure_code or 'no reason given'}). Have the bank "
        "account checked at Stripe; the money comes with the next payout.",
        now=now,
    )


def _ask_staff_to_explain(
    session: Session, payout: PayoutRow, carried: Sequence[SettledMovement], *, now: datetime
) -> None:
    unexplained = [one.net_cents for one in carried if not is_explained(one)]
    if unexplained:
        _ask_staff(
            session,
            payout,
            UNEXPLAINED_TASK,
            f"has {len(unexplained)} movements that nothing in our books explains, "
            f"{format_usd(sum(unexplained))} together. They wait in suspense. Look them up at "
            "Stripe.",
            now=now,
        )


def _ask_staff(session: Session, payout: PayoutRow, kind: str, what: str, *, now: datetime) -> None:
    message = f"The payout {payout.stripe_payout_id} of {format_usd(payout.amount_cents)} {what}"
    open_task(session, kind=kind, subject_id=payout.payout_id, message=message, now=now)
