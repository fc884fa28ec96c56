"""What staff send about a case."""

from typing import Final
from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField, validators
from wtforms.validators import AnyOf, DataRequired, Length, NumberRange, Optional

from portal.cases.forms import FORMS
from portal.domain.cases import CaseKind, CaseOutcome
from portal.web.fields import DayField, IdsField, WholeNumberField

_LONGEST: Final = 2_000
_LONGEST_NAME: Final = 80
_MOST_PLANS: Final = 9

KINDS: Final = tuple(FORMS)
"""What a case may be opened about for somebody else."""


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


def _words(label: str) -> TextAreaField:
    return TextAreaField(
        label,
        [
            DataRequired(lazy_gettext("Write a few words")),
            Length(max=_LONGEST, message=lazy_gettext("Write less: 2,000 letters at most")),
        ],
        filters=[_stripped],
    )


class AnswerForm(FlaskForm):
    """To who opened it. ``act``: an answer, or a question of ours."""

    words = _words(lazy_gettext("What you write to them"))
    act = StringField(validators=[AnyOf(("answer", "ask"))])


class NoteForm(FlaskForm):
    """Among staff."""

    words = _words(lazy_gettext("A note for staff only"))


class CloseForm(FlaskForm):
    """How it ended, and a sentence for who opened it."""

    outcome = StringField(
        lazy_gettext("How it ended"),
        [AnyOf([one.value for one in CaseOutcome], lazy_gettext("Choose how it ended"))],
    )
    words = _words(lazy_gettext("What you write to them"))


class CardForm(FlaskForm):
    """The insurance as it goes on file."""

    patient = StringField(
        lazy_gettext("Patient"), [validators.UUID(lazy_gettext("Choose the patient"))]
    )
    payer_name = StringField(
        lazy_gettext("Name of the insurance"),
        [
            DataRequired(lazy_gettext("Enter the name of the insurance")),
            Length(max=_LONGEST_NAME, message=lazy_gettext("Write less: 80 letters at most")),
        ],
        filters=[_stripped],
    )
    member_identifier = StringField(
        lazy_gettext("Member ID"),
        [
            DataRequired(lazy_gettext("Enter the member ID from the card")),
            Length(max=_LONGEST_NAME, message=lazy_gettext("Write less: 80 letters at most")),
        ],
        filters=[_stripped],
    )
    rank = WholeNumberField(
        lazy_gettext("Place in line (1 pays first)"),
        [NumberRange(min=1, max=_MOST_PLANS, message=lazy_gettext("Enter 1 to 9"))],
    )
    starts_on = DayField(lazy_gettext("First day, if known"), [Optional()])

    @property
    def patient_id(self) -> UUID:
        """Of a form that was filled in well."""
        return UUID(self.patient.data)


class CallerForm(FlaskForm):
    """A case for somebody on the phone or at the desk.

    ``caller``: the id of a patient; nothing for who pays.
    """

    kind = StringField(
        lazy_gettext("What is it about?"),
        [AnyOf([one.value for one in FORMS], lazy_gettext("Choose what it is about"))],
    )
    caller = StringField(
        lazy_gettext("Who told us?"),
        [Optional(), validators.UUID(lazy_gettext("Choose who told us"))],
    )
    visits = IdsField(lazy_gettext("Which visits?"))
    words = _words(lazy_gettext("What they said"))

    @property
    def asked(self) -> CaseKind:
        return CaseKind(self.kind.data or "")

    @property
    def patient_id(self) -> UUID | None:
        """None for who pays."""
        return UUID(self.caller.data) if self.caller.data else None
