"""How a statement stands, in one amount and a few sentences: as its page says it."""

from collections.abc import Iterator
from dataclasses import dataclass

from flask_babel import gettext

from portal.domain.money import format_usd
from portal.domain.statement import StatementState
from portal.statements.payment_plans import PlanNow
from portal.statements.queries import StatementPage
from portal.web import i18n


@dataclass(frozen=True, slots=True)
class Headline:
    """``amount_cents`` is None where there is nothing to name; only ``asks`` asks for money."""

    lead: str
    amount_cents: int | None
    until: str = ""
    asks: bool = False


def headline(page: StatementPage) -> Headline:
    """The first and largest words of a statement's paper."""
    settled = _settled(page)
    if settled is not None:
        return settled
    day = i18n.long_day(page.document.due_on)
    late = gettext("It was due on %(day)s", day=day)
    until = late if page.past_due else gettext("Please pay by %(day)s", day=day)
    return Headline(gettext("You owe"), page.due_now_cents, until, asks=True)


def _settled(page: StatementPage) -> Headline | None:
    """What is said where nothing is asked for, in the order of the page."""
    instead = {
        StatementState.VOIDED: Headline(gettext("This statement was replaced"), None),
        StatementState.ON_HOLD: Headline(gettext("There is nothing to pay now"), None),
        StatementState.ON_PLAN: Headline(gettext("On your payment plan"), page.on_plans_cents),
        StatementState.PLACED: Headline(gettext("You owe us now"), 0),
    }
    if page.state in instead:
        return instead[page.state]
    if page.is_being_decided:
        return Headline(gettext("You owe now"), 0)
    if page.state == StatementState.CREDIT:
        return Headline(gettext("You have a credit of"), page.credit_cents)
    if page.state == StatementState.PAID:
        return Headline(gettext("All paid. You owe"), 0)
    if page.on_the_way_cents and page.due_now_cents <= 0:
        return Headline(gettext("On its way from your bank"), page.on_the_way_cents)
    return None


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
    if page.coming:
        yield _coming(page)
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


def _coming(page: StatementPage) -> str:
    coming = page.coming
    if coming is None:
        raise ValueError(page.statement_id)
    values = {"amount": format_usd(coming.amount_cents), "day": i18n.long_day(coming.on)}
    if coming.origin == "autopay":
        said = gettext("Autopay will charge %(amount)s on %(day)s.", **values)
    else:
        said = gettext("You planned %(amount)s for %(day)s.", **values)
    return f"{said} {gettext('You do not need to do anything.')}"


def _plan(plan: PlanNow) -> str:
    amount = format_usd(plan.covers_cents)
    said = gettext("Your payment plan covers %(amount)s of this statement.", amount=amount)
    if plan.past_due_cents:
        amount = format_usd(plan.past_due_cents)
        return f"{said} {gettext('%(amount)s of your plan is past due.', amount=amount)}"
    if plan.next_on:
        following = gettext(
            "The next payment of your plan is %(amount)s, due on %(day)s.",
            amount=format_usd(plan.next_cents),
            day=i18n.long_day(plan.next_on),
        )
        return f"{said} {following}"
    return str(said)
