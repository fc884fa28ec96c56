"""What staff send when they stop something at their patient's word."""

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import StringField
from wtforms.validators import DataRequired, Length

_LONGEST_REASON = 300


def _stripped(typed: str | None) -> str:
    return (typed or "").strip()


class StopForm(FlaskForm):
    """Who asked for it, and why."""

    reason = StringField(
        lazy_gettext("Who asked for it, when, and why?"),
        [
            DataRequired(lazy_gettext("Write who asked for it")),
            Length(max=_LONGEST_REASON, message=lazy_gettext("Write less: 300 letters at most")),
        ],
        filters=[_stripped],
    )
