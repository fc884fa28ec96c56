"""What collections staff send: a name for a view, whom to write to, a promise, a note."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.web.fields import DayField, IdsField, MoneyField

_LONGEST_NAME = 60
_LONGEST_NOTE = 1_000


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class ViewForm(FlaskForm):
    """How the list is looked at now, under a name."""

    name = StringField(
        lazy_gettext("Name of this view"),
        [
            DataRequired(lazy_gettext("Give this view a name")),
            Length(max=_LONGEST_NAME, message=lazy_gettext("Write less: 60 letters at most")),
        ],
        filters=[_stripped],
    )


class MailForm(FlaskForm):
    """Who is written to: those ticked, or everybody of the list as chosen."""

    who = IdsField(lazy_gettext("People"))
    everybody = BooleanField(lazy_gettext("Everybody on this list"))


class PromiseForm(FlaskForm):
    """What they said: how much, and by when."""

    amount = MoneyField(lazy_gettext("How much do they promise?"))
    promised_for = DayField(
        lazy_gettext("By which day?"), [InputRequired(lazy_gettext("Choose a day"))]
    )


class NoteForm(FlaskForm):
    """Kept as it is written."""

    words = StringField(
        lazy_gettext("Your note"),
        [
            DataRequired(lazy_gettext("Write a short note")),
            Length(max=_LONGEST_NOTE, message=lazy_gettext("Write less: 1,000 letters at most")),
        ],
        filters=[_stripped],
    )


class NoticeForm(FlaskForm):
    """Which visits may go to an agency next."""

    visits = IdsField(lazy_gettext("Visits"))


class AgencyForm(NoticeForm):
    """Which visits go, and to whom."""

    agency_name = StringField(
        lazy_gettext("Name of the agency"),
        [
            DataRequired(lazy_gettext("Enter the name of the agency")),
            Length(max=_LONGEST_NAME, message=lazy_gettext("Write less: 60 letters at most")),
        ],
        filters=[_stripped],
    )
