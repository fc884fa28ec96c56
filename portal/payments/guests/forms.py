"""What a guest types: a code and an amount, and neither error says anything of anyone."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from portal.web.fields import MoneyField

_CODE_LONGEST = 40


class GuestForm(FlaskForm):
    """Whether the code is one, and what it pays, is asked of nobody here."""

    code = StringField(
        lazy_gettext("Code from the bill"),
        [
            InputRequired(lazy_gettext("Enter the code from the bill")),
            Length(max=_CODE_LONGEST, message=lazy_gettext("Enter only the code")),
        ],
    )
    amount = MoneyField(lazy_gettext("How much do you want to pay?"))
