"""What people type about their account. A form refuses what cannot be meant; a service decides."""

import re
from typing import Any

from flask_babel import lazy_gettext, ngettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import AnyOf, InputRequired, Length, Regexp

from portal.auth.accounts.access import AccessKind
from portal.auth.accounts.passwords import ShortPasswordError
from portal.auth.keys import PasswordRefusedError

_LONGEST = 256
_LONGEST_ANSWER = 16_384
_ADDRESS = re.compile(r"\s*[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\".]+\s*")
_PHONE = re.compile(r"[0-9 ()+.-]{7,25}")


def _email() -> StringField:
    return StringField(
        lazy_gettext("E-mail address"),
        [
            InputRequired(lazy_gettext("Enter your e-mail address")),
            Length(max=_LONGEST),
            Regexp(_ADDRESS, message=lazy_gettext("Enter an address like ana@example.com")),
        ],
    )


def _without_blanks(typed: Any) -> Any:
    return "".join(typed.split()) if typed else typed


def _code() -> StringField:
    return StringField(
        lazy_gettext("Code"),
        [InputRequired(lazy_gettext("Enter the code")), Length(max=_LONGEST)],
        filters=[_without_blanks],
    )


class AccountSignInForm(FlaskForm):
    """A password, with the address it belongs to."""

    email = StringField(
        lazy_gettext("E-mail address"),
        [InputRequired(lazy_gettext("Enter your e-mail address")), Length(max=_LONGEST)],
    )
    password = PasswordField(
        lazy_gettext("Password"),
        [InputRequired(lazy_gettext("Enter your password")), Length(max=_LONGEST)],
    )


class EmailForm(FlaskForm):
    """An address to mail something to."""

    email = _email()


class AccountCodeForm(FlaskForm):
    """A code from an app, a list or a mail."""

    code = _code()


class PasskeyForm(FlaskForm):
    """What a browser made of an offer; a script fills it in."""

    passkey = HiddenField(validators=[InputRequired(), Length(max=_LONGEST_ANSWER)])


class NewPasswordForm(FlaskForm):
    """A password that shall count from now on."""

    password = PasswordField(
        lazy_gettext("New password"), [InputRequired(lazy_gettext("Enter a password"))]
    )

    def refuse(self, error: PasswordRefusedError) -> None:
        """In the reader's words."""
        self.password.errors = [password_words(error)]


class ResetForm(NewPasswordForm):
    """A new password, and the second factor of who has one."""

    code = StringField(lazy_gettext("Code"), [Length(max=_LONGEST)], filters=[_without_blanks])


class ProofForm(FlaskForm):
    """The password once more."""

    password = PasswordField(
        lazy_gettext("Password"),
        [InputRequired(lazy_gettext("Enter your password")), Length(max=_LONGEST)],
    )


class ProofWithCodeForm(ProofForm):
    """And the code of whoever has an authenticator app: no less than signing in asks for."""

    code = _code()


class InviteForm(FlaskForm):
    """Whom to let in, and how far."""

    email = _email()
    kind = StringField(
        lazy_gettext("What may they do?"),
        [
            AnyOf(
                (AccessKind.SEE_AND_PAY.value, AccessKind.PAY_ONLY.value),
                message=lazy_gettext("Choose what they may do"),
            )
        ],
    )


class PhoneForm(FlaskForm):
    """A phone number."""

    phone = StringField(
        lazy_gettext("Phone number"),
        [
            InputRequired(lazy_gettext("Enter your phone number")),
            Regexp(_PHONE, message=lazy_gettext("Enter a number like 555-010-0199")),
        ],
    )


def password_words(error: PasswordRefusedError) -> str:
    """What to do about a password that was refused."""
    if isinstance(error, ShortPasswordError):
        words = ngettext(
            "Use at least %(num)d character",
            "Use at least %(num)d characters. A few words in a row are good",
            error.at_least,
        )
        return str(words)
    return str(lazy_gettext("That is easy to guess. Choose words that do not belong together"))
