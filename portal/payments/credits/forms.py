"""What staff send about payments and credits: what a payment should pay, and why."""

from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, StringField
from wtforms.validators import UUID as IsUuid  # noqa: N811 — a check, not the type
from wtforms.validators import DataRequired, InputRequired, Length

from portal.payments.credits.part_form import PartsField

_LONGEST_REASON = 300


class MoveForm(FlaskForm):
    """What each line should be paid from now on. A view makes the boxes."""

    line = PartsField(lazy_gettext("What it should pay"))
    reason = StringField(
        lazy_gettext("Why is it moved?"),
        [DataRequired(lazy_gettext("Write why it is moved")), Length(max=_LONGEST_REASON)],
        filters=[lambda typed: (typed or "").strip()],
    )


class MoveConsentForm(MoveForm):
    """The same, agreed to; ``move_id`` makes the form sent twice one move."""

    move_id = HiddenField(validators=[InputRequired(), IsUuid()])

    @property
    def move(self) -> UUID:
        """Of a valid form."""
        return UUID(self.move_id.data or "")
