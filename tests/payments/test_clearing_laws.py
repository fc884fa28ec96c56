"""Whatever happens at the processor, the clearing accounts hold what it has not paid out."""

import random
from contextlib import suppress
from uuid import UUID

import pytest

from portal.domain.journal import LedgerAccount
from portal.ledger.checks import checks as ledger_checks
from portal.payments.checks import checks as payment_checks
from portal.payments.refunds.service import RefundNotAllowedError
from portal.payments.service import NothingDueError
from portal.payments.suspense.checks import checks as suspense_checks
from portal.payments.suspense.decisions import MoneyChangedError, NotInSuspenseError
from portal.payments.suspense.items import SuspenseKind
from portal.payments.suspense.service import attach_found, send_back_found
from portal.sync.checks import checks as outbox_checks
from tests.payments.settling import Settling
from tests.payments.test_refund_approvals import staff
from tests.payments.test_suspense import decision, page

CHECKS = (ledger_checks, payment_checks, outbox_checks, suspense_checks)
CLEARING = (LedgerAccount.CARD_CLEARING, LedgerAccount.BANK_CLEARING)


def at_stripe(settling: Settling) -> dict[str, int]:
    """Its own figures: what it holds, what left for the bank and stayed there, all it kept."""
    balance = settling.wire.api("GET", "/v1/balance")
    payouts = settling.wire.api("GET", "/v1/payouts?limit=100")["data"]
    movements = settling.wire.api("GET", "/v1/balance_transactions?limit=100")
    assert not movements["has_more"]
    fees = sum(
        one["fee"] - (one["amount"] if one["type"] == "stripe_fee" else 0)
        for one in movements["data"]
    )
    return {
        "balance": sum(part["amount"] for part in (*balance["available"], *balance["pending"])),
        "bank": sum(one["amount"] for one in payouts if one["status"] == "paid"),
        "fees": fees,
    }


def something_happens(settling: Settling, chance: random.Random, paid: list[UUID]) -> None:
    """A payment, a refund, a dispute and its end, a debit that comes back, days that pass."""
    match chance.choice(
        ["card", "debit", "refund", "dispute", "decide", "return", "days", "stray", "place"]
    ):
        case "card" | "debit" as how:
            pay = settling.pay if how == "card" else settling.pay_by_debit
            with suppress(NothingDueError):  # nothing is asked of somebody who disputes
                paid.append(pay(chance.randrange(100, 900)))
        case "refund" if paid:
            settling.refund(chance.choice(paid), chance.randrange(1, 300))
        case "dispute" if paid:
            settling.dispute(paid.pop(chance.randrange(len(paid))))
        case "decide":
            settling.decide_one(chance.choice(["won", "lost"]))
        case "return" if paid:
            settling.return_debit(paid[-1])
        case "stray" if paid:
            paid.append(settling.pay_elsewhere(chance.choice(paid), chance.randrange(100, 900)))
        case "place":
            place_something(settling, chance)
        case "days":
            settling.pass_days(chance.randrange(1, 6))
            settling.pay_out_if_any()
        case _:
            pass


def place_something(settling: Settling, chance: random.Random) -> None:
    """A manager decides about money that nobody could place; Stripe may say otherwise by then."""
    payer, manager = settling.payer, staff(settling.payer)
    found = [row.item for row in page(payer).rows if row.item.kind is SuspenseKind.FOUND]
    if found:
        entry_id = UUID(chance.choice(found).subject)
        act = chance.choice((attach_found, send_back_found))
        with suppress(MoneyChangedError, NotInSuspenseError, RefundNotAllowedError):
            act(payer.database, payer.gateway, manager, entry_id, decision(payer))


@pytest.mark.parametrize("seed", range(2))
def test_any_mix_leaves_in_clearing_what_stripe_has_not_paid_out(
    settling: Settling, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - chance, not secrecy
    paid: list[UUID] = []
    for _ in range(14):
        something_happens(settling, chance, paid)
        settling.hear_everything(chance)
        assert settling.problems() == [], f"seed {seed}"
    while settling.decide_one("lost"):
        pass
    settling.pay_by_stranger(9_999_999)  # so that what was lost at the end is made up for
    settling.pass_days(30)
    settling.pay_out_if_any()
    settling.hear_everything(chance)
    settling.pass_days()
    settling.hear_everything(chance)
    stripe = at_stripe(settling)
    assert stripe["balance"] == 0
    assert settling.cents_in(*CLEARING) == 0, f"seed {seed}"
    assert settling.cents_in(LedgerAccount.BANK) == stripe["bank"]
    assert settling.cents_in(LedgerAccount.PROCESSOR_FEES) == stripe["fees"]
    assert settling.cents_in(LedgerAccount.DISPUTES_RECEIVABLE) == 0
    found = settling.payer.read(
        lambda session: [finding.message for check in CHECKS for finding in check(session)]
    )
    assert found == [], f"seed {seed}"
