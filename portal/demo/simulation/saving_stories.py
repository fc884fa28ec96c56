"""What people do who have a card or an account kept: charged later, by itself, or not at all."""

from collections.abc import Generator
from datetime import timedelta
from typing import Final

from portal.demo.simulation.agenda import Story
from portal.demo.simulation.saver import Saver
from portal.demo.simulation.stories import (
    GOOD_ACCOUNT,
    GOOD_CARDS,
    MOMENT,
    RETURNED_ACCOUNTS,
    pays,
)
from portal.demo.simulation.visitor import Visitor
from portal.domain.charge_schedule import DAYS_AFTER_STATEMENT
from portal.domain.payment_channel import MethodKind

MONTH: Final = timedelta(days=31)
"""From the first statement to the next."""

KEPT_CARDS: Final = (
    *GOOD_CARDS,
    "4000000000000341",  # kept, and declined when it is charged
    "4000002500003155",  # asks until it is kept
    "4000002760003184",  # asks each time, which nobody answers then
)
_KEPT_ACCOUNTS: Final = (GOOD_ACCOUNT, GOOD_ACCOUNT, *RETURNED_ACCOUNTS)
_HIGH_CAP_CENTS, _LOW_CAP_CENTS = 1_000_00, 30_00
_A_WHILE: Final = timedelta(hours=1)
_TRIES: Final = 8


def pays_later(visitor: Visitor) -> Story:
    """Is charged on a chosen day; the bank may want to ask, or say no; or they think again."""
    saver = Saver(visitor)
    if not (yield from _keeps_something(saver)):
        return
    in_days = visitor.chance.randrange(2, 12)
    saver.plans_to_pay(in_days=in_days)
    yield timedelta(days=1)
    yield from _may_change_mind(saver)
    yield timedelta(days=25)
    yield from _pays_what_is_left(visitor)


def pays_by_itself(visitor: Visitor) -> Story:
    """Has new statements charged, and pays the one that is there; a month later comes the next."""
    saver, chance = Saver(visitor), visitor.chance
    if (yield from _keeps_something(saver)):
        saver.turns_autopay_on(
            cap_cents=chance.choice((_HIGH_CAP_CENTS, _HIGH_CAP_CENTS, _LOW_CAP_CENTS)),
            days_after=chance.choice(DAYS_AFTER_STATEMENT[:2]),
        )
    yield from pays(visitor)
    yield MONTH + timedelta(days=chance.randrange(2, 5))
    saver = saver.with_newest_statement()
    yield from _may_change_mind(saver)
    yield timedelta(days=22)
    yield from _pays_what_is_left(saver.visitor)


def _keeps_something(saver: Saver) -> Generator[timedelta, None, bool]:
    """Whether a card or an account is kept in the end; a bank that asks may be left alone."""
    chance = saver.visitor.chance
    is_account = chance.random() < 0.3  # noqa: PLR2004 - fewer than have a card
    kind = MethodKind.BANK_DEBIT if is_account else MethodKind.CARD
    url = saver.begins_saving(kind)
    if url is None:
        return False
    yield MOMENT
    if is_account:
        saver.visitor.gives_account(url, chance.choice(_KEPT_ACCOUNTS))
    else:
        saver.visitor.types_card(url, chance.choice(KEPT_CARDS))
        if chance.random() < 0.8:  # noqa: PLR2004 - most answer a bank that asks
            saver.visitor.answers_bank(url, confirmed=True)
    for _ in range(_TRIES):
        yield _A_WHILE
        if saver.newest_kept() is not None:
            return True
    return False


def _may_change_mind(saver: Saver) -> Story:
    """One of three does: about the charge, about how it is paid, or pays by hand before."""
    yield timedelta(0)
    chance = saver.visitor.chance
    act = chance.choice(("", "", "", "", "", "", "stop", "move", "remove", "off", "pay"))
    if act == "stop":
        saver.stops_the_charge()
    elif act == "move":
        saver.moves_the_charge(by_days=chance.randrange(1, 4))
    elif act == "remove":
        saver.removes_what_is_kept()
    elif act == "off":
        saver.turns_autopay_off()
    elif act == "pay":
        yield from pays(saver.visitor)


def _pays_what_is_left(visitor: Visitor) -> Story:
    """The charge was declined, or needed them, or was stopped; half of them come and pay."""
    yield timedelta(0)
    if visitor.due_cents() and visitor.chance.random() < 0.5:  # noqa: PLR2004 - half
        yield from pays(visitor)
