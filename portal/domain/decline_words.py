"""Why a bank said no, in words that help: what it means, and what to try. English and Spanish.

Stripe's decline codes in groups (docs.stripe.com/declines/codes), and its names for the return
codes of ACH. A group says no more than the payer may know: a card reported lost or stolen, or
suspected of fraud, is worded as any other refusal.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Final

from portal.domain.payment_channel import MethodKind


class DeclineReason(StrEnum):
    """What the payer can do something about. Not stored: found in the bank's code when shown."""

    REFUSED = auto()  # the bank's to explain
    NO_FUNDS = auto()
    EXPIRED = auto()
    WRONG_DETAILS = auto()
    OVER_LIMIT = auto()
    NOT_ACCEPTED = auto()  # the card cannot be used for this
    TRY_LATER = auto()
    NOT_CONFIRMED = auto()
    # Bank accounts.
    ACCOUNT_SHORT = auto()
    ACCOUNT_CLOSED = auto()
    ACCOUNT_NOT_FOUND = auto()
    ACCOUNT_BLOCKED = auto()
    NOT_ALLOWED = auto()  # its holder said no
    NOT_VERIFIED = auto()
    ACCOUNT_REFUSED = auto()


@dataclass(frozen=True, slots=True)
class DeclineWords:
    """One sentence each."""

    why: str
    what_to_try: str


def decline_reason(code: str | None, *, method_kind: str | None = None) -> DeclineReason:
    """The group of a code; a code nobody knows is a refusal that the bank can explain."""
    of_account = method_kind == MethodKind.BANK_DEBIT
    if code in _OF_ACCOUNTS and (of_account or code not in _OF_CARDS):
        return _OF_ACCOUNTS[code]
    if of_account:
        return DeclineReason.ACCOUNT_REFUSED
    return _OF_CARDS.get(code or "", DeclineReason.REFUSED)


def decline_words(reason: DeclineReason, language: str) -> DeclineWords:
    """In Spanish for ``es``, else in English."""
    return (_SPANISH if language == "es" else _ENGLISH)[reason]


_GROUPS_OF_CARDS: Final[Mapping[DeclineReason, tuple[str, ...]]] = {
    DeclineReason.NO_FUNDS: ("insufficient_funds",),
    DeclineReason.EXPIRED: (
        "expired_card",
        "invalid_expiry_month",
        "invalid_expiry_year",
        "new_account_information_available",
    ),
    DeclineReason.WRONG_DETAILS: (
        "incorrect_address",
        "incorrect_cvc",
        "incorrect_number",
        "incorrect_pin",
        "incorrect_zip",
        "invalid_account",
        "invalid_cvc",
        "invalid_number",
        "invalid_pin",
    ),
    DeclineReason.OVER_LIMIT: (
        "card_velocity_exceeded",
        "pin_try_exceeded",
        "withdrawal_count_limit_exceeded",
    ),
    DeclineReason.NOT_ACCEPTED: (
        "card_not_supported",
        "currency_not_supported",
        "invalid_amount",
        "not_permitted",
        "service_not_allowed",
        "test_mode_live_card",
        "testmode_decline",
        "transaction_not_allowed",
    ),
    DeclineReason.TRY_LATER: (
        "approve_with_id",
        "duplicate_transaction",
        "issuer_not_available",
        "processing_error",
        "reenter_transaction",
        "try_again_later",
    ),
    DeclineReason.NOT_CONFIRMED: (
        "authentication_not_handled",
        "authentication_required",
        "mobile_device_authentication_required",
        "offline_pin_required",
        "online_or_offline_pin_required",
        "payment_intent_authentication_failure",
    ),
}
_GROUPS_OF_ACCOUNTS: Final[Mapping[DeclineReason, tuple[str, ...]]] = {
    DeclineReason.ACCOUNT_SHORT: ("insufficient_funds",),  # R01, R09
    DeclineReason.ACCOUNT_CLOSED: ("account_closed", "bank_account_closed"),  # R02
    DeclineReason.ACCOUNT_NOT_FOUND: (
        "bank_account_invalid_details",
        "incorrect_account_details",
        "invalid_account_number",  # R04
        "no_account",  # R03
    ),
    DeclineReason.ACCOUNT_BLOCKED: (
        "account_frozen",  # R16
        "bank_account_frozen",
        "bank_account_restricted",  # R20
        "bank_account_unusable",
        "bank_ownership_changed",
        "payment_method_bank_account_blocked",
    ),
    DeclineReason.NOT_ALLOWED: ("debit_not_authorized",),  # R05, R07, R08, R10, R11, R29
    DeclineReason.OVER_LIMIT: ("charge_exceeds_source_limit", "charge_exceeds_weekly_limit"),
    DeclineReason.NOT_VERIFIED: (
        "payment_method_microdeposit_failed",
        "payment_method_microdeposit_verification_amounts_mismatch",
        "payment_method_microdeposit_verification_attempts_exceeded",
        "payment_method_microdeposit_verification_descriptor_code_mismatch",
        "payment_method_microdeposit_verification_timeout",
    ),
}
_OF_CARDS: Final = {code: group for group, codes in _GROUPS_OF_CARDS.items() for code in codes}
_OF_ACCOUNTS: Final = {
    code: group for group, codes in _GROUPS_OF_ACCOUNTS.items() for code in codes
}

_ENGLISH: Final[Mapping[DeclineReason, DeclineWords]] = {
    DeclineReason.REFUSED: DeclineWords(
        "The bank did not say why.",
        "Try another card or your bank account. The bank’s number is on the back of your card.",
    ),
    DeclineReason.NO_FUNDS: DeclineWords(
        "There is not enough money or credit on the card.",
        "Try another card, or pay a part now.",
    ),
    DeclineReason.EXPIRED: DeclineWords(
        "The card has expired, or its date was typed wrong.",
        "Check the date on the card, or use your new card.",
    ),
    DeclineReason.WRONG_DETAILS: DeclineWords(
        "Something typed from the card is not right.",
        "Type the number, the date, the security code and the ZIP code again.",
    ),
    DeclineReason.OVER_LIMIT: DeclineWords(
        "It is more than your bank allows at this time.",
        "Pay a part now, try another card or account, or ask your bank to raise the limit.",
    ),
    DeclineReason.NOT_ACCEPTED: DeclineWords(
        "This card cannot be used for this payment.",
        "Try another card or your bank account.",
    ),
    DeclineReason.TRY_LATER: DeclineWords(
        "The bank could not be reached.",
        "Try again in a few minutes. If it happens again, try another card.",
    ),
    DeclineReason.NOT_CONFIRMED: DeclineWords(
        "Your bank wanted you to confirm the payment, and that did not happen.",
        "Try again, and say yes when your bank asks you. It may ask in its own app.",
    ),
    DeclineReason.ACCOUNT_SHORT: DeclineWords(
        "There was not enough money in the account on that day. Your bank may take a fee for this.",
        "Pay again when the money is there, or pay a part now.",
    ),
    DeclineReason.ACCOUNT_CLOSED: DeclineWords(
        "The bank says that this account is closed.",
        "Use another account, or a card.",
    ),
    DeclineReason.ACCOUNT_NOT_FOUND: DeclineWords(
        "The bank did not find an account with this number.",
        "Check the numbers on a check or in your bank’s app, and try again.",
    ),
    DeclineReason.ACCOUNT_BLOCKED: DeclineWords(
        "The bank does not allow payments from this account.",
        "Use another account, or a card. Your bank can tell you more.",
    ),
    DeclineReason.NOT_ALLOWED: DeclineWords(
        "The bank says that the owner of the account did not allow this payment, or that the "
        "account is not made for it.",
        "Use another account, or a card. If this is a mistake, ask your bank.",
    ),
    DeclineReason.NOT_VERIFIED: DeclineWords(
        "The account was not confirmed.",
        "Try again, and sign in to your bank when you are asked. Or use a card.",
    ),
    DeclineReason.ACCOUNT_REFUSED: DeclineWords(
        "The bank did not say why.",
        "Use another account, or a card. Your bank can tell you more.",
    ),
}

_SPANISH: Final[Mapping[DeclineReason, DeclineWords]] = {
    DeclineReason.REFUSED: DeclineWords(
        "El banco no dijo por qué.",
        "Pruebe con otra tarjeta o con su cuenta de banco. El número del banco está al dorso de "
        "su tarjeta.",
    ),
    DeclineReason.NO_FUNDS: DeclineWords(
        "La tarjeta no tiene suficiente dinero o crédito.",
        "Pruebe con otra tarjeta, o pague ahora una parte.",
    ),
    DeclineReason.EXPIRED: DeclineWords(
        "La tarjeta está vencida, o se escribió mal su fecha.",
        "Revise la fecha de la tarjeta, o use su tarjeta nueva.",
    ),
    DeclineReason.WRONG_DETAILS: DeclineWords(
        "Algo de lo que se escribió de la tarjeta no es correcto.",
        "Escriba otra vez el número, la fecha, el código de seguridad y el código postal.",
    ),
    DeclineReason.OVER_LIMIT: DeclineWords(
        "Es más de lo que su banco permite en este momento.",
        "Pague ahora una parte, pruebe con otra tarjeta o cuenta, o pida a su banco que suba el "
        "límite.",
    ),
    DeclineReason.NOT_ACCEPTED: DeclineWords(
        "Esta tarjeta no sirve para este pago.",
        "Pruebe con otra tarjeta o con su cuenta de banco.",
    ),
    DeclineReason.TRY_LATER: DeclineWords(
        "No fue posible comunicarse con el banco.",
        "Pruebe otra vez en unos minutos. Si vuelve a pasar, pruebe con otra tarjeta.",
    ),
    DeclineReason.NOT_CONFIRMED: DeclineWords(
        "Su banco quería que usted confirmara el pago, y eso no pasó.",
        "Pruebe otra vez y diga que sí cuando su banco le pregunte. Quizás pregunte en su propia "
        "aplicación.",
    ),
    DeclineReason.ACCOUNT_SHORT: DeclineWords(
        "Ese día no había suficiente dinero en la cuenta. Quizás su banco le cobre un cargo por "
        "esto.",
        "Pague otra vez cuando tenga el dinero, o pague ahora una parte.",
    ),
    DeclineReason.ACCOUNT_CLOSED: DeclineWords(
        "El banco dice que esta cuenta está cerrada.",
        "Use otra cuenta o una tarjeta.",
    ),
    DeclineReason.ACCOUNT_NOT_FOUND: DeclineWords(
        "El banco no encontró una cuenta con este número.",
        "Revise los números en un cheque o en la aplicación de su banco, y pruebe otra vez.",
    ),
    DeclineReason.ACCOUNT_BLOCKED: DeclineWords(
        "El banco no permite pagos de esta cuenta.",
        "Use otra cuenta o una tarjeta. Su banco puede decirle más.",
    ),
    DeclineReason.NOT_ALLOWED: DeclineWords(
        "El banco dice que el dueño de la cuenta no permitió este pago, o que la cuenta no sirve "
        "para pagar así.",
        "Use otra cuenta o una tarjeta. Si es un error, pregunte a su banco.",
    ),
    DeclineReason.NOT_VERIFIED: DeclineWords(
        "La cuenta no se confirmó.",
        "Pruebe otra vez y entre a su banco cuando se le pida. O use una tarjeta.",
    ),
    DeclineReason.ACCOUNT_REFUSED: DeclineWords(
        "El banco no dijo por qué.",
        "Use otra cuenta o una tarjeta. Su banco puede decirle más.",
    ),
}
