"""What a manager hands in about a run of letters."""

from typing import Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import InputRequired, Length

_MOST_REASON: Final = 200


class AnswersForm(FlaskForm):
    """The mailing house's file."""

    file = FileField(
        lazy_gettext("The mailing house’s file (CSV)"),
        [FileRequired(lazy_gettext("Choose the file that the mailing house sent"))],
    )


class TakeOutForm(FlaskForm):
    """A letter that is not to go, and why."""

    letter = StringField(
        lazy_gettext("Letter or account"),
        [InputRequired(lazy_gettext("Enter the number of the letter or of the account"))],
        filters=[lambda typed: (typed or "").strip()],
    )
    reason = StringField(
        lazy_gettext("Reason"),
        [
            InputRequired(lazy_gettext("Say why, in a few words")),
            Length(
                max=_MOST_REASON,
                message=lazy_gettext("At most %(most)s letters", most=_MOST_REASON),
            ),
        ],
        filters=[lambda typed: " ".join((typed or "").split())],
    )
