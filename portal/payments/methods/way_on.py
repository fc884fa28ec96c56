"""Where somebody who saves a way to pay came from: their payment plan, and back to it afterwards.

Kept in the session and not in an address: Stripe's page stands between.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from flask import session, url_for

_KEY: Final = "after_saving"
_PAGES: Final[Mapping[str, str]] = {"plan": "plans.how", "plan-method": "plans.method"}


def remember_way_on(then: str) -> None:
    """``then``: `plan <id>` or `plan-method <id>`; anything else leads nowhere."""
    page, _, plan_id = then.partition(" ")
    if page in _PAGES and _is_id(plan_id):
        session[_KEY] = f"{page} {plan_id}"
    else:
        session.pop(_KEY, None)


def way_on() -> str:
    """The address of the page they came from; empty when it was none of a plan's."""
    page, _, plan_id = str(session.get(_KEY, "")).partition(" ")
    return url_for(_PAGES[page], plan_id=UUID(plan_id)) if page in _PAGES else ""


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
