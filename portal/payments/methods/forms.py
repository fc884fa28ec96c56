"""What people choose when they save a way to pay."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import AnyOf, InputRequired

from portal.domain.payment_channel import MethodKind

_CHOOSE = lazy_gettext("Choose a card or a bank account")


class AddForm(FlaskForm):
    """Card or bank account, and the box that nobody has ticked."""

    kind = StringField(
        lazy_gettext("What do you want to save?"),
        [InputRequired(_CHOOSE), AnyOf([MethodKind.CARD, MethodKind.BANK_DEBIT], _CHOOSE)],
    )
    agreed = BooleanField(
        lazy_gettext("Yes, keep it for later"),
        [InputRequired(lazy_gettext("Tick the box if you agree. Without it nothing is saved."))],
    )
    then = StringField()

    def goes_on_to_pay_later(self) -> bool:
        """Whether they came here to plan a payment."""
        return bool(self.then.data == "pay-later")
