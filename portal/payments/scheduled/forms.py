"""What people choose for a charge to come, and for autopay. A view sets the bounds."""

from datetime import date
from typing import Any
from uuid import UUID

from flask_babel import format_date, gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, DateField, Field, StringField, ValidationError
from wtforms.form import BaseForm
from wtforms.validators import AnyOf, InputRequired

from portal.domain.charge_schedule import DAYS_AFTER_STATEMENT
from portal.web.fields import MoneyField

_ALL, _PART = "all", "part"
_CHOOSE = lazy_gettext("Choose how much you want to pay")
_TICK = lazy_gettext("Tick the box if you agree. Without it nothing is charged.")


class DayField(DateField):
    """A day between two others, as a browser's date box sends it."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.first_on: date | None = None
        self.last_on: date | None = None

    def allow(self, *, first_on: date, last_on: date) -> None:
        """Set what may be chosen."""
        self.first_on, self.last_on = first_on, last_on

    def process_formdata(self, valuelist: list[Any]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 — WTForms' signature
        first, last = self.first_on, self.last_on
        if self.data is not None and (first is None or last is None or first <= self.data <= last):
            return
        raise ValidationError(
            gettext(
                "Choose a day from %(first)s to %(last)s",
                first=format_date(first, "long"),
                last=format_date(last, "long"),
            )
        )


class MethodField(Field):
    """One of the ways to pay that are kept; ``data`` is its id or None."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, **kwargs)
        self.offered: frozenset[UUID] = frozenset()

    def offer(self, method_ids: frozenset[UUID]) -> None:
        """Set what may be chosen."""
        self.offered = method_ids

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        try:
            self.data = UUID(valuelist[0]) if valuelist else None
        except ValueError:
            return

    def pre_validate(self, form: BaseForm) -> None:  # noqa: ARG002 — WTForms' signature
        if self.data not in self.offered:
            raise ValidationError(gettext("Choose a way to pay"))


class PayLaterForm(FlaskForm):
    """How much, when, with what."""

    how = StringField(
        lazy_gettext("How much do you want to pay?"),
        [InputRequired(_CHOOSE), AnyOf((_ALL, _PART), _CHOOSE)],
    )
    amount = MoneyField(lazy_gettext("Amount"), only_when=("how", _PART))
    day = DayField(lazy_gettext("On which day?"))
    method = MethodField(lazy_gettext("Paid with"))

    def chosen_day(self) -> date:
        """What a valid form says."""
        return _day_of(self.day)

    def chosen_cents(self, due_now_cents: int) -> int:
        """What a valid form says."""
        return due_now_cents if self.how.data == _ALL else int(self.amount.data)


class MoveForm(FlaskForm):
    """Another day."""

    day = DayField(lazy_gettext("On which day?"))

    def chosen_day(self) -> date:
        """What a valid form says."""
        return _day_of(self.day)


def _day_of(field: DayField) -> date:
    if field.data is None:
        raise ValueError(field.name)
    return field.data


class AgreeForm(FlaskForm):
    """The box that nobody has ticked."""

    agreed = BooleanField(lazy_gettext("Yes, I agree"), [InputRequired(_TICK)])


class AutopayForm(FlaskForm):
    """With what, up to which amount, how long after a statement."""

    method = MethodField(lazy_gettext("Paid with"))
    cap = MoneyField(lazy_gettext("Your limit for one statement"))
    days_after = StringField(
        lazy_gettext("When do we charge?"),
        [
            AnyOf(
                [str(days) for days in DAYS_AFTER_STATEMENT],
                lazy_gettext("Choose when we charge"),
            )
        ],
    )


class AgreeToAutopayForm(AutopayForm):
    """The same terms, and the box that nobody has ticked."""

    agreed = BooleanField(lazy_gettext("Yes, I agree"), [InputRequired(_TICK)])
