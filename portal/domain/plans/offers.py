"""What a person may choose, each choice with all of its days and amounts.

What may be chosen depends on the balance, and on the income if it is given, and on nothing else
about a person (15 USC 1691, 12 CFR 1002): nothing else can be handed in.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from portal.domain.business_days import is_business_day
from portal.domain.plans.cadence import Cadence, Frequency, add_months, cadence_from, days_from
from portal.domain.plans.policy import (
    FEWEST_INSTALLMENTS,
    WITHOUT_DISCLOSURE,
    PlanPolicy,
)
from portal.domain.plans.refusal import Refusal, RefusalCode
from portal.domain.plans.schedule import Installment, counted, schedule
from portal.domain.plans.state_pack import StatePack

_WHOLE: Final = 100
_TOMORROW: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Everything an offer rests on. ``policy`` has been tightened by ``pack``.

    ``today`` is the day in the practice's time zone. ``monthly_income_cents``: None if not given.
    """

    balance_cents: int
    policy: PlanPolicy
    pack: StatePack
    today: date
    monthly_income_cents: int | None = None

    @property
    def down_payment_cents(self) -> int:
        return self.policy.down_payment.of(self.balance_cents)

    @property
    def financed_cents(self) -> int:
        return self.balance_cents - self.down_payment_cents

    @property
    def most_a_month_cents(self) -> int | None:
        """By the pack's share of the income; None: nothing limits it."""
        share, income = self.pack.max_income_percent, self.monthly_income_cents
        return None if share is None or income is None else income * share // _WHOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How often, and from when on; None: the latest day there is."""

    frequency: Frequency = Frequency.MONTHLY
    first_due_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One choice, complete. ``installments`` begin with the down payment where there is one."""

    cadence: Cadence
    installments: tuple[Installment, ...]
    down_payment_cents: int

    @property
    def count(self) -> int:
        """Without the down payment."""
        return counted(self.installments)

    @property
    def installment_cents(self) -> int:
        """The largest one."""
        return max(one.cents for one in self.installments if one.number)

    @property
    def last_due_on(self) -> date:
        return self.installments[-1].due_on

    @property
    def needs_disclosure(self) -> bool:
        return self.count > WITHOUT_DISCLOSURE


@dataclass(frozen=True, slots=True, kw_only=True)
class Offers:
    """All choices for one wish, fewest installments first; without any, why."""

    choices: tuple[Offer, ...]
    refusal: Refusal | None = None


def offers(ground: Ground, wish: Wish = Wish()) -> Offers:
    """Every number of installments that may be chosen."""
    refused = _refused_at_all(ground, wish)
    if refused is not None:
        return Offers(choices=(), refusal=refused)
    most = ground.policy.most_installments(ground.balance_cents)
    asked = [offer_of_count(ground, count, wish) for count in range(FEWEST_INSTALLMENTS, most + 1)]
    choices = tuple(one for one in asked if isinstance(one, Offer))
    refusals = [one for one in asked if isinstance(one, Refusal)]
    return Offers(choices=choices, refusal=None if choices else refusals[-1])


def offer_of_count(ground: Ground, count: int, wish: Wish = Wish()) -> Offer | Refusal:
    """So many installments."""
    refused = _refused_at_all(ground, wish) or _count_refused(ground, count)
    if refused is not None:
        return refused
    cadence = _cadence(ground, wish)
    installments = schedule(
        ground.balance_cents,
        count=count,
        cadence=cadence,
        agreed_on=ground.today,
        down_payment_cents=ground.down_payment_cents,
    )
    return schedule_refused(installments, ground) or Offer(
        cadence=cadence,
        installments=installments,
        down_payment_cents=ground.down_payment_cents,
    )


def offer_of_amount(ground: Ground, cents: int, wish: Wish = Wish()) -> Offer | Refusal:
    """As few installments as can be, none above an amount."""
    refused = _refused_at_all(ground, wish)
    if refused is not None:
        return refused
    most = max(_most(ground), 1)
    least = -(-ground.financed_cents // most)
    if cents < least:
        return Refusal(RefusalCode.INSTALLMENT_TOO_SMALL, cents=least, count=most)
    return offer_of_count(ground, -(-ground.financed_cents // cents), wish)


def first_due_days(policy: PlanPolicy, today: date) -> tuple[date, date]:
    """The first and the last day on which the first installment may be due."""
    last = today + timedelta(days=policy.first_due_within_days)
    while policy.moves_off_holidays and not is_business_day(last) and last > today + _TOMORROW:
        last -= timedelta(days=1)
    return today + _TOMORROW, last


def has_room(policy: PlanPolicy, *, live_plans: int) -> bool:
    """Whether one more plan may begin beside those that run."""
    return live_plans < policy.max_active_plans


def _refused_at_all(ground: Ground, wish: Wish) -> Refusal | None:
    policy, balance = ground.policy, ground.balance_cents
    if balance < policy.min_balance_cents:
        return Refusal(RefusalCode.BALANCE_TOO_SMALL, cents=policy.min_balance_cents)
    if balance > policy.max_balance_cents:
        return Refusal(RefusalCode.BALANCE_TOO_LARGE, cents=policy.max_balance_cents)
    if not policy.most_installments(balance):
        return Refusal(RefusalCode.NO_TIER)
    if wish.frequency not in policy.frequencies:
        return Refusal(RefusalCode.FREQUENCY_NOT_OFFERED)
    first, last = first_due_days(policy, ground.today)
    begins = days_from(_cadence(ground, wish), count=1)[0]
    if not (first <= begins <= last) or (wish.first_due_on or first) < first:
        return Refusal(RefusalCode.FIRST_DAY_OUT_OF_RANGE, day=last)
    return None


def _cadence(ground: Ground, wish: Wish) -> Cadence:
    return cadence_from(
        wish.frequency,
        first_on=wish.first_due_on or first_due_days(ground.policy, ground.today)[1],
        moves_off_holidays=ground.policy.moves_off_holidays,
    )


def _most(ground: Ground) -> int:
    """As many as the tier and the least installment allow."""
    by_tier = ground.policy.most_installments(ground.balance_cents)
    return min(by_tier, ground.financed_cents // ground.policy.min_installment_cents)


def _count_refused(ground: Ground, count: int) -> Refusal | None:
    """Too few, too many, or each too small; with what would do."""
    most = _most(ground)
    if most < FEWEST_INSTALLMENTS:
        least = ground.policy.min_installment_cents
        return Refusal(RefusalCode.INSTALLMENT_TOO_SMALL, cents=least, count=most)
    if count < FEWEST_INSTALLMENTS:
        largest = -(-ground.financed_cents // FEWEST_INSTALLMENTS)
        return Refusal(RefusalCode.TOO_FEW_INSTALLMENTS, cents=largest, count=FEWEST_INSTALLMENTS)
    if count <= most:
        return None
    by_tier = ground.policy.most_installments(ground.balance_cents)
    code = (
        RefusalCode.TOO_MANY_INSTALLMENTS if count > by_tier else RefusalCode.INSTALLMENT_TOO_SMALL
    )
    return Refusal(code, cents=-(-ground.financed_cents // most), count=most)


def schedule_refused(installments: Iterable[Installment], ground: Ground) -> Refusal | None:
    """What the state's rules have against a schedule: too long, or too much in one month."""
    rows = tuple(installments)
    days = [one.due_on for one in rows if one.number]
    months = ground.pack.max_months
    if months is not None and days[-1] >= add_months(days[0], months):
        return Refusal(RefusalCode.TOO_LONG, count=months)
    most = ground.most_a_month_cents
    if most is not None and heaviest_month_cents(rows) > most:
        return Refusal(RefusalCode.ABOVE_INCOME_SHARE, cents=most)
    return None


def heaviest_month_cents(installments: Iterable[Installment]) -> int:
    """The most that is due in one month of the calendar, a down payment too."""
    by_month: dict[tuple[int, int], int] = defaultdict(int)
    for one in installments:
        by_month[one.due_on.year, one.due_on.month] += one.asked_cents
    return max(by_month.values())
