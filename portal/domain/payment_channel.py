"""How a payment came to be made, and with what."""

from enum import StrEnum


class PaymentChannel(StrEnum):
    """Who started it."""

    LINK = "link"  # the patient, on a statement
    GUEST = "guest"  # somebody with the code of a statement
    SCHEDULED = "scheduled"  # the portal, on the day the patient chose
    AUTOPAY = "autopay"  # the portal, for a new statement, as the patient agreed
    PLAN = "plan"  # the portal, for an installment of a payment plan
    DESK = "desk"  # staff, for money that was handed over
    FOUND = "found"  # staff, for money at the processor that no payment explained


OFF_SESSION = frozenset({PaymentChannel.SCHEDULED, PaymentChannel.AUTOPAY, PaymentChannel.PLAN})
"""Made with nobody present: no page at the processor belongs to them."""


class MethodKind(StrEnum):
    """The first four as Stripe names them; the rest is handed over at the desk."""

    CARD = "card"
    BANK_DEBIT = "us_bank_account"
    WALLET_LINK = "link"
    CASH_APP = "cashapp"
    CASH = "cash"
    CHECK = "check"
    TERMINAL = "terminal"  # a card machine of the practice that is not connected with the portal
