"""What a bank's no means: every code has words, in both languages, and none says too much."""

import pytest

from portal.demo.stripe_simulator.banks import RETURNS
from portal.demo.stripe_simulator.cards import DECLINES
from portal.domain.decline_words import DeclineReason, decline_reason, decline_words

BANK = "us_bank_account"


@pytest.mark.parametrize(
    ("code", "method_kind", "reason"),
    [
        ("insufficient_funds", "card", DeclineReason.NO_FUNDS),
        ("insufficient_funds", None, DeclineReason.NO_FUNDS),
        ("insufficient_funds", BANK, DeclineReason.ACCOUNT_SHORT),
        ("expired_card", "card", DeclineReason.EXPIRED),
        ("incorrect_cvc", "card", DeclineReason.WRONG_DETAILS),
        ("card_velocity_exceeded", "card", DeclineReason.OVER_LIMIT),
        ("transaction_not_allowed", "card", DeclineReason.NOT_ACCEPTED),
        ("processing_error", "card", DeclineReason.TRY_LATER),
        ("authentication_required", "card", DeclineReason.NOT_CONFIRMED),
        ("payment_intent_authentication_failure", None, DeclineReason.NOT_CONFIRMED),
        ("do_not_honor", "card", DeclineReason.REFUSED),
        ("a code of next year", "card", DeclineReason.REFUSED),
        (None, None, DeclineReason.REFUSED),
        ("account_closed", BANK, DeclineReason.ACCOUNT_CLOSED),
        ("no_account", BANK, DeclineReason.ACCOUNT_NOT_FOUND),
        ("invalid_account_number", BANK, DeclineReason.ACCOUNT_NOT_FOUND),
        ("debit_not_authorized", BANK, DeclineReason.NOT_ALLOWED),
        ("account_frozen", BANK, DeclineReason.ACCOUNT_BLOCKED),
        ("charge_exceeds_weekly_limit", None, DeclineReason.OVER_LIMIT),
        ("payment_method_microdeposit_verification_timeout", BANK, DeclineReason.NOT_VERIFIED),
        ("a code of next year", BANK, DeclineReason.ACCOUNT_REFUSED),
    ],
)
def test_a_code_belongs_to_what_its_payer_can_do(
    code: str | None, method_kind: str | None, reason: DeclineReason
) -> None:
    assert decline_reason(code, method_kind=method_kind) is reason


@pytest.mark.parametrize(
    "code", ["lost_card", "stolen_card", "fraudulent", "pickup_card", "merchant_blacklist"]
)
def test_a_card_that_is_reported_is_worded_as_any_other_refusal(code: str) -> None:
    reason = decline_reason(code, method_kind="card")
    assert reason is decline_reason("generic_decline", method_kind="card")


@pytest.mark.parametrize("reason", DeclineReason)
def test_every_reason_has_words_in_both_languages(reason: DeclineReason) -> None:
    english, spanish = decline_words(reason, "en"), decline_words(reason, "es")
    assert all((english.why, english.what_to_try, spanish.why, spanish.what_to_try))
    assert english.what_to_try != spanish.what_to_try


def test_what_stripe_publishes_for_trying_out_is_known() -> None:
    for decline in DECLINES.values():
        known = decline_reason(decline.decline_code, method_kind="card")
        refusals = {"generic_decline", "lost_card", "stolen_card"}
        assert (known is DeclineReason.REFUSED) == (decline.decline_code in refusals)
    for code, returned in RETURNS.items():
        reason = decline_reason(returned.failure_code, method_kind=BANK)
        assert reason is not DeclineReason.ACCOUNT_REFUSED, code
