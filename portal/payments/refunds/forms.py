"""What staff send about refunds that wait: why not, or how and when it was handed over."""

from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, ValidationError
from wtforms.validators import DataRequired, InputRequired, Length

from portal.payments.refunds.handing import Handed
from portal.web.fields import DayField

_LONGEST_REASON = 300
_LONGEST_REFERENCE = 60


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class RejectForm(FlaskForm):
    """Says why nothing goes back."""

    reason = StringField(
        lazy_gettext("Why not?"),
        [DataRequired(lazy_gettext("Write why not")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )


class HandedForm(FlaskForm):
    """Says that it is out. A view sets the bounds, and asks for the address where a check goes."""

    on = DayField(lazy_gettext("On which day?"), [InputRequired(lazy_gettext("Enter the day"))])
    reference = StringField(
        lazy_gettext("Its number"),
        [DataRequired(lazy_gettext("Enter its number")), Length(max=_LONGEST_REFERENCE)],
        filters=[_stripped],
    )
    is_confirmed = BooleanField(lazy_gettext("I have checked that this is the right address"))
    first_day: date | None = None
    last_day: date | None = None
    address: tuple[str, ...] | None = None  # None: nothing is mailed

    def validate_on(self, field: DayField) -> None:
        """Not before it was agreed to, and not tomorrow."""
        if field.data and self.last_day and field.data > self.last_day:
            raise ValidationError(gettext("Enter a day that has come"))
        if field.data and self.first_day and field.data < self.first_day:
            raise ValidationError(gettext("Enter a day on which it was agreed to already"))

    def validate_is_confirmed(self, field: Any) -> None:
        """A check goes to an address that somebody looked at."""
        if self.address is None:
            return
        if not self.address:
            raise ValidationError(gettext("There is no address. Add one first"))
        if not field.data:
            raise ValidationError(gettext("Check the address, then say so here"))

    def handed(self) -> Handed:
        """Of a valid form."""
        day = self.on.data
        if day is None:
            raise ValueError("the form is not valid")
        return Handed(day, self.reference.data or "", "\n".join(self.address or ()))
