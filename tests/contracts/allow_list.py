"""All that may leave for Stripe: every field that a call of ours may carry, and what it may hold.

`stripe_wire` holds every recorded call to it, whichever test made it. Ids, amounts, dates of ours
and a few fixed words: nothing that names a person, a visit or a service. The one free text is the
evidence of a dispute, which staff approve before it leaves.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

_UUID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_GUESTS_TOKEN: Final = r"[\w-]{64}\.[\w-]{43}"  # ids and a signature
_PATH: Final = rf"(?:/{_UUID}|/[a-z]+(?:-[a-z]+)*)*/?|/pay/[a-z0-9-]+/back/{_GUESTS_TOKEN}"
_URL: Final = rf"https?://[\w.:-]+(?:{_PATH})"
_NUMBER: Final = r"\d{1,12}"
_ID: Final = r"(?:cs_test|cus|du|dp|evt|pi|pm|po|re|txn|ch|py|seti)_\w+"
_PREFIX: Final = "payment_method_options[us_bank_account]"
_ALLOWED: Final = {
    name: re.compile(pattern)
    for name, pattern in {
        "adaptive_pricing[enabled]": "false",
        "amount": _NUMBER,
        "cancel_url": _URL,
        "charge": _ID,
        "client_reference_id": _UUID,
        "confirm": "true",
        "created[gte]": _NUMBER,
        "created[lte]": _NUMBER,
        "currency": "usd",
        "customer": _ID,
        "description": "Account balance",
        "expires_at": _NUMBER,
        "limit": _NUMBER,
        "line_items[][price_data][currency]": "usd",
        "line_items[][price_data][product_data][name]": "Account balance",
        "line_items[][price_data][unit_amount]": _NUMBER,
        "line_items[][quantity]": "1",
        "locale": "en|es",
        "metadata[payment_id]": _UUID,
        "metadata[refund_id]": _UUID,
        "metadata[setup_id]": _UUID,
        "mode": "payment|setup",
        "off_session": "true",
        "payment_intent": _ID,
        "payment_intent_data[metadata][payment_id]": _UUID,
        "payment_intent_data[setup_future_usage]": "off_session",
        "payment_method": _ID,
        "payment_method_types[]": "card|us_bank_account",
        "payout": _ID,
        "setup_intent_data[metadata][setup_id]": _UUID,
        "starting_after": _ID,
        "submit": "true|false",
        "success_url": _URL,
        f"{_PREFIX}[financial_connections][permissions][]": "payment_method",
        f"{_PREFIX}[verification_method]": "automatic",
    }.items()
}
_WORDS_OF_STRIPES: Final = re.compile(r"expand\[\]|types\[\]")
_APPROVED_BY_STAFF: Final = re.compile(r"evidence\[\w+\]")
_PLACE: Final = re.compile(r"\[\d+\]")
_OURS: Final = "Stripe/v1 PythonBindings"


def strangers(user_agent: str, query: str, body: str) -> Iterator[str]:
    """Sentences about what is not on the list; none about a call that the library did not make."""
    if not user_agent.startswith(_OURS):
        return
    for name, value in (*parse_qsl(query), *parse_qsl(body)):
        field = _PLACE.sub("[]", name)
        if _WORDS_OF_STRIPES.fullmatch(field) or _APPROVED_BY_STAFF.fullmatch(field):
            continue
        allowed = _ALLOWED.get(field)
        if allowed is None:
            yield f"{name} may not leave for Stripe"
        elif not allowed.fullmatch(value):
            yield f"{name} may not leave for Stripe as {value!r}"
