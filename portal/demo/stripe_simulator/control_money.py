"""/_sim/: what banks, networks, cardholders and Stripe itself do of their own accord.

Part of the control interface; `control` lists the routes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from portal.demo.stripe_simulator import (
    bank_debits,
    disputes,
    payment_methods,
    payments,
    payouts,
    refunds,
    setup_intents,
)
from portal.demo.stripe_simulator.errors import Body, StripeError, invalid, missing
from portal.demo.stripe_simulator.simulation import Simulation
from portal.demo.stripe_simulator.workspace import Workspace

_DECISIONS: Final = ("won", "lost", "warning_closed")


def settings(simulation: Simulation, given: Any) -> object:
    """How long banks take, and whether payouts are made each day."""
    known = {"bank_days", "daily_payouts"}
    if not given.keys() <= known:
        raise invalid(f"Choose from {', '.join(sorted(known))}.")
    for name, value in given.items():
        simulation.store.set_setting(name, value)
    return {"ok": True}


def dispute(simulation: Simulation, given: Any) -> object:
    kind = "payment_intent" if "payment_intent" in given else "charge"
    with _about(simulation, kind, given[kind]) as (work, subject):
        charge = subject if kind == "charge" else payments.latest_charge(work, subject)
        return disputes.open_dispute(
            work,
            charge,
            reason=given.get("reason", "fraudulent"),
            inquiry=bool(given.get("inquiry")),
        )


def decide_dispute(simulation: Simulation, given: Any) -> object:
    with _about(simulation, "dispute", given["dispute"]) as (work, subject):
        if given["status"] not in _DECISIONS or subject["status"] in disputes.CLOSED:
            raise invalid(f"An open dispute becomes one of {', '.join(_DECISIONS)}.")
        return disputes.close_as(work, subject, given["status"])


def return_debit(simulation: Simulation, given: Any) -> object:
    with _about(simulation, "charge", given["charge"]) as (work, charge):
        bank_debits.bounce(work, charge, given["code"])
        return work.get("charge", charge["id"])


def fail_refund(simulation: Simulation, given: Any) -> object:
    with _about(simulation, "refund", given["refund"]) as (work, refund):
        return refunds.fail(work, refund, reason=given.get("reason", "unknown"))


def pay_out(simulation: Simulation, given: Any) -> object:
    with simulation.workspace(account=given.get("account", "")) as work:
        return {"payout": payouts.make(work)}


def fail_payout(simulation: Simulation, given: Any) -> object:
    with _about(simulation, "payout", given["payout"]) as (work, payout):
        return payouts.fail(work, payout, code=given.get("code", "account_closed"))


def renew_card(simulation: Simulation, given: Any) -> object:
    change = {name: value for name, value in given.items() if name != "payment_method"}
    with _about(simulation, "payment_method", given["payment_method"]) as (work, method):
        return payment_methods.renew(work, method, change)


def authenticate(simulation: Simulation, given: Any) -> object:
    """The answer to the bank's question for an intent that no page of ours belongs to."""
    kind = "setup_intent" if given["intent"].startswith("seti_") else "payment_intent"
    module: Any = setup_intents if kind == "setup_intent" else payments
    with _about(simulation, kind, given["intent"]) as (work, intent):
        try:
            return module.authenticate(work, intent, confirmed=given["confirmed"])
        except StripeError as error:
            # A decline is what happened, and stays written.
            if not error.began:
                raise
            return work.get(kind, intent["id"])


@contextmanager
def _about(simulation: Simulation, kind: str, object_id: str) -> Iterator[tuple[Workspace, Body]]:
    account = simulation.account_of(object_id)
    if account is None:
        raise missing(kind, object_id)
    with simulation.workspace(account=account) as work:
        yield work, work.get(kind, object_id)


ACTIONS: Final[dict[str, Callable[[Simulation, Any], object]]] = {
    "POST /_sim/settings": settings,
    "POST /_sim/disputes": dispute,
    "POST /_sim/disputes/decide": decide_dispute,
    "POST /_sim/bank_returns": return_debit,
    "POST /_sim/refunds/fail": fail_refund,
    "POST /_sim/payouts": pay_out,
    "POST /_sim/payouts/fail": fail_payout,
    "POST /_sim/cards/renew": renew_card,
    "POST /_sim/authenticate": authenticate,
}
