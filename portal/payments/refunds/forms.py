"""What staff send about refunds: why not, how it was handed over, what became of its check."""

from datetime import date
from typing import Any

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField, ValidationError
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.domain.refund_checks import StopReason
from portal.payments.refunds.handing import Handed
from portal.payments.refunds.mailed_checks import StopWish
from portal.web.fields import DayField, IdsField

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


CREDIT, CHECK = "credit", "check"


class StopForm(FlaskForm):
    """Why a mailed check is stopped, what the bank called it, and what becomes of the money."""

    stop_why = StringField(
        lazy_gettext("What happened to it?"),
        [AnyOf(list(StopReason), lazy_gettext("Choose what happened"))],
    )
    bank_reference = StringField(
        lazy_gettext("The bank’s number for the stop"),
        [Length(max=_LONGEST_REFERENCE)],
        filters=[_stripped],
    )
    becomes = StringField(
        lazy_gettext("What becomes of the money?"),
        [AnyOf((CREDIT, CHECK), lazy_gettext("Choose what becomes of it"))],
    )

    def validate_bank_reference(self, field: StringField) -> None:
        """A check that is not in our hands can still be cashed until the bank stops it."""
        if self.stop_why.data != StopReason.CAME_BACK and not field.data:
            raise ValidationError(gettext("Have the bank stop it first, then enter its number"))

    def wish(self) -> StopWish:
        """Of a valid form."""
        return StopWish(
            StopReason(self.stop_why.data or ""),
            self.bank_reference.data or "",
            send_again=self.becomes.data == CHECK,
        )


class CashedForm(FlaskForm):
    """Checks that the bank paid on a day."""

    cashed_on = DayField(
        lazy_gettext("Day on the bank’s statement"), [InputRequired(lazy_gettext("Enter the day"))]
    )
    checks = IdsField(lazy_gettext("Checks"))

    def validate_checks(self, field: IdsField) -> None:
        """At least one."""
        if not field.ids:
            raise ValidationError(gettext("Choose the checks that were cashed"))
