"""What a saved method is called in a sentence: "Visa ending 4242", "cuenta terminada en 6789"."""

from typing import Final

from portal.domain.payment_channel import MethodKind
from portal.payments.methods.models import SavedMethod

_WORDS: Final = {
    "en": ("card", "bank account", "{what} ending {last4}"),
    "es": ("tarjeta", "cuenta bancaria", "{what} terminada en {last4}"),
}


def method_name(method: SavedMethod, *, language: str) -> str:
    """For wordings, which are kept: pages use the macro of the same words."""
    card, account, ending = _WORDS.get(language, _WORDS["en"])
    if method.kind == MethodKind.BANK_DEBIT:
        what = account if not method.brand else f"{account} ({method.brand.title()})"
    else:
        what = (method.brand or card).title() if method.brand else card
    return ending.format(what=what, last4=method.last4 or "????")
