"""What a payer has yet to do, as Stripe says it where the simulator has no part for it."""

from typing import Any

import pytest

from portal.connectors.payment_gateway import IntentStatus, NeededAction
from tests.contracts.test_gateway_unreadable import INTENT, stripe_that_says

CONFIRM_AT = "https://payments.stripe.com/microdeposit/pacs_test_made_up"
WAITING: dict[str, Any] = {**INTENT, "status": "requires_action", "amount_received": 0}


@pytest.mark.parametrize(
    ("next_action", "action", "url"),
    [
        (
            {
                "type": "verify_with_microdeposits",
                "verify_with_microdeposits": {
                    "arrival_date": 1,
                    "hosted_verification_url": CONFIRM_AT,
                    "microdeposit_type": "descriptor_code",
                },
            },
            NeededAction.VERIFY_ACCOUNT,
            CONFIRM_AT,
        ),
        ({"type": "use_stripe_sdk", "use_stripe_sdk": {}}, NeededAction.CONFIRM, None),
        (
            {"type": "redirect_to_url", "redirect_to_url": {"url": "https://bank.test"}},
            NeededAction.CONFIRM,
            None,
        ),
    ],
)
def test_what_is_awaited_says_what_to_do_and_where(
    next_action: dict[str, Any], action: NeededAction, url: str | None
) -> None:
    with stripe_that_says({**WAITING, "next_action": next_action}) as gateway:
        intent = gateway.look_up_payment_intent("pi_1", stripe_account=None)
    assert intent.status is IntentStatus.REQUIRES_ACTION
    assert (intent.action, intent.action_url) == (action, url)
