"""What people choose when they pay. A view sets the bounds of an amount, from the ledger."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import AnyOf, InputRequired

from portal.web.fields import MoneyField

_ALL, _PART = "all", "part"
_CHOOSE = lazy_gettext("Choose how much you want to pay")


class AmountForm(FlaskForm):
    """All of what is due, or another amount."""

    how = StringField(
        lazy_gettext("How much do you want to pay?"),
        [InputRequired(_CHOOSE), AnyOf((_ALL, _PART), _CHOOSE)],
    )
    amount = MoneyField(lazy_gettext("Amount"), only_when=("how", _PART))

    def chosen_cents(self, due_now_cents: int) -> int:
        """What a valid form says."""
        return due_now_cents if self.how.data == _ALL else int(self.amount.data)


class ConfirmForm(FlaskForm):
    """Agreeing to a payment; ``due`` is what the page said was due, so that a change is noticed."""

    due = IntegerField(validators=[InputRequired()])

    def due_seen_cents(self) -> int:
        """What a valid form says."""
        return int(self.due.data or 0)
