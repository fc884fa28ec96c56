"""Why something about a plan cannot be, in sentences that say what can."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from flask_babel import gettext

from portal.domain.money import format_usd
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.web.i18n import long_day

_Words = Callable[[Mapping[str, Any]], str]


def refusal_words(refusal: Refusal) -> str:
    """One sentence for people, with its figures."""
    figures = {
        "amount": format_usd(refusal.cents) if refusal.cents is not None else "",
        "count": refusal.count if refusal.count is not None else 0,
        "day": long_day(refusal.day) if refusal.day is not None else "",
    }
    return _WORDS[refusal.code](figures)


def _no_more_skips(figures: Mapping[str, Any]) -> str:
    if not figures["count"]:
        return str(gettext("Payments of this plan cannot be skipped. You can move a date."))
    return str(
        gettext(
            "You have skipped as often as you may in 12 months. You can again from %(day)s.",
            day=figures["day"],
        )
    )


_WORDS: Final[Mapping[RefusalCode, _Words]] = {
    RefusalCode.BALANCE_TOO_SMALL: lambda f: gettext(
        "A plan is for %(amount)s or more. Choose more visits, or pay it at once.",
        amount=f["amount"],
    ),
    RefusalCode.BALANCE_TOO_LARGE: lambda f: gettext(
        "A plan is for up to %(amount)s. Call us: we find a way with you.", amount=f["amount"]
    ),
    RefusalCode.NO_TIER: lambda _f: gettext(
        "We have no plan for this amount. Call us: we find a way with you."
    ),
    RefusalCode.INSTALLMENT_TOO_SMALL: lambda f: gettext(
        "Each payment is %(amount)s or more.", amount=f["amount"]
    ),
    RefusalCode.TOO_MANY_INSTALLMENTS: lambda f: gettext(
        "At most %(count)s payments, of about %(amount)s each.",
        count=f["count"],
        amount=f["amount"],
    ),
    RefusalCode.TOO_FEW_INSTALLMENTS: lambda f: gettext(
        "At least %(count)s payments, of up to %(amount)s each.",
        count=f["count"],
        amount=f["amount"],
    ),
    RefusalCode.ABOVE_INCOME_SHARE: lambda f: gettext(
        "The law limits it to %(amount)s a month. Choose more payments.", amount=f["amount"]
    ),
    RefusalCode.TOO_LONG: lambda f: gettext(
        "A plan may take up to %(count)s months. Choose fewer payments.", count=f["count"]
    ),
    RefusalCode.FREQUENCY_NOT_OFFERED: lambda _f: gettext("Choose how often you want to pay"),
    RefusalCode.FIRST_DAY_OUT_OF_RANGE: lambda f: gettext(
        "Choose a first day from tomorrow to %(day)s", day=f["day"]
    ),
    RefusalCode.NOT_AN_OPEN_INSTALLMENT: lambda _f: gettext(
        "This payment is not open any more, so there is nothing to change."
    ),
    RefusalCode.BEING_CHARGED: lambda _f: gettext(
        "This payment is being charged right now. Look again tomorrow, or call us."
    ),
    RefusalCode.ALREADY_DUE: lambda _f: gettext(
        "This payment is due already. Pay it now, or call us if you cannot."
    ),
    RefusalCode.PARTLY_PAID: lambda _f: gettext(
        "A part of this payment is paid, so it cannot be skipped. You can move its date."
    ),
    RefusalCode.TOO_FAR: lambda f: gettext(
        "Choose a day up to %(day)s. A payment moves by at most %(count)s days.",
        day=f["day"],
        count=f["count"],
    ),
    RefusalCode.PAST_THE_NEXT: lambda f: gettext(
        "Choose a day before %(day)s, when the next payment is due.", day=f["day"]
    ),
    RefusalCode.BEFORE_THE_LAST: lambda f: gettext(
        "Choose a day after %(day)s, when the payment before it is due.", day=f["day"]
    ),
    RefusalCode.DAY_IS_OVER: lambda f: gettext("Choose %(day)s or a later day.", day=f["day"]),
    RefusalCode.PAST_DUE: lambda f: gettext(
        "A payment is open since %(day)s. Pay that one first, or call us.", day=f["day"]
    ),
    RefusalCode.NO_MORE_SKIPS: _no_more_skips,
    RefusalCode.TOO_LITTLE_PAID: lambda f: gettext(
        "You can skip a payment after you have made %(count)s.", count=f["count"]
    ),
    RefusalCode.NO_MORE_REAGES: lambda f: gettext(
        "The plan may begin again at most %(count)s times in 12 months.", count=f["count"]
    ),
    RefusalCode.NOT_POSITIVE: lambda _f: gettext("Enter an amount"),
    RefusalCode.NOTHING_TO_CHANGE: lambda _f: gettext("That is how it is now. Nothing changes."),
    RefusalCode.PRINCIPAL_GROWS: lambda _f: gettext(
        "More is owed than the plan covers. The rest has to be added as a new bill."
    ),
    RefusalCode.MORE_THAN_LEFT: lambda f: gettext(
        "Only %(amount)s is left on the plan.", amount=f["amount"]
    ),
    RefusalCode.BELOW_FLOOR: lambda f: gettext(
        "At least %(amount)s has to stay to be paid.", amount=f["amount"]
    ),
    RefusalCode.NEED_NOT_DOCUMENTED: lambda _f: gettext(
        "This share may be reduced only for a need that is on file, or after collection was tried."
    ),
    RefusalCode.NOT_BILLED_YET: lambda _f: gettext("Nothing is taken off before it was billed."),
    RefusalCode.NOT_APPROVED: lambda _f: gettext("A manager has to approve this first."),
}
