"""Balance transactions: what each event does to the practice's money at Stripe, fees included."""

from typing import Final

from portal.demo.stripe_simulator import shapes
from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace

DISPUTE_FEE_CENTS: Final = 1500
_FEE_PER_MILLE: Final = 29
_FEE_FIXED_CENTS: Final = 30
_ON_ITS_WAY_SECONDS: Final = 2 * 24 * 60 * 60


def card_fee_cents(amount_cents: int) -> int:
    """2.9 % rounded half up, and 30 cents: the price of a card in the United States."""
    return (amount_cents * _FEE_PER_MILLE + 500) // 1000 + _FEE_FIXED_CENTS


def record_charge(work: Workspace, charge: Body) -> Body:
    fee = card_fee_cents(charge["amount"])
    return record(work, "charge", charge, amount_cents=charge["amount"], fee_cents=fee)


def record(
    work: Workspace, kind: str, source: Body, *, amount_cents: int, fee_cents: int = 0
) -> Body:
    """One movement; what is left of it is available two days later."""
    fee = {
        "amount": fee_cents,
        "application": None,
        "currency": "usd",
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    return work.add(
        "balance_transaction",
        amount=amount_cents,
        available_on=work.now + _ON_ITS_WAY_SECONDS,
        balance_type="payments",
        currency="usd",
        fee=fee_cents,
        fee_details=[fee] if fee_cents else [],
        net=amount_cents - fee_cents,
        reporting_category="dispute" if source["object"] == "dispute" else kind,
        source=source["id"],
        status="pending",
        type=kind,
    )


def retrieve(work: Workspace, _params: Body, _id: str) -> Body:
    """What is at Stripe, split by whether it could be paid out today."""
    now = work.now
    available = pending = 0
    for movement in work.all("balance_transaction"):
        if movement["available_on"] <= now:
            available += movement["net"]
        else:
            pending += movement["net"]
    return shapes.skeleton("balance") | {
        "object": "balance",
        "livemode": False,
        "available": [{"amount": available, "currency": "usd"}],
        "pending": [{"amount": pending, "currency": "usd"}],
    }
