"""What posters send about fee schedules."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import StringField
from wtforms.validators import Length

_LONGEST_IDENTIFIER = 80


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class FeeFileForm(FlaskForm):
    """Carries a schedule, and whose it is where its lines do not say."""

    file = FileField(lazy_gettext("Fee schedule"), [FileRequired(lazy_gettext("Choose a file"))])
    payer = StringField(
        lazy_gettext("Payer’s identifier, if the lines do not say it"),
        [Length(max=_LONGEST_IDENTIFIER)],
        filters=[_stripped],
    )
