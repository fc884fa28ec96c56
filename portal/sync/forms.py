"""What posters send about the practice's feed: why a row needs nothing more."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

_LONGEST_REASON = 300


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class SettleForm(FlaskForm):
    """Takes a row off the list; which one is in the address."""

    reason = StringField(
        lazy_gettext("Why?"),
        [DataRequired(lazy_gettext("Write why")), Length(max=_LONGEST_REASON)],
        filters=[_stripped],
    )
