"""What people type to come in. A form refuses what cannot be meant; a service asks if it fits."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from portal.web.fields import DateOfBirthField

_LONGEST = 256


class BirthDateForm(FlaskForm):
    """Opens a statement link."""

    born_on = DateOfBirthField(lazy_gettext("Date of birth"))


class SignInForm(FlaskForm):
    """A member of staff's first step."""

    email = StringField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter your e-mail address")), Length(max=_LONGEST)],
    )
    password = PasswordField(
        lazy_gettext("Password"),
        [InputRequired(lazy_gettext("Enter your password")), Length(max=_LONGEST)],
    )


class CodeForm(FlaskForm):
    """A member of staff's second step."""

    code = StringField(
        lazy_gettext("Code"),
        [InputRequired(lazy_gettext("Enter the code")), Length(max=_LONGEST)],
        filters=[lambda typed: "".join(typed.split()) if typed else typed],
    )
