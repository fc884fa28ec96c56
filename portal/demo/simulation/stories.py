"""What people do: each story is one visitor's, from the statement to whatever comes of it."""

from collections.abc import Callable, Generator
from datetime import timedelta
from typing import Final, TypeAlias
from uuid import UUID

from portal.demo.simulation.agenda import Story
from portal.demo.simulation.visitor import Visitor
from portal.domain.payment_status import PaymentState

GOOD_CARDS: Final = ("4242424242424242", "4000056655665556", "5555555555554444")
DECLINED_CARDS: Final = ("4000000000000002", "4000000000009995", "4000000000000119")
REFUND_WAITS, REFUND_FAILS = "4000000000007726", "4000000000005126"
ASKS_BANK: Final = "4000000000003220"
GOOD_ACCOUNT: Final = "000123456789"
RETURNED_ACCOUNTS: Final = ("000222222227", "000111111113")
MOMENT: Final = timedelta(minutes=1)
_SHORT: Final = timedelta(minutes=4)
_TRIES: Final = 8

Telling: TypeAlias = Callable[[Visitor], Story]


def pays(visitor: Visitor, *, share: float = 1.0, card: str | None = None) -> Story:
    """All of it, or a part, and comes back to the portal more often than not."""
    payment_id = visitor.starts(round(visitor.due_cents() * share))
    url = yield from _stripes_page(visitor, payment_id)
    if url is None:
        return
    yield MOMENT
    visitor.types_card(url, card or visitor.chance.choice(GOOD_CARDS))
    yield from _maybe_back(visitor, payment_id)


def pays_twice(visitor: Visitor) -> Story:
    """A part now and the rest the next day."""
    yield from pays(visitor, share=0.4)
    yield timedelta(days=1)
    yield from pays(visitor)


def is_declined(visitor: Visitor) -> Story:
    """Then another card on the same page; or gives up."""
    payment_id = visitor.starts(visitor.due_cents())
    url = yield from _stripes_page(visitor, payment_id)
    if url is None:
        return
    visitor.types_card(url, visitor.chance.choice(DECLINED_CARDS))
    yield _SHORT
    if visitor.chance.random() < 0.7:  # noqa: PLR2004 - most people have another
        visitor.types_card(url, visitor.chance.choice(GOOD_CARDS))
        yield from _maybe_back(visitor, payment_id)
    else:
        visitor.comes_back(payment_id)


def is_asked_by_bank(visitor: Visitor) -> Story:
    """Says yes, says no, or leaves with the question open and pays another way."""
    payment_id = visitor.starts(visitor.due_cents())
    url = yield from _stripes_page(visitor, payment_id)
    if url is None:
        return
    visitor.types_card(url, ASKS_BANK)
    yield MOMENT
    answer = visitor.chance.choice(("yes", "no", "leaves"))
    if answer == "leaves":
        yield _SHORT
        yield from pays(visitor)
        visitor.answers_bank(url, confirmed=True)  # the old tab is still there
    else:
        visitor.answers_bank(url, confirmed=answer == "yes")
    yield from _maybe_back(visitor, payment_id)


def has_two_tabs(visitor: Visitor) -> Story:
    """Two amounts in two tabs, both confirmed, both paid if Stripe lets them."""
    due_cents = visitor.due_cents()
    first, second = visitor.starts(due_cents), visitor.starts(due_cents // 2)
    pages = [visitor.confirms(first), visitor.confirms(second)]
    yield MOMENT
    for url in pages:
        if url is not None:
            visitor.types_card(url, visitor.chance.choice(GOOD_CARDS))
    yield MOMENT
    visitor.comes_back(second)
    visitor.comes_back(first)


def clicks_twice(visitor: Visitor) -> Story:
    """Every button, and reloads the page it leads back to."""
    due_cents = visitor.due_cents()
    visitor.starts(due_cents)
    payment_id = visitor.starts(due_cents)
    visitor.confirms(payment_id)
    url = yield from _stripes_page(visitor, payment_id)
    if url is None:
        return
    card = visitor.chance.choice(GOOD_CARDS)
    visitor.types_card(url, card)
    visitor.types_card(url, card)
    visitor.comes_back(payment_id)
    visitor.comes_back(payment_id)
    yield MOMENT


def leaves(visitor: Visitor) -> Story:
    """Looks at the form, or at Stripe's page, and never comes back."""
    payment_id = visitor.starts(visitor.due_cents())
    yield MOMENT
    if visitor.chance.random() < 0.5:  # noqa: PLR2004 - half of them get as far as Stripe
        visitor.confirms(payment_id)


def pays_from_bank(visitor: Visitor) -> Story:
    """A debit that settles or is returned days later; a card where debits are not offered."""
    payment_id = visitor.starts(visitor.due_cents())
    url = yield from _stripes_page(visitor, payment_id)
    if url is None:
        return
    settles = visitor.chance.random() < 0.6  # noqa: PLR2004 - more than half
    number = GOOD_ACCOUNT if settles else visitor.chance.choice(RETURNED_ACCOUNTS)
    if not visitor.gives_account(url, number):
        visitor.types_card(url, visitor.chance.choice(GOOD_CARDS))
    yield from _maybe_back(visitor, payment_id)
    yield timedelta(days=8)
    if not settles:
        yield from pays(visitor)


def gets_money_back(visitor: Visitor) -> Story:
    """Pays, and days later staff give back all or a part; one refund of three waits or fails."""
    card = visitor.chance.choice((GOOD_CARDS[0], REFUND_WAITS, REFUND_FAILS))
    yield from pays(visitor, card=card)
    yield timedelta(days=visitor.chance.randrange(1, 5))
    visitor.is_given_back(share=visitor.chance.choice((1.0, 0.5, 0.25)))
    yield timedelta(hours=1)
    visitor.is_given_back(share=0.5)


def disputes(visitor: Visitor) -> Story:
    """Pays, and days later tells the bank that it was somebody else; the bank decides later."""
    yield from pays(visitor)
    yield timedelta(days=visitor.chance.randrange(1, 6))
    dispute_id = visitor.tells_bank_it_was_not_me()
    yield timedelta(days=visitor.chance.randrange(2, 9))
    if dispute_id is not None:
        visitor.bank_decides(dispute_id, won=visitor.chance.random() < 0.5)  # noqa: PLR2004 - half


def _stripes_page(
    visitor: Visitor, payment_id: UUID | None
) -> Generator[timedelta, None, str | None]:
    """Press "Pay" until it leads to Stripe, a few times, as somebody does whose page says wait."""
    for _ in range(_TRIES):
        url = visitor.confirms(payment_id)
        if url is not None or payment_id is None:
            return url
        yield _SHORT
    return None


def _maybe_back(visitor: Visitor, payment_id: UUID | None) -> Story:
    """Two of three come back from Stripe; who is told to wait looks again."""
    yield timedelta(0)
    if visitor.chance.random() < 1 / 3:
        return
    for _ in range(_TRIES):
        state = visitor.comes_back(payment_id)
        if state not in (None, PaymentState.OPEN):
            return
        yield MOMENT
