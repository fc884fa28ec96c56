"""What happens to money after it has come: refunds that wait or fail, and disputes."""

import pytest

from tests.contracts.stripe_wire import StripeWire
from tests.simulator.api_caller import ApiCaller
from tests.simulator.paying import DAY_SECONDS, event_types, movements, paid, pass_days


def refund_of(api: ApiCaller, token: str, **more: object) -> dict[str, object]:
    intent = paid(api, method=token)
    answer = api.post("/v1/refunds", {"payment_intent": intent["id"]} | more)
    assert answer.status == 200, answer.body
    return answer.body


def dispute_of(api: ApiCaller, token: str = "pm_card_createDispute") -> dict[str, object]:  # noqa: S107 - a test card
    intent = paid(api, method=token)
    (dispute,) = api.get(f"/v1/disputes?payment_intent={intent['id']}").body["data"]
    assert isinstance(dispute, dict)
    return dispute


def test_a_refund_may_wait_before_it_succeeds(stripe_wire: StripeWire, api: ApiCaller) -> None:
    refund = refund_of(api, "pm_card_pendingRefund")
    assert refund["status"] == "pending"
    pass_days(stripe_wire)
    assert api.get(f"/v1/refunds/{refund['id']}").body["status"] == "succeeded"
    types = event_types(stripe_wire)
    assert types.index("refund.created") < types.index("refund.updated")
    assert "charge.refund.updated" in types


def test_a_refund_may_fail_after_it_succeeded_and_the_money_is_back(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    refund = refund_of(api, "pm_card_refundFail", amount=500)
    assert refund["status"] == "succeeded"
    pass_days(stripe_wire)
    failed = api.get(f"/v1/refunds/{refund['id']}").body
    assert (failed["status"], failed["failure_reason"]) == ("failed", "expired_or_canceled_card")
    assert [name for name in event_types(stripe_wire) if "refund" in name] == [
        "refund.created",
        "charge.refunded",
        "refund.failed",
        "refund.updated",
        "charge.refund.updated",
    ]
    back = api.get(f"/v1/balance_transactions/{failed['failure_balance_transaction']}").body
    assert (back["type"], back["amount"]) == ("refund_failure", 500)
    charge = api.get(f"/v1/charges/{refund['charge']}").body
    assert (charge["amount_refunded"], charge["refunded"]) == (0, False)
    whole = api.post("/v1/refunds", {"charge": refund["charge"]}).body
    assert whole["amount"] == 2_000


def test_any_refund_can_be_made_to_fail_once(stripe_wire: StripeWire, api: ApiCaller) -> None:
    refund = refund_of(api, "pm_card_visa")
    given = {"refund": refund["id"], "reason": "lost_or_stolen_card"}
    failed = stripe_wire.control.post("refunds/fail", given)
    assert failed["failure_reason"] == "lost_or_stolen_card"
    assert sum(amount for _, amount, _ in movements(api)) == 2_000
    path = f"/v1/refunds/{refund['id']}"
    assert api.post(path, {"metadata[a]": "b"}).body["metadata"] == {"a": "b"}


@pytest.mark.parametrize(
    ("decision", "step", "kept_cents"),
    [("won", "charge.dispute.funds_reinstated", 2_000 - 88 - 1_500), ("lost", None, -88 - 1_500)],
)
def test_a_dispute_is_decided_by_its_evidence(
    stripe_wire: StripeWire, api: ApiCaller, decision: str, step: str | None, kept_cents: int
) -> None:
    dispute = dispute_of(api)
    path = f"/v1/disputes/{dispute['id']}"
    staged = api.post(path, {"evidence[uncategorized_text]": "draft", "submit": "false"}).body
    assert (staged["status"], staged["evidence_details"]["submission_count"]) == (
        "needs_response",
        0,
    )
    text = "winning_evidence" if decision == "won" else "losing_evidence"
    done = api.post(path, {"evidence[uncategorized_text]": text}).body
    assert (done["status"], done["evidence_details"]["submission_count"]) == (decision, 1)
    types = event_types(stripe_wire)
    assert types[-1] == "charge.dispute.closed"
    assert step is None or step in types
    assert sum(amount - fee for _, amount, fee in movements(api)) == kept_cents
    late = api.post(path, {"evidence[uncategorized_text]": "more"})
    assert late.status == 400
    assert api.post(f"{path}/close").status == 400


def test_evidence_waits_for_the_banks_decision_and_has_a_limit(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    dispute = dispute_of(api, "pm_card_createDisputeProductNotReceived")
    assert dispute["reason"] == "product_not_received"
    path = f"/v1/disputes/{dispute['id']}"
    too_long = {"evidence[uncategorized_text]": "x" * 150_001}
    assert api.post(path, too_long).error["param"].startswith("evidence")
    given = api.post(path, {"evidence[product_description]": "balance"}).body
    assert (given["status"], given["evidence"]["product_description"]) == (
        "under_review",
        "balance",
    )
    pass_days(stripe_wire, 30)
    assert api.get(path).body["status"] == "under_review"
    decided = stripe_wire.control.post(
        "disputes/decide", {"dispute": dispute["id"], "status": "won"}
    )
    assert [one["amount"] for one in decided["balance_transactions"]] == [-2_000, 2_000]
    assert decided["balance_transactions"][1]["reporting_category"] == "dispute_reversal"


def test_a_dispute_nobody_answers_is_lost_and_one_given_in_as_well(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    waiting, given_in = dispute_of(api), dispute_of(api)
    closed = api.post(f"/v1/disputes/{given_in['id']}/close").body
    assert closed["status"] == "lost"
    pass_days(stripe_wire, 10)
    lapsed = api.get(f"/v1/disputes/{waiting['id']}").body
    assert (lapsed["status"], lapsed["evidence_details"]["past_due"]) == ("lost", True)
    closings = [one for one in stripe_wire.events() if one["type"] == "charge.dispute.closed"]
    assert len(closings) == 2
    assert closings[1]["created"] == lapsed["evidence_details"]["due_by"]


def test_an_inquiry_moves_no_money_and_leaves_the_refund_open(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    dispute = dispute_of(api, "pm_card_createDisputeInquiry")
    assert dispute["status"] == "warning_needs_response"
    assert movements(api) == [("charge", 2_000, 88)]
    assert api.post("/v1/refunds", {"charge": dispute["charge"], "amount": 100}).status == 200
    pass_days(stripe_wire, 10)
    assert api.get(f"/v1/disputes/{dispute['id']}").body["status"] == "warning_closed"
    assert "charge.dispute.funds_withdrawn" not in event_types(stripe_wire)


def test_the_cardholder_disputes_a_payment_by_its_intent_too(
    stripe_wire: StripeWire, api: ApiCaller
) -> None:
    intent = paid(api)
    dispute = stripe_wire.control.post("disputes", {"payment_intent": intent["id"]})
    assert dispute["charge"] == intent["latest_charge"]


def test_a_dispute_is_of_what_was_not_refunded(stripe_wire: StripeWire, api: ApiCaller) -> None:
    refund = refund_of(api, "pm_card_visa", amount=1_500)
    dispute = stripe_wire.control.dispute(str(refund["charge"]))
    assert dispute["amount"] == 500
    assert dispute["evidence_details"]["due_by"] == dispute["created"] + 9 * DAY_SECONDS
