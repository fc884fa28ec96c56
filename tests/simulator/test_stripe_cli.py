"""Stripe's own command line, as a client that we did not write: its scripts run against us.

`make test` gets it by npm into .venv/npm; STRIPE_CLI names another. Skipped without it.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from tests.contracts.stripe_wire import SECRET_KEY, StripeWire
from tests.simulator.paying import event_types, pass_days

_REPOSITORY: Final = Path(__file__).resolve().parents[2]
_PLACES: Final = os.pathsep.join(
    [str(_REPOSITORY / ".venv/npm/node_modules/.bin"), os.environ.get("PATH", "")]
)
CLI: Final = os.environ.get("STRIPE_CLI") or shutil.which("stripe", path=_PLACES)
_WAIT_SECONDS: Final = 60

pytestmark = pytest.mark.skipif(CLI is None, reason="Stripe's command line is not installed")


def of_account(number: str, *, holder: str) -> tuple[str, ...]:
    """Its scripts for debits are European; these options make American ones of them."""
    return (
        *("--override", "payment_method:type=us_bank_account"),
        *("--remove", "payment_method:sepa_debit"),
        *("--add", f"payment_method:us_bank_account[account_number]={number}"),
        *("--add", "payment_method:us_bank_account[routing_number]=110000000"),
        *("--add", "payment_method:us_bank_account[account_holder_type]=individual"),
        *("--remove", f"{holder}:payment_method_types"),
        *("--add", f"{holder}:payment_method_types[0]=us_bank_account"),
    )


def trigger(stripe_wire: StripeWire, home: Path, event: str, *options: str) -> None:
    """Fails unless every call of the script was accepted."""
    assert CLI is not None
    command = [CLI, "trigger", event, "--api-base", stripe_wire.direct_base]
    command += ["--api-key", SECRET_KEY, "--api-version", "2026-05-27.dahlia", *options]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=_WAIT_SECONDS,
        env={**os.environ, "HOME": str(home), "STRIPE_CLI_TELEMETRY_OPTOUT": "1"},
    )
    assert "Trigger succeeded" in done.stdout + done.stderr, done.stdout + done.stderr


@pytest.mark.parametrize(
    "event",
    [
        "charge.dispute.closed",
        "charge.dispute.created",
        "charge.dispute.updated",
        "charge.failed",
        "charge.refund.updated",
        "charge.refunded",
        "charge.succeeded",
        "checkout.session.completed",
        "checkout.session.expired",
        "customer.created",
        "customer.deleted",
        "customer.updated",
        "payment_intent.canceled",
        "payment_intent.created",
        "payment_intent.payment_failed",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "payment_method.attached",
        "payment_method.detached",
        "payment_method.updated",
        "payout.created",
        "payout.updated",
        "product.created",
        "setup_intent.canceled",
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.setup_failed",
        "setup_intent.succeeded",
    ],
)
def test_its_script_for_an_event_is_accepted_and_the_event_happens(
    stripe_wire: StripeWire, tmp_path: Path, event: str
) -> None:
    trigger(stripe_wire, tmp_path, event)
    assert event in event_types(stripe_wire)


@pytest.mark.parametrize(
    ("outcome", "account"), [("succeeded", "000123456789"), ("failed", "000222222227")]
)
def test_its_script_for_a_debit_on_the_page_comes_to_its_end_days_later(
    stripe_wire: StripeWire, tmp_path: Path, outcome: str, account: str
) -> None:
    event = f"checkout.session.async_payment_{outcome}"
    options = of_account(account, holder="checkout_session")
    trigger(stripe_wire, tmp_path, event, "--override", "price:currency=usd", *options)
    assert event not in event_types(stripe_wire)
    pass_days(stripe_wire)
    assert event in event_types(stripe_wire)


def test_its_script_for_a_debit_under_way_is_accepted(
    stripe_wire: StripeWire, tmp_path: Path
) -> None:
    options = of_account("000123456789", holder="payment_intent")
    event = "payment_intent.processing"
    trigger(stripe_wire, tmp_path, event, "--override", "payment_intent:currency=usd", *options)
    assert event in event_types(stripe_wire)
