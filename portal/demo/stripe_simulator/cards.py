"""Stripe's published test cards, and what becomes of a payment with each.

No other number pays, and no number is kept: a payment method remembers the card by its last digits
and by the behaviour it stands for.
"""

import hashlib
import re
from dataclasses import asdict, dataclass
from time import gmtime
from typing import Final

from portal.demo.stripe_simulator import shapes
from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace

_NOT_DIGITS: Final = re.compile(r"[\s\-]")
_EXPIRY: Final = re.compile(r"(\d{1,2})\s*/?\s*(\d{2}|\d{4})", re.ASCII)
_CARD_LENGTHS: Final = range(12, 20)
_CVC_LENGTHS: Final = range(3, 5)
_DECEMBER: Final = 12
_CENTURY: Final = 2000


@dataclass(frozen=True, slots=True)
class Decline:
    """What the bank answers. `advice_code` says whether trying again makes sense."""

    code: str
    decline_code: str
    message: str
    advice_code: str | None = None


DECLINES: Final = {
    "generic_decline": Decline("card_declined", "generic_decline", "Your card was declined."),
    "insufficient_funds": Decline(
        "card_declined",
        "insufficient_funds",
        "Your card has insufficient funds.",
        "try_again_later",
    ),
    "lost_card": Decline(
        "card_declined", "lost_card", "Your card was declined.", "do_not_try_again"
    ),
    "stolen_card": Decline(
        "card_declined", "stolen_card", "Your card was declined.", "do_not_try_again"
    ),
    "expired_card": Decline(
        "expired_card", "expired_card", "Your card has expired.", "do_not_try_again"
    ),
    "incorrect_cvc": Decline(
        "incorrect_cvc",
        "incorrect_cvc",
        "Your card's security code is incorrect.",
        "confirm_card_data",
    ),
    "processing_error": Decline(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        "try_again_later",
    ),
    "authentication_required": Decline(
        "authentication_required",
        "authentication_required",
        "Your card was declined. This payment needs the cardholder to confirm it.",
    ),
    "test_mode_live_card": Decline(
        "card_declined",
        "test_mode_live_card",
        "Your card was declined. This is test mode, and only test cards work here.",
    ),
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What happens to a payment with this card: pays, unless one of these says otherwise.

    `decline` befalls saving the card as well, unless `saves`. The bank asks the cardholder always,
    or only until the card has been saved (`asks_until_saved`). A refund may be `refund_pending` for
    a while, or fail after it had succeeded (`refund_fails`). `no_waiting`: money is available at
    once.
    """

    brand: str = "visa"
    funding: str = "credit"
    decline: str | None = None
    saves: bool = False
    asks_bank: bool = False
    asks_until_saved: bool = False
    disputed: str | None = None
    inquired: bool = False
    refund_pending: bool = False
    refund_fails: bool = False
    no_waiting: bool = False


BEHAVIOURS: Final = {
    "4242424242424242": Behaviour(),
    "4000056655665556": Behaviour(funding="debit"),
    "5555555555554444": Behaviour(brand="mastercard"),
    "378282246310005": Behaviour(brand="amex"),
    "6011111111111117": Behaviour(brand="discover"),
    "4000000000000002": Behaviour(decline="generic_decline"),
    "4000000000000341": Behaviour(decline="generic_decline", saves=True),
    "4000000000009995": Behaviour(decline="insufficient_funds"),
    "4000000000009987": Behaviour(decline="lost_card"),
    "4000000000009979": Behaviour(decline="stolen_card"),
    "4000000000000069": Behaviour(decline="expired_card"),
    "4000000000000127": Behaviour(decline="incorrect_cvc"),
    "4000000000000119": Behaviour(decline="processing_error"),
    "4000002500003155": Behaviour(asks_until_saved=True),
    "4000002760003184": Behaviour(asks_bank=True),
    "4000000000003220": Behaviour(asks_bank=True),
    "4000008400001629": Behaviour(asks_bank=True, decline="generic_decline"),
    "4000008260003178": Behaviour(asks_until_saved=True, decline="insufficient_funds", saves=True),
    "4000000000000259": Behaviour(disputed="fraudulent"),
    "4000000000002685": Behaviour(disputed="product_not_received"),
    "4000000000001976": Behaviour(disputed="fraudulent", inquired=True),
    "4000000000007726": Behaviour(refund_pending=True),
    "4000000000005126": Behaviour(refund_fails=True),
    "4000000000000077": Behaviour(no_waiting=True),
}
_OTHER: Final = Behaviour(brand="unknown", decline="test_mode_live_card")

TOKENS: Final = {
    "pm_card_visa": "4242424242424242",
    "pm_card_visa_debit": "4000056655665556",
    "pm_card_mastercard": "5555555555554444",
    "pm_card_amex": "378282246310005",
    "pm_card_discover": "6011111111111117",
    "pm_card_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclined": "4000000000000002",
    "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
    "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
    "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
    "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
    "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
    "pm_card_chargeDeclinedProcessingError": "4000000000000119",
    "pm_card_chargeCustomerFail": "4000000000000341",
    "pm_card_authenticationRequired": "4000002760003184",
    "pm_card_authenticationRequiredOnSetup": "4000002500003155",
    "pm_card_authenticationRequiredSetupForOffSession": "4000002500003155",
    "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds": "4000008260003178",
    "pm_card_createDispute": "4000000000000259",
    "pm_card_createDisputeProductNotReceived": "4000000000002685",
    "pm_card_createDisputeInquiry": "4000000000001976",
    "pm_card_pendingRefund": "4000000000007726",
    "pm_card_refundFail": "4000000000005126",
    "pm_card_bypassPending": "4000000000000077",
    "pm_card_threeDSecure2Required": "4000000000003220",
}
"""Payment methods that exist from the start, by Stripe's names for them."""

CARD_TOKENS: Final = {
    name.replace("pm_card_", "tok_", 1): number for name, number in TOKENS.items()
}
"""The same by the names that `card[token]` takes."""

USUAL_EXPIRY: Final = (2034, 12)


@dataclass(frozen=True, slots=True)
class Card:
    """A card as typed, once every field of it can be right."""

    number: str
    expires: tuple[int, int]
    name: str


def read_number(typed: str) -> str | None:
    """The digits of a number that can be a card's (right length, right check digit), else None."""
    digits = _NOT_DIGITS.sub("", typed)
    if not (digits.isascii() and digits.isdigit() and len(digits) in _CARD_LENGTHS):
        return None
    doubled = (
        sum(divmod(2 * int(digit), 10)) if place % 2 else int(digit)
        for place, digit in enumerate(reversed(digits))
    )
    return digits if sum(doubled) % 10 == 0 else None


def read_expiry(typed: str, *, this_month: tuple[int, int]) -> tuple[int, int] | None:
    """Year and month out of ``12 / 34`` or ``12/2034``; None when it is no month or has passed."""
    match = _EXPIRY.fullmatch(typed.strip())
    if match is None:
        return None
    month, year = int(match[1]), int(match[2])
    expires = (year if year >= _CENTURY else year + _CENTURY, month)
    return expires if 1 <= month <= _DECEMBER and expires >= this_month else None


def is_security_code(typed: str) -> bool:
    return typed.isascii() and typed.isdigit() and len(typed) in _CVC_LENGTHS


def payment_method(
    work: Workspace, card: Card, billing: Body | None = None, *, wallet: str | None = None
) -> Body:
    """A new PaymentMethod for a card; its notes hold the behaviour, never the number."""
    behaviour = BEHAVIOURS.get(card.number, _OTHER)
    year, month = card.expires
    last4 = card.number[-4:]
    details = shapes.skeleton("payment_method_card") | {
        "brand": behaviour.brand,
        "display_brand": behaviour.brand,
        "country": "US",
        "exp_month": month,
        "exp_year": year,
        # Of what is shown, not of the number: enough to recognise a test card.
        "fingerprint": hashlib.sha256(f"{behaviour.brand}{last4}".encode()).hexdigest()[:16],
        "funding": behaviour.funding,
        "last4": last4,
        "checks": {
            "address_line1_check": None,
            "address_postal_code_check": None,
            "cvc_check": "fail" if behaviour.decline == "incorrect_cvc" else "pass",
        },
        "wallet": _wallet(wallet, last4) if wallet else None,
    }
    return work.add(
        "payment_method",
        {"behaviour": asdict(behaviour)},
        type="card",
        card=details,
        billing_details={
            **shapes.skeleton("payment_method")["billing_details"],
            "name": card.name or None,
            **(billing or {}),
        },
        metadata={},
    )


def behaviour_of(work: Workspace, method: Body) -> Behaviour:
    # One that an earlier simulator left in its file has none, and simply pays.
    return Behaviour(**work.notes(method["id"]).get("behaviour", {}))


def reason_to_decline(work: Workspace, method: Body) -> Decline | None:
    """What the bank says to a payment; a card whose last month is over has expired."""
    card = method["card"]
    year, month = gmtime(work.now)[:2]
    if (card["exp_year"], card["exp_month"]) < (year, month):
        return DECLINES["expired_card"]
    code = behaviour_of(work, method).decline
    return None if code is None else DECLINES[code]


def _wallet(kind: str, last4: str) -> Body:
    return shapes.skeleton("payment_method_card_wallet") | {
        "type": kind,
        "dynamic_last4": last4,
        kind: {},
    }
