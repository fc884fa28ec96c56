"""Stripe's published test bank accounts, and what an ACH debit of each comes to.

Any other account pays. Account numbers are not kept: a payment method remembers the last digits and
the behaviour they stand for.
"""

import hashlib
import re
from dataclasses import asdict, dataclass
from typing import Final

from portal.demo.stripe_simulator import shapes
from portal.demo.stripe_simulator.errors import Body
from portal.demo.stripe_simulator.workspace import Workspace

ROUTING_NUMBER: Final = "110000000"
_NOT_DIGITS: Final = re.compile(r"[\s\-]")
_ACCOUNT_LENGTHS: Final = range(4, 18)
_ROUTING_WEIGHTS: Final = (3, 7, 1) * 3


@dataclass(frozen=True, slots=True)
class Return:
    """What a return code of Nacha means at Stripe.

    `failure_code` before the money was settled, `dispute_reason` after; `blocks` says why the
    account cannot be debited any more, and `ends_mandate` whether the authorisation is gone.
    """

    failure_code: str
    dispute_reason: str
    blocks: str | None = None
    ends_mandate: bool = False


_UNAUTHORIZED: Final = Return(
    "debit_not_authorized", "debit_not_authorized", "debit_not_authorized", ends_mandate=True
)
RETURNS: Final = {
    "R01": Return("insufficient_funds", "insufficient_funds"),
    "R02": Return("account_closed", "bank_cannot_process", "bank_account_closed"),
    "R03": Return("no_account", "incorrect_account_details", "bank_account_invalid_details"),
    "R04": Return(
        "invalid_account_number", "incorrect_account_details", "bank_account_invalid_details"
    ),
    "R05": _UNAUTHORIZED,
    "R07": _UNAUTHORIZED,
    "R08": _UNAUTHORIZED,
    "R09": Return("insufficient_funds", "insufficient_funds"),
    "R10": _UNAUTHORIZED,
    "R11": _UNAUTHORIZED,
    "R16": Return("account_frozen", "bank_cannot_process", "bank_account_frozen"),
    "R20": Return("bank_account_restricted", "bank_cannot_process", "bank_account_restricted"),
    "R29": _UNAUTHORIZED,
}
"""R01 and R09 no money, R02 closed, R03 and R04 not found, R05 R10 R11 R29 not authorised,
R07 authorisation revoked, R08 payment stopped, R16 frozen, R20 no account for payments."""


@dataclass(frozen=True, slots=True)
class BankBehaviour:
    """What becomes of a debit: settles, unless one of these says otherwise."""

    returned: str | None = None
    returned_late: str | None = None
    never_settles: bool = False
    over_limit: bool = False


BEHAVIOURS: Final = {
    "000123456789": BankBehaviour(),
    "000111111113": BankBehaviour(returned="R02"),
    "000111111116": BankBehaviour(returned="R03"),
    "000222222227": BankBehaviour(returned="R01"),
    "000333333335": BankBehaviour(returned="R29"),
    "000555555559": BankBehaviour(returned_late="R10"),
    "000000000009": BankBehaviour(never_settles=True),
    "000777777771": BankBehaviour(over_limit=True),
}
TOKENS: Final = {
    "pm_usBankAccount_success": "000123456789",
    "pm_usBankAccount_accountClosed": "000111111113",
    "pm_usBankAccount_noAccount": "000111111116",
    "pm_usBankAccount_insufficientFunds": "000222222227",
    "pm_usBankAccount_debitNotAuthorized": "000333333335",
    "pm_usBankAccount_dispute": "000555555559",
    "pm_usBankAccount_processing": "000000000009",
    "pm_usBankAccount_weeklyLimitExceeded": "000777777771",
}


@dataclass(frozen=True, slots=True)
class Account:
    """A bank account as given, once every field of it can be right."""

    number: str
    routing: str
    name: str
    holder: str = "individual"
    kind: str = "checking"


def read_account(typed: str) -> str | None:
    """The digits of what can be an account number, else None."""
    digits = _NOT_DIGITS.sub("", typed)
    fits = digits.isascii() and digits.isdigit() and len(digits) in _ACCOUNT_LENGTHS
    return digits if fits else None


def read_routing(typed: str) -> str | None:
    """Nine digits with the American Bankers Association's check digit, else None."""
    digits = _NOT_DIGITS.sub("", typed)
    if not (digits.isascii() and digits.isdigit() and len(digits) == len(_ROUTING_WEIGHTS)):
        return None
    weighed = sum(
        int(digit) * weight for digit, weight in zip(digits, _ROUTING_WEIGHTS, strict=True)
    )
    return digits if weighed % 10 == 0 else None


def payment_method(work: Workspace, account: Account, billing: Body | None = None) -> Body:
    """A new PaymentMethod for an account, verified at once as Financial Connections would."""
    behaviour = BEHAVIOURS.get(account.number, BankBehaviour())
    # Of what is shown, not of the number: two accounts of ours never share their last digits.
    shown = f"{account.routing}:{account.number[-4:]}".encode()
    details = shapes.skeleton("payment_method_us_bank_account") | {
        "account_holder_type": account.holder,
        "account_type": account.kind,
        "bank_name": "STRIPE TEST BANK",
        "fingerprint": hashlib.sha256(shown).hexdigest()[:16],
        "last4": account.number[-4:],
        "networks": {"preferred": "ach", "supported": ["ach"]},
        "routing_number": account.routing,
        "status_details": {},
    }
    return work.add(
        "payment_method",
        {"behaviour": asdict(behaviour)},
        type="us_bank_account",
        us_bank_account=details,
        billing_details={
            **shapes.skeleton("payment_method")["billing_details"],
            "name": account.name or None,
            **(billing or {}),
        },
        metadata={},
    )


def behaviour_of(work: Workspace, method: Body) -> BankBehaviour:
    return BankBehaviour(**work.notes(method["id"]).get("behaviour", {}))


def block(work: Workspace, method: Body, code: str) -> None:
    """After such a return the account cannot be debited any more."""
    reason = RETURNS[code].blocks
    details = method["us_bank_account"] | {
        "status_details": {"blocked": {"network_code": code, "reason": reason}}
    }
    work.change(method, us_bank_account=details)


def is_blocked(method: Body) -> bool:
    return "blocked" in (method["us_bank_account"]["status_details"] or {})
