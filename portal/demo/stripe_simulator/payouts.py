"""Payouts: what is available goes to the practice's bank account, linked movement by movement.

Automatic payouts are made on request of the control interface, or each day when it was told so. Of
a payout made through the API, a manual one, Stripe does not say what it carries.
"""

import json
from typing import Any, Final

from portal.demo.stripe_simulator import arrangements, balance, business_days
from portal.demo.stripe_simulator.errors import Body, invalid, refused
from portal.demo.stripe_simulator.metadata import merged
from portal.demo.stripe_simulator.workspace import Workspace

ARRIVE: Final = "payout.arrive"
FAILURES: Final = {
    "account_closed": "The bank account has been closed",
    "account_frozen": "The bank account has been frozen",
    "could_not_process": "The bank could not process this payout.",
    "no_account": "The bank account could not be found",
}
DAY_SECONDS: Final = 24 * 60 * 60
_DAYS: Final = 2


def make(work: Workspace) -> Body | None:
    """A payout of all that is available and was never paid out; None when that is no money."""
    carried = work.connection.execute(
        "SELECT id, json_extract(body, '$.net') AS net FROM objects"
        " WHERE kind = 'balance_transaction' AND account = ?"
        " AND json_extract(body, '$.status') = 'available'"
        " AND json_extract(notes, '$.payout') IS NULL",
        (work.account,),
    ).fetchall()
    cents = sum(row["net"] for row in carried)
    if cents <= 0:
        return None
    payout = _start(work, cents, automatic=True, reconciliation_status="in_progress")
    identifiers = [row["id"] for row in carried] + [payout["balance_transaction"]]
    work.connection.execute(
        "UPDATE objects SET notes = json_set(notes, '$.payout', ?)"
        " WHERE id IN (SELECT value FROM json_each(?))",
        (payout["id"], json.dumps(identifiers)),
    )
    work.emit("payout.created", payout)
    return payout


def create(work: Workspace, params: Body, _: str) -> Body:
    """A manual payout. Raises StripeError (400) for more than is available."""
    for name in params.keys() - {"amount", "currency", "description", "metadata"}:
        raise invalid(f"{name} is not simulated", param=name, code="not_simulated")
    available = balance.retrieve(work, {}, "")["available"][0]["amount"]
    if params["currency"] != "usd" or not 1 <= params["amount"] <= available:
        raise refused(
            "There is not that much available.", param="amount", code="balance_insufficient"
        )
    kept = {name: params[name] for name in ("description", "metadata") if name in params}
    payout = _start(
        work, params["amount"], automatic=False, reconciliation_status="not_applicable", **kept
    )
    work.emit("payout.created", payout)
    return payout


def update(work: Workspace, params: Body, payout_id: str) -> Body:
    """Metadata, and nothing else."""
    payout = work.get("payout", payout_id)
    work.change(payout, metadata=merged(payout, params.get("metadata", {})))
    work.emit("payout.updated", payout)
    return payout


def make_daily(work: Workspace) -> None:
    """Once on each day of the clock, when the settings say so."""
    if not work.store.setting("daily_payouts", default=False):
        return
    today = work.now // DAY_SECONDS
    name = f"paid_out_on:{work.account}"
    if work.store.setting(name, 0) < today:
        work.store.set_setting(name, today)
        make(work)


def arrive(work: Workspace, payout: Body) -> None:
    """The bank has the money, and Stripe says what it was made of."""
    work.change(payout, status="paid")
    if payout["automatic"]:
        work.change(payout, reconciliation_status="completed")
    work.emit("payout.paid", payout)
    if payout["automatic"]:
        work.emit("payout.reconciliation_completed", payout)


def fail(work: Workspace, payout: Body, *, code: str) -> Body:
    """The bank sends it back, before or after it said paid: the money is at Stripe again."""
    if code not in FAILURES:
        raise invalid(f"Choose from {', '.join(FAILURES)}.", param="code")
    if payout["status"] == "failed":
        raise invalid("This payout has failed already.", param="payout")
    arrangements.call_off(work, payout["id"])
    back = balance.record(
        work, "payout_failure", payout, amount_cents=payout["amount"], available_on=work.now
    )
    work.change(
        payout,
        status="failed",
        failure_balance_transaction=back["id"],
        failure_code=code,
        failure_message=FAILURES[code],
    )
    work.emit("payout.failed", payout)
    return payout


def _start(work: Workspace, cents: int, **fields: Any) -> Body:
    """The money leaves at once; it is at the bank some business days later."""
    usual = {"description": "STRIPE PAYOUT", "metadata": {}}
    payout = work.add(
        "payout",
        amount=cents,
        arrival_date=business_days.later(work.now, _DAYS),
        currency="usd",
        destination="ba_simulated",
        method="standard",
        source_type="card",
        status="pending",
        type="bank_account",
        **{**usual, **fields},
    )
    movement = balance.record(
        work, "payout", payout, amount_cents=-cents, available_on=work.now, words="STRIPE PAYOUT"
    )
    work.change(payout, balance_transaction=movement["id"])
    arrangements.arrange(work, ARRIVE, payout["id"], due_at=payout["arrival_date"])
    return payout
