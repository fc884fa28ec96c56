"""What staff send about payments: what one should pay, what became of a visit, and why."""

from datetime import date
from uuid import UUID

from flask_babel import gettext, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import HiddenField, IntegerField, StringField, ValidationError
from wtforms.validators import UUID as IsUuid  # noqa: N811 — a check, not the type
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.payments.credits.deposits import DepositAct
from portal.payments.credits.part_form import PartsField
from portal.web.fields import DayField

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


class OwnCreditForm(FlaskForm):
    """Agreeing to use one's own credit; ``cents`` is what the page said, so a change is noticed."""

    use_id = HiddenField(validators=[InputRequired(), IsUuid()])
    cents = IntegerField(validators=[InputRequired()])

    @property
    def use(self) -> UUID:
        """Of a valid form."""
        return UUID(self.use_id.data or "")

    def seen_cents(self) -> int:
        """What a valid form says."""
        return int(self.cents.data or 0)


class DepositForm(FlaskForm):
    """What became of the visit a payment was taken for; ``decision_id`` makes it one."""

    decision_id = HiddenField(validators=[InputRequired(), IsUuid()])
    act = StringField(
        lazy_gettext("What became of the visit?"),
        [AnyOf(list(DepositAct), lazy_gettext("Choose what became of the visit"))],
    )
    day = DayField(lazy_gettext("Its other day"))
    reason = StringField(
        lazy_gettext("How do you know?"),
        [DataRequired(lazy_gettext("Write how you know")), Length(max=_LONGEST_REASON)],
        filters=[lambda typed: (typed or "").strip()],
    )

    def validate_day(self, field: DayField) -> None:
        """Only for a visit that is on another one."""
        if self.act.data == DepositAct.MOVED and field.data is None:
            raise ValidationError(gettext("Enter the day of the visit"))

    @property
    def decision(self) -> UUID:
        """Of a valid form."""
        return UUID(self.decision_id.data or "")

    @property
    def service_on(self) -> date | None:
        """Of a valid form; None: it did not take place."""
        return self.day.data if self.act.data == DepositAct.MOVED else None
