"""Why something about a plan cannot be chosen: a code and its figures; sentences are elsewhere."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class RefusalCode(StrEnum):
    """Stable names. In brackets: which figure of a Refusal goes with it."""

    # What may be offered
    BALANCE_TOO_SMALL = "balance_too_small"  # cents: the least
    BALANCE_TOO_LARGE = "balance_too_large"  # cents: the most
    NO_TIER = "no_tier"
    INSTALLMENT_TOO_SMALL = "installment_too_small"  # cents: the least; count: the most payments
    TOO_MANY_INSTALLMENTS = "too_many_installments"  # count: the most; cents: the least amount
    TOO_FEW_INSTALLMENTS = "too_few_installments"  # count: the fewest; cents: the most amount
    ABOVE_INCOME_SHARE = "above_income_share"  # cents: the most a month
    TOO_LONG = "too_long"  # count: the most months
    FREQUENCY_NOT_OFFERED = "frequency_not_offered"
    FIRST_DAY_OUT_OF_RANGE = "first_day_out_of_range"  # day: the last one
    # What may be changed
    NOT_AN_OPEN_INSTALLMENT = "not_an_open_installment"
    BEING_CHARGED = "being_charged"
    ALREADY_DUE = "already_due"
    PARTLY_PAID = "partly_paid"
    TOO_FAR = "too_far"  # day: the nearest possible; count: the most days
    PAST_THE_NEXT = "past_the_next"  # day: the next one
    BEFORE_THE_LAST = "before_the_last"  # day: the one before
    DAY_IS_OVER = "day_is_over"  # day: the first possible one
    PAST_DUE = "past_due"  # day: since when
    NO_MORE_SKIPS = "no_more_skips"  # count: how many a year; day: when there is one again
    TOO_LITTLE_PAID = "too_little_paid"  # count: how many installments first
    NO_MORE_REAGES = "no_more_reages"  # count: how many a year; day: when there is one again
    NOT_POSITIVE = "not_positive"
    NOTHING_TO_CHANGE = "nothing_to_change"
    PRINCIPAL_GROWS = "principal_grows"  # that is a balance to add
    MORE_THAN_LEFT = "more_than_left"  # cents: what is left
    BELOW_FLOOR = "below_floor"  # cents: the least that stays to be paid
    NEED_NOT_DOCUMENTED = "need_not_documented"  # 42 USC 1320a-7a(i)(6)
    NOT_BILLED_YET = "not_billed_yet"
    NOT_APPROVED = "not_approved"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason, with the figures its sentence needs."""

    code: RefusalCode
    cents: int | None = None
    count: int | None = None
    day: date | None = None
