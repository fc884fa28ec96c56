"""What a manager hands in about a run of letters."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired


class AnswersForm(FlaskForm):
    """The mailing house's file."""

    file = FileField(
        lazy_gettext("The mailing house’s file (CSV)"),
        [FileRequired(lazy_gettext("Choose the file that the mailing house sent"))],
    )
