"""The rules for plans as a manager types them, and as `PlanPolicy` holds them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    IntegerField,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length
from wtforms.widgets import HiddenInput

from portal.domain.plans.cadence import Frequency
from portal.domain.plans.policy import (
    Autopay,
    DownPayment,
    NewBalances,
    PlanPolicy,
    Tier,
)
from portal.web.fields import DayField, MoneyField

TIERS: Final = 4
"""How many a form has; a policy may have more only by other ways in."""

MOST_CENTS: Final = 1_000_000_00
_LONGEST_REASON: Final = 300

FREQUENCY_WORDS: Final = {
    Frequency.MONTHLY: lazy_gettext("Each month"),
    Frequency.TWICE_A_MONTH: lazy_gettext("Twice a month"),
    Frequency.EVERY_TWO_WEEKS: lazy_gettext("Every two weeks"),
    Frequency.WEEKLY: lazy_gettext("Each week"),
}
AUTOPAY_WORDS: Final = {
    Autopay.OPTIONAL: lazy_gettext("The patient chooses"),
    Autopay.REQUIRED: lazy_gettext("Every plan needs it"),
    Autopay.OFF: lazy_gettext("Not offered"),
}
NEW_BALANCE_WORDS: Final = {
    NewBalances.ASK: lazy_gettext("Ask the patient each time"),
    NewBalances.ADD: lazy_gettext("Offer to add it to the plan first"),
    NewBalances.SEPARATE: lazy_gettext("Keep it apart, with a plan of its own"),
    NewBalances.HOLD: lazy_gettext("No new plan while one stands"),
}

_AMOUNTS: Final = ("min_balance_cents", "max_balance_cents", "min_installment_cents")
_COUNTS: Final = (
    "first_due_within_days",
    "max_active_plans",
    "skips_per_year",
    "least_paid_before_skip",
    "move_date_max_days",
    "reages_per_year",
    "grace_days",
    "misses_in_a_row",
    "misses_in_a_year",
    "cure_days",
    "prenotice_days",
    "debit_prenotice_days",
    "settlement_floor_percent",
)
"""Of the same name in the form and in the policy."""

_SHOWN_AT: Final = {
    "tiers": "tier_1",
    "down_payment": "down_percent",
    "down_payment.percent": "down_percent",
    "down_payment.least_cents": "down_least",
    # Neither is on the form: states raise them.
    "default_not_before_days": "cure_days",
    "agency_after_days": "cure_days",
}


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


def _amount(label: Any) -> MoneyField:
    return MoneyField(label)


def _count(label: Any) -> IntegerField:
    return IntegerField(label, [InputRequired(lazy_gettext("Enter a whole number"))])


def _one_of(label: Any, words: Mapping[Any, Any]) -> StringField:
    known = [one.value for one in words]
    return StringField(label, [AnyOf(known, lazy_gettext("Choose one"))])


class TierAmountField(MoneyField):
    """May be left empty: the form has more rows than a practice needs."""

    def pre_validate(self, form: Any) -> None:
        if self.typed:
            super().pre_validate(form)


class RulesForm(FlaskForm):
    """Amounts in dollars. Whether it makes sense together, `policy_findings` says."""

    min_balance_cents = _amount(lazy_gettext("Smallest balance for a plan"))
    max_balance_cents = _amount(lazy_gettext("Largest balance for a plan"))
    min_installment_cents = _amount(lazy_gettext("Smallest payment"))
    tier_1 = TierAmountField(lazy_gettext("Balances up to"))
    tier_2 = TierAmountField(lazy_gettext("Balances up to"))
    tier_3 = TierAmountField(lazy_gettext("Balances up to"))
    tier_4 = TierAmountField(lazy_gettext("Balances up to"))
    most_1 = StringField(lazy_gettext("Most payments"), filters=[_stripped])
    most_2 = StringField(lazy_gettext("Most payments"), filters=[_stripped])
    most_3 = StringField(lazy_gettext("Most payments"), filters=[_stripped])
    most_4 = StringField(lazy_gettext("Most payments"), filters=[_stripped])
    frequencies = SelectMultipleField(
        lazy_gettext("How often"),
        [DataRequired(lazy_gettext("Choose how often"))],
        validate_choice=False,
    )
    first_due_within_days = _count(lazy_gettext("First payment within so many days"))
    moves_off_holidays = BooleanField(lazy_gettext("Move a payment off weekends and holidays"))
    down_percent = _count(lazy_gettext("Down payment, percent of the balance"))
    down_least = _amount(lazy_gettext("Down payment, at least"))
    autopay = _one_of(lazy_gettext("Autopay"), AUTOPAY_WORDS)
    new_balances = _one_of(lazy_gettext("When a new bill comes"), NEW_BALANCE_WORDS)
    max_active_plans = _count(lazy_gettext("Plans at a time, at most"))
    skips_per_year = _count(lazy_gettext("Skipped payments in 12 months"))
    least_paid_before_skip = _count(lazy_gettext("Payments made before the first skip"))
    move_date_max_days = _count(lazy_gettext("Move a payment by so many days at most"))
    grace_days = _count(lazy_gettext("Days of grace"))
    misses_in_a_row = _count(lazy_gettext("Missed in a row before the plan ends"))
    misses_in_a_year = _count(lazy_gettext("Missed in 12 months before the plan ends"))
    cure_days = _count(lazy_gettext("Days to catch up"))
    reages_per_year = _count(lazy_gettext("Fresh starts in 12 months"))
    prenotice_days = _count(lazy_gettext("Notice before a payment, days"))
    debit_prenotice_days = _count(
        lazy_gettext("Notice before a bank debit whose amount varies, days")
    )
    settlement_floor_percent = _count(lazy_gettext("A settlement keeps at least, percent"))
    in_force_on = DayField(
        lazy_gettext("In force from"), [InputRequired(lazy_gettext("Enter a day"))]
    )
    reason = StringField(
        lazy_gettext("Why do you change them?"),
        [DataRequired(lazy_gettext("Write why")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )
    newest_seen = IntegerField(widget=HiddenInput())

    def allow_amounts(self) -> None:
        """A down payment may be nothing."""
        for name in (*_AMOUNTS, *(f"tier_{number}" for number in range(1, TIERS + 1))):
            self[name].allow(minimum_cents=1, maximum_cents=MOST_CENTS)
        self.down_least.allow(minimum_cents=0, maximum_cents=MOST_CENTS)

    @property
    def tier_rows(self) -> Sequence[tuple[MoneyField, StringField]]:
        """The rows of the table, in order."""
        return [(self[f"tier_{one}"], self[f"most_{one}"]) for one in range(1, TIERS + 1)]

    def field_of(self, setting: str) -> Field:
        """Where a finding about a setting of the policy is shown."""
        named: Field = self[_SHOWN_AT.get(setting, setting)]
        return named

    def policy(self) -> PlanPolicy:
        """What was typed, after `validate`. Raises ValueError for a tier without a count."""
        return PlanPolicy(
            tiers=tuple(self._tiers()),
            frequencies=frozenset(
                one for one in Frequency if one.value in (self.frequencies.data or ())
            ),
            moves_off_holidays=bool(self.moves_off_holidays.data),
            down_payment=DownPayment(
                percent=self.down_percent.data or 0, least_cents=self.down_least.data
            ),
            autopay=Autopay(self.autopay.data or ""),
            new_balances=NewBalances(self.new_balances.data or ""),
            **{name: self[name].data for name in (*_AMOUNTS, *_COUNTS)},
        )

    def _tiers(self) -> Iterator[Tier]:
        """Each begins where the one before ended; the first at the smallest balance."""
        begins = self.min_balance_cents.data
        for up_to, most in self.tier_rows:
            if up_to.data is None and not most.data:
                continue
            if up_to.data is None or not (most.data or "").isdecimal():
                raise ValueError(
                    gettext("Give each balance its most payments, or leave both empty")
                )
            yield Tier(
                from_cents=begins, up_to_cents=up_to.data, most_installments=int(most.data or 0)
            )
            begins = up_to.data + 1


def filled_from(policy: PlanPolicy, *, in_force_on: date, newest_seen: int) -> RulesForm:
    """The form as it stands before anybody typed."""
    values: dict[str, Any] = {name: getattr(policy, name) for name in (*_AMOUNTS, *_COUNTS)}
    for number, tier in enumerate(policy.tiers[:TIERS], start=1):
        values[f"tier_{number}"] = tier.up_to_cents
        values[f"most_{number}"] = str(tier.most_installments)
    return RulesForm(
        formdata=None,
        data={
            **values,
            "frequencies": [one.value for one in policy.frequencies],
            "moves_off_holidays": policy.moves_off_holidays,
            "down_percent": policy.down_payment.percent,
            "down_least": policy.down_payment.least_cents,
            "autopay": policy.autopay.value,
            "new_balances": policy.new_balances.value,
            "in_force_on": in_force_on,
            "newest_seen": newest_seen,
        },
    )
