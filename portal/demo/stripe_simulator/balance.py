"""Balance transactions: what each event does to the practice's money at Stripe, fees included.

Kinds and signs are Stripe's; what a fee is and when money becomes available are ours, after the
published prices of the United States.
"""

from typing import Final

from portal.demo.stripe_simulator import business_days, shapes
from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace

DISPUTE_FEE_CENTS: Final = 1500
BANK_FAILURE_FEE_CENTS: Final = 400
_FEE_PER_MILLE: Final = 29
_FEE_FIXED_CENTS: Final = 30
_BANK_FEE_PER_MILLE: Final = 8
_BANK_FEE_MOST_CENTS: Final = 500
_DAY_SECONDS: Final = 24 * 60 * 60
_DAYS_ON_ITS_WAY: Final = 2
_CATEGORIES: Final = {
    "payment": "charge",
    "payment_failure_refund": "charge_failure",
    "payment_refund": "refund",
    "payout_failure": "payout_reversal",
    "stripe_fee": "fee",
}
"""Stripe's reporting category, where it is not the kind itself."""


def card_fee_cents(amount_cents: int) -> int:
    """2.9 % rounded half up, and 30 cents: the price of a card in the United States."""
    return (amount_cents * _FEE_PER_MILLE + 500) // 1000 + _FEE_FIXED_CENTS


def bank_fee_cents(amount_cents: int) -> int:
    """0.8 % rounded half up, at most five dollars: the price of an ACH debit."""
    return min((amount_cents * _BANK_FEE_PER_MILLE + 500) // 1000, _BANK_FEE_MOST_CENTS)


def record_charge(work: Workspace, charge: Body, *, at_once: bool = False) -> Body:
    """A card payment; `at_once` is a test card whose money is available without waiting."""
    return record(
        work,
        "charge",
        charge,
        amount_cents=charge["amount"],
        fee_cents=card_fee_cents(charge["amount"]),
        available_on=work.now if at_once else None,
    )


def record_bank_debit(work: Workspace, charge: Body, *, days: int) -> Body:
    """A debit on its way; pending until the business day it is expected to be settled."""
    return record(
        work,
        "payment",
        charge,
        amount_cents=charge["amount"],
        fee_cents=bank_fee_cents(charge["amount"]),
        available_on=business_days.later(work.now, days),
    )


def record_fee(work: Workspace, cents: int, *, description: str) -> Body:
    """A fee of its own, which belongs to no object."""
    return record(
        work, "stripe_fee", None, amount_cents=-cents, available_on=work.now, words=description
    )


def record(
    work: Workspace,
    kind: str,
    source: Body | None,
    *,
    amount_cents: int,
    fee_cents: int = 0,
    category: str | None = None,
    available_on: int | None = None,
    words: str | None = None,
) -> Body:
    """One movement; its net is available on the second day after, unless it says otherwise."""
    fee = {
        "amount": fee_cents,
        "application": None,
        "currency": "usd",
        "description": "Stripe processing fees",
        "type": "stripe_fee",
    }
    # A whole day, as Stripe's are: everything of a day becomes available together.
    usual = (work.now // _DAY_SECONDS + _DAYS_ON_ITS_WAY) * _DAY_SECONDS
    on = usual if available_on is None else available_on
    return work.add(
        "balance_transaction",
        amount=amount_cents,
        available_on=on,
        balance_type="payments",
        currency="usd",
        description=words,
        fee=fee_cents,
        fee_details=[fee] if fee_cents else [],
        net=amount_cents - fee_cents,
        reporting_category=category or _CATEGORIES.get(kind, kind),
        source=None if source is None else source["id"],
        status="available" if on <= work.now else "pending",
        type=kind,
    )


def release_what_is_due(work: Workspace) -> None:
    """What was pending becomes available when its day comes."""
    released = work.connection.execute(
        "UPDATE objects SET body = json_set(body, '$.status', 'available')"
        " WHERE json_extract(body, '$.status') = 'pending' AND kind = 'balance_transaction'"
        " AND json_extract(body, '$.available_on') <= ? AND account = ?",
        (work.now, work.account),
    ).rowcount
    if released:
        work.emit("balance.available", retrieve(work, {}, ""))


def retrieve(work: Workspace, _params: Body, _id: str) -> Body:
    """What is at Stripe, split by whether it could be paid out today."""
    sums = dict(
        work.connection.execute(
            "SELECT json_extract(body, '$.status'), sum(json_extract(body, '$.net')) FROM objects"
            " WHERE kind = 'balance_transaction' AND account = ? GROUP BY 1",
            (work.account,),
        ).fetchall()
    )
    return shapes.skeleton("balance") | {
        "object": "balance",
        "livemode": False,
        "available": [{"amount": sums.get("available", 0), "currency": "usd"}],
        "pending": [{"amount": sums.get("pending", 0), "currency": "usd"}],
    }


def movements(work: Workspace, params: Body, _: str) -> Body:
    """The list; with `payout`, what that payout carried and the payout's own movement."""
    if "payout" in params:
        work.get("payout", params["payout"])
    return work.page("balance_transaction", params, url="/v1/balance_transactions")
