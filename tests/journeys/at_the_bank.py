"""What no page makes in a test: a payout, a dispute that was won, a charge that was planned."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from portal.connectors.settlement_records import PayoutStatus
from portal.db import Database, Principal, new_id
from portal.domain.charge_schedule import ScheduledState
from portal.domain.dispute_status import DisputeState
from portal.domain.gateway_movements import MovementKind
from portal.payments.books.models import GatewayBalance, MovementRow, PayoutRow
from portal.payments.credits.deposits import DepositAct
from portal.payments.credits.models import DepositDecision
from portal.payments.disputes.models import DisputeAnswer, DisputeEvent, DisputeRow
from portal.payments.methods.models import SavedMethod
from portal.payments.models import Payment
from portal.payments.scheduled.models import ScheduledPayment, ScheduledTry
from portal.payments.suspense.items import SuspenseAct
from portal.payments.suspense.models import SuspenseDecision


def dispute_and_pay_out(
    database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime
) -> None:
    """Nothing of them is in the journal: the payout has not arrived, the dispute is over."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        payment_id = session.scalars(
            select(Payment.payment_id).where(
                Payment.guarantor_id == guarantor_id, Payment.payment_intent_id.is_not(None)
            )
        ).first()
        dispute_id = new_id()
        session.execute(
            insert(DisputeRow).values(
                practice_id=practice_id,
                dispute_id=dispute_id,
                stripe_dispute_id="du_won",
                guarantor_id=guarantor_id,
                payment_id=payment_id,
                amount_cents=5_000,
                reason="fraudulent",
                state=DisputeState.WON.value,
                is_refundable=False,
                opened_at=now,
                state_at=now,
                closed_at=now,
                taken_cents=0,
                fee_cents=0,
            )
        )
        _answered(session, practice_id, dispute_id, now=now)
        _read_at_stripe(session, practice_id, now=now)
        session.execute(
            insert(PayoutRow).values(
                practice_id=practice_id,
                payout_id=new_id(),
                stripe_payout_id="po_on_its_way",
                amount_cents=4_825,
                status=PayoutStatus.PENDING.value,
                is_automatic=True,
                is_itemised=False,
                created_at=now,
                arrives_on=now.date(),
                read_at=now,
            )
        )


def charge_and_decide(
    database: Database, practice_id: UUID, guarantor_id: UUID, *, now: datetime
) -> None:
    """One more payment was planned and made, a visit moved; an event of Stripe's is not ours."""
    with database.transaction(Principal.job(practice_id, role="test")) as session:
        payment = session.scalars(
            select(Payment).where(
                Payment.guarantor_id == guarantor_id, Payment.payment_intent_id.is_not(None)
            )
        ).first()
        stopped = session.execute(
            select(ScheduledPayment.__table__).where(
                ScheduledPayment.guarantor_id == guarantor_id,
                ScheduledPayment.state == ScheduledState.STOPPED.value,
            )
        ).one()
        method = session.scalars(
            select(SavedMethod).where(SavedMethod.method_id == stopped.method_id)
        ).one()
        assert payment is not None
        paid = {"scheduled_id": new_id(), "state": ScheduledState.PAID.value, "reason": ""}
        session.execute(insert(ScheduledPayment).values(stopped._asdict() | paid))
        session.execute(
            insert(ScheduledTry).values(
                practice_id=practice_id,
                payment_id=payment.payment_id,
                guarantor_id=guarantor_id,
                scheduled_id=paid["scheduled_id"],
                try_number=1,
                tried_on=now.date(),
                customer_id="cus_ana",
                payment_method_id=method.payment_method_id,
                method_kind=method.kind,
            )
        )
        session.execute(
            insert(DepositDecision).values(
                practice_id=practice_id,
                decision_id=new_id(),
                guarantor_id=guarantor_id,
                payment_id=payment.payment_id,
                act=DepositAct.MOVED.value,
                amount_cents=100,
                service_on=now.date(),
                reason="They called to move it.",
                decided_by=new_id(),
                decided_at=now,
            )
        )
        session.execute(
            insert(SuspenseDecision).values(
                practice_id=practice_id,
                decision_id=new_id(),
                subject="evt_of_the_shop",
                act=SuspenseAct.NOT_OURS.value,
                amount_cents=0,
                reason="The practice's shop sold it.",
                decided_by=new_id(),
                decided_at=now,
            )
        )


def _answered(session: Session, practice_id: UUID, dispute_id: UUID, *, now: datetime) -> None:
    session.execute(
        insert(DisputeEvent).values(
            practice_id=practice_id,
            event_id=new_id(),
            dispute_id=dispute_id,
            step=DisputeState.WON.value,
            occurred_at=now,
        )
    )
    session.execute(
        insert(DisputeAnswer).values(
            practice_id=practice_id,
            answer_id=new_id(),
            dispute_id=dispute_id,
            is_inquiry=False,
            kind="evidence",
            items=["receipt"],
            text="The payer agreed to it.",
            approved_by=new_id(),
            approved_at=now,
            sent_at=now,
        )
    )


def _read_at_stripe(session: Session, practice_id: UUID, *, now: datetime) -> None:
    session.execute(
        insert(MovementRow).values(
            practice_id=practice_id,
            movement_id="txn_fee",
            kind=MovementKind.FEE.value,
            word="stripe_fee",
            amount_cents=-1,
            fee_cents=0,
            description="A fee",
            created_at=now,
            available_at=now,
        )
    )
    session.execute(
        insert(GatewayBalance).values(
            practice_id=practice_id, read_at=now, balance_cents=-1, movements_cents=-1
        )
    )
