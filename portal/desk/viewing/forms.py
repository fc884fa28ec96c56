"""A yes or no given on paper or by phone, and where a patient wants to be reached."""

from typing import Any
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField, validators
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.practice.viewing_acts import How, ReachedAt

_LONGEST = 200
_HOW = (How.PAPER.value, How.PHONE.value)
_SAID = ("yes", "no")


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class _OfPatient(FlaskForm):
    whose = HiddenField(validators=[InputRequired(), validators.UUID()])

    @property
    def patient(self) -> UUID:
        """Whom a valid form is about."""
        return UUID(self.whose.data or "")


class GrantForm(_OfPatient):
    """What a patient said, and how."""

    said = StringField(
        lazy_gettext("What did they say?"), [AnyOf(_SAID, lazy_gettext("Choose yes or no"))]
    )
    way = StringField(
        lazy_gettext("How did they say it?"), [AnyOf(_HOW, lazy_gettext("Choose how they said it"))]
    )

    @property
    def is_granted(self) -> bool:
        return self.said.data == "yes"

    @property
    def how(self) -> How:
        """Of a valid form."""
        return How(self.way.data or "")


class ReachForm(_OfPatient):
    """Where else a patient is reached: an e-mail address, a whole postal address, or both."""

    email = StringField(
        lazy_gettext("E-mail address"),
        [
            validators.Optional(),
            Length(max=_LONGEST),
            validators.Regexp(
                r"[^@\s]+@[^@\s]+\.[^@\s]+\Z", message=lazy_gettext("Enter an e-mail address")
            ),
        ],
        filters=[_stripped],
    )
    street = StringField(lazy_gettext("Street"), [Length(max=_LONGEST)], filters=[_stripped])
    city = StringField(lazy_gettext("City"), [Length(max=_LONGEST)], filters=[_stripped])
    state = StringField(lazy_gettext("State"), [Length(max=_LONGEST)], filters=[_stripped])
    postal_code = StringField(lazy_gettext("ZIP code"), [Length(max=_LONGEST)], filters=[_stripped])
    note = StringField(
        lazy_gettext("Your note"),
        [DataRequired(lazy_gettext("Write a short note")), Length(max=_LONGEST)],
        filters=[_stripped],
    )

    def validate(self, extra_validators: Any = None) -> bool:
        """A part of an address reaches nobody."""
        is_valid = bool(super().validate(extra_validators))
        lines = (self.street.data, self.city.data, self.state.data, self.postal_code.data)
        if any(lines) and not all(lines):
            self.street.errors = [gettext("Enter the whole address: street, city, state, ZIP code")]
            return False
        return is_valid

    @property
    def where(self) -> ReachedAt:
        """Empty where all was left empty: they are reached as before."""
        return ReachedAt(
            email=self.email.data or "",
            address_line=self.street.data or "",
            city=self.city.data or "",
            state=self.state.data or "",
            postal_code=self.postal_code.data or "",
        )
