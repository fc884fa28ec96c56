"""What staff send when they move money or put an account on hold: how much, and why.

A view sets the bounds of an amount.
"""

from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, StringField, ValidationError, validators
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.domain.account_holds import AccountHoldKind
from portal.domain.allocation import Allocation
from portal.domain.money import format_usd
from portal.payments.credits.part_form import PartsField
from portal.web.fields import MoneyField

_LONGEST_NOTE = 300

WHY = ("paid_twice", "paid_too_much", "insurance_paid", "wrong_person", "other")
"""Why money is given back. A choice, so that no word about anybody's health is kept with it."""


class AccountHoldForm(FlaskForm):
    """Places or ends a hold on an account."""

    kinds = tuple(AccountHoldKind)
    hold = StringField(
        lazy_gettext("Why?"), [AnyOf(list(AccountHoldKind), lazy_gettext("Choose why"))]
    )
    reason = StringField(
        lazy_gettext("Your note"),
        [DataRequired(lazy_gettext("Write a short note")), Length(max=_LONGEST_NOTE)],
        filters=[lambda typed: (typed or "").strip()],
    )

    @property
    def kind(self) -> AccountHoldKind:
        """Of a valid form."""
        return AccountHoldKind(self.hold.data or "")


class RefundForm(FlaskForm):
    """How much is to be given back, and why; and from which lines, where staff choose them."""

    amount = MoneyField(lazy_gettext("How much do you send back?"))
    part = PartsField(lazy_gettext("From which visits?"))
    why = StringField(lazy_gettext("Why?"), [AnyOf(WHY, lazy_gettext("Choose why"))])

    def validate_part(self, field: PartsField) -> None:
        """What is chosen adds up to what is sent back."""
        chosen_cents = sum(field.cents().values())
        if chosen_cents and self.amount.data and chosen_cents != self.amount.data:
            raise ValidationError(
                gettext(
                    "The visits you chose add up to %(sum)s, not to %(amount)s",
                    sum=format_usd(chosen_cents),
                    amount=format_usd(self.amount.data),
                )
            )

    def cents(self) -> int:
        """What a valid form says."""
        return int(self.amount.data)

    def chosen(self) -> tuple[Allocation, ...]:
        """What a valid form says; nothing where nobody chose."""
        return tuple(
            Allocation(target, cents) for target, cents in self.part.cents().items() if cents
        )


class RefundConsentForm(RefundForm):
    """The same, agreed to; ``refund_id`` makes the form sent twice one refund."""

    refund_id = HiddenField(validators=[InputRequired(), validators.UUID()])

    @property
    def refund(self) -> UUID:
        """Of a valid form."""
        return UUID(self.refund_id.data or "")


class CreditForm(FlaskForm):
    """Agreeing to use credit: ``cents`` is what the page said, so that a change is noticed."""

    use_id = HiddenField(validators=[InputRequired(), validators.UUID()])
    cents = IntegerField(validators=[InputRequired()])

    @property
    def use(self) -> UUID:
        """Of a valid form."""
        return UUID(self.use_id.data or "")

    def seen_cents(self) -> int:
        """What a valid form says."""
        return int(self.cents.data or 0)
