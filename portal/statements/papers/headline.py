"""How a statement stands, in one amount and a few sentences: as its page says it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext

from portal.domain.money import format_usd
from portal.domain.statement import StatementState
from portal.statements.coming import ChargeToCome
from portal.statements.page import StatementPage
from portal.statements.payment_plans import PlanNow
from portal.web import i18n


@dataclass(frozen=True, slots=True)
class Headline:
    """``amount_cents`` is None where there is nothing to name; only ``asks`` asks for money."""

    lead: str
    amount_cents: int | None
    until: str = ""
    asks: bool = False


def headline(page: StatementPage) -> Headline:
    """The first and largest words of a statement's paper, in the order of its page."""
    if page.state == StatementState.VOIDED:
        return Headline(gettext("This statement was replaced"), None)
    if page.state == StatementState.ON_HOLD:
        return Headline(gettext("There is nothing to pay now"), None)
    if page.asks_on_newer:
        return Headline(gettext("You owe now"), page.due_now_cents)
    settled = _settled(page)
    if settled is not None:
        return settled
    day = i18n.long_day(page.document.due_on)
    late = gettext("It was due on %(day)s", day=day)
    until = late if page.past_due else gettext("Please pay by %(day)s", day=day)
    return Headline(gettext("You owe"), page.due_now_cents, until, asks=True)


def _settled(page: StatementPage) -> Headline | None:
    """What is said where nothing is asked for."""
    is_coming = page.on_the_way_cents and page.due_now_cents <= 0
    in_turn = (
        (
            page.state == StatementState.ON_PLAN,
            gettext("On your payment plan"),
            page.on_plans_cents,
        ),
        (page.state == StatementState.PLACED, gettext("You owe us now"), 0),
        (page.is_being_decided, gettext("You owe now"), 0),
        (page.state == StatementState.CREDIT, gettext("You have a credit of"), page.credit_cents),
        (page.state == StatementState.PAID, gettext("All paid. You owe"), 0),
        (is_coming, gettext("On its way from your bank"), page.on_the_way_cents),
    )
    found = (Headline(lead, cents) for applies, lead, cents in in_turn if applies)
    return next(found, None)


def standing(page: StatementPage) -> Iterator[str]:
    """What else to know before paying, a paragraph each."""
    phone = page.practice.phone
    if page.state == StatementState.VOIDED:
        yield gettext(
            "Please do not pay it. Look for a newer statement, or call %(phone)s.", phone=phone
        )
        return
    if page.state == StatementState.ON_HOLD:
        yield gettext("We have stopped billing on this account for now. Please do not pay.")
        return
    if page.asks_on_newer:
        yield _on_newer(page)
    yield from _coming(page)
    if page.on_the_way_cents and page.due_now_cents > 0:
        amount = format_usd(page.on_the_way_cents)
        yield gettext(
            "A payment of %(amount)s is on its way from your bank, and it is already taken off.",
            amount=amount,
        )
    for plan in page.plans:
        yield _plan(plan)
    for one in page.agencies:
        yield gettext(
            "%(agency)s asks for %(amount)s of this statement for us. Pay that to them.",
            agency=one.agency_name,
            amount=format_usd(one.cents),
        )
    if page.credit_cents and page.state != StatementState.CREDIT:
        yield gettext(
            "You also have a credit of %(amount)s. It is not taken off. Call %(phone)s to use it.",
            amount=format_usd(page.credit_cents),
            phone=phone,
        )


def _on_newer(page: StatementPage) -> str:
    """An older statement is no second bill: it leads to the one that has everything."""
    if page.newer is None:
        raise ValueError(page.statement_id)
    said = gettext(
        "All of it is on your newest statement, of %(day)s. You never need to pay both.",
        day=i18n.long_day(page.newer.issued_on),
    )
    if not page.alone.due_now_cents:
        return f"{said} {gettext('Nothing is left of this one.')}"
    amount = format_usd(page.alone.due_now_cents)
    return f"{said} {gettext('%(amount)s of it is from this one.', amount=amount)}"


def _coming(page: StatementPage) -> Iterator[str]:
    """What will be charged by itself; that nothing else is to be done only where it covers all."""
    if page.coming is None:
        return
    said = [_charge_words(one) for one in page.coming.charges]
    if page.coming.left_cents:
        left = format_usd(page.coming.left_cents)
        said.append(gettext("That leaves %(amount)s for you to pay.", amount=left))
    elif page.nothing_to_do:
        said.append(gettext("You do not need to do anything."))
    else:
        said.append(gettext("That covers what you owe now."))
    yield " ".join(said)


def _charge_words(one: ChargeToCome) -> str:
    """What will be charged, and when; up to how much where it may be less by then."""
    values = {"amount": format_usd(one.cents), "day": i18n.long_day(one.on)}
    if one.origin == "autopay":
        if one.is_at_most:
            return str(gettext("Autopay will charge up to %(amount)s on %(day)s.", **values))
        return str(gettext("Autopay will charge %(amount)s on %(day)s.", **values))
    if one.is_at_most:
        return str(gettext("You planned up to %(amount)s for %(day)s.", **values))
    return str(gettext("You planned %(amount)s for %(day)s.", **values))


def _plan(plan: PlanNow) -> str:
    amount = format_usd(plan.covers_cents)
    said = gettext("Your payment plan covers %(amount)s of this statement.", amount=amount)
    if plan.past_due_cents:
        amount = format_usd(plan.past_due_cents)
        return f"{said} {gettext('%(amount)s of your payment plan is past due.', amount=amount)}"
    if plan.next_on:
        following = gettext(
            "The next payment of your payment plan is %(amount)s, due on %(day)s.",
            amount=format_usd(plan.next_cents),
            day=i18n.long_day(plan.next_on),
        )
        return f"{said} {following}"
    return str(said)
