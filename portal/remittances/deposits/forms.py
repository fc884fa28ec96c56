"""What posters send about deposits: a day and an amount, which payments it was, and reasons."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import SelectMultipleField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from portal.remittances.deposits.service import NewDeposit
from portal.web.fields import DayField, MoneyField

_LONGEST_REFERENCE = 100
_LONGEST_REASON = 300
_MOST_CENTS = 10**11


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


def _id(typed: Any) -> UUID | None:
    try:
        return UUID(str(typed))
    except ValueError:
        return None


class _PaymentsField(SelectMultipleField):
    """Checkboxes with the ids of payments; which of them may be chosen, the books say."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, coerce=_id, choices=[], validate_choice=False, **kwargs)

    def pre_validate(self, form: Any) -> None:
        """At least one, and all of them ids."""
        del form
        if not self.data or None in self.data:
            raise ValidationError(gettext("Choose the payments it was"))


class MatchDepositForm(FlaskForm):
    """Says which payments a deposit was."""

    payments = _PaymentsField(lazy_gettext("Payments"))
    reason = StringField(
        lazy_gettext("Why do the amounts differ?"),
        [Optional(), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )

    @property
    def remittance_ids(self) -> frozenset[UUID]:
        """Of a valid form."""
        return frozenset(self.payments.data or ())


class DepositForm(MatchDepositForm):
    """What the bank statement says, too."""

    deposited_on = DayField(
        lazy_gettext("Day at the bank"), [InputRequired(lazy_gettext("Enter the day"))]
    )
    amount = MoneyField(lazy_gettext("Amount"))
    reference = StringField(
        lazy_gettext("Check number or text of the bank"),
        [Length(max=_LONGEST_REFERENCE)],
        filters=[_stripped],
    )

    def validate_deposited_on(self, field: DayField) -> None:
        """``last_day`` is today at the practice; the view sets it."""
        if field.data and self.last_day and field.data > self.last_day:
            raise ValidationError(gettext("Enter a day that has come"))

    def allow_amounts(self) -> None:
        """Anything a bank may book."""
        self.amount.allow(minimum_cents=1, maximum_cents=_MOST_CENTS)

    last_day: date | None = None

    @property
    def deposit(self) -> NewDeposit:
        """Of a valid form."""
        day, cents = self.deposited_on.data, self.amount.data
        if day is None or cents is None:
            raise ValueError("the form is not valid")
        return NewDeposit(day, cents, self.reference.data or "")


class ReasonForm(FlaskForm):
    """Why a match is undone, or a deposit set aside."""

    reason = StringField(
        lazy_gettext("Why?"),
        [DataRequired(lazy_gettext("Write why")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )


class BankFileForm(FlaskForm):
    """Carries the bank's file."""

    file = FileField(
        lazy_gettext("File of the bank"), [FileRequired(lazy_gettext("Choose a file"))]
    )


class ConfirmForm(FlaskForm):
    """Proposals that are confirmed together: a deposit and its payments, all ids."""

    pair = SelectMultipleField(choices=[], validate_choice=False)

    @property
    def pairs(self) -> dict[UUID, frozenset[UUID]]:
        """By deposit; what is no id is left out."""
        pairs: dict[UUID, frozenset[UUID]] = {}
        for typed in self.pair.data or ():
            deposit, _, payments = str(typed).partition(":")
            deposit_id = _id(deposit)
            remittance_ids = frozenset(
                found for one in payments.split(",") if (found := _id(one)) is not None
            )
            if deposit_id is not None and remittance_ids:
                pairs[deposit_id] = remittance_ids
        return pairs
