"""What people choose when they pay towards a plan. The view sets the bounds, from the ledger."""

from collections.abc import Iterator
from itertools import accumulate

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField, ValidationError
from wtforms.validators import InputRequired

from portal.domain.money import format_usd
from portal.payments.plans.queries import PayPlanPage, PlanAmount
from portal.payments.service import LEAST_CENTS
from portal.web.fields import MoneyField

_CHOOSE = lazy_gettext("Choose how much you want to pay")


class PayPlanForm(FlaskForm):
    """The next payment, everything past due, all that is left, or another amount."""

    how = StringField(lazy_gettext("How much do you want to pay?"), [InputRequired(_CHOOSE)])
    amount = MoneyField(lazy_gettext("Amount"), only_when=("how", PlanAmount.OTHER.value))

    def offer(self, page: PayPlanPage) -> None:
        """Set what may be chosen."""
        self.offered = {one.how.value: one.cents for one in page.choices}
        self.dues = tuple(one.cents for one in page.dues)
        self.amount.allow(minimum_cents=LEAST_CENTS, maximum_cents=page.left_cents)

    def validate_how(self, field: StringField) -> None:
        """One of those that were offered."""
        if field.data != PlanAmount.OTHER and field.data not in self.offered:
            raise ValidationError(_CHOOSE)

    def validate_amount(self, field: MoneyField) -> None:
        """What stays of a payment must be enough to be paid by card, or nothing."""
        if field.data is None:
            return
        stays_cents = next((-rest for rest in self._rests(field.data) if rest < 0), 0)
        if 0 < stays_cents < LEAST_CENTS:
            raise ValidationError(
                gettext(
                    "That leaves %(left)s of a payment, too little to pay later. "
                    "Enter %(less)s or %(more)s",
                    left=format_usd(stays_cents),
                    less=format_usd(field.data - (LEAST_CENTS - stays_cents)),
                    more=format_usd(field.data + stays_cents),
                )
            )

    def _rests(self, cents: int) -> Iterator[int]:
        """What of the money is left after each payment; below zero: missing for it."""
        return (cents - asked for asked in accumulate(self.dues))

    @property
    def chosen_cents(self) -> int:
        """What a valid form says."""
        other = self.how.data == PlanAmount.OTHER
        return int(self.amount.data) if other else self.offered[self.how.data or ""]
